use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest as _, Sha256};
use yagura_kernel::id::IdGenerator;
use zeroize::Zeroizing;

use super::BackupError;
use crate::StoreError;

/// The least number of characters of a passphrase for a new archive. An archive may be carried
/// away and guessed at for years, so it should be longer than a password.
pub const SHORTEST_PASSPHRASE: usize = 16;

/// By what an archive is encrypted.
#[derive(Clone)]
pub enum ArchiveSecret {
    /// Words that a person keeps; the key is derived from them by argon2id.
    Passphrase(Zeroizing<String>),
    /// 32 random bytes that a file or a safe keeps.
    Key(Zeroizing<[u8; 32]>),
}

impl std::fmt::Debug for ArchiveSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Passphrase(_) => "Passphrase(…)",
            Self::Key(_) => "Key(…)",
        })
    }
}

impl ArchiveSecret {
    /// A passphrase as typed; white space at its ends does not count.
    #[must_use]
    pub fn passphrase(text: &str) -> Self {
        Self::Passphrase(Zeroizing::new(text.trim().to_owned()))
    }

    /// A key as [`Self::key_text`] wrote it: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`BackupError::Key`] for anything else.
    pub fn from_key_text(text: &str) -> Result<Self, BackupError> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .map_err(|_| BackupError::Key)?;
        let bytes = Zeroizing::new(bytes);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| BackupError::Key)?;
        Ok(Self::Key(Zeroizing::new(key)))
    }

    /// A new random key.
    #[must_use]
    pub fn generate_key(ids: &dyn IdGenerator) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        ids.fill_secret(key.as_mut_slice());
        Self::Key(key)
    }

    /// The key as text for a file; `None` for a passphrase.
    #[must_use]
    pub fn key_text(&self) -> Option<Zeroizing<String>> {
        match self {
            Self::Passphrase(_) => None,
            Self::Key(key) => Some(Zeroizing::new(
                data_encoding::HEXLOWER.encode(key.as_slice()),
            )),
        }
    }

    /// Whether it may protect a new archive.
    pub(super) fn check_strength(&self) -> Result<(), BackupError> {
        match self {
            Self::Passphrase(text) if text.chars().count() < SHORTEST_PASSPHRASE => {
                Err(BackupError::PassphraseTooShort {
                    least: SHORTEST_PASSPHRASE,
                })
            }
            _ => Ok(()),
        }
    }
}

/// What argon2id was or will be told (RFC 9106 §4; the second recommended choice with more memory
/// than its least).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// KiB.
    pub(super) memory: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    pub(super) const NEW: Self = Self {
        memory: 64 * 1024,
        passes: 3,
        lanes: 4,
    };

    /// An archive of a stranger must not take all memory.
    pub(super) const fn is_bearable(self) -> bool {
        self.memory <= 1024 * 1024 && self.passes <= 64 && self.lanes <= 64
    }
}

/// The keys that follow from a secret and an archive's salt.
pub(super) struct Derived {
    pub(super) archive_key: Zeroizing<[u8; 32]>,
    /// Stands in the archive, to tell a wrong secret from a damaged archive.
    pub(super) check: [u8; 16],
}

pub(super) async fn derive(
    secret: &ArchiveSecret,
    salt: [u8; 16],
    cost: Cost,
) -> Result<Derived, BackupError> {
    let master = match secret {
        ArchiveSecret::Key(key) => key.clone(),
        ArchiveSecret::Passphrase(text) => {
            let text = text.clone();
            tokio::task::spawn_blocking(move || stretch(&text, salt, cost))
                .await
                .map_err(|error| StoreError::Blob(error.to_string()))??
        }
    };
    let part = |purpose: &[u8]| {
        Sha256::new()
            .chain_update(purpose)
            .chain_update(salt)
            .chain_update(master.as_slice())
    };
    let archive_key: [u8; 32] = part(b"yagura backup: archive key\n").finalize().into();
    let check: [u8; 32] = part(b"yagura backup: check value\n").finalize().into();
    let (check, _) = check
        .split_first_chunk::<16>()
        .ok_or(BackupError::WrongSecret)?;
    Ok(Derived {
        archive_key: Zeroizing::new(archive_key),
        check: *check,
    })
}

fn stretch(text: &str, salt: [u8; 16], cost: Cost) -> Result<Zeroizing<[u8; 32]>, BackupError> {
    let refused = |error: argon2::Error| StoreError::Blob(format!("argon2id: {error}"));
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).map_err(refused)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(text.as_bytes(), &salt, key.as_mut_slice())
        .map_err(refused)?;
    Ok(key)
}
