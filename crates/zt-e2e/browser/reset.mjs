// Steps that a policy can ask for before it opens a door: a new password, on a passkey and on an administrator's pass,
// and terms that are read and accepted.
import assert from 'node:assert/strict';
import { addPasskeyAuthenticator } from './authenticators.mjs';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Home } from './home.mjs';
import { Person, press } from './person.mjs';
import { pictures } from './pictures.mjs';
import { given, keep, scenario } from './scenario.mjs';

const demo = new Demo();
const language = given('ZT_LANGUAGE');
const locale = { ja: 'ja-JP', en: 'en-US' }[language];
const person = new Person('yuki', demo.passwords.yuki, language);
const other = new Person('ichiro', demo.passwords.ichiro, language);
const administrator = new Person('ken', demo.passwords.ken, language);
const { say } = person;
const PORTAL = demo.at('id');
const TERMS = demo.at('id', '/signin/terms/acceptable-use?return=/devices');
const FRESH = ['tsuki ga kirei desu ne 7', 'furuike ya kawazu tobikomu 5'];

async function open() {
  const home = keep(new Home(), () => home.remove());
  home.trustAuthority(demo.authority);
  const browser = await openBrowser(home, { locale });
  keep(browser, () => browser.close());
  return browser;
}

const hers = await open();
const authenticator = await addPasskeyAuthenticator(hers.page);
let desk, its, pass;

const heading = (browser) => browser.page.textContent('h1').then((text) => text.trim());

/** A page as it must be, with pictures of it as it stands. */
async function pictured(browser, name) {
  assert.equal(await browser.page.getAttribute('html', 'lang'), language);
  await browser.watch.axe(browser.page);
  await pictures(browser, name, { language });
  browser.watch.nothing();
}

/** From the prompt to the choice of a proof. */
async function forgot(browser, whose) {
  await browser.page.goto(PORTAL);
  await whose.identify(browser.page);
  await press(browser.page, '/forgot');
  assert.equal(await heading(browser), say('prompt-title-reset-proof'));
}

async function setPassword({ page }, whose, fresh) {
  await page.fill('input[name=password]', fresh);
  await press(page, '/password');
  whose.password = fresh;
}

async function arrived({ page, watch }) {
  await page.waitForURL(PORTAL);
  assert.equal((await page.textContent('h1')).trim(), say('portal-apps'));
  watch.nothing();
}

await scenario({
  'somebody sets up a passkey': async () => {
    await hers.page.goto(PORTAL);
    await person.identify(hers.page);
    await person.typePassword(hers.page);
    await hers.page.click('button[name=kind][value=passkey]');
    await hers.page.locator('form[data-passkey=create] button:enabled').first().waitFor();
    await press(hers.page, '/passkey');
    await hers.page.locator('#codes').waitFor();
    await press(hers.page, '/acknowledge');
    await arrived(hers);
    assert.equal((await authenticator.credentials()).length, 1);
  },
  'she resets her password with it': async () => {
    await press(hers.page, '/signout');
    await forgot(hers, person);
    await pictured(hers, 'reset-proof');
    await hers.page.click('button[name=kind][value=passkey]');
    await hers.page.locator('form[data-passkey=get] button:enabled').first().waitFor();
    await press(hers.page, '/passkey');
    await hers.page.locator('input[name=password]').waitFor();
    assert.equal(await heading(hers), say('prompt-title-reset-new-password'));
    assert.equal((await hers.page.textContent('.identity span')).trim(), 'yuki');
    await pictured(hers, 'reset-new-password');
    await setPassword(hers, person, person.password);
    assert.equal((await hers.page.textContent('#password-error')).trim(), say('prompt-message-password-reused'));
    await pictured(hers, 'reset-password-reused');
    await setPassword(hers, person, FRESH[0]);
    await arrived(hers);
  },
  'an administrator gives a pass to somebody who lost everything': async () => {
    desk = await open();
    await desk.page.goto(demo.at('id', '/console/people'));
    await administrator.identify(desk.page);
    await administrator.typePassword(desk.page);
    await administrator.enrolApp(desk.page);
    await desk.page.locator('table').waitFor();
    await desk.page.locator('tr', { hasText: 'ichiro' }).locator('a').first().click();
    await desk.page.locator('#reset').waitFor();
    await desk.page.click('#reset details:has(#pass-reason) summary');
    await pictured(desk, 'reset-pass-ask');
    await desk.page.fill('#pass-reason', language === 'ja' ? '来訪した本人を社員証で確認' : 'Came in person, with her badge');
    await desk.page.check('#pass-lost');
    await press(desk.page, '/reset-pass');
    pass = (await desk.page.textContent('#pass')).trim();
    assert.match(pass, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){5}$/);
    await pictured(desk, 'reset-pass-made');
  },
  'with the pass she sets a new password, and a new factor at once': async () => {
    its = await open();
    await forgot(its, other);
    await its.page.click('button[name=kind][value=reset-pass]');
    await pictured(its, 'reset-pass');
    await its.page.fill('input[name=code]', '7Q4K-0F9M-2XRT-W8HC-AAAA-BBBB');
    await press(its.page, '/code');
    assert.equal((await its.page.textContent('#code-error')).trim(), say('prompt-message-wrong-reset-pass'));
    await pictured(its, 'reset-pass-wrong');
    // As somebody types it who reads it aloud.
    await its.page.fill('input[name=code]', pass.toLowerCase().replaceAll('-', ' '));
    await press(its.page, '/code');
    assert.equal(await heading(its), say('prompt-title-reset-new-password'));
    await setPassword(its, other, FRESH[1]);
    await other.enrolApp(its.page);
    await arrived(its);
  },
  'the pass is used up': async () => {
    await desk.page.goto(demo.at('id', '/console/people'));
    await desk.page.locator('tr', { hasText: 'ichiro' }).locator('a').first().click();
    await desk.page.locator('#reset').waitFor();
    assert.equal(await desk.page.locator('#pass').count(), 0, 'it is shown once');
    assert.ok((await desk.page.textContent('#reset')).includes(say('pass-none')));
    const thief = await open();
    await forgot(thief, other);
    await thief.page.click('button[name=kind][value=reset-pass]');
    await thief.page.fill('input[name=code]', pass);
    await press(thief.page, '/code');
    assert.equal((await thief.page.textContent('#code-error')).trim(), say('prompt-message-wrong-reset-pass'));
    thief.watch.nothing();
  },
  'an administrator demands a reset': async () => {
    await desk.page.click('#reset details:has(#due-reason) summary');
    await desk.page.fill('#due-reason', language === 'ja' ? '外部の漏えい情報に一致' : 'Found in a dump');
    await press(desk.page, '/reset-due');
    assert.ok((await desk.page.textContent('#reset')).includes(say('reset-is-due')));
    await pictured(desk, 'reset-due');
  },
  'terms are read, declined, and accepted with a tick of her own': async () => {
    await hers.page.goto(TERMS);
    assert.equal(await hers.page.isChecked('#accepted'), false);
    await pictures(hers, 'terms', { url: TERMS });
    await hers.page.goto(TERMS);
    await hers.page.click('button[value=decline]');
    await hers.page.waitForURL(/\/devices$/);
    await hers.page.goto(TERMS);
    // Without the tick the browser keeps the form back.
    await hers.page.click('button[value=accept]');
    assert.equal(hers.page.url(), TERMS);
    await hers.page.check('#accepted');
    await hers.page.click('button[value=accept]');
    await hers.page.waitForURL(/\/devices$/);
    await hers.page.goto(TERMS);
    assert.equal(await hers.page.locator('#accepted').count(), 0);
    await pictured(hers, 'terms-accepted');
    await hers.page.goto(demo.at('id', '/security'));
    assert.ok((await hers.page.textContent('main')).includes(say('terms-accepted')));
    await pictured(hers, 'portal-terms');
  },
});
