// Ways in and what gets in the way: passkeys, languages, tabs and the back button, cookies, no script, no mouse.
import assert from 'node:assert/strict';
import { addPasskeyAuthenticator } from './authenticators.mjs';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Home } from './home.mjs';
import { Person, press } from './person.mjs';
import { pictures } from './pictures.mjs';
import { keep, scenario, soon } from './scenario.mjs';
import { words } from './words.mjs';

const demo = new Demo();
const say = { en: words('en'), ja: words('ja') };
const PORTAL = demo.at('id');
const someone = (login, language = 'en') => new Person(login, demo.passwords[login], language);
const person = someone('ichiro');

const home = keep(new Home(), () => home.remove());
home.trustAuthority(demo.authority);
const browser = await openBrowser(home);
keep(browser, () => browser.close());
const { page, watch, context } = browser;
const authenticator = await addPasskeyAuthenticator(page);

const heading = (where = page) => where.textContent('h1').then((text) => text.trim());
const language = (where = page) => where.getAttribute('html', 'lang');

async function fine(where = page) {
  await watch.axe(where);
  watch.nothing();
}

async function signOut() {
  await page.goto(PORTAL);
  await press(page, '/signout');
  await page.goto(PORTAL);
  assert.equal(await heading(), say.en('prompt-title-identify'));
}

/** Waits until the page is ready to ask the authenticator. */
const passkeyAsked = () => page.locator('form[data-passkey=get] button:enabled').first().waitFor();

/** Proves with the passkey that the page asks for; the virtual authenticator touches itself. */
async function usePasskey() {
  await page.click('form[data-passkey] button:not([type=button])');
}

async function arrived() {
  await page.waitForURL(PORTAL);
  assert.equal(await heading(), say.en('portal-apps'));
}

/** A cookie of the sign-in site. */
async function cookie(name) {
  return (await context.cookies(PORTAL)).find((one) => one.name === name);
}

await scenario({
  'the prompt speaks the browser’s language and switches, in the middle of a sign-in too': async () => {
    await page.goto(PORTAL);
    assert.equal(await language(), 'en');
    await person.identify(page);
    await page.click('nav.languages a[lang=ja]');
    assert.equal(await language(), 'ja');
    assert.equal(await heading(), say.ja('prompt-title-password'));
    await fine();
    await page.click('nav.languages a[lang=en]');
    assert.equal(await heading(), say.en('prompt-title-password'));
  },
  'a passkey is set up on the spot': async () => {
    await person.typePassword(page);
    await page.click('button[name=kind][value=passkey]');
    await page.locator('form[data-passkey=create] button:enabled').first().waitFor();
    await pictures(browser, 'prompt-enrol-passkey', { language: 'en' });
    await usePasskey();
    await page.locator('#codes').waitFor();
    person.recoveryCodes = await page.locator('#codes li').allTextContents();
    await press(page, '/acknowledge');
    await arrived();
    assert.equal((await authenticator.credentials()).length, 1);
    assert.equal((await cookie('__Host-sekisho-last')).value, 'passkey');
    await fine();
  },
  'a passkey alone is enough': async () => {
    await signOut();
    await page.click('button[name=kind][value=passkey]');
    await passkeyAsked();
    await pictures(browser, 'prompt-passkey', { language: 'en' });
    await usePasskey();
    await arrived();
    await fine();
  },
  'what was used last on this browser is asked for first': async () => {
    await page.goto(demo.at('id', '/security'));
    await page.click('[href*="add-factor"], button[value="add-factor"]');
    // Adding a factor may ask to prove one that is there.
    if (await page.locator('form[data-passkey=get]').count()) await usePasskey();
    await page.locator('#totp-key').or(page.locator('button[name=kind][value=totp]')).first().waitFor();
    if (await page.locator('button[name=kind][value=totp]').count()) await page.click('button[name=kind][value=totp]');
    person.key = (await page.textContent('#totp-key')).trim();
    await person.typeCode(page);
    await page.waitForURL(/\/security/);
    await fine();
    await signOut();
    await person.identify(page);
    await person.typePassword(page);
    assert.equal(await heading(), say.en('prompt-title-totp'), 'the app was used last, when it was set up');
    await press(page, '/back');
    await page.click('button[name=kind][value=passkey]');
    await passkeyAsked();
    await usePasskey();
    await arrived();
    assert.equal((await cookie('__Host-sekisho-last')).value, 'passkey');
    await signOut();
    await person.identify(page);
    await person.typePassword(page);
    assert.equal(await heading(), say.en('prompt-title-passkey'), 'the passkey was used last');
    await fine();
  },
  'a recovery code gets in once, and brings a new factor': async () => {
    await press(page, '/back');
    await pictures(browser, 'prompt-choose', { language: 'en' });
    await page.click('button[name=kind][value="recovery-code"]');
    await page.fill('input[name=code]', person.recoveryCodes[0]);
    await press(page, '/code');
    assert.equal(await heading(), say.en('prompt-title-enrol-choice'));
    await fine();
    await press(page, '/cancel');
    await watch.axe(page);
    watch.take();
  },
  'two tabs of one sign-in: the slower one is told where it stands': async () => {
    const [one, other] = [await context.newPage(), await context.newPage()];
    await one.goto(PORTAL);
    await other.goto(one.url());
    assert.equal(await heading(other), say.en('prompt-title-identify'));
    await person.identify(one);
    await person.identify(other);
    assert.equal(await heading(other), say.en('prompt-title-password'));
    assert.equal((await other.textContent('.note')).trim(), say.en('prompt-stale'));
    await fine(other);
    await pictures({ page: other, watch }, 'prompt-stale', { language: 'en' });
    await person.typePassword(other);
    await other.goto('about:blank');
    await person.typePassword(one);
    assert.equal((await one.textContent('.note')).trim(), say.en('prompt-stale'));
    await soon(Promise.all([one.close(), other.close()]));
    watch.nothing();
  },
  'the back button shows no step that is over and loses nothing': async () => {
    await page.goto(PORTAL);
    await person.identify(page);
    await person.typePassword(page);
    const here = await heading();
    await page.goBack();
    // Whatever the browser shows, the form it holds belongs to a step that is over, or the page is the present one.
    if ((await heading()) === say.en('prompt-title-password')) {
      await person.typePassword(page);
      assert.equal((await page.textContent('.note')).trim(), say.en('prompt-stale'));
    }
    await page.goto(page.url());
    assert.equal(await heading(), here);
    assert.equal(here, say.en('prompt-title-passkey'));
    await passkeyAsked();
    await usePasskey();
    await arrived();
    await fine();
  },
  'a tampered session cookie is nobody’s': async () => {
    const real = await cookie('__Host-sekisho');
    assert.deepEqual([real.secure, real.httpOnly, real.sameSite, real.path], [true, true, 'Lax', '/']);
    for (const value of [flipped(real.value), `${real.value}x`, '', 'x'.repeat(3000)]) {
      await context.addCookies([{ ...real, value }]);
      await page.goto(PORTAL);
      assert.equal(await heading(), say.en('prompt-title-identify'), value);
    }
    await context.addCookies([real]);
    await page.goto(PORTAL);
    await arrived();
    await fine();
  },
  'a tampered cookie in the middle of a sign-in ends it': async () => {
    await signOut();
    const real = await cookie('__Host-sekisho-flow');
    await context.addCookies([{ ...real, value: flipped(real.value) }]);
    await watch.expecting(/status of 40\d/, () => person.identify(page));
    assert.equal(await heading(), say.en('flow-end-title-foreign-browser'));
    await fine();
    await pictures(browser, 'prompt-foreign-browser', { language: 'en' });
    await context.clearCookies({ name: '__Host-sekisho-flow' });
  },
  'without a mouse: name, password, app, recovery codes': async () => {
    const hand = someone('emily');
    const keys = await context.newPage();
    await keys.goto(PORTAL);
    await walk(keys, 'input[name=login]');
    await keys.keyboard.type(hand.login);
    await enter(keys);
    await walk(keys, 'input[name=password]');
    await keys.keyboard.type(hand.password);
    await enter(keys);
    await walk(keys, 'button[name=kind][value=totp]');
    await enter(keys);
    hand.key = (await keys.textContent('#totp-key')).trim();
    await walk(keys, 'input[name=code]');
    await keys.keyboard.type(await hand.code());
    await enter(keys);
    await walk(keys, 'form[action$="/acknowledge"] button');
    await enter(keys);
    await keys.waitForURL(PORTAL);
    await fine(keys);
    await press(keys, '/signout');
    await keys.waitForURL((url) => url.href !== PORTAL);
    await soon(keys.close());
  },
  'without JavaScript: name, password, app, recovery codes, application, language': async () => {
    const plainHome = keep(new Home(), () => plainHome.remove());
    plainHome.trustAuthority(demo.authority);
    const plain = await openBrowser(plainHome, { locale: 'ja-JP', script: false });
    keep(plain, () => plain.close());
    const quiet = someone('yuki', 'ja');
    await plain.page.goto(demo.at('status'));
    assert.equal(await language(plain.page), 'ja');
    await quiet.identify(plain.page);
    await quiet.typePassword(plain.page);
    await quiet.enrolApp(plain.page);
    await plain.page.waitForURL(demo.at('status'));
    assert.match(await plain.page.textContent('h1'), /\S/);
    plain.watch.nothing();
  },
});

/** With another character in its middle. */
function flipped(text) {
  const middle = Math.floor(text.length / 2);
  return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1);
}

/** Presses Tab until `selector` has the focus, as somebody without a mouse does. */
async function walk(where, selector) {
  for (let presses = 0; presses < 15; presses += 1) {
    if (await where.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await where.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

/** Presses Enter and waits for the page it leads to. */
async function enter(where) {
  await Promise.all([where.waitForNavigation(), where.keyboard.press('Enter')]);
}
