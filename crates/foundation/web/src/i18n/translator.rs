//! What a page writer holds: a language and the catalogue.

use std::borrow::Cow;
use std::sync::Arc;

use fluent_bundle::FluentArgs;
use yagura_kernel::probe::Finding;
use yagura_kernel::time::{Date, FiscalYear, Instant};

use super::{Catalogue, Lang, dates};

/// The catalogue in one reader's language. Cheap to clone; pages take it as `&Translator`.
#[derive(Debug, Clone)]
pub struct Translator {
    lang: Lang,
    catalogue: Arc<Catalogue>,
}

impl Translator {
    /// A translator for one reader.
    #[must_use]
    pub const fn new(lang: Lang, catalogue: Arc<Catalogue>) -> Self {
        Self { lang, catalogue }
    }

    /// The reader's language.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// The catalogue, for what writes in several languages at once.
    #[must_use]
    pub const fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// The text of a key that takes no arguments. A key made at run time is written
    /// `t(&format!("state-{}", state.code()))`; the literal tells [`super::check`] what it may be.
    #[must_use]
    pub fn t<'k>(&'k self, key: &'k str) -> &'k str {
        self.catalogue.text(self.lang, key)
    }

    /// The text of a key made at run time, where there is one; lives as long as the translator.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.catalogue.find(self.lang, key)
    }

    /// The text of a key with arguments: `t_args("member-count", args![("count", 392)])`.
    #[must_use]
    pub fn t_args<'k>(&'k self, key: &'k str, args: FluentArgs<'_>) -> Cow<'k, str> {
        self.catalogue.format(self.lang, key, &args)
    }

    /// What a probe found, in words.
    #[must_use]
    pub fn finding(&self, finding: &Finding) -> String {
        let mut args = FluentArgs::with_capacity(finding.arguments.len());
        for (name, value) in &finding.arguments {
            args.set(name.as_str(), value.as_str());
        }
        self.t_args(&finding.message, args).into_owned()
    }

    /// A date in full: 令和8年11月21日(土), Sat 21 November 2026.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        dates::long(self.lang, date)
    }

    /// A fiscal year: 令和8年度, FY2026.
    #[must_use]
    pub fn fiscal_year(&self, year: FiscalYear) -> String {
        match self.lang {
            Lang::Ja => year.label_ja(),
            Lang::En => year.label_en(),
        }
    }

    /// A date and time of day, 24 hours, Japan time: 令和8年11月21日 9:05.
    #[must_use]
    pub fn date_time(&self, instant: Instant) -> String {
        dates::date_time(self.lang, instant)
    }
}

/// Marks a literal as a message key where it stands outside a call of [`Translator::t`], for
/// example in a table of navigation entries, so that [`super::check`] finds it.
#[must_use]
pub const fn message_key(key: &'static str) -> &'static str {
    key
}
