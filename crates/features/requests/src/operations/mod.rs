//! Acts on requests, each in one transaction with its events, its audit entry, its notices and what
//! it enters into the ledgers. The pages and the API do the same through these.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::policy::{
    Action, ActionType, Authorized, Decision as Verdict, Resource, decide,
};
use yagura_kernel::time::Instant;
use yagura_packs::FieldKind;
use yagura_store::StoreError;
use yagura_web::{App, Context, WebError};

use crate::model::engine::{Around, Happened, capacity_at, waits_for};
use crate::model::{
    Act, Answers, Course, Event, Refusal, Standing, StepProgress, apply, asked, entries, start,
};
use crate::store::{
    self, Decide, File, Filing, FormVersion, Request, Saving, Snapshot, StoredForm,
};
pub(crate) use telling::{Told, tell_of_many};

mod telling;

/// The kind under which the audit log names requests.
pub(crate) const RESOURCE: &str = "request";

impl From<Refusal> for WebError {
    fn from(refusal: Refusal) -> Self {
        Self::invalid(refusal.message_key())
    }
}

/// A request with what is needed to show it or to do something to it.
pub(crate) struct Opened {
    /// The proof that one may file; that one may see this request was looked at besides.
    pub(crate) proof: File,
    /// Who looks.
    pub(crate) me: PersonId,
    /// The request.
    pub(crate) request: Request,
    /// The form under which it was filed.
    pub(crate) stored: StoredForm,
    /// The people of today.
    pub(crate) snapshot: Snapshot,
}

impl Opened {
    fn around(&self, now: Instant) -> Around<'_> {
        Around {
            form: &self.stored.form,
            people: &self.snapshot.people,
            now,
        }
    }
}

/// Whether the policy allows an action at home, to show or hide something.
pub(crate) fn may(context: &Context, action: Action) -> bool {
    let resource = Resource {
        organization: context.organization.id,
        standing: yagura_kernel::policy::Standing::Own,
    };
    decide(&context.principal, action, &resource) == Verdict::Allow
}

/// Who is signed in; a link or the program files nothing.
pub(crate) fn me(context: &Context) -> Result<PersonId, WebError> {
    context.person().ok_or(WebError::NotFound)
}

/// Opens a request for somebody who may see it: who filed it, who decides or decided it, and those
/// who may read every request. For anybody else it is not there.
pub(crate) async fn open(context: &Context, id: Uuid) -> Result<Opened, WebError> {
    let owner = store::owner(context.database(), id).await?;
    let proof = context
        .authorize::<yagura_kernel::policy::actions::FileRequests>(owner)
        .await?;
    let me = me(context)?;
    let request = store::request(context.database(), &proof, id).await?;
    let stored = store::form_of(context.database(), &request.fingerprint).await?;
    let snapshot = store::snapshot(context.database(), owner, context.today).await?;
    let sees = request.filer == me
        || may(context, Action::ReadRequests)
        || has_part(&request.course, &snapshot, me);
    if !sees {
        return Err(WebError::NotFound);
    }
    Ok(Opened {
        proof,
        me,
        request,
        stored,
        snapshot,
    })
}

/// Whether somebody decided a request, or sits at a desk that it reached.
fn has_part(course: &Course, snapshot: &Snapshot, person: PersonId) -> bool {
    let decided = course
        .steps
        .iter()
        .flat_map(|step| &step.seats)
        .filter_map(|seat| seat.decision.as_ref())
        .any(|decision| decision.by == person);
    // Whoever sits at a desk that it reached sees it too, also when another there was first.
    let sits = course
        .steps
        .iter()
        .filter(|step| !matches!(step.progress, StepProgress::Later | StepProgress::Skipped))
        .flat_map(|step| &step.seats)
        .any(|seat| capacity_at(&snapshot.people, course.filer, seat, person).is_some());
    decided || sits
}

/// Everybody for whom a request waits.
#[must_use]
pub fn waiting_people(course: &Course, snapshot: &Snapshot) -> BTreeSet<PersonId> {
    if course.standing == Standing::Returned {
        return [course.filer].into();
    }
    course
        .open_seats()
        .flat_map(|(_, seat, _)| waits_for(&snapshot.people, course.filer, seat))
        .map(|decider| decider.person)
        .collect()
}

/// Files a request, from a draft where it was one.
pub(crate) async fn file(
    context: &Context,
    proof: &File,
    form: &FormVersion,
    answers: &Answers,
    draft: Option<(Uuid, i64)>,
) -> Result<Request, WebError> {
    let me = me(context)?;
    let organization = proof.organization();
    let snapshot = store::snapshot(context.database(), organization, context.today).await?;
    let around = Around {
        form: &form.stored.form,
        people: &snapshot.people,
        now: context.now,
    };
    let happened = start(around, me, answers)?;
    // Who is alone enters the ledgers themselves, by the right by which they would decide.
    let alone: Option<Decide> = if ends_decisions(&happened) {
        Some(context.authorize_own().await?)
    } else {
        None
    };
    let languages = store::languages(context.database(), organization).await?;
    let mut tx = context.database().begin().await?;
    let filing = Filing {
        form,
        answers,
        course: &happened.course,
        events: happened.events.iter().map(Into::into).collect(),
        told: waiting_people(&happened.course, &snapshot),
        draft: draft.map(|(draft, _)| draft),
    };
    let ids = context.app.ids();
    let request = store::file_request(&mut tx, proof, ids, filing, context.now).await?;
    if let Some((draft, revision)) = draft {
        let spec = &form.stored.form;
        let asked = asked(spec, answers);
        let fields = spec.fields.iter().filter(|f| f.kind == FieldKind::File);
        let fields: Vec<&str> = fields
            .map(|field| field.id.as_str())
            .filter(|field| asked.contains(field))
            .collect();
        store::forget_files_of_draft(&mut tx, proof, draft, &fields).await?;
        store::forget_draft(&mut tx, proof, me, draft, revision).await?;
        store::adopt_files(&mut tx, proof, draft, request.id).await?;
    }
    let entered = match &alone {
        Some(decide) => {
            let outcomes = entries(&form.stored.form, &request.answers);
            crate::ledgers::enter_granted(
                &context.app,
                &mut tx,
                decide,
                &snapshot,
                &request,
                &outcomes,
                context.now,
            )
            .await?
        }
        None => Vec::new(),
    };
    let told = Told {
        app: &context.app,
        request: &request,
        title: &form.stored.title,
        snapshot: &snapshot,
        languages: &languages,
    };
    told.waiting(&mut tx, &BTreeSet::new(), me).await?;
    let detail = json!({ "filed": request.label(), "form": form.key, "version": form.number,
                         "fingerprint": request.fingerprint, "answers": digest(&request)? });
    context
        .audit(&mut tx, proof, RESOURCE, request.id, detail)
        .await?;
    for event in &happened.events {
        let detail = with_entries(audited(&request, event)?, event, &entered);
        context
            .audit(&mut tx, proof, RESOURCE, request.id, detail)
            .await?;
    }
    let language = context.t().lang().code();
    store::remember_language(&mut tx, organization, me, language).await?;
    tx.commit().await?;
    Ok(request)
}

/// Whether the last decision was made, or recorded, so that the ledgers are entered.
fn ends_decisions(happened: &Happened) -> bool {
    let mut events = happened.events.iter();
    events.any(|event| matches!(event, Event::Granted | Event::Recorded))
}

/// The audited event with the entries of the ledgers that it made.
fn with_entries(
    mut detail: serde_json::Value,
    event: &Event,
    entered: &[Uuid],
) -> serde_json::Value {
    if let (Event::Granted | Event::Recorded, Some(fields)) = (event, detail.as_object_mut()) {
        fields.insert("entered".to_owned(), json!(entered));
    }
    detail
}

/// SHA-256 of what was answered: the log proves it without holding it.
fn digest(request: &Request) -> Result<String, StoreError> {
    use sha2::Digest as _;
    let text = store::text_of(&request.answers)?;
    Ok(data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(text)))
}

/// Decides, asks or takes back: what those do for whom a request waits.
pub(crate) async fn decide_request(
    context: &Context,
    opened: &Opened,
    revision: Option<i64>,
    act: &Act,
) -> Result<Request, WebError> {
    let proof: Decide = context
        .authorize::<yagura_kernel::policy::actions::DecideRequests>(opened.request.organization)
        .await?;
    act_on(context, opened, revision, act, &proof, Some(&proof)).await
}

/// Answers or withdraws: what the requester does.
pub(crate) async fn of_requester(
    context: &Context,
    opened: &Opened,
    revision: Option<i64>,
    act: &Act,
) -> Result<Request, WebError> {
    act_on(context, opened, revision, act, &opened.proof, None).await
}

async fn act_on<A: ActionType>(
    context: &Context,
    opened: &Opened,
    revision: Option<i64>,
    act: &Act,
    proof: &Authorized<A>,
    decider: Option<&Decide>,
) -> Result<Request, WebError> {
    let request = &opened.request;
    if revision.is_some_and(|seen| seen != request.revision) {
        return Err(WebError::Conflict);
    }
    let before = waiting_people(&request.course, &opened.snapshot);
    let happened = apply(opened.around(context.now), &request.course, opened.me, act)?;
    let languages = store::languages(context.database(), request.organization).await?;
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let saving = Saving {
        course: &happened.course,
        told: waiting_people(&happened.course, &opened.snapshot),
        by: Some(opened.me),
        events: &happened.events,
    };
    let next = store::save_course(&mut tx, ids, request, saving, context.now).await?;
    let entered = match decider {
        Some(decide) if ends_decisions(&happened) => {
            let outcomes = entries(&opened.stored.form, &next.answers);
            let people = &opened.snapshot;
            let (app, now) = (&context.app, context.now);
            crate::ledgers::enter_granted(app, &mut tx, decide, people, &next, &outcomes, now)
                .await?
        }
        _ => Vec::new(),
    };
    let told = Told {
        app: &context.app,
        request: &next,
        title: &opened.stored.title,
        snapshot: &opened.snapshot,
        languages: &languages,
    };
    told.happened(&mut tx, &happened.events, &before, opened.me)
        .await?;
    for event in &happened.events {
        let detail = with_entries(audited(&next, event)?, event, &entered);
        context
            .audit(&mut tx, proof, RESOURCE, next.id, detail)
            .await?;
    }
    let language = context.t().lang().code();
    store::remember_language(&mut tx, request.organization, opened.me, language).await?;
    tx.commit().await?;
    Ok(next)
}

/// What the audit log holds of an event: who decided what as what about which answers.
pub(crate) fn audited(request: &Request, event: &Event) -> Result<serde_json::Value, StoreError> {
    let number = request.label();
    Ok(match event {
        Event::Decided {
            step,
            seat,
            decision,
        } => json!({ "number": number, "decided": decision.verdict.code(), "step": step,
                     "seat": seat.code(), "capacity": decision.capacity,
                     "together_with": decision.together_with, "note": decision.note,
                     "answers": digest(request)?, "fingerprint": request.fingerprint }),
        Event::Asked(question) => {
            json!({ "number": number, "asked": question.step, "seat": question.seat.code() })
        }
        Event::Answered(_) => json!({ "number": number, "answered": true }),
        Event::Withdrawn(_) => json!({ "number": number, "withdrawn": true }),
        Event::Recalled { step, seat } => {
            json!({ "number": number, "recalled": step, "seat": seat.code() })
        }
        Event::Escalated { step, to, .. } => {
            json!({ "number": number, "escalated": step, "to": to.code() })
        }
        Event::Granted => json!({ "number": number, "granted": true }),
        Event::Recorded => json!({ "number": number, "recorded": "no second person decided" }),
        Event::Unanswered { step, .. } => json!({ "number": number, "unanswered": step }),
        Event::Finished => json!({ "number": number, "finished": true }),
    })
}

/// Lets the next in the chain decide where something is overdue. Returns whether anything changed.
pub(crate) async fn escalate(
    app: &App,
    (snapshot, languages): (&Snapshot, &HashMap<PersonId, String>),
    stored: &StoredForm,
    request: &Request,
) -> Result<bool, StoreError> {
    let around = Around {
        form: &stored.form,
        people: &snapshot.people,
        now: app.now(),
    };
    let Some(happened) = crate::model::engine::escalate(around, &request.course) else {
        return Ok(false);
    };
    let before = waiting_people(&request.course, snapshot);
    let mut tx = app.database().begin().await?;
    let saving = Saving {
        course: &happened.course,
        told: waiting_people(&happened.course, snapshot),
        by: None,
        events: &happened.events,
    };
    let next = store::save_course(&mut tx, app.ids(), request, saving, app.now()).await?;
    let told = Told {
        app,
        request: &next,
        title: &stored.title,
        snapshot,
        languages,
    };
    told.waiting(&mut tx, &before, request.filer).await?;
    told.tell(&mut tx, request.filer, "requests-notice-escalated")
        .await?;
    for event in &happened.events {
        let entry = system_entry(app, request.organization, next.id, audited(&next, event)?);
        yagura_store::audit::append(&mut tx, &entry).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// An entry of the audit log for what the program itself did.
pub(crate) fn system_entry(
    app: &App,
    organization: OrganizationId,
    id: Uuid,
    detail: serde_json::Value,
) -> yagura_kernel::audit::AuditEntry {
    yagura_kernel::audit::AuditEntry {
        id: yagura_kernel::id::AuditEntryId::from(app.ids().id()),
        at: app.now(),
        actor: yagura_kernel::policy::Actor::System.into(),
        acting_organization: None,
        action: Action::DecideRequests.code().to_owned(),
        resource_kind: RESOURCE.to_owned(),
        resource_id: Some(id.to_string()),
        organization: Some(organization),
        outcome: yagura_kernel::audit::AuditOutcome::Done,
        detail: yagura_kernel::audit::Detail::from(detail),
    }
}
