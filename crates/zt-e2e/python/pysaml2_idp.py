"""The PyPI package pysaml2 as an identity provider, as its own documentation sets it up: whoever comes is Aiko. It says where it is.
A service provider is known by an entity id that is the address of its metadata."""
from urllib.request import urlopen

from party import Text, serve
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
from saml2.config import IdPConfig
from saml2.mdstore import InMemoryMetaData
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256
from saml_party import CERTIFICATE, ENCRYPTED, KEY, fields

AIKO = {"uid": ["aiko"], "displayName": ["Aiko"], "mail": ["aiko@example.com"], "eduPersonAffiliation": ["member", "staff"]}
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


class Party:
    def __init__(self, here):
        configuration = IdPConfig().load(
            {
                "entityid": f"{here}/metadata",
                "key_file": KEY,
                "cert_file": CERTIFICATE,
                "service": {
                    "idp": {
                        "endpoints": {
                            "single_sign_on_service": [
                                (f"{here}/sso", BINDING_HTTP_REDIRECT),
                                (f"{here}/sso", BINDING_HTTP_POST),
                            ],
                            "single_logout_service": [
                                (f"{here}/slo", BINDING_HTTP_REDIRECT),
                                (f"{here}/slo", BINDING_HTTP_POST),
                                (f"{here}/soap", BINDING_SOAP),
                            ],
                        },
                        "policy": {
                            "default": {
                                "lifetime": {"minutes": 5},
                                "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                                "nameid_format": NAMEID_FORMAT_PERSISTENT,
                            }
                        },
                        "want_authn_requests_signed": True,
                        # It reads them here and nowhere else; what it has otherwise is SHA-1.
                        "signing_algorithm": SIG_RSA_SHA256,
                        "digest_algorithm": DIGEST_SHA256,
                        "sign_assertion": True,
                        "sign_response": False,
                        # Whether assertions are encrypted for those whose metadata has a certificate for it.
                        "encrypt_assertion": ENCRYPTED,
                    }
                },
                "metadata": {},
            }
        )
        self.server = Server(config=configuration)
        self.described = Text(str(entity_descriptor(configuration)), "application/samlmetadata+xml")

    def metadata(self, _):
        return self.described

    def knows(self, entity):
        """Reads the metadata of a service provider that it does not know yet."""
        known = self.server.metadata.metadata
        if entity not in known:
            with urlopen(entity) as answer:
                read = InMemoryMetaData(self.server.metadata.attrc, answer.read().decode())
            read.load()
            known[entity] = read

    def read(self, said, parse):
        """A message, once its issuer is known; pysaml2 wants to know before it looks who that is."""
        got, binding = fields(said)
        text = self.server.unravel(got["SAMLRequest"], binding, "authn_request")
        issuer = text.decode().split("Issuer", 1)[1].split(">", 1)[1].split("<", 1)[0]
        self.knows(issuer.strip())
        signed = {"relay_state": got.get("RelayState"), "sigalg": got.get("SigAlg"), "signature": got.get("Signature")}
        return parse(got["SAMLRequest"], binding, **(signed if binding == BINDING_HTTP_REDIRECT else {})).message, got, binding

    def sso(self, said):
        request, got, _ = self.read(said, self.server.parse_authn_request)
        to = self.server.response_args(request, [BINDING_HTTP_POST])
        authn = {"class_ref": PASSWORD, "authn_auth": self.server.config.entityid}
        response = self.server.create_authn_response(AIKO, userid="aiko", authn=authn, **to)
        sent = self.server.apply_binding(
            BINDING_HTTP_POST, str(response), to["destination"], got.get("RelayState", ""), response=True
        )
        return Text(sent["data"], "text/html")

    def slo(self, said):
        request, got, binding = self.read(said, self.server.parse_logout_request)
        return self.left(request, binding, got.get("RelayState", ""))

    def soap(self, said):
        return self.left(self.server.parse_logout_request(said, BINDING_SOAP).message, BINDING_SOAP, "")

    def left(self, request, binding, relay_state):
        """Says that she is signed out; nothing was kept of it here. Where it was asked by a binding that the other side offers no
        answers by, it answers by the other one."""
        ways = [BINDING_SOAP] if binding == BINDING_SOAP else [BINDING_HTTP_REDIRECT, BINDING_HTTP_POST]
        to = self.server.response_args(request, sorted(ways, key=lambda way: way != binding))
        by_query = to["binding"] == BINDING_HTTP_REDIRECT
        response = self.server.create_logout_response(request, [to["binding"]], sign=not by_query)
        sent = self.server.apply_binding(
            to["binding"], str(response), to["destination"], relay_state, response=True, sign=by_query
        )
        told = dict(sent["headers"])
        return {"to": told["Location"]} if by_query else Text(sent["data"], told.get("Content-type", "text/xml"))


serve(Party)
