//! Evidence: the files behind answers. A piece is a document, a photo, a contract, a certificate,
//! a screenshot or a log, with a day of issue and a last day; it may stand behind any number of
//! items of any sheets, gets new versions when it is renewed, and is withdrawn but never deleted.
//!
//! A file is judged by its content while it comes in ([`media`]) and stored under the hash of its
//! content, encrypted ([`yagura_store::blobs`]). Every delivery is authorised and logged. The
//! daily job ([`expiry`]) reminds before a piece ends and tells the sheets when it has.
//!
//! This feature reads no other. The checklists read it, and hand it an [`EvidenceHost`] by which it
//! names the items that pieces stand behind and says that their proof levels may have changed.

mod api;
pub mod expiry;
mod forms;
mod host;
pub mod media;
pub mod model;
mod operations;
mod pages;
mod probes;
mod store;
mod upload;
pub mod words;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::Stream;
use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_kernel::probe::Probe;
use yagura_store::blobs::BlobStore;
use yagura_store::jobs::JobHandler;
use yagura_store::{Migration, StoreError};
use yagura_web::i18n::{Source, args};
use yagura_web::ui::components::Tone;
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Routes, Schedule, ToDo, WebError,
};

pub use host::{EvidenceHost, HostItem, HostSheet, Hosts, NoSheets};
pub use media::{MediaType, Refusal};
pub use model::{
    Currency, Details, EvidenceKind, ItemCounts, ItemRef, LinkedPiece, NewPiece, NewVersion, Piece,
    SheetCounts, Version, Withdrawal, currency,
};
pub use pages::{attach_panel, linked_list};
pub use probes::{EVIDENCE_CURRENT, EvidenceCurrent};
pub use store::{
    Cursor, Event, EvidenceError, Filter, HistoryEntry, LibraryCounts, LinksByPiece, MIGRATIONS,
    Order, Page, PendingUpload, State, add_version, attach, attach_all, attachable, change, counts,
    counts_within, detach, history, insert, library, library_counts, linked_items, links_of,
    next_lapse, of_item, of_sheet, owner, piece, restore, version, versions, withdraw,
};
pub use upload::{StoringError, store_judged};

/// The content of a piece's newest version, for a bundle of files. The caller puts the delivery
/// into the audit log.
///
/// # Errors
/// [`StoreError::Blob`] where the stored file is absent or altered.
pub async fn open(
    blobs: &BlobStore,
    proof: &Authorized<actions::DownloadEvidence>,
    piece: &Piece,
) -> Result<impl Stream<Item = Result<bytes::Bytes, StoreError>> + Send + use<>, EvidenceError> {
    if proof.organization() != piece.organization {
        return Err(EvidenceError::NotFound);
    }
    Ok(blobs.open(&piece.hash).await?)
}

/// The feature.
pub struct Evidence {
    host: Arc<dyn EvidenceHost>,
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Evidence").finish_non_exhaustive()
    }
}

impl Evidence {
    /// The feature, standing behind the sheets of a host.
    #[must_use]
    pub fn new(host: Arc<dyn EvidenceHost>) -> Self {
        Self { host }
    }
}

/// Once a day would do; every six hours makes up for a server that is switched off at night.
const SCHEDULES: &[Schedule] = &[Schedule {
    job: expiry::JOB,
    every_seconds: 6 * 60 * 60,
}];

const MESSAGES: &[Source<'static>] = &[
    Source::ja("evidence/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("evidence/en.ftl", include_str!("../locales/en.ftl")),
];

#[async_trait]
impl Feature for Evidence {
    fn name(&self) -> &'static str {
        "evidence"
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
                10,
                "evidence-library",
                "/evidence",
            )]
        } else {
            Vec::new()
        }
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn probes(&self, app: &App) -> Vec<Arc<dyn Probe>> {
        vec![Arc::new(EvidenceCurrent {
            database: app.database().clone(),
        })]
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(expiry::ExpiryHandler {
            app: app.clone(),
            host: Arc::clone(&self.host),
        })]
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        // Asked quietly: who may not is not refused anything here.
        if !whom.is_institution() || !whom.may_at_home(Action::ManageEvidence) {
            return Ok(Vec::new());
        }
        let proof = context.authorize_own::<actions::ReadEvidence>().await?;
        let counts = store::library_counts(context.database(), &proof, context.today).await?;
        let t = context.t();
        let mut to_dos = Vec::new();
        if counts.expired_linked > 0 {
            let count = args![("count", counts.expired_linked)];
            to_dos.push(ToDo {
                urgency: 800,
                title: t.t("evidence-todo-expired").to_owned(),
                why: t.t_args("evidence-todo-expired-why", count).into_owned(),
                mark: Some((Tone::Late, t.t("evidence-expired").to_owned())),
                href: "/evidence?state=expired".to_owned(),
                button: t.t("evidence-todo-button").to_owned(),
            });
        }
        if counts.expiring_linked > 0 {
            let count = args![("count", counts.expiring_linked)];
            to_dos.push(ToDo {
                urgency: 600,
                title: t.t("evidence-todo-expiring").to_owned(),
                why: t.t_args("evidence-todo-expiring-why", count).into_owned(),
                mark: Some((Tone::Caution, t.t("evidence-expiring").to_owned())),
                href: "/evidence?state=expiring".to_owned(),
                button: t.t("evidence-todo-button").to_owned(),
            });
        }
        Ok(to_dos)
    }
}
