"""A service provider: Apache with mod_shib, and shibd, as docs/examples/clients has them. It says where it is when it answers."""
import os
import shutil
from string import Template
from threading import Thread

from httpd import ROOT, drained, folder, free_port, pages, running
from saml_party import ENCRYPTED, kept

PAGES = '''
def login(asked):
    wishes = {"target": HERE + "/me"}
    if "force" in asked:
        wishes["forceAuthn"] = "true"
    if "passive" in asked:
        wishes["isPassive"] = "true"
    if "context" in asked:
        wishes |= {"authnContextClassRef": asked["context"], "authnContextComparison": asked.get("comparison", "exact")}
    if "binding" in asked:
        wishes["outgoingBinding"] = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    return moved("/Shibboleth.sso/Login", wishes)

def logout(asked):
    return moved("/Shibboleth.sso/Logout", {"return": HERE + "/me"})

def me(asked):
    if "Shib_Session_ID" not in environ:
        return {"signed_in": False}
    return {
        "signed_in": True,
        "issuer": environ["Shib_Identity_Provider"],
        "name_id": environ.get("persistent_id"),
        "format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" if "persistent_id" in environ else None,
        "attributes": {name: environ[name].split(";") for name in ("uid", "displayName", "mail", "isMemberOf") if name in environ},
        "session_index": environ["Shib_Session_Index"],
        "context": environ["Shib_AuthnContext_Class"],
    }
'''


def configuration(here, place):
    """What its administrator writes; but that browsers come here without TLS, and where there is no system service, its socket."""
    example = (ROOT / "docs/examples/clients/shibboleth/shibboleth2.xml").read_text()
    metadata = os.environ["METADATA"]
    told = {"HERE": here, "FOLDER": place, "CA_FILE": place / "authority.pem"}
    text = Template(example).safe_substitute(told).replace("${ID}/saml/metadata", metadata)
    changes = {
        'handlerSSL="true" cookieProps="https"': 'handlerSSL="false" cookieProps="http"',
        'clockSkew="180">': f'clockSkew="180">\n<UnixListener address="{place}/shibd.sock"/>',
    }
    if not ENCRYPTED:
        begin = text.index('    <CredentialResolver type="File" use="encryption"')
        text = text[:begin] + text[text.index("\n", begin) :]
    for written, here_instead in changes.items():
        if written not in text:
            raise RuntimeError(f"no `{written}` in the example")
        text = text.replace(written, here_instead)
    return text


with folder() as place:
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    told = kept(place)
    if "REQUESTS_CA_BUNDLE" in os.environ:
        shutil.copyfile(os.environ["REQUESTS_CA_BUNDLE"], place / "authority.pem")
    shutil.copyfile(ROOT / "docs/examples/clients/shibboleth/attribute-map.xml", place / "attribute-map.xml")
    written = place / "shibboleth2.xml"
    written.write_text(configuration(here, place))
    # It says what it says on standard output.
    command = ["sh", "-c", 'exec stdbuf -oL shibd -F -f -c "$1" -p "$2" 1>&2', "shibd", written, place / "shibd.pid"]
    logged = {"SHIBSP_LOGGING": ROOT / "crates/zt-e2e/apache/shibd.logger"}
    with running(command, "listener service starting", logged) as shibd:
        Thread(target=drained, args=[shibd], daemon=True).start()
        with pages("mod_shib.conf", place, port, PAGES, told) as server:
            print(here, flush=True)
            drained(server)
