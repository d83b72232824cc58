// A person at a browser: what she types, what she presses, and what her authenticator app shows.
import { setTimeout as pause } from 'node:timers/promises';
import { totp } from './authenticators.mjs';
import { words } from './words.mjs';

const STEP = 30_000;

export class Person {
  #lastStep = 0;

  constructor(login, password, language) {
    this.login = login;
    this.password = password;
    this.language = language;
    this.say = words(language);
    this.recoveryCodes = [];
  }

  /** The next one-time code that counts: each one counts once (RFC 6238 §5.2), and the step before still counts. */
  async code() {
    const into = Date.now() % STEP;
    const now = Math.floor(Date.now() / STEP);
    // Near the end of a step, the one before would be too old when it arrives.
    let step = Math.max(this.#lastStep + 1, into < STEP - 8_000 ? now - 1 : now);
    while (step > Math.floor(Date.now() / STEP) + 1) await pause(500);
    this.#lastStep = step;
    return totp(this.key, step * (STEP / 1000));
  }

  /** Types her name at the prompt. */
  async identify(page) {
    await page.fill('input[name=login]', this.login);
    await press(page, '/name');
  }

  async typePassword(page, password = this.password) {
    await page.fill('input[name=password]', password);
    await press(page, '/password');
  }

  async typeCode(page) {
    await page.fill('input[name=code]', await this.code());
    await press(page, '/code');
  }

  /** Sets up an authenticator app, from the choice of ways to the end of the recovery codes. */
  async enrolApp(page, atEach = async () => {}) {
    await atEach('enrol-choice');
    await page.click('button[name=kind][value=totp]');
    this.key = (await page.textContent('#totp-key')).trim();
    await atEach('enrol-totp');
    await this.typeCode(page);
    this.recoveryCodes = await page.locator('#codes li').allTextContents();
    await atEach('recovery-codes');
    await press(page, '/acknowledge');
  }

  /** Signs in where the prompt asks, with password and app. */
  async signIn(page) {
    await this.identify(page);
    await this.typePassword(page);
    await this.typeCode(page);
  }
}

/** Presses the main button of the form whose address ends in `action`. */
export async function press(page, action) {
  await page.click(`form[action$="${action}"] button:not([type=button])`);
}
