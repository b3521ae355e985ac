//! Holds message files and source together, for one test over the whole workspace.
//!
//! What counts as naming a message in source:
//!
//! | written | means |
//! |---|---|
//! | `t("home-title")`, `t_args("home-title", …)`, `message_key("home-title")` | the key must exist |
//! | every literal in the first argument of those, e.g. `t(if late { "due-late" } else { "due-soon" })` | each must exist |
//! | `catalogue.text(lang, "home-title")`, `catalogue.format(lang, …)` | the key must exist |
//! | every literal in a function called `message_key` or `…_message_key` | each must exist |
//! | a field `…_key: "home-title"` | the key must exist |
//! | `t(&format!("state-{}", code))`, also `"glossary-{}-name"` in any of the places above | at least one key must fit the pattern |
//! | any other literal equal to a key, or `"prefix-{…}"` that fits keys | those keys are used |
//!
//! Match patterns (`"x" =>`) and comparisons (`== "x"`) are not keys. Test modules
//! (`#[cfg(test)]`) are not read. A pattern starts with a literal prefix that ends in `-`.
//!
//! Message files are `locales/ja.ftl`, `locales/en.ftl` and `locales/<subject>.<language>.ftl`.

mod lexer;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::{Catalogue, CatalogueError, CatalogueErrors, Lang, Source};
use scan::{KeyPattern, Mention, Uses};

/// A message file as read from disk.
#[derive(Debug, Clone)]
pub struct MessageFile {
    /// Its language.
    pub lang: Lang,
    /// Its path, for the report.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A Rust file as read from disk.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its path, for the report.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Source names a key, or a pattern of keys, that a language does not say.
    Missing {
        /// The key, or the pattern with `{}`.
        key: String,
        /// The language that lacks it.
        lang: &'static str,
        /// Path and line of the source.
        place: String,
    },
    /// One language says a key and the other does not.
    Untranslated {
        /// The key.
        key: String,
        /// The language that lacks it.
        lang: &'static str,
    },
    /// No source names the key.
    Unused {
        /// The key.
        key: String,
        /// The file that says it.
        file: String,
    },
    /// The two languages take different arguments for a key.
    DifferentArguments {
        /// The key.
        key: String,
        /// The arguments in Japanese.
        ja: Vec<String>,
        /// The arguments in English.
        en: Vec<String>,
    },
    /// A key is not two or more words of lower-case letters and digits joined by hyphens.
    BadName {
        /// The key.
        key: String,
        /// The file that says it.
        file: String,
    },
    /// The files do not make a catalogue.
    Catalogue(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { key, lang, place } => {
                write!(formatter, "{place}: {key} is missing in {lang}")
            }
            Self::Untranslated { key, lang } => write!(formatter, "{key} is missing in {lang}"),
            Self::Unused { key, file } => write!(formatter, "{file}: {key} is used nowhere"),
            Self::DifferentArguments { key, ja, en } => {
                write!(formatter, "{key} takes {ja:?} in ja and {en:?} in en")
            }
            Self::BadName { key, file } => {
                write!(formatter, "{file}: {key} is not of the form subject-word")
            }
            Self::Catalogue(error) => formatter.write_str(error),
        }
    }
}

/// Everything that does not fit between these message files and these sources, in a stable order.
#[must_use]
pub fn check(messages: &[MessageFile], sources: &[SourceFile]) -> Vec<Finding> {
    let mut findings = BTreeSet::new();
    let catalogue_sources: Vec<Source<'_>> = messages
        .iter()
        .map(|file| Source {
            lang: file.lang,
            name: &file.path,
            text: &file.text,
        })
        .collect();
    if let Err(CatalogueErrors(errors)) = Catalogue::build(&catalogue_sources) {
        let lines = errors
            .iter()
            .map(CatalogueError::to_string)
            .map(Finding::Catalogue);
        findings.extend(lines);
    }

    let known = Known::read(messages);
    for (key, home) in &known.homes {
        for lang in Lang::ALL {
            if !known.says(lang, key) {
                let lang = lang.code();
                findings.insert(Finding::Untranslated {
                    key: key.clone(),
                    lang,
                });
            }
        }
        if !scan::is_key(key) {
            findings.insert(Finding::BadName {
                key: key.clone(),
                file: home.clone(),
            });
        }
        if let (Some(ja), Some(en)) = (known.ja.get(key), known.en.get(key))
            && ja != en
        {
            findings.insert(Finding::DifferentArguments {
                key: key.clone(),
                ja: ja.iter().cloned().collect(),
                en: en.iter().cloned().collect(),
            });
        }
    }

    let mut used: BTreeSet<String> = known.referenced.clone();
    let mut patterns: BTreeSet<KeyPattern> = BTreeSet::new();
    for source in sources {
        let Uses {
            required,
            mentioned,
        } = scan::scan(&source.text);
        for Mention { what, line } in required {
            let place = format!("{}:{line}", source.path);
            match KeyPattern::parse(&what) {
                Some(pattern) => {
                    for lang in Lang::ALL {
                        if !known.language(lang).keys().any(|key| pattern.fits(key)) {
                            findings.insert(Finding::Missing {
                                key: what.clone(),
                                lang: lang.code(),
                                place: place.clone(),
                            });
                        }
                    }
                    patterns.insert(pattern);
                }
                None => {
                    for lang in Lang::ALL {
                        if !known.says(lang, &what) {
                            findings.insert(Finding::Missing {
                                key: what.clone(),
                                lang: lang.code(),
                                place: place.clone(),
                            });
                        }
                    }
                    used.insert(what);
                }
            }
        }
        for what in mentioned {
            match KeyPattern::parse(&what) {
                Some(pattern) => {
                    patterns.insert(pattern);
                }
                None => {
                    used.insert(what);
                }
            }
        }
    }
    for (key, file) in &known.homes {
        if !used.contains(key) && !patterns.iter().any(|pattern| pattern.fits(key)) {
            findings.insert(Finding::Unused {
                key: key.clone(),
                file: file.clone(),
            });
        }
    }
    findings.into_iter().collect()
}

/// The keys of all files with the arguments they take.
#[derive(Default)]
struct Known {
    ja: BTreeMap<String, BTreeSet<String>>,
    en: BTreeMap<String, BTreeSet<String>>,
    homes: BTreeMap<String, String>,
    referenced: BTreeSet<String>,
}

impl Known {
    fn read(messages: &[MessageFile]) -> Self {
        let mut known = Self::default();
        for file in messages {
            // What does not parse is already reported by the catalogue; the rest still counts.
            let resource = fluent_syntax::parser::parse(file.text.as_str())
                .unwrap_or_else(|(partial, _)| partial);
            for entry in resource.body {
                let Entry::Message(message) = entry else {
                    continue;
                };
                let Some(value) = message.value else { continue };
                let mut arguments = BTreeSet::new();
                walk_pattern(&value, &mut arguments, &mut known.referenced);
                let key = message.id.name.to_owned();
                known
                    .homes
                    .entry(key.clone())
                    .or_insert_with(|| file.path.clone());
                match file.lang {
                    Lang::Ja => known.ja.insert(key, arguments),
                    Lang::En => known.en.insert(key, arguments),
                };
            }
        }
        known
    }

    fn language(&self, lang: Lang) -> &BTreeMap<String, BTreeSet<String>> {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }

    fn says(&self, lang: Lang, key: &str) -> bool {
        self.language(lang).contains_key(key)
    }
}

fn walk_pattern(
    pattern: &Pattern<&str>,
    arguments: &mut BTreeSet<String>,
    referenced: &mut BTreeSet<String>,
) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            walk_expression(expression, arguments, referenced);
        }
    }
}

fn walk_expression(
    expression: &Expression<&str>,
    arguments: &mut BTreeSet<String>,
    referenced: &mut BTreeSet<String>,
) {
    match expression {
        Expression::Inline(inline) => walk_inline(inline, arguments, referenced),
        Expression::Select { selector, variants } => {
            walk_inline(selector, arguments, referenced);
            for variant in variants {
                walk_pattern(&variant.value, arguments, referenced);
            }
        }
    }
}

fn walk_inline(
    inline: &InlineExpression<&str>,
    arguments: &mut BTreeSet<String>,
    referenced: &mut BTreeSet<String>,
) {
    match inline {
        InlineExpression::VariableReference { id } => {
            arguments.insert(id.name.to_owned());
        }
        InlineExpression::MessageReference { id, .. } => {
            referenced.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference {
            arguments: call, ..
        } => {
            for positional in &call.positional {
                walk_inline(positional, arguments, referenced);
            }
        }
        InlineExpression::Placeable { expression } => {
            walk_expression(expression, arguments, referenced);
        }
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::TermReference { .. } => {}
    }
}

/// Reads every `locales/*.ftl` and every `src/**/*.rs` below a folder of crates.
///
/// # Errors
/// Says which file or folder could not be read.
pub fn read_tree(root: &Path) -> io::Result<(Vec<MessageFile>, Vec<SourceFile>)> {
    let mut messages = Vec::new();
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(&folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        entries.sort();
        for path in entries {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
                continue;
            }
            let shown = || {
                path.strip_prefix(root)
                    .unwrap_or(&path)
                    .display()
                    .to_string()
            };
            if name.ends_with(".ftl") {
                if let Some(lang) = language_of(&name) {
                    let text = fs::read_to_string(&path)?;
                    messages.push(MessageFile {
                        lang,
                        path: shown(),
                        text,
                    });
                }
            } else if name.ends_with(".rs") && path.iter().any(|part| part == "src") {
                sources.push(SourceFile {
                    path: shown(),
                    text: fs::read_to_string(&path)?,
                });
            }
        }
    }
    Ok((messages, sources))
}

fn language_of(file_name: &str) -> Option<Lang> {
    let stem = file_name.strip_suffix(".ftl")?;
    Lang::from_code(stem.rsplit('.').next()?)
}

#[cfg(test)]
mod tests;
