// A page with oidc-client-ts: everything happens in the browser, across origins, without a secret.
import assert from 'node:assert/strict';
import { asked, at, demo, hanako, open, signIn, signOutAtThePortal } from './party.mjs';
import { scenario } from './scenario.mjs';

const { page, context } = await open();

/** Has the page do something with its `manager`, when it is ready. */
async function done(work, argument) {
  await page.getByText('ready').waitFor();
  return page.evaluate(work, argument);
}

const user = () => done(async () => {
  const { profile, access_token: token, refresh_token: refresh } = await globalThis.manager.getUser();
  return { profile, token, refresh };
});

/** The status with which userinfo answers the page, for a token. */
const userinfo = (token) => done(async ([address, bearer]) => {
  return (await fetch(address, { headers: { authorization: `Bearer ${bearer}` } })).status;
}, [demo.at('id', '/oauth2/userinfo'), token]);

async function signedIn() {
  await page.goto(at('/'));
  await done(() => { globalThis.manager.signinRedirect(); });
}

await scenario({
  'it sends her here and reads who she is, from userinfo too': async () => {
    await signedIn();
    await signIn(page, hanako);
    await page.waitForURL(at('/signed-in?*'));
    const { profile } = await user();
    assert.equal(profile.iss, demo.at('id', ''));
    assert.equal(profile.preferred_username, 'hanako');
    assert.equal(profile.email, 'hanako@yamato-seiko.example');
  },
  'it renews silently with the refresh token, each time': async () => {
    const before = await user();
    await done(() => globalThis.manager.signinSilent());
    const after = await user();
    assert.notEqual(after.token, before.token);
    assert.notEqual(after.refresh, before.refresh);
    assert.equal(after.profile.sub, before.profile.sub);
    assert.equal(await userinfo(after.token), 200);
  },
  'what it gives back counts no more': async () => {
    const { token } = await user();
    await done(() => globalThis.manager.revokeTokens());
    assert.equal(await userinfo(token), 401);
  },
  'signing out there signs out here, and comes back': async () => {
    await done(() => { globalThis.manager.signoutRedirect(); });
    await page.waitForURL(at('/bye*'));
    await done(() => {});
    await signedIn();
    await asked(page);
  },
  'whoever signed out here gets nothing more there': async () => {
    await signIn(page, hanako);
    await page.waitForURL(at('/signed-in?*'));
    const { token } = await user();
    const other = await context.newPage();
    await signOutAtThePortal(other);
    const refused = await done(() => globalThis.manager.signinSilent().then(() => 'renewed', (error) => error.error));
    assert.equal(refused, 'invalid_grant');
    assert.equal(await userinfo(token), 401);
  },
});
