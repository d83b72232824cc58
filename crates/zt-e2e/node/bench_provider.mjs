// The npm package oidc-provider as its own documentation sets it up, with what the bench asks of both: ES256 everywhere, JWTs as
// access tokens, PKCE, a refresh token that is another one each time. Everything is kept in its in-memory adapter, so nothing
// survives a restart. It says where it is in its first line.
import { createServer } from 'node:https';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { PEERS, CERTIFICATE, KEY, HOST, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const require = createRequire(`${PEERS}/`);
const { default: Provider, interactionPolicy } = await import(pathToFileURL(require.resolve('oidc-provider')).href);

const server = createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) });
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `https://${HOST}:${server.address().port}`;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const policy = interactionPolicy.base();
policy.remove('consent');
const provider = new Provider(issuer, {
  clients: [{
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES256',
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => issuer,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'openid profile email', accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: 'Aiko', preferred_username: sub }) }),
  // Consent is implied on both sides.
  async loadExistingGrant(ctx) {
    const kept = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
    if (kept) return provider.Grant.find(kept);
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    grant.addResourceScope(issuer, 'openid profile email');
    await grant.save();
    return grant;
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
});
const answer = provider.callback();
server.on('request', async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  // Signing in is not measured: whoever comes is Aiko.
  await provider.interactionFinished(request, response, { login: { accountId: 'aiko' } });
});
console.log(issuer);
console.info = console.error;
