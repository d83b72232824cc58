// A client on the npm package openid-client that registers itself, with the initial access token that it is given as its secret, proves
// itself by a key that it publishes over TLS, and replaces that key. It says where it is, signs in whoever comes, and answers in JSON
// what it got.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { ISSUER, CLIENT_SECRET: INITIAL, CERTIFICATE, KEY, PEERS } = process.env;
const require = createRequire(`${PEERS}/`);
const client = await import(pathToFileURL(require.resolve('openid-client')).href);
let here, config, begun, tokens;

const made = async (kid) => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { publicKey, privateKey: key } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { key_ops, ext, ...jwk } = await crypto.subtle.exportKey('jwk', publicKey);
  return { proves: client.PrivateKeyJwt({ key, kid }), jwk: { ...jwk, use: 'sig', kid } };
};
let own = await made('first');
let before;
let fetched = 0;

const publisher = createTlsServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, (_, response) => {
  fetched += 1;
  response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(JSON.stringify({ keys: [own.jwk] }));
});
await new Promise((listening) => publisher.listen(0, '127.0.0.1', listening));

const refresh = async (by) => {
  tokens = await client.refreshTokenGrant(by, tokens.refresh_token);
  return { claims: tokens.claims(), fetched };
};
const steps = {
  async '/register'() {
    config = await client.dynamicClientRegistration(
      new URL(ISSUER),
      {
        client_name: 'Ledger',
        redirect_uris: [`${here}/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: `https://127.0.0.1:${publisher.address().port}/jwks.json`,
        scope: 'openid profile',
      },
      own.proves,
      { initialAccessToken: INITIAL },
    );
    const { client_secret, jwks_uri, jwks } = config.clientMetadata();
    return { has_secret: Boolean(client_secret), jwks_uri, jwks };
  },
  async '/login'() {
    begun = { verifier: client.randomPKCECodeVerifier(), state: client.randomState() };
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: `${here}/callback`,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
      state: begun.state,
    });
    return { to: address.href };
  },
  async '/callback'(address) {
    tokens = await client.authorizationCodeGrant(config, address, {
      pkceCodeVerifier: begun.verifier,
      expectedState: begun.state,
      idTokenExpected: true,
    });
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    return { claims: tokens.claims(), person, fetched };
  },
  // From now on another key is published, and signs. The server's clock may have moved on meanwhile.
  async '/rotate'(address) {
    const first = own;
    own = await made('second');
    const said = { ...config.clientMetadata(), [client.clockSkew]: Number(address.searchParams.get('later')) };
    const as = (proves) => new client.Configuration(config.serverMetadata(), said.client_id, said, proves);
    before = as(first.proves);
    config = as(own.proves);
    return { fetched };
  },
  '/refresh': () => refresh(config),
  '/old': () => refresh(before),
};

const server = createServer(async (request, response) => {
  const address = new URL(request.url, here);
  try {
    const said = await steps[address.pathname](address);
    if (said.to) return response.writeHead(302, { location: said.to }).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  } catch (error) {
    const told = { error: error.error ?? error.code ?? error.message, message: error.message, status: error.status };
    response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  }
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  here = `http://127.0.0.1:${server.address().port}`;
  console.log(here);
});
