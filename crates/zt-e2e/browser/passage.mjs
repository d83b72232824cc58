// The whole passage of one person, in her language: to an application, out of it when her device is infected, back again.
import assert from 'node:assert/strict';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Home } from './home.mjs';
import { Person, press } from './person.mjs';
import { pictures } from './pictures.mjs';
import { given, keep, scenario, soon } from './scenario.mjs';

const demo = new Demo();
const language = given('ZT_LANGUAGE');
const locale = { ja: 'ja-JP', en: 'en-US' }[language];
const login = given('ZT_PERSON');
const person = new Person(login, demo.passwords[login], language);
const { say } = person;
const [laptop, tablet] = ['laptop', 'tablet'].map((name) => `${login}-${name}`);
const administrator = new Person('ken', demo.passwords.ken, language);
/** Whether to take pictures of every page in both languages, not only those on the way. */
const thorough = process.env.ZT_THOROUGH === 'yes';
const REFUSED = /status of 403/;
const CUT = /403|ERR_HTTP2_PROTOCOL_ERROR/;
/** What a page writes to the console whose session has ended. */
const GONE = /status of 40|ERR_HTTP2_PROTOCOL_ERROR|Unexpected response code: 40/;

const homes = [new Home(), new Home(), new Home()];
for (const home of homes) {
  keep(home, () => home.remove());
  home.trustAuthority(demo.authority);
}
let first = await open(homes[0]);
keep(null, () => first.close());
let second;
let chat, board, claims, otherChat, otherClaims, finding, desk;

async function open(home) {
  return openBrowser(home, { locale });
}

/** What a page must be: in her language, without barriers, without anything blocked or failed. */
async function fine(browser, page = browser.page) {
  assert.equal(await page.getAttribute('html', 'lang'), language);
  await browser.watch.axe(page);
  browser.watch.nothing();
}

/** The same, with pictures of the page as it stands. */
async function pictured(browser, name) {
  await fine(browser);
  await pictures(browser, name, { language });
  browser.watch.nothing();
}

/** Opens an application that refuses, and gives the page's heading and reasons. */
async function refused(browser, address, page = browser.page) {
  const answer = await browser.watch.expecting(REFUSED, () => page.goto(address));
  assert.equal(answer.status(), 403);
  await fine(browser, page);
  return page.textContent('h1');
}

async function state(page, wanted) {
  await page.locator(`[role=status][data-state=${wanted}]`).waitFor();
}

async function says(page, text) {
  await page.fill('input[name=text]', text);
  await page.keyboard.press('Enter');
}

const hears = (page, text) => page.locator('ol.talk li', { hasText: text }).first().waitFor();

await scenario({
  'the wiki leads to the prompt': async () => {
    await first.page.goto(demo.at('wiki'));
    assert.equal(new URL(first.page.url()).hostname, 'id.sekisho.localhost');
    assert.equal(await first.page.textContent('h1'), say('prompt-title-identify'));
    await pictured(first, 'prompt-name');
  },
  'a wrong password is said, and which person it is for stays': async () => {
    await person.identify(first.page);
    await pictured(first, 'prompt-password');
    await person.typePassword(first.page, 'not my password at all');
    assert.equal((await first.page.textContent('#password-error')).trim(), say('prompt-message-wrong-password'));
    assert.equal((await first.page.textContent('.identity span')).trim(), login);
    await pictured(first, 'prompt-password-wrong');
  },
  'an authenticator app is set up on the spot, with recovery codes, and the wiki refuses an unknown device': async () => {
    await person.typePassword(first.page);
    await first.watch.expecting(REFUSED, () => person.enrolApp(first.page, (name) => pictured(first, `prompt-${name}`)));
    assert.equal(await first.page.textContent('h1'), say('refusal-title-no-device-no-certificate'));
    assert.equal(person.recoveryCodes.length, 10);
    await pictured(first, 'refusal-no-device');
  },
  'the refusal leads to the portal, whose code enrols the laptop': async () => {
    await first.page.click(`a.button:has-text("${say('remedy-action-enrol-device')}")`);
    assert.equal(new URL(first.page.url()).hostname, 'id.sekisho.localhost');
    await pictured(first, 'portal-devices-none');
    await press(first.page, '/devices/code');
    await pictured(first, 'portal-devices-code');
    demo.enrol(laptop, (await first.page.textContent('#code')).trim(), homes[0]);
    await press(first.page, '/devices/code');
    demo.enrol(tablet, (await first.page.textContent('#code')).trim(), homes[1], { by: 'store' });
  },
  'with the certificate the wiki opens; the prompt remembers the app': async () => {
    await first.close();
    first = await open(homes[0]);
    await first.page.goto(demo.at('wiki'));
    await person.identify(first.page);
    await person.typePassword(first.page);
    assert.equal(await first.page.textContent('h1'), say('prompt-title-totp'));
    await pictured(first, 'prompt-totp');
    await person.typeCode(first.page);
    await first.page.waitForURL(demo.at('wiki'));
    await first.page.locator('ul.pages').waitFor();
    await fine(first);
  },
  'a second device of hers signs in too': async () => {
    second = await open(homes[1]);
    keep(null, () => second.close());
    await second.page.goto(demo.at('wiki'));
    await person.signIn(second.page);
    await second.page.locator('ul.pages').waitFor();
    await fine(second);
  },
  'chat and event stream are live on both': async () => {
    [chat, board] = [await first.context.newPage(), await first.context.newPage()];
    otherChat = await second.context.newPage();
    await chat.goto(demo.at('chat'));
    await board.goto(demo.at('status'));
    await otherChat.goto(demo.at('chat'));
    for (const page of [chat, board, otherChat]) await state(page, 'open');
    await says(chat, 'おはようございます');
    await hears(otherChat, 'おはようございます');
    await board.locator('tbody td.number').first().waitFor();
    for (const page of [chat, board]) await fine(first, page);
    await fine(second, otherChat);
  },
  'an application elsewhere knows her on both, without a sign-in': async () => {
    [claims, otherClaims] = [await first.context.newPage(), await second.context.newPage()];
    for (const [browser, page] of [[first, claims], [second, otherClaims]]) {
      await page.goto(demo.expenses);
      assert.equal(page.url(), demo.expenses);
      await state(page, 'open');
      assert.match(await page.innerText('table.told'), /\bmfa\b/);
      await fine(browser, page);
    }
    await pictures({ page: claims, watch: first.watch }, 'demo-expenses', { language });
  },
  'an alert cuts the laptop everywhere, with a reason, and the tablet goes on': async () => {
    // A cut stream is an error in the console; then the pages try to come back by themselves and are refused.
    await first.watch.expecting(CUT, async () => {
      const ends = [state(chat, 'closed'), state(board, 'closed'), state(claims, 'closed')];
      finding = await demo.infect(laptop);
      await Promise.all(ends);
      assert.equal(await chat.getAttribute('[role=status]', 'data-code'), '1008');
      assert.match(await chat.getAttribute('[role=status]', 'data-reason'), /\S/);
      for (const host of ['wiki', 'chat', 'status']) {
        assert.equal(await refused(first, demo.at(host)), say('refusal-title-fact-device'));
      }
      await pictured(first, 'refusal-infected');
      // What stood on the page has gone with its session; signing in again gets her no further than here.
      assert.equal(await claims.locator('table').count(), 0);
      await pictures({ page: claims, watch: first.watch }, 'demo-expenses-ended', { language });
      assert.equal(await refused(first, demo.expenses, claims), say('refusal-title-fact-device'));
      assert.equal(new URL(claims.url()).hostname, 'id.sekisho.localhost');
      await state(otherClaims, 'open');
      assert.ok(finding.answer.cut >= 2, JSON.stringify(finding.answer));
      await says(otherChat, 'まだつながっています');
      await hears(otherChat, 'まだつながっています');
      await second.page.goto(demo.at('wiki'));
      await second.page.locator('ul.pages').waitFor();
      await fine(second);
      await chat.waitForEvent('console', (message) => message.text().includes('403'));
      await demo.resolve(finding);
      await Promise.all([state(chat, 'open'), state(board, 'open')]);
    });
  },
  'resolved, everything opens again and the pages have come back by themselves': async () => {
    await first.page.goto(demo.at('wiki'));
    await first.page.locator('ul.pages').waitFor();
    await claims.goto(demo.expenses);
    assert.equal(claims.url(), demo.expenses);
    await state(claims, 'open');
    await says(chat, 'ただいま');
    await hears(otherChat, 'ただいま');
    await fine(first);
    await fine(second);
  },
  'the administrator sees who is where, from which device, with which trust': async () => {
    desk = await open(homes[2]);
    keep(null, () => desk.close());
    await desk.page.goto(demo.at('id', '/console'));
    await administrator.identify(desk.page);
    await administrator.typePassword(desk.page);
    await administrator.enrolApp(desk.page);
    await desk.page.waitForURL(demo.at('id', '/console'));
    await desk.page.locator(`[role=status][data-state=open]`).waitFor();
    for (const device of [laptop, tablet]) {
      const row = desk.page.locator('#now tbody tr', { hasText: device }).first();
      assert.ok((await row.innerText()).includes(say('trust-high')), await row.innerText());
    }
    await fine(desk);
    if (thorough) await pictures(desk, 'console-now', { url: demo.at('id', '/console') });
  },
  'the event log tells success from failure, the device its story, the policies their text': async () => {
    const { page } = desk;
    await page.goto(demo.at('id', '/console/events'));
    const tabs = page.locator('nav.tabs a');
    await tabs.filter({ hasText: say('outcome-failure') }).click();
    assert.match(page.url(), /outcome=failure/);
    const failures = await page.locator('tbody').last().innerText();
    assert.ok(failures.includes(say('event-sign-in-failed')), failures);
    await fine(desk);
    await tabs.filter({ hasText: say('outcome-success') }).click();
    assert.ok(!(await page.locator('tbody').last().innerText()).includes(say('event-sign-in-failed')));
    await page.goto(demo.at('id', '/console/devices'));
    await page.getByRole('link', { name: laptop }).click();
    const story = await page.locator('ol.timeline').innerText();
    for (const title of ['event-fact-opened', 'event-fact-cleared', 'event-device-enrolled']) {
      assert.ok(story.includes(say(title)), `${title} is not in: ${story}`);
    }
    const device = page.url();
    await fine(desk);
    await page.goto(demo.at('id', '/console/policies'));
    assert.equal(await page.locator('#wiki-trusted-device').count(), 1);
    await fine(desk);
    if (!thorough) return;
    await pictures(desk, 'console-device', { url: device });
    await pictures(desk, 'console-person', { url: await hrefOf(demo.at('id', '/console/people'), login) });
    for (const name of ['events', 'people', 'devices', 'applications', 'policies', 'sources', 'tasks', 'system']) {
      await pictures(desk, `console-${name}`, { url: demo.at('id', `/console/${name}`) });
    }
    desk.watch.nothing();
  },
  'signing her out at the console ends what is open on the tablet': async () => {
    await desk.page.goto(demo.at('id', '/console'));
    // The page is drawn anew while things happen: the question must stay open under the administrator's hand.
    const row = desk.page.locator('#now tbody tr', { hasText: tablet }).first();
    await second.watch.allowing(GONE, async () => {
      const ends = [state(otherChat, 'closed'), state(otherClaims, 'closed')];
      await row.locator('summary').click();
      await row.locator('form button').click();
      await Promise.all(ends);
      assert.equal(await otherChat.getAttribute('[role=status]', 'data-code'), '1008');
      await second.page.goto(demo.at('wiki'));
      assert.equal(await second.page.textContent('h1'), say('prompt-title-identify'));
      await soon(Promise.all([otherChat.close(), otherClaims.close()]));
    });
    await fine(second);
    await fine(desk);
  },
  'a revoked certificate opens the wiki no more': async () => {
    const { page } = desk;
    await page.goto(demo.at('id', '/console/devices'));
    await page.getByRole('link', { name: tablet }).click();
    const revoke = page.locator('details.confirm', { has: page.locator('form[action$="/revoke"]') });
    for (let left = await revoke.count(); left > 0; left -= 1) {
      await revoke.first().locator('summary').click();
      await revoke.first().locator('form button').click();
      await page.waitForURL(/note=/);
    }
    await fine(desk);
    await second.watch.expecting(REFUSED, async () => {
      await person.signIn(second.page);
      await second.page.locator('.reasons').waitFor();
    });
    assert.equal(await second.page.textContent('h1'), say('refusal-title-no-device-revoked'));
    await pictured(second, 'refusal-revoked');
  },
  'her own portal shows her applications, methods, devices, sessions and log; ending the session ends the rest': async () => {
    for (const [name, path] of [['apps', '/'], ['security', '/security'], ['devices', '/devices'], ['sessions', '/sessions'], ['activity', '/activity']]) {
      await first.page.goto(demo.at('id', path));
      await fine(first);
      if (thorough) await pictures(first, `portal-${name}`, { url: demo.at('id', path) });
    }
    await first.watch.allowing(GONE, async () => {
      const ends = [state(chat, 'closed'), state(board, 'closed'), state(claims, 'closed')];
      await press(first.page, '/signout');
      await Promise.all(ends);
      await first.page.goto(demo.at('chat'));
      assert.equal(await first.page.textContent('h1'), say('prompt-title-identify'));
      await soon(Promise.all([chat.close(), board.close(), claims.close()]));
    });
    await fine(first);
  },
});

/** Where the link with that text leads, on the page at `url`. */
async function hrefOf(url, text) {
  await desk.page.goto(url);
  return new URL(await desk.page.locator('tr', { hasText: text }).locator('a').first().getAttribute('href'), url).href;
}
