"""A service provider: Apache with mod_auth_mellon, as docs/examples/clients has it. It says where it is when it answers."""
from httpd import drained, folder, free_port, pages
from saml_party import kept

# A sign-in cannot be demanded anew of mod_auth_mellon, and it asks by the Redirect binding only.
PAGES = r'''
import base64, re, xml.etree.ElementTree as tree

def login(asked):
    passive = {"IsPassive": "true"} if "passive" in asked else {}
    return moved("/mellon/login", {"ReturnTo": HERE + "/me", **passive})

def logout(asked):
    return moved("/mellon/logout", {"ReturnTo": HERE + "/me"})

def me(asked):
    if "MELLON_NAME_ID" not in environ:
        return {"signed_in": False}
    held = tree.fromstring(base64.b64decode(environ["MELLON_SESSION"]))
    def first(name):
        return next(held.iter("{urn:oasis:names:tc:SAML:2.0:assertion}" + name))
    names = [attribute.get("Name") for attribute in held.iter("{urn:oasis:names:tc:SAML:2.0:assertion}Attribute")]
    return {
        "signed_in": True,
        "issuer": first("Issuer").text,
        "name_id": environ["MELLON_NAME_ID"],
        "format": first("NameID").get("Format"),
        "attributes": {name: environ["MELLON_" + re.sub(r"\W", "_", name)].split(";") for name in names},
        "session_index": first("AuthnStatement").get("SessionIndex"),
        "context": first("AuthnContextClassRef").text,
    }
'''

with folder() as place:
    port = free_port()
    with pages("mod_auth_mellon.conf", place, port, PAGES, kept(place)) as server:
        print(f"http://127.0.0.1:{port}", flush=True)
        drained(server)
