// A page in the browser with oidc-client-ts. `authority` is https://id.<domain>.
export const settings = ({ authority, client_id }) => ({
  authority,
  client_id,
  redirect_uri: `${location.origin}/signed-in`,
  post_logout_redirect_uri: `${location.origin}/bye`,
  scope: 'openid profile email',
  loadUserInfo: true,
  // With the refresh token, a minute before the access token runs out. If it is refused, she signs in again.
  automaticSilentRenew: true,
  // There is no frame to watch: browsers keep its cookies from it.
  monitorSession: false,
});
