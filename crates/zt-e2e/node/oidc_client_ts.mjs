// A relying party in the browser, on the npm package oidc-client-ts: this serves its files, and is told nothing. It says where it is.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { ISSUER, CLIENT_ID, PEERS } = process.env;
const SETTINGS = new URL('../../../docs/examples/clients/oidc-client-ts.js', import.meta.url);

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Books</title>
<pre></pre>
<script type="importmap">{ "imports": { "oidc-client-ts": "/oidc-client-ts.js", "jwt-decode": "/jwt-decode.js" } }</script>
<script type="module">
  import { UserManager } from 'oidc-client-ts';
  import { settings } from '/settings.js';
  const manager = new UserManager(settings(${JSON.stringify({ authority: ISSUER, client_id: CLIENT_ID })}));
  if (location.pathname === '/signed-in') await manager.signinCallback();
  if (location.pathname === '/bye') await manager.signoutCallback();
  globalThis.manager = manager;
  document.querySelector('pre').textContent = 'ready';
</script>
`;
const folder = (name) => `${PEERS}/node_modules/${name}/`;
const scripts = {
  '/settings.js': readFileSync(SETTINGS),
  '/oidc-client-ts.js': readFileSync(`${folder('oidc-client-ts')}dist/esm/oidc-client-ts.js`),
  '/jwt-decode.js': readFileSync(`${folder('jwt-decode')}build/esm/index.js`),
};

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://127.0.0.1');
  const script = scripts[pathname];
  const type = script ? 'text/javascript' : 'text/html';
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(script ?? PAGE);
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
