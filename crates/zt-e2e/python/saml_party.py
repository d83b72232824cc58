"""What service providers in Python share: the identity provider's metadata, and what a message comes in."""
import os
import shutil
import ssl
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SOAP = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"

# The file of the key and of its certificate, and whether assertions have to be encrypted for it.
KEY, CERTIFICATE, ENCRYPTED = os.environ["KEY"], os.environ["CERTIFICATE"], os.environ.get("ENCRYPTED") == "yes"


def provider_metadata():
    """The text of the identity provider's metadata."""
    trust = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE"))
    address = os.environ["METADATA"]
    with urlopen(address, context=trust if address.startswith("https:") else None) as answer:
        return answer.read().decode()


def kept(place):
    """The metadata, and key and certificate, as files in that folder that a web server can read who is not root."""
    named = {"METADATA_FILE": place / "provider.xml", "KEY_FILE": place / "key.pem", "CERTIFICATE_FILE": place / "certificate.pem"}
    named["METADATA_FILE"].write_text(provider_metadata())
    shutil.copyfile(KEY, named["KEY_FILE"])
    shutil.copyfile(CERTIFICATE, named["CERTIFICATE_FILE"])
    return named


def fields(said):
    """The fields of an address's query, or of a form; and the binding that they came by."""
    if said.startswith(("http://", "https://")):
        return dict(parse_qsl(urlsplit(said).query)), REDIRECT
    return dict(parse_qsl(said)), POST
