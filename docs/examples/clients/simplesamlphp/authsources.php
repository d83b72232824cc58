<?php
// In SimpleSAMLphp (1.19): a service provider that signs people in at Sekisho. What https://id.<domain>/saml/metadata said is in
// metadata/sekisho.xml, which config.php names: 'metadata.sources' => [['type' => 'xml', 'file' => 'metadata/sekisho.xml']].
// A key of its own (openssl req -x509 -newkey rsa:3072 -nodes -keyout key.pem -out certificate.pem) is in its certdir.
$config = [
    'sekisho' => [
        'saml:SP',
        'idp' => 'https://id.example.org/saml/metadata',
        'privatekey' => 'key.pem',
        'certificate' => 'certificate.pem',
        'sign.authnrequest' => true,
        'sign.logout' => true,
        'redirect.sign' => true,
        'redirect.validate' => true,
        'WantAssertionsSigned' => true,
        'NameIDPolicy' => ['Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'AllowCreate' => true],
    ],
];
