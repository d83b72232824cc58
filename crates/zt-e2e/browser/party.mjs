// A web application of somebody else, to which a person signs in through the demo with her browser.
import assert from 'node:assert/strict';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Home } from './home.mjs';
import { Person, press } from './person.mjs';
import { given, keep } from './scenario.mjs';

export const demo = new Demo();
export const [hanako, emily] = ['hanako', 'emily'].map((login) => new Person(login, demo.passwords[login], 'en'));
const { say } = hanako;

/** An address of the application. */
export const at = (path) => `${given('ZT_PARTY')}${path}`;

/** A browser of its own, that believes the demo. */
export async function open(options) {
  const home = keep(new Home(), () => home.remove());
  home.trustAuthority(demo.authority);
  const browser = await openBrowser(home, options);
  keep(browser, () => browser.close());
  return browser;
}

/** Opens a page of the application, if one is named, and signs in on the way; the authenticator app is set up the first time. */
export async function signIn(page, person, address) {
  if (address) await page.goto(address);
  await asked(page);
  await person.identify(page);
  await person.typePassword(page);
  await (person.key ? person.typeCode(page) : person.enrolApp(page));
}

/** Nobody is signed in: the page is that of the demo. */
export async function asked(page) {
  await page.waitForURL((url) => url.href.startsWith(demo.at('id')));
  assert.equal((await page.textContent('h1')).trim(), say('prompt-title-identify'));
}

/** Signs out at the portal. */
export async function signOutAtThePortal(page) {
  await page.goto(demo.at('id'));
  await press(page, '/signout');
}
