"""Does the upstream disbelieve what it must disbelieve, and does the client report how it was closed? Without this a peer
that believes everything would let everything pass. Prints `ok  …` for every case.
"""

import base64
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.sync.server import serve

import upstream

ISSUER, AUDIENCE, KID = "https://id.example", "wiki", "k1"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def serve_keys():
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
    body = json.dumps({"keys": [{**jwk, "kid": KID, "alg": "ES256", "use": "sig"}]}).encode()

    class Keys(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return start(http.server.HTTPServer(("127.0.0.1", 0), Keys))


def start(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def token(key=KEY, algorithm="ES256", typ=upstream.TYPE, **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "hanako", "iat": now, "exp": now + 60, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": KID, "typ": typ})


def hmac_with_public_key():
    """The classic confusion: the public key used as a shared secret. PyJWT refuses to make it, so by hand."""
    import hashlib
    import hmac

    def encoded(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    head, claims, _ = token().encode().split(b".")
    header = {**jwt.get_unverified_header(token()), "alg": "HS256"}
    signed = encoded(json.dumps(header).encode()) + b"." + claims
    return (signed + b"." + encoded(hmac.new(PUBLIC_PEM, signed, hashlib.sha256).digest())).decode()


def ask(port, headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/whoami", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def check_upstream():
    keys = f"http://127.0.0.1:{serve_keys()}/jwks.json"
    port = start(upstream.server(upstream.Identities(keys, None, ISSUER, AUDIENCE)))
    past = int(time.time()) - 600
    cases = {
        "a good token": (token(), 200),
        "no token": (None, 401),
        "garbage": ("x.y.z", 401),
        "another key": (token(OTHER_KEY), 401),
        "expired": (token(exp=past), 401),
        "no expiry": (token(exp=None), 401),
        "not yet": (token(nbf=int(time.time()) + 600), 401),
        "another audience": (token(aud="chat"), 401),
        "another issuer": (token(iss="https://id.elsewhere"), 401),
        "another type": (token(typ="at+jwt"), 401),
        "unsigned": (token(None, "none"), 401),
        "the public key as a secret": (hmac_with_public_key(), 401),
    }
    for name, (value, expected) in cases.items():
        status, body = ask(port, {upstream.HEADER: value} if value else {})
        assert status == expected, f"{name}: {status} {body}"
        print(f"ok  {name}: {body.get('why', body.get('claims', {}).get('sub'))}")


def check_client():
    def greet(socket):
        socket.send("hello")
        assert socket.recv() == "good morning"
        socket.close(4403, "device-untrusted")

    server = serve(greet, "127.0.0.1", 0)
    port = server.socket.getsockname()[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script = os.path.join(os.path.dirname(__file__), "websocket_client.py")
    command = [sys.executable, script, f"ws://127.0.0.1:{port}/", "--send", "good morning"]
    said = [json.loads(line) for line in subprocess.check_output(command, text=True).splitlines()]
    assert [one["what"] for one in said] == ["open", "message", "closed"], said
    assert (said[2]["code"], said[2]["reason"]) == (4403, "device-untrusted"), said
    print("ok  the client reports how it was closed")


check_upstream()
check_client()
