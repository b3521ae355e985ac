//! A verdict in the form in which it travels: with the key that signed it.

use credentialcheck::Verdict;
use data_encoding::HEXUPPER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use yagura_kernel::audit::{NoteError, SigningKey, VerifyingKey, open_note};
use yagura_kernel::time::Instant;

/// The name that stands on verdicts; every machine that checks has its own key of this name.
pub const KEY_NAME: &str = "yagura-credential-check";
/// Largest signed verdict, in bytes. Ten thousand entries with titles are about three million.
pub const LARGEST: usize = 8 << 20;
/// The first line of what is signed.
const FORM: &str = "yagura-credential-verdict/1";
/// How far the clock of the machine that checked may be ahead, in days.
const CLOCK_DAYS: i64 = 1;

/// A signed verdict, as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedVerdict {
    /// `yagura-credential-verdict/1`.
    pub format: String,
    /// The public key that signed it: `name+id+data`.
    pub public_key: String,
    /// The signed text: the form in the first line, the verdict in the second, the signature.
    pub note: String,
}

/// Why a file was not taken for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is too large.
    #[error("the file is larger than {LARGEST} bytes")]
    TooLarge,
    /// It is no verdict, or one of a newer form.
    #[error("the file is no verdict of a form that this program reads")]
    Form,
    /// It was not signed by the key that it names: it was altered or cut.
    #[error("the file was altered after it was signed")]
    Signature,
    /// What it says does not agree with itself.
    #[error("the verdict does not agree with itself")]
    Inconsistent,
    /// It says that it was made later than now.
    #[error("the verdict is dated in the future; check the clock of the machine that made it")]
    Future,
}

impl SignedVerdict {
    /// Signs a verdict.
    ///
    /// # Errors
    /// [`NoteError`] where it cannot be written or signed, which no verdict of ours is.
    pub fn sign(verdict: &Verdict, key: &SigningKey) -> Result<Self, NoteError> {
        let text = serde_json::to_string(verdict).map_err(|_| NoteError::Note)?;
        Ok(Self {
            format: FORM.to_owned(),
            public_key: key.verifying_key().to_string(),
            note: key.sign_note(&format!("{FORM}\n{text}\n"))?,
        })
    }

    /// The verdict and the key that signed it. That the key may be trusted is another question.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn open(&self) -> Result<(Verdict, VerifyingKey), ReadError> {
        if self.format != FORM {
            return Err(ReadError::Form);
        }
        let key: VerifyingKey = self.public_key.parse().map_err(|_| ReadError::Form)?;
        if key.name() != KEY_NAME {
            return Err(ReadError::Form);
        }
        let text =
            open_note(&self.note, std::slice::from_ref(&key)).map_err(|_| ReadError::Signature)?;
        let (form, verdict) = text.split_once('\n').ok_or(ReadError::Form)?;
        if form != FORM {
            return Err(ReadError::Form);
        }
        let verdict =
            Verdict::read(verdict.trim_end().as_bytes()).map_err(|error| match error {
                credentialcheck::verdict::VerdictError::TooLarge => ReadError::TooLarge,
                credentialcheck::verdict::VerdictError::Form => ReadError::Form,
                credentialcheck::verdict::VerdictError::Inconsistent(_) => ReadError::Inconsistent,
            })?;
        Ok((verdict, key))
    }
}

/// Reads a file with a signed verdict.
///
/// # Errors
/// [`ReadError`].
pub fn read(
    bytes: &[u8],
    now: Instant,
) -> Result<(SignedVerdict, Verdict, VerifyingKey), ReadError> {
    if bytes.len() > LARGEST {
        return Err(ReadError::TooLarge);
    }
    let signed: SignedVerdict = serde_json::from_slice(bytes).map_err(|_| ReadError::Form)?;
    let (verdict, key) = signed.open()?;
    if checked_at(&verdict) > now.plus_days(CLOCK_DAYS) {
        return Err(ReadError::Future);
    }
    Ok((signed, verdict, key))
}

/// When a verdict was made.
pub(crate) fn checked_at(verdict: &Verdict) -> Instant {
    let seconds = verdict.checked_at.unix_timestamp();
    Instant::from_micros(seconds.saturating_mul(1_000_000))
}

/// The fingerprint of a key, which people compare: 128 bits of SHA-256 in groups of four.
#[must_use]
pub fn fingerprint(key: &VerifyingKey) -> String {
    let digest = HEXUPPER.encode(&Sha256::digest(key.to_string().as_bytes()));
    let groups: Vec<&str> = (0..8)
        .filter_map(|group| digest.get(group * 4..group * 4 + 4))
        .collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use credentialcheck::{Entry, Opened, Options, check};
    use proptest::prelude::*;
    use time::OffsetDateTime;

    use super::*;

    fn verdict() -> Verdict {
        let opened = Opened {
            entries: vec![Entry {
                number: 1,
                title: "NAS".to_owned(),
                user: "admin".into(),
                password: "admin".into(),
                ..Entry::default()
            }],
            file_sha256: "a".repeat(64),
            ..Opened::default()
        };
        check(
            &opened,
            &Options::at(OffsetDateTime::from_unix_timestamp(1_795_260_000).unwrap()),
        )
    }

    fn now() -> Instant {
        Instant::from_micros(1_795_300_000_000_000)
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(KEY_NAME, &[7; 32]).unwrap()
    }

    #[test]
    fn what_was_signed_reads_and_names_its_key() {
        let signed = SignedVerdict::sign(&verdict(), &key()).unwrap();
        let text = serde_json::to_vec_pretty(&signed).unwrap();
        let (read, found, by) = read(&text, now()).unwrap();
        assert_eq!((read, found), (signed, verdict()));
        assert_eq!(by, key().verifying_key());
        let shown = fingerprint(&by);
        assert_eq!(shown.len(), 8 * 4 + 7);
        let other = SigningKey::from_seed(KEY_NAME, &[8; 32]).unwrap();
        assert_ne!(fingerprint(&other.verifying_key()), shown);
    }

    #[test]
    fn what_was_edited_or_is_something_else_is_refused() {
        let signed = SignedVerdict::sign(&verdict(), &key()).unwrap();
        let text = serde_json::to_string(&signed).unwrap();
        let refused = |text: &str| read(text.as_bytes(), now()).unwrap_err();
        let edited = text.replacen("factory_default", "guessable", 1);
        assert_ne!(edited, text);
        assert_eq!(refused(&edited), ReadError::Signature);
        let other = SigningKey::from_seed(KEY_NAME, &[8; 32]).unwrap();
        let mut taken = signed.clone();
        taken.public_key = other.verifying_key().to_string();
        assert_eq!(taken.open().unwrap_err(), ReadError::Signature);
        let audit = SigningKey::from_seed("yagura-audit", &[7; 32]).unwrap();
        let foreign = SignedVerdict::sign(&verdict(), &audit).unwrap();
        assert_eq!(
            foreign.open().unwrap_err(),
            ReadError::Form,
            "a key for something else"
        );
        assert_eq!(refused("{}"), ReadError::Form);
        let early = read(text.as_bytes(), Instant::from_micros(1_795_000_000_000_000));
        assert_eq!(early.unwrap_err(), ReadError::Future);
        let large = vec![b' '; LARGEST + 1];
        assert_eq!(read(&large, now()).unwrap_err(), ReadError::TooLarge);
    }

    proptest! {
        #[test]
        fn no_byte_of_it_can_be_changed(at in any::<prop::sample::Index>(), value in any::<u8>()) {
            let signed = SignedVerdict::sign(&verdict(), &key()).unwrap();
            let mut text = serde_json::to_vec(&signed).unwrap();
            let at = at.index(text.len());
            text[at] = value;
            if let Ok((_, found, by)) = read(&text, now()) {
                prop_assert_eq!(found, verdict());
                prop_assert_eq!(by, key().verifying_key());
            }
        }
    }
}
