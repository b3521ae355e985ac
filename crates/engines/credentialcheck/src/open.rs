//! A file and its key into entries.

use std::collections::HashMap;

use keepass::db::{GroupRef, fields};
use keepass::error::DatabaseOpenError;
use keepass::{Database, DatabaseKey};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::entry::{Entry, Secret};
use crate::header::{Version, header};
use crate::limits::Limits;
use crate::unpack::{fits, key_file};

/// Fields by which an entry may name the vendor of its device.
const VENDOR_FIELDS: [&str; 5] = ["Vendor", "ベンダー", "ベンダ", "メーカー", "事業者"];
/// Longest title, group, tag or address that is looked at, in characters.
const LONGEST_TEXT: usize = 300;
/// Deepest group.
const DEEPEST: usize = 100;
/// How many entries a reference to another entry's password may lead through.
const LONGEST_CHAIN: usize = 8;

/// Why a file was not opened. No variant carries anything of the file's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file is too large.
    #[error("the file is larger than {limit} bytes; remove attachments from it")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// There are too many entries.
    #[error("the file has more than {limit} entries; split it")]
    TooMany {
        /// The bound.
        limit: usize,
    },
    /// It is no KeePass file.
    #[error("this is no KeePass file (.kdbx)")]
    NotKeePass,
    /// It is of KeePass 1 or of a preview.
    #[error("the file is of an old format (.kdb); open it in KeePass and save it as .kdbx")]
    OldFormat,
    /// Deriving the key would cost more than is allowed.
    #[error("deriving the key of this file costs more than is allowed; lower it in KeePass")]
    TooCostly,
    /// The content unpacks to more than is allowed.
    #[error("the content of the file unpacks to more than {limit} bytes; it is not read")]
    UnpacksTooFar {
        /// The bound, in bytes.
        limit: u64,
    },
    /// The password or the key file is not the file's.
    #[error("the password or the key file is wrong")]
    WrongKey,
    /// Neither a password nor a key file was given.
    #[error("give the master password, the key file, or both")]
    NoKey,
    /// The content cannot be read.
    #[error("the file is damaged, or uses something that this program does not know")]
    Damaged,
    /// No thread could be started to read it.
    #[error("the file could not be read for lack of memory or threads")]
    Resources,
}

/// What opens a file. Its memory is wiped when it is dropped.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub struct Key {
    password: Option<String>,
    file: Option<Vec<u8>>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("password", &self.password.is_some())
            .field("file", &self.file.is_some())
            .finish()
    }
}

impl Key {
    /// A master password, a key file's content, or both. An empty password counts as one where
    /// there is no key file.
    #[must_use]
    pub fn new(password: Option<String>, file: Option<Vec<u8>>) -> Self {
        Self { password, file }
    }

    /// The parts of the key, each hashed as the format asks.
    fn elements(&self) -> Vec<Zeroizing<Vec<u8>>> {
        let password = self
            .password
            .as_ref()
            .map(|password| Zeroizing::new(Sha256::digest(password.as_bytes()).to_vec()));
        let file = self.file.as_deref().map(key_file);
        password.into_iter().chain(file).collect()
    }

    fn for_reader(&self) -> Result<DatabaseKey, OpenError> {
        let mut key = DatabaseKey::new();
        if let Some(password) = &self.password {
            key = key.with_password(password);
        }
        if let Some(file) = &self.file {
            key = key
                .with_keyfile(&mut file.as_slice())
                .map_err(|_| OpenError::WrongKey)?;
        }
        if key.is_empty() {
            return Err(OpenError::NoKey);
        }
        Ok(key)
    }
}

/// What was read from a file.
#[derive(Debug, Default)]
pub struct Opened {
    /// The entries to be judged.
    pub entries: Vec<Entry>,
    /// SHA-256 of the file, in hexadecimal.
    pub file_sha256: String,
    /// What was left out.
    pub ignored: Ignored,
}

/// Entries that are not judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ignored {
    /// Entries in the recycle bin.
    pub recycled: u32,
    /// Templates of entries.
    pub templates: u32,
    /// Entries with neither user, password nor address: notes.
    pub notes: u32,
    /// Entries whose password refers to something that cannot be followed.
    pub references: u32,
}

/// Opens a file. This takes twice as long as its key derivation, which [`Limits`] bound: once to
/// measure how far the content unpacks, once to read it.
///
/// The contents are held in memory that is wiped afterwards as far as the reader of the format
/// does so: passwords that are marked as protected are, the decrypted document is not.
///
/// # Errors
/// [`OpenError`], which carries nothing of the content.
pub fn open(data: &[u8], key: &Key, limits: &Limits) -> Result<Opened, OpenError> {
    if data.len() > limits.file {
        return Err(OpenError::TooLarge { limit: limits.file });
    }
    let header = header(data)?;
    header.affordable(limits)?;
    let elements = key.elements();
    let key = key.for_reader()?;
    fits(data, &header, &elements, limits)?;
    drop(elements);
    // Groups lie in groups to any depth, and the reader follows them by recursion and may panic
    // on what a holder of the key has made by hand: neither reaches beyond this thread.
    let result = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("kdbx".to_owned())
            .stack_size(limits.stack)
            .spawn_scoped(scope, || {
                let database =
                    Database::parse(data, key).map_err(|error| reason(&error, header.version))?;
                collect(&database, limits)
            })
            .map_err(|_| OpenError::Resources)?
            .join()
            .unwrap_or(Err(OpenError::Damaged))
    });
    let mut opened = result?;
    opened.file_sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(data));
    Ok(opened)
}

/// The reader's errors may quote what they stumbled over, so nothing of them is passed on.
fn reason(error: &DatabaseOpenError, version: Version) -> OpenError {
    match (error, version) {
        (DatabaseOpenError::Key(_), _) => OpenError::WrongKey,
        // Before version 4 a wrong key shows itself as content that does not decrypt.
        (DatabaseOpenError::Cryptography(_), Version::Three) => OpenError::WrongKey,
        _ => OpenError::Damaged,
    }
}

fn short(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST_TEXT)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn collect(database: &Database, limits: &Limits) -> Result<Opened, OpenError> {
    if database.num_entries() > limits.entries {
        return Err(OpenError::TooMany {
            limit: limits.entries,
        });
    }
    let passwords = database
        .iter_all_entries()
        .map(|entry| {
            let password = entry.get(fields::PASSWORD).unwrap_or_default();
            let id = entry.id().uuid().simple().to_string();
            (id, Secret::from(password))
        })
        .collect();
    let mut walk = Walk {
        database,
        passwords,
        path: Vec::new(),
        opened: Opened::default(),
    };
    walk.group(&database.root(), Kind::Judged);
    Ok(walk.opened)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Judged,
    Recycled,
    Template,
}

/// A walk through the groups.
struct Walk<'a> {
    database: &'a Database,
    /// By the id that references name, for following them.
    passwords: HashMap<String, Secret>,
    path: Vec<String>,
    opened: Opened,
}

impl Walk<'_> {
    fn group(&mut self, group: &GroupRef<'_>, kind: Kind) {
        let meta = &self.database.meta;
        let id = Some(group.id().uuid());
        let kind = if kind != Kind::Judged {
            kind
        } else if id == meta.recyclebin_uuid && meta.recyclebin_enabled != Some(false) {
            Kind::Recycled
        } else if id == meta.entry_templates_group {
            Kind::Template
        } else {
            Kind::Judged
        };
        for entry in group.entries() {
            match kind {
                Kind::Judged => self.entry(&entry),
                Kind::Recycled => self.opened.ignored.recycled += 1,
                Kind::Template => self.opened.ignored.templates += 1,
            }
        }
        for inner in group.groups() {
            self.path.push(short(&inner.name));
            self.group(&inner, kind);
            self.path.pop();
        }
    }

    fn entry(&mut self, entry: &keepass::db::Entry) {
        let text = |name: &str| entry.get(name).unwrap_or_default();
        let ignored = &mut self.opened.ignored;
        let password = text(fields::PASSWORD);
        let bare = [fields::USERNAME, fields::URL].map(text);
        if password.is_empty() && bare.iter().all(|text| text.trim().is_empty()) {
            ignored.notes += 1;
            return;
        }
        let Some(password) = followed(&self.passwords, password) else {
            ignored.references += 1;
            return;
        };
        let vendor = VENDOR_FIELDS
            .iter()
            .map(|name| short(text(name)))
            .find(|vendor| !vendor.is_empty());
        let number = u32::try_from(self.opened.entries.len()).unwrap_or(u32::MAX - 1) + 1;
        self.opened.entries.push(Entry {
            number,
            title: short(text(fields::TITLE)),
            groups: self.path.iter().take(DEEPEST).cloned().collect(),
            tags: entry.tags.iter().map(|tag| short(tag)).collect(),
            url: short(text(fields::URL)),
            vendor,
            user: Secret::from(text(fields::USERNAME)),
            password,
            unchanged_since: unchanged_since(entry),
            expires: (entry.times.expires == Some(true))
                .then(|| moment(entry.times.expiry.and_utc().timestamp()))
                .flatten(),
        });
    }
}

/// The password itself where a password refers to another entry's (`{REF:P@I:…}`): the two are
/// one, and whoever has one has the other. `None` where it cannot be followed.
fn followed(passwords: &HashMap<String, Secret>, password: &str) -> Option<Secret> {
    const START: &str = "{REF:";
    let mut password = Secret::from(password);
    for _ in 0..LONGEST_CHAIN {
        let text = password.reveal();
        let is_reference = text
            .get(..START.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(START));
        if !is_reference {
            return Some(password);
        }
        let id = text
            .get(START.len()..)
            .and_then(|rest| rest.strip_suffix('}'))
            .and_then(|rest| rest.split_once(':'))
            .filter(|(what, _)| what.eq_ignore_ascii_case("P@I"))
            .map(|(_, id)| id.to_ascii_lowercase());
        password = passwords.get(&id?)?.clone();
    }
    None
}

fn moment(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// Since when the password is known to be as it is: the earliest version of the entry, counted
/// back from now, that already had it. The history may have been cut, so it may be older.
fn unchanged_since(entry: &keepass::db::Entry) -> Option<OffsetDateTime> {
    let password = entry.get(fields::PASSWORD).unwrap_or_default();
    let changed = |entry: &keepass::db::Entry| {
        let times = &entry.times;
        times.last_modification.or(times.creation)
    };
    let mut earliest = changed(entry)?;
    let mut versions: Vec<_> = entry
        .history
        .iter()
        .flat_map(|history| history.get_entries())
        .filter_map(|version| Some((changed(version)?, version)))
        .collect();
    versions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    for (at, version) in versions {
        if version.get(fields::PASSWORD).unwrap_or_default() != password {
            break;
        }
        earliest = earliest.min(at);
    }
    moment(earliest.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> HashMap<String, Secret> {
        [
            ("aa", "{REF:P@I:BB}"),
            ("bb", "secret"),
            ("cc", "{REF:P@I:CC}"),
        ]
        .map(|(id, password)| (id.to_owned(), Secret::from(password)))
        .into()
    }

    #[test]
    fn references_to_passwords_are_followed_and_circles_end() {
        let followed = |text| followed(&known(), text).map(|found| found.reveal().to_owned());
        assert_eq!(followed("plain").as_deref(), Some("plain"));
        assert_eq!(followed("{ref:p@i:AA}").as_deref(), Some("secret"));
        assert_eq!(followed("{REF:P@I:CC}"), None);
        assert_eq!(followed("{REF:P@I:DD}"), None);
        assert_eq!(followed("{REF:U@I:BB}"), None, "a user name is no password");
        assert_eq!(followed("{REF:"), None);
        assert_eq!(followed("{REF").as_deref(), Some("{REF"));
    }

    #[test]
    fn a_key_shows_nothing() {
        let key = Key::new(Some("hunter2".to_owned()), Some(b"file".to_vec()));
        assert_eq!(format!("{key:?}"), "Key { password: true, file: true }");
    }
}
