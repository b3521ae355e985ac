//! Acts on the ledgers, each in one transaction with its audit entry. The pages and the API do the
//! same through these.

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Date;
use yagura_store::{StoreError, Transaction, directory};
use yagura_web::{Context, Lang, Records, WebError};

use crate::import::{self, Mapping, PlannedRow, SourceTable, Surroundings};
use crate::model::{Choices, Content, End, Entry, Input, Ledger, Source, Verdict};
use crate::store::{self, Filter, LedgerError, Pending, Written};
use crate::{campaign, words};

/// Why an act could not be done.
#[derive(Debug)]
pub(crate) enum ActError {
    /// The field refers to something that is none of this institution's.
    Reference(&'static str),
    /// Anything else.
    Web(WebError),
}

impl From<LedgerError> for ActError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Reference(field) => Self::Reference(field),
            error => Self::Web(error.into()),
        }
    }
}

impl From<StoreError> for ActError {
    fn from(error: StoreError) -> Self {
        Self::Web(error.into())
    }
}

impl From<ActError> for WebError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Reference(field) => LedgerError::Reference(field).into(),
            ActError::Web(error) => error,
        }
    }
}

type Keep = Authorized<actions::KeepLedgers>;

/// Ends the transaction of a change: other features hear of it, and it is kept.
async fn keep(
    context: &Context,
    mut tx: Transaction,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    context
        .app
        .records_changed(&mut tx, organization, Records::Ledgers)
        .await?;
    tx.commit().await
}

const ENTRY: &str = "ledger_entry";
const CAMPAIGN: &str = "ledger_campaign";
const IMPORT: &str = "ledger_import";

/// Writes an entry by hand.
pub(crate) async fn add(
    context: &Context,
    proof: &Keep,
    content: Content,
) -> Result<Uuid, ActError> {
    let mut tx = context.database().begin().await?;
    let ledger = content.ledger();
    let (ids, now) = (context.app.ids(), context.now);
    let id = store::open(&mut tx, proof, ids, content, &Source::ByHand, now).await?;
    let detail = json!({ "act": "open", "ledger": ledger.code() });
    context.audit(&mut tx, proof, ENTRY, id, detail).await?;
    keep(context, tx, proof.organization()).await?;
    Ok(id)
}

/// Changes an entry.
pub(crate) async fn change(
    context: &Context,
    proof: &Keep,
    id: Uuid,
    revision: i64,
    content: Content,
) -> Result<Written, ActError> {
    let mut tx = context.database().begin().await?;
    let (ids, now) = (context.app.ids(), context.now);
    let written = store::change(&mut tx, proof, ids, id, revision, content, now).await?;
    if written.changed.is_empty() {
        return Ok(written);
    }
    // The log names fields; what stood in them is in the ledger's own history.
    let fields: Vec<&String> = written.changed.keys().collect();
    let detail = json!({ "act": "change", "fields": fields });
    context.audit(&mut tx, proof, ENTRY, id, detail).await?;
    keep(context, tx, proof.organization()).await?;
    Ok(written)
}

/// Ends an entry.
pub(crate) async fn end(
    context: &Context,
    proof: &Keep,
    id: Uuid,
    revision: i64,
    end: &End,
) -> Result<Entry, WebError> {
    let mut tx = context.database().begin().await?;
    let (ids, now) = (context.app.ids(), context.now);
    let entry = store::end(&mut tx, proof, ids, id, Some(revision), end, now).await?;
    let detail = json!({ "act": "end", "ending": end.ending.code() });
    context.audit(&mut tx, proof, ENTRY, id, detail).await?;
    keep(context, tx, proof.organization()).await?;
    Ok(entry)
}

/// Says that a permission is to be taken away.
pub(crate) async fn take_away(
    context: &Context,
    proof: &Keep,
    id: Uuid,
    reason: &str,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let (ids, now) = (context.app.ids(), context.now);
    store::take_away(&mut tx, proof, ids, id, reason, now).await?;
    let detail = json!({ "act": "take_away" });
    context.audit(&mut tx, proof, ENTRY, id, detail).await?;
    Ok(keep(context, tx, proof.organization()).await?)
}

/// Begins a recertification; those who are asked are told.
pub(crate) async fn start_campaign(
    context: &Context,
    proof: &Keep,
    due_on: Date,
) -> Result<Uuid, WebError> {
    let mut tx = context.database().begin_long().await?;
    let (ids, now) = (context.app.ids(), context.now);
    let id = store::start_campaign(&mut tx, proof, ids, due_on, now).await?;
    campaign::tell(&context.app, &mut tx, proof.organization(), id, due_on).await?;
    let detail = json!({ "act": "start", "due_on": due_on.to_string() });
    context.audit(&mut tx, proof, CAMPAIGN, id, detail).await?;
    keep(context, tx, proof.organization()).await?;
    Ok(id)
}

/// Closes a recertification.
pub(crate) async fn close_campaign(
    context: &Context,
    proof: &Keep,
    id: Uuid,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let by = context.person();
    store::close_campaign(&mut tx, proof.organization(), id, by, context.now).await?;
    let detail = json!({ "act": "close" });
    context.audit(&mut tx, proof, CAMPAIGN, id, detail).await?;
    Ok(keep(context, tx, proof.organization()).await?)
}

/// Whether somebody may say of a permission whether it is needed: who is asked, and whoever answers
/// for the whole institution, also in the place of a superior who does not.
pub(crate) fn may_decide(context: &Context, reviewer: Option<PersonId>) -> bool {
    let heads = [Role::SafetyManager, Role::Director];
    (reviewer.is_some() && reviewer == context.person())
        || context
            .principal
            .roles
            .iter()
            .any(|role| heads.contains(role))
}

/// What somebody says of one permission.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The permission.
    pub(crate) entry: Uuid,
    /// The revision that was read.
    pub(crate) revision: i64,
    /// What is said.
    pub(crate) verdict: Verdict,
    /// Why, or what is to be changed.
    pub(crate) note: String,
}

/// Writes down what somebody says of several permissions; gives how many, and how many were left
/// because somebody changed or answered them meanwhile. The last answer closes the recertification.
pub(crate) async fn decide(
    context: &Context,
    proof: &Authorized<actions::RecertifyPermissions>,
    campaign: Uuid,
    said: &[Said],
) -> Result<(usize, usize), WebError> {
    let organization = proof.organization();
    let (ids, now) = (context.app.ids(), context.now);
    let (mut done, mut left) = (0, 0);
    let mut tx = context.database().begin().await?;
    for one in said {
        let row = store::row_of(&mut tx, organization, campaign, one.entry).await?;
        if !may_decide(context, row.reviewer) {
            return Err(WebError::NotFound);
        }
        let which = (one.entry, one.revision);
        let what = (one.verdict, one.note.as_str());
        match store::decide_row(&mut tx, proof, ids, campaign, which, what, now).await {
            Ok(true) => done += 1,
            Ok(false) | Err(LedgerError::CannotEnd | LedgerError::Store(StoreError::Conflict)) => {
                left += 1
            }
            Err(error) => return Err(error.into()),
        }
    }
    let progress = store::progress_within(&mut tx, organization, campaign).await?;
    if progress.iter().all(|one| one.open() == 0) {
        store::close_campaign(&mut tx, organization, campaign, context.person(), now).await?;
    }
    let entries: Vec<Uuid> = said.iter().map(|one| one.entry).collect();
    let detail = json!({ "act": "certify", "entries": entries, "done": done });
    context
        .audit(&mut tx, proof, CAMPAIGN, campaign, detail)
        .await?;
    keep(context, tx, organization).await?;
    Ok((done, left))
}

/// What a list is held against.
pub(crate) async fn surroundings(
    context: &Context,
    proof: &Keep,
    ledger: Ledger,
) -> Result<Surroundings, WebError> {
    let database = context.database();
    let read = context
        .authorize::<actions::ReadInventory>(proof.organization())
        .await?;
    let kind = yagura_inventory::model::RecordKind::System;
    let systems = yagura_inventory::named(database, &read, kind, 50_000).await?;
    let people =
        directory::assignments_of_organization(database, proof.organization(), context.today)
            .await?;
    let mut people: Vec<(PersonId, String)> = people
        .into_iter()
        .map(|holder| (holder.assignment.person, holder.name))
        .collect();
    people.sort();
    people.dedup();
    let media = store::media(database, proof, crate::model::MOST_ENTRIES).await?;
    let filter = Filter::default();
    let most = crate::model::MOST_ENTRIES;
    let known = store::list(database, proof, ledger, &filter, context.today, None, most).await?;
    let mut choices = Vec::new();
    for lang in [Lang::Ja, Lang::En] {
        let t = context.app.translator(lang);
        for field in ledger.fields() {
            if let Input::Choice(set) = field.input {
                choices.extend(words_of(&t, set));
            }
        }
    }
    Ok(Surroundings {
        systems: systems.into_iter().map(|one| (one.id, one.name)).collect(),
        people,
        media: media.into_iter().map(|one| (one.id, one.name)).collect(),
        known: known
            .iter()
            .map(|entry| import::identity(&entry.content))
            .collect(),
        words: choices,
    })
}

fn words_of(
    t: &yagura_web::Translator,
    set: Choices,
) -> impl Iterator<Item = (Choices, String, &'static str)> {
    set.codes()
        .into_iter()
        .map(move |code| (set, words::choice(t, set, code).to_owned(), code))
}

/// Keeps a list that was read until somebody takes it over.
pub(crate) async fn start_import(
    context: &Context,
    proof: &Keep,
    ledger: Ledger,
    file_name: String,
    table: SourceTable,
) -> Result<Uuid, WebError> {
    let fingerprint = table.fingerprint();
    let remembered =
        store::remembered_mapping(context.database(), proof, ledger, &fingerprint).await?;
    let mut labels = Vec::new();
    for lang in [Lang::Ja, Lang::En] {
        let t = context.app.translator(lang);
        for field in import::assignable(ledger) {
            labels.push((field.key, words::label(&t, ledger, field.key).to_owned()));
        }
    }
    let guessed = || import::guess(ledger, &table.head, &labels);
    let mapping = remembered
        .filter(|mapping| mapping.len() == table.head.len())
        .unwrap_or_else(guessed);
    let pending = Pending {
        id: context.app.ids().id(),
        ledger,
        file_name,
        table,
        mapping,
        state: "pending".to_owned(),
        added: 0,
    };
    let mut tx = context.database().begin().await?;
    store::insert_import(&mut tx, proof, &pending, context.now).await?;
    let detail = json!({ "act": "read", "rows": pending.table.rows.len() });
    context
        .audit(&mut tx, proof, IMPORT, pending.id, detail)
        .await?;
    tx.commit().await?;
    Ok(pending.id)
}

/// Assigns the columns of a list, and remembers them for the next with the same head.
pub(crate) async fn assign(
    context: &Context,
    proof: &Keep,
    pending: &Pending,
    mapping: &Mapping,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::set_mapping(&mut tx, proof, pending.id, mapping).await?;
    let fingerprint = pending.table.fingerprint();
    let (ledger, now) = (pending.ledger, context.now);
    store::remember_mapping(&mut tx, proof, ledger, &fingerprint, mapping, now).await?;
    let detail = json!({ "act": "columns" });
    context
        .audit(&mut tx, proof, IMPORT, pending.id, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// What each row of a list would become.
pub(crate) async fn planned(
    context: &Context,
    proof: &Keep,
    pending: &Pending,
) -> Result<Vec<PlannedRow>, WebError> {
    let around = surroundings(context, proof, pending.ledger).await?;
    let pending = pending.clone();
    let work = move || import::plan(pending.ledger, &pending.table, &pending.mapping, &around);
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| WebError::Internal(error.to_string()))
}

/// Takes a list over in one transaction. A form that is sent twice does it once. Rows in which
/// something is wrong, and rows that stand in the ledger already, are left out, as the preview said.
pub(crate) async fn confirm_import(
    context: &Context,
    proof: &Keep,
    id: Uuid,
    seen: &str,
) -> Result<i64, WebError> {
    let mut tx = context.database().begin_long().await?;
    let pending = store::claim_import(&mut tx, proof, id).await?;
    match pending.state.as_str() {
        "applied" => return Ok(pending.added),
        "pending" => {}
        _ => return Err(LedgerError::ImportGone.into()),
    }
    let plan = planned(context, proof, &pending).await?;
    if import::fingerprint(&plan) != seen {
        return Err(LedgerError::LookAgain.into());
    }
    let contents: Vec<Content> = plan
        .into_iter()
        .filter(|row| !row.is_known)
        .filter_map(|row| row.result.ok())
        .collect();
    let (ids, now) = (context.app.ids(), context.now);
    let opened = store::open_many(&mut tx, proof, ids, contents, &Source::Import, now).await?;
    let added = i64::try_from(opened.len()).unwrap_or(i64::MAX);
    store::finish_import(&mut tx, proof, id, Some(added), now).await?;
    let detail = json!({ "act": "apply", "ledger": pending.ledger.code(), "added": added });
    context.audit(&mut tx, proof, IMPORT, id, detail).await?;
    keep(context, tx, proof.organization()).await?;
    Ok(added)
}

/// Drops a list that waits.
pub(crate) async fn cancel_import(
    context: &Context,
    proof: &Keep,
    id: Uuid,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::finish_import(&mut tx, proof, id, None, context.now).await?;
    let detail = json!({ "act": "cancel" });
    context.audit(&mut tx, proof, IMPORT, id, detail).await?;
    Ok(tx.commit().await?)
}
