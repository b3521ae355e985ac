//! A fictional region to try the program on: a prefecture, a network council with 392 member
//! institutions, sixty vendors, their people, their checklists since 令和5, evidence, contact
//! charts, reminders and links. Everything comes from one seed, so two runs on one day make the
//! same region. Nobody and nothing in it exists; no number in it can be dialled.
//!
//! [`facts`] decides what is true of each member. From that follow its contact chart, its people,
//! its evidence and its answers; a few members answer はい to what is not so, and the probes find
//! it. The two institutions for which visitors act get a year of their own ([`story`]), told
//! through the functions by which the pages write.
//!
//! A stage is one transaction, and members are written in parts: nothing of the region stays in
//! memory but who works where.

mod answers;
mod charts;
mod desk;
mod evidence;
mod factors;
mod facts;
mod feeds;
mod inventory;
mod links;
mod measure;
mod members;
mod names;
mod people;
mod picture;
mod random;
mod reminders;
mod roll;
mod samples;
mod self_checks;
mod story;

use yagura_contacts::ContactsError;
use yagura_evidence::{EvidenceError, StoringError};
use yagura_identity::IdentityError;
use yagura_kernel::policy::Denial;
use yagura_kernel::probe::ProbeError;
use yagura_kernel::time::FiscalYear;
use yagura_store::{StoreError, settings};
use yagura_web::App;

pub use members::{MEMBERS, VENDORS};

/// Why the region could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemonstrationError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An account or a link could not be made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A sample file was not taken.
    #[error("a sample file could not be stored: {0}")]
    Sample(#[from] StoringError),
    /// A piece of evidence could not be recorded.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A contact chart could not be written.
    #[error(transparent)]
    Contacts(#[from] ContactsError),
    /// A probe could not run.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// Somebody of the region was not allowed what the story has them do.
    #[error("somebody of the region may not do this: {0}")]
    Denied(#[from] Denial),
    /// The rules of the sheets refused what the story has somebody enter.
    #[error("the story does not fit the rules: {0}")]
    Story(String),
    /// The register refused a record.
    #[error(transparent)]
    Inventory(#[from] yagura_inventory::InventoryError),
    /// A ledger refused an entry.
    #[error(transparent)]
    Ledger(#[from] yagura_ledgers::LedgerError),
    /// The sample feeds could not be loaded.
    #[error("the sample feeds could not be loaded: {0}")]
    Feeds(String),
    /// A date of the calendar is out of range.
    #[error("the clock stands outside the calendar")]
    Clock,
}

/// The seed from which the region is made.
pub const SEED: u64 = 392;

/// Fills an empty database with the region. `progress` is told what is being made, as a message
/// for the console.
///
/// # Errors
/// [`DemonstrationError`]; nothing of a stage that failed remains.
pub async fn fill(app: &App, progress: impl Fn(&str)) -> Result<(), DemonstrationError> {
    progress("会員と事業者 / members and vendors");
    let region = members::make(app).await?;
    progress("利用者 / people");
    let people = people::make(app, &region).await?;
    let mut tx = app.database().begin().await?;
    settings::set(&mut tx, settings::DEMONSTRATION, "1").await?;
    tx.commit().await?;
    factors::make(app, &region, &people).await?;
    roll::make(app, &region, &people).await?;
    progress("連絡体制図 / contact charts");
    charts::make(app, &region, &people).await?;
    progress("チェックリストと証拠 / checklists and evidence");
    let stored = samples::store(app).await?;
    let made = answers::make(app, &region, &people, &stored).await?;
    progress("台帳と脆弱性 / registers and vulnerabilities");
    inventory::make(app, &region, &people).await?;
    feeds::make(app, &region).await?;
    progress("申請、権限、アカウント / requests, permissions, accounts");
    desk::make(app, &region, &people).await?;
    progress("測定と経過 / measurements and what happened");
    measure::make(app, &region).await?;
    story::make(app, &region, &people, &made, &stored).await?;
    self_checks::make(app, &region, &people).await?;
    progress("督促、招待、集計 / reminders, invitations, sums");
    links::make(app, &region, &people).await?;
    reminders::make(app, &region, &people, &made.states).await?;
    reminders::overview(app, &region).await?;
    Ok(())
}

/// The fiscal years for which the region has checklists, oldest first: 令和5 to the present one.
fn years(app: &App) -> Vec<FiscalYear> {
    let now = app.fiscal_year();
    let mut years = vec![now];
    while let Some(first) = years.first().copied() {
        if first.year() <= 2023 || years.len() >= 4 {
            break;
        }
        years.insert(0, first.previous());
    }
    years
}
