refusal-not-opened = { $application } was not opened.
refusal-signed-in-as = Signed in as { $person }.
refusal-why = Why
refusal-steps = What you can do
refusal-retry = Try again
refusal-portal = Go to the portal
refusal-reported-by = { $source } reported{" "}

refusal-title-fact-device = A problem was found on this device
refusal-title-fact-person = A problem was found with your account
refusal-title-fact-session = A problem was found with this sign-in
refusal-title-no-device-not-asked = This device could not be identified
refusal-title-no-device-no-certificate = A registered device is needed
refusal-title-no-device-expired = This device’s certificate is not valid now
refusal-title-no-device-foreign = This certificate cannot be used
refusal-title-no-device-wrong-usage = This certificate cannot be used
refusal-title-no-device-revoked = This device’s registration was withdrawn
refusal-title-no-device-unknown = This device is not registered
refusal-title-no-device-of-another-person = This is somebody else’s device
refusal-title-no-device-mismatch = This is not the device you signed in with
refusal-title-missing-evidence = This device’s condition is not known
refusal-title-assurance = A stronger sign-in is needed
refusal-title-not-entitled = This application is not among yours
refusal-title-unregistered = This application is not registered
refusal-title-session-ended = Your sign-in has ended
refusal-title-policy = A rule of your organisation does not allow this
refusal-title-person-disabled = Your account is disabled
refusal-title-person-locked = Locked for a while
refusal-title-other = Access refused

refusal-fact-malware = Malicious software was found on this device. Until it has been dealt with, no application opens from this device.
refusal-fact-compromise = Somebody else may be in control of this device. Until that has been dealt with, no application opens from this device.
refusal-fact-credential-leak = Your password or sign-in is known to others. Access is stopped so that nobody can misuse it.
refusal-fact-unusual-behaviour = Your account was used in an unusual way. Access is limited until you confirm that it was you.
refusal-fact-other = A security product reports a problem. Access is stopped until it is resolved.

refusal-no-device-not-asked = This application opens on registered devices only, and this connection did not identify one.
refusal-no-device-no-certificate = This application opens on registered devices only. Your browser presented no device certificate.
refusal-no-device-expired = The device’s certificate has expired or is not valid yet. Check the device’s date and time as well.
refusal-no-device-foreign = The certificate presented was not issued by this organisation.
refusal-no-device-wrong-usage = The certificate presented is not one that identifies a device.
refusal-no-device-revoked = This device’s certificate is revoked. You or an administrator withdrew it, for example after a loss or a return.
refusal-no-device-unknown = The certificate is valid, but the device is not in the inventory.
refusal-no-device-of-another-person = This device is assigned to somebody else. Please use your own.
refusal-no-device-mismatch = The certificate belongs to another device than the one you signed in with. Sign in again on this device.

refusal-evidence-other = Reports about this device’s condition are missing or too old.

refusal-assurance-password = This application needs your password.
refusal-assurance-mfa = This application needs a second way of confirming that it is you.
refusal-assurance-phishing-resistant = This application needs a passkey.
refusal-assurance-hardware = This application needs a security key approved by your organisation.

refusal-why-not-entitled = Only certain teams or roles use this application. If you need it for your work, ask its owner.
refusal-why-unregistered = No application is registered at this address, so nothing is passed on.
refusal-why-session-ended = Time has passed or you were signed out. Please sign in again.
refusal-why-person-disabled = An administrator has disabled this account. If that surprises you, please get in touch with one.
refusal-why-person-locked = Too many attempts failed in a row. Please wait before trying again.
refusal-why-other = The conditions for access are not met.

remedy-step-up-passkey = Confirm with a passkey and it opens.
remedy-step-up-mfa = Confirm with your authenticator app or a passkey and it opens.
remedy-enrol-device = Register this device: get a registration code in the portal, then run the registration command on the device.
remedy-present-certificate = If the device is registered, restart the browser, open this page again and choose the device’s certificate.
remedy-wait-for-device = Access comes back by itself once the problem is dealt with. Follow your organisation’s procedure.
remedy-ask-administrator = Give your administrator the reference below.
remedy-ask-owner = Ask the application’s owner for access.
remedy-sign-in-again = Sign in again.
remedy-use-another-device = Your other registered devices keep working.
remedy-nothing = There is nothing you can do yourself right now.

remedy-action-step-up-passkey = Confirm with a passkey
remedy-action-step-up-mfa = Confirm it is me
remedy-action-enrol-device = Register this device
remedy-action-present-certificate = Try again
remedy-action-wait-for-device = See its state
remedy-action-ask-administrator = Get in touch
remedy-action-ask-owner = Get in touch
remedy-action-sign-in-again = Sign in
remedy-action-use-another-device = See my devices
remedy-action-nothing = Go to the portal

refusal-title-reauthentication = Please confirm again that it is you
refusal-title-unspoken = A rule of your organisation does not allow this
refusal-title-fault = This could not be decided
refusal-why-reauthentication = You last confirmed that it was you some time ago.
refusal-why-unspoken = A rule of your organisation does not allow access under the present conditions.
refusal-why-fault = Something went wrong while the rules were evaluated, so access is refused to be safe. Give your administrator the reference below.
remedy-reauthenticate = Confirm once more that it is you and it opens.
remedy-action-reauthenticate = Confirm it is me
