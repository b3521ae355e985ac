//! Who sits where: holders by role, deputies, and the heads of departments.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::json;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::actions;
use yagura_packs::Seat;
use yagura_web::ui::components::{Column, Table, TableRow, Tone, card, data_table, note, tag};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button, button_row, error_summary, form, hidden,
    select, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{SEATS, crumbs, with_status};
use crate::handover;
use crate::store::{self, Snapshot};
use crate::words;

const LONGEST_NAME: usize = 100;

/// Who sits where.
pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    show(&context, &FormState::empty()).await
}

async fn show(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    let database = context.database();
    let snapshot = store::snapshot(database, proof.organization(), context.today).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("requests-seats"));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (t.t("requests-seats-lede")) });
    let nobody_decides =
        !snapshot.people.is_held(Seat::SafetyManager) && !snapshot.people.is_held(Seat::Director);
    let body = html! {
        (error_summary(t, state))
        @if nobody_decides {
            (note(t, Tone::Danger, html! { (t.t("requests-seats-nobody")) }))
        }
        (card(t.t("requests-seats-holders"), seats(context, &snapshot)))
        (card(t.t("requests-departments"), departments(context, &snapshot, state)))
    };
    context.respond(frame, body).await
}

fn people_choices<'a>(context: &'a Context, people: &'a [(String, &'a str)]) -> Vec<Choice<'a>> {
    let mut choices = vec![Choice::new("", context.t().t("requests-nobody-chosen"))];
    choices.extend(people.iter().map(|(id, name)| Choice::new(id, name)));
    choices
}

fn named(snapshot: &Snapshot) -> Vec<(String, &str)> {
    snapshot
        .names
        .iter()
        .map(|(person, name)| (person.to_string(), name.as_str()))
        .collect()
}

fn seats(context: &Context, snapshot: &Snapshot) -> Markup {
    let t = context.t();
    let people = named(snapshot);
    let rows = Seat::ALL
        .into_iter()
        .map(|seat| {
            let empty = BTreeSet::new();
            let holders = snapshot.people.holders.get(&seat).unwrap_or(&empty);
            let deputies = snapshot.people.deputies.get(&seat).unwrap_or(&empty);
            let first = deputies.iter().next().map(ToString::to_string);
            let state = FormState::empty()
                .with("person", first.unwrap_or_default())
                .with_id_prefix(format!("deputy-{}", seat.code()));
            let falls = seat.fallback().iter().find(|other| snapshot.people.is_held(**other));
            TableRow::new(vec![
                html! { (words::seat(t, seat)) },
                html! {
                    @for person in holders { div { (words::name(t, snapshot, *person)) } }
                    @if holders.is_empty() {
                        (tag(Tone::Caution, t.t("requests-seat-empty")))
                        @if let Some(falls) = falls {
                            br; (t.t_args("requests-seat-falls", yagura_web::i18n::args![("seat", words::seat(t, *falls))]))
                        }
                    }
                },
                html! {
                    (form(t, &Form::post("/requests/seats/deputies"), html! {
                        (hidden("seat", seat.code()))
                        (select(t, &state, &Field::new("person", t.t("requests-deputy")), &people_choices(context, &people)))
                        (button(&Button::secondary(t.t("requests-save"))))
                    }))
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("requests-seat")),
        Column::text(t.t("requests-holders")),
        Column::text(t.t("requests-deputy")),
    ];
    html! {
        p { (t.t("requests-seats-by-role")) " " a href="/people" { (t.t("requests-to-people")) } }
        (data_table(&Table::new(t.t("requests-seats-holders"), columns, rows)))
    }
}

fn departments(context: &Context, snapshot: &Snapshot, state: &FormState) -> Markup {
    let t = context.t();
    let people = named(snapshot);
    let rows = snapshot
        .departments
        .iter()
        .enumerate()
        .map(|(at, department)| {
            let head = snapshot.people.heads.get(department);
            let head = head.and_then(|heads| heads.iter().next());
            let own = FormState::empty()
                .with("head", head.map(ToString::to_string).unwrap_or_default())
                .with_id_prefix(format!("department-{at}"));
            TableRow::new(vec![
                html! { (department) },
                html! {
                    (form(t, &Form::post("/requests/seats/departments"), html! {
                        (hidden("name", department))
                        (select(t, &own, &Field::new("head", t.t("requests-department-head")), &people_choices(context, &people)))
                        (button(&Button::secondary(t.t("requests-save")))) " "
                        (button(&Button::quiet(t.t("requests-remove")).sending("remove", "yes")))
                    }))
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("requests-department")),
        Column::text(t.t("requests-department-head")),
    ];
    html! {
        p { (t.t("requests-departments-why")) }
        @if !snapshot.departments.is_empty() {
            (data_table(&Table::new(t.t("requests-departments"), columns, rows)))
        }
        (form(t, &Form::post("/requests/seats/departments"), html! {
            (text_field(t, state, &Field::new("name", t.t("requests-department-new")).required().longest(LONGEST_NAME)))
            (select(t, state, &Field::new("head", t.t("requests-department-head")), &people_choices(context, &people)))
            (button_row(&Button::primary(t.t("requests-add")), &[]))
        }))
    }
}

fn chosen(snapshot: &Snapshot, text: &str) -> Option<PersonId> {
    let person: PersonId = text.parse().ok()?;
    snapshot.names.contains_key(&person).then_some(person)
}

/// Adds a department, sets its head, or takes it away.
pub(super) async fn department(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    let t = context.t();
    let label = t.t("requests-department-new");
    let Some(name) = state.read_required(t, "name", label, LONGEST_NAME) else {
        let response = show(&context, &state).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let snapshot = store::snapshot(context.database(), proof.organization(), context.today).await?;
    let head = chosen(&snapshot, state.value("head"));
    let keep = state.value("remove") != "yes";
    let mut tx = context.database().begin().await?;
    store::set_department(&mut tx, &proof, &name, head, keep).await?;
    let detail = json!({ "department": name, "head": head, "kept": keep });
    let organization = proof.organization();
    context
        .audit(&mut tx, &proof, "request_department", organization, detail)
        .await?;
    handover::enqueue(&context.app, &mut tx, organization).await?;
    tx.commit().await?;
    Ok(context.redirect(SEATS, FlashMessage::done("requests-seats-saved")))
}

/// Says who stands in at a seat.
pub(super) async fn deputies(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    let Some(seat) = Seat::from_code(state.value("seat")) else {
        return Err(WebError::invalid("requests-refusal-not-waiting"));
    };
    let snapshot = store::snapshot(context.database(), proof.organization(), context.today).await?;
    let people: Vec<PersonId> = chosen(&snapshot, state.value("person"))
        .into_iter()
        .collect();
    let mut tx = context.database().begin().await?;
    store::set_deputies(&mut tx, &proof, seat, &people).await?;
    let detail = json!({ "seat": seat.code(), "deputies": people });
    let organization = proof.organization();
    context
        .audit(&mut tx, &proof, "request_seat", organization, detail)
        .await?;
    handover::enqueue(&context.app, &mut tx, organization).await?;
    tx.commit().await?;
    Ok(context.redirect(SEATS, FlashMessage::done("requests-seats-saved")))
}
