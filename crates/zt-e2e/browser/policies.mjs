// "Contractors, working hours only, from company devices, view only": written by somebody who knows no Cedar, tried on
// recorded accesses, run report-only, turned on.
import assert from 'node:assert/strict';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Home } from './home.mjs';
import { Person } from './person.mjs';
import { pictures } from './pictures.mjs';
import { given, keep, scenario } from './scenario.mjs';
import { readFileSync } from 'node:fs';

const demo = new Demo();
const language = given('ZT_LANGUAGE');
const person = new Person('ken', demo.passwords.ken, language);
const { say } = person;
const POLICIES = demo.at('id', '/console/policies');
const TITLE = { ja: '業務委託は勤務時間内に閲覧のみ', en: 'Contractors look in working hours' }[language];
const CONTRACTORS = { ja: ['グエン・リン', '小林 大地'], en: ['Linh Nguyen', 'Daichi Kobayashi'] }[language];

const home = keep(new Home(), () => home.remove());
home.trustAuthority(demo.authority);
const browser = await openBrowser(home, { locale: { ja: 'ja-JP', en: 'en-US' }[language] });
keep(browser, () => browser.close());
const { page, watch } = browser;

async function pictured(name) {
  assert.equal(await page.getAttribute('html', 'lang'), language);
  await pictures(browser, name, { language });
  watch.nothing();
}

const text = (selector) => page.textContent(selector).then((found) => found.replace(/\s+/g, ' ').trim());

/** Does something to the form, and waits until the server has drawn it anew. */
async function redrawn(work) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url() === POLICIES && response.request().method() === 'POST'),
    work(),
  ]);
  assert.equal(answer.status(), 200);
  await page.locator('form.rule.htmx-request').waitFor({ state: 'detached' });
}

await scenario({
  'an administrator opens an empty form': async () => {
    await page.goto(POLICIES);
    await person.identify(page);
    await person.typePassword(page);
    await person.enrolApp(page);
    await page.locator('#packs').waitFor();
    await pictured('policies');
    await page.click('a[href="/console/policies/new"]');
    assert.equal(await text('h1'), say('policy-new'));
    assert.equal(await page.locator('#problems').count(), 0);
    await pictured('policy-new');
  },
  'she writes the sentence with the form, and reads what it says': async () => {
    await page.fill(`#title-${language}`, TITLE);
    await redrawn(() => page.check('#groups-contractors'));
    await redrawn(() => page.selectOption('#require-0-kind', 'within'));
    await redrawn(() => page.selectOption('#require-0-pick', 'office-hours'));
    // By keyboard, as somebody who uses no mouse: the new condition is where she is, and she stays there.
    await page.focus('#do-add-require');
    await redrawn(() => page.keyboard.press('Enter'));
    await page.locator('#require-1-kind').waitFor();
    await page.focus('#require-1-kind');
    await redrawn(() => page.selectOption('#require-1-kind', 'company-device'));
    assert.equal(await page.evaluate(() => document.activeElement.id), 'require-1-kind');
    await redrawn(() => page.check('#look-only-yes'));
    assert.equal(await page.inputValue(`#title-${language}`), TITLE);
    const says = await text('section.says');
    for (const part of [say('condition-company-device'), say('said-require-all'), '9:00–17:30']) {
      assert.ok(says.includes(part), `${part} is not in: ${says}`);
    }
    await page.click('section.says summary');
    const cedar = await page.textContent('section.says pre');
    assert.match(cedar, /principal in Group::"contractors"/);
    assert.match(cedar, /context\.calendars\.contains\(Calendar::"office-hours"\)/);
    await pictured('policy-written');
  },
  'she sees by name whom it would have hit': async () => {
    await redrawn(() => page.click('#do-look'));
    await page.locator('#found').waitFor();
    const found = await text('#found');
    for (const name of CONTRACTORS) assert.ok(found.includes(name), `${name} is not in: ${found}`);
    assert.ok(!found.includes({ ja: '佐藤 花子', en: 'Hanako Sato' }[language]), `staff is hit: ${found}`);
    assert.ok((await page.locator('#found-refused li').count()) > 0, found);
    await pictured('policy-looked');
  },
  'a mistake is said, and nothing is lost': async () => {
    await page.fill('#people', 'nobody');
    await page.click('button[name=do][value=save]');
    await page.locator('#problems').waitFor();
    assert.ok((await text('#problems')).includes('nobody'));
    assert.equal(await page.inputValue(`#title-${language}`), TITLE);
    assert.ok(await page.isChecked('#groups-contractors'));
    await pictured('policy-wrong');
    await page.fill('#people', '');
  },
  'she runs it report-only': async () => {
    await page.click('button[name=do][value=save]');
    await page.locator('#state').waitFor();
    assert.equal(await text('h1'), TITLE);
    assert.ok((await text('#state')).includes(say('policy-state-report-only')));
    await pictured('policy-report-only');
  },
  'she takes it away as a file': async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('button[name=do][value=file]')]);
    const file = readFileSync(await download.path(), 'utf8');
    assert.match(file, /^\[\[policy\]\]\n/);
    assert.match(file, /require = \{ all = \[\{ within = "office-hours" \}, "company-device"\] \}/);
  },
  'she turns it on': async () => {
    await page.click('#state details.ask summary');
    await page.click('#state details.ask button');
    await page.locator('#state').waitFor();
    assert.ok((await text('#state')).includes(say('policy-state-on')));
    assert.ok((await text('main')).includes(say('console-note-policy-turned')));
    await pictured('policy-on');
    await page.goto(POLICIES);
    const row = await text(`section.panel:has-text("${TITLE}")`);
    assert.ok(row.includes(say('policy-state-on')), row);
    assert.ok(row.includes({ ja: '高橋 健', en: 'Ken Takahashi' }[language]), `who wrote it is not said: ${row}`);
    await pictured('policies-on');
  },
});
