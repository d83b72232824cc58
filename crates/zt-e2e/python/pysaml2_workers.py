"""The PyPI package pysaml2 as an identity provider in gunicorn, for the bench: processes that were there before anybody comes,
connections that are kept. Who is signed in is in a cookie under a code, as in its own example. It says where it is.

It gives what the bench's registrations say: to the first service provider signed assertions, to the second signed responses too."""
import hmac
import os
import secrets
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

from gunicorn.app.base import BaseApplication
from httpd import free_port
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.saml import NAMEID_FORMAT_PERSISTENT
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256
from saml_party import CERTIFICATE, KEY

AIKO = {"uid": ["aiko"], "displayName": ["Aiko"], "mail": ["aiko@example.com"], "isMemberOf": ["everyone", "staff"]}
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SECRET = secrets.token_bytes(32)


def coded(login):
    return f"{login}.{hmac.new(SECRET, login.encode(), 'sha256').hexdigest()}"


class Provider:
    def __init__(self, here):
        configuration = IdPConfig().load(
            {
                "entityid": f"{here}/metadata",
                "key_file": KEY,
                "cert_file": CERTIFICATE,
                "service": {
                    "idp": {
                        "endpoints": {"single_sign_on_service": [(f"{here}/sso", BINDING_HTTP_REDIRECT)]},
                        "policy": {
                            "default": {
                                "lifetime": {"minutes": 5},
                                "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                                "nameid_format": NAMEID_FORMAT_PERSISTENT,
                            }
                        },
                        "want_authn_requests_signed": True,
                        "signing_algorithm": SIG_RSA_SHA256,
                        "digest_algorithm": DIGEST_SHA256,
                        "encrypt_assertion": False,
                    }
                },
                "metadata": {"local": os.environ["PROVIDERS"].split(":")},
            }
        )
        self.server = Server(config=configuration)
        self.signed_twice = os.environ["SIGNED_TWICE"]

    def answer(self, environ):
        got = dict(parse_qsl(environ["QUERY_STRING"]))
        signed = {"relay_state": got["RelayState"], "sigalg": got["SigAlg"], "signature": got["Signature"]}
        request = self.server.parse_authn_request(got["SAMLRequest"], BINDING_HTTP_REDIRECT, **signed).message
        login, cookie = self.signed_in(environ)
        to = self.server.response_args(request, [BINDING_HTTP_POST])
        response = self.server.create_authn_response(
            AIKO,
            userid=login,
            authn={"class_ref": PASSWORD, "authn_auth": self.server.config.entityid},
            sign_assertion=True,
            sign_response=request.issuer.text == self.signed_twice,
            **to,
        )
        sent = self.server.apply_binding(BINDING_HTTP_POST, str(response), to["destination"], got["RelayState"], response=True)
        return sent["data"], cookie

    def signed_in(self, environ):
        """Who the cookie is of; whoever has none is signed in now."""
        kept = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("session")
        login = kept.value.split(".", 1)[0] if kept else None
        if login and hmac.compare_digest(kept.value, coded(login)):
            return login, None
        login = f"aiko-{secrets.token_hex(4)}"
        return login, f"session={coded(login)}; Path=/; HttpOnly; Secure"


class Workers(BaseApplication):
    def __init__(self, port):
        self.here = f"https://{os.environ['HOST']}:{port}"
        self.port = port
        super().__init__()

    def load_config(self):
        told = {
            "bind": f"127.0.0.1:{self.port}",
            "workers": os.cpu_count(),
            # One request at a time in each process; connections wait in it, as long as they are kept.
            "worker_class": "gthread",
            "threads": 1,
            "keepalive": 60,
            "preload_app": True,
            "certfile": os.environ["TLS_CERTIFICATE"],
            "keyfile": os.environ["TLS_KEY"],
            "loglevel": "warning",
            "limit_request_line": 8190,
            "worker_tmp_dir": "/dev/shm",
            "when_ready": lambda _: print(self.here, flush=True),
        }
        for name, value in told.items():
            self.cfg.set(name, value)

    def load(self):
        provider = Provider(self.here)

        def page(environ, start):
            try:
                text, cookie = provider.answer(environ)
                status = "200 OK"
            except Exception as error:  # A request that is not signed as it should be, say.
                text, cookie, status = f"{type(error).__name__}: {error}", None, "400 Bad Request"
            body = text.encode()
            headers = [("Content-Type", "text/html"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
            start(status, headers + ([("Set-Cookie", cookie)] if cookie else []))
            return [body]

        return page


Workers(free_port()).run()
