//! Taking over a list that was kept elsewhere: read, assigned, looked at, taken over.

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::actions;
use yagura_store::directory;
use yagura_web::{Context, Lang, WebError};

use super::{IMPORT, Keep, keep};
use crate::import::{self, Mapping, PlannedRow, SourceTable, Surroundings};
use crate::model::{Choices, Content, Input, Ledger, Source};
use crate::store::{self, Filter, LedgerError, Pending};
use crate::words;

/// What a list is held against.
async fn surroundings(
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
