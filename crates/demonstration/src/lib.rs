//! A fictional region to try the program on: a prefecture, a network council with 392 member
//! institutions, sixty vendors, their people, and their checklists since 令和5. Everything comes
//! from one seed, so two runs on one day make the same region. Nobody and nothing in it exists.

mod answers;
mod evidence;
mod members;
mod names;
mod people;

use yagura_identity::IdentityError;
use yagura_kernel::time::FiscalYear;
use yagura_store::{StoreError, settings};
use yagura_web::{App, WebError};

pub use members::{MEMBERS, VENDORS};

/// Why the region could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemonstrationError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An account could not be made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A sample document could not be made.
    #[error("a sample document could not be made: {0}")]
    Document(String),
    /// A date of the calendar is out of range.
    #[error("the clock stands outside the calendar")]
    Clock,
}

impl From<WebError> for DemonstrationError {
    fn from(error: WebError) -> Self {
        Self::Document(error.to_string())
    }
}

/// The seed from which the region is made.
pub const SEED: u64 = 392;

/// Fills an empty database with the region. `progress` is told what is being made, as a message
/// for the console.
///
/// # Errors
/// [`DemonstrationError`]; nothing of a step that failed remains.
pub async fn fill(app: &App, progress: impl Fn(&str)) -> Result<(), DemonstrationError> {
    let mut random = answers::Random::new(SEED);
    progress("会員と事業者 / members and vendors");
    let region = members::make(app, &mut random).await?;
    progress("利用者 / people");
    let people = people::make(app, &region).await?;
    progress("チェックリスト / checklists");
    answers::make(app, &region, &people, &mut random).await?;
    progress("証拠と連絡体制図 / evidence and contact charts");
    evidence::make(app, &region, &people).await?;
    let mut tx = app.database().begin().await?;
    settings::set(&mut tx, settings::DEMONSTRATION, "1").await?;
    tx.commit().await?;
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
