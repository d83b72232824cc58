// Two service providers that nobody calls: the browser of whoever signs out is led through them, one after the other.
import assert from 'node:assert/strict';
import { asked, at, demo, emily, open, signIn, signOutAtThePortal } from './party.mjs';
import { pictures } from './pictures.mjs';
import { given, scenario } from './scenario.mjs';

const other = (path) => `${given('ZT_OTHER')}${path}`;
const browser = await open();
const { page } = browser;

/** What each knows of this browser. Asking neither begins nor ends anything. */
async function known(on = page) {
  const signedIn = [];
  for (const me of [at('/me'), other('/me')]) {
    await on.goto(me);
    signedIn.push(JSON.parse(await on.textContent('body')).signed_in);
  }
  return signedIn;
}

/** Signs in at one, and on the same session at the other. */
async function enter(on = page) {
  await signIn(on, emily, at('/login'));
  await on.waitForURL((url) => url.href.startsWith(at('')));
  await on.goto(other('/login'));
  await on.waitForURL((url) => url.href.startsWith(other('')));
  assert.deepEqual(await known(on), [true, true]);
}

/** Both say that she is signed out, and the page says so. */
async function left(on) {
  await on.waitForURL(demo.at('id', '/saml/slo?signing-out'));
  await on.waitForFunction(() => document.querySelectorAll('dd').length === 2 && !document.querySelector('[data-onward]'));
  assert.equal((await on.textContent('h1')).trim(), 'You are signed out');
  assert.deepEqual(await on.locator('dd').allTextContents(), ['signed out', 'signed out']);
}

await scenario({
  'signing out at the portal ends both sessions': async () => {
    await enter();
    await signOutAtThePortal(page);
    await left(page);
    await pictures(browser, 'leaving-whole', { url: demo.at('id', '/saml/slo?signing-out') });
    assert.deepEqual(await known(), [false, false]);
    await page.goto(at('/login'));
    await asked(page);
  },
  'signing out at one ends the session at the other, and comes back': async () => {
    await enter();
    await page.goto(at('/logout'));
    await page.waitForURL((url) => url.href.startsWith(at('')));
    assert.deepEqual(await known(), [false, false]);
    await page.goto(other('/login'));
    await asked(page);
  },
  'one that hangs keeps nobody, and it is said': async () => {
    await enter();
    // The browser does not get there, although the server has sent it.
    const isOnward = (url) => url.href === demo.at('id', '/saml/slo?onward');
    await page.route(isOnward, (route) => route.abort('aborted'));
    const stopped = page.waitForEvent('requestfailed', (request) => isOnward(new URL(request.url())));
    await signOutAtThePortal(page);
    await stopped;
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.evaluate((onward) => fetch(onward, { redirect: 'manual' }).then(() => {}), demo.at('id', '/saml/slo?onward'));
    await page.goto(demo.at('id'));
    await page.waitForURL(demo.at('id', '/saml/slo?signing-out'));
    await pictures(browser, 'leaving-waits', { url: demo.at('id', '/saml/slo?signing-out') });
    await page.click('main a.button.main');
    await page.waitForURL(demo.at('id', '/saml/slo?signing-out'));
    assert.equal((await page.textContent('h1')).trim(), 'You may still be signed in at an application');
    assert.deepEqual(await page.locator('dd').allTextContents(), ['not confirmed', 'signed out']);
    await pictures(browser, 'leaving-partial', { url: demo.at('id', '/saml/slo?signing-out') });
    assert.deepEqual(await known(), [false, true]);
  },
});
