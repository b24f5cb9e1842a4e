//! Who is trusted and who we are: access of a device to what TLS and HTTP need.
//!
//! With certificates of the device's own nobody else is trusted: a pinned authority. Without, those of the system. A private
//! key stands in the secret, behind a password if there is one. Encryption is rustls, with TLS 1.2 and 1.3.

use protocols::setup::Access;
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Where the private key begins within a secret.
const KEY: &str = "-----BEGIN";

/// What is kept of a secret: the password or token, and the key of the client certificate.
pub(crate) fn parts(secret: Option<&str>) -> (Option<&str>, Option<&str>) {
    let Some(secret) = secret else { return (None, None) };
    let (word, key) = match secret.find(KEY) {
        Some(at) => (&secret[..at], Some(&secret[at..])),
        None => (secret, None),
    };
    (Some(word.trim_end_matches(['\r', '\n'])).filter(|word| !word.is_empty()), key)
}

/// How a connection is encrypted; what is wrong in words of a person who set it up.
pub(crate) fn config(access: &Access, secret: Option<&str>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS can't be used here ({error})."))?;
    let builder = match access.ca.as_deref().filter(|ca| !ca.trim().is_empty()) {
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(ca, "trusted")? {
                roots.add(certificate).map_err(|error| {
                    format!("a trusted certificate of the device's setup can't be used ({error}). Paste the authority's certificate again.")
                })?;
            }
            builder.with_root_certificates(roots)
        }
        None => builder
            .with_platform_verifier()
            .map_err(|error| format!("the system's trusted certificates can't be read ({error}). Give the device a certificate to trust."))?,
    };
    let own = access.certificate.as_deref().filter(|own| !own.trim().is_empty());
    match (own, parts(secret).1) {
        (None, _) => Ok(builder.with_no_client_auth()),
        (Some(_), None) => {
            Err("the device has a client certificate, but its private key is not kept. Write it as the device's secret.".to_owned())
        }
        (Some(own), Some(key)) => {
            let chain = certificates(own, "own")?;
            // What is wrong with a key is not said in detail: nothing of it belongs in a message.
            let wrong = || "the private key of the client certificate can't be used. Write it as PEM, without a passphrase.".to_owned();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| wrong())?;
            builder.with_client_auth_cert(chain, key).map_err(|_| wrong())
        }
    }
}

fn certificates(pem: &str, which: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = || {
        format!(
            "the {which} certificate of the device's setup is no PEM. Paste it with its BEGIN and END lines."
        )
    };
    let all: Vec<_> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|_| wrong())?;
    if all.is_empty() { Err(wrong()) } else { Ok(all) }
}

/// Whose certificate is expected at `host:port`.
pub(crate) fn name(address: &str) -> Result<ServerName<'static>, String> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    ServerName::try_from(host.clone())
        .map_err(|_| format!("'{host}' is no name that a certificate can have."))
}

/// What came of a handshake, in words.
pub(crate) fn said(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(reason)) => words(reason),
        Some(rustls::Error::AlertReceived(alert)) => format!(
            "it does not accept how we sign in ({alert:?}). Check the client certificate, if it asks for one."
        ),
        Some(rustls::Error::InvalidMessage(_)) => {
            "it does not speak TLS there. Check the port, or write the address without encryption.".to_owned()
        }
        Some(error) => format!("{error}."),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "it closed the connection before it was encrypted. Check that the port is one for TLS.".to_owned()
        }
        None => format!("{error}."),
    }
}

fn words(reason: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Reason;
    match reason {
        Reason::UnknownIssuer => {
            "its certificate is not signed by one that is trusted here. Give the device the authority's certificate."
                .to_owned()
        }
        Reason::Expired | Reason::ExpiredContext { .. } => "its certificate has expired.".to_owned(),
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => {
            "its certificate is not valid yet. Check the clock of this machine.".to_owned()
        }
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => {
            "its certificate is for another name. Write the address as the certificate has it.".to_owned()
        }
        Reason::Revoked => "its certificate has been revoked.".to_owned(),
        other => format!("its certificate is not accepted ({other})."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_holds_a_word_and_a_key() {
        assert_eq!(parts(None), (None, None));
        assert_eq!(parts(Some("word")), (Some("word"), None));
        assert_eq!(parts(Some("w\n-----BEGIN X")), (Some("w"), Some("-----BEGIN X")));
        assert_eq!(parts(Some("-----BEGIN X")), (None, Some("-----BEGIN X")));
    }

    #[test]
    fn what_is_no_certificate_is_said_without_repeating_it() {
        for ca in ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            let access = Access { ca: Some(ca.to_owned()), ..Access::default() };
            let said = config(&access, Some("hunter2")).expect_err("refused");
            assert!(said.ends_with('.') && !said.contains("hunter2"), "{said}");
        }
        let access = Access { certificate: Some("x".to_owned()), ..Access::default() };
        assert!(config(&access, None).is_err());
        assert!(config(&Access::default(), None).is_ok());
    }

    #[test]
    fn names_of_certificates() {
        for address in ["broker:8883", "127.0.0.1:8883", "[::1]:8883"] {
            assert!(name(address).is_ok(), "{address}");
        }
        assert!(name("a b:1").is_err());
    }
}
