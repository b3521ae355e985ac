//! Handing one's decisions over to somebody for some days.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::actions;
use yagura_web::api::PathOf;
use yagura_web::ui::components::{Column, Table, TableRow, card, data_table, date, empty_state};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button, button_row, date_field, error_summary, form,
    select,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{DELEGATIONS, crumbs, with_status};
use crate::handover;
use crate::operations::me;
use crate::store;
use crate::words;

/// The longest that one can hand over for, in days.
const LONGEST_DAYS: i64 = 366;

/// One's own delegations, and those to oneself.
pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    show(&context, &FormState::empty()).await
}

async fn show(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::DecideRequests>().await?;
    let me = me(context)?;
    let database = context.database();
    let organization = proof.organization();
    let snapshot = store::snapshot(database, organization, context.today).await?;
    let known = store::delegations_of(database, organization, context.today).await?;
    let t = context.t();
    let rows: Vec<TableRow> = known
        .iter()
        .filter(|one| one.from_person == me || one.to_person == me)
        .map(|one| {
            TableRow::new(vec![
                html! { (words::name(t, &snapshot, one.from_person)) },
                html! { (words::name(t, &snapshot, one.to_person)) },
                html! { (date(t, one.first_day)) " – " (date(t, one.last_day)) },
                html! {
                    @if one.from_person == me {
                        (form(t, &Form::post(&format!("{DELEGATIONS}/{}/end", one.id)), html! {
                            (button(&Button::secondary(t.t("requests-delegation-end"))))
                        }))
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("requests-delegation-from")),
        Column::text(t.t("requests-delegation-to")),
        Column::text(t.t("requests-delegation-days")),
        Column::action(t.t("requests-actions")),
    ];
    let people: Vec<(String, &str)> = snapshot
        .names
        .iter()
        .filter(|(person, _)| **person != me)
        .map(|(person, name)| (person.to_string(), name.as_str()))
        .collect();
    let mut choices = vec![Choice::new("", t.t("requests-please-choose"))];
    choices.extend(people.iter().map(|(id, name)| Choice::new(id, name)));
    let mut frame = context.frame(t.t("requests-delegations"));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (t.t("requests-delegations-lede")) });
    let body = html! {
        (error_summary(t, state))
        (card(t.t("requests-delegate"), form(t, &Form::post(DELEGATIONS), html! {
            (select(t, state, &Field::new("to", t.t("requests-delegation-to")).required(), &choices))
            (date_field(t, state, &Field::new("first", t.t("requests-delegation-first")).required()))
            (date_field(t, state, &Field::new("last", t.t("requests-delegation-last")).required()))
            (button_row(&Button::primary(t.t("requests-delegate")), &[]))
        })))
        (card(t.t("requests-delegations"), html! {
            @if rows.is_empty() {
                (empty_state(t.t("requests-delegations-none"), html! { p { (t.t("requests-delegations-none-do")) } }))
            } @else {
                (data_table(&Table::new(t.t("requests-delegations"), columns, rows)))
            }
        }))
    };
    context.respond(frame, body).await
}

/// Hands over.
pub(super) async fn add(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::DecideRequests>().await?;
    let me = me(&context)?;
    let t = context.t();
    let snapshot = store::snapshot(context.database(), proof.organization(), context.today).await?;
    let label = t.t("requests-delegation-to");
    let to = state.read_choice(t, "to", label, |text| {
        text.parse::<PersonId>()
            .ok()
            .filter(|person| *person != me && snapshot.names.contains_key(person))
    });
    let first = state.read_required_date(t, "first", t.t("requests-delegation-first"));
    let last = state.read_required_date(t, "last", t.t("requests-delegation-last"));
    if let (Some(first), Some(last)) = (first, last) {
        let days = i64::from(last.to_julian_day()) - i64::from(first.to_julian_day());
        if days < 0 || last < context.today {
            state.add_error("last", t.t("requests-delegation-reversed"));
        } else if days > LONGEST_DAYS {
            state.add_error("last", t.t("requests-delegation-too-long"));
        }
    }
    let (Some(to), Some(first), Some(last), false) = (to, first, last, state.has_errors()) else {
        let response = show(&context, &state).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let mut tx = context.database().begin().await?;
    let (ids, days) = (context.app.ids(), (first, last));
    let id = store::delegate(&mut tx, &proof, ids, (me, to), days, context.now).await?;
    let detail = json!({ "to": to, "first": first.to_string(), "last": last.to_string() });
    context
        .audit(&mut tx, &proof, "request_delegation", id, detail)
        .await?;
    handover::enqueue(&context.app, &mut tx, proof.organization()).await?;
    tx.commit().await?;
    Ok(context.redirect(DELEGATIONS, FlashMessage::done("requests-delegated")))
}

/// Ends a delegation of one's own.
pub(super) async fn end(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(_): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::DecideRequests>().await?;
    let me = me(&context)?;
    let mut tx = context.database().begin().await?;
    store::end_delegation(&mut tx, &proof, id, me, context.today).await?;
    context
        .audit(
            &mut tx,
            &proof,
            "request_delegation",
            id,
            json!({ "ended": true }),
        )
        .await?;
    handover::enqueue(&context.app, &mut tx, proof.organization()).await?;
    tx.commit().await?;
    Ok(context.redirect(DELEGATIONS, FlashMessage::done("requests-delegation-ended")))
}
