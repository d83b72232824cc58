// A home folder for a browser: which authorities it believes, which client certificate it holds.
// The certificate is chosen by the policy file that zt-e2e puts in place while a script runs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is a person's home on one device; its browser profile lives in it too. */
export class Home {
  #nicknames = 0;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'sekisho-home-'));
    this.profile = join(this.path, 'profile');
    this.database = `sql:${join(this.path, '.pki', 'nssdb')}`;
    mkdirSync(join(this.path, '.pki', 'nssdb'), { recursive: true });
    run('certutil', ['-N', '-d', this.database, '--empty-password']);
  }

  /** Believes a certificate authority, given as a PEM file. */
  trustAuthority(pem) {
    this.#nicknames += 1;
    run('certutil', ['-A', '-d', this.database, '-n', `authority ${this.#nicknames}`, '-t', 'C,,', '-i', pem]);
  }

  /** Takes a certificate with its key out of a PKCS #12 file. A running browser does not notice. */
  addCertificate(p12, password) {
    run('pk12util', ['-i', p12, '-d', this.database, '-W', password, '-K', '']);
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function run(program, words) {
  try {
    execFileSync(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`no \`${program}\`: run \`cargo xtask peers\``);
    throw new Error(`${program} ${words.join(' ')}: ${error.stderr}${error.stdout}`);
  }
}
