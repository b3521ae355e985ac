//! The head of a sheet: gate row, contract with vendors, 確認日.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use yagura_kernel::id::SheetId;
use yagura_kernel::policy::Action;
use yagura_kernel::time::format_iso;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, card, note};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, RadioStyle, button_row, date_field, error_summary,
    form, hidden, radio_group,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::desk::{Desk, Family};
use super::{with_status, words};
use crate::model::{ChangeSource, HeaderInput, HeaderValues, Round, YesNo};
use crate::store::{HeaderError, save_header};

/// The head of a sheet.
pub(super) async fn page(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
) -> Result<Response, WebError> {
    let desk = Desk::open(&context, family, id).await?;
    let state = state_of(&desk.header().values, &context);
    show(&context, &desk, &state, None).await
}

fn state_of(values: &HeaderValues, context: &Context) -> FormState {
    let today = format_iso(context.today);
    let mut state = FormState::empty();
    for (name, on, round) in [
        ("gate", "gate_on", values.gate),
        (
            "vendor_contract",
            "vendor_contract_on",
            values.vendor_contract,
        ),
    ] {
        if let Some(round) = round {
            state.set(name, round.answer.code());
        }
        state.set(
            on,
            round.map_or_else(|| today.clone(), |round| format_iso(round.on)),
        );
    }
    state.set(
        "confirmed_on",
        values.confirmed_on.map(format_iso).unwrap_or_default(),
    );
    state
}

async fn show(
    context: &Context,
    desk: &Desk,
    state: &FormState,
    theirs: Option<&HeaderValues>,
) -> Result<Response, WebError> {
    let t = context.t();
    let code = t.lang().code();
    let checklist = desk.content.checklist()?;
    let has_vendor_rows = checklist
        .items()
        .any(|item| item.not_applicable_when.is_some());
    let answered = desk
        .content
        .answers
        .values()
        .filter(|a| !a.answer.is_empty())
        .count();
    let suppliers = if has_vendor_rows && desk.may(context, Action::ReadVendors) {
        yagura_store::directory::suppliers_of(
            context.database(),
            desk.header().owner,
            context.today,
        )
        .await?
    } else {
        Vec::new()
    };
    let choices = [
        Choice::new("yes", words::yes_no(t, YesNo::Yes)),
        Choice::new("no", words::yes_no(t, YesNo::No)),
    ];
    let mut frame = context.frame(t.t("checklist-head-title"));
    frame.breadcrumbs = desk.crumbs(t);
    frame.lede = Some(html! { (desk.title(t)) });
    let path = format!("{}/gate", desk.path());
    let fields = html! {
        (hidden("version", &desk.header().header_version.to_string()))
        @if let Some(gate) = &checklist.gate {
            (radio_group(t, state, &Field::new("gate", gate.text.in_language(code)).required().hint(t.t("checklist-gate-hint")), &choices, RadioStyle::Big))
            (date_field(t, state, &Field::new("gate_on", t.t("checklist-date-gate"))))
            p.small {
                (gate.when_no.in_language(code))
                @if answered > 0 { " " (t.t_args("checklist-gate-keeps", args![("count", answered)])) }
            }
        }
        @if has_vendor_rows {
            (radio_group(t, state, &Field::new("vendor_contract", t.t("checklist-vendor-contract-question")).hint(t.t("checklist-vendor-contract-hint")), &choices, RadioStyle::Big))
            (date_field(t, state, &Field::new("vendor_contract_on", t.t("checklist-date-vendor-contract"))))
        }
        @if checklist.rules.confirmation_date {
            (date_field(t, state, &Field::new("confirmed_on", t.t("checklist-confirmed-on")).hint(t.t("checklist-confirmed-on-hint"))))
        }
    };
    let says_no_contract = desk
        .header()
        .values
        .vendor_contract
        .is_some_and(|round| !round.answer.is_yes());
    let body = html! {
        (error_summary(t, state))
        @if let Some(theirs) = theirs {
            (note(t, Tone::Caution, html! {
                p { (t.t("checklist-head-conflict")) }
                (theirs_now(context, theirs))
            }))
        }
        @if says_no_contract && !suppliers.is_empty() {
            (note(t, Tone::Caution, html! {
                (t.t_args("checklist-vendor-contract-doubt", args![("count", suppliers.len())]))
                " " @for (place, (_, vendor)) in suppliers.iter().enumerate() { @if place > 0 { ", " } (vendor.name) }
            }))
        }
        (card(t.t("checklist-head"), html! {
            @if desk.may_answer {
                (form(t, &Form::post(&path), html! {
                    (fields)
                    (button_row(&Button::primary(t.t("checklist-save")), &[]))
                }))
            } @else {
                (theirs_now(context, &desk.header().values))
            }
        }))
    };
    context.respond(frame, body).await
}

fn theirs_now(context: &Context, values: &HeaderValues) -> maud::Markup {
    let t = context.t();
    let line = |label: &str, round: Option<Round>| {
        html! {
            li { (label) ": " (words::round(t, round)) }
        }
    };
    html! {
        ul {
            (line(t.t("checklist-gate"), values.gate))
            (line(t.t("checklist-vendor-contract"), values.vendor_contract))
            @if let Some(day) = values.confirmed_on {
                li { (t.t("checklist-confirmed-on")) ": " (t.date(day)) }
            }
        }
    }
}

/// Saves the head of a sheet.
pub(super) async fn save(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (grant, desk) = Desk::open_to_write(&context, family, id).await?;
    let t = context.t();
    let mut input = HeaderInput {
        gate: YesNo::from_code(state.value("gate")),
        gate_on: state.read_date(t, "gate_on", t.t("checklist-date-gate")),
        vendor_contract: YesNo::from_code(state.value("vendor_contract")),
        vendor_contract_on: state.read_date(
            t,
            "vendor_contract_on",
            t.t("checklist-date-vendor-contract"),
        ),
        confirmed_on: state.read_date(t, "confirmed_on", t.t("checklist-confirmed-on")),
    };
    // Dates that were only filled in beforehand.
    if input.gate.is_none() && input.gate_on == Some(context.today) {
        input.gate_on = None;
    }
    if input.vendor_contract.is_none() && input.vendor_contract_on == Some(context.today) {
        input.vendor_contract_on = None;
    }
    if state.has_errors() {
        let page = show(&context, &desk, &state, None).await?;
        return Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let packs = context.app.packs();
    let expected = state.value("version").parse().unwrap_or(0);
    let saved = save_header(
        context.database(),
        &packs,
        context.app.ids(),
        grant.proof(),
        id,
        expected,
        &input,
        &ChangeSource::Typed,
        context.now,
    )
    .await;
    match saved {
        Ok((mut tx, saved)) => {
            if saved.changed {
                let detail = serde_json::json!({ "head": saved.header.header_version });
                grant.audit(&context, &mut tx, id, detail).await?;
            }
            tx.commit().await?;
            Ok(context.redirect(&desk.path(), FlashMessage::done("checklist-head-saved")))
        }
        Err(HeaderError::Refused(problems)) => {
            for problem in problems {
                state.add_error(problem.field(), words::header_problem(t, &problem));
            }
            let page = show(&context, &desk, &state, None).await?;
            Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(HeaderError::Conflict(conflict)) => {
            // The form now carries the version that the reader is shown.
            let desk = Desk::open(&context, family, id).await?;
            let page = show(&context, &desk, &state, Some(&conflict.values)).await?;
            Ok(with_status(page, StatusCode::CONFLICT))
        }
        Err(HeaderError::Store(error)) => Err(error.into()),
    }
}
