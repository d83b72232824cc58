// Apache with mod_auth_openidc: a page behind it, refresh, what it knows, and the ends of a session.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { asked, at, demo, emily, hanako, open, signIn, signOutAtThePortal } from './party.mjs';
import { scenario } from './scenario.mjs';

const PAGE = at('/protected/page');
const hook = (query) => at(`/protected/redirect_uri?${new URLSearchParams(query)}`);
const { page, context } = await open();

const seen = async () => (await page.goto(PAGE)).headers();

/** What the module holds of this session. */
async function held() {
  const answer = await page.goto(hook({ info: 'json' }));
  assert.equal(answer.status(), 200);
  return answer.json();
}

/** Waits until the module has no session of hers any more. Asking does not end one: nothing is refreshed. */
async function gone() {
  for (let tries = 0; tries < 80; tries += 1) {
    const answer = await page.goto(hook({ info: 'json' }));
    if (answer.status() === 401) return;
    assert.equal(answer.status(), 200);
    await pause(100);
  }
  throw new Error('the session goes on');
}

async function enter() {
  await signIn(page, emily, PAGE);
  await page.waitForURL(PAGE);
  await held();
}

await scenario({
  'a page asks who she is, and says it to the application': async () => {
    await signIn(page, hanako, PAGE);
    await page.waitForURL(PAGE);
    const told = await seen();
    assert.equal(told['seen-user'], 'hanako');
    assert.equal(told['seen-email'], 'hanako@yamato-seiko.example');
    assert.match(told['seen-groups'], /\w/);
    assert.match(told['seen-subject'], /^[0-9a-f-]{36}$/);
  },
  'what it holds is about her': async () => {
    const { id_token: token, userinfo } = await held();
    assert.equal(token.iss, demo.at('id', ''));
    assert.equal(userinfo.sub, token.sub);
    assert.equal(token.acr, 'mfa');
  },
  'its refresh hook replaces the access token, each time': async () => {
    const before = (await held()).access_token;
    await page.goto(hook({ refresh: PAGE, access_token: before }));
    await page.waitForURL(PAGE);
    const after = (await held()).access_token;
    assert.notEqual(after, before);
    await page.goto(hook({ refresh: PAGE, access_token: after }));
    await page.waitForURL(PAGE);
    assert.notEqual((await held()).access_token, after);
  },
  'signing out there signs out here, and comes back': async () => {
    await page.goto(hook({ logout: at('/bye') }));
    await page.waitForURL(at('/bye'));
    await page.goto(PAGE);
    await asked(page);
  },
  'signing out here ends the session there, at once': async () => {
    await enter();
    const other = await context.newPage();
    await signOutAtThePortal(other);
    await gone();
    await page.goto(PAGE);
    await asked(page);
  },
  'so it does when an administrator ends the session': async () => {
    await enter();
    demo.endSessions('emily');
    await gone();
    await page.goto(PAGE);
    await asked(page);
  },
});
