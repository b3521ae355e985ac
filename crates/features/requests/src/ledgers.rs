//! The last thing that a grant does: entering what was granted into the ledgers (管理簿).

use yagura_kernel::id::PersonId;
use yagura_kernel::time::{Date, Instant, parse_date};
use yagura_ledgers::model::{
    Carrier, Content, Exception, Export, Known, Loan, Medium, Method, Owner, Permission, Source,
};
use yagura_ledgers::{LedgerError, Whom};
use yagura_packs::LedgerCode;
use yagura_store::Transaction;
use yagura_web::{App, Lang, Records, WebError};

use crate::model::{Course, Outcome, Verdict};
use crate::store::{Decide, Request, Snapshot};

/// What a line of a ledger holds, in characters.
const LINE: usize = 100;
/// What a text of a ledger holds, in characters.
const TEXT: usize = 2_000;

/// Enters what was granted, in the transaction of the last decision, and tells those features that
/// derive something from the ledgers. Returns the ids of the entries.
///
/// # Errors
/// [`WebError`] where the ledgers refuse an entry or the database does not answer.
pub async fn enter_granted(
    app: &App,
    tx: &mut Transaction,
    proof: &Decide,
    snapshot: &Snapshot,
    request: &Request,
    outcomes: &[Outcome],
    now: Instant,
) -> Result<Vec<uuid::Uuid>, WebError> {
    let source = Source::Request {
        id: request.id,
        number: request.label(),
    };
    let ids = app.ids();
    let permitted_by = permitters(&request.course, snapshot);
    let mut entered = Vec::new();
    let mut medium = None;
    for outcome in media_first(outcomes) {
        if outcome.ledger == LedgerCode::PermissionsEnd {
            entered.extend(take_away(app, tx, proof, request, outcome, now).await?);
            continue;
        }
        if outcome.ledger == LedgerCode::Media {
            // A medium stands in its ledger once, however often it is handed out.
            medium = yagura_ledgers::medium_named(tx, proof, &line(outcome, "medium")).await?;
            if medium.is_some() {
                continue;
            }
        }
        let system = system_of(tx, request, outcome).await?;
        if let Some(mut content) = content(outcome, system, snapshot) {
            sign(&mut content, &permitted_by, medium);
            if request.course.is_only_recorded() {
                let t = app.translator(Lang::Ja);
                remark(&mut content, t.t("requests-verdict-recorded"));
            }
            let id = yagura_ledgers::open(tx, proof, ids, content, &source, now).await?;
            if outcome.ledger == LedgerCode::Media {
                medium = Some(id);
            }
            entered.push(id);
        }
    }
    if !entered.is_empty() {
        let organization = proof.organization();
        app.records_changed(tx, organization, Records::Ledgers)
            .await?;
    }
    Ok(entered)
}

/// Media before what is carried on them.
fn media_first(outcomes: &[Outcome]) -> impl Iterator<Item = &Outcome> {
    let is_medium = |outcome: &&Outcome| outcome.ledger == LedgerCode::Media;
    let others = outcomes.iter().filter(move |outcome| !is_medium(outcome));
    outcomes.iter().filter(is_medium).chain(others)
}

/// Who granted it, by name, the last first: theirs is the decision that counts.
fn permitters(course: &Course, snapshot: &Snapshot) -> String {
    let decisions = course.steps.iter().flat_map(|step| &step.seats);
    let mut granted: Vec<_> = decisions
        .filter_map(|seat| seat.decision.as_ref())
        .filter(|decision| decision.verdict == Verdict::Granted)
        .collect();
    granted.sort_by_key(|decision| std::cmp::Reverse(decision.at));
    let mut names: Vec<&str> = Vec::new();
    for decision in granted {
        if let Some(name) = snapshot.names.get(&decision.by)
            && !names.contains(&name.as_str())
        {
            names.push(name);
        }
    }
    clipped(&names.join("、"), LINE)
}

/// Names who permitted it and the medium that carries it, where the ledger has a place for them.
fn sign(content: &mut Content, permitted_by: &str, carrier: Option<uuid::Uuid>) {
    let place = match content {
        Content::Permission(of) => &mut of.permitted_by,
        Content::Export(of) => {
            of.medium = of.medium.or(carrier);
            &mut of.permitted_by
        }
        Content::Loan(of) => &mut of.permitted_by,
        Content::Exception(of) => &mut of.permitted_by,
        Content::Medium(_) => return,
    };
    permitted_by.clone_into(place);
}

/// What somebody who leaves holds is to be taken away. Where the name stands for several people and
/// no number tells them apart, nothing is: the step that carries the request out does it by hand.
async fn take_away(
    app: &App,
    tx: &mut Transaction,
    proof: &Decide,
    request: &Request,
    outcome: &Outcome,
    now: Instant,
) -> Result<Vec<uuid::Uuid>, WebError> {
    let whom = Whom {
        staff_number: line(outcome, "staff-number"),
        name: line(outcome, "person"),
    };
    let (ids, reason) = (app.ids(), request.label());
    let taken = yagura_ledgers::end_permissions_of(tx, proof, ids, &whom, &reason, now).await;
    match taken {
        Ok(ids) => Ok(ids),
        Err(LedgerError::Ambiguous) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The system of the register, where it is still there: one that was taken out meanwhile is entered
/// by its name.
async fn system_of(
    tx: &mut Transaction,
    request: &Request,
    outcome: &Outcome,
) -> Result<Option<uuid::Uuid>, WebError> {
    let Some(id) = outcome
        .system()
        .and_then(|id| yagura_kernel::id::parse_uuid(id).ok())
    else {
        return Ok(None);
    };
    let kept = yagura_inventory::kept_systems(tx, request.organization, &[id]).await?;
    Ok(kept.first().map(|system| system.id))
}

fn clipped(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

/// A field as a line of a ledger.
fn line(outcome: &Outcome, field: &str) -> String {
    let text = outcome.text(field).split_whitespace().collect::<Vec<_>>();
    clipped(&text.join(" "), LINE)
}

fn day(outcome: &Outcome, field: &str) -> Option<Date> {
    parse_date(outcome.given(field)).ok()
}

fn known(given: &str) -> Known {
    match given {
        "yes" => Known::Yes,
        "no" => Known::No,
        _ => Known::Unknown,
    }
}

/// Somebody with a role, by a name that only they have.
fn person_named(snapshot: &Snapshot, name: &str) -> Option<PersonId> {
    let key = yagura_ledgers::model::person_key(name);
    let mut same = snapshot
        .names
        .iter()
        .filter(|(_, known)| yagura_ledgers::model::person_key(known) == key);
    let first = same.next().map(|(person, _)| *person);
    first.filter(|_| same.next().is_none() && !key.is_empty())
}

/// What a ledger's entry says, from the answers that the form sends there.
pub(crate) fn content(
    outcome: &Outcome,
    system: Option<uuid::Uuid>,
    snapshot: &Snapshot,
) -> Option<Content> {
    let line = |field| line(outcome, field);
    let (from, until) = (day(outcome, "from"), day(outcome, "until"));
    Some(match outcome.ledger {
        LedgerCode::PermissionsEnd => return None,
        LedgerCode::Permissions | LedgerCode::Privileged => {
            let privileged = outcome.ledger == LedgerCode::Privileged;
            let superior = person_named(snapshot, outcome.text("superior"));
            // What somebody needs on joining names its systems among the functions.
            let system_name = match line("system") {
                name if name.is_empty() => line("functions"),
                name => name,
            };
            let function = match (privileged, line("functions")) {
                (true, _) => "管理者権限".to_owned(),
                (false, functions) => functions,
            };
            Content::Permission(Permission {
                name: line("person"),
                department: line("department"),
                profession: line("profession"),
                duty: line("duty"),
                superior,
                superior_name: if superior.is_some() {
                    String::new()
                } else {
                    line("superior")
                },
                system,
                system_name: if system_name.is_empty() {
                    function.clone()
                } else {
                    system_name
                },
                function,
                account: line("account"),
                privileged,
                from,
                until,
                note: clipped(outcome.text("reason"), TEXT),
                ..Permission::default()
            })
        }
        LedgerCode::DataExports => Content::Export(Export {
            name: line("information"),
            person: line("person"),
            department: line("department"),
            purpose: line("purpose"),
            personal_information: known(outcome.given("personal")),
            method: match outcome.given("method") {
                "usb" => Method::Usb,
                "disc" => Method::Disc,
                "paper" => Method::Paper,
                "network" | "online" | "vpn" => Method::Network,
                _ => Method::Other,
            },
            terminal: line("terminal"),
            carrier: match outcome.given("medium-owner") {
                "hospital" => Carrier::Institution,
                "private" => Carrier::Personal,
                "vendor" => Carrier::Recipient,
                _ => Carrier::None,
            },
            from,
            until,
            note: clipped(
                &note_of(outcome, &["information", "recipient", "end-of-use"]),
                TEXT,
            ),
            ..Export::default()
        }),
        LedgerCode::Loans => Content::Loan(Loan {
            name: line("device"),
            lender: line("owner"),
            chart_network: match outcome.given("connection") {
                "chart" | "yes" => Known::Yes,
                "none" | "network" | "no" => Known::No,
                _ => Known::Unknown,
            },
            person: line("person"),
            department: line("department"),
            purpose: line("purpose"),
            from,
            until,
            ..Loan::default()
        }),
        LedgerCode::Media => Content::Medium(Medium {
            name: line("medium"),
            owner: match outcome.given("owner") {
                "private" => Owner::Personal,
                _ => Owner::Institution,
            },
            person: line("person"),
            department: line("department"),
            encrypted: known(outcome.given("encryption")),
            ..Medium::default()
        }),
        LedgerCode::Exceptions => Content::Exception(Exception {
            name: line("rule"),
            person: line("person"),
            department: line("department"),
            system,
            system_name: line("system"),
            reason: clipped(outcome.text("reason"), TEXT),
            measures: clipped(outcome.text("compensation"), TEXT),
            from,
            until,
            ..Exception::default()
        }),
    })
}

/// Says something in the remark of an entry, before what stands there.
fn remark(content: &mut Content, words: &str) {
    let note = match content {
        Content::Permission(of) => &mut of.note,
        Content::Export(of) => &mut of.note,
        Content::Loan(of) => &mut of.note,
        Content::Medium(of) => &mut of.note,
        Content::Exception(of) => &mut of.note,
    };
    *note = clipped(&format!("{words}\n{note}"), TEXT)
        .trim_end()
        .to_owned();
}

/// Several answers as one remark.
fn note_of(outcome: &Outcome, fields: &[&str]) -> String {
    let texts = fields.iter().map(|field| outcome.text(field));
    texts
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answers, entries};
    use yagura_packs::{FieldKind, Library, RequestForm};

    /// An answer to every question.
    fn answered(form: &RequestForm) -> Answers {
        let mut answers = Answers::default();
        for field in &form.fields {
            let given = match field.kind {
                FieldKind::Date if field.id == "until" => "2027-03-31".to_owned(),
                FieldKind::Date => "2026-12-01".to_owned(),
                FieldKind::YesNo => "yes".to_owned(),
                FieldKind::Choice => field.choices[0].value.clone(),
                FieldKind::MultiChoice => {
                    answers.set(&field.id, field.choices.iter().map(|c| c.value.clone()));
                    continue;
                }
                FieldKind::File => continue,
                FieldKind::LongText => "長い文\n".repeat(400),
                _ => "架空 花子".to_owned(),
            };
            answers.set(&field.id, [given]);
        }
        answers
    }

    #[test]
    fn what_a_shipped_form_grants_is_an_entry_that_its_ledger_takes() {
        let mut ledgers = std::collections::BTreeSet::new();
        for pack in Library::builtin().packs() {
            let Some(form) = pack.form() else { continue };
            for outcome in entries(form, &answered(form)) {
                ledgers.insert(outcome.ledger);
                let Some(content) = content(&outcome, None, &Snapshot::default()) else {
                    continue;
                };
                assert_eq!(content.contradictions(), [], "{}: {content:?}", pack.id);
                let fields = content.fields_of();
                let typed = |key: &str| match fields.get(key) {
                    Some(serde_json::Value::String(text)) => text.clone(),
                    Some(serde_json::Value::Bool(true)) => "yes".to_owned(),
                    _ => String::new(),
                };
                let read = Content::of_typed(content.ledger(), typed);
                assert!(read.is_ok(), "{}: {read:?}", pack.id);
            }
        }
        assert_eq!(ledgers.len(), LedgerCode::ALL.len());
    }
}

/// Who answers for departments, as the desk knows it: asked by the ledgers at recertification.
#[derive(Debug, Clone, Copy, Default)]
pub struct DepartmentsAtTheDesk;

#[async_trait::async_trait]
impl yagura_ledgers::Departments for DepartmentsAtTheDesk {
    async fn heads(
        &self,
        database: &yagura_store::Database,
        organization: yagura_kernel::id::OrganizationId,
    ) -> Result<yagura_ledgers::Heads, yagura_store::StoreError> {
        let heads = crate::store::heads(database, organization).await?;
        Ok(heads.into_iter().collect())
    }
}
