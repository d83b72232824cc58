// Every page in {ja, en} × {light, dark} × {wide, narrow}: a picture to look at, and a look for barriers.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NARROW, WIDE } from './browser.mjs';

const LANGUAGES = ['ja', 'en'];
const SCHEMES = ['light', 'dark'];
const CHOICE = '__Host-sekisho-language';

/**
 * Takes the eight pictures of the page at `url` into `ZT_PICTURES` as `name.language.scheme.width.png`.
 * Without `url`, the page as it stands, in its language: for the answer to a form. Gives the names.
 */
export async function pictures({ page, watch }, name, { url, language } = {}) {
  const folder = process.env.ZT_PICTURES;
  if (!folder) throw new Error('ZT_PICTURES is not set: start this through zt-e2e');
  mkdirSync(folder, { recursive: true });
  const names = [];
  for (const spoken of url ? LANGUAGES : [language ?? (await page.getAttribute('html', 'lang'))]) {
    if (url) {
      // The person's own choice, as the switch at the foot of each page keeps it.
      await page.context().addCookies([{ name: CHOICE, value: spoken, url: new URL('/', url).href, secure: true, httpOnly: true, sameSite: 'Lax' }]);
      await page.goto(url);
    }
    const shown = await page.getAttribute('html', 'lang');
    if (shown !== spoken) throw new Error(`${name}: the page speaks ${shown}, not ${spoken}`);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      for (const viewport of [WIDE, NARROW]) {
        await page.setViewportSize(viewport);
        const file = `${name}.${spoken}.${colorScheme}.${viewport.width}.png`;
        await page.screenshot({ path: join(folder, file), fullPage: true, animations: 'disabled' });
        // Each pair of scheme and width is looked at in one of the languages: the words are not what makes a barrier.
        const isTurn = (colorScheme === 'light') === (viewport === WIDE);
        if (isTurn === (spoken === 'ja')) await watch.axe(page, file);
        await noSidewaysScrolling(page, file);
        names.push(file);
      }
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(WIDE);
  if (url) await page.context().clearCookies({ name: CHOICE });
  return names;
}

/** A page that must be pushed sideways to be read is broken at that width (WCAG 2.2 §1.4.10). */
async function noSidewaysScrolling(page, file) {
  const [content, window] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  if (content > window) throw new Error(`${file}: the page is ${content} px wide in a window of ${window} px`);
}
