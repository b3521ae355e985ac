//! Languages and the message catalogue.
//!
//! Every sentence a person reads comes from a Fluent file (`locales/ja.ftl`, `locales/en.ftl` of
//! the crate that says it). Each crate offers its files as [`Source`]s; the application builds one
//! [`Catalogue`] of all of them and hands a [`Translator`] to whatever writes a page or a mail.
//!
//! ```
//! # use std::sync::Arc;
//! # use yagura_web::i18n::{Catalogue, Lang, Source, Translator};
//! # use yagura_web::args;
//! const MESSAGES: &[Source] = &[
//!     Source::ja("doc/ja.ftl", "member-count = 会員 { $count } 施設"),
//!     Source::en("doc/en.ftl", "member-count = { $count } members"),
//! ];
//! let catalogue = Arc::new(Catalogue::build(MESSAGES)?);
//! let translator = Translator::new(Lang::Ja, catalogue);
//! assert_eq!(translator.t_args("member-count", args![("count", 2400)]), "会員 2,400 施設");
//! # Ok::<(), yagura_web::i18n::CatalogueErrors>(())
//! ```
//!
//! How keys are written in source, so that [`check`] can hold source and files together, is said
//! there.

mod catalogue;
pub mod check;
pub mod dates;
mod language;
mod translator;

pub use catalogue::{Catalogue, CatalogueError, CatalogueErrors, Source};
pub use fluent_bundle::{FluentArgs, FluentValue};
pub use language::Lang;
pub use translator::{Translator, message_key};

pub use crate::args;

/// The messages of this crate: page frame, components, forms, dates and the glossary.
pub const MESSAGES: &[Source<'static>] = &[
    Source::ja("web/ja.ftl", include_str!("../../locales/ja.ftl")),
    Source::en("web/en.ftl", include_str!("../../locales/en.ftl")),
    Source::ja(
        "web/glossary.ja.ftl",
        include_str!("../../locales/glossary.ja.ftl"),
    ),
    Source::en(
        "web/glossary.en.ftl",
        include_str!("../../locales/glossary.en.ftl"),
    ),
];

/// The arguments of a message: `args![("count", 3), ("name", &name)]`.
///
/// Numbers choose plural forms and are written with thousands separators; what must not be
/// grouped (a year, a postal code) is passed as text.
#[macro_export]
macro_rules! args {
    () => { $crate::i18n::FluentArgs::new() };
    ($(($name:expr, $value:expr)),+ $(,)?) => {{
        let mut arguments = $crate::i18n::FluentArgs::new();
        $(arguments.set($name, $value);)+
        arguments
    }};
}
