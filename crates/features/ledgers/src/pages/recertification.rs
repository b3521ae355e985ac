//! Recertification at a glance: who answers for what and why, how far they are, and who answers in
//! another's place.

use std::sync::Arc;

use axum::Extension;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_kernel::time::{Date, parse_date};
use yagura_store::directory;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date, empty_state, progress_bar, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, date_field, form, hidden, link_button,
    select,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{crumbs, may, read_proof};
use crate::campaign::{PATH, ROWS};
use crate::departments::Departments;
use crate::model::{AskedAs, Colleague, Reviewers};
use crate::operations;
use crate::store::{self, Campaign, Progress};
use crate::words;

/// How many earlier recertifications are listed.
const EARLIER: i64 = 10;

/// What stands for nobody in particular where a person is named.
pub(super) const NOBODY: &str = "none";

/// Who answers for departments, as handlers get it.
#[derive(Clone)]
pub(crate) struct Answering(pub(crate) Arc<dyn Departments>);

pub(super) fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (database, t) = (context.database(), context.t());
    let organization = proof.organization();
    let running = store::current_campaign(database, organization).await?;
    let progress = match &running {
        Some(running) => store::progress(database, organization, running.id).await?,
        None => Vec::new(),
    };
    let earlier = store::last_campaigns(database, &proof, EARLIER).await?;
    let may_keep = may(&context, Action::KeepLedgers);
    let acts = match &running {
        Some(running) if may_keep => acts(&context, running, &progress).await?,
        _ => html! {},
    };
    let mut frame = context.frame(t.t("ledgers-recertification"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("ledgers-recertification-lede")) });
    let body = html! {
        @match &running {
            Some(running) => {
                section.card {
                    (progress_bar(t, t.t("ledgers-recertification-progress"),
                        number(running.decided), number(running.permissions)))
                    p {
                        (t.t("ledgers-recertification-due")) ": " (date(t, running.due_on))
                        @if running.due_on < context.today {
                            " " (tag(Tone::Late, t.t("ledgers-recertification-late")))
                        }
                    }
                    p.small { (t.t_args("ledgers-recertification-begun", args![
                        ("date", t.date(running.started_at.jst_date())),
                        ("name", running.by_name.as_deref().unwrap_or_default())
                    ])) }
                    (link_button(&own_rows(&context), t.t("ledgers-recertification-own"), true))
                }
                (card(t.t("ledgers-recertification-reviewers"), html! {
                    p { (t.t("ledgers-recertification-reviewers-why")) }
                    (reviewers(t, &progress))
                }))
                (acts)
                @if may_keep {
                    (card(t.t("ledgers-recertification-close"), html! {
                        p { (t.t("ledgers-recertification-close-why")) }
                        (form(t, &Form::post("/ledgers/recertification/close")
                            .confirm(t.t("ledgers-recertification-close-confirm")), html! {
                            (hidden("campaign", &running.id.to_string()))
                            (button_row(&Button::secondary(t.t("ledgers-recertification-close")), &[]))
                        }))
                    }))
                }
            }
            None => {
                section.card {
                    (empty_state(t.t("ledgers-recertification-none"), html! {
                        (t.t("ledgers-recertification-none-why"))
                    }))
                    @if may_keep {
                        (form(t, &Form::post(PATH), html! {
                            (date_field(t, &FormState::empty(),
                                &Field::new("due_on", t.t("ledgers-recertification-due")).required()))
                            (button_row(&Button::primary(t.t("ledgers-recertification-begin")), &[]))
                        }))
                    }
                }
            }
        }
        @if earlier.iter().any(|one| one.closed_at.is_some()) {
            (card(t.t("ledgers-recertification-earlier"), earlier_table(t, &earlier)))
        }
    };
    context.respond(frame, body).await
}

fn own_rows(context: &Context) -> String {
    match context.person() {
        Some(person) => format!("{ROWS}?reviewer={person}"),
        None => ROWS.to_owned(),
    }
}

pub(super) fn reviewer_word(t: &Translator, name: Option<&str>) -> String {
    match name {
        Some(name) => name.to_owned(),
        None => t.t("ledgers-recertification-nobody").to_owned(),
    }
}

fn reviewers(t: &Translator, progress: &[Progress]) -> Markup {
    let rows = progress
        .iter()
        .map(|one| {
            let key = one
                .reviewer
                .map_or_else(|| NOBODY.to_owned(), |person| person.to_string());
            let mark = if one.open() == 0 {
                tag(Tone::Success, t.t("ledgers-recertification-done"))
            } else {
                tag(Tone::Neutral, t.t("ledgers-recertification-waiting"))
            };
            TableRow::new(vec![
                html! {
                    a href={ (ROWS) "?reviewer=" (key) } {
                        (reviewer_word(t, one.reviewer_name.as_deref()))
                    }
                },
                html! {
                    @if let Some(asked_as) = AskedAs::from_code(&one.asked_as) {
                        (words::asked_as(t, asked_as))
                    }
                },
                html! { (t.t_args("ledgers-recertification-counts", args![
                    ("decided", one.decided), ("permissions", one.permissions)
                ])) },
                mark,
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-recertification-reviewer")),
        Column::text(t.t("ledgers-recertification-asked-as")),
        Column::text(t.t("ledgers-recertification-progress")),
        Column::text(t.t("ledgers-column-standing")),
    ];
    let title = t.t("ledgers-recertification-reviewers");
    data_table(&Table::new(title, columns, rows))
}

fn earlier_table(t: &Translator, earlier: &[Campaign]) -> Markup {
    let rows = earlier
        .iter()
        .filter_map(|one| {
            let closed = one.closed_at?;
            Some(TableRow::new(vec![
                html! { (date(t, closed.jst_date())) },
                html! { (t.t_args("ledgers-recertification-counts", args![
                    ("decided", one.decided), ("permissions", one.permissions)
                ])) },
                html! { (one.taken_away) },
            ]))
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-recertification-closed-on")),
        Column::text(t.t("ledgers-recertification-progress")),
        Column::text(t.t("ledgers-recertification-taken-away")),
    ];
    let title = t.t("ledgers-recertification-earlier");
    data_table(&Table::new(title, columns, rows))
}

/// Reads the last day of a recertification: from today on, at most a year away.
pub(crate) fn last_day(text: &str, today: Date) -> Result<Date, WebError> {
    parse_date(text)
        .ok()
        .filter(|due| (0..=366).contains(&(*due - today).whole_days()))
        .ok_or_else(|| WebError::invalid("ledgers-error-due"))
}

/// Those who can be asked in another's place.
async fn able(context: &Context) -> Result<Vec<Colleague>, WebError> {
    let organization = context.organization.id;
    let held =
        directory::assignments_of_organization(context.database(), organization, context.today)
            .await?;
    let mut people: Vec<Colleague> = Vec::new();
    for one in held {
        let (person, role) = (one.assignment.person, one.assignment.role);
        match people.iter_mut().find(|known| known.person == person) {
            Some(known) => known.roles.push(role),
            None => people.push(Colleague {
                person,
                name: one.name,
                roles: vec![role],
            }),
        }
    }
    let reviewers = Reviewers::new(people, Vec::new());
    Ok(reviewers.able().into_iter().cloned().collect())
}

/// The forms by which somebody else is asked, and everybody is reminded.
async fn acts(
    context: &Context,
    running: &Campaign,
    progress: &[Progress],
) -> Result<Markup, WebError> {
    if progress.iter().all(|one| one.open() == 0) {
        return Ok(html! {});
    }
    let t = context.t();
    let organization = context.organization.id;
    let departments = store::open_departments(context.database(), organization, running.id).await?;
    let mut from: Vec<(String, String)> = Vec::new();
    for one in progress.iter().filter(|one| one.open() > 0) {
        let key = one
            .reviewer
            .map_or_else(|| NOBODY.to_owned(), |person| person.to_string());
        if from.iter().all(|(known, _)| *known != key) {
            from.push((key, reviewer_word(t, one.reviewer_name.as_deref())));
        }
    }
    let to: Vec<(String, String)> = able(context)
        .await?
        .into_iter()
        .map(|one| (one.person.to_string(), one.name))
        .collect();
    let from: Vec<Choice<'_>> = from
        .iter()
        .map(|(key, name)| Choice::new(key, name))
        .collect();
    let to: Vec<Choice<'_>> = to
        .iter()
        .map(|(key, name)| Choice::new(key, name))
        .collect();
    let mut of = vec![Choice::new("", t.t("ledgers-filter-all"))];
    of.extend(departments.iter().map(|name| Choice::new(name, name)));
    let state = FormState::empty();
    let campaign = running.id.to_string();
    Ok(html! {
        (card(t.t("ledgers-recertification-reassign"), html! {
            p { (t.t("ledgers-recertification-reassign-why")) }
            (form(t, &Form::post("/ledgers/recertification/reassign"), html! {
                (hidden("campaign", &campaign))
                (select(t, &state, &Field::new("from", t.t("ledgers-recertification-from")).required(), &from))
                (select(t, &state, &Field::new("department", t.t("ledgers-recertification-department")), &of))
                (select(t, &state, &Field::new("to", t.t("ledgers-recertification-to")).required(), &to))
                (button_row(&Button::secondary(t.t("ledgers-recertification-reassign")), &[]))
            }))
        }))
        (card(t.t("ledgers-recertification-remind"), html! {
            p { (t.t("ledgers-recertification-remind-why")) }
            (form(t, &Form::post("/ledgers/recertification/remind"), html! {
                (hidden("campaign", &campaign))
                (button_row(&Button::secondary(t.t("ledgers-recertification-remind")), &[]))
            }))
        }))
    })
}

/// The recertification of a form that is under way, where one may keep the ledgers.
async fn keep_campaign(
    context: &Context,
    state: &FormState,
) -> Result<(Authorized<actions::KeepLedgers>, Campaign), WebError> {
    context.authorize_own::<actions::KeepLedgers>().await?;
    let wrong = || WebError::invalid("ledgers-error-campaign");
    let id: Uuid = yagura_kernel::id::parse_uuid(state.value("campaign")).map_err(|_| wrong())?;
    let owner = store::campaign_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::KeepLedgers>(owner).await?;
    let running = store::current_campaign(context.database(), owner).await?;
    let running = running.filter(|running| running.id == id);
    Ok((proof, running.ok_or_else(wrong)?))
}

/// Lets somebody else answer.
pub(super) async fn reassign(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (proof, campaign) = keep_campaign(&context, &state).await?;
    let person = |text: &str| -> Result<PersonId, WebError> {
        yagura_kernel::id::parse_uuid(text)
            .map(PersonId::from)
            .map_err(|_| WebError::invalid("ledgers-error-reviewer"))
    };
    let from = match state.value("from") {
        NOBODY => None,
        id => Some(person(id)?),
    };
    let department = Some(state.value("department").to_owned()).filter(|name| !name.is_empty());
    let to = person(state.value("to"))?;
    let moved = operations::reassign(&context, &proof, &campaign, from, department, to).await?;
    let message = FlashMessage::done("ledgers-recertification-reassigned");
    Ok(context.redirect(PATH, message.with("count", moved.to_string())))
}

/// Reminds everybody who has something to answer.
pub(super) async fn remind(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (proof, campaign) = keep_campaign(&context, &state).await?;
    let told = operations::remind(&context, &proof, &campaign).await?;
    let message = FlashMessage::done("ledgers-recertification-reminded");
    Ok(context.redirect(PATH, message.with("count", told.to_string())))
}

pub(super) async fn start(
    context: Context,
    Extension(answering): Extension<Answering>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let due = last_day(state.value("due_on"), context.today)?;
    operations::start_campaign(&context, answering.0.as_ref(), &proof, due).await?;
    let message = FlashMessage::done("ledgers-recertification-begun-done");
    Ok(context.redirect(PATH, message))
}

pub(super) async fn close(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    context.authorize_own::<actions::KeepLedgers>().await?;
    let id: Uuid = yagura_kernel::id::parse_uuid(state.value("campaign"))
        .map_err(|_| WebError::invalid("ledgers-error-campaign"))?;
    let owner = store::campaign_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::KeepLedgers>(owner).await?;
    operations::close_campaign(&context, &proof, id).await?;
    let message = FlashMessage::done("ledgers-recertification-closed-done");
    Ok(context.redirect(PATH, message))
}
