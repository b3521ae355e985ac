//! Reminders: whom do we remind, in which words, and what came of it?

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_checklists::overview::{self, Cursor, MemberFilter, MemberSheet};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::text::{clean_multi_line, clean_single_line};
use yagura_kernel::time::{FiscalYear, format_iso};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::{Lang, Translator};
use yagura_web::ui::components::{
    Column, Listing, Span, Table, TableRow, Tone, card, data_table, date, date_time,
    description_list, details, empty_state, note, pagination, progress_bar, row, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, Form, FormState, RadioStyle, Width, button_row, date_field,
    error_summary, form, hidden, link_button, radio_group, text_field, textarea,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError, args};

use super::{download, id_from, imprinted, lines, paths};
use crate::export::{self, delivery_word};
use crate::jobs::{filled, filters_of};
use crate::listing::COUNTED;
use crate::model::reminder::{
    Audience, LONGEST_BODY, LONGEST_PAUSE_DAYS, LONGEST_SUBJECT, MOST_SELECTED, PAUSE_DAYS,
    PLACEHOLDERS, SHORTEST_PAUSE_DAYS, Since, may_remind, since, unknown_placeholders,
};
use crate::operations;
use crate::store::exports::Format;
use crate::store::members;
use crate::store::reminders::{self, NewReminder, Recipient, Reminder};
use crate::words;

/// How many reminders or recipients a page shows.
const PAGE: i64 = 50;
/// How many members a preview names.
const NAMED: i64 = 30;
/// Up to how many members a preview looks at one by one to say how many get nothing.
const LOOKED_AT: i64 = 2_000;
/// The most recipients of a workbook.
const MOST_IN_WORKBOOK: i64 = 100_000;

/// Whom a new reminder is for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ComposeQuery {
    audience: Option<String>,
    member: Option<String>,
    year: Option<String>,
}

/// Where a list begins.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ListQuery {
    before: Option<String>,
    after: Option<String>,
}

pub(super) async fn list(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let t = context.t();
    let before: Option<Uuid> = query.before.as_deref().map(id_from).transpose()?;
    let all = reminders::list(context.database(), &proof, before, PAGE + 1).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let shown = all.get(..all.len().min(page)).unwrap_or_default();
    let next = shown
        .last()
        .filter(|_| all.len() > page)
        .map(|last| format!("{}?before={}", paths::REMINDERS, last.id));
    let rows = shown
        .iter()
        .map(|reminder| {
            TableRow::new(vec![
                html! { a href={ (paths::REMINDERS) "/" (reminder.id) } { (reminder.subject) } },
                date_time(t, reminder.created_at),
                html! { (words::audience(t, reminder.audience)) },
                sent_words(t, reminder),
            ])
        })
        .collect();
    let body = html! {
        section.card aria-label=(t.t("region-reminders-title")) {
            @if shown.is_empty() {
                (empty_state(t.t("region-reminders-empty"), html! {
                    a href={ (paths::REMINDERS) "/new" } { (t.t("region-reminders-new")) }
                }))
            } @else {
                (data_table(&Table::new(
                    t.t("region-reminders-title"),
                    vec![
                        Column::text(t.t("region-reminder-subject")),
                        Column::text(t.t("region-column-when")),
                        Column::text(t.t("region-reminder-audience")),
                        Column::text(t.t("region-reminder-sent")),
                    ],
                    rows,
                )))
                @if let Some(next) = next {
                    nav.pages aria-label=(t.t("list-pages")) {
                        a href=(next) rel="next" { (t.t("list-next")) }
                    }
                }
            }
        }
    };
    let mut frame = context.frame(t.t("region-reminders-title"));
    frame.lede = Some(html! { (t.t("region-reminders-lede")) });
    frame.actions = Some(html! {
        (link_button(&format!("{}/new", paths::REMINDERS), t.t("region-reminders-new"), true))
        @if !shown.is_empty() {
            (link_button("/region/reminders.xlsx", t.t("region-save-xlsx"), false))
        }
    });
    context.respond(frame, body).await
}

pub(super) async fn list_workbook(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let all = reminders::list(context.database(), &proof, None, MOST_IN_WORKBOOK).await?;
    let made = imprinted(&context);
    let bytes = context
        .app
        .make_document(move || export::reminders_workbook(&made, &all))
        .await?;
    let year = context.app.fiscal_year();
    let name = export::file_name("reminders", year, context.today, Format::Xlsx);
    Ok(download(bytes, Format::Xlsx, &name))
}

fn sent_words(t: &Translator, reminder: &Reminder) -> Markup {
    if reminder.is_sending {
        return tag(Tone::Info, t.t("region-reminder-sending"));
    }
    html! {
        (t.t_args("region-reminder-reached", args![
            ("sent", reminder.sent),
            ("mailed", reminder.mailed)
        ]))
    }
}

pub(super) async fn compose(
    context: Context,
    QueryOf(query): QueryOf<ComposeQuery>,
) -> Result<Response, WebError> {
    let _proof = context.authorize_own::<actions::SendReminders>().await?;
    let member = query
        .member
        .as_deref()
        .map(id_from::<OrganizationId>)
        .transpose()?;
    let audience = match member {
        Some(_) => Audience::Selected,
        None => query
            .audience
            .as_deref()
            .and_then(Audience::from_code)
            .unwrap_or(Audience::NotOpened),
    };
    let state = fresh(
        &context,
        audience,
        query.year.as_deref(),
        member.into_iter().collect(),
    );
    compose_page(&context, &state).await
}

pub(super) async fn compose_for(
    context: Context,
    SubmittedForm(submitted): SubmittedForm,
) -> Result<Response, WebError> {
    let _proof = context.authorize_own::<actions::SendReminders>().await?;
    // Back from the preview, to change something.
    if !submitted.value("subject").is_empty() || !submitted.value("body").is_empty() {
        return compose_page(&context, &submitted).await;
    }
    let chosen: Vec<OrganizationId> = submitted
        .values("member")
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    let year = submitted.value("year").to_owned();
    let mut state = fresh(&context, Audience::Selected, Some(&year), chosen.clone());
    if chosen.is_empty() {
        state.add_form_error(context.t().t("region-reminder-choose"));
        let page = compose_page(&context, &state).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    compose_page(&context, &state).await
}

/// A reminder with the usual words.
fn fresh(
    context: &Context,
    audience: Audience,
    year: Option<&str>,
    chosen: Vec<OrganizationId>,
) -> FormState {
    // Letters go to institutions in Japan; the sender may rewrite them.
    let ja = context.app.translator(Lang::Ja);
    let (subject, body) = match audience {
        Audience::NotOpened => ("region-template-subject", "region-template-not-opened"),
        Audience::Incomplete | Audience::Selected => {
            ("region-template-subject", "region-template-incomplete")
        }
        Audience::Contradictions => (
            "region-template-subject-contradictions",
            "region-template-contradictions",
        ),
        Audience::Overdue => ("region-template-subject-overdue", "region-template-overdue"),
    };
    let current = context.app.fiscal_year().to_string();
    let year = year
        .filter(|year| !year.is_empty())
        .unwrap_or(&current)
        .to_owned();
    let mut pairs = vec![
        ("audience".to_owned(), audience.code().to_owned()),
        ("year".to_owned(), year),
        ("pause".to_owned(), PAUSE_DAYS.to_string()),
        ("subject".to_owned(), ja.t(subject).to_owned()),
        ("body".to_owned(), ja.t(body).to_owned()),
        (
            "deadline".to_owned(),
            format_iso(context.now.plus_days(14).jst_date()),
        ),
    ];
    pairs.extend(
        chosen
            .into_iter()
            .map(|id| ("member".to_owned(), id.to_string())),
    );
    FormState::from_pairs(pairs)
}

async fn compose_page(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let t = context.t();
    let chosen = state.values("member");
    let choices: Vec<Choice<'_>> = Audience::ALL
        .into_iter()
        .filter(|audience| *audience != Audience::Selected || !chosen.is_empty())
        .map(|audience| Choice::new(audience.code(), words::audience(t, audience)))
        .collect();
    let names = chosen_names(context, chosen).await?;
    let places = PLACEHOLDERS
        .map(|(word, _)| format!("{{{word}}}"))
        .join(" ");
    let body = html! {
        (error_summary(t, state))
        (form(t, &Form::post("/region/reminders/preview").keep_draft("reminder"), html! {
            (hidden("year", state.value("year")))
            @for id in chosen { (hidden("member", id)) }
            (radio_group(t, state, &FormField::new("audience", t.t("region-reminder-audience"))
                .required(), &choices, RadioStyle::List))
            @if !names.is_empty() {
                (details(
                    &t.t_args("region-reminder-chosen", args![
                        ("count", i64::try_from(names.len()).unwrap_or_default())
                    ]),
                    html! { ul { @for name in &names { li { (name) } } } },
                ))
            }
            (date_field(t, state, &FormField::new("deadline", t.t("region-reminder-deadline"))
                .width(Width::Medium)))
            (text_field(t, state, &FormField::new("pause", t.t("region-reminder-pause"))
                .width(Width::Short).suffix(t.t("region-days-unit")).required()
                .hint(t.t("region-reminder-pause-hint"))))
            (text_field(t, state, &FormField::new("subject", t.t("region-reminder-subject"))
                .required().longest(LONGEST_SUBJECT)))
            (textarea(t, state, &FormField::new("body", t.t("region-reminder-body"))
                .required().longest(LONGEST_BODY).rows(14)
                .hint(&t.t_args("region-reminder-places", args![("places", places)]))))
            (button_row(&Button::primary(t.t("region-reminder-to-preview")), &[
                link_button(paths::REMINDERS, t.t("region-cancel"), false),
            ]))
        }))
    };
    let mut frame = context.frame(t.t("region-reminders-new"));
    frame.breadcrumbs = vec![Crumb::new(t.t("region-reminders-title"), paths::REMINDERS)];
    context.respond(frame, body).await
}

async fn chosen_names(context: &Context, chosen: &[String]) -> Result<Vec<String>, WebError> {
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let read = context.authorize_own::<actions::ReadMembers>().await?;
    let ids: Vec<OrganizationId> = chosen
        .iter()
        .filter_map(|id| id.parse().ok())
        .take(MOST_SELECTED)
        .collect();
    let found = members::some(context.database(), &read, &ids, context.today).await?;
    Ok(ids
        .iter()
        .filter_map(|id| Some(found.get(id)?.draft.name.clone()))
        .collect())
}

/// Reads a reminder; what is wrong is noted with its field.
pub(crate) fn read_reminder(
    t: &Translator,
    state: &mut FormState,
    current_year: FiscalYear,
    today: yagura_kernel::time::Date,
    id: Uuid,
) -> Option<NewReminder> {
    let audience = state.read_choice(
        t,
        "audience",
        t.t("region-reminder-audience"),
        Audience::from_code,
    );
    let pause = state.read_number(
        t,
        "pause",
        t.t("region-reminder-pause"),
        SHORTEST_PAUSE_DAYS..=LONGEST_PAUSE_DAYS,
    );
    let deadline = state.read_date(t, "deadline", t.t("region-reminder-deadline"));
    if deadline.is_some_and(|day| day < today) {
        state.add_error("deadline", t.t("region-reminder-deadline-past"));
    }
    state.read_required(
        t,
        "subject",
        t.t("region-reminder-subject"),
        LONGEST_SUBJECT,
    );
    state.read_required(t, "body", t.t("region-reminder-body"), LONGEST_BODY);
    for field in ["subject", "body"] {
        let unknown = unknown_placeholders(state.value(field)).join("、");
        if !unknown.is_empty() {
            let text = t.t_args("region-reminder-unknown-place", args![("words", unknown)]);
            state.add_error(field, text);
        }
    }
    let chosen: Vec<OrganizationId> = state
        .values("member")
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    if audience == Some(Audience::Selected) && (chosen.is_empty() || chosen.len() > MOST_SELECTED) {
        let most = i64::try_from(MOST_SELECTED).unwrap_or(i64::MAX);
        let text = t.t_args("region-reminder-selected-limit", args![("most", most)]);
        state.add_error("audience", text);
    }
    let year = match state.value("year") {
        "" => Some(current_year),
        text => text
            .parse()
            .ok()
            .and_then(|year| FiscalYear::new(year).ok()),
    };
    if year.is_none() {
        state.add_form_error(t.t("region-error-filter"));
    }
    // Line breaks in a subject would be further headers of the mail.
    let subject = clean_single_line(state.value("subject"), LONGEST_SUBJECT).ok();
    let body = clean_multi_line(state.value("body"), LONGEST_BODY).ok();
    if state.has_errors() {
        return None;
    }
    let audience = audience?;
    Some(NewReminder {
        id,
        fiscal_year: year?,
        audience,
        chosen: if audience == Audience::Selected {
            chosen
        } else {
            Vec::new()
        },
        subject: subject?,
        body: body?,
        deadline,
        pause_days: pause.unwrap_or(PAUSE_DAYS),
        expected: 0,
    })
}

/// Who a reminder would reach.
pub(crate) struct Reach {
    /// The first members that get it.
    pub(crate) first: Vec<MemberSheet>,
    /// How many members get it.
    pub(crate) due: i64,
    /// How many would, but were reminded within the pause; `None` where there are too many
    /// members to look at one by one.
    pub(crate) resting: Option<i64>,
}

/// Counts whom a reminder would reach now.
pub(crate) async fn reach(
    context: &Context,
    remind: &Authorized<actions::SendReminders>,
    reminder: &NewReminder,
) -> Result<Reach, WebError> {
    let read = context.authorize_own::<actions::ReadMembers>().await?;
    let database = context.database();
    let packs = context.app.packs();
    let year = reminder.fiscal_year;
    let filters: Vec<MemberFilter> = filters_of(reminder.audience, &reminder.chosen, context.today);
    let mut total = 0;
    for filter in &filters {
        total += overview::count_member_sheets(database, &read, year, filter, COUNTED).await?;
    }
    let mut first = Vec::new();
    let mut due = 0;
    let mut looked_at = 0;
    for filter in &filters {
        let mut after = None;
        loop {
            if looked_at >= LOOKED_AT {
                break;
            }
            let rows =
                overview::member_sheets(database, &packs, &read, year, filter, after, 500).await?;
            let Some(last) = rows.last() else { break };
            after = Some(Cursor::after(last));
            looked_at += i64::try_from(rows.len()).unwrap_or(i64::MAX);
            let ids: Vec<OrganizationId> = rows.iter().map(|row| row.member).collect();
            let reminded = reminders::last_reminded(database, remind, &ids).await?;
            for row in rows {
                let last = reminded.get(&row.member).copied();
                if may_remind(last, context.today, reminder.pause_days) {
                    due += 1;
                    if due <= NAMED {
                        first.push(row);
                    }
                }
            }
        }
    }
    let all_looked_at = looked_at >= total;
    Ok(Reach {
        first,
        due: if all_looked_at { due } else { total },
        resting: all_looked_at.then(|| looked_at - due),
    })
}

pub(super) async fn preview(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let t = context.t();
    let id = context.app.ids().id();
    let year = context.app.fiscal_year();
    let Some(reminder) = read_reminder(t, &mut state, year, context.today, id) else {
        let page = compose_page(&context, &state).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let reach = reach(&context, &proof, &reminder).await?;
    let sample = reach
        .first
        .first()
        .map(|row| letter(&context, &reminder, row));
    let carried = html! {
        @for name in ["audience", "year", "pause", "deadline", "subject", "body"] {
            (hidden(name, state.value(name)))
        }
        @for id in state.values("member") { (hidden("member", id)) }
    };
    let body = html! {
        (row(&[
            (Span::Seven, html! {
                (card(t.t("region-reminder-letter"), html! {
                    @match &sample {
                        Some((subject, body)) => {
                            p { b { (subject) } }
                            (lines(body))
                        }
                        None => p { (t.t("region-reminder-nobody")) },
                    }
                }))
            }),
            (Span::Five, html! {
                (card(t.t("region-reminder-recipients"), html! {
                    p { (t.t_args("region-reminder-count", args![("count", reach.due)])) }
                    @if let Some(resting) = reach.resting && resting > 0 {
                        p { (t.t_args("region-reminder-resting", args![
                            ("count", resting),
                            ("days", reminder.pause_days)
                        ])) }
                    }
                    ul { @for row in &reach.first { li { (row.name) } } }
                    @let more = reach.due - i64::try_from(reach.first.len()).unwrap_or_default();
                    @if more > 0 {
                        p { (t.t_args("region-reminder-more", args![("count", more)])) }
                    }
                    p.small { (t.t("region-reminder-both-ways")) }
                }))
            }),
        ]))
        @if reach.due > 0 {
            form.buttons action=(paths::REMINDERS) method="post" {
                (carried)
                (hidden("id", &id.to_string()))
                (hidden("expected", &reach.due.to_string()))
                (yagura_web::ui::forms::button(&Button::primary(
                    &t.t_args("region-reminder-send", args![("count", reach.due)]),
                )))
            }
        }
        form.buttons action={ (paths::REMINDERS) "/new" } method="post" {
            (carried)
            (yagura_web::ui::forms::button(&Button::secondary(t.t("region-reminder-change"))))
        }
    };
    let mut frame = context.frame(t.t("region-reminder-preview-title"));
    frame.breadcrumbs = vec![Crumb::new(t.t("region-reminders-title"), paths::REMINDERS)];
    context.respond(frame, body).await
}

/// The letter as one member would get it.
fn letter(context: &Context, new: &NewReminder, row: &MemberSheet) -> (String, String) {
    let ja = context.app.translator(Lang::Ja);
    let reminder = Reminder {
        id: new.id,
        overseer: context.organization.id,
        created_by: context.person(),
        created_at: context.now,
        fiscal_year: new.fiscal_year,
        audience: new.audience,
        chosen: Vec::new(),
        subject: new.subject.clone(),
        body: new.body.clone(),
        deadline: new.deadline,
        pause_days: new.pause_days,
        expected: 0,
        is_sending: true,
        sent: 0,
        mailed: 0,
        finished_at: None,
    };
    let fill = |template: &str| {
        filled(
            &ja,
            template,
            &reminder,
            &context.organization,
            row,
            context.today,
            &context.app,
        )
    };
    (fill(&new.subject), fill(&new.body))
}

pub(super) async fn send(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let id: Uuid = id_from(state.value("id"))?;
    let year = context.app.fiscal_year();
    let Some(mut reminder) = read_reminder(context.t(), &mut state, year, context.today, id) else {
        let page = compose_page(&context, &state).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    reminder.expected = state.value("expected").parse().unwrap_or_default();
    let is_new = operations::send_reminder(&context, &proof, &reminder).await?;
    // The id of a form belongs to whoever made the preview.
    reminders::get(context.database(), &proof, id).await?;
    let message = if is_new {
        "region-flash-reminder"
    } else {
        "region-flash-reminder-before"
    };
    Ok(context.redirect(
        &format!("{}/{id}", paths::REMINDERS),
        FlashMessage::done(message),
    ))
}

pub(super) async fn page(
    context: Context,
    PathOf(id): PathOf<String>,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let id: Uuid = id_from(&id)?;
    let t = context.t();
    let reminder = reminders::get(context.database(), &proof, id).await?;
    let after: Option<OrganizationId> = query.after.as_deref().map(id_from).transpose()?;
    let recipients = reminders::recipients(context.database(), &proof, id, after, PAGE + 1).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = recipients.len() > page;
    let shown: Vec<Recipient> = recipients.into_iter().take(page).collect();
    let next = shown
        .last()
        .filter(|_| has_more)
        .map(|last| format!("{}/{id}?after={}", paths::REMINDERS, last.member));
    let first = after
        .is_some()
        .then(|| format!("{}/{id}", paths::REMINDERS));
    let shown_len = u64::try_from(shown.len()).unwrap_or_default();
    let judged = outcomes(&context, &reminder, shown).await?;
    let table_rows = judged
        .iter()
        .map(|(recipient, since)| {
            TableRow::new(vec![
                html! { a href={ (paths::ROLL) "/" (recipient.member) } { (recipient.name) } },
                date_time(t, recipient.sent_at),
                html! {
                    (delivery_word(t, recipient))
                    @if let Some(address) = &recipient.address { " " (address) }
                },
                words::since_tag(t, *since),
            ])
        })
        .collect();
    let total = if reminder.is_sending {
        i64::try_from(judged.len()).unwrap_or_default()
    } else {
        reminder.sent
    };
    let body = html! {
        @if reminder.is_sending {
            (note(t, Tone::Info, html! { (t.t("region-reminder-sending-note")) }))
            (progress_bar(t, t.t("region-reminder-sent"), shown_len,
                u64::try_from(reminder.expected).unwrap_or_default()))
        }
        (row(&[
            (Span::Seven, card(t.t("region-reminder-letter"), html! {
                p { b { (reminder.subject) } }
                (lines(&reminder.body))
            })),
            (Span::Five, card(t.t("region-reminder-facts"), facts(t, &reminder))),
        ]))
        (card(t.t("region-reminder-outcome"), html! {
            @if judged.is_empty() {
                (empty_state(t.t("region-reminder-nobody-yet"), html! {
                    (t.t("region-reminder-nobody-yet-why"))
                }))
            } @else {
                (data_table(&Table::new(
                    t.t("region-reminder-outcome"),
                    vec![
                        Column::text(t.t("region-field-name")),
                        Column::text(t.t("region-column-sent-on")),
                        Column::text(t.t("region-column-delivery")),
                        Column::text(t.t("region-column-since")),
                    ],
                    table_rows,
                ).sticky()))
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default().max(shown_len),
                    shown: shown_len,
                    first: None,
                    unit: t.t("region-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }))
    };
    let mut frame = context.frame(reminder.subject.clone());
    frame.breadcrumbs = vec![Crumb::new(t.t("region-reminders-title"), paths::REMINDERS)];
    frame.lede = Some(sent_words(t, &reminder));
    frame.actions = Some(link_button(
        &format!("{}/{id}/recipients.xlsx", paths::REMINDERS),
        t.t("region-save-xlsx"),
        false,
    ));
    context.respond(frame, body).await
}

fn facts(t: &Translator, reminder: &Reminder) -> Markup {
    description_list(&[
        (
            t.t("region-reminder-audience"),
            html! { (words::audience(t, reminder.audience)) },
        ),
        (
            t.t("region-filter-year"),
            html! { (words::year(t, reminder.fiscal_year)) },
        ),
        (t.t("region-column-when"), date_time(t, reminder.created_at)),
        (
            t.t("region-reminder-deadline"),
            reminder
                .deadline
                .map_or_else(|| html! { (t.t("region-none")) }, |day| date(t, day)),
        ),
        (
            t.t("region-reminder-pause"),
            html! { (reminder.pause_days) " " (t.t("region-days-unit")) },
        ),
    ])
}

/// What each member has done since it was reminded.
pub(crate) async fn outcomes(
    context: &Context,
    reminder: &Reminder,
    recipients: Vec<Recipient>,
) -> Result<Vec<(Recipient, Since)>, WebError> {
    let read = context.authorize_own::<actions::ReadMembers>().await?;
    let packs = context.app.packs();
    let mut now: HashMap<OrganizationId, MemberSheet> = HashMap::new();
    for part in recipients.chunks(500) {
        let filter = MemberFilter {
            members: Some(part.iter().map(|recipient| recipient.member).collect()),
            ..MemberFilter::all(context.today)
        };
        let rows = overview::member_sheets(
            context.database(),
            &packs,
            &read,
            reminder.fiscal_year,
            &filter,
            None,
            500,
        )
        .await?;
        now.extend(rows.into_iter().map(|row| (row.member, row)));
    }
    Ok(recipients
        .into_iter()
        .map(|recipient| {
            let judged = now.get(&recipient.member).map_or(Since::Nothing, |row| {
                since(
                    recipient.sent_at,
                    recipient.answered,
                    row.answered,
                    row.opened_at,
                    row.round1_done_at,
                )
            });
            (recipient, judged)
        })
        .collect())
}

pub(super) async fn workbook(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::SendReminders>().await?;
    let id: Uuid = id_from(&id)?;
    let reminder = reminders::get(context.database(), &proof, id).await?;
    let recipients =
        reminders::recipients(context.database(), &proof, id, None, MOST_IN_WORKBOOK).await?;
    let judged = outcomes(&context, &reminder, recipients).await?;
    let made = imprinted(&context);
    let year = reminder.fiscal_year;
    let bytes = context
        .app
        .make_document(move || export::reminder_workbook(&made, &reminder, &judged))
        .await?;
    let name = export::file_name("reminder", year, context.today, Format::Xlsx);
    Ok(download(bytes, Format::Xlsx, &name))
}
