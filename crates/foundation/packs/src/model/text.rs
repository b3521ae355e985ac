//! Text in two languages, and how sure we are that it is the official wording.

use serde::{Deserialize, Serialize};

/// One text in Japanese and English.
///
/// Japanese is the original of everything official; English is Yagura's own translation unless a
/// pack says otherwise. Either may be empty in an imported pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Japanese.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ja: String,
    /// English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub en: String,
}

impl Text {
    /// A text in both languages.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// The text in the language of a BCP 47 tag (`ja`, `en`, `en-GB`); the other language where
    /// the wanted one is empty, so that a half-translated pack still shows every row.
    #[must_use]
    pub fn in_language(&self, tag: &str) -> &str {
        let (wanted, other) = if tag.starts_with("en") {
            (&self.en, &self.ja)
        } else {
            (&self.ja, &self.en)
        };
        if wanted.is_empty() { other } else { wanted }
    }

    /// Whether neither language has anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ja.trim().is_empty() && self.en.trim().is_empty()
    }

    /// Whether both languages are filled.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.ja.trim().is_empty() && !self.en.trim().is_empty()
    }
}

/// Whether a wording was compared with the official publication of the edition it is shown for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wording {
    /// Read from the official text of this edition, or from a source that quotes it.
    Verified,
    /// Carried over, deduced or remembered; shown to people as unverified.
    #[default]
    Unverified,
}

impl Wording {
    /// The word used in files: `verified` or `unverified`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
        }
    }
}

/// A sentence that the official form prints outside its rows, with its wording status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormText {
    /// Japanese, as on the form.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ja: String,
    /// English translation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub en: String,
    /// Whether the Japanese is known to be the form's.
    #[serde(default)]
    pub wording: Wording,
}

impl FormText {
    /// The sentence in the language of a BCP 47 tag, as [`Text::in_language`].
    #[must_use]
    pub fn in_language(&self, tag: &str) -> &str {
        let (wanted, other) = if tag.starts_with("en") {
            (&self.en, &self.ja)
        } else {
            (&self.ja, &self.en)
        };
        if wanted.is_empty() { other } else { wanted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_language_stands_in_for_a_missing_one() {
        let only_japanese = Text::new("台帳", "");
        assert_eq!(only_japanese.in_language("en"), "台帳");
        let both = Text::new("台帳", "Ledger");
        assert_eq!(both.in_language("en-GB"), "Ledger");
        assert_eq!(both.in_language("ja"), "台帳");
        assert!(!only_japanese.is_complete());
        assert!(Text::new(" ", "").is_empty());
    }
}
