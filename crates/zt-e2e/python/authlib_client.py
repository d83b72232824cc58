"""A relying party on the PyPI package Authlib. It says where it is, signs in whoever comes, and answers in JSON what it got."""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

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

    def claims(self, nonce=None):
        keys = KeySet.import_key_set(fetched(METADATA["jwks_uri"]))
        algorithms = METADATA["id_token_signing_alg_values_supported"]
        token = jwt.decode(self.session.token["id_token"], keys, algorithms=algorithms)
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
        code = parse_qs(urlsplit(address).query)["code"][0]
        claims = self.claims(self.nonce)
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

    def bye(self, address):
        return {"state": parse_qs(urlsplit(address).query)["state"][0]}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        address = f"{PARTY.here}{self.path}"
        try:
            said = getattr(PARTY, urlsplit(address).path.lstrip("/"))(address)
            status = 302 if "to" in said else 200
        except Exception as error:  # Whatever went wrong is what the test wants to read.
            said = {"error": getattr(error, "error", type(error).__name__), "message": str(error)}
            status = 502
        self.send_response(status)
        if status == 302:
            self.send_header("Location", said["to"])
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_):
        pass


SERVER = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
PARTY = Party(f"http://127.0.0.1:{SERVER.server_port}")
print(PARTY.here, flush=True)
SERVER.serve_forever()
sys.exit(0)
