// A client on the npm package openid-client that registers itself, with the initial access token that it is given as its secret. It says
// where it is, signs in whoever comes, and answers in JSON what it got.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { ISSUER, CLIENT_SECRET: INITIAL, PEERS } = process.env;
const require = createRequire(`${PEERS}/`);
const client = await import(pathToFileURL(require.resolve('openid-client')).href);
let here, config, registered, begun, tokens;

// RFC 7592, for which the library has no functions of its own.
async function itself(method, body) {
  const answer = await client.fetchProtectedResource(
    config,
    registered.registration_access_token,
    new URL(registered.registration_client_uri),
    method,
    body && JSON.stringify(body),
    new Headers(body ? { 'content-type': 'application/json' } : {}),
  );
  const said = answer.status === 204 ? {} : await answer.json();
  if (said.registration_access_token) registered.registration_access_token = said.registration_access_token;
  return { status: answer.status, said };
}

const steps = {
  async '/register'() {
    config = await client.dynamicClientRegistration(
      new URL(ISSUER),
      {
        client_name: 'Portal',
        'client_name#ja': 'ポータル',
        redirect_uris: [`${here}/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        // What the library uses unless it is told otherwise.
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'ES256',
        userinfo_signed_response_alg: 'RS256',
        scope: 'openid profile email',
      },
      undefined,
      { initialAccessToken: INITIAL },
    );
    registered = { ...config.clientMetadata() };
    const { client_id, scope, client_secret } = registered;
    return { client_id, scope, has_secret: Boolean(client_secret), named: Boolean(config.serverMetadata().registration_endpoint) };
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
    return { claims: tokens.claims(), person };
  },
  async '/refresh'() {
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token);
    return { claims: tokens.claims() };
  },
  '/read': () => itself('GET'),
  '/rename': () =>
    itself('PUT', {
      client_id: registered.client_id,
      client_name: 'Another portal',
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: [`${here}/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
    }),
  '/remove': () => itself('DELETE'),
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
