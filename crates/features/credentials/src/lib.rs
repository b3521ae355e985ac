//! Passwords of devices: verdicts on the institution's password file, for items 2-⑦ and 2-⑧.
//!
//! The file never comes here. `yagura credentials check` judges it where it lies (the engine
//! `credentialcheck`) and writes a signed verdict ([`model::SignedVerdict`]), which is uploaded. A
//! verdict counts once a person has compared the fingerprint of the key that signed it; it is then
//! kept as a piece of evidence behind both items, and the probes [`PASSWORDS_STRONG`] and
//! [`PASSWORDS_NOT_REUSED`] judge the newest one.
//!
//! This feature reads `evidence`.

mod api;
pub mod model;
mod operations;
mod pages;
mod probes;
mod store;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_evidence::EvidenceHost;
use yagura_kernel::policy::Action;
use yagura_kernel::probe::Probe;
use yagura_store::Migration;
use yagura_web::i18n::Source;
use yagura_web::{App, Destination, Feature, Group, NavigationFor, Routes};

pub use probes::{PASSWORDS_NOT_REUSED, PASSWORDS_STRONG};
pub use store::MIGRATIONS;

/// The feature.
pub struct Credentials {
    host: Arc<dyn EvidenceHost>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// The feature, with the sheets behind whose items verdicts stand.
    #[must_use]
    pub fn new(host: Arc<dyn EvidenceHost>) -> Self {
        Self { host }
    }
}

const MESSAGES: &[Source<'static>] = &[
    Source::ja("credentials/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("credentials/en.ftl", include_str!("../locales/en.ftl")),
];

#[async_trait]
impl Feature for Credentials {
    fn name(&self) -> &'static str {
        "credentials"
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    fn routes(&self) -> Routes {
        pages::routes(&self.host).merge(api::routes(&self.host))
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        if whom.is_institution() && whom.may_at_home(Action::ReadEvidence) {
            vec![Destination::new(
                Group::Registers,
                30,
                "credentials-title",
                "/credentials",
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        probes::all(app.database())
    }
}
