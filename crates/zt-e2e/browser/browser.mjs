// Chromium as people have it: the full browser, a profile of its own, certificates from its own store.
import { chromium } from './peers.mjs';
import { Watch } from './watch.mjs';

const FLAGS = [
  '--headless=new',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
];

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };

/**
 * Opens the browser of one home and gives its first page, watched. Closing and opening it again keeps the cookies, as it
 * does for a person.
 */
export async function openBrowser(home, { locale = 'en-US', colorScheme = 'light', viewport = WIDE, script = true } = {}) {
  const context = await chromium.launchPersistentContext(home.profile, {
    executablePath: process.env.SEKISHO_CHROMIUM ?? '/usr/bin/chromium',
    // Playwright's own headless switch brings a different set of flags.
    headless: false,
    args: FLAGS,
    env: { ...process.env, HOME: home.path },
    locale,
    colorScheme,
    viewport,
    acceptDownloads: true,
    javaScriptEnabled: script,
  });
  context.setDefaultTimeout(15_000);
  const watch = await Watch.over(context);
  const page = context.pages()[0] ?? (await context.newPage());
  return { context, page, watch, close: () => context.close() };
}
