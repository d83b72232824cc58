// One scenario: named steps, printed as they pass; everything opened is closed at the end, and the exit code says it.
import { tellPages } from './browser.mjs';

const closing = [];
/** How long the end of something is waited for, in milliseconds. */
const PATIENCE = 10_000;
/** After so many milliseconds a step hangs: not everything one can ask of a browser has a limit of its own. */
const LIMIT = 180_000;

/** Has `close` called when the scenario ends, however it ends. Gives `thing` back. */
export function keep(thing, close) {
  closing.push(close);
  return thing;
}

/** Runs steps in order; the first that fails ends it. */
export async function scenario(steps) {
  try {
    for (const [name, step] of Object.entries(steps)) {
      const start = performance.now();
      try {
        await within(LIMIT, step());
      } catch (error) {
        console.log(`not ok  ${name}`);
        throw error;
      }
      console.log(`ok  ${name}  (${Math.round(performance.now() - start)} ms)`);
    }
  } catch (error) {
    console.log(error.stack);
    await tellPages();
    process.exitCode = 1;
  } finally {
    for (const close of closing.reverse()) await soon(close());
  }
  // A browser that does not let go of a live connection must not keep the test waiting: what was to be said is said.
  process.exit();
}

/** Waits for the end of something, but not for ever. */
export function soon(ending) {
  const enough = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  return Promise.race([ending, enough]);
}

/** What `work` gives, or an error when it does not come to an end. */
function within(limit, work) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${limit / 1000} s`)), limit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What a scenario is told by the test that starts it. */
export function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start this through zt-e2e`);
  return value;
}
