//! Acts on the ledgers, each in one transaction with its audit entry. The pages and the API do the
//! same through these.

mod imports;

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Date;
use yagura_store::{StoreError, Transaction};
use yagura_web::{Context, Records, WebError};

use crate::campaign;
use crate::departments::Departments;
use crate::model::{Content, End, Entry, Reviewers, Source, Verdict};
use crate::store::{self, Campaign, LedgerError, Reassignment, Written};

pub(crate) use imports::{assign, cancel_import, confirm_import, planned, start_import};

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
    departments: &dyn Departments,
    proof: &Keep,
    due_on: Date,
) -> Result<Uuid, WebError> {
    let organization = proof.organization();
    let heads = departments.heads(context.database(), organization).await?;
    let mut tx = context.database().begin_long().await?;
    let (ids, now) = (context.app.ids(), context.now);
    let id = store::start_campaign(&mut tx, proof, ids, heads, due_on, now).await?;
    campaign::tell(&context.app, &mut tx, organization, id, due_on, None).await?;
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

/// Why somebody cannot be asked in another's place.
fn not_able() -> WebError {
    WebError::invalid("ledgers-error-reviewer")
}

/// Lets somebody else answer what waits for a word, and tells them; gives how much that is.
pub(crate) async fn reassign(
    context: &Context,
    proof: &Keep,
    campaign: &Campaign,
    from: Option<PersonId>,
    department: Option<String>,
    to: PersonId,
) -> Result<i64, WebError> {
    let organization = proof.organization();
    if from == Some(to) {
        return Err(not_able());
    }
    let mut tx = context.database().begin().await?;
    let people = store::colleagues(&mut tx, organization, context.today).await?;
    let reviewers = Reviewers::new(people, Vec::new());
    let able = reviewers.able();
    let to = able.iter().find(|one| one.person == to);
    let to = to.ok_or_else(not_able)?;
    let what = Reassignment {
        from,
        department,
        to: to.person,
        to_name: to.name.clone(),
    };
    let moved = store::reassign(&mut tx, proof, campaign.id, &what).await?;
    if moved == 0 {
        return Err(WebError::invalid("ledgers-error-nothing-reassigned"));
    }
    let (app, due_on) = (&context.app, campaign.due_on);
    campaign::tell(
        app,
        &mut tx,
        organization,
        campaign.id,
        due_on,
        Some(what.to),
    )
    .await?;
    let detail = json!({ "act": "reassign", "from": from, "to": what.to,
        "department": what.department, "permissions": moved });
    let id = campaign.id;
    context.audit(&mut tx, proof, CAMPAIGN, id, detail).await?;
    keep(context, tx, organization).await?;
    Ok(moved)
}

/// Reminds everybody with something to answer now; gives how many people were told.
pub(crate) async fn remind(
    context: &Context,
    proof: &Keep,
    campaign: &Campaign,
) -> Result<usize, WebError> {
    let (organization, id) = (proof.organization(), campaign.id);
    let mut tx = context.database().begin().await?;
    let (app, due_on) = (&context.app, campaign.due_on);
    let told = campaign::tell(app, &mut tx, organization, id, due_on, None).await?;
    store::was_reminded(&mut tx, id, context.now).await?;
    let detail = json!({ "act": "remind", "people": told });
    context.audit(&mut tx, proof, CAMPAIGN, id, detail).await?;
    tx.commit().await?;
    Ok(told)
}

/// Notes that media were seen on a day; gives how many were noted.
pub(crate) async fn seen(
    context: &Context,
    proof: &Keep,
    media: &[Uuid],
    on: Date,
) -> Result<usize, WebError> {
    let mut tx = context.database().begin().await?;
    let (ids, now) = (context.app.ids(), context.now);
    let noted = store::seen(&mut tx, proof, ids, media, on, now).await?;
    if noted > 0 {
        let detail = json!({ "act": "seen", "on": on.to_string(), "entries": media,
            "noted": noted });
        let organization = proof.organization();
        context
            .audit(&mut tx, proof, "ledger", organization, detail)
            .await?;
        keep(context, tx, organization).await?;
    }
    Ok(noted)
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
