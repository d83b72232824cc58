"""Django with mozilla-django-oidc: what settings.py takes with `from oidc_settings import *`, beside its own.

`mozilla_django_oidc` belongs into INSTALLED_APPS, its SessionRefresh at the end of MIDDLEWARE, and
`path("oidc/", include("mozilla_django_oidc.urls"))` into the urls. The client's redirect_uris has https://…/oidc/callback/.
"""
import os

ISSUER = os.environ["ISSUER"]  # https://id.<domain>

OIDC_RP_CLIENT_ID = os.environ["CLIENT_ID"]
OIDC_RP_CLIENT_SECRET = os.environ["CLIENT_SECRET"]
OIDC_TOKEN_USE_BASIC_AUTH = True
OIDC_RP_SCOPES = "openid profile email groups"
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True

OIDC_OP_AUTHORIZATION_ENDPOINT = f"{ISSUER}/oauth2/authorize"
OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/oauth2/token"
OIDC_OP_USER_ENDPOINT = f"{ISSUER}/oauth2/userinfo"
OIDC_OP_JWKS_ENDPOINT = f"{ISSUER}/.well-known/jwks.json"
OIDC_OP_LOGOUT_URL_METHOD = "signing_in.logout_address"

# It knows no refresh tokens: so often it asks again whether she is signed in and may still use this, and she sees nothing of it.
OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = 300
OIDC_STORE_ID_TOKEN = True

AUTHENTICATION_BACKENDS = ["signing_in.BySubject"]
LOGIN_URL = "oidc_authentication_init"
LOGIN_REDIRECT_URL = "/"
LOGIN_REDIRECT_URL_FAILURE = "/"
# It cannot do without, though it sends her to the address of OIDC_OP_LOGOUT_URL_METHOD.
LOGOUT_REDIRECT_URL = "/"
