// The portal of LemonLDAP::NG, which has people sign in here.
import assert from 'node:assert/strict';
import { asked, at, hanako, open, signIn, signOutAtThePortal } from './party.mjs';
import { scenario } from './scenario.mjs';

const { page } = await open();

/** Whom the portal takes her for; it read the name from userinfo. */
async function whoami() {
  const answer = await page.goto(at('/mysession/?whoami'), { waitUntil: 'load' });
  return (await answer.json()).result;
}

/** Her access token has run out, and she asks the portal to read her rights anew: it refreshes first. */
async function refresh() {
  await page.goto(at('/later'));
  await page.goto(at('/refresh'));
  return page.innerText('body');
}

async function enter() {
  await page.goto(at('/now'));
  await signIn(page, hanako, at('/'));
  await page.getByText('Connected as').waitFor();
}

await scenario({
  'the portal asks who she is': async () => {
    await enter();
    assert.equal(await whoami(), 'hanako');
  },
  'it refreshes when the access token has run out, each time': async () => {
    assert.match(await refresh(), /Connected as/);
    assert.match(await refresh(), /Connected as/);
    assert.equal(await whoami(), 'hanako');
  },
  'signing out there signs out here, and comes back': async () => {
    await page.goto(at('/?logout=1'));
    await page.waitForURL(at('/?logout=1'));
    await page.goto(at('/'));
    await asked(page);
  },
  'whoever signed out here is refused when it refreshes': async () => {
    await enter();
    await signOutAtThePortal(page);
    assert.match(await refresh(), /rightsReloadNeedsLogout/);
  },
});
