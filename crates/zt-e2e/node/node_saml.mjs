// A service provider on the npm package @node-saml/node-saml. It says where it is, signs in whoever comes, and answers in JSON
// what it got.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const { METADATA, KEY, CERTIFICATE, ENCRYPTED, PEERS } = process.env;
const require = createRequire(`${PEERS}/`);
const { SAML, ValidateInResponseTo } = require('@node-saml/node-saml');
// What the library itself reads XML with.
const ours = createRequire(require.resolve('@node-saml/node-saml'));
const { DOMParser } = ours('@xmldom/xmldom');

const MD = 'urn:oasis:names:tc:SAML:2.0:metadata';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const key = readFileSync(KEY, 'utf8');
const certificate = readFileSync(CERTIFICATE, 'utf8');

/** The library reads no metadata: what it is told by hand is taken out of it. */
async function provider() {
  const document = new DOMParser().parseFromString(await (await fetch(METADATA)).text(), 'text/xml');
  const all = (name) => Array.from(document.getElementsByTagNameNS(MD, name));
  const place = (name, binding) => all(name).find((found) => found.getAttribute('Binding') === binding)?.getAttribute('Location');
  const signing = all('KeyDescriptor').filter((found) => found.getAttribute('use') !== 'encryption');
  return {
    idpIssuer: document.documentElement.getAttribute('entityID'),
    idpCert: signing.map((found) => found.textContent.replace(/\s/g, '')),
    sso: { [REDIRECT]: place('SingleSignOnService', REDIRECT), [POST]: place('SingleSignOnService', POST) },
    logoutUrl: place('SingleLogoutService', REDIRECT),
  };
}

let here, person, found;
const known = new Map();
// What it asked for, however it asked: its answers come here by one door.
const cacheProvider = {
  async saveAsync(name, value) {
    known.set(name, value);
    return { value, createdAt: Date.now() };
  },
  getAsync: async (name) => known.get(name) ?? null,
  removeAsync: async (name) => (known.delete(name) ? name : null),
};

/** The library, with what differs from one sign-in to the next. */
function library(asked = new URLSearchParams(), validateInResponseTo = ValidateInResponseTo.always) {
  const { sso, ...provider } = found;
  const post = asked.get('binding') === 'post';
  return new SAML({
    ...provider,
    entryPoint: sso[post ? POST : REDIRECT],
    // It packs what goes in a form too, unless it is told not to (SAML Bindings §3.5.4 has it plain).
    ...(post && { authnRequestBinding: 'HTTP-POST', skipRequestCompression: true }),
    issuer: `${here}/metadata`,
    audience: `${here}/metadata`,
    callbackUrl: `${here}/acs`,
    logoutCallbackUrl: `${here}/slo`,
    identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    privateKey: key,
    publicCert: certificate,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    ...(ENCRYPTED === 'yes' && { decryptionPvk: key }),
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    validateInResponseTo,
    cacheProvider,
    forceAuthn: asked.has('force'),
    passive: asked.has('passive'),
    ...(asked.has('context')
      ? { authnContext: [asked.get('context')], racComparison: asked.get('comparison') ?? 'exact' }
      : { disableRequestedAuthnContext: true }),
  });
}

const html = (body) => ({ type: 'text/html', body });

const steps = {
  async '/metadata'() {
    const encryption = ENCRYPTED === 'yes' ? certificate : null;
    return { type: 'application/samlmetadata+xml', body: library().generateServiceProviderMetadata(encryption, certificate) };
  },
  async '/login'(address) {
    const asked = address.searchParams;
    const saml = library(asked);
    if (asked.get('binding') === 'post') return html(await saml.getAuthorizeFormAsync('back-1'));
    return { to: await saml.getAuthorizeUrlAsync('back-1', undefined, {}) };
  },
  async '/acs'(_address, body) {
    const got = Object.fromEntries(new URLSearchParams(body));
    const { profile } = await library().validatePostResponseAsync(got);
    if (!profile) throw new Error('NoPassive');
    const { AuthnStatement: [statement] } = profile.getAssertion().Assertion;
    const { attributes = {} } = profile;
    person = {
      profile,
      said: {
        signed_in: true,
        issuer: profile.issuer,
        name_id: profile.nameID,
        format: profile.nameIDFormat,
        // One value is a text with it, several are a list.
        attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, [value].flat()])),
        session_index: profile.sessionIndex,
        context: statement.AuthnContext[0].AuthnContextClassRef[0]._,
        encrypted: Buffer.from(got.SAMLResponse, 'base64').includes('EncryptedAssertion'),
        relay_state: got.RelayState,
      },
    };
    return person.said;
  },
  async '/me'() {
    return person?.said ?? { signed_in: false };
  },
  async '/logout'() {
    return { to: await library().getLogoutUrlAsync(person.profile, 'bye-1', {}) };
  },
  async '/slo'(address, body) {
    const fields = Object.fromEntries(body ? new URLSearchParams(body) : address.searchParams);
    // Of a logout response in a form it does not find what it answers.
    const saml = library(undefined, body ? ValidateInResponseTo.never : undefined);
    if (fields.SAMLResponse) {
      await (body ? saml.validatePostResponseAsync(fields) : saml.validateRedirectAsync(fields, address.search.slice(1)));
      person = undefined;
      return { status: 'urn:oasis:names:tc:SAML:2.0:status:Success' };
    }
    const { profile } = await (body ? saml.validatePostRequestAsync(fields) : saml.validateRedirectAsync(fields, address.search.slice(1)));
    const hers = profile.nameID === person?.said.name_id;
    if (hers) person = undefined;
    return { to: await saml.getLogoutResponseUrlAsync(profile, fields.RelayState ?? '', {}, hers) };
  },
};

const server = createServer(async (request, response) => {
  const address = new URL(request.url, here);
  try {
    const said = await steps[address.pathname](address, await text(request));
    if (said.to) return response.writeHead(302, { location: said.to }).end();
    response.writeHead(200, { 'content-type': said.type ?? 'application/json' }).end(said.body ?? JSON.stringify(said));
  } catch (error) {
    const told = { error: error.message, status: error.xmlStatus };
    response.writeHead(request.method === 'POST' ? 400 : 502, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  }
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', async () => {
  here = `http://127.0.0.1:${server.address().port}`;
  found = await provider();
  console.log(here);
});
