//! One catalogue of all messages, built once at start.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::resolver::ResolverError;
use fluent_bundle::resolver::errors::ReferenceKind;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;

use super::Lang;

/// One Fluent file of one language.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The language it is written in.
    pub lang: Lang,
    /// What errors call it: crate and file, such as `region/ja.ftl`.
    pub name: &'a str,
    /// The text of the file.
    pub text: &'a str,
}

impl<'a> Source<'a> {
    /// A Japanese file.
    #[must_use]
    pub const fn ja(name: &'a str, text: &'a str) -> Self {
        Self {
            lang: Lang::Ja,
            name,
            text,
        }
    }

    /// An English file.
    #[must_use]
    pub const fn en(name: &'a str, text: &'a str) -> Self {
        Self {
            lang: Lang::En,
            name,
            text,
        }
    }
}

/// What is wrong with a message file. A program that ships with one does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The text is not Fluent.
    #[error("{file}:{line}: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the parser expected.
        reason: String,
    },
    /// Two files of one language say the same key.
    #[error("{key} is said twice in {lang}: in {first} and in {second}")]
    Duplicate {
        /// The key.
        key: String,
        /// The language's tag.
        lang: &'static str,
        /// The file that said it first.
        first: String,
        /// The file that says it again.
        second: String,
    },
    /// A message refers to another that does not exist, or to itself.
    #[error("{file}: {key} cannot be resolved: {reason}")]
    Unresolvable {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What Fluent says.
        reason: String,
    },
}

/// Everything that is wrong with a set of message files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueErrors(pub Vec<CatalogueError>);

impl fmt::Display for CatalogueErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} errors in the message files", self.0.len())?;
        for error in &self.0 {
            write!(formatter, "\n  {error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CatalogueErrors {}

/// A message after its first reading.
struct Message {
    /// The text, with the names of missing arguments left visible.
    text: Box<str>,
    /// Whether it takes arguments, so that it has to go through Fluent each time.
    takes_arguments: bool,
}

struct Language {
    messages: HashMap<Box<str>, Message>,
    bundle: FluentBundle<FluentResource>,
}

/// All messages of all languages.
///
/// A message without arguments is resolved once, when the catalogue is built, and is then a borrowed
/// string: a matrix of 392 × 19 cells costs a hash look-up per word.
pub struct Catalogue {
    ja: Language,
    en: Language,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Catalogue(ja {}, en {})",
            self.ja.messages.len(),
            self.en.messages.len()
        )
    }
}

impl Catalogue {
    /// Builds the catalogue of all files.
    ///
    /// # Errors
    /// Names every file that does not parse, every key that is said twice in one language and every
    /// message that refers to one that does not exist.
    pub fn build<'a>(
        sources: impl IntoIterator<Item = &'a Source<'a>>,
    ) -> Result<Self, CatalogueErrors> {
        let mut errors = Vec::new();
        let mut ja_sources = Vec::new();
        let mut en_sources = Vec::new();
        for source in sources {
            match source.lang {
                Lang::Ja => ja_sources.push(*source),
                Lang::En => en_sources.push(*source),
            }
        }
        let ja = Language::build(Lang::Ja, &ja_sources, &mut errors);
        let en = Language::build(Lang::En, &en_sources, &mut errors);
        if errors.is_empty() {
            Ok(Self { ja, en })
        } else {
            Err(CatalogueErrors(errors))
        }
    }

    fn language(&self, lang: Lang) -> &Language {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }

    /// Whether the language itself says this key, without falling back.
    #[must_use]
    pub fn has(&self, lang: Lang, key: &str) -> bool {
        self.language(lang).messages.contains_key(key)
    }

    /// The text of a key: in the language, else in Japanese, else the key itself, so that a gap is
    /// seen. A message that takes arguments shows their names; use [`Self::format`] for it.
    #[must_use]
    pub fn text<'k>(&'k self, lang: Lang, key: &'k str) -> &'k str {
        self.find(lang, key).unwrap_or(key)
    }

    /// The text of a key in the language, else in Japanese; `None` where neither says it.
    #[must_use]
    pub fn find(&self, lang: Lang, key: &str) -> Option<&str> {
        let message = self.language(lang).messages.get(key);
        message
            .or_else(|| self.ja.messages.get(key))
            .map(|message| &*message.text)
    }

    /// The text of a key with its arguments; falls back as [`Self::text`] does.
    #[must_use]
    pub fn format<'k>(&'k self, lang: Lang, key: &'k str, args: &FluentArgs<'_>) -> Cow<'k, str> {
        let mut language = self.language(lang);
        if !language.messages.contains_key(key) {
            language = &self.ja;
        }
        match language.messages.get(key) {
            None => Cow::Borrowed(key),
            Some(message) if !message.takes_arguments => Cow::Borrowed(&message.text),
            Some(message) => language
                .resolve(key, Some(args), &mut Vec::new())
                .map_or_else(
                    || Cow::Borrowed(&*message.text),
                    |text| Cow::Owned(text.into_owned()),
                ),
        }
    }
}

impl Language {
    fn build(lang: Lang, sources: &[Source<'_>], errors: &mut Vec<CatalogueError>) -> Self {
        let tag = match lang {
            Lang::Ja => unic_langid::langid!("ja"),
            Lang::En => unic_langid::langid!("en"),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The marks that isolate arguments are for right-to-left text; in ours they only break
        // searching and copying.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) if number.options.use_grouping => {
                Some(group_thousands(&number.as_string()))
            }
            _ => None,
        }));

        let mut homes: HashMap<String, &str> = HashMap::new();
        for source in sources {
            let resource = FluentResource::try_new(source.text.to_owned());
            let resource = resource.unwrap_or_else(|(partial, reasons)| {
                errors.extend(reasons.into_iter().map(|reason| CatalogueError::Syntax {
                    file: source.name.to_owned(),
                    line: line_of(source.text, reason.pos.start),
                    reason: reason.kind.to_string(),
                }));
                partial
            });
            for entry in resource.entries() {
                let key = match entry {
                    Entry::Message(message) if message.value.is_some() => {
                        message.id.name.to_owned()
                    }
                    Entry::Term(term) => format!("-{}", term.id.name),
                    _ => continue,
                };
                if let Some(first) = homes.insert(key.clone(), source.name) {
                    errors.push(CatalogueError::Duplicate {
                        key,
                        lang: lang.code(),
                        first: first.to_owned(),
                        second: source.name.to_owned(),
                    });
                }
            }
            bundle.add_resource_overriding(resource);
        }

        let mut language = Self {
            messages: HashMap::with_capacity(homes.len()),
            bundle,
        };
        for (key, file) in homes.into_iter().filter(|(key, _)| !key.starts_with('-')) {
            let mut complaints = Vec::new();
            let text = language
                .resolve(&key, None, &mut complaints)
                .map(Cow::into_owned);
            let mut takes_arguments = false;
            for complaint in complaints {
                match complaint {
                    FluentError::ResolverError(ResolverError::Reference(
                        ReferenceKind::Variable { .. },
                    )) => takes_arguments = true,
                    other => errors.push(CatalogueError::Unresolvable {
                        file: file.to_owned(),
                        key: key.clone(),
                        reason: other.to_string(),
                    }),
                }
            }
            let text = text.unwrap_or_else(|| key.clone()).into_boxed_str();
            language.messages.insert(
                key.into_boxed_str(),
                Message {
                    text,
                    takes_arguments,
                },
            );
        }
        language
    }

    fn resolve<'b>(
        &'b self,
        key: &str,
        args: Option<&'b FluentArgs<'_>>,
        complaints: &mut Vec<FluentError>,
    ) -> Option<Cow<'b, str>> {
        let message = self.bundle.get_message(key)?;
        Some(
            self.bundle
                .format_pattern(message.value()?, args, complaints),
        )
    }
}

fn line_of(text: &str, position: usize) -> usize {
    text.bytes()
        .take(position)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

/// Writes `1234567.5` as `1,234,567.5`; what is not a plain number stays as it is.
fn group_thousands(number: &str) -> String {
    let (sign, unsigned) = number
        .strip_prefix('-')
        .map_or(("", number), |unsigned| ("-", unsigned));
    let (whole, fraction) = unsigned
        .find('.')
        .map_or((unsigned, ""), |point| unsigned.split_at(point));
    if whole.len() <= 3 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut grouped = String::with_capacity(number.len() + whole.len() / 3);
    grouped.push_str(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(fraction);
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    fn catalogue() -> Catalogue {
        Catalogue::build(&[
            Source::ja(
                "a/ja.ftl",
                "home-title = 今日すること\nonly-ja = 日本語だけ\nhome-link = { home-title } へ\n\
                 member-count = 会員 { $count } 施設",
            ),
            Source::en(
                "a/en.ftl",
                "home-title = What to do today\nhome-link = To { home-title }\n\
                 member-count = { $count ->\n    [one] { $count } member\n   *[other] { $count } members\n}",
            ),
        ])
        .unwrap()
    }

    #[test]
    fn simple_messages_are_borrowed_and_fall_back_to_japanese_then_to_the_key() {
        let catalogue = catalogue();
        assert_eq!(catalogue.text(Lang::En, "home-title"), "What to do today");
        assert_eq!(catalogue.text(Lang::En, "only-ja"), "日本語だけ");
        assert_eq!(catalogue.text(Lang::En, "no-such-key"), "no-such-key");
        assert_eq!(catalogue.text(Lang::Ja, "home-link"), "今日すること へ");
        assert!(matches!(
            catalogue.format(Lang::Ja, "home-link", &args![]),
            Cow::Borrowed("今日すること へ")
        ));
    }

    #[test]
    fn arguments_are_put_in_plain_grouped_and_by_plural() {
        let catalogue = catalogue();
        let say = |lang, count: i64| {
            catalogue
                .format(lang, "member-count", &args![("count", count)])
                .into_owned()
        };
        assert_eq!(say(Lang::Ja, 240_000), "会員 240,000 施設");
        assert_eq!(say(Lang::En, 1), "1 member");
        assert_eq!(say(Lang::En, 1000), "1,000 members");
        assert_eq!(
            catalogue.text(Lang::Ja, "member-count"),
            "会員 {$count} 施設"
        );
    }

    #[test]
    fn every_fault_of_the_files_is_named() {
        let CatalogueErrors(errors) = Catalogue::build(&[
            Source::ja(
                "a/ja.ftl",
                "good-one = よい\nbroken one = ?\nlost-link = { nowhere }",
            ),
            Source::ja("b/ja.ftl", "good-one = また"),
        ])
        .unwrap_err();
        assert!(
            errors.iter().any(|error| matches!(error,
            CatalogueError::Syntax { file, line: 2, .. } if file == "a/ja.ftl")),
            "{errors:?}"
        );
        assert!(
            errors.iter().any(|error| matches!(error,
            CatalogueError::Duplicate { key, first, second, .. }
                if key == "good-one" && first == "a/ja.ftl" && second == "b/ja.ftl")),
            "{errors:?}"
        );
        assert!(
            errors.iter().any(|error| matches!(error,
            CatalogueError::Unresolvable { key, .. } if key == "lost-link")),
            "{errors:?}"
        );
    }

    #[test]
    fn thousands_are_grouped_only_in_numbers() {
        assert_eq!(group_thousands("999"), "999");
        assert_eq!(group_thousands("1000"), "1,000");
        assert_eq!(group_thousands("-1234567.25"), "-1,234,567.25");
        assert_eq!(group_thousands("NaN"), "NaN");
    }

    #[test]
    fn our_own_files_are_sound() {
        let catalogue = Catalogue::build(crate::i18n::MESSAGES).unwrap();
        assert!(catalogue.has(Lang::Ja, "state-verified"));
    }
}
