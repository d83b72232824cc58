// Django with mozilla-django-oidc: a page that wants to know who she is, the silent renewal, and the ends of a session.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { asked, at, demo, emily, hanako, open, signIn, signOutAtThePortal } from './party.mjs';
import { scenario } from './scenario.mjs';

const PAGE = at('/page');
const { page, context } = await open();

async function read(path) {
  return (await page.goto(at(path))).json();
}

async function enter(person) {
  await signIn(page, person, PAGE);
  await page.waitForURL(PAGE);
  assert.deepEqual(await read('/'), { signed_in: true });
}

/** Waits until nobody is signed in any more; the page asks nobody about it. */
async function gone() {
  for (let tries = 0; tries < 80; tries += 1) {
    if (!(await read('/')).signed_in) return;
    await pause(100);
  }
  throw new Error('the session goes on');
}

await scenario({
  'a page asks who she is': async () => {
    await enter(hanako);
    const held = await read('/page');
    assert.match(held.subject, /^[0-9a-f-]{36}$/);
    assert.equal(held.email, 'hanako@yamato-seiko.example');
    assert.equal(held.name, '佐藤 花子');
  },
  'later it asks again, and she sees nothing of it': async () => {
    const before = await read('/page');
    assert.equal((await read('/page')).access_token, before.access_token);
    await read('/later');
    const after = await read('/page');
    assert.equal(page.url(), PAGE);
    assert.equal(after.subject, before.subject);
    assert.notEqual(after.access_token, before.access_token);
  },
  'signing out there signs out here, and comes back': async () => {
    await page.goto(at('/leave'));
    await page.click('button');
    await page.waitForURL(at('/bye'));
    assert.deepEqual(await read('/'), { signed_in: false });
    await page.goto(PAGE);
    await asked(page);
  },
  'signing out here ends the session there, at once': async () => {
    await enter(emily);
    const other = await context.newPage();
    await signOutAtThePortal(other);
    await gone();
  },
  'so it does when an administrator ends the session': async () => {
    await enter(emily);
    demo.endSessions('emily');
    await gone();
  },
});
