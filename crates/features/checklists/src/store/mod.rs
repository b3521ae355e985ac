//! Sheets, answers, history and measurements in the database. The only place, together with
//! [`crate::overview`], that names this feature's tables.
//!
//! A save reads first and outside of any transaction, holds the entry against the rules, works out
//! every cell, and only then opens a transaction of a handful of statements. Its first statement
//! takes the sheet only if nobody changed it since (`revision`); if somebody did, the save reads
//! again while it holds the sheet. So savers of different rows of one sheet never spoil each
//! other's summary, and a save costs the writer as little as possible.

mod answers;
mod bulk;
mod customers;
mod declined;
mod header;
mod history;
mod probes;
mod recompute;
mod rows;
mod schema;
mod self_checks;
mod sheets;
mod uses;

pub use answers::{
    AnswerChange, Conflict, ItemProblem, SaveError, Saved, SavedItem, save_answers, save_answers_on,
};
pub use bulk::{BulkAnswer, BulkSheet, insert_sheets};
pub use customers::{
    CustomerCounts, CustomerCursor, CustomerFilter, CustomerSheet, CustomerState, customer_counts,
    customer_sheets, draft_sources,
};
pub use declined::{decline_drafts, declined_drafts};
pub use header::{HeaderConflict, HeaderError, SavedHeader, save_header};
pub use history::{Change, ChangeOf, HistoryProof, history};
pub use probes::{MeasuredProbe, NewMeasurement, measurements, store_measurements};
pub(crate) use recompute::organizations_to_measure;
pub use recompute::{evidence_changed, recompute_organization, recompute_sheets};
pub use rows::{AnswerNames, SheetContent, SheetHeader, StoredAnswer};
pub use schema::MIGRATIONS;
pub use self_checks::{
    AudienceProgress, SelfCheckEntry, StoredSelfCheck, own_self_checks, self_check_progress,
    store_self_check,
};
pub use sheets::{
    OpenError, SheetOwner, find, open_sheet, owner_of, sheet, sheet_before, sheets_by_vendor,
    sheets_of, vendor_sheets,
};
pub(crate) use sheets::{institution_sheets, is_institution};
pub use uses::{PackUses, pack_uses};

use std::collections::BTreeSet;

use yagura_kernel::id::{OrganizationId, PersonId, SheetId};
use yagura_kernel::policy::{Actor, Authorized, Principal, Standing, actions};
use yagura_kernel::relation::SharingLevel;
use yagura_kernel::time::Date;
use yagura_store::{Database, FromRow, Params, StoreError, Transaction};

use crate::model::SheetSubject;

/// Proof that a sheet may be read: an institution's own, or a vendor's for it.
#[derive(Debug, Clone, Copy)]
pub enum ReadProof<'a> {
    /// The institution's sheet.
    Institution(&'a Authorized<actions::ReadSheet>),
    /// The sheets of its vendors; a vendor reaches only its own.
    Vendor(&'a Authorized<actions::ReadVendorSheet>),
}

/// Proof that a sheet may be filled in.
#[derive(Debug, Clone, Copy)]
pub enum WriteProof<'a> {
    /// The institution's sheet.
    Institution(&'a Authorized<actions::AnswerSheet>),
    /// One's own vendor sheet for a customer.
    Vendor(&'a Authorized<actions::AnswerVendorSheet>),
}

macro_rules! proofs {
    ($($proof:ident: $institution:ident, $vendor:ident;)+) => {$(
        impl<'a> From<&'a Authorized<actions::$institution>> for $proof<'a> {
            fn from(proof: &'a Authorized<actions::$institution>) -> Self {
                Self::Institution(proof)
            }
        }
        impl<'a> From<&'a Authorized<actions::$vendor>> for $proof<'a> {
            fn from(proof: &'a Authorized<actions::$vendor>) -> Self {
                Self::Vendor(proof)
            }
        }
        impl $proof<'_> {
            /// The institution whose records they are.
            #[must_use]
            pub const fn organization(&self) -> OrganizationId {
                match self {
                    Self::Institution(proof) => proof.organization(),
                    Self::Vendor(proof) => proof.organization(),
                }
            }

            /// Who was authorised.
            #[must_use]
            pub fn principal(&self) -> &Principal {
                match self {
                    Self::Institution(proof) => proof.principal(),
                    Self::Vendor(proof) => proof.principal(),
                }
            }

            /// How the principal's organisation stands to the institution.
            #[must_use]
            pub const fn standing(&self) -> Standing {
                match self {
                    Self::Institution(proof) => proof.standing(),
                    Self::Vendor(proof) => proof.standing(),
                }
            }

            /// Whether the proof covers this sheet. A vendor's proof for a customer does not cover
            /// what another vendor answered for the same customer.
            #[must_use]
            pub fn covers(&self, owner: OrganizationId, subject: SheetSubject) -> bool {
                owner == self.organization()
                    && match (self, subject) {
                        (Self::Institution(_), SheetSubject::Institution) => true,
                        (Self::Vendor(_), SheetSubject::Vendor(vendor)) => {
                            self.standing() != Standing::Supplied
                                || self.principal().organization == vendor
                        }
                        _ => false,
                    }
            }

            fn require(&self, owner: OrganizationId, subject: SheetSubject) -> Result<(), StoreError> {
                if self.covers(owner, subject) { Ok(()) } else { Err(StoreError::NotFound) }
            }
        }
    )+};
}

proofs! {
    ReadProof: ReadSheet, ReadVendorSheet;
    WriteProof: AnswerSheet, AnswerVendorSheet;
}

impl ReadProof<'_> {
    /// Whether remarks and names may be shown: within the institution, to the vendor whose sheet it
    /// is, and to an overseer with whom the institution shares everything.
    #[must_use]
    pub fn sees_detail(&self) -> bool {
        match self.standing() {
            Standing::Overseen(level) => level >= SharingLevel::Detail,
            _ => true,
        }
    }

    /// Whether the reader belongs to the institution.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.standing() == Standing::Own
    }
}

/// Who made a change, for the history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author {
    pub(crate) person: Option<PersonId>,
    pub(crate) organization: OrganizationId,
}

impl Author {
    pub(crate) const fn of(principal: &Principal) -> Self {
        let person = match principal.actor {
            Actor::Person { person, .. } => Some(person),
            Actor::InspectionLink | Actor::System => None,
        };
        Self {
            person,
            organization: principal.organization,
        }
    }
}

/// Where to read from: beside the writers, or inside a transaction that holds the sheet.
pub(crate) enum Source<'a> {
    Database(&'a Database),
    Transaction(&'a mut Transaction),
}

impl Source<'_> {
    async fn rows<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: Params,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Database(database) => database.rows(sql, params).await,
            Self::Transaction(tx) => tx.rows(sql, params).await,
        }
    }

    async fn one<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: Params,
    ) -> Result<T, StoreError> {
        match self {
            Self::Database(database) => database.one(sql, params).await,
            Self::Transaction(tx) => tx.one(sql, params).await,
        }
    }
}

/// The rows of a sheet behind which current evidence stands.
async fn evidenced(
    source: &mut Source<'_>,
    proof: WriteProof<'_>,
    sheet: SheetId,
    today: Date,
) -> Result<BTreeSet<String>, StoreError> {
    let counts = match (source, proof) {
        (Source::Transaction(tx), _) => yagura_evidence::counts_within(tx, sheet, today).await?,
        (Source::Database(database), WriteProof::Institution(proof)) => {
            yagura_evidence::counts(database, proof, sheet, today).await?
        }
        (Source::Database(database), WriteProof::Vendor(proof)) => {
            yagura_evidence::counts(database, proof, sheet, today).await?
        }
    };
    Ok(current(counts))
}

/// The keys of rows with at least one current piece.
fn current(counts: yagura_evidence::SheetCounts) -> BTreeSet<String> {
    counts
        .into_iter()
        .filter(|(_, counts)| counts.current > 0)
        .map(|(item, _)| item)
        .collect()
}
