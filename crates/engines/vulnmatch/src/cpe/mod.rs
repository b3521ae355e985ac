//! CPE names: well-formed names, their two written forms, and the relations between them.
//!
//! A [`Name`] is the well-formed name (WFN) of NISTIR 7695 §5: eleven attributes, each of which is
//! ANY, NA or a text that may have wildcards at its ends. [`Name::parse_formatted`] reads the
//! `cpe:2.3:` form (§6.2), [`Name::parse_uri`] the `cpe:/` form with its packed edition (§6.1).
//! Both are strict; [`Name::parse_lenient`] takes what feeds and people really write.
//!
//! ```
//! use vulnmatch::cpe::{Name, Attribute};
//! let name = Name::parse_formatted("cpe:2.3:o:cisco:ios:15.0\\(3\\)ew:*:*:*:*:*:*:*")?;
//! assert_eq!(name.literal(Attribute::Version), Some("15.0(3)ew"));
//! assert_eq!(name.to_uri()?, "cpe:/o:cisco:ios:15.0%283%29ew");
//! # Ok::<(), vulnmatch::cpe::CpeError>(())
//! ```

mod formatted;
mod relation;
mod uri;

pub(crate) use formatted::is_plain;
pub use relation::{NameRelation, Relation};

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest name that is read, in bytes. The longest in the NVD feeds has some 250.
pub const LONGEST_NAME: usize = 4096;

/// Why a text is no CPE name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CpeError {
    /// The text has more than [`LONGEST_NAME`] bytes.
    #[error("the name has {length} bytes; at most {LONGEST_NAME} are read")]
    TooLong {
        /// How many bytes it has.
        length: usize,
    },
    /// Neither `cpe:2.3:` nor `cpe:/` stands at the beginning.
    #[error("a CPE name begins with \"cpe:2.3:\" or \"cpe:/\"")]
    Prefix,
    /// There are more or fewer components than the form has.
    #[error("the name has {found} components after the prefix; {expected} belong there")]
    Components {
        /// How many were found.
        found: usize,
        /// How many belong there.
        expected: usize,
    },
    /// The part is none of `a`, `o`, `h`, `*`, `-`.
    #[error("the part at byte {position} is none of a, o, h, * and -")]
    Part {
        /// Where the part begins.
        position: usize,
    },
    /// A character that must be escaped, or does not belong into a name at all.
    #[error("the character {character:?} at byte {position} must be escaped or left out")]
    Character {
        /// Which character.
        character: char,
        /// Where it stands.
        position: usize,
    },
    /// `*` or `?` elsewhere than at the ends of a value.
    #[error("the wildcard at byte {position} may stand only at the beginning or end of a value")]
    Wildcard {
        /// Where it stands.
        position: usize,
    },
    /// A backslash or percent sign that does not begin an escape.
    #[error("the escape at byte {position} is not complete or unknown")]
    Escape {
        /// Where it stands.
        position: usize,
    },
    /// The packed edition has not the five parts that NISTIR 7695 §6.1.2.1.2 gives it.
    #[error("the packed edition at byte {position} has not five parts")]
    Packed {
        /// Where it begins.
        position: usize,
    },
    /// A component of a formatted string is empty.
    #[error("the component at byte {position} is empty; write * for any value")]
    Empty {
        /// Where it should stand.
        position: usize,
    },
    /// The URI form cannot hold this value.
    #[error("the URI form cannot hold the {attribute} of this name")]
    NotInUri {
        /// Which attribute.
        attribute: Attribute,
    },
}

/// The eleven attributes of a name, in the order of the formatted string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// Application, operating system or hardware.
    Part,
    /// Who makes it.
    Vendor,
    /// What it is.
    Product,
    /// Its version.
    Version,
    /// Update, service pack, patch level.
    Update,
    /// The edition of CPE 2.2; deprecated in 2.3.
    Edition,
    /// Language tag.
    Language,
    /// How it is tailored to a market or group.
    SwEdition,
    /// The environment in which it runs.
    TargetSw,
    /// The instruction set on which it runs.
    TargetHw,
    /// Whatever else.
    Other,
}

impl Attribute {
    /// All attributes in the order of the formatted string.
    pub const ALL: [Self; 11] = [
        Self::Part,
        Self::Vendor,
        Self::Product,
        Self::Version,
        Self::Update,
        Self::Edition,
        Self::Language,
        Self::SwEdition,
        Self::TargetSw,
        Self::TargetHw,
        Self::Other,
    ];

    /// The attributes after the update, which say where and for whom the product is made.
    pub const ENVIRONMENT: [Self; 6] = [
        Self::Edition,
        Self::Language,
        Self::SwEdition,
        Self::TargetSw,
        Self::TargetHw,
        Self::Other,
    ];

    /// The name of NISTIR 7695 §5.2.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Vendor => "vendor",
            Self::Product => "product",
            Self::Version => "version",
            Self::Update => "update",
            Self::Edition => "edition",
            Self::Language => "language",
            Self::SwEdition => "sw_edition",
            Self::TargetSw => "target_sw",
            Self::TargetHw => "target_hw",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// A wildcard at one end of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Wild {
    /// None.
    #[default]
    None,
    /// `*`: any characters, or none.
    Many,
    /// That many `?`, each of which is one character or none (NISTIR 7696 §6.3).
    UpTo(u8),
}

/// A text with a wildcard at either end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text {
    literal: Box<str>,
    before: Wild,
    after: Wild,
}

impl Text {
    /// The text without escapes and wildcards, ASCII letters in lower case.
    #[must_use]
    pub fn literal(&self) -> &str {
        &self.literal
    }

    /// Whether a wildcard stands at either end.
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.before != Wild::None || self.after != Wild::None
    }

    /// Whether the pattern matches the literal text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        fn fits(wild: Wild, rest: &str) -> bool {
            match wild {
                Wild::None => rest.is_empty(),
                Wild::Many => true,
                Wild::UpTo(most) => rest.chars().count() <= usize::from(most),
            }
        }
        let pattern = &*self.literal;
        match (self.before, self.after) {
            (Wild::None, after) => text
                .strip_prefix(pattern)
                .is_some_and(|rest| fits(after, rest)),
            (before, Wild::None) => text
                .strip_suffix(pattern)
                .is_some_and(|rest| fits(before, rest)),
            (before, after) if pattern.is_empty() => match (before, after) {
                (Wild::UpTo(a), Wild::UpTo(b)) => {
                    text.chars().count() <= usize::from(a) + usize::from(b)
                }
                _ => true,
            },
            (before, after) => text.match_indices(pattern).any(|(place, found)| {
                text.get(..place).is_some_and(|rest| fits(before, rest))
                    && text
                        .get(place + found.len()..)
                        .is_some_and(|rest| fits(after, rest))
            }),
        }
    }
}

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Value {
    /// Any value, or none was given.
    #[default]
    Any,
    /// The attribute does not apply: there is no such thing as a version, an update, ….
    Na,
    /// A text.
    Text(Text),
}

impl Value {
    /// A value without wildcards. ASCII letters become lower case, since names are compared without
    /// regard to case (NISTIR 7696 §6.1); an empty text is [`Value::Any`].
    #[must_use]
    pub fn text(literal: &str) -> Self {
        if literal.is_empty() {
            return Self::Any;
        }
        Self::Text(Text {
            literal: literal.to_ascii_lowercase().into_boxed_str(),
            before: Wild::None,
            after: Wild::None,
        })
    }

    /// The text, if it is one without wildcards.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.has_wildcard() => Some(&text.literal),
            _ => None,
        }
    }

    fn pattern(literal: String, before: Wild, after: Wild) -> Self {
        Self::Text(Text {
            literal: literal.into_boxed_str(),
            before,
            after,
        })
    }
}

/// A well-formed name (NISTIR 7695 §5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Name {
    values: [Value; 11],
}

impl Name {
    /// A name of which only part, vendor and product are known.
    ///
    /// ```
    /// use vulnmatch::cpe::Name;
    /// let name = Name::product('o', "Fortinet", "FortiOS");
    /// assert_eq!(name.to_string(), "cpe:2.3:o:fortinet:fortios:*:*:*:*:*:*:*:*");
    /// ```
    #[must_use]
    pub fn product(part: char, vendor: &str, product: &str) -> Self {
        let mut name = Self::default();
        let mut buffer = [0; 4];
        name.set(Attribute::Part, Value::text(part.encode_utf8(&mut buffer)));
        name.set(Attribute::Vendor, Value::text(vendor));
        name.set(Attribute::Product, Value::text(product));
        name
    }

    /// The same name with this version.
    #[must_use]
    pub fn with_version(mut self, version: &str) -> Self {
        self.set(Attribute::Version, Value::text(version));
        self
    }

    /// The same name with this update.
    #[must_use]
    pub fn with_update(mut self, update: &str) -> Self {
        self.set(Attribute::Update, Value::text(update));
        self
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, attribute: Attribute) -> &Value {
        const ANY: &Value = &Value::Any;
        self.values.get(attribute as usize).unwrap_or(ANY)
    }

    /// Sets the value of an attribute.
    pub fn set(&mut self, attribute: Attribute, value: Value) {
        if let Some(place) = self.values.get_mut(attribute as usize) {
            *place = value;
        }
    }

    /// The text of an attribute that is one without wildcards.
    #[must_use]
    pub fn literal(&self, attribute: Attribute) -> Option<&str> {
        self.get(attribute).literal()
    }

    /// Reads either form as feeds and people write it: characters that should be escaped are taken
    /// as they are, missing components are ANY, double escapes (`15.1\\\(2\\\)`) are single ones,
    /// wildcards in the middle are literal, white space around is dropped.
    ///
    /// # Errors
    ///
    /// [`CpeError`] with the place when even so the text is no name.
    pub fn parse_lenient(text: &str) -> Result<Self, CpeError> {
        let text = text.trim();
        let begins = |prefix: &str| {
            text.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if begins("cpe:2.3:") {
            formatted::parse(text, false)
        } else if begins("cpe:/") {
            uri::parse(text, false)
        } else {
            Err(CpeError::Prefix)
        }
    }

    /// Reads the formatted string `cpe:2.3:…` (NISTIR 7695 §6.2).
    ///
    /// # Errors
    ///
    /// [`CpeError`] with the place.
    pub fn parse_formatted(text: &str) -> Result<Self, CpeError> {
        formatted::parse(text, true)
    }

    /// Reads the URI `cpe:/…` (NISTIR 7695 §6.1), also with a packed edition.
    ///
    /// # Errors
    ///
    /// [`CpeError`] with the place.
    pub fn parse_uri(text: &str) -> Result<Self, CpeError> {
        uri::parse(text, true)
    }

    /// Writes the URI form (NISTIR 7695 §6.1.2).
    ///
    /// # Errors
    ///
    /// [`CpeError::NotInUri`] for values that it cannot hold: characters beyond ASCII.
    pub fn to_uri(&self) -> Result<String, CpeError> {
        uri::write(self)
    }

    /// How this name, as the source, relates to another, the target (NISTIR 7696 §6.2).
    #[must_use]
    pub fn relation(&self, target: &Self) -> NameRelation {
        relation::names(self, target)
    }
}

impl fmt::Display for Name {
    /// The formatted string.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatted::write(self, formatter)
    }
}

impl std::str::FromStr for Name {
    type Err = CpeError;

    fn from_str(text: &str) -> Result<Self, CpeError> {
        if text.starts_with("cpe:/") {
            Self::parse_uri(text)
        } else {
            Self::parse_formatted(text)
        }
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_lenient(&text).map_err(serde::de::Error::custom)
    }
}

/// Collects a value while it is read, in either form.
#[derive(Default)]
struct Collector {
    literal: String,
    before: Option<Wild>,
    after: Wild,
    strict: bool,
}

impl Collector {
    fn new(strict: bool) -> Self {
        Self {
            strict,
            ..Self::default()
        }
    }

    /// A character that stands for itself.
    fn literal(&mut self, character: char, position: usize) -> Result<(), CpeError> {
        match self.after {
            Wild::None => {}
            _ if self.strict => return Err(CpeError::Wildcard { position }),
            Wild::Many => self.literal.push('*'),
            Wild::UpTo(number) => (0..number).for_each(|_| self.literal.push('?')),
        }
        self.after = Wild::None;
        self.before.get_or_insert(Wild::None);
        if !self.strict && matches!(character, '(' | ')') {
            // Some entries of NVD are escaped twice: `15.1\\\(2\\\)s1`.
            let kept = self.literal.trim_end_matches('\\').len();
            self.literal.truncate(kept);
        }
        self.literal.push(character.to_ascii_lowercase());
        Ok(())
    }

    /// An unquoted `*` or `?`.
    fn wildcard(&mut self, character: char, position: usize) -> Result<(), CpeError> {
        let place = match &mut self.before {
            None => self.before.insert(Wild::None),
            Some(wild) if self.literal.is_empty() && *wild != Wild::None => wild,
            Some(_) => &mut self.after,
        };
        *place = match (*place, character) {
            (Wild::None, '*') => Wild::Many,
            (Wild::None, _) => Wild::UpTo(1),
            (Wild::UpTo(number), '?') if number < u8::MAX => Wild::UpTo(number + 1),
            _ if self.strict => return Err(CpeError::Wildcard { position }),
            (wild, _) => wild,
        };
        Ok(())
    }

    fn finish(self) -> Value {
        let before = self.before.unwrap_or_default();
        if self.literal.is_empty() && matches!(before, Wild::Many | Wild::None) {
            // A lone `*`, or nothing but dropped escapes.
            return Value::Any;
        }
        Value::pattern(self.literal, before, self.after)
    }
}

/// The part of a name; `position` is where it stands.
fn part(value: &Value, position: usize, strict: bool) -> Result<(), CpeError> {
    match value {
        Value::Any => Ok(()),
        Value::Na if !strict => Ok(()),
        Value::Text(text) if matches!(&*text.literal, "a" | "o" | "h") && !text.has_wildcard() => {
            Ok(())
        }
        _ => Err(CpeError::Part { position }),
    }
}

#[cfg(test)]
mod tests;
