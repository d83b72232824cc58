// A relying party on the npm package openid-client. It says where it is, signs in whoever comes, and answers in JSON what it got.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, METHOD, PEERS } = process.env;
const require = createRequire(`${PEERS}/`);
const library = (name) => import(pathToFileURL(require.resolve(name)).href);
const client = await library('openid-client');
const { createRemoteJWKSet, jwtVerify } = await library('jose');

const proof = {
  client_secret_basic: () => client.ClientSecretBasic(CLIENT_SECRET),
  client_secret_post: () => client.ClientSecretPost(CLIENT_SECRET),
  none: () => client.None(),
}[METHOD]();
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, proof);
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
let here, begun, tokens, sid;
let told = Promise.withResolvers();

const steps = {
  async '/login'() {
    begun = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: `${here}/callback`,
      scope: 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
      state: begun.state,
      nonce: begun.nonce,
    });
    return { to: address.href };
  },
  async '/callback'(address) {
    tokens = await client.authorizationCodeGrant(config, address, {
      pkceCodeVerifier: begun.verifier,
      expectedState: begun.state,
      expectedNonce: begun.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    sid = claims.sid;
    told = Promise.withResolvers();
    const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    const { alg: algorithm } = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
    return { claims, person, algorithm, code: address.searchParams.get('code') };
  },
  async '/refresh'() {
    const before = tokens.refresh_token;
    tokens = await client.refreshTokenGrant(config, before);
    return { claims: tokens.claims(), rotated: tokens.refresh_token !== before };
  },
  async '/introspect'() {
    return client.tokenIntrospection(config, tokens.access_token);
  },
  async '/userinfo'() {
    return client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
  },
  async '/revoke'() {
    await client.tokenRevocation(config, tokens.refresh_token);
    return {};
  },
  async '/logout'() {
    const address = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: `${here}/bye`,
      state: 'bye-1',
    });
    return { to: address.href };
  },
  // The library knows nothing of it; what verifies its ID tokens does (Back-Channel Logout 1.0 §2.6).
  async '/backchannel'(_address, body) {
    const { payload } = await jwtVerify(new URLSearchParams(body).get('logout_token'), keys, {
      issuer: ISSUER,
      audience: CLIENT_ID,
      typ: 'logout+jwt',
      requiredClaims: ['exp', 'iat', 'jti', 'events'],
    });
    if (!payload.events[EVENT] || 'nonce' in payload) throw new Error('no logout token');
    if (payload.sid === sid) {
      sid = undefined;
      told.resolve();
    }
    return {};
  },
  async '/ended'() {
    await Promise.race([told.promise, pause(20_000)]);
    return { told: sid === undefined, signed_in: sid !== undefined };
  },
  async '/bye'(address) {
    return { state: address.searchParams.get('state') };
  },
};

const server = createServer(async (request, response) => {
  const address = new URL(request.url, here);
  try {
    const said = await steps[address.pathname](address, await text(request));
    if (said.to) return response.writeHead(302, { location: said.to }).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  } catch (error) {
    const told = { error: error.error ?? error.code ?? error.message, message: error.message };
    response.writeHead(request.method === 'POST' ? 400 : 502, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  }
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  here = `http://127.0.0.1:${server.address().port}`;
  console.log(here);
});
