//! Acts, each in one transaction with its audit entry. The pages and the API do the same through
//! these.

use accountmatch::columns::Mapping;
use accountmatch::matching::Decision;
use accountmatch::model::{AccountList, Staff};
use accountmatch::problem::ReadError;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Date;
use yagura_store::notifications::{self, NewNotification};
use yagura_store::{StoreError, Transaction, directory};
use yagura_web::{App, Context, Records, WebError};

use crate::model::{Counts, Rules};
use crate::reading::{self, SourceFile};
use crate::store::{
    self, AccountRow, AccountsError, Edit, FindingRow, Import, NewImport, NewSource, SourceRow,
};
use crate::{ledger, reconcile};

/// Ends the transaction of a change: what follows from it is done by a job.
async fn keep(context: &Context, mut tx: Transaction, proof: &Edit) -> Result<(), StoreError> {
    let job = reconcile::job(proof.organization(), context.now);
    context.app.enqueue(&mut tx, job).await?;
    tx.commit().await
}

/// Files of a staff list or of a source's export, kept until somebody confirms. Gives the import;
/// the file may still need its columns named.
pub(crate) async fn start_import(
    context: &Context,
    proof: &Edit,
    source: Option<&SourceRow>,
    files: Vec<SourceFile>,
) -> Result<Result<Uuid, ReadError>, WebError> {
    let remembered = match source {
        Some(source) => source.settings.mapping.clone(),
        None => {
            store::staff_state(context.database(), proof.organization())
                .await?
                .0
        }
    };
    let is_staff = source.is_none();
    let (kind, settings) = source.map_or_else(Default::default, |source| {
        (Some(source.kind), source.settings.clone())
    });
    let read = move |files: Vec<SourceFile>| {
        let try_with = |mapping: Option<&Mapping>| {
            if is_staff {
                reading::staff(&files, mapping).map(|_| ())
            } else {
                let kind = kind.unwrap_or(crate::model::SourceKind::Any);
                reading::accounts(&files, kind, mapping, &settings).map(|_| ())
            }
        };
        // What was said of the columns before holds while it fits.
        let mut mapping = remembered;
        let mut outcome = try_with(mapping.as_ref());
        if mapping.is_some() && matches!(outcome, Err(ReadError::MissingColumn { .. })) {
            let (_, suggested) = reading::headings(&files, is_staff);
            let fits = try_with(Some(&suggested));
            if fits.is_ok() {
                // A column is gone that was there before: a person decides.
                mapping = None;
            }
            outcome = outcome.or(fits);
        }
        // A column that is missing can still be named on the page of the columns.
        let (headings, _) = reading::headings(&files, is_staff);
        let outcome = match outcome {
            Err(ReadError::MissingColumn { .. }) if !headings.is_empty() => Ok(()),
            other => other,
        };
        (files, mapping, outcome)
    };
    let (files, mapping, outcome) = tokio::task::spawn_blocking(move || read(files))
        .await
        .map_err(|error| WebError::Internal(error.to_string()))?;
    if let Err(error) = outcome {
        return Ok(Err(error));
    }
    let id = context.app.ids().id();
    let mut tx = context.database().begin().await?;
    let new = NewImport {
        id,
        source: source.map(|source| source.id),
        files: &files,
        mapping: mapping.as_ref(),
        counts: &Counts::default(),
    };
    store::insert_import(&mut tx, proof, &new, context.now).await?;
    let detail = json!({ "act": "upload", "files": files.len(), "source": source.map(|s| s.id) });
    context
        .audit(&mut tx, proof, "accounts_import", id, detail)
        .await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// Takes accounts over, in the caller's transaction.
pub(crate) async fn apply_accounts(
    app: &App,
    tx: &mut Transaction,
    proof: &Edit,
    source: &SourceRow,
    import: Uuid,
    list: &AccountList,
    mapping: Option<&Mapping>,
) -> Result<Counts, AccountsError> {
    if list.cut_off {
        return Err(AccountsError::CutOff);
    }
    let now = app.now();
    let before: Vec<_> = store::accounts_of(app.database(), proof.organization(), source.id)
        .await?
        .into_iter()
        .map(|(_, account)| account)
        .collect();
    let counts = reading::account_plan(&before, list).counts;
    store::claim_import(tx, proof, import, &counts, now).await?;
    store::replace_accounts(
        tx,
        proof.organization(),
        source.id,
        app.ids(),
        &list.accounts,
    )
    .await?;
    let mut settings = source.settings.clone();
    if mapping.is_some() {
        settings.mapping = mapping.cloned();
    }
    let number = i64::try_from(list.accounts.len()).unwrap_or(i64::MAX);
    let said = (number, list.lockout);
    store::imported(tx, source.id, import, said, &list.untold(), &settings, now).await?;
    app.enqueue(tx, reconcile::job(proof.organization(), now))
        .await?;
    Ok(counts)
}

/// What taking a staff list over meant for the ledgers.
pub(crate) struct StaffTaken {
    pub(crate) left: usize,
    pub(crate) ended: usize,
    /// Names of those of whose permissions a person must say whether they are theirs.
    pub(crate) open: Vec<String>,
}

/// Takes an import over. The files are read again: what is written is what is in them.
pub(crate) async fn confirm(
    context: &Context,
    proof: &Edit,
    import: &Import,
) -> Result<Result<Option<StaffTaken>, ReadError>, WebError> {
    let organization = proof.organization();
    let (files, mapping) = (import.files.clone(), import.mapping.clone());
    if let Some(source) = import.source {
        let source = store::source(context.database(), organization, source).await?;
        let (kind, settings) = (source.kind, source.settings.clone());
        let list = tokio::task::spawn_blocking(move || {
            reading::accounts(&files, kind, mapping.as_ref(), &settings)
        })
        .await
        .map_err(|error| WebError::Internal(error.to_string()))?;
        let list = match list {
            Ok(list) => list,
            Err(error) => return Ok(Err(error)),
        };
        let mut tx = context.database().begin().await?;
        let of = import.mapping.as_ref();
        apply_accounts(&context.app, &mut tx, proof, &source, import.id, &list, of).await?;
        let detail = json!({ "act": "confirm", "accounts": list.accounts.len() });
        context
            .audit(&mut tx, proof, "accounts_import", import.id, detail)
            .await?;
        keep(context, tx, proof).await?;
        return Ok(Ok(None));
    }
    let list = tokio::task::spawn_blocking(move || reading::staff(&files, mapping.as_ref()))
        .await
        .map_err(|error| WebError::Internal(error.to_string()))?;
    let list = match list {
        Ok(list) => list,
        Err(error) => return Ok(Err(error)),
    };
    if list.cut_off {
        return Err(AccountsError::CutOff.into());
    }
    let (before, vanished) = store::staff_of(context.database(), organization).await?;
    let (known, found, counts) = reading::staff_plan(&before, &vanished, &list, context.today);
    let leavers: Vec<&Staff> = found
        .left
        .iter()
        .filter_map(|left| known.get(left.before))
        .collect();
    let (ids, now, today) = (context.app.ids(), context.now, context.today);
    let read =
        ledger::own_proof::<actions::ReadAccounts>(organization).map_err(WebError::Internal)?;
    let every = yagura_ledgers::GrantFilter::default();
    let permissions =
        yagura_ledgers::permissions_in_force(context.database(), &read, &every).await?;
    let staying: Vec<&Staff> = list
        .staff
        .iter()
        .filter(|person| !person.has_left(today))
        .collect();
    let leaving = ledger::leaving(&leavers, &staying, &permissions);
    let open: Vec<(&Staff, ledger::WhyOpen)> = leavers
        .iter()
        .zip(&leaving)
        .filter_map(|(person, found)| Some((*person, found.open?)))
        .collect();
    let mut tx = context.database().begin_long().await?;
    store::claim_import(&mut tx, proof, import.id, &counts, now).await?;
    let mapping = import.mapping.as_ref();
    store::replace_staff(&mut tx, organization, ids, &list.staff, mapping, today, now).await?;
    let reason = context.t().t("accounts-leaver-reason").to_owned();
    let mut ended = 0;
    for entry in leaving.iter().flat_map(|found| &found.ends) {
        match yagura_ledgers::take_away(&mut tx, proof, ids, *entry, &reason, now).await {
            Ok(()) => ended += 1,
            // Somebody ended it meanwhile.
            Err(yagura_ledgers::LedgerError::CannotEnd) => {}
            Err(error) => return Err(error.into()),
        }
    }
    store::keep_leavers(&mut tx, organization, ids, &open, &staying, today, now).await?;
    if ended > 0 {
        context
            .app
            .records_changed(&mut tx, organization, Records::Ledgers)
            .await?;
    }
    let detail = json!({ "act": "confirm", "staff": list.staff.len(), "left": leavers.len(),
        "permissions_to_end": ended, "open": open.len() });
    context
        .audit(&mut tx, proof, "accounts_import", import.id, detail)
        .await?;
    let left = leavers.len();
    let open = open.iter().map(|(person, _)| person.name.clone()).collect();
    keep(context, tx, proof).await?;
    Ok(Ok(Some(StaffTaken { left, ended, open })))
}

/// Says what the columns of a waiting import mean.
pub(crate) async fn set_columns(
    context: &Context,
    proof: &Edit,
    import: Uuid,
    mapping: &Mapping,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::set_mapping(&mut tx, proof, import, mapping).await?;
    let detail = json!({ "act": "columns" });
    context
        .audit(&mut tx, proof, "accounts_import", import, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Drops an import.
pub(crate) async fn cancel(context: &Context, proof: &Edit, import: Uuid) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::cancel_import(&mut tx, proof, import, context.now).await?;
    let detail = json!({ "act": "cancel" });
    context
        .audit(&mut tx, proof, "accounts_import", import, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Adds a source or changes one; `password` is sealed here.
pub(crate) async fn write_source(
    context: &Context,
    proof: &Edit,
    existing: Option<(Uuid, i64)>,
    mut new: NewSource,
    password: Option<&str>,
) -> Result<Uuid, WebError> {
    let id = existing.map_or_else(|| context.app.ids().id(), |(id, _)| id);
    if let Some(password) = password {
        let secrets = context.app.identity().secrets();
        let sealed = secrets
            .seal(
                &crate::directory::context(id),
                password.as_bytes(),
                context.app.ids(),
            )
            .map_err(|error| WebError::Internal(error.to_string()))?;
        new.password = Some(sealed);
    }
    let mut tx = context.database().begin().await?;
    match existing {
        Some((id, revision)) => store::change_source(&mut tx, proof, id, revision, &new).await?,
        None => store::add_source(&mut tx, proof, id, &new).await?,
    }
    let act = if existing.is_some() { "change" } else { "add" };
    let detail = json!({ "act": act, "password": password.is_some() });
    context
        .audit(&mut tx, proof, "accounts_source", id, detail)
        .await?;
    keep(context, tx, proof).await?;
    Ok(id)
}

/// Takes a source out.
pub(crate) async fn remove_source(
    context: &Context,
    proof: &Edit,
    id: Uuid,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::remove_source(&mut tx, proof, id, context.now).await?;
    let detail = json!({ "act": "remove" });
    context
        .audit(&mut tx, proof, "accounts_source", id, detail)
        .await?;
    context
        .app
        .records_changed(&mut tx, proof.organization(), Records::Accounts)
        .await?;
    Ok(keep(context, tx, proof).await?)
}

/// Asks a directory, by a job.
pub(crate) async fn ask_directory(
    context: &Context,
    proof: &Edit,
    id: Uuid,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let job = crate::directory::job(proof.organization(), id, context.now);
    context.app.enqueue(&mut tx, job).await?;
    let detail = json!({ "act": "ask" });
    context
        .audit(&mut tx, proof, "accounts_source", id, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Keeps whose an account is.
pub(crate) async fn decide(
    context: &Context,
    proof: &Edit,
    account: &AccountRow,
    decision: Option<&Decision>,
    refused: &[String],
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::decide(&mut tx, proof, account, decision, refused, context.now).await?;
    let detail = json!({ "act": "decide", "account": account.key, "decision": decision });
    context
        .audit(&mut tx, proof, "account", account.id, detail)
        .await?;
    Ok(keep(context, tx, proof).await?)
}

/// Sets how findings are judged.
pub(crate) async fn set_rules(
    context: &Context,
    proof: &Edit,
    rules: Rules,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::set_rules(&mut tx, proof, rules).await?;
    let detail = json!({ "act": "rules", "rules": rules });
    let organization = proof.organization();
    context
        .audit(&mut tx, proof, "accounts", organization, detail)
        .await?;
    Ok(keep(context, tx, proof).await?)
}

/// Tells the system desk to mend a finding: a notice to its people, and a to-do until a newer export
/// proves it.
pub(crate) async fn set_task(
    context: &Context,
    proof: &Edit,
    finding: &FindingRow,
    revision: i64,
    task: &store::Task<'_>,
) -> Result<(), WebError> {
    let (ids, now) = (context.app.ids(), context.now);
    let mut tx = context.database().begin().await?;
    store::set_task(&mut tx, proof, ids, (finding.id, revision), task, now).await?;
    let role = yagura_kernel::person::Role::SystemOperator;
    let organization = proof.organization();
    let holders = directory::holders(context.database(), organization, role, context.today).await?;
    let notices = holders.iter().map(|holder| NewNotification {
        organization,
        person: Some(holder.assignment.person),
        message: "accounts-notice-task",
        arguments: json!({ "account": finding.account_key, "source": finding.source_name }),
        link: Some(format!("/accounts/findings/{}", finding.id)),
    });
    notifications::send(&mut tx, ids, notices, now).await?;
    let detail = json!({ "act": "task", "due_on": task.due_on.to_string() });
    context
        .audit(&mut tx, proof, "accounts_finding", finding.id, detail)
        .await?;
    context
        .app
        .records_changed(&mut tx, organization, Records::Accounts)
        .await?;
    Ok(tx.commit().await?)
}

/// Accepts a finding until a day: an entry of the ledger of exceptions.
pub(crate) async fn accept(
    context: &Context,
    proof: &Authorized<actions::AcceptAccounts>,
    finding: &FindingRow,
    revision: i64,
    until: Date,
    reason: &str,
) -> Result<(), WebError> {
    let organization = proof.organization();
    let source = store::source(context.database(), organization, finding.source_id).await?;
    let (ids, now) = (context.app.ids(), context.now);
    let t = context.t();
    let rule = crate::words::kind(t, &finding.kind).to_owned();
    let permitted_by = match context.person() {
        Some(person) => directory::names_of(context.database(), [person])
            .await?
            .into_values()
            .next()
            .unwrap_or_default(),
        None => String::new(),
    };
    let mut tx = context.database().begin().await?;
    store::accept(
        &mut tx,
        proof,
        ids,
        (finding.id, revision),
        until,
        reason,
        now,
    )
    .await?;
    let accepted = ledger::Accepted {
        rule: &rule,
        reason,
        permitted_by: &permitted_by,
        from: context.today,
        until,
    };
    ledger::open_exception(&mut tx, proof, ids, finding, &source, &accepted, now).await?;
    let detail = json!({ "act": "accept", "until": until.to_string() });
    context
        .audit(&mut tx, proof, "accounts_finding", finding.id, detail)
        .await?;
    for records in [Records::Ledgers, Records::Accounts] {
        context
            .app
            .records_changed(&mut tx, organization, records)
            .await?;
    }
    Ok(tx.commit().await?)
}

/// A person has looked at a leaver's permissions: those that are theirs are to be taken away, and the
/// question is settled.
pub(crate) async fn settle_leaver(
    context: &Context,
    proof: &Edit,
    leaver: Uuid,
    theirs: &[Uuid],
    note: &str,
) -> Result<(), WebError> {
    let (ids, now) = (context.app.ids(), context.now);
    let organization = proof.organization();
    let reason = context.t().t("accounts-leaver-reason").to_owned();
    let mut tx = context.database().begin().await?;
    store::settle_leaver(&mut tx, proof, leaver, note, now).await?;
    for entry in theirs {
        yagura_ledgers::take_away(&mut tx, proof, ids, *entry, &reason, now).await?;
    }
    let detail = json!({ "act": "settle", "permissions_to_end": theirs });
    context
        .audit(&mut tx, proof, "accounts_leaver", leaver, detail)
        .await?;
    if !theirs.is_empty() {
        context
            .app
            .records_changed(&mut tx, organization, Records::Ledgers)
            .await?;
    }
    Ok(keep(context, tx, proof).await?)
}
