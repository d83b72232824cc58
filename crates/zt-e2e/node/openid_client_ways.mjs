// A client on the npm package openid-client that comes to tokens in other ways than a code: on a device that has somebody sign in
// elsewhere, and by exchange. It says where it is, and answers in JSON what it got.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PEERS, AUDIENCE = 'ledger-api' } = process.env;
const require = createRequire(`${PEERS}/`);
const client = await import(pathToFileURL(require.resolve('openid-client')).href);
const config = await client.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  undefined,
  CLIENT_SECRET ? client.ClientSecretBasic(CLIENT_SECRET) : client.None(),
);
const TYPE = 'urn:ietf:params:oauth:token-type:access_token';
let here, waiting, tokens;

const steps = {
  // Begins, and goes on asking in the background until somebody has answered.
  async '/device'() {
    const told = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' });
    waiting = client.pollDeviceAuthorizationGrant(config, told).then(
      (got) => ({ got }),
      (error) => ({ error }),
    );
    return told;
  },
  async '/tokens'() {
    const { got, error } = await waiting;
    if (error) throw error;
    tokens = got;
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    return { claims: tokens.claims(), person, scope: tokens.scope };
  },
  async '/refresh'() {
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token);
    return { claims: tokens.claims() };
  },
  async '/exchange'() {
    const given = await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
      subject_token: tokens.access_token,
      subject_token_type: TYPE,
      audience: AUDIENCE,
      scope: 'openid',
    });
    const said = await client.tokenIntrospection(config, given.access_token);
    return { given, said };
  },
};

const server = createServer(async (request, response) => {
  const address = new URL(request.url, here);
  try {
    const said = await steps[address.pathname](address);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  } catch (error) {
    const told = { error: error.error ?? error.code ?? error.message, message: error.message };
    response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  }
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  here = `http://127.0.0.1:${server.address().port}`;
  console.log(here);
});
