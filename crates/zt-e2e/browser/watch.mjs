// What must not happen while somebody looks at our pages: violations of the content security policy, errors on the
// console, uncaught exceptions, barriers for people who use the page differently.
import { setTimeout as pause } from 'node:timers/promises';
import { axeSource } from './peers.mjs';

const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export class Watch {
  #findings = [];
  #expected = [];

  static async over(context) {
    const watch = new Watch();
    await context.exposeBinding('sekishoViolation', (_source, violation) => watch.#add('csp', violation));
    await context.addInitScript(() => {
      const tell = globalThis.sekishoViolation;
      document.addEventListener('securitypolicyviolation', (event) => {
        tell(`${event.effectiveDirective} blocked ${event.blockedURI} on ${event.documentURI} ${event.sample}`);
      });
    });
    context.on('console', (message) => {
      if (message.type() === 'error') watch.#add('console', `${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => watch.#add('exception', String(error.error())));
    return watch;
  }

  #add(kind, text) {
    const expected = this.#expected.filter((one) => one.pattern.test(text));
    for (const one of expected) one.seen += 1;
    if (expected.length === 0) this.#findings.push(`${kind}: ${text}`);
  }

  /**
   * While `work` runs, what matches `pattern` is no finding: a browser writes an error to the console for the page of a
   * refusal. It must happen, though.
   */
  async expecting(pattern, work) {
    const expected = { pattern, seen: 0 };
    this.#expected.push(expected);
    try {
      const result = await work();
      // The console tells a moment after the page is there.
      for (let waits = 0; expected.seen === 0 && waits < 30; waits += 1) await pause(100);
      return result;
    } finally {
      this.#expected.splice(this.#expected.indexOf(expected), 1);
      if (expected.seen === 0) this.#findings.push(`expected and not seen: ${pattern}`);
    }
  }

  /** The same for what may happen, if a page is quick enough to try again. */
  async allowing(pattern, work) {
    const allowed = { pattern, seen: 0 };
    this.#expected.push(allowed);
    try {
      return await work();
    } finally {
      this.#expected.splice(this.#expected.indexOf(allowed), 1);
    }
  }

  /** Looks for barriers on the page as it is now. */
  async axe(page, where = page.url()) {
    for (const violation of await axeViolations(page)) this.#findings.push(`axe: ${where}: ${violation}`);
  }

  /** Everything found since the last time. */
  take() {
    return this.#findings.splice(0);
  }

  /** Fails with everything found since the last time. */
  nothing() {
    const found = this.take();
    if (found.length > 0) throw new Error(`found on the pages:\n  ${found.join('\n  ')}`);
  }
}

const sessions = new WeakMap();

/** Runs axe in a world of its own: the page's policy and globals are not touched by it. */
async function axeViolations(page) {
  // Never detached: that would take the page's virtual authenticator along.
  if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page));
  const session = sessions.get(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const frameId = frameTree.frame.id;
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId, worldName: 'axe' });
  const options = JSON.stringify({ runOnly: AXE_TAGS, resultTypes: ['violations'], preload: false });
  await evaluate(session, contextId, axeSource);
  const json = await evaluate(session, contextId, `axe.run(document, ${options}).then((r) => JSON.stringify(r.violations))`);
  return JSON.parse(json).map(({ id, help, nodes }) => {
    return `${id} (${help}) at ${nodes.map((node) => node.target.join(' ')).join(', ')}`;
  });
}

async function evaluate(session, contextId, expression) {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    contextId,
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  return result.value;
}
