"""Are documents what the schemas of OASIS and the W3C say? Reads the files named; prints `valid NAME`, or what is wrong, a line each,
and fails if anything is. The schemas are those of the Debian packages opensaml-schemas and xmltooling-schemas; nothing is fetched.
"""

import os
import sys

from lxml import etree

HOMES = ["/usr/share/xml/opensaml", "/usr/share/xml/xmltooling"]
SCHEMAS = [
    ("urn:oasis:names:tc:SAML:2.0:assertion", "saml-schema-assertion-2.0.xsd"),
    ("urn:oasis:names:tc:SAML:2.0:protocol", "saml-schema-protocol-2.0.xsd"),
    ("urn:oasis:names:tc:SAML:2.0:metadata", "saml-schema-metadata-2.0.xsd"),
    ("urn:oasis:names:tc:SAML:metadata:algsupport", "sstc-saml-metadata-algsupport-v1.0.xsd"),
    ("urn:oasis:names:tc:SAML:metadata:ui", "sstc-saml-metadata-ui-v1.0.xsd"),
    ("http://www.w3.org/2000/09/xmldsig#", "xmldsig-core-schema.xsd"),
    ("http://www.w3.org/2001/04/xmlenc#", "xenc-schema.xsd"),
    ("http://www.w3.org/2009/xmlenc11#", "xenc11-schema.xsd"),
    ("http://schemas.xmlsoap.org/soap/envelope/", "soap-envelope.xsd"),
]


def installed(name):
    for home in HOMES:
        path = os.path.join(home, name)
        if os.path.exists(path):
            return path
    sys.exit(f"no {name}: run `cargo xtask peers`")


class Local(etree.Resolver):
    """What a schema imports by an address is the installed file of that name."""

    def resolve(self, url, public_id, context):
        # XML Schema 1.0 itself has one of these before its elements, which says nothing that matters here.
        if url and url.endswith(".dtd"):
            return self.resolve_empty(context)
        return self.resolve_filename(installed(os.path.basename(url or "")), context)


def schema():
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{installed(name)}"/>'
        for namespace, name in SCHEMAS
    )
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.fromstring(text.encode(), parser))


def main():
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    checked = schema()
    wrong = False
    for path in sys.argv[1:]:
        name = os.path.basename(path)
        if checked.validate(etree.parse(path, parser)):
            print(f"valid {name}")
            continue
        wrong = True
        for error in checked.error_log:
            print(f"wrong {name}: {error.message}")
    sys.exit(wrong)


main()
