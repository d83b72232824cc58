"""A service provider on the PyPI package python3-saml. It says where it is, signs in whoever comes, and answers in JSON what it got."""
from pathlib import Path
from urllib.parse import urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from party import Text, serve
from saml_party import CERTIFICATE, ENCRYPTED, KEY, POST, REDIRECT, fields, provider_metadata


class Refused(Exception):
    """What the library did not take, and why."""


class Party:
    def __init__(self, here):
        self.here = here
        settings = {
            "strict": True,
            "sp": {
                "entityId": f"{here}/metadata",
                "assertionConsumerService": {"url": f"{here}/acs", "binding": POST},
                "singleLogoutService": {"url": f"{here}/slo", "binding": REDIRECT},
                "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
                "x509cert": Path(CERTIFICATE).read_text(),
                "privateKey": Path(KEY).read_text(),
            },
            "security": {
                "authnRequestsSigned": True,
                "logoutRequestSigned": True,
                "logoutResponseSigned": True,
                # Logout messages are, in any case; a response that carries a signed assertion need not be.
                "wantMessagesSigned": False,
                "wantAssertionsSigned": True,
                "wantAssertionsEncrypted": ENCRYPTED,
                "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
                "rejectDeprecatedAlgorithm": True,
                "requestedAuthnContext": False,
            },
        }
        described = OneLogin_Saml2_IdPMetadataParser.parse(provider_metadata(), required_slo_binding=REDIRECT)
        self.settings = OneLogin_Saml2_IdPMetadataParser.merge_settings(settings, described)
        described = OneLogin_Saml2_Settings(self.settings).get_sp_metadata()
        self.described = Text(str(described, "utf-8"), "application/samlmetadata+xml")
        self.got, self.begun = None, None

    def metadata(self, _):
        return self.described

    def auth(self, said, page, **security):
        """The library for one request, the way a web framework hands it over."""
        got, binding = fields(said)
        request = {
            "https": "off",
            "http_host": urlsplit(self.here).netloc,
            "script_name": f"/{page}",
            "get_data": got if binding == REDIRECT else {},
            "post_data": got if binding == POST else {},
            "query_string": urlsplit(said).query if binding == REDIRECT else "",
            "validate_signature_from_qs": True,
        }
        settings = {**self.settings, "security": {**self.settings["security"], **security}}
        return OneLogin_Saml2_Auth(request, settings), got

    def login(self, address):
        asked, _ = fields(address)
        wishes = {}
        if "context" in asked:
            wishes = {"requestedAuthnContext": [asked["context"]], "requestedAuthnContextComparison": asked.get("comparison", "exact")}
        auth, _ = self.auth(self.here, "login", **wishes)
        to = auth.login("back-1", force_authn="force" in asked, is_passive="passive" in asked)
        self.begun = auth.get_last_request_id()
        return {"to": to}

    def acs(self, body):
        auth, got = self.auth(body, "acs")
        # It remembers none itself: every request is answered once.
        begun, self.begun = self.begun, None
        if not begun:
            raise Refused("nothing was asked")
        auth.process_response(begun)
        if auth.get_errors():
            raise Refused(auth.get_last_error_reason())
        raw = OneLogin_Saml2_Utils.b64decode(got["SAMLResponse"]).decode()
        self.auth_of = auth
        self.got = {
            "signed_in": True,
            "issuer": self.settings["idp"]["entityId"],
            "name_id": auth.get_nameid(),
            "format": auth.get_nameid_format(),
            "attributes": auth.get_attributes(),
            "session_index": auth.get_session_index(),
            "context": auth.get_last_authn_contexts()[0],
            "encrypted": "EncryptedAssertion" in raw,
            "relay_state": got.get("RelayState"),
        }
        return self.got

    def me(self, _):
        return self.got or {"signed_in": False}

    def logout(self, _):
        last = self.auth_of
        auth, _ = self.auth(self.here, "logout")
        to = auth.logout(
            "bye-1",
            name_id=last.get_nameid(),
            session_index=last.get_session_index(),
            nq=last.get_nameid_nq(),
            name_id_format=last.get_nameid_format(),
            spnq=last.get_nameid_spnq(),
        )
        self.leaving = auth.get_last_request_id()
        return {"to": to}

    def slo(self, address):
        auth, got = self.auth(address, "slo", wantMessagesSigned=True)
        asked = "SAMLRequest" in got
        to = auth.process_slo(request_id=None if asked else self.leaving, delete_session_cb=self.ends)
        if auth.get_errors():
            raise Refused(auth.get_last_error_reason() or auth.get_errors())
        if asked:
            return {"to": to}
        return {"status": "urn:oasis:names:tc:SAML:2.0:status:Success"}

    def ends(self):
        self.got = None


serve(Party)
