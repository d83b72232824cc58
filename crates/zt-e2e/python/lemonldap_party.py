"""A relying party: the portal of LemonLDAP::NG, as docs/examples/clients has it, in Plack behind Apache. It says where it is."""
import json
import os
import ssl
from string import Template
from urllib.request import urlopen

from httpd import ROOT, apache, drained, folder, free_port, running


ISSUER, AUTHORITY = os.environ["ISSUER"], os.environ["REQUESTS_CA_BUNDLE"]


def fetched(address):
    with urlopen(address, context=ssl.create_default_context(cafile=AUTHORITY)) as answer:
        return answer.read().decode()


def configuration(here, place):
    """What the administrator of LemonLDAP::NG writes, and beside it what every installation has."""
    example = (ROOT / "docs/examples/clients/lemonldap-ng.json").read_text()
    metadata = fetched(f"{ISSUER}/.well-known/openid-configuration")
    sessions = place / "sessions"
    (sessions / "lock").mkdir(parents=True)
    return {
        **json.loads(Template(example).safe_substitute(os.environ)),
        "cfgNum": 1,
        "cfgDate": 1,
        "portal": f"{here}/",
        "domain": "127.0.0.1",
        "cookieName": "lemonldap",
        "securedCookie": 0,
        "locationRules": {"127.0.0.1": {"default": "accept"}},
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": {"Directory": str(sessions), "LockDirectory": str(sessions / "lock")},
        "localSessionStorageOptions": {"namespace": "sessions", "cache_root": str(place / "cache"), "cache_depth": 0},
        "oidcOPMetaDataJSON": {"sekisho": metadata},
        "oidcOPMetaDataJWKS": {"sekisho": fetched(json.loads(metadata)["jwks_uri"])},
        "portalDisplayRegister": 0,
    }


# The portal, and two pages more, by which it is later for the portal, and now again.
PROGRAM = """
$main::later = 0;
BEGIN { *CORE::GLOBAL::time = sub () { CORE::time() + $main::later } }
use Lemonldap::NG::Portal::Main;
my $portal = Lemonldap::NG::Portal::Main->run({});
sub {
  my $page = $_[0]{PATH_INFO};
  if ($page eq '/later') { $main::later += 300 }
  elsif ($page eq '/now') { $main::later = 0 }
  else { return $portal->($_[0]) }
  return [200, [], [$page]];
}
"""

with folder() as place:
    port, portal = free_port(), free_port()
    here = f"http://127.0.0.1:{port}"
    kept = place / "conf"
    kept.mkdir()
    (kept / "lmConf-1.json").write_text(json.dumps(configuration(here, place)))
    settings = place / "lemonldap-ng.ini"
    settings.write_text(
        f"[all]\nlogLevel = {os.environ.get('LLNG_LOG', 'warn')}\n"
        f"[configuration]\ntype = File\ndirName = {kept}\n"
        "[portal]\nstaticPrefix = /static\ntemplateDir = /usr/share/lemonldap-ng/portal/templates\nlanguages = en\n"
    )
    command = ["plackup", "--server", "HTTP::Server::PSGI", "--host", "127.0.0.1", "--port", str(portal), "--no-default-middleware"]
    told = {"LLNG_DEFAULTCONFFILE": settings, "PERL_LWP_SSL_CA_FILE": AUTHORITY}
    with running([*command, "-e", PROGRAM], "Accepting connections", told) as server:
        with apache("lemonldap_ng.conf", place, port, {"PORTAL": portal}):
            print(here, flush=True)
            drained(server)
