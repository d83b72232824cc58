// Applications elsewhere: an administrator registers a product by its name and replaces its secret, people are asked before
// one learns about them, take it back, and are told when policies keep them from it.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Home } from './home.mjs';
import { Person, press } from './person.mjs';
import { pictures } from './pictures.mjs';
import { given, keep, scenario } from './scenario.mjs';

const demo = new Demo();
const language = given('ZT_LANGUAGE');
const locale = { ja: 'ja-JP', en: 'en-US' }[language];
const { say } = new Person('ken', '', language);
const [ken, hanako] = ['ken', 'hanako'].map((login) => new Person(login, demo.passwords[login], language));
const NEW = demo.at('id', '/console/clients/new');
const GRAFANA = demo.at('id', '/console/clients/grafana');
const BACK = 'http://127.0.0.1:8009/back';
const REFUSED = /status of 403/;
const THEM = 'https://meet.example';
const METADATA = `<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${THEM}/saml">
  <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${THEM}/slo"/>
    <NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>
    <AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${THEM}/acs"/>
  </SPSSODescriptor>
</EntityDescriptor>`;

const homes = [new Home(), new Home()];
for (const home of homes) {
  keep(home, () => home.remove());
  home.trustAuthority(demo.authority);
}
const desk = await openBrowser(homes[0], { locale });
keep(desk, () => desk.close());
const { page } = desk;
const hers = await openBrowser(homes[1], { locale });
keep(hers, () => hers.close());
// The application itself is not what this is about: its address answers with an empty page.
await hers.context.route(`${BACK}**`, (route) => route.fulfill({ body: '<title>-</title>', contentType: 'text/html' }));

async function pictured(browser, name) {
  assert.equal(await browser.page.getAttribute('html', 'lang'), language);
  await browser.watch.axe(browser.page);
  await pictures(browser, name, { language });
  browser.watch.nothing();
}

/** Adds a client and an application to the company's files, and puts them in force. */
function register(text) {
  appendFileSync(join(demo.folder, 'organisation', 'people.toml'), text);
  const organisation = ['apply', '-f', join(demo.folder, 'organisation')];
  const socket = ['--socket', join(demo.folder, 'server', 'admin.sock')];
  execFileSync(demo.binary, [...organisation, ...socket], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Where an application sends a browser of its to sign in. */
function asks(client, more = {}) {
  const request = {
    client_id: client,
    response_type: 'code',
    redirect_uri: BACK,
    scope: 'openid profile email groups',
    state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...more,
  };
  return `${demo.at('id', '/oauth2/authorize')}?${new URLSearchParams(request)}`;
}

await scenario({
  'an administrator sees the clients, and an empty form': async () => {
    await page.goto(demo.at('id', '/console/clients'));
    await ken.identify(page);
    await ken.typePassword(page);
    await ken.enrolApp(page);
    await page.locator('tbody tr', { hasText: 'expenses' }).waitFor();
    await pictured(desk, 'console-clients');
    await page.goto(NEW);
    await pictured(desk, 'console-client-new');
  },
  'a product and its address fill the form in': async () => {
    await page.selectOption('#product', 'grafana');
    await page.fill('#at', 'https://grafana.yamato-seiko.example/');
    await page.click('form[action="/console/clients/new"] button');
    assert.equal(await page.inputValue('#redirect-uris'), 'https://grafana.yamato-seiko.example/login/generic_oauth');
    await page.selectOption('#app', 'status');
    await pictured(desk, 'console-client-product');
  },
  'registered, it says what to write over there': async () => {
    await press(page, '/console/clients');
    const secret = (await page.textContent('#secret')).trim();
    const settings = await page.innerText('#product');
    for (const part of [secret, demo.at('id', '/oauth2/userinfo'), 'use_pkce']) {
      assert.ok(settings.includes(part), `${part} is not in: ${settings}`);
    }
    await pictured(desk, 'console-client-made');
  },
  'a new secret is shown once, and the old one goes on for a week': async () => {
    await page.goto(GRAFANA);
    assert.ok((await page.innerText('#product')).includes(say('product-secret')));
    await press(page, '/secrets');
    await page.locator('#secret').waitFor();
    await pictured(desk, 'console-client-secret');
  },
  'a sign-in is tried, and nothing is issued': async () => {
    await page.goto(demo.at('id', '/console/clients/expenses'));
    await page.fill('#login', 'hanako');
    await press(page, '/test#test');
    await page.locator('#test [role=status]').waitFor();
    // A picture of a whole page is taken from its beginning.
    await page.evaluate(() => globalThis.scrollTo(0, 0));
    await pictured(desk, 'console-client-tried');
  },
  'a service provider is registered from the file of its metadata, by a template': async () => {
    await page.goto(demo.at('id', '/console/service-providers/new'));
    await page.selectOption('#template', 'conference');
    await page.click('form[action="/console/service-providers/new"] button');
    const file = { name: 'meet.xml', mimeType: 'application/xml', buffer: Buffer.from(METADATA) };
    await page.setInputFiles('#metadata-file', file);
    await page.waitForFunction(() => globalThis.document.getElementById('metadata').value.includes('EntityDescriptor'));
    await page.click('button[name=do][value=read]');
    await page.locator('[role=status]', { hasText: `${THEM}/acs` }).waitFor();
    await page.fill('#name-ja', 'Web 会議');
    await page.fill('#name-en', 'Conferences');
    await page.selectOption('#app', 'expenses');
    await page.check('input[name=begins-here]');
    await pictured(desk, 'console-provider-read');
    await page.click('form.rule button.main');
    await page.locator('#template').waitFor();
    const shown = await page.innerText('main');
    for (const part of [demo.at('id', '/saml/sso'), say('outlives-title'), 'yamato-seiko.example']) {
      assert.ok(shown.includes(part), `${part} is not in: ${shown}`);
    }
    await pictured(desk, 'console-provider');
    await page.goto(demo.at('id', '/console/service-providers/conference?template=microsoft-365'));
    await pictured(desk, 'console-provider-microsoft-365');
    await page.goto(demo.at('id', '/console/applications/expenses'));
    assert.ok((await page.innerText('main')).includes(say('outlives-title')));
    await pictured(desk, 'console-application');
    await page.goto(demo.at('id', '/console/service-providers/conference'));
    await page.fill('#login', 'hanako');
    await press(page, '/test#test');
    await page.locator('#test [role=status]').waitFor();
    await page.evaluate(() => globalThis.scrollTo(0, 0));
    await pictured(desk, 'console-provider-tried');
  },
  'people are asked before an application learns about them': async () => {
    register(`
[[client]]
id = "expenses-desktop"
name = { ja = "経費精算 デスクトップ", en = "Expenses for the desktop" }
application = "expenses"
authentication = "none"
redirect_uris = ["http://127.0.0.1/back"]
grants = ["authorization_code", "device_code"]
scopes = ["openid", "profile", "email", "groups"]
consent = "asked"

[[client]]
id = "wiki-desktop"
name = { ja = "社内 Wiki デスクトップ", en = "Wiki for the desktop" }
application = "wiki"
authentication = "none"
redirect_uris = ["http://127.0.0.1/back"]
`);
    await hers.page.goto(asks('expenses-desktop'));
    await hanako.identify(hers.page);
    await hanako.typePassword(hers.page);
    await hanako.enrolApp(hers.page);
    await hers.page.locator('button[name=answer][value=allow]').waitFor();
    await pictured(hers, 'consent');
    await hers.page.click('button[name=answer][value=allow]');
    await hers.page.waitForURL(/127\.0\.0\.1.*[?&]code=/);
  },
  'she sees in the portal what they know, and takes it back': async () => {
    await hers.page.goto(demo.at('id', '/security'));
    const form = hers.page.locator('form[action$="/consents/expenses-desktop/withdraw"]');
    const confirm = hers.page.locator('details.confirm', { has: form });
    await pictured(hers, 'portal-consents');
    await confirm.locator('summary').click();
    await pictured(hers, 'portal-consents-question');
    await form.locator('button').click();
    await form.waitFor({ state: 'detached' });
    await hers.page.goto(asks('expenses-desktop'));
    await hers.page.locator('button[name=answer][value=deny]').click();
    await hers.page.waitForURL(/error=access_denied/);
  },
  'a device without a browser signs in by a code that she compares': async () => {
    const asked = { form: { client_id: 'expenses-desktop', scope: 'openid profile' }, ignoreHTTPSErrors: true };
    const answer = await desk.context.request.post(demo.at('id', '/oauth2/device_authorization'), asked);
    const { user_code: code, verification_uri: at } = await answer.json();
    await hers.page.goto(at);
    await pictured(hers, 'device-code');
    await hers.page.fill('#user_code', code);
    await press(hers.page, '/device');
    assert.ok((await hers.page.innerText('main')).includes(code));
    await pictured(hers, 'device-ask');
    await hers.page.click('button[name=answer][value=allow]');
    await hers.page.locator('.verdict').waitFor();
    await pictured(hers, 'device-done');
  },
  'a service provider gets her by a form, and what is wrong with its messages is said': async () => {
    const send = '**/assets/send*';
    await hers.context.route(send, (route) => route.fulfill({ body: '', contentType: 'text/javascript' }));
    await hers.page.goto(demo.at('id', '/saml/start/conference'));
    await hers.page.locator(`form[action="${THEM}/acs"]`).waitFor();
    await pictured(hers, 'saml-post');
    await hers.context.unroute(send);
    await hers.watch.expecting(/status of 400/, () => hers.page.goto(demo.at('id', '/saml/sso?SAMLRequest=x')));
    await pictured(hers, 'saml-wrong');
  },
  'a sign-out that nobody signed is asked about first': async () => {
    const at = demo.at('id', '/saml/slo');
    const saml = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
    const now = new Date().toISOString();
    const request = `<samlp:LogoutRequest ${saml} ID="_r1" Version="2.0" IssueInstant="${now}" Destination="${at}"><saml:Issuer>${THEM}/saml</saml:Issuer><saml:NameID>nobody</saml:NameID></samlp:LogoutRequest>`;
    const query = new URLSearchParams({ SAMLRequest: deflateRawSync(request).toString('base64') });
    await hers.page.goto(`${at}?${query}`);
    assert.equal(await hers.page.textContent('h1'), say('logout-title'));
    await pictured(hers, 'saml-logout');
  },
  'what policies refuse is said here, with the way back to the application': async () => {
    await hers.watch.expecting(REFUSED, () => hers.page.goto(asks('wiki-desktop', { scope: 'openid' })));
    assert.equal(await hers.page.textContent('h1'), say('refusal-title-no-device-no-certificate'));
    await pictured(hers, 'refusal-application');
    await hers.page.click('button[name=answer][value=leave]');
    await hers.page.waitForURL(/error=access_denied/);
  },
});
