"""A service provider on the PyPI package pysaml2. It says where it is, signs in whoever comes, and answers in JSON what it got."""
from base64 import b64decode
from xml.etree import ElementTree

from party import Text, serve
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256
from saml_party import CERTIFICATE, ENCRYPTED, KEY, POST, REDIRECT, SOAP, fields, provider_metadata

# What comes by SOAP it writes anew before it looks at signatures, which then fit only if prefixes are still the same.
for prefix, name in (("saml", "assertion"), ("samlp", "protocol")):
    ElementTree.register_namespace(prefix, f"urn:oasis:names:tc:SAML:2.0:{name}")
ElementTree.register_namespace("ds", "http://www.w3.org/2000/09/xmldsig#")


class Party:
    def __init__(self, here):
        pair = {"key_file": KEY, "cert_file": CERTIFICATE}
        configuration = SPConfig().load(
            {
                "entityid": f"{here}/metadata",
                **pair,
                **({"encryption_keypairs": [pair]} if ENCRYPTED else {}),
                "service": {
                    "sp": {
                        "endpoints": {
                            "assertion_consumer_service": [(f"{here}/acs", POST)],
                            "single_logout_service": [(f"{here}/slo", REDIRECT), (f"{here}/slo", POST), (f"{here}/soap", SOAP)],
                        },
                        "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                        "name_id_policy_format": NAMEID_FORMAT_PERSISTENT,
                        "authn_requests_signed": True,
                        "logout_requests_signed": True,
                        "logout_responses_signed": True,
                        "want_assertions_signed": True,
                        "want_response_signed": False,
                        "allow_unsolicited": False,
                        # It reads them here and nowhere else; what it has otherwise is SHA-1.
                        "signing_algorithm": SIG_RSA_SHA256,
                        "digest_algorithm": DIGEST_SHA256,
                    }
                },
                "metadata": {"inline": [provider_metadata()]},
                "allow_unknown_attributes": True,
                "verify_ssl_cert": True,
            }
        )
        self.client = Saml2Client(configuration)
        self.described = Text(str(entity_descriptor(configuration)), "application/samlmetadata+xml")
        self.outstanding, self.person = {}, None

    def metadata(self, _):
        return self.described

    def sent(self, binding, sent):
        return {"to": dict(sent["headers"])["Location"]} if binding == REDIRECT else Text(sent["data"], "text/html")

    def login(self, address):
        asked, _ = fields(address)
        binding = POST if asked.get("binding") == "post" else REDIRECT
        wishes = {"force_authn": "true"} if "force" in asked else {}
        if "passive" in asked:
            wishes["is_passive"] = "true"
        if "context" in asked:
            compared = asked.get("comparison", "exact")
            wishes["requested_authn_context"] = {"authn_context_class_ref": [asked["context"]], "comparison": compared}
        request, sent = self.client.prepare_for_authenticate(binding=binding, relay_state="back-1", **wishes)
        self.outstanding[request] = "back-1"
        return self.sent(binding, sent)

    def acs(self, body):
        got, binding = fields(body)
        response = self.client.parse_authn_request_response(got["SAMLResponse"], binding, self.outstanding)
        self.outstanding.pop(response.in_response_to)
        self.person = response.name_id
        statement = response.assertion.authn_statement[0]
        self.got = {
            "signed_in": True,
            "issuer": response.issuer(),
            "name_id": response.name_id.text,
            "format": response.name_id.format,
            "attributes": response.ava,
            "session_index": statement.session_index,
            "context": statement.authn_context.authn_context_class_ref.text,
            "encrypted": b"EncryptedAssertion" in b64decode(got["SAMLResponse"]),
            "relay_state": got.get("RelayState"),
        }
        return self.got

    def me(self, _):
        return self.got if self.person else {"signed_in": False}

    def logout(self, address):
        asked, _ = fields(address)
        binding = {"post": POST, "soap": SOAP}.get(asked.get("binding"), REDIRECT)
        issuers = self.client.users.issuers_of_info(self.person)
        answers = self.client.do_logout(self.person, issuers, "", None, expected_binding=binding)
        answer = answers[self.got["issuer"]]
        if binding == SOAP:
            return self.left(answer)
        return self.sent(*answer)

    def left(self, answer):
        self.person = None
        return {"status": answer.response.status.status_code.value}

    def slo(self, said):
        got, binding = fields(said)
        if "SAMLResponse" in got:
            answer = self.client.parse_logout_request_response(got["SAMLResponse"], binding)
            self.client.handle_logout_response(answer)
            return self.left(answer)
        signed = {"sigalg": got.get("SigAlg"), "signature": got.get("Signature")} if binding == REDIRECT else {}
        return self.sent(binding, self.told(got["SAMLRequest"], binding, relay_state=got.get("RelayState"), **signed))

    def soap(self, said):
        return Text(self.told(said, SOAP)["data"], "text/xml")

    def told(self, request, binding, **how):
        sent = self.client.handle_logout_request(request, self.person, binding, **how)
        if self.person and not self.client.is_logged_in(self.person):
            self.person = None
        return sent


serve(Party)
