"""What signxml, lxml and cryptography say of documents: `sign`, `verify` or `decrypt`."""

import base64
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree
from signxml import XMLSigner, XMLVerifier, methods
from signxml.verifier import SignatureConfiguration

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def sign(path, key, certificate, algorithm, digest):
    root = etree.fromstring(read(path))
    signer = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=algorithm,
        digest_algorithm=digest,
        c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
    )
    signed = signer.sign(
        root,
        key=read(key),
        cert=read(certificate),
        reference_uri="#" + root.get("ID"),
        id_attribute="ID",
    )
    sys.stdout.buffer.write(etree.tostring(signed))


def verify(path, certificate):
    result = XMLVerifier().verify(
        read(path),
        x509_cert=x509.load_pem_x509_certificate(read(certificate)),
        id_attribute="ID",
        expect_config=SignatureConfiguration(location="./"),
    )
    sys.stdout.buffer.write(etree.tostring(result.signed_xml, method="c14n", exclusive=True))


def decrypt(path, key):
    root = etree.fromstring(read(path))
    key = serialization.load_pem_private_key(read(key), None)
    wrapped = root.find(f"{DS}KeyInfo/{XENC}EncryptedKey")
    method = wrapped.find(f"{XENC}EncryptionMethod")
    mask = method.find("{http://www.w3.org/2009/xmlenc11#}MGF")
    digest = method.find(f"{DS}DigestMethod").get("Algorithm").rpartition("#")[2]
    if method.get("Algorithm").endswith("#rsa-oaep-mgf1p"):
        assert (digest, mask) == ("sha1", None)
        hash_ = hashes.SHA1()
    else:
        assert method.get("Algorithm") == "http://www.w3.org/2009/xmlenc11#rsa-oaep"
        assert (digest, mask.get("Algorithm")) == ("sha256", "http://www.w3.org/2009/xmlenc11#mgf1sha256")
        hash_ = hashes.SHA256()
    value = f"{XENC}CipherData/{XENC}CipherValue"
    opened = key.decrypt(
        base64.b64decode(wrapped.findtext(value)),
        padding.OAEP(padding.MGF1(hash_), hash_, None),
    )
    bits = {"aes128-gcm": 16, "aes256-gcm": 32}
    algorithm = root.find(f"{XENC}EncryptionMethod").get("Algorithm").rpartition("#")[2]
    assert len(opened) == bits[algorithm]
    content = base64.b64decode(root.findtext(value))
    sys.stdout.buffer.write(AESGCM(opened).decrypt(content[:12], content[12:], None))


{"sign": sign, "verify": verify, "decrypt": decrypt}[sys.argv[1]](*sys.argv[2:])
