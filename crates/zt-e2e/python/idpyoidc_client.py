"""A relying party on the PyPI package idpyoidc, with keys of its own. It says where it is, signs in whoever comes, and answers in
JSON what it got."""
import json
import logging
import os
import secrets
import time

from cryptojwt.jws.jws import JWS
from idpyoidc.client.client_auth import PrivateKeyJWT
from idpyoidc.client.exception import OidcServiceError
from idpyoidc.client.oauth2.stand_alone_client import backchannel_logout
from idpyoidc.client.rp_handler import RPHandler
from party import Session, query, serve

ISSUER, CLIENT_ID, KEYS = (os.environ[name] for name in ("ISSUER", "CLIENT_ID", "KEYS"))
SERVICES = {
    "discovery": "oidc.provider_info_discovery.ProviderInfoDiscovery",
    "registration": "oidc.registration.Registration",
    "authorization": "oidc.authorization.Authorization",
    "accesstoken": "oidc.access_token.AccessToken",
    "refresh_token": "oidc.refresh_access_token.RefreshAccessToken",
    "userinfo": "oidc.userinfo.UserInfo",
    "token_revocation": "oauth2.token_revocation.TokenRevocation",
    "introspection": "oauth2.introspection.Introspection",
    "end_session": "oidc.end_session.EndSession",
}

# What it is answered is what the test reads.
logging.disable(logging.CRITICAL)


class ForTheIssuer(PrivateKeyJWT):
    """Its own class writes a list, and the token endpoint into it: FAPI 2.0 Security Profile §5.3.2.1 wants the issuer, as a text."""

    def _construct_client_assertion(self, service, **_):
        now = int(time.time())
        claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": secrets.token_hex(16)}
        keys = service.upstream_get("attribute", "keyjar").get_signing_key("EC", "")
        return JWS(json.dumps(claims), alg="ES256").sign_compact(keys)


class Party:
    def __init__(self, here):
        self.here = here
        self.handler = RPHandler(
            here,
            client_configs={
                ISSUER: {
                    "issuer": ISSUER,
                    "client_id": CLIENT_ID,
                    "client_type": "oidc",
                    "redirect_uris": [f"{here}/callback"],
                    "post_logout_redirect_uris": [f"{here}/bye"],
                    "response_types_supported": ["code"],
                    "scopes_supported": ["openid", "profile", "email"],
                    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                    "client_authn_methods": {
                        "private_key_jwt": {"class": ForTheIssuer, "kwargs": {}},
                        "bearer_header": None,
                    },
                    "add_ons": {
                        "pkce": {
                            "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                            "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                        }
                    },
                }
            },
            services={name: {"class": f"idpyoidc.client.{path}"} for name, path in SERVICES.items()},
            key_conf={
                "key_defs": [{"type": "EC", "crv": "P-256", "use": ["sig"]}],
                "public_path": KEYS,
                "read_only": False,
            },
            verify_ssl=os.environ["REQUESTS_CA_BUNDLE"],
        )
        self.client = self.handler.client_setup(ISSUER)
        # What signs logout tokens too; it takes RS256 unless it is told.
        self.client.get_context().registration_response = {"id_token_signed_response_alg": "ES256"}
        self.known = Session()

    def asked(self, service, arguments):
        answer = self.client.do_request(
            service, request_args=arguments, state=self.state, authn_method="private_key_jwt"
        )
        return answer.to_dict()

    def held(self, name):
        return self.client.get_context().cstate.get(self.state)[name]

    def login(self, _):
        return {"to": self.handler.begin(ISSUER)}

    def callback(self, address):
        answer = query(address)
        got = self.handler.finalize(ISSUER, answer)
        self.state = got["state"]
        self.known.begins(got["id_token"]["sid"])
        return {
            "claims": got["id_token"].to_dict(),
            "person": got["userinfo"].to_dict(),
            "code": answer["code"],
            "algorithm": got["id_token"].jws_header["alg"],
        }

    def refresh(self, _):
        before = self.held("refresh_token")
        try:
            self.client.refresh_access_token(self.state)
        except OidcServiceError as refused:
            refused.error = str(refused)
            raise
        verified = self.held("__verified_id_token")
        return {"claims": verified, "rotated": self.held("refresh_token") != before}

    def introspect(self, _):
        return self.asked("introspection", {"token": self.held("access_token")})

    def userinfo(self, _):
        return self.client.get_user_info(self.state).to_dict()

    def revoke(self, _):
        return self.asked("token_revocation", {"token": self.held("refresh_token")})

    def logout(self, _):
        address = self.handler.logout(self.state)["url"]
        # The state is one that it makes for this.
        self.leaving = query(address)["state"]
        return {"to": address}

    def backchannel(self, body):
        state = backchannel_logout(self.client, request=body)
        sid = self.client.get_context().cstate.get(state)["__verified_id_token"]["sid"]
        self.handler.clear_session(state)
        self.known.ends(sid)
        return {}

    def ended(self, _):
        return self.known.ended()

    def bye(self, address):
        state = query(address)["state"]
        return {"state": "bye-1" if state == self.leaving else state}


serve(Party)
