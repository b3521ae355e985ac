//! Rule packs: which editions of the checklists, self-checks and national contacts this
//! installation uses, how sure their wording is, and the import of further ones.
//!
//! The packs themselves and their formats are `yagura_packs`; this feature keeps what was imported
//! in the database, puts it to what ships with the program ([`load`]) and shows it. Any person of
//! the installation reads, administrators import: a preview first, then one transaction. The same
//! functions serve the command line ([`read`], [`prepare`], [`take`]).
//!
//! Of `checklists` it reads only whether anything stands on a version that is to be withdrawn
//! ([`withdraw`]). It also brings the words of `yagura_packs` and
//! `yagura_documents` to the catalogue, for every feature that shows their errors.

mod api;
mod load;
mod operations;
mod pages;
mod prepare;
mod read;
pub mod store;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::policy::Action;
use yagura_store::jobs::{Job, JobHandler, Progress};
use yagura_store::{Migration, StoreError};
use yagura_web::i18n::Source;
use yagura_web::{App, Destination, Feature, Group, NavigationFor, Routes, Schedule};

pub use load::{FaultReason, LoadFault, Loaded, follow, load, refresh};
pub use operations::{Withdrawal, detail_of, take, withdraw};
pub use prepare::{Base, Prepared, Standing, counts, prepare};
pub use read::{LARGEST_FILE, ReadError, ReadFile, ReadOptions, Remark, read};
pub use words::{change_text, finding_text, remark_text};

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct RulePacks;

const MESSAGES: &[Source<'static>] = &[
    Source::ja("rulepacks/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("rulepacks/en.ftl", include_str!("../locales/en.ftl")),
    Source::ja("packs/ja.ftl", yagura_packs::MESSAGES_JA),
    Source::en("packs/en.ftl", yagura_packs::MESSAGES_EN),
    Source::ja("documents/ja.ftl", yagura_documents::messages::MESSAGES_JA),
    Source::en("documents/en.ftl", yagura_documents::messages::MESSAGES_EN),
];

const CLEAN: &str = "rulepacks-clean";

const SCHEDULES: &[Schedule] = &[Schedule {
    job: CLEAN,
    every_seconds: 6 * 60 * 60,
}];

/// Forgets imports that nobody confirmed.
struct CleanHandler {
    app: App,
}

#[async_trait]
impl JobHandler for CleanHandler {
    fn kind(&self) -> &'static str {
        CLEAN
    }

    async fn run(&self, _job: &Job, _progress: &Progress) -> Result<(), String> {
        let text = |error: StoreError| error.to_string();
        let mut tx = self.app.database().begin().await.map_err(text)?;
        store::expire(&mut tx, self.app.now()).await.map_err(text)?;
        tx.commit().await.map_err(text)
    }
}

impl Feature for RulePacks {
    fn name(&self) -> &'static str {
        "rulepacks"
    }

    fn migrations(&self) -> &'static [Migration] {
        store::MIGRATIONS
    }

    fn routes(&self) -> Routes {
        pages::routes().merge(api::routes())
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        if whom.may_on_installation(Action::ReadPacks) {
            vec![Destination::new(
                Group::Settings,
                40,
                "rulepacks-title",
                pages::LIST,
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(CleanHandler { app: app.clone() })]
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }
}
