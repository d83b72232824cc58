// A service provider of somebody else: a sign-in by both bindings, what it then knows, and the ends of a session.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { asked, at, demo, emily, hanako, open, signIn, signOutAtThePortal } from './party.mjs';
import { scenario } from './scenario.mjs';

const ME = at('/me');
const UID = 'urn:oid:0.9.2342.19200300.100.1.1';
const { page, context } = await open();

/** What it knows of this browser. Asking neither begins nor ends anything. */
async function knows() {
  await page.goto(ME);
  return JSON.parse(await page.textContent('body'));
}

const who = ({ attributes }) => attributes.uid ?? attributes[UID];

/** Waits until it knows nobody any more. */
async function gone() {
  for (let tries = 0; tries < 80; tries += 1) {
    if (!(await knows()).signed_in) return;
    await pause(100);
  }
  throw new Error('the session goes on');
}

async function enter() {
  await signIn(page, emily, at('/login'));
  await page.waitForURL(ME);
  assert.deepEqual(who(await knows()), ['emily']);
}

await scenario({
  'a page asks who she is, and is told': async () => {
    assert.deepEqual(await knows(), { signed_in: false });
    await signIn(page, hanako, at('/login'));
    await page.waitForURL(ME);
    const told = await knows();
    assert.deepEqual(who(told), ['hanako']);
    assert.equal(told.issuer, demo.at('id', '/saml/metadata'));
    assert.equal(told.context, 'https://refeds.org/profile/mfa');
  },
  'a request that comes in a form finds her signed in': async () => {
    // Cookies of hers do not go with a form of another site, but the page that it leads to sees them.
    await page.goto(at('/login?binding=post'));
    await page.waitForURL(ME);
    assert.deepEqual(who(await knows()), ['hanako']);
  },
  'signing out there signs out here, and comes back': async () => {
    await page.goto(at('/logout'));
    await page.waitForURL(ME);
    assert.deepEqual(await knows(), { signed_in: false });
    await page.goto(at('/login'));
    await asked(page);
  },
  'signing out here ends the session there': async () => {
    await enter();
    const other = await context.newPage();
    await signOutAtThePortal(other);
    await gone();
    await page.goto(at('/login'));
    await asked(page);
  },
  'so it does when an administrator ends the session': async () => {
    await enter();
    demo.endSessions('emily');
    await gone();
    await page.goto(at('/login'));
    await asked(page);
  },
});
