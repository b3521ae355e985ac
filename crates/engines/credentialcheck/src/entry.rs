//! An entry as the judgement needs it.

use std::fmt;

use time::OffsetDateTime;
use zeroize::Zeroizing;

/// A text that neither `Debug` nor `Display` show and whose memory is wiped when it is dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself. What is read here must not be kept.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// An entry of a password safe.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Its place in the file, from 1; the number by which a verdict names it.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Names of its groups, outermost first, without the root.
    pub groups: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its address.
    pub url: String,
    /// The vendor, where a field of the entry names it (`Vendor`, `ベンダー`, `メーカー`, `事業者`).
    pub vendor: Option<String>,
    /// The user name.
    pub user: Secret,
    /// The password.
    pub password: Secret,
    /// Since when the password is known to be as it is: at least as old as this.
    pub unchanged_since: Option<OffsetDateTime>,
    /// When the entry expires, where it does.
    pub expires: Option<OffsetDateTime>,
}
