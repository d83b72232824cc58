// Apache with mod_auth_openidc, which nobody calls: the browser of whoever signs out tells it, in a frame.
import assert from 'node:assert/strict';
import { asked, at, demo, emily, open, signIn, signOutAtThePortal } from './party.mjs';
import { scenario } from './scenario.mjs';

const PAGE = at('/protected/page');
const hook = (query) => at(`/protected/redirect_uri?${new URLSearchParams(query)}`);
const { page, context } = await open();

/** What the module holds of this browser's session; nothing, once it has ended. Asking does not end one: nothing is refreshed. */
const held = () => page.goto(hook({ info: 'json' }));

async function enter() {
  await signIn(page, emily, PAGE);
  await page.waitForURL(PAGE);
  const answer = await held();
  assert.equal(answer.status(), 200);
  return (await answer.json()).id_token;
}

/** Signs out as a client sends her that has no token of hers any more: she is asked. */
async function leaves(on) {
  const back = new URLSearchParams({ client_id: 'books-basic', post_logout_redirect_uri: at('/bye') });
  await on.goto(`${demo.at('id', '/oauth2/logout')}?${back}`);
  await on.click('main button.main', { noWaitAfter: true });
}

/** The address that a frame of the page opens, as it is asked for, with the cookies that went along. */
async function framed(on, leave) {
  const told = on.waitForRequest((request) => request.url().includes('logout=get'));
  await leave();
  const request = await told;
  const answer = await request.response();
  return { url: new URL(request.url()), headers: await request.allHeaders(), status: answer.status() };
}

await scenario({
  'signing out at the portal ends the session there, by a frame': async () => {
    const { sid } = await enter();
    const other = await context.newPage();
    const { url, headers, status } = await framed(other, () => signOutAtThePortal(other));
    assert.equal(status, 200);
    assert.equal(url.searchParams.get('iss'), demo.at('id', ''));
    assert.equal(url.searchParams.get('sid'), sid);
    assert.equal(headers.referer, undefined);
    // Of another site, and without a cookie of its own: it is the sid that says whose session ends.
    assert.equal(headers['sec-fetch-site'], 'cross-site');
    assert.equal(headers.cookie, undefined);
    await other.waitForLoadState();
    assert.equal((await other.textContent('h1')).trim(), 'You are signed out');
    await other.close();
    assert.equal((await held()).status(), 401);
    await page.goto(PAGE);
    await asked(page);
  },
  'signing out for the client goes through the frame, and comes back': async () => {
    const { sid } = await enter();
    const { url } = await framed(page, () => leaves(page));
    assert.equal(url.searchParams.get('sid'), sid);
    await page.waitForURL(at('/bye'));
    assert.equal((await held()).status(), 401);
    await page.goto(PAGE);
    await asked(page);
  },
  'a client that hangs keeps nobody': async () => {
    await enter();
    await page.route((url) => url.searchParams.get('logout') === 'get', () => {});
    await leaves(page);
    await page.waitForURL(at('/bye'));
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  },
  'without scripts it goes on as well': async () => {
    const plain = await open({ script: false });
    await signIn(plain.page, emily, PAGE);
    await plain.page.waitForURL(PAGE);
    const { url } = await framed(plain.page, () => leaves(plain.page));
    assert.ok(url.searchParams.get('sid'));
    await plain.page.waitForURL(at('/bye'));
  },
});
