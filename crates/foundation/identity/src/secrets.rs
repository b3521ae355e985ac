//! Secrets: what is encrypted at rest, and the random tokens of cookies and links.
//!
//! No type here prints what it holds.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use yagura_kernel::id::IdGenerator;
use zeroize::Zeroizing;

const FORMAT_VERSION: u8 = 1;
const NONCE_LENGTH: usize = 24;

/// The sealed bytes are damaged, belong to another record or were sealed under another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored secret cannot be opened: it is damaged, or the installation key is another one")]
pub struct SealError;

/// Seals secrets that the program itself must be able to read again (TOTP secrets, client
/// secrets of identity providers) under the installation key, which is not in the database.
///
/// XChaCha20-Poly1305 with a random 24-byte nonce. The context (what the secret is, and of which
/// record) is authenticated, so that a sealed value copied to another record does not open.
pub struct SecretBox {
    cipher: XChaCha20Poly1305,
    marking_key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for SecretBox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretBox(…)")
    }
}

impl SecretBox {
    /// A box under the installation key.
    #[must_use]
    pub fn new(installation_key: &[u8; 32]) -> Self {
        let sealing_key = derive(installation_key, b"yagura identity: sealing");
        Self {
            cipher: XChaCha20Poly1305::new((&*sealing_key).into()),
            marking_key: derive(installation_key, b"yagura identity: marking"),
        }
    }

    /// Encrypts a secret for one record.
    ///
    /// # Errors
    /// [`SealError`] where the secret is too long to encrypt (some 256 GiB).
    pub fn seal(
        &self,
        context: &str,
        secret: &[u8],
        ids: &dyn IdGenerator,
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LENGTH];
        ids.fill_secret(&mut nonce);
        let payload = Payload {
            msg: secret,
            aad: context.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError)?;
        let mut out = Vec::with_capacity(1 + NONCE_LENGTH + sealed.len());
        out.push(FORMAT_VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Decrypts what [`Self::seal`] made for the same context.
    ///
    /// # Errors
    /// [`SealError`] where it does not open.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError)?;
        if *version != FORMAT_VERSION {
            return Err(SealError);
        }
        let (nonce, message) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or(SealError)?;
        let payload = Payload {
            msg: message,
            aad: context.as_bytes(),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| SealError)
    }

    /// A mark by which two equal values are recognised without being readable from the database:
    /// HMAC-SHA-256 under a key derived from the installation key.
    #[must_use]
    pub fn mark(&self, context: &str, value: &[u8]) -> [u8; 32] {
        keyed(&self.marking_key, &[context.as_bytes(), b"\0", value])
    }
}

fn derive(key: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(keyed(key, &[purpose]))
}

fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key of exactly one hash length fits every HMAC, so the fallback is never taken.
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else {
        return [0; 32];
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// A random token of 32 bytes: the value of a session's cookie, of a link, of a ceremony.
///
/// The database keeps only its SHA-256, which suffices because the token itself cannot be
/// guessed. In cookies and links it is written as 43 characters of base64url.
#[derive(Clone)]
pub struct SecretToken(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for SecretToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretToken(…)")
    }
}

impl SecretToken {
    /// A new token.
    pub fn new(ids: &dyn IdGenerator) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        ids.fill_secret(&mut *bytes);
        Self(bytes)
    }

    /// Reads a token as a cookie or a link carries it. Anything that is not one gives `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        Some(Self(Zeroizing::new(
            <[u8; 32]>::try_from(bytes.as_slice()).ok()?,
        )))
    }

    /// The text for the cookie or the link. To be shown or sent once and never to be logged.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&*self.0)
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        sha256(&*self.0)
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// Compares without telling by the time it takes where the difference is.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::id::SeededIds;
    use yagura_kernel::time::{FixedClock, Instant};

    fn ids() -> SeededIds {
        SeededIds::new(3, FixedClock::at(Instant::from_seconds(1_800_000_000)))
    }

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_for_its_record() {
        let ids = ids();
        let boxed = SecretBox::new(&[7; 32]);
        let sealed = boxed.seal("totp:1", b"secret", &ids).unwrap();
        assert_eq!(boxed.open("totp:1", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(boxed.open("totp:2", &sealed), Err(SealError));
        assert_eq!(
            SecretBox::new(&[8; 32]).open("totp:1", &sealed),
            Err(SealError)
        );
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert_eq!(
                boxed.open("totp:1", &altered),
                Err(SealError),
                "byte {index}"
            );
        }
        for length in 0..sealed.len() {
            assert_eq!(boxed.open("totp:1", &sealed[..length]), Err(SealError));
        }
        assert_ne!(
            sealed,
            boxed.seal("totp:1", b"secret", &ids).unwrap(),
            "the nonce changes"
        );
    }

    #[test]
    fn marks_separate_contexts_and_keys() {
        let boxed = SecretBox::new(&[7; 32]);
        assert_eq!(boxed.mark("login", b"a"), boxed.mark("login", b"a"));
        assert_ne!(boxed.mark("login", b"a"), boxed.mark("address", b"a"));
        assert_ne!(
            boxed.mark("login", b"a"),
            SecretBox::new(&[8; 32]).mark("login", b"a")
        );
    }

    #[test]
    fn tokens_are_read_back_and_nothing_prints_them() {
        let token = SecretToken::new(&ids());
        let text = token.reveal();
        assert_eq!(text.len(), 43);
        assert_eq!(SecretToken::parse(&text).unwrap().hash(), token.hash());
        assert!(!format!("{token:?} {:?}", SecretBox::new(&[7; 32])).contains(&text));
        assert_eq!(format!("{token:?}"), "SecretToken(…)");
        for bad in [
            "",
            "a",
            &text[..42],
            &format!("{text}A"),
            &text.replace(&text[..1], "é"),
        ] {
            assert!(SecretToken::parse(bad).is_none(), "{bad}");
        }
    }
}
