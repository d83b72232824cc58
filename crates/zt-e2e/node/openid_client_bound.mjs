// A relying party on the npm package openid-client that keeps what it asks and what it gets to itself: its key proves who it is
// (private_key_jwt), and as WAYS says, it pushes its requests (par), signs them (jar), and binds its tokens to a key (dpop). Or it is
// its certificate that proves who it is (mtls), which lies beside KEYS.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request as https } from 'node:https';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { ISSUER, CLIENT_ID, KEYS, PEERS } = process.env;
const ways = process.env.WAYS.split(' ');
const require = createRequire(`${PEERS}/`);
const client = await import(pathToFileURL(require.resolve('openid-client')).href);

const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const jwk = { ...(await crypto.subtle.exportKey('jwk', key.publicKey)), use: 'sig', kid: 'one' };
delete jwk.key_ops;
delete jwk.ext;
writeFileSync(KEYS, JSON.stringify({ keys: [jwk] }));
const signing = { key: key.privateKey, kid: 'one' };

// Fetch, over connections that show the certificate.
const overTls = (url, { method = 'GET', headers, body }) =>
  new Promise((resolve, reject) => {
    const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(`${KEYS}.${name}`));
    const fields = Object.fromEntries(new Headers(headers));
    const sent = https(url, { method, headers: fields, cert, key }, async (answer) => {
      const parts = await answer.toArray();
      const { statusCode: status, headers: told } = answer;
      resolve(new Response(parts.length ? Buffer.concat(parts) : null, { status, headers: new Headers(Object.entries(told).map(([name, value]) => [name, String(value)])) }));
    });
    sent.on('error', reject);
    sent.end(body?.toString());
  });
const config = ways.includes('mtls')
  ? await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.TlsClientAuth(), { [client.customFetch]: overTls })
  : await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.PrivateKeyJwt(signing));
// A server that takes tokens sees a handle each: what the one was told to repeat, the other was not.
const bound = async () => (ways.includes('dpop') ? client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) : undefined);
let DPoP = await bound();
let here, begun, tokens;

const steps = {
  async '/login'() {
    begun = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
    let asked = {
      redirect_uri: `${here}/callback`,
      scope: 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
      state: begun.state,
      nonce: begun.nonce,
    };
    let address;
    if (ways.includes('jar')) {
      address = await client.buildAuthorizationUrlWithJAR(config, asked, signing);
      asked = address.searchParams;
    }
    if (ways.includes('par')) address = await client.buildAuthorizationUrlWithPAR(config, asked, { DPoP });
    begun.carried = [...address.searchParams.keys()].sort();
    return { to: address.href };
  },
  async '/callback'(address) {
    tokens = await client.authorizationCodeGrant(
      config,
      address,
      { pkceCodeVerifier: begun.verifier, expectedState: begun.state, expectedNonce: begun.nonce, idTokenExpected: true },
      undefined,
      { DPoP },
    );
    const claims = tokens.claims();
    const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
    return { claims, person, type: tokens.token_type, carried: begun.carried };
  },
  async '/refresh'() {
    const before = tokens.refresh_token;
    tokens = await client.refreshTokenGrant(config, before, undefined, { DPoP });
    return { claims: tokens.claims(), type: tokens.token_type, rotated: tokens.refresh_token !== before };
  },
  async '/introspect'() {
    return client.tokenIntrospection(config, tokens.access_token);
  },
  async '/userinfo'() {
    return client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck, { DPoP });
  },
  // What a thief can do with what it found: as it is, and with a key of its own.
  async '/stolen'() {
    const bare = await fetch(config.serverMetadata().userinfo_endpoint, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    const mine = DPoP;
    DPoP = await bound();
    try {
      await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck, { DPoP });
      return { bare: bare.status, other: 200 };
    } catch (error) {
      return { bare: bare.status, other: error.status ?? error.cause?.status ?? error.code };
    } finally {
      DPoP = mine;
    }
  },
  async '/again'() {
    return { to: begun.address };
  },
};

const server = createServer(async (request, response) => {
  const address = new URL(request.url, here);
  try {
    const said = await steps[address.pathname](address);
    if (said.to) {
      if (address.pathname === '/login') begun.address = said.to;
      return response.writeHead(302, { location: said.to }).end();
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  } catch (error) {
    const told = { error: error.error ?? error.code ?? error.message, message: `${error.message} ${error.cause ?? ''}` };
    response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify(told));
  }
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  here = `http://127.0.0.1:${server.address().port}`;
  console.log(here);
});
