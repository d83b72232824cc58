// A service provider of somebody else, by ways that not all of them know: a sign-in that begins here, and a stronger class that it demands.
import assert from 'node:assert/strict';
import { addPasskeyAuthenticator } from './authenticators.mjs';
import { at, demo, hanako, open, signIn } from './party.mjs';
import { press } from './person.mjs';
import { given, scenario } from './scenario.mjs';

const ME = at('/me');
const { page, watch } = await open();
await addPasskeyAuthenticator(page);

/** What it knows of this browser. Asking neither begins nor ends anything. */
async function knows() {
  await page.goto(ME);
  return JSON.parse(await page.textContent('body'));
}

const usePasskey = () => page.click('form[data-passkey] button:enabled:not([type=button])');

await scenario({
  'a sign-in begins at the portal, without a request': async () => {
    await signIn(page, hanako, demo.at('id'));
    await page.click(`a[href="/saml/start/${given('ZT_PROVIDER')}"]`);
    await page.waitForURL(ME);
    const told = await knows();
    assert.ok(told.signed_in);
    assert.deepEqual(told.attributes.uid, ['hanako']);
    assert.equal(told.context, 'https://refeds.org/profile/mfa');
  },
  'a class that she has proven is named as it was asked for': async () => {
    await page.goto(at('/login?context=https://refeds.org/profile/sfa'));
    await page.waitForURL(ME);
    assert.equal((await knows()).context, 'https://refeds.org/profile/sfa');
  },
  'a stronger class is proven on the way': async () => {
    await page.goto(demo.at('id', '/security'));
    await page.click('[href*="add-factor"], button[value="add-factor"]');
    await hanako.typePassword(page);
    await hanako.typeCode(page);
    await page.click('button[name=kind][value=passkey]');
    await usePasskey();
    await page.waitForURL(/\/security/);
    await page.goto(at('/login?context=phr'));
    await page.locator('form[data-passkey=get]').waitFor();
    assert.ok(page.url().startsWith(demo.at('id')));
    await watch.axe(page);
    await usePasskey();
    await page.waitForURL(ME);
    const told = await knows();
    assert.deepEqual(told.attributes.uid, ['hanako']);
    assert.equal(told.context, 'phr');
  },
  'what nobody here can prove is answered, not asked for': async () => {
    await page.goto(at('/login?context=urn:example:biometry'));
    await page.waitForURL((url) => url.href.startsWith(at('')));
    assert.match(await page.textContent('body'), /NoAuthnContext|authentication/i);
  },
  'she signs out there': async () => {
    await page.goto(at('/logout'));
    await page.waitForURL(ME);
    assert.deepEqual(await knows(), { signed_in: false });
  },
});
