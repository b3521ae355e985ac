//! Forms: the shipped ones, and the versions that an institution made of them.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::time::{Date, Instant};
use yagura_packs::{Library, RequestForm, Text};
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::{Edit, File, parsed, person_of, text_of};

/// A form with its name, as it is stored under its fingerprint and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredForm {
    /// Its name.
    pub title: Text,
    /// What it asks and who decides.
    pub form: RequestForm,
}

impl StoredForm {
    /// SHA-256 of its content: two with one fingerprint are the same.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written, which does not happen.
    pub fn fingerprint(&self) -> Result<String, StoreError> {
        Ok(HEXLOWER.encode(&Sha256::digest(text_of(self)?)))
    }
}

/// A version of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormVersion {
    /// The form's key: the id of its pack, or of one's own.
    pub key: String,
    /// Its number in the institution; 0 is the shipped one.
    pub number: i64,
    /// The first day on which it is in force.
    pub from: Date,
    /// Its content.
    pub stored: StoredForm,
    /// Its fingerprint.
    pub fingerprint: String,
}

row! {
    /// A version that an institution saved, or that it began to edit.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SavedForm {
        /// Its id.
        pub id: Uuid,
        /// The form's key.
        pub form_key: String,
        /// Its number.
        pub number: i64,
        /// `draft`, `published`, `shipped` (back to the shipped one) or `hidden` (not offered).
        pub state: String,
        /// The content while it is edited.
        pub content: Option<String>,
        /// The fingerprint of what was published.
        pub fingerprint: Option<String>,
        /// The first day on which it is in force.
        pub in_force_from: Option<Date>,
        /// To be sent with a change.
        pub revision: i64,
        /// When it was saved.
        pub saved_at: Instant,
        /// Who saved it.
        pub saved_by: Option<PersonId>,
    }
}

row! {
    struct InForceRow {
        form_key: String,
        number: i64,
        state: String,
        fingerprint: Option<String>,
        in_force_from: Option<Date>,
        content: Option<String>,
    }
}

/// The forms that an institution offers on a day, in the order of the desk.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn forms_in_force(
    database: &Database,
    library: &Library,
    organization: OrganizationId,
    day: Date,
) -> Result<Vec<FormVersion>, StoreError> {
    let rows: Vec<InForceRow> = database
        .rows(
            "SELECT f.form_key AS form_key, f.number AS number, f.state AS state,
                    f.fingerprint AS fingerprint, f.in_force_from AS in_force_from,
                    x.content AS content
             FROM request_forms f
             LEFT JOIN request_form_texts x ON x.fingerprint = f.fingerprint
             WHERE f.organization_id = $1 AND f.state <> 'draft' AND f.in_force_from <= $2
             ORDER BY f.form_key, f.in_force_from, f.number",
            params![organization, day],
        )
        .await?;
    let mut own: BTreeMap<String, InForceRow> = BTreeMap::new();
    for row in rows {
        own.insert(row.form_key.clone(), row);
    }
    let mut found = Vec::new();
    for pack in library.forms_on(day) {
        let is_own = own.get(&pack.id).is_some_and(|row| row.state != "shipped");
        if !is_own && let Some(form) = pack.form() {
            let stored = StoredForm {
                title: pack.title.clone(),
                form: form.clone(),
            };
            found.push(FormVersion {
                key: pack.id.clone(),
                number: 0,
                from: pack.valid_from,
                fingerprint: stored.fingerprint()?,
                stored,
            });
        }
    }
    for (key, row) in own {
        if row.state != "published" {
            continue;
        }
        let (Some(content), Some(fingerprint)) = (row.content, row.fingerprint) else {
            continue;
        };
        found.push(FormVersion {
            key,
            number: row.number,
            from: row.in_force_from.unwrap_or(day),
            stored: parsed("content", &content)?,
            fingerprint,
        });
    }
    found.sort_by(|a, b| (a.stored.form.order, &a.key).cmp(&(b.stored.form.order, &b.key)));
    Ok(found)
}

/// The version of a form that is in force on a day.
///
/// # Errors
/// [`StoreError::NotFound`] where the institution does not offer it.
pub async fn in_force(
    database: &Database,
    library: &Library,
    organization: OrganizationId,
    key: &str,
    day: Date,
) -> Result<FormVersion, StoreError> {
    forms_in_force(database, library, organization, day)
        .await?
        .into_iter()
        .find(|form| form.key == key)
        .ok_or(StoreError::NotFound)
}

row! {
    struct ContentRow { content: String }
}

/// The form with a fingerprint.
///
/// # Errors
/// [`StoreError::NotFound`] where none was kept.
pub async fn form_of(database: &Database, fingerprint: &str) -> Result<StoredForm, StoreError> {
    let row: ContentRow = database
        .one(
            "SELECT content FROM request_form_texts WHERE fingerprint = $1",
            params![fingerprint],
        )
        .await?;
    parsed("content", &row.content)
}

/// Keeps a form under its fingerprint, once.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn keep_form(tx: &mut Transaction, form: &StoredForm) -> Result<String, StoreError> {
    let fingerprint = form.fingerprint()?;
    tx.execute(
        "INSERT INTO request_form_texts (fingerprint, title, content) VALUES ($1, $2, $3)
         ON CONFLICT (fingerprint) DO NOTHING",
        params![&fingerprint, text_of(&form.title)?, text_of(form)?],
    )
    .await?;
    Ok(fingerprint)
}

/// The versions that an institution made of a form, newest first, with the one that is edited.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn versions(
    database: &Database,
    proof: &Edit,
    key: &str,
) -> Result<Vec<SavedForm>, StoreError> {
    database
        .rows(
            "SELECT f.id AS id, f.form_key AS form_key, f.number AS number, f.state AS state,
                    coalesce(f.content, x.content) AS content, f.fingerprint AS fingerprint,
                    f.in_force_from AS in_force_from, f.revision AS revision,
                    f.saved_at AS saved_at, f.saved_by AS saved_by
             FROM request_forms f LEFT JOIN request_form_texts x ON x.fingerprint = f.fingerprint
             WHERE f.organization_id = $1 AND f.form_key = $2
             ORDER BY f.number DESC LIMIT 200",
            params![proof.organization(), key],
        )
        .await
}

/// A version by its number; 0 is the shipped one.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn version(
    database: &Database,
    library: &Library,
    proof: &File,
    key: &str,
    number: i64,
) -> Result<StoredForm, StoreError> {
    if number == 0 {
        let pack = library.get(key).ok_or(StoreError::NotFound)?;
        let form = pack.form().ok_or(StoreError::NotFound)?.clone();
        return Ok(StoredForm {
            title: pack.title.clone(),
            form,
        });
    }
    let row: ContentRow = database
        .one(
            "SELECT x.content AS content FROM request_forms f
             JOIN request_form_texts x ON x.fingerprint = f.fingerprint
             WHERE f.organization_id = $1 AND f.form_key = $2 AND f.number = $3",
            params![proof.organization(), key, number],
        )
        .await?;
    parsed("content", &row.content)
}

/// The form as it is being edited, where somebody began.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn edit_of(
    database: &Database,
    proof: &Edit,
    key: &str,
) -> Result<Option<(StoredForm, i64)>, StoreError> {
    row! { struct EditRow { content: String, revision: i64 } }
    let row: Option<EditRow> = database
        .optional(
            "SELECT content, revision FROM request_forms
             WHERE organization_id = $1 AND form_key = $2 AND state = 'draft'",
            params![proof.organization(), key],
        )
        .await?;
    row.map(|row| Ok((parsed("content", &row.content)?, row.revision)))
        .transpose()
}

/// Saves the form that is being edited. `revision` is the one that was read, 0 where nobody began.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody else saved it meanwhile.
pub async fn save_edit(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    key: &str,
    form: &StoredForm,
    revision: i64,
    now: Instant,
) -> Result<(), StoreError> {
    let content = text_of(form)?;
    let touched = if revision == 0 {
        tx.execute(
            "INSERT INTO request_forms (id, organization_id, form_key, number, state, content,
                 revision, saved_at, saved_by)
             SELECT $1, $2, $3, coalesce(max(number), 0) + 1, 'draft', $4, 1, $5, $6
             FROM request_forms WHERE organization_id = $2 AND form_key = $3
             HAVING count(CASE WHEN state = 'draft' THEN 1 END) = 0",
            params![
                ids.id(),
                proof.organization(),
                key,
                content,
                now,
                person_of(proof)
            ],
        )
        .await?
    } else {
        tx.execute(
            "UPDATE request_forms SET content = $1, revision = revision + 1, saved_at = $2,
                 saved_by = $3
             WHERE organization_id = $4 AND form_key = $5 AND state = 'draft' AND revision = $6",
            params![
                content,
                now,
                person_of(proof),
                proof.organization(),
                key,
                revision
            ],
        )
        .await?
    };
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

/// What a new version of a form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication<'a> {
    /// This content.
    Form(&'a StoredForm),
    /// The shipped form again.
    Shipped,
    /// Not offered any more.
    Hidden,
}

/// Puts a version of a form into force from a day on; the form that was being edited is over.
/// Requests that are filed keep theirs. Returns its number.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn publish(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    key: &str,
    what: Publication<'_>,
    from: Date,
    now: Instant,
) -> Result<i64, StoreError> {
    row! { struct NumberRow { last: i64 } }
    let (state, fingerprint) = match what {
        Publication::Form(form) => ("published", Some(keep_form(tx, form).await?)),
        Publication::Shipped => ("shipped", None),
        Publication::Hidden => ("hidden", None),
    };
    tx.execute(
        "DELETE FROM request_forms
         WHERE organization_id = $1 AND form_key = $2 AND state = 'draft'",
        params![proof.organization(), key],
    )
    .await?;
    let last: NumberRow = tx
        .one(
            "SELECT coalesce(max(number), 0) AS last FROM request_forms
             WHERE organization_id = $1 AND form_key = $2",
            params![proof.organization(), key],
        )
        .await?;
    let number = last.last + 1;
    tx.execute(
        "INSERT INTO request_forms (id, organization_id, form_key, number, state, fingerprint,
             in_force_from, revision, saved_at, saved_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)",
        params![
            ids.id(),
            proof.organization(),
            key,
            number,
            state,
            fingerprint,
            from,
            now,
            person_of(proof)
        ],
    )
    .await?;
    Ok(number)
}
