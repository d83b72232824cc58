// Chromium as people have it: the full browser, a profile of its own, certificates from its own store.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from './peers.mjs';
import { Watch } from './watch.mjs';

const FLAGS = [
  '--headless=new',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  // A picture of a whole page is taken without its scroll bar, whose place would be cut off at the right.
  '--hide-scrollbars',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
];

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };

// So often is an address gone to, while the network changes.
const GOES = 4;

const open = new Set();

/** Says what every open page shows, with a picture of each: for whoever has to find out why a step failed. */
export async function tellPages() {
  for (const page of [...open].flatMap((context) => context.pages())) {
    const heading = await page.textContent('h1', { timeout: 500 }).catch(() => 'no heading');
    console.log(`open page: ${page.url()} “${heading.trim()}”`);
    const path = join(process.env.ZT_PICTURES ?? tmpdir(), `failure-${Date.now()}.png`);
    await page.screenshot({ path, fullPage: true, timeout: 3_000 }).then(() => console.log(`picture: ${path}`), () => {});
  }
}

/**
 * Goes where it is told though the machine's network changes: a browser that has just begun to look at it, or another test that
 * makes an interface, interrupts whatever is under way (ERR_NETWORK_CHANGED). Nothing else is tried again.
 */
function steady(page) {
  const once = page.goto.bind(page);
  page.goto = async (address, options) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(address, options);
      } catch (error) {
        if (tries === GOES || !String(error).includes('ERR_NETWORK_CHANGED')) throw error;
      }
    }
  };
}

/**
 * Opens the browser of one home and gives its first page, watched. Closing and opening it again keeps the cookies, as it
 * does for a person.
 */
export async function openBrowser(home, { locale = 'en-US', colorScheme = 'light', viewport = WIDE, script = true } = {}) {
  const context = await chromium.launchPersistentContext(home.profile, {
    executablePath: process.env.ZT_CHROMIUM ?? '/usr/bin/chromium',
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
  context.on('page', steady);
  context.pages().forEach(steady);
  open.add(context);
  context.on('close', () => open.delete(context));
  const page = context.pages()[0] ?? (await context.newPage());
  return { context, page, watch, close: () => context.close() };
}
