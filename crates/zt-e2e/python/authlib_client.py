"""A relying party on the PyPI package Authlib. It says where it is, signs in whoever comes, and answers in JSON what it got."""
import os

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from party import Session, query, serve

ISSUER, CLIENT_ID = os.environ["ISSUER"], os.environ["CLIENT_ID"]
SECRET = os.environ.get("CLIENT_SECRET") or None


def fetched(address):
    answer = requests.get(address, timeout=30)
    answer.raise_for_status()
    return answer.json()


METADATA = fetched(f"{ISSUER}/.well-known/openid-configuration")


class Party:
    def __init__(self, here):
        self.here = here
        self.session = OAuth2Session(
            CLIENT_ID,
            SECRET,
            scope="openid profile email",
            redirect_uri=f"{here}/callback",
            token_endpoint_auth_method=os.environ["METHOD"],
            code_challenge_method="S256",
            token_endpoint=METADATA["token_endpoint"],
            revocation_endpoint_auth_method=os.environ["METHOD"],
        )

        self.known = Session()

    def verified(self, token):
        keys = KeySet.import_key_set(fetched(METADATA["jwks_uri"]))
        return jwt.decode(token, keys, algorithms=METADATA["id_token_signing_alg_values_supported"])

    def claims(self, nonce=None):
        token = self.verified(self.session.token["id_token"])
        options = {
            "iss": {"essential": True, "value": ISSUER},
            "aud": {"essential": True, "value": CLIENT_ID},
        }
        parameters = {"access_token": self.session.token["access_token"], "client_id": CLIENT_ID}
        if nonce:
            parameters["nonce"] = nonce
        claims = CodeIDToken(token.claims, token.header, options, parameters)
        claims.validate()
        return claims

    def login(self, _):
        self.verifier, self.nonce = generate_token(48), generate_token(20)
        address, self.state = self.session.create_authorization_url(
            METADATA["authorization_endpoint"], code_verifier=self.verifier, nonce=self.nonce
        )
        return {"to": address}

    def callback(self, address):
        self.session.fetch_token(
            authorization_response=address, state=self.state, code_verifier=self.verifier
        )
        person = self.session.get(METADATA["userinfo_endpoint"]).json()
        code = query(address)["code"]
        claims = self.claims(self.nonce)
        self.known.begins(claims["sid"])
        return {"claims": dict(claims), "person": person, "code": code, "algorithm": claims.header["alg"]}

    def refresh(self, _):
        before = self.session.token["refresh_token"]
        self.session.refresh_token(METADATA["token_endpoint"], refresh_token=before)
        return {"claims": dict(self.claims()), "rotated": self.session.token["refresh_token"] != before}

    def introspect(self, _):
        answer = self.session.introspect_token(
            METADATA["introspection_endpoint"], token=self.session.token["access_token"]
        )
        return answer.json()

    def userinfo(self, _):
        answer = self.session.get(METADATA["userinfo_endpoint"])
        answer.raise_for_status()
        return answer.json()

    def revoke(self, _):
        answer = self.session.revoke_token(
            METADATA["revocation_endpoint"], token=self.session.token["refresh_token"]
        )
        answer.raise_for_status()
        return {}

    def logout(self, _):
        asked = requests.Request(
            "GET",
            METADATA["end_session_endpoint"],
            params={
                "id_token_hint": self.session.token["id_token"],
                "post_logout_redirect_uri": f"{self.here}/bye",
                "state": "bye-1",
            },
        )
        return {"to": asked.prepare().url}

    def backchannel(self, body):
        token = self.verified(query(f"?{body}")["logout_token"])
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": CLIENT_ID},
            exp={"essential": True},
            jti={"essential": True},
            events={"essential": True, "value": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        )
        registry.validate(token.claims)
        if token.header["typ"] != "logout+jwt" or "nonce" in token.claims:
            raise ValueError("no logout token")
        self.known.ends(token.claims["sid"])
        return {}

    def ended(self, _):
        return self.known.ended()

    def bye(self, address):
        return {"state": query(address)["state"]}


serve(Party)
