//! Packs from outside: our own TOML, YAML and JSON, tables that look like the official form,
//! OSCAL catalogs, and the YAML libraries that CISO Assistant users share.
//!
//! Every reader is bounded by [`Limits`], gives a typed [`ImportError`] with its place, takes
//! nothing over silently, and either gives a whole pack or none. No reader executes anything or
//! follows any address that a file contains.

mod adopt;
mod ciso;
mod error;
mod form;
mod limits;
mod oscal;
mod syntax;
mod tree;
mod yaml_guard;

use time::Date;
use yagura_kernel::time::FiscalYear;

pub use adopt::{Adoption, adopt};
pub use error::{ImportError, ImportPlace, ImportProblem};
pub use form::{FormRow, FormTable};
pub use limits::Limits;

use crate::model::{Pack, PackVersion, Sheet, Source, Text, Wording};
use crate::verify::{Severity, verify};
use syntax::Syntax;
use tree::Node;

/// What the importing person knows and the file does not say. Everything is optional; what the
/// file says itself is kept where an option is `None`.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Id for the pack.
    pub id: Option<String>,
    /// Version for the pack.
    pub version: Option<PackVersion>,
    /// Name of the edition.
    pub title: Option<Text>,
    /// Fiscal year it is for.
    pub fiscal_year: Option<FiscalYear>,
    /// Which sheet it is.
    pub sheet: Option<Sheet>,
    /// First day of validity.
    pub valid_from: Option<Date>,
    /// Where it was published.
    pub source: Option<Source>,
    /// Whether the person states that this is the official file. Unverified where not said.
    pub wording: Option<Wording>,
    /// What is recorded as the origin of every wording, such as the file's name and hash.
    pub wording_source: Option<Text>,
}

/// What an import gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The pack. It has no errors by [`crate::verify`]; lineage is not yet checked.
    pub pack: Pack,
    /// What the reader left out or guessed.
    pub notices: Vec<Notice>,
}

/// Something that a person should look at before the pack is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What.
    pub kind: NoticeKind,
    /// Where.
    pub place: ImportPlace,
}

/// What can be remarkable about an import that worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeKind {
    /// A row has cells for an answer but no id; it was left out.
    RowWithoutId(String),
    /// A text belongs to no row; it was left out.
    TextLeftOut(String),
    /// The date of publication was not given and is assumed.
    AssumedDate,
    /// The language of the texts was guessed from their characters.
    GuessedLanguage,
    /// Parts of a richer format have no place in a pack: what, and how often.
    NotCarried(&'static str, usize),
}

impl NoticeKind {
    /// The key in the message catalogue.
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::RowWithoutId(_) => "pack-notice-row-without-id",
            Self::TextLeftOut(_) => "pack-notice-text-left-out",
            Self::AssumedDate => "pack-notice-assumed-date",
            Self::GuessedLanguage => "pack-notice-guessed-language",
            Self::NotCarried(..) => "pack-notice-not-carried",
        }
    }

    /// The message's arguments, ready to be shown.
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::RowWithoutId(text) | Self::TextLeftOut(text) => vec![("text", text.clone())],
            Self::NotCarried(what, count) => {
                vec![("what", (*what).to_owned()), ("count", count.to_string())]
            }
            Self::AssumedDate | Self::GuessedLanguage => Vec::new(),
        }
    }
}

/// A pack from a text file of any known kind: our TOML, YAML or JSON, an OSCAL catalog, a CISO
/// Assistant library. The content decides, the file name does not matter.
///
/// # Errors
/// The file is of no known kind, broken, too large, or its content is unsound.
pub fn document(
    bytes: &[u8],
    options: &ImportOptions,
    limits: &Limits,
) -> Result<Imported, ImportError> {
    let text = limits.text(bytes)?;
    if text.trim_start().starts_with('{') {
        let value = Syntax::Json.value(text, limits)?;
        let root = Node::root(&value);
        if root.member("catalog").is_some() {
            return finish(oscal::read(&root, options, limits)?);
        }
        return native(text, Syntax::Json, limits);
    }
    // A TOML pack begins with keys and "="; YAML has none at the start of a line.
    let first = text.lines().map(str::trim).find(|line| {
        !line.is_empty() && !line.starts_with('#') && *line != "---" && !line.starts_with('%')
    });
    let first = first.ok_or_else(|| ImportError::file(ImportProblem::UnknownFormat))?;
    let looks_like_toml = first.starts_with('[')
        || first
            .find('=')
            .is_some_and(|at| !first.get(..at).unwrap_or(first).contains(':'));
    if looks_like_toml {
        return native(text, Syntax::Toml, limits);
    }
    let value = Syntax::Yaml.value(text, limits)?;
    let root = Node::root(&value);
    if !root.is_object() {
        return Err(ImportError::file(ImportProblem::UnknownFormat));
    }
    if root.member("objects").is_some() || root.member("urn").is_some() {
        return finish(ciso::read(&root, options, limits)?);
    }
    native(text, Syntax::Yaml, limits)
}

/// A pack from a table that looks like the official form, read from a workbook by the caller.
///
/// # Errors
/// No header row or no item is found, the year or the sheet is neither given nor found, a row
/// occurs twice, or the table is too large.
pub fn form(
    table: &FormTable,
    options: &ImportOptions,
    limits: &Limits,
) -> Result<Imported, ImportError> {
    finish(form::read(table, options, limits)?)
}

fn native(text: &str, syntax: Syntax, limits: &Limits) -> Result<Imported, ImportError> {
    let pack: Pack = syntax.typed(text, limits)?;
    if pack.items().nth(limits.items).is_some() {
        return Err(ImportError::file(ImportProblem::TooManyItems {
            limit: limits.items,
        }));
    }
    finish(Imported {
        pack,
        notices: Vec::new(),
    })
}

/// Refuses what `verify` calls an error, so that no importer can give an unusable pack.
fn finish(imported: Imported) -> Result<Imported, ImportError> {
    let errors: Vec<_> = verify(&imported.pack)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    match errors.first() {
        None => Ok(imported),
        Some(first) => Err(ImportError::at(
            ImportPlace::Pointer(first.place.0.clone()),
            ImportProblem::Unsound {
                count: errors.len(),
                first: first.kind.to_string(),
            },
        )),
    }
}

/// An id of lower-case letters, digits and hyphens from any text; `fallback` where nothing is left.
fn slug(text: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().map(crate::diff::half_width) {
        if slug.len() >= 80 {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        fallback.to_owned()
    } else {
        slug.to_owned()
    }
}

/// A text whose language its characters tell.
fn in_guessed_language(text: String) -> Text {
    let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
    if text.chars().any(japanese) {
        Text {
            ja: text,
            en: String::new(),
        }
    } else {
        Text {
            ja: String::new(),
            en: text,
        }
    }
}

/// Gives keys that are unique, by adding a number to later ones.
#[derive(Default)]
struct Keys {
    used: std::collections::BTreeMap<String, usize>,
}

impl Keys {
    fn unique(&mut self, wanted: String) -> String {
        let mut times = *self.used.get(&wanted).unwrap_or(&0);
        let mut key = wanted.clone();
        while self.used.contains_key(&key) {
            times += 1;
            key = format!("{wanted}-{}", times + 1);
        }
        self.used.insert(wanted, times);
        self.used.entry(key.clone()).or_default();
        key
    }
}
