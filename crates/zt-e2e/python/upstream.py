"""An application behind the gateway, written by its owner's team and not by us: it believes the identity JWT that PyJWT
verified against the published keys, and nothing else. Prints `port N`, then serves until it is stopped.

GET /whoami   who it thinks is asking, and the headers it received; 401 with the reason when it does not believe.
POST /upload  how many bytes arrived, with their SHA-256; the body is never held in memory.
"""

import argparse
import hashlib
import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

HEADER = "Sekisho-Identity"
TYPE = "sekisho-identity+jwt"


class Identities:
    """Verifies identity tokens for one audience."""

    def __init__(self, keys_url, authority, issuer, audience):
        context = ssl.create_default_context(cafile=authority) if authority else None
        self.keys = jwt.PyJWKClient(keys_url, ssl_context=context)
        self.issuer, self.audience = issuer, audience

    def verified(self, token):
        if jwt.get_unverified_header(token).get("typ") != TYPE:
            raise jwt.InvalidTokenError(f"typ is not {TYPE}")
        return jwt.decode(
            token,
            self.keys.get_signing_key_from_jwt(token).key,
            algorithms=["ES256"],
            issuer=self.issuer,
            audience=self.audience,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )


def handler(identities):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, body):
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def identity(self):
            tokens = self.headers.get_all(HEADER) or []
            if len(tokens) != 1:
                raise jwt.InvalidTokenError(f"{len(tokens)} {HEADER} headers")
            return identities.verified(tokens[0])

        def do_GET(self):
            try:
                claims = self.identity()
            except jwt.PyJWTError as error:
                return self.answer(401, {"why": f"{type(error).__name__}: {error}"})
            headers = sorted([name.lower(), value] for name, value in self.headers.items())
            return self.answer(200, {"claims": claims, "headers": headers, "path": self.path})

        def do_POST(self):
            length, digest = 0, hashlib.sha256()
            for piece in self.pieces():
                length += len(piece)
                digest.update(piece)
            self.answer(200, {"bytes": length, "sha256": digest.hexdigest()})

        def pieces(self):
            if self.headers.get("transfer-encoding", "").lower() == "chunked":
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    yield self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return
            left = int(self.headers.get("content-length", 0))
            while left > 0 and (piece := self.rfile.read(min(left, 65536))):
                left -= len(piece)
                yield piece

    return Handler


def server(identities):
    return ThreadingHTTPServer(("127.0.0.1", 0), handler(identities))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keys", required=True, help="address of the JWKS")
    options.add_argument("--authority", help="PEM file of the CA that the address is believed by")
    options.add_argument("--issuer", required=True)
    options.add_argument("--audience", required=True)
    chosen = options.parse_args()
    upstream = server(Identities(chosen.keys, chosen.authority, chosen.issuer, chosen.audience))
    print(f"port {upstream.server_address[1]}", flush=True)
    upstream.serve_forever()


if __name__ == "__main__":
    main()
