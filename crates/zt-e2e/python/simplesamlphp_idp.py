"""An identity provider for the bench: SimpleSAMLphp in Apache, as fast as its settings make it. It says where it is when it answers.

Compiled pages stay in memory and are never looked at again, sessions are in memory, metadata is PHP and no XML, and nothing but
errors is logged. It gives what the bench's registrations say: to the first service provider signed assertions, to the second signed
responses too."""
import os
import shutil
import tempfile
from pathlib import Path

from httpd import apache, drained, folder, free_port
from saml_party import CERTIFICATE, KEY

CONFIG = """<?php
$config = [
    'baseurlpath' => '%(here)s/',
    'certdir' => '%(place)s/',
    'loggingdir' => '%(place)s/',
    'datadir' => '%(place)s/',
    'tempdir' => '%(place)s/temporary',
    'metadatadir' => '%(place)s/',
    'metadata.sources' => [['type' => 'flatfile']],
    'secretsalt' => '%(salt)s',
    'auth.adminpassword' => '%(salt)s',
    'timezone' => 'UTC',
    'production' => true,
    'logging.handler' => 'errorlog',
    'logging.level' => SimpleSAML\\Logger::ERR,
    'debug' => null,
    'errorreporting' => false,
    'showerrors' => false,
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
    'store.type' => 'phpsession',
    'session.phpsession.savepath' => '%(sessions)s',
    'session.cookie.secure' => true,
    'template.cache' => '%(place)s/temporary',
];
"""
SOURCES = """<?php
$config = [
    'aiko' => [
        'exampleauth:StaticSource',
        'urn:oid:0.9.2342.19200300.100.1.1' => ['aiko'],
        'urn:oid:2.16.840.1.113730.3.1.241' => ['Aiko'],
        'urn:oid:0.9.2342.19200300.100.1.3' => ['aiko@example.com'],
        'urn:oid:1.3.6.1.4.1.5923.1.5.1.1' => ['everyone', 'staff'],
    ],
];
"""
HOSTED = """<?php
$metadata['%(here)s/metadata'] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'key.pem',
    'certificate' => 'certificate.pem',
    'auth' => 'aiko',
    'redirect.validate' => true,
    'validate.authnrequest' => true,
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'authproc' => [3 => ['class' => 'saml:PersistentNameID', 'attribute' => 'urn:oid:0.9.2342.19200300.100.1.1']],
];
"""
REMOTE = """
$metadata['%(entity)s'] = [
    'AssertionConsumerService' => '%(entity)s/acs',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'certData' => '%(certificate)s',
    'saml20.sign.assertion' => true,
    'saml20.sign.response' => %(twice)s,
    'assertion.encryption' => false,
];
"""
FASTER = """
opcache.enable=1
opcache.validate_timestamps=0
opcache.interned_strings_buffer=16
opcache.save_comments=0
realpath_cache_size=4096K
realpath_cache_ttl=600
"""

with folder() as place, tempfile.TemporaryDirectory(dir="/dev/shm") as sessions:
    os.chmod(sessions, 0o777)
    port, host = free_port(), os.environ["HOST"]
    here = f"https://{host}:{port}"
    (place / "temporary").mkdir()
    (place / "temporary").chmod(0o777)
    shutil.copyfile(KEY, place / "key.pem")
    shutil.copyfile(CERTIFICATE, place / "certificate.pem")
    for name in ("key.pem", "certificate.pem"):
        (place / name).chmod(0o644)
    told = {"here": here, "place": place, "sessions": sessions, "salt": os.urandom(16).hex()}
    (place / "config.php").write_text(CONFIG % told)
    (place / "authsources.php").write_text(SOURCES)
    (place / "saml20-idp-hosted.php").write_text(HOSTED % told)
    remote = "<?php\n"
    for entity in os.environ["ENTITIES"].split():
        twice = "true" if entity == os.environ["SIGNED_TWICE"] else "false"
        remote += REMOTE % {"entity": entity, "certificate": os.environ["PARTY_CERTIFICATE"], "twice": twice}
    (place / "saml20-sp-remote.php").write_text(remote)
    (place / "faster").mkdir()
    (place / "faster/faster.ini").write_text(FASTER)
    environment = {
        "HOST": host,
        "SIMPLESAMLPHP_CONFIG_DIR": place,
        # The folders of the distribution, and this one after them.
        "PHP_INI_SCAN_DIR": f":{place / 'faster'}",
        "PHP_MODULE": next(Path("/usr/lib/apache2/modules").glob("libphp*.so")),
    }
    with apache("simplesamlphp.conf", place, port, environment) as server:
        print(here, flush=True)
        drained(server)
