// The npm package oidc-provider with the pages of its quick start, for the conformance harness to be held against. It says where it is.
// POST /_time moves what it takes for the time.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { PEERS, KEY, CERTIFICATE, SECRET, KEYS, CERTIFIED, TOLD } = process.env;
const require = createRequire(`${PEERS}/`);
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);

// Who reads where it is reads nothing after it.
console.info = console.error;

let passed = 0;
globalThis.Date = class extends Date {
  constructor(...of) {
    if (of.length) super(...of);
    else super(Date.now());
  }
  static now() {
    return super.now() + passed;
  }
};

const key = (kind, options, more) => {
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', ...more };
};
const callback = 'https://rp.conformance.example/callback';
const client = (client_id, token_endpoint_auth_method) => ({
  client_id,
  client_secret: SECRET,
  token_endpoint_auth_method,
  redirect_uris: [callback],
  post_logout_redirect_uris: ['https://rp.conformance.example/goodbye'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
});

const secure = (client_id, jwks) => ({
  client_id,
  jwks,
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  dpop_bound_access_tokens: true,
  require_pushed_authorization_requests: true,
  id_token_signed_response_alg: 'ES256',
  redirect_uris: [callback],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
});

const certified = (client_id, jwks) => ({
  client_id,
  jwks,
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  tls_client_certificate_bound_access_tokens: true,
  require_pushed_authorization_requests: true,
  id_token_signed_response_alg: 'ES256',
  redirect_uris: [callback],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
});

const person = {
  name: 'Aiko Aoki',
  given_name: 'Aiko',
  family_name: 'Aoki',
  preferred_username: 'aiko',
  locale: 'ja',
  email: 'aiko@test.example',
  email_verified: false,
  phone_number: '+81 3 0000 0000',
  phone_number_verified: false,
  address: { country: 'JP' },
};

// Whoever has a certificate may show it; nobody has to.
const tls = { requestCert: true, rejectUnauthorized: false };
const server = createServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE), ...tls });
server.listen(0, '127.0.0.1', () => {
  const issuer = `https://control.localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      client('conformance-one', 'client_secret_basic'),
      client('conformance-two', 'client_secret_basic'),
      client('conformance-post', 'client_secret_post'),
      {
        ...client('conformance-back', 'client_secret_basic'),
        backchannel_logout_uri: TOLD,
        backchannel_logout_session_required: true,
      },
      ...Object.entries(JSON.parse(KEYS)).map(([id, jwks]) => secure(id, jwks)),
      ...Object.entries(JSON.parse(CERTIFIED)).map(([id, jwks]) => certified(id, jwks)),
    ],
    jwks: {
      keys: [
        key('rsa', { modulusLength: 2048 }, { kid: 'rsa', alg: 'RS256' }),
        key('ec', { namedCurve: 'P-256' }, { kid: 'ec', alg: 'ES256' }),
      ],
    },
    // Requests in a form come from the client's page, with cookies that go along from there.
    enableHttpPostMethods: true,
    cookies: { keys: ['only this process'], long: { sameSite: 'none' } },
    acrValues: ['quick-start'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'self_signed_tls_client_auth', 'none'],
    subjectTypes: ['public', 'pairwise'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale'],
      email: ['email', 'email_verified'],
      phone: ['phone_number', 'phone_number_verified'],
      address: ['address'],
    },
    features: {
      claimsParameter: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      fapi: { enabled: true, profile: (_, client) => (client && /fapi|mtls/.test(client.clientId) ? '2.0' : undefined) },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        getCertificate: (context) => context.socket.getPeerX509Certificate()?.toString(),
      },
      registration: { enabled: true, initialAccessToken: SECRET },
      jwtUserinfo: { enabled: true },
    },
    // Its clients are on this machine, where it would not call by itself.
    fetch: (address, { dispatcher, ...options }) => fetch(address, options),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...person }) }),
  });
  const handle = provider.callback();
  server.on('request', (request, response) => {
    if (request.url !== '/_time') return handle(request, response);
    let form = '';
    request.on('data', (piece) => (form += piece));
    request.on('end', () => {
      passed += 1000 * Number(new URLSearchParams(form).get('seconds'));
      response.writeHead(204).end();
    });
  });
  console.log(issuer);
});
