// A web conference that is rolled out: every case of docs/rolling-out-a-web-conference.md, through a service provider of somebody else.
// Asking it whom it knows neither begins nor ends anything.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Home } from './home.mjs';
import { Person, press } from './person.mjs';
import { given, keep, scenario } from './scenario.mjs';

const demo = new Demo();
const language = given('ZT_LANGUAGE');
const locale = { ja: 'ja-JP', en: 'en-US' }[language];
const at = (path) => `${given('ZT_PARTY')}${path}`;
const MAIL = 'urn:oid:0.9.2342.19200300.100.1.3';
const REFUSED = /status of 403/;
/** What the service's own page may say to whoever comes without an assertion. */
const DENIED = /status of [45]\d\d/;
/** The network of this machine, and one that it is not in. */
const [HERE, ELSEWHERE] = ['127.0.0.0/8', '203.0.113.0/24'];

const [her, contractor, administrator] = [given('ZT_PERSON'), 'linh', 'ken'].map(
  (login) => new Person(login, demo.passwords[login], language),
);
const { say } = her;
const [laptop, tablet] = ['laptop', 'tablet'].map((name) => `${her.login}-${name}`);
const [onLaptop, onTablet, elsewhere, desk] = Array.from({ length: 4 }, () => {
  const home = keep(new Home(), () => home.remove());
  home.trustAuthority(demo.authority);
  return home;
});
let first, second, finding;

async function open(home) {
  const browser = await openBrowser(home, { locale });
  keep(browser, () => browser.close());
  // That the service has no icon is nothing to us, as long as the browser is open.
  browser.watch.allowing(/favicon\.ico/, () => new Promise(() => {}));
  return browser;
}

/** Whom the service takes this browser for. */
async function knows({ context }) {
  return (await context.request.get(at('/me'))).json();
}

/** Waits until the service has ended its session: it was told. */
async function loses(browser) {
  while ((await knows(browser)).signed_in) await pause(100);
}

async function isLetIn({ page, ...browser }) {
  await page.waitForURL(at('/me'));
  const { signed_in: isSignedIn, attributes, context } = await knows(browser);
  assert.ok(isSignedIn);
  assert.deepEqual(attributes.mail ?? attributes[MAIL], [`${her.login}@yamato-seiko.example`]);
  assert.equal(context, 'https://refeds.org/profile/mfa');
}

/** Comes to the service with nobody signed in there, and is refused here under that heading. */
async function isRefused(browser, heading, way = () => browser.page.goto(at('/login'))) {
  await browser.watch.expecting(REFUSED, async () => {
    await way();
    await browser.page.locator('.reasons').waitFor();
  });
  assert.equal((await browser.page.textContent('h1')).trim(), say(heading));
  assert.equal(new URL(browser.page.url()).hostname, 'id.sekisho.localhost');
  await browser.watch.axe(browser.page);
  browser.watch.nothing();
  assert.deepEqual(await knows(browser), { signed_in: false });
}

/** Writes which networks are permitted, and puts the files in force, as an administrator does. */
function permit(range) {
  const folder = join(demo.folder, 'organisation');
  const file = join(folder, 'conference.toml');
  const before = range === HERE ? ELSEWHERE : HERE;
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(`["${before}"]`), text);
  writeFileSync(file, text.replace(`["${before}"]`, `["${range}"]`));
  const socket = join(demo.folder, 'server', 'admin.sock');
  execFileSync(demo.binary, ['apply', '-f', folder, '--socket', socket], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The lines of the log with that outcome that are about the conference. */
async function lines(page, outcome) {
  await page.goto(demo.at('id', `/console/events?outcome=${outcome}`));
  const all = await page.locator('tbody tr').allInnerTexts();
  return all.map((line) => line.replace(/\s+/g, ' ')).filter((line) => line.includes(conference));
}

const conference = { ja: 'Web 会議', en: 'Web conference' }[language];

await scenario({
  'a password alone': async () => {
    first = await open(onLaptop);
    await first.page.goto(at('/login'));
    assert.equal((await first.page.textContent('h1')).trim(), say('prompt-title-identify'));
    await her.identify(first.page);
    await her.typePassword(first.page);
    await first.page.locator('button[name=kind][value=totp]').waitFor();
    // Whoever leaves the page there is nobody to the service, and the next time she is asked from the beginning.
    assert.deepEqual(await knows(first), { signed_in: false });
    await first.page.goto(at('/login'));
    assert.equal((await first.page.textContent('h1')).trim(), say('prompt-title-identify'));
    first.watch.nothing();
  },
  'a device without the certificate': async () => {
    await isRefused(first, 'refusal-title-no-device-no-certificate', async () => {
      await her.identify(first.page);
      await her.typePassword(first.page);
      await her.enrolApp(first.page);
    });
    await first.watch.allowing(DENIED, async () => {
      await first.page.click('button[form=leave]');
      await first.page.waitForURL((url) => url.href.startsWith(given('ZT_PARTY')));
    });
    assert.deepEqual(await knows(first), { signed_in: false });
    await first.page.goto(demo.at('id', '/devices'));
    for (const [name, home] of [[laptop, onLaptop], [tablet, onTablet]]) {
      await press(first.page, '/devices/code');
      demo.enrol(name, (await first.page.textContent('#code')).trim(), home, { by: 'store' });
    }
    await first.close();
    first = await open(onLaptop);
  },
  'the certificate, from a permitted network': async () => {
    await first.page.goto(at('/login'));
    await her.signIn(first.page);
    await isLetIn(first);
    second = await open(onTablet);
    await second.page.goto(at('/login'));
    await her.signIn(second.page);
    await isLetIn(second);
  },
  'the certificate, from a network that is not permitted': async () => {
    permit(ELSEWHERE);
    for (const browser of [first, second]) await loses(browser);
    await isRefused(first, 'refusal-title-condition-wrong-network');
    permit(HERE);
    for (const browser of [first, second]) {
      await browser.page.goto(at('/login'));
      await isLetIn(browser);
    }
  },
  'somebody whom the conference is not for': async () => {
    const third = await open(elsewhere);
    await isRefused(third, 'refusal-title-not-entitled', async () => {
      await third.page.goto(at('/login'));
      await contractor.identify(third.page);
      await contractor.typePassword(third.page);
      await contractor.enrolApp(third.page);
    });
    await third.close();
  },
  'her device is infected while she is signed in there': async () => {
    finding = await demo.infect(laptop);
    await loses(first);
    assert.ok((await knows(second)).signed_in, 'her other device lost its session as well');
  },
  'a sign-in from the infected device': async () => {
    await isRefused(first, 'refusal-title-fact-device');
    await second.page.goto(at('/login'));
    await isLetIn(second);
  },
  'the finding is resolved': async () => {
    await demo.resolve(finding);
    await first.page.goto(at('/login'));
    await isLetIn(first);
  },
  'success and failure are in the log, with the reason': async () => {
    const { page, watch } = await open(desk);
    await page.goto(demo.at('id', '/console'));
    await administrator.identify(page);
    await administrator.typePassword(page);
    await administrator.enrolApp(page);
    await page.waitForURL(demo.at('id', '/console'));
    const failures = await lines(page, 'failure');
    const [name, other] = [her, contractor].map(({ login }) => login);
    for (const [who, why] of [
      [name, say('no-device-word-no-certificate')],
      [name, say('why-wrong-network')],
      [other, say('why-not-entitled')],
      [name, say('fact-kind-malware')],
    ]) {
      const said = [say('event-client-sign-in-refused'), why, names(who)];
      const found = failures.some((line) => said.every((word) => line.includes(word)));
      assert.ok(found, `no failure of ${who} because of “${why}” in:\n${failures.join('\n')}`);
    }
    const successes = await lines(page, 'success');
    // One that answers wrong although it has ended the session, as mod_auth_mellon does, is among the failures.
    const told = [...successes.filter((line) => line.includes(say('event-client-told')) && line.includes(say('grant-end-lapsed'))),
      ...failures.filter((line) => line.includes(say('event-client-not-told')))];
    assert.ok(told.length > 0, 'nothing says that the service was told');
    const signedIn = successes.filter((line) => line.includes(say('event-assertion-issued')));
    assert.ok(signedIn.length >= 3 && signedIn.every((line) => line.includes(names(name))), successes.join('\n'));
    await watch.axe(page);
    watch.nothing();
  },
});

/** What a person of the demo is called, in the language at hand. */
function names(login) {
  return {
    hanako: { ja: '佐藤 花子', en: 'Hanako Sato' },
    emily: { ja: 'エミリー・カーター', en: 'Emily Carter' },
    linh: { ja: 'グエン・リン', en: 'Linh Nguyen' },
  }[login][language];
}
