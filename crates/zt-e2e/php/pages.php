<?php
// The pages of a service provider on SimpleSAMLphp: everything else is served by its own files.
require_once '/usr/share/simplesamlphp/lib/_autoload.php';

$page = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (!in_array($page, ['/login', '/me', '/logout'], true)) {
    return false;
}
$me = getenv('HERE') . '/me';
$party = new \SimpleSAML\Auth\Simple('sekisho');
if ($page === '/login') {
    $asked = ['ReturnTo' => $me];
    if (isset($_GET['force'])) {
        $asked['ForceAuthn'] = true;
    }
    if (isset($_GET['passive'])) {
        $asked['isPassive'] = true;
    }
    if (isset($_GET['context'])) {
        $asked['saml:AuthnContextClassRef'] = $_GET['context'];
        $asked['saml:AuthnContextComparison'] = $_GET['comparison'] ?? 'exact';
    }
    $party->login($asked);
}
if ($page === '/logout' && $party->isAuthenticated()) {
    $party->logout($me);
}
$said = ['signed_in' => false];
if ($party->isAuthenticated()) {
    $name = $party->getAuthData('saml:sp:NameID');
    $said = [
        'signed_in' => true,
        'issuer' => $party->getAuthData('saml:sp:IdP'),
        'name_id' => $name->getValue(),
        'format' => $name->getFormat(),
        'attributes' => $party->getAttributes(),
        'session_index' => $party->getAuthData('saml:sp:SessionIndex'),
        'context' => $party->getAuthData('saml:sp:AuthnContext'),
    ];
}
header('Content-Type: application/json');
header('Cache-Control: no-store');
echo json_encode($said, JSON_UNESCAPED_SLASHES);
