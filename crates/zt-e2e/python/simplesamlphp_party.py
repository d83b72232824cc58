"""A service provider: SimpleSAMLphp, as docs/examples/clients has it, in PHP's own web server. It says where it is when it answers."""
import os

from httpd import ROOT, drained, folder, free_port, running
from saml_party import ENCRYPTED, kept

PHP = ROOT / "crates/zt-e2e/php"
# What every installation has. Debian's file is for one that is served by TLS.
CONFIG = """<?php
$config = [
    'baseurlpath' => '%(here)s/',
    'certdir' => '%(place)s/',
    'loggingdir' => '%(place)s/',
    'datadir' => '%(place)s/',
    'tempdir' => '%(place)s/temporary',
    'metadatadir' => '%(place)s/',
    'metadata.sources' => [['type' => 'xml', 'file' => '%(place)s/provider.xml']],
    'secretsalt' => '%(salt)s',
    'auth.adminpassword' => '%(salt)s',
    'timezone' => 'UTC',
    'logging.handler' => 'errorlog',
    'logging.level' => SimpleSAML\\Logger::WARNING,
    'debug' => ['saml' => false, 'backtraces' => true, 'validatexml' => true],
    'errorreporting' => false,
    'showerrors' => true,
    'module.enable' => ['core' => true, 'saml' => true],
    'store.type' => 'sql',
    'store.sql.dsn' => 'sqlite:%(place)s/sessions.sq3',
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'trusted.url.domains' => ['127.0.0.1:%(port)s'],
];
"""


def entity():
    """The entity id of the identity provider, out of its metadata."""
    return (place / "provider.xml").read_text().split('entityID="', 1)[1].split('"', 1)[0]


with folder() as place:
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    kept(place)
    told = {"here": here, "place": place, "port": port, "salt": os.urandom(16).hex()}
    (place / "config.php").write_text(CONFIG % told)
    example = (ROOT / "docs/examples/clients/simplesamlphp/authsources.php").read_text()
    demanded = "        'assertion.encryption' => true,\n" if ENCRYPTED else ""
    changes = {"https://id.example.org/saml/metadata": entity(), "        'saml:SP',\n": "        'saml:SP',\n" + demanded}
    for written, instead in changes.items():
        if example.count(written) < 1:
            raise RuntimeError(f"no `{written}` in the example")
        # The first time is in what it says to people.
        example = instead.join(example.rsplit(written, 1))
    (place / "authsources.php").write_text(example)
    command = ["php", "-d", "display_errors=0", "-S", f"127.0.0.1:{port}", "-t", "/usr/share/simplesamlphp/www", PHP / "pages.php"]
    with running(command, "started", {"SIMPLESAMLPHP_CONFIG_DIR": place, "HERE": here}) as server:
        print(here, flush=True)
        drained(server)
