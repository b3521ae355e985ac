//! The installation's keys: files beside the database, readable by the owner only, never in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use yagura_kernel::audit::SigningKey;
use yagura_kernel::id::IdGenerator;
use yagura_store::Cause;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("key file {path}: {cause:?}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// What the file holds is no key.
    #[error("key file {path} holds no key")]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
}

/// The keys of an installation.
pub struct Keys {
    /// For stored files.
    pub blobs: [u8; 32],
    /// For secrets in the database: seeds of one-time codes, secrets of identity providers.
    pub secrets: [u8; 32],
    /// For checkpoints of the audit log.
    pub audit: SigningKey,
}

/// The name that stands on checkpoints of the audit log.
const AUDIT_NAME: &str = "yagura-audit";

impl Keys {
    /// The keys in a folder; those that are absent are made.
    ///
    /// # Errors
    /// [`KeyError`] where a file cannot be read, written or is not a key.
    pub fn load_or_create(data: &Path, ids: &dyn IdGenerator) -> Result<Self, KeyError> {
        let folder = data.join("keys");
        std::fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
        let audit_path = folder.join("audit.key");
        let audit = signing_key(&audit_path, AUDIT_NAME, ids)?;
        Ok(Self {
            blobs: key(&folder.join("files.key"), ids)?,
            secrets: key(&folder.join("secrets.key"), ids)?,
            audit,
        })
    }
}

/// The signing key in a file; made under a name where the file is absent.
///
/// # Errors
/// [`KeyError`] where the file cannot be read or written, or holds no signing key.
pub(crate) fn signing_key(
    path: &Path,
    name: &str,
    ids: &dyn IdGenerator,
) -> Result<SigningKey, KeyError> {
    if path.exists() {
        let text = std::fs::read_to_string(path).map_err(|error| at(path, &error))?;
        return SigningKey::from_secret_text(text.trim()).map_err(|_| not_a_key(path));
    }
    let key = SigningKey::generate(name, ids).map_err(|_| not_a_key(path))?;
    write(path, key.to_secret_text().as_bytes())?;
    Ok(key)
}

fn at(path: &Path, error: &std::io::Error) -> KeyError {
    KeyError::File {
        path: path.to_owned(),
        cause: Cause::from(error),
    }
}

fn not_a_key(path: &Path) -> KeyError {
    KeyError::NotAKey {
        path: path.to_owned(),
    }
}

fn key(path: &Path, ids: &dyn IdGenerator) -> Result<[u8; 32], KeyError> {
    if path.exists() {
        let text = std::fs::read_to_string(path).map_err(|error| at(path, &error))?;
        let bytes = data_encoding::HEXLOWER
            .decode(text.trim().as_bytes())
            .map_err(|_| not_a_key(path))?;
        return bytes.try_into().map_err(|_| not_a_key(path));
    }
    let mut bytes = [0; 32];
    ids.fill_secret(&mut bytes);
    write(path, data_encoding::HEXLOWER.encode(&bytes).as_bytes())?;
    Ok(bytes)
}

fn write(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|error| at(path, &error))?;
    file.write_all(content).map_err(|error| at(path, &error))?;
    file.sync_all().map_err(|error| at(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::id::SystemIds;

    #[test]
    fn keys_are_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let ids = SystemIds::new();
        let first = Keys::load_or_create(folder.path(), &ids).unwrap();
        let second = Keys::load_or_create(folder.path(), &ids).unwrap();
        assert_eq!(first.blobs, second.blobs);
        assert_eq!(first.secrets, second.secrets);
        assert_ne!(first.blobs, first.secrets);
        assert_eq!(first.audit.to_secret_text(), second.audit.to_secret_text());
    }

    #[test]
    fn a_damaged_key_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let ids = SystemIds::new();
        Keys::load_or_create(folder.path(), &ids).unwrap();
        std::fs::write(folder.path().join("keys/files.key"), "zz").unwrap();
        let error = Keys::load_or_create(folder.path(), &ids)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("files.key"), "{error}");
    }
}
