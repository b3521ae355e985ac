//! The web layer: server, sign-in, the frame of every page, forms, words in two languages and the
//! conventions of the API. Features bring their pages through [`Feature`].

use std::sync::Arc;

mod address;
pub mod api;
mod app;
pub mod assets;
pub mod authentication;
mod context;
mod download;
mod error;
mod feature;
mod flash;
pub mod i18n;
pub mod idempotency;
pub mod mail;
mod pages;
mod proxies;
mod routes;
pub mod server;
pub mod sign_in;
pub mod submitted;
#[cfg(feature = "testing")]
pub mod testing;
pub mod ui;

pub use address::{address, encoded_path, percent_encoded};
pub use app::{App, AppParts, MailRoute, WebConfig};
pub use context::{Context, PublicContext, add_cookie, see_other};
pub use download::attachment;
pub use error::WebError;
pub use feature::{
    Destination, Feature, Group, NavigationFor, Records, Schedule, ToDo, VendorStanding,
};
pub use flash::FlashMessage;
use i18n::{Catalogue, CatalogueErrors, Source};
pub use i18n::{Lang, Translator};
pub use proxies::{ProxyError, TrustedProxies};
pub use routes::{Access, RouteInfo, Routes};
pub use submitted::SubmittedForm;

/// The words of the pages that belong to no feature.
const PAGE_MESSAGES: &[Source<'static>] = &[
    Source::ja("web/pages.ja.ftl", include_str!("../locales/pages.ja.ftl")),
    Source::en("web/pages.en.ftl", include_str!("../locales/pages.en.ftl")),
    Source::ja(
        "web/sign_in.ja.ftl",
        include_str!("../locales/sign_in.ja.ftl"),
    ),
    Source::en(
        "web/sign_in.en.ftl",
        include_str!("../locales/sign_in.en.ftl"),
    ),
    Source::ja(
        "web/account.ja.ftl",
        include_str!("../locales/account.ja.ftl"),
    ),
    Source::en(
        "web/account.en.ftl",
        include_str!("../locales/account.en.ftl"),
    ),
    Source::ja("identity/ja.ftl", yagura_identity::MESSAGES_JA),
    Source::en("identity/en.ftl", yagura_identity::MESSAGES_EN),
];

/// The tables of the web layer itself.
pub const MIGRATIONS: &[yagura_store::Migration] = idempotency::MIGRATIONS;

/// The jobs of the web layer itself.
#[must_use]
pub fn jobs(app: &App) -> Vec<Arc<dyn yagura_store::jobs::JobHandler>> {
    vec![
        Arc::new(mail::MailHandler { app: app.clone() }),
        Arc::new(sign_in::ResetHandler { app: app.clone() }),
    ]
}

/// The words of the whole program.
///
/// # Errors
/// Every fault in the files: see [`CatalogueErrors`].
pub fn catalogue(features: &[Arc<dyn Feature>]) -> Result<Arc<Catalogue>, CatalogueErrors> {
    let own = i18n::MESSAGES.iter().chain(PAGE_MESSAGES);
    let sources = own.chain(features.iter().flat_map(|feature| feature.messages()));
    Catalogue::build(sources).map(Arc::new)
}

/// The OpenAPI document of the whole program.
#[must_use]
pub fn openapi(app: &App) -> utoipa::openapi::OpenApi {
    pages::openapi(app)
}
