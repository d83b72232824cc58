//! Clients that prove by the certificate of their connection who they are (RFC 8705 §2).

use zt_crypto::x509::client::{CertificateDer, CertificateName, ClientAuthorities, is_in, is_of};
use zt_federation::{Authentication, Client, ErrorCode, Fault, OwnerName};
use zt_types::Timestamp;

/// Whether the certificates that a connection shows are this client's, now; `keys` are its key set.
pub(super) fn judge(
    chain: &[CertificateDer<'static>],
    client: &Client,
    keys: Option<&str>,
    now: Timestamp,
) -> Result<(), Fault> {
    let wrong = |description| Err(Fault::new(ErrorCode::InvalidClient, description));
    let Some(leaf) = chain.first() else {
        return wrong("the connection shows no certificate");
    };
    if client.authentication == Authentication::TlsRegistered {
        // RFC 8705 §2.2: nobody vouches for it but who registered it; its own dates say nothing more.
        return if is_in(leaf, keys.unwrap_or_default()) {
            Ok(())
        } else {
            wrong("the certificate of the connection is not registered for the client")
        };
    }
    let Some(owner) = &client.safeguards.certificate else {
        return wrong("no certificate is registered for the client");
    };
    let name = match &owner.name {
        OwnerName::SubjectDn(name) => CertificateName::Subject(name),
        OwnerName::SanDns(name) => CertificateName::Dns(name),
        OwnerName::SanUri(name) => CertificateName::Uri(name),
        OwnerName::SanIp(address) => CertificateName::Ip(*address),
        OwnerName::SanEmail(name) => CertificateName::Email(name),
    };
    let authorities = ClientAuthorities::read(&owner.authorities);
    let is_vouched_for = authorities.is_ok_and(|authorities| authorities.vouch_for(chain, now));
    if !is_vouched_for {
        return wrong("no authority of the client's vouches for the certificate of the connection");
    }
    if !is_of(leaf, &name) {
        return wrong("the certificate of the connection is of another name");
    }
    Ok(())
}
