//! What pages and API do alike: each act with its proof, its place in the audit log and what
//! follows from it, in one transaction.

use serde_json::json;
use uuid::Uuid;
use yagura_checklists::overview;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear};
use yagura_store::jobs::NewJob;
use yagura_store::{Database, StoreError};
use yagura_web::{Context, WebError};

use crate::import::{self, Counts, ImportError, Known, Parsed, Plan, Roll, RollMember, Running};
use crate::jobs;
use crate::model::member::MemberDraft;
use crate::store::Reader;
use crate::store::imports::{self, Claim, NewImport};
use crate::store::members::{self, Addition, MemberChange};
use crate::store::reminders::{self, NewReminder};

fn running(context: &Context) -> Running<'_> {
    Running {
        ids: context.app.ids(),
        now: context.now,
        overseer_name: &context.organization.name,
    }
}

/// Why a member was not added.
#[derive(Debug)]
pub(crate) enum AddFault {
    /// It is a member already.
    IsMember,
    /// The code belongs to an organisation of another name or kind.
    CodeTaken,
    /// Something else.
    Web(WebError),
}

impl From<StoreError> for AddFault {
    fn from(error: StoreError) -> Self {
        Self::Web(error.into())
    }
}

impl From<WebError> for AddFault {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

/// Puts an institution on the roll; one that the installation knows by the code joins. Returns its
/// id and whether it was known.
pub(crate) async fn add_member(
    context: &Context,
    proof: &Authorized<actions::ManageMembers>,
    draft: MemberDraft,
) -> Result<(OrganizationId, bool), AddFault> {
    let mut tx = context.database().begin().await?;
    members::lock_roll(&mut tx, proof).await?;
    let roll = members::roll(&mut Reader::Transaction(&mut tx), proof, context.today).await?;
    if draft.code.is_some() && roll.iter().any(|member| member.draft.code == draft.code) {
        return Err(AddFault::IsMember);
    }
    let code: Vec<&str> = draft.code.as_deref().into_iter().collect();
    let known = members::known_by_code(&mut Reader::Transaction(&mut tx), &code, &roll).await?;
    let known: Option<&Known> = code.first().and_then(|code| known.get(*code));
    if let Some(known) = known
        && (known.kind != draft.kind || known.search_key != draft.folded_name())
    {
        return Err(AddFault::CodeTaken);
    }
    let is_known = known.is_some();
    let id = known.map_or_else(|| OrganizationId::new(context.app.ids()), |known| known.id);
    let additions = [Addition {
        id,
        known: is_known,
        draft,
    }];
    members::add(
        &mut tx,
        proof,
        context.app.ids(),
        &additions,
        context.today,
        context.now,
    )
    .await?;
    let year = FiscalYear::of(context.today);
    overview::members_joined(
        &mut tx,
        context.app.ids(),
        proof.organization(),
        &[id],
        year,
        context.now,
    )
    .await?;
    if is_known {
        import::tell_joined(&mut tx, proof.organization(), &[id], running(context)).await?;
    }
    context
        .audit(
            &mut tx,
            proof,
            "member",
            id,
            json!({ "act": "add", "known": is_known }),
        )
        .await?;
    tx.commit().await?;
    context.app.wake().notify_one();
    Ok((id, is_known))
}

/// Changes a member. `valid_from` is the day since which the new values hold.
pub(crate) async fn change_member(
    context: &Context,
    proof: &Authorized<actions::ManageMembers>,
    current: RollMember,
    next: MemberDraft,
    valid_from: Date,
) -> Result<(), StoreError> {
    let changed: Vec<&str> = crate::model::member::Field::ALL
        .into_iter()
        .filter(|field| current.draft.text(*field) != next.text(*field))
        .map(crate::model::member::Field::code)
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let id = current.id;
    let detail = json!({ "act": "change", "fields": changed });
    let mut tx = context.database().begin().await?;
    let changes = [MemberChange { current, next }];
    members::change(&mut tx, proof, &changes, valid_from, context.now).await?;
    overview::members_changed(&mut tx, context.app.ids(), &[id], context.now).await?;
    context.audit(&mut tx, proof, "member", id, detail).await?;
    tx.commit().await?;
    context.app.wake().notify_one();
    Ok(())
}

/// Ends a membership after its last day.
pub(crate) async fn end_membership(
    context: &Context,
    proof: &Authorized<actions::ManageMembers>,
    member: OrganizationId,
    last_day: Date,
) -> Result<(), StoreError> {
    let mut tx = context.database().begin().await?;
    members::end(&mut tx, proof, member, last_day, context.today).await?;
    let year = FiscalYear::of(context.today);
    overview::members_left(
        &mut tx,
        context.app.ids(),
        proof.organization(),
        &[member],
        year,
        context.now,
    )
    .await?;
    let detail = json!({ "act": "end", "last_day": yagura_kernel::time::format_iso(last_day) });
    context
        .audit(&mut tx, proof, "member", member, detail)
        .await?;
    tx.commit().await?;
    context.app.wake().notify_one();
    Ok(())
}

/// Reads a file on a thread of its own: it takes processor time.
pub(crate) async fn parse_file(
    bytes: bytes::Bytes,
    file_name: String,
    today: Date,
) -> Result<Result<Parsed, ImportError>, WebError> {
    let read = move || import::parse(&bytes, &file_name, today, &mut |_, _, _| {});
    tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| WebError::Internal(error.to_string()))
}

/// What a file would do to the roll as it stands.
pub(crate) async fn preview(
    database: &Database,
    proof: &Authorized<actions::ManageMembers>,
    parsed: &Parsed,
    context: &Context,
) -> Result<(Plan, Roll), StoreError> {
    let roll =
        import::read_roll(&mut Reader::Database(database), proof, parsed, context.now).await?;
    Ok((import::plan(parsed, &roll), roll))
}

/// Keeps a file as an import that waits for its confirmation.
pub(crate) async fn start_import(
    context: &Context,
    proof: &Authorized<actions::ManageMembers>,
    bytes: bytes::Bytes,
    file_name: &str,
) -> Result<Result<Uuid, ImportError>, WebError> {
    let file_name = yagura_kernel::text::safe_file_name(file_name);
    let parsed = match parse_file(bytes, file_name.clone(), context.today).await? {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Err(error)),
    };
    let (plan, _) = preview(context.database(), proof, &parsed, context).await?;
    let id = context.app.ids().id();
    let counts = plan.counts(&parsed);
    let fingerprint = plan.fingerprint();
    let import = NewImport {
        id,
        file_name: &file_name,
        parsed: &parsed,
        fingerprint: &fingerprint,
        counts,
    };
    let mut tx = context.database().begin_long().await?;
    imports::insert(&mut tx, proof, &import, context.now).await?;
    let detail = json!({ "act": "preview", "counts": counts });
    context
        .audit(&mut tx, proof, "member_import", id, detail)
        .await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// What confirming an import led to.
#[derive(Debug)]
pub(crate) enum Confirmed {
    /// It was taken over, now or before.
    Done(Counts),
    /// It was dropped or is too old.
    Gone,
    /// The roll changed meanwhile; the preview was made anew.
    LookAgain,
}

/// Takes an import over in one transaction. A form that is sent twice does it once.
pub(crate) async fn confirm_import(
    context: &Context,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
) -> Result<Confirmed, ImportError> {
    let mut tx = context.database().begin_long().await?;
    let (parsed, fingerprint) = match imports::claim(&mut tx, proof, id, context.now).await? {
        Claim::Done(counts) => return Ok(Confirmed::Done(counts)),
        Claim::Gone => return Ok(Confirmed::Gone),
        Claim::Yours {
            parsed,
            fingerprint,
        } => (parsed, fingerprint),
    };
    let applied = import::apply(
        &mut tx,
        proof,
        &parsed,
        Some(&fingerprint),
        running(context),
        &mut |_, _, _| {},
    )
    .await;
    match applied {
        Ok(counts) => {
            imports::finish(&mut tx, proof, id, counts).await?;
            let detail = json!({ "act": "import", "counts": counts });
            context
                .audit(&mut tx, proof, "member_import", id, detail)
                .await?;
            tx.commit().await?;
            context.app.wake().notify_one();
            Ok(Confirmed::Done(counts))
        }
        Err(ImportError::RollChanged | ImportError::Store(StoreError::Duplicate(_))) => {
            drop(tx);
            let (plan, _) = preview(context.database(), proof, &parsed, context).await?;
            let mut tx = context.database().begin().await?;
            let counts = plan.counts(&parsed);
            imports::set_preview(&mut tx, proof, id, &plan.fingerprint(), counts).await?;
            tx.commit().await?;
            Ok(Confirmed::LookAgain)
        }
        Err(error) => Err(error),
    }
}

/// Drops an import that waits.
pub(crate) async fn cancel_import(
    context: &Context,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    imports::cancel(&mut tx, proof, id, context.now).await?;
    context
        .audit(
            &mut tx,
            proof,
            "member_import",
            id,
            json!({ "act": "cancel" }),
        )
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Records a reminder and the job that sends it; `false` where the form was sent twice.
pub(crate) async fn send_reminder(
    context: &Context,
    proof: &Authorized<actions::SendReminders>,
    reminder: &NewReminder,
) -> Result<bool, WebError> {
    let mut tx = context.database().begin().await?;
    let is_new = reminders::insert(&mut tx, proof, reminder, context.now).await?;
    if is_new {
        let job = NewJob::now(
            jobs::REMIND,
            json!({ "reminder": reminder.id }),
            context.now,
        );
        context.app.enqueue(&mut tx, job).await?;
        let detail = json!({
            "audience": reminder.audience.code(),
            "expected": reminder.expected,
        });
        context
            .audit(&mut tx, proof, "reminder", reminder.id, detail)
            .await?;
    }
    tx.commit().await?;
    Ok(is_new)
}
