//! Lists taken over at once, without the preview at which a person looks: for the demonstration and
//! for whoever fills an institution by program. What they mean is worked out by [`work_out`].

use accountmatch::problem::ReadError;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_store::StoreError;
use yagura_web::App;

use crate::model::{Counts, SourceKind, SourceSettings};
use crate::reading::{self, SourceFile};
use crate::store::{self, AccountsError, NewImport, NewSource};
use crate::{operations, reconcile};

/// Why a list was not taken over.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The list cannot be kept.
    #[error("the list cannot be kept: {0}")]
    Kept(String),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountsError> for IntakeError {
    fn from(error: AccountsError) -> Self {
        Self::Kept(error.to_string())
    }
}

/// An export of accounts and where it comes from.
#[derive(Debug, Clone)]
pub struct Export {
    /// What people call the source.
    pub name: String,
    /// Which kind of source.
    pub kind: SourceKind,
    /// The system of the register to which one signs in with these accounts.
    pub system: Option<Uuid>,
    /// The name of the file.
    pub file_name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Takes over the first staff list of an institution.
///
/// # Errors
/// [`IntakeError`]; nothing is written then.
pub async fn take_staff(
    app: &App,
    proof: &Authorized<actions::EditAccounts>,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<(), IntakeError> {
    let files = [SourceFile {
        name: file_name.to_owned(),
        bytes,
    }];
    let list = reading::staff(&files, None)?;
    let counts = Counts {
        new: list.staff.len(),
        ..Counts::default()
    };
    let (organization, ids, now) = (proof.organization(), app.ids(), app.now());
    let mut tx = app.database().begin().await?;
    let id = ids.id();
    let new = NewImport {
        id,
        source: None,
        files: &files,
        mapping: None,
        counts: &counts,
    };
    store::insert_import(&mut tx, proof, &new, now).await?;
    store::claim_import(&mut tx, proof, id, &counts, now).await?;
    let today = now.jst_date();
    store::replace_staff(&mut tx, organization, ids, &list.staff, None, today, now).await?;
    Ok(tx.commit().await?)
}

/// Adds a source with its first export.
///
/// # Errors
/// [`IntakeError`]; nothing is written then.
pub async fn take_accounts(
    app: &App,
    proof: &Authorized<actions::EditAccounts>,
    export: Export,
) -> Result<Uuid, IntakeError> {
    let files = [SourceFile {
        name: export.file_name,
        bytes: export.bytes,
    }];
    let settings = SourceSettings::default();
    let list = reading::accounts(&files, export.kind, None, &settings)?;
    let (ids, now) = (app.ids(), app.now());
    let source = ids.id();
    let added = NewSource {
        name: export.name,
        kind: export.kind,
        system: export.system,
        settings,
        password: None,
    };
    let mut tx = app.database().begin().await?;
    store::add_source(&mut tx, proof, source, &added).await?;
    tx.commit().await?;
    let row = store::source(app.database(), proof.organization(), source).await?;
    let mut tx = app.database().begin().await?;
    let import = ids.id();
    let new = NewImport {
        id: import,
        source: Some(source),
        files: &files,
        mapping: None,
        counts: &Counts::default(),
    };
    store::insert_import(&mut tx, proof, &new, now).await?;
    operations::apply_accounts(app, &mut tx, proof, &row, import, &list, None).await?;
    tx.commit().await?;
    Ok(source)
}

/// Holds the accounts of an institution against its people, grants and exceptions now, in place of
/// the job that would do it.
///
/// # Errors
/// What the job would say.
pub async fn work_out(app: &App, organization: OrganizationId) -> Result<(), String> {
    reconcile::run(app, organization).await
}
