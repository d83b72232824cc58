// Django with mozilla-django-oidc: a page that wants to know who she is, the silent renewal, and the ends of a session.
import assert from 'node:assert/strict';
import { asked, at, hanako, open, signIn, signOutAtThePortal } from './party.mjs';
import { scenario } from './scenario.mjs';

const PAGE = at('/page');
const { page } = await open();

async function read(path) {
  return (await page.goto(at(path))).json();
}

await scenario({
  'a page asks who she is': async () => {
    await signIn(page, hanako, PAGE);
    await page.waitForURL(PAGE);
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
  'whoever signed out here is signed out there when it asks again': async () => {
    await signIn(page, hanako, PAGE);
    await page.waitForURL(PAGE);
    await signOutAtThePortal(page);
    assert.deepEqual(await read('/'), { signed_in: true });
    await read('/later');
    assert.deepEqual(await read('/'), { signed_in: false });
  },
});
