// Does the harness see what it must see? A page with every fault, a page with none, a server that asks for a certificate.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addPasskeyAuthenticator, totp } from './authenticators.mjs';
import { openBrowser } from './browser.mjs';
import { Home } from './home.mjs';
import { pictures } from './pictures.mjs';
import { given, keep, scenario } from './scenario.mjs';

const HOST = 'harness.sekisho.localhost';
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
  "require-trusted-types-for 'script'";

const folder = keep(mkdtempSync(join(tmpdir(), 'sekisho-harness-')), () => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);
const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

function makeCertificates() {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Harness CA', '-days', '2');
  const leaf = (name, subject, extensions) => {
    writeFileSync(at(`${name}.ext`), extensions);
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed);
  };
  leaf('server', `/CN=${HOST}`, `subjectAltName=DNS:${HOST}\nextendedKeyUsage=serverAuth\n`);
  leaf('device', '/CN=harness device', 'extendedKeyUsage=clientAuth\n');
  openssl('pkcs12', '-export', '-in', 'device.pem', '-inkey', 'device.key', '-out', 'device.p12', '-passout', 'pass:x');
}

const page = (language, body) => `<!doctype html><html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Harness</title></head><body><main>${body}</main></body></html>`;

function spoken(request) {
  const chosen = /__Host-sekisho-language=(ja|en)/.exec(request.headers.cookie ?? '')?.[1];
  return chosen ?? (request.headers['accept-language'].startsWith('ja') ? 'ja' : 'en');
}

const PAGES = {
  '/good': (request) => {
    const language = spoken(request);
    const text = { ja: '異常なし', en: 'nothing wrong' }[language];
    const holder = request.socket.getPeerCertificate().subject?.CN ?? 'nobody';
    return page(language, `<h1>${text}</h1><p id="holder">${holder}</p>`);
  },
  '/inline-style': () => page('en', '<h1 style="color: red">red</h1>'),
  '/favicon.ico': () => '',
  '/exception': () => page('en', '<h1>x</h1><script src="/exception.js"></script>'),
  '/exception.js': () => 'setTimeout(() => { throw new Error("on purpose"); }); document.body.dataset.done = "";',
  '/trusted-types': () => page('en', '<h1>x</h1><script src="/trusted-types.js"></script>'),
  '/trusted-types.js': () => 'try { document.body.innerHTML = "<b>x</b>"; } catch { /* blocked */ }',
  '/barrier': () => page('en', '<h1>x</h1><form><input name="a"></form>'),
  '/too-wide': (request) => page(spoken(request), `<h1>x</h1><p>${'x'.repeat(400)}</p>`),
};

async function startServer() {
  const options = { key: readFileSync(at('server.key')), cert: readFileSync(at('server.pem')) };
  const asks = { ca: readFileSync(at('ca.pem')), requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...options, ...asks }, (request, response) => {
    const make = PAGES[request.url];
    const type = request.url.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(make ? 200 : 403, { 'content-type': type, 'content-security-policy': POLICY });
    response.end(make ? make(request) : page('en', '<h1>no</h1>'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  keep(server, () => server.closeAllConnections() ?? server.close());
  return `https://${HOST}:${server.address().port}`;
}

makeCertificates();
const origin = await startServer();
const home = keep(new Home(), () => home.remove());
home.trustAuthority(at('ca.pem'));
let browser = await openBrowser(home, { locale: 'ja-JP' });
keep(browser, () => browser.close());

/** What the watch finds on one page. */
async function found(path) {
  await browser.page.goto(origin + path, { waitUntil: 'networkidle' });
  await browser.watch.axe(browser.page);
  return browser.watch.take();
}

await scenario({
  'one-time passwords are those of RFC 6238': () => {
    const key = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    assert.equal(totp(key, 59, 8), '94287082');
    assert.equal(totp(key, 1111111109, 8), '07081804');
    assert.equal(totp(key, 20000000000, 8), '65353130');
  },
  'a page without faults has none, in the language of the browser, without a certificate': async () => {
    assert.deepEqual(await found('/good'), []);
    assert.equal(await browser.page.textContent('h1'), '異常なし');
    assert.equal(await browser.page.textContent('#holder'), 'nobody');
  },
  'an inline style is seen': async () => assert.match((await found('/inline-style')).join(), /csp: style-src-attr/),
  'a string where a trusted type belongs is seen': async () =>
    assert.match((await found('/trusted-types')).join(), /csp: require-trusted-types-for/),
  'an exception is seen': async () => assert.match((await found('/exception')).join(), /exception: Error: on purpose/),
  'a barrier is seen': async () => assert.match((await found('/barrier')).join(), /axe: .*: label /),
  'the error of a refusal is seen, and is none where it is expected': async () => {
    assert.match((await found('/refused')).join(), /console: Failed to load resource.*403/);
    const again = await browser.watch.expecting(/status of 403/, () => found('/refused'));
    assert.deepEqual(again, []);
  },
  'what is expected must happen': async () => {
    await browser.watch.expecting(/status of 418/, () => found('/good'));
    assert.match(browser.watch.take().join(), /expected and not seen/);
  },
  'a passkey is made and used': async () => {
    const authenticator = await addPasskeyAuthenticator(browser.page);
    await browser.page.goto(`${origin}/good`);
    const rp = HOST;
    const used = await browser.page.evaluate(async (id) => {
      const challenge = new Uint8Array(32);
      const made = await navigator.credentials.create({
        publicKey: {
          challenge,
          rp: { id, name: 'Harness' },
          user: { id: new Uint8Array(16), name: 'aiko', displayName: 'Aiko' },
          pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
          authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        },
      });
      const asserted = await navigator.credentials.get({ publicKey: { challenge, rpId: id, userVerification: 'required' } });
      return made.id === asserted.id;
    }, rp);
    assert.equal(used, true);
    assert.equal((await authenticator.credentials()).length, 1);
  },
  'eight pictures are taken': async () => {
    const names = await pictures(browser, 'harness', { url: `${origin}/good` });
    assert.equal(names.length, 8);
    for (const name of names) assert.ok(existsSync(join(given('ZT_PICTURES'), name)), name);
    browser.watch.nothing();
  },
  'a page that is too wide is seen': async () => {
    await assert.rejects(pictures(browser, 'too-wide', { url: `${origin}/too-wide` }), /px wide/);
    browser.watch.take();
  },
  'with a certificate in its store the browser shows it without asking': async () => {
    await browser.close();
    home.addCertificate(at('device.p12'), 'x');
    browser = await openBrowser(home);
    assert.deepEqual(await found('/good'), []);
    assert.equal(await browser.page.textContent('h1'), 'nothing wrong');
    assert.equal(await browser.page.textContent('#holder'), 'harness device');
  },
});
