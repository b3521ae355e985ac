//! Asking vendors, answering customers, taking answers over.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, Denial, actions};
use yagura_store::{Database, StoreError};
use yagura_web::{App, Context, NavigationFor, Records, Translator, WebError};

use crate::model::request::{Answer, RequestState};
use crate::model::state::Decision;
use crate::model::vex::Document;
use crate::store::findings::{self, AtRevision, Filter, Right, Vendor};
use crate::store::requests::work::{self, AnswerProof, WorkItem};
use crate::store::requests::{self, Question, Request, uploads};
use crate::vex::{Plan, vulnerabilities};
use crate::words;

type Assess = Authorized<actions::AssessVulnerabilities>;

/// How many findings one request touches at most; what is more is asked by asking again.
const MOST: usize = 20_000;
/// How many ids are read together.
const READ: i64 = 1_000;

/// Which findings are meant.
#[derive(Debug)]
pub(crate) enum Chosen {
    /// These.
    Some(Vec<Uuid>),
    /// All that the filter finds.
    Filtered(Filter),
}

async fn ids_of(
    context: &Context,
    organization: OrganizationId,
    chosen: Chosen,
) -> Result<Vec<Uuid>, WebError> {
    let filter = match chosen {
        Chosen::Some(ids) => return Ok(ids),
        Chosen::Filtered(filter) => filter,
    };
    let read = context
        .authorize::<actions::ReadVulnerabilities>(organization)
        .await?;
    let mut found: Vec<Uuid> = Vec::new();
    while found.len() < MOST {
        let after = found.last().copied().unwrap_or_default();
        let part = findings::ids(context.database(), &read, &filter, after, READ).await?;
        if part.is_empty() {
            break;
        }
        found.extend(part);
    }
    Ok(found)
}

/// Asks the vendors who maintain the devices. How many findings were asked about.
pub(crate) async fn ask(
    context: &Context,
    proof: &Assess,
    chosen: Chosen,
    question: &Question,
) -> Result<usize, WebError> {
    let chosen = match chosen {
        // Where all are meant, those that were asked already are not asked again.
        Chosen::Filtered(filter) => Chosen::Filtered(Filter {
            vendor: filter.vendor.or(Some(Vendor::Unasked)),
            ..filter
        }),
        some => some,
    };
    let ids = ids_of(context, proof.organization(), chosen).await?;
    let mut tx = context.database().begin_long().await?;
    let app_ids = context.app.ids();
    let asked = requests::ask(&mut tx, proof, app_ids, &ids, question, context.now).await?;
    if !asked.is_empty() {
        let detail = json!({ "act": "ask_vendor", "findings": asked.len() });
        context
            .audit(
                &mut tx,
                proof,
                "vulnerability_request",
                proof.organization(),
                detail,
            )
            .await?;
    }
    tx.commit().await?;
    Ok(asked.len())
}

/// What was done with answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taken {
    /// Answers that were taken over.
    pub taken: usize,
    /// Answers that say 「非該当」 in words only: somebody must choose the reason.
    pub left: usize,
}

/// What of a vendor's answer is written beside the state.
fn note_of(t: &Translator, request: &Request, answer: &Answer) -> String {
    words::answer_note(t, &request.vendor_name, answer)
}

/// Takes vendors' answers over: the findings get the state that the answers propose, as if
/// somebody had decided it, which is what happens.
pub(crate) async fn take_over(
    context: &Context,
    proof: &Assess,
    chosen: Chosen,
) -> Result<Taken, WebError> {
    let chosen = match chosen {
        Chosen::Filtered(filter) => Chosen::Filtered(Filter {
            vendor: Some(Vendor::Asked(RequestState::Answered)),
            ..filter
        }),
        some => some,
    };
    let ids = ids_of(context, proof.organization(), chosen).await?;
    let mut tx = context.database().begin_long().await?;
    let found = requests::answers(&mut tx, proof, &ids).await?;
    let mut done = Taken::default();
    // Most answers are the same for many devices.
    let mut groups: BTreeMap<String, (Decision, AtRevision)> = BTreeMap::new();
    let mut taken: Vec<Uuid> = Vec::new();
    for request in &found {
        let decision = request
            .answer()
            .and_then(|answer| answer.decision(note_of(context.t(), request, &answer)));
        let Some(decision) = decision else {
            done.left += 1;
            continue;
        };
        done.taken += 1;
        taken.push(request.id);
        let key = format!(
            "{} {:?} {}",
            decision.state.code(),
            decision.justification,
            decision.note
        );
        let group = groups.entry(key).or_insert((decision, Vec::new()));
        group.1.push((request.finding_id, None));
    }
    let right = Right::Assess(proof);
    for (decision, findings) in groups.values() {
        let ids = context.app.ids();
        findings::decide(&mut tx, &right, ids, findings, decision, context.now).await?;
    }
    requests::taken(&mut tx, proof, &taken).await?;
    if done.taken > 0 {
        context
            .app
            .records_changed(&mut tx, proof.organization(), Records::Vulnerabilities)
            .await?;
        let detail = json!({ "act": "take_answers", "findings": done.taken });
        context
            .audit(
                &mut tx,
                proof,
                "vulnerability_request",
                proof.organization(),
                detail,
            )
            .await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// Says whether the institution's vendors are asked without anybody doing it.
pub(crate) async fn set_asks_by_itself(
    context: &Context,
    proof: &Assess,
    on: bool,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    requests::set_asks_by_itself(&mut tx, proof, on).await?;
    let detail = json!({ "act": "ask_vendors_by_itself", "on": on });
    let id = proof.organization();
    context
        .audit(&mut tx, proof, "vulnerability_request", id, detail)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Asks vendors where institutions have switched on that the program does it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn ask_by_itself(app: &App) -> Result<(), StoreError> {
    let database = app.database();
    let mut after: OrganizationId = Uuid::nil().into();
    loop {
        let part = requests::asking_organizations(database, app.today(), after, 200).await?;
        let Some(last) = part.last() else {
            return Ok(());
        };
        after = *last;
        for organization in part {
            ask_of(app, database, organization).await?;
        }
    }
}

async fn ask_of(
    app: &App,
    database: &Database,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let proof: Assess = crate::proof_for(organization).map_err(|_| StoreError::NotFound)?;
    let mut after = Uuid::nil();
    loop {
        let part = requests::unasked(database, &proof, app.today(), after, READ).await?;
        let Some(last) = part.last() else {
            return Ok(());
        };
        after = *last;
        let mut tx = database.begin_long().await?;
        let question = Question::default();
        requests::ask(&mut tx, &proof, app.ids(), &part, &question, app.now()).await?;
        tx.commit().await?;
    }
}

/// Refuses who is not of a vendor, or may not see what its customers ask.
pub(crate) fn require_vendor(
    context: &Context,
    action: yagura_kernel::policy::Action,
) -> Result<(), WebError> {
    let whom = NavigationFor {
        principal: &context.principal,
    };
    if whom.may_as_vendor(action) {
        Ok(())
    } else {
        Err(WebError::Forbidden(Denial::Role))
    }
}

type Chunk<'a> = (&'a Answer, AtRevision);

/// Answers questions of customers, all in one transaction. Each customer is asked of the policy
/// once.
async fn answer_in(
    context: &Context,
    tx: &mut yagura_store::Transaction,
    items: &[WorkItem],
    chunks: &[Chunk<'_>],
    proofs: &HashMap<OrganizationId, AnswerProof>,
) -> Result<usize, WebError> {
    let customer_of: HashMap<Uuid, OrganizationId> = items
        .iter()
        .map(|item| (item.id, item.organization_id))
        .collect();
    let ids = context.app.ids();
    let mut done = 0;
    for (answer, chosen) in chunks {
        let mut by_customer: BTreeMap<OrganizationId, AtRevision> = BTreeMap::new();
        for (id, revision) in chosen {
            let customer = customer_of.get(id).ok_or(WebError::NotFound)?;
            by_customer
                .entry(*customer)
                .or_default()
                .push((*id, *revision));
        }
        for (customer, chosen) in &by_customer {
            let proof = proofs.get(customer).ok_or(WebError::NotFound)?;
            done += work::answer(tx, proof, ids, chosen, answer, context.now).await?;
            let named: Vec<String> = chosen.iter().map(|(id, _)| id.to_string()).collect();
            let detail = json!({ "status": answer.status.code(), "requests": named });
            context
                .audit(tx, proof, "vulnerability_request", customer, detail)
                .await?;
        }
    }
    Ok(done)
}

async fn proofs_for(
    context: &Context,
    items: &[WorkItem],
) -> Result<HashMap<OrganizationId, AnswerProof>, WebError> {
    let mut proofs = HashMap::new();
    for item in items {
        if let std::collections::hash_map::Entry::Vacant(entry) = proofs.entry(item.organization_id)
        {
            let proof = context
                .authorize::<actions::AnswerCustomerVulnerabilities>(item.organization_id)
                .await?;
            entry.insert(proof);
        }
    }
    Ok(proofs)
}

/// Answers questions of customers with the same words. Those that the vendor does not see are not
/// there.
pub(crate) async fn answer(
    context: &Context,
    chosen: AtRevision,
    answer: &Answer,
) -> Result<usize, WebError> {
    let ids: Vec<Uuid> = chosen.iter().map(|(id, _)| *id).collect();
    let principal = &context.principal;
    let items = work::items_by(context.database(), principal, &ids, &[], context.today).await?;
    if items.len() != ids.len() {
        return Err(WebError::NotFound);
    }
    let proofs = proofs_for(context, &items).await?;
    let mut tx = context.database().begin_long().await?;
    let done = answer_in(context, &mut tx, &items, &[(answer, chosen)], &proofs).await?;
    tx.commit().await?;
    Ok(done)
}

/// What a document would do now.
pub(crate) async fn plan(
    context: &Context,
    document: &Document,
) -> Result<(Plan, Vec<WorkItem>), WebError> {
    let asked = vulnerabilities(document);
    let items = work::items_by(
        context.database(),
        &context.principal,
        &[],
        &asked,
        context.today,
    )
    .await?;
    Ok((Plan::of(document, &items), items))
}

/// Keeps a document until the vendor has looked at what it would do.
pub(crate) async fn keep_document(
    context: &Context,
    file_name: &str,
    content: String,
) -> Result<Uuid, WebError> {
    let upload = uploads::Upload {
        id: context.app.ids().id(),
        created_at: context.now,
        file_name: file_name.chars().take(200).collect(),
        content,
        applied_at: None,
        answered: 0,
    };
    let mut tx = context.database().begin().await?;
    uploads::keep(&mut tx, context.organization.id, &upload, context.person()).await?;
    let kind = "vulnerability_document";
    let id = Some(upload.id.to_string());
    let detail = json!({ "file": upload.file_name, "bytes": upload.content.len() });
    context
        .audit_event(&mut tx, "customer_vulnerabilities.upload", kind, id, detail)
        .await?;
    tx.commit().await?;
    Ok(upload.id)
}

/// Gives the answers of a document. `upload` is noted as done in the same transaction.
pub(crate) async fn apply_document(
    context: &Context,
    document: &Document,
    (plan, items): (&Plan, &[WorkItem]),
    replace: bool,
    upload: Option<Uuid>,
) -> Result<usize, WebError> {
    let acts = plan.acts(document, items, replace);
    let chunks: Vec<Chunk<'_>> = acts
        .iter()
        .map(|(answer, chosen)| (answer, chosen.clone()))
        .collect();
    let proofs = proofs_for(context, items).await?;
    let mut tx = context.database().begin_long().await?;
    let done = answer_in(context, &mut tx, items, &chunks, &proofs).await?;
    if let Some(upload) = upload {
        uploads::applied(&mut tx, upload, done, context.now).await?;
    }
    tx.commit().await?;
    Ok(done)
}
