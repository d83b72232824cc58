// The npm packages live where `cargo xtask peers` put them, not beside this file.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const peers = process.env.ZT_PEERS;
if (!peers) throw new Error('ZT_PEERS is not set: start this through zt-e2e, after `cargo xtask peers`');
const require = createRequire(join(peers, 'package.json'));

export const { chromium } = require('playwright-core');
export const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
