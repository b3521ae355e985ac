//! Leavers of whose permissions and accounts a person must say whether they are theirs.

use std::collections::HashMap;

use accountmatch::model::Staff;
use accountmatch::names;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_ledgers::model::State;
use yagura_ledgers::{Grant, GrantFilter};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, description_list, empty_state, note,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button_row, form, link_button, row_checkbox, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::accounts::{candidates, reasons, said};
use super::{crumbs, may, parse_id, parts, read_proof};
use crate::operations;
use crate::store::{self, AccountRow, LeaverRow};

pub(crate) const HERE: &str = "/accounts/leavers";
/// How many leavers one page asks about.
const PAGE: usize = 10;
/// How many accounts of perhaps-leavers the page shows.
const ACCOUNTS: i64 = 50;
/// The name of the boxes that choose permissions.
const THEIRS: &str = "theirs";

/// Where the page begins.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct LeaversQuery {
    after: String,
}

/// What may be a leaver's, or a namesake's.
pub(crate) struct Question {
    pub(crate) leaver: LeaverRow,
    /// Running permissions of the name.
    pub(crate) permissions: Vec<Grant>,
    /// Those of the name who still work here.
    pub(crate) namesakes: Vec<Staff>,
}

/// The questions behind leavers, with two reads for all of them.
pub(crate) async fn questions(
    context: &Context,
    proof: &store::Read,
    leavers: Vec<LeaverRow>,
) -> Result<Vec<Question>, WebError> {
    if leavers.is_empty() {
        return Ok(Vec::new());
    }
    let database = context.database();
    let every = GrantFilter::default();
    let mut by_name: HashMap<String, Vec<Grant>> = HashMap::new();
    for grant in yagura_ledgers::permissions_in_force(database, proof, &every).await? {
        if grant.state == State::Open {
            by_name
                .entry(names::folded(&grant.name))
                .or_default()
                .push(grant);
        }
    }
    let (staff, _) = store::staff_of(database, proof.organization()).await?;
    let today = context.today;
    let mut here: HashMap<String, Vec<&Staff>> = HashMap::new();
    for person in staff.iter().filter(|person| !person.has_left(today)) {
        for name in names::writings(person) {
            here.entry(name).or_default().push(person);
        }
    }
    let questions = leavers.into_iter().map(|leaver| {
        let name = names::folded(&leaver.name);
        let own = leaver.number.clone();
        let permissions = by_name.get(&name).cloned().unwrap_or_default();
        let namesakes = here.get(&name).into_iter().flatten();
        Question {
            permissions: permissions
                .into_iter()
                .filter(|grant| own.is_empty() || grant.staff_number.is_empty())
                .collect(),
            namesakes: namesakes
                .filter(|person| person.key != leaver.staff_key)
                .map(|person| (*person).clone())
                .collect(),
            leaver,
        }
    });
    Ok(questions.collect())
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<LeaversQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (t, database) = (context.t(), context.database());
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
    let mut leavers = store::leavers(database, &proof, parse_id(&query.after), limit).await?;
    let has_more = leavers.len() > PAGE;
    leavers.truncate(PAGE);
    let next = leavers.last().filter(|_| has_more).map(|last| last.id);
    let questions = questions(&context, &proof, leavers).await?;
    let perhaps = store::perhaps_of_leavers(database, &proof, ACCOUNTS).await?;
    let may_edit = may(&context, Action::EditAccounts);
    let mut frame = context.frame(t.t("accounts-leavers"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("accounts-leavers-lede")) });
    let body = html! {
        (parts(t, HERE))
        @if questions.is_empty() && perhaps.is_empty() {
            section.card aria-label=(t.t("accounts-leavers")) {
                (empty_state(t.t("accounts-leavers-none"), html! { (t.t("accounts-leavers-none-why")) }))
            }
        }
        @for question in &questions { (asked(t, question, may_edit)) }
        @if let Some(next) = next {
            p { (link_button(&yagura_web::address(HERE, [("after", next.to_string().as_str())]),
                t.t("accounts-leavers-next"), false)) }
        }
        @if !perhaps.is_empty() {
            (card(t.t("accounts-leavers-accounts"), html! {
                p { (t.t("accounts-leavers-accounts-why")) }
                (accounts(t, &perhaps))
            }))
        }
    };
    context.respond(frame, body).await
}

/// Why nothing was done by the program.
fn why<'t>(t: &'t Translator, leaver: &LeaverRow) -> &'t str {
    t.t(match leaver.reason.as_str() {
        "namesake" => "accounts-leavers-why-namesake",
        _ => "accounts-leavers-why-numbers",
    })
}

fn asked(t: &Translator, question: &Question, may_edit: bool) -> Markup {
    let leaver = &question.leaver;
    let number = match leaver.number.as_str() {
        "" => t.t("accounts-leavers-no-number"),
        number => number,
    };
    let left = leaver.left_on.map(|day| t.date(day)).unwrap_or_default();
    let facts = [
        (t.t("accounts-column-number"), html! { (number) }),
        (
            t.t("accounts-column-department"),
            html! { (leaver.department) },
        ),
        (t.t("accounts-column-left"), html! { (left) }),
    ];
    let mine = yagura_web::address("/accounts/list", [("staff", leaver.staff_key.as_str())]);
    let state = FormState::empty().with_id_prefix(format!("l{}-", leaver.id.simple()));
    card(
        &leaver.name,
        html! {
            (note(t, Tone::Caution, html! { p { (why(t, leaver)) } p { (t.t("accounts-leavers-do")) } }))
            (description_list(&facts))
            @if !question.namesakes.is_empty() {
                h3 { (t.t("accounts-leavers-namesakes")) }
                ul { @for person in &question.namesakes {
                    li {
                        (person.name) " " (person.number.as_deref().unwrap_or(t.t("accounts-leavers-no-number")))
                        " " (person.department.as_deref().unwrap_or_default())
                    }
                } }
            }
            p { a href=(mine) { (t.t("accounts-leavers-own-accounts")) } }
            @if may_edit {
                (form(t, &Form::post(&format!("{HERE}/{}", leaver.id)), html! {
                    (permissions(t, question, true))
                    (text_field(t, &state, &Field::new("note", t.t("accounts-leavers-note"))
                        .hint(t.t("accounts-leavers-note-hint")).required().longest(300)))
                    (button_row(&Button::primary(t.t("accounts-leavers-settle")), &[]))
                }))
            } @else { (permissions(t, question, false)) }
        },
    )
}

fn permissions(t: &Translator, question: &Question, with_boxes: bool) -> Markup {
    if question.permissions.is_empty() {
        return html! { p { (t.t("accounts-leavers-permissions-none")) } };
    }
    let rows = question
        .permissions
        .iter()
        .map(|grant| {
            let href = format!("/ledgers/permissions/{}", grant.id);
            let label = format!("{} {} {}", grant.name, grant.system_name, grant.function);
            let number = match grant.staff_number.as_str() {
                "" => t.t("accounts-leavers-no-number"),
                number => number,
            };
            let mut cells = Vec::new();
            if with_boxes {
                cells.push(row_checkbox(THEIRS, &grant.id.to_string(), &label, false));
            }
            cells.extend([
                html! { a href=(href) { (grant.system_name) } },
                html! { (grant.function) },
                html! { (number) },
                html! { (grant.department) },
                html! { (grant.account) },
            ]);
            TableRow::new(cells)
        })
        .collect();
    let mut columns = Vec::new();
    if with_boxes {
        columns.push(Column::text(t.t("accounts-leavers-theirs")));
    }
    columns.extend([
        Column::text(t.t("accounts-source-system")),
        Column::text(t.t("accounts-leavers-function")),
        Column::text(t.t("accounts-column-number")),
        Column::text(t.t("accounts-column-department")),
        Column::text(t.t("accounts-field-account")),
    ]);
    let table = Table::new(t.t("accounts-leavers-permissions"), columns, rows);
    html! {
        h3 { (t.t("accounts-leavers-permissions")) }
        (data_table(&if with_boxes { table.named_by(1) } else { table }))
    }
}

/// Accounts of which names alone speak, with who they may be.
fn accounts(t: &Translator, rows: &[AccountRow]) -> Markup {
    let rows = rows
        .iter()
        .map(|row| {
            let people = candidates(row);
            TableRow::new(vec![
                html! { a href={ "/accounts/of/" (row.id) } { (row.account().id) } " " (row.name) },
                html! { (row.source_name) },
                html! {
                    ul { @for person in &people {
                        @let number = match said(person, "number") {
                            "" => t.t("accounts-leavers-no-number"),
                            number => number,
                        };
                        li {
                            (said(person, "name")) " " (number) " " (said(person, "department"))
                            @if !said(person, "left").is_empty() {
                                " " (t.t_args("accounts-leavers-left-on", args![("date", said(person, "left"))]))
                            }
                            br; span.small { (reasons(t, person)) }
                        }
                    } }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("accounts-leavers-accounts"),
        vec![
            Column::text(t.t("accounts-field-account")),
            Column::text(t.t("accounts-field-source")),
            Column::text(t.t("accounts-leavers-perhaps")),
        ],
        rows,
    ))
}

/// Those of a question's permissions that somebody says are the leaver's; what is not asked about is
/// refused.
pub(crate) fn theirs(question: &Question, chosen: &[Uuid]) -> Result<Vec<Uuid>, WebError> {
    let is_asked = |id: &Uuid| question.permissions.iter().any(|grant| grant.id == *id);
    if chosen.iter().all(is_asked) {
        Ok(chosen.to_vec())
    } else {
        Err(WebError::invalid("accounts-error-leaver-permission"))
    }
}

pub(super) async fn settle(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let owner = store::leaver_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let read = context.authorize::<actions::ReadAccounts>(owner).await?;
    let leaver = store::leaver(context.database(), owner, id).await?;
    let t = context.t();
    let note = state.read_text(t, "note", t.t("accounts-leavers-note"), 300);
    if note.is_empty() || state.has_errors() {
        return Err(WebError::invalid("accounts-error-leaver-note"));
    }
    let mut chosen: Vec<Uuid> = state
        .values(THEIRS)
        .iter()
        .filter_map(|id| parse_id(id))
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    let questions = questions(&context, &read, vec![leaver]).await?;
    let question = questions.first().ok_or(WebError::NotFound)?;
    let chosen = theirs(question, &chosen)?;
    operations::settle_leaver(&context, &proof, id, &chosen, &note).await?;
    let message = FlashMessage::done("accounts-leavers-settled");
    Ok(context.redirect(HERE, message.with("count", chosen.len().to_string())))
}
