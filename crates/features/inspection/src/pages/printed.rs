//! A printed sheet held against the state that was printed.

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use yagura_documents::forms::{Answer, Round, SheetDocument};
use yagura_kernel::policy::actions;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Table, TableRow};
use yagura_web::ui::forms::{self, Button, Field, Form, FormState};
use yagura_web::{Context, WebError, see_other};

use crate::store;

#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    code: String,
}

/// Asks for the code at the foot of the paper.
pub(crate) async fn form(
    context: Context,
    QueryOf(typed): QueryOf<Typed>,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut state = FormState::empty().with("code", typed.code.clone());
    if !typed.code.trim().is_empty() {
        match store::read_code(&typed.code) {
            Some(code) => return Ok(see_other(&format!("/printed/{code}"))),
            None => state.add_error("code", t.t("inspection-code-wrong")),
        }
    }
    let body = html! {
        section.card {
            (forms::error_summary(t, &state))
            (forms::form(t, &Form::get("/printed"), html! {
                (forms::text_field(t, &state, &Field::new("code", t.t("inspection-code-label"))
                    .required().hint(t.t("inspection-code-hint"))))
                (forms::button_row(&Button::primary(t.t("inspection-code-find")), &[]))
            }))
        }
    };
    context.page(t.t("inspection-code-title"), body).await
}

/// The state of a code, for who may have the pack that it belongs to.
pub(crate) async fn state(
    context: &Context,
    typed: &str,
) -> Result<(store::PrintedState, SheetDocument), WebError> {
    let code = store::read_code(typed).ok_or(WebError::NotFound)?;
    let printed = store::find(context.database(), &code)
        .await?
        .ok_or(WebError::NotFound)?;
    let proof = context
        .authorize::<actions::PrintPack>(printed.organization_id)
        .await?;
    context
        .audit_read(&proof, "printed_state", &code, serde_json::json!({}))
        .await?;
    let document = serde_json::from_value(printed.document.clone())
        .map_err(|error| WebError::Internal(error.to_string()))?;
    Ok((printed, document))
}

/// Shows the state of a code.
pub(crate) async fn show(
    context: Context,
    PathOf(typed): PathOf<String>,
) -> Result<Response, WebError> {
    let (printed, document) = state(&context, &typed).await?;
    let t = context.t();
    let round = |round: Round| match (round.answer, round.date) {
        (Some(answer), date) => {
            let word = if answer == Answer::Yes {
                "inspection-yes"
            } else {
                "inspection-no"
            };
            format!(
                "{} {}",
                t.t(word),
                date.map(|date| t.date(date)).unwrap_or_default()
            )
        }
        (None, _) => "—".to_owned(),
    };
    let rows = document
        .rows()
        .map(|(_, _, row)| {
            TableRow::new(vec![
                html! { (row.id) " " (row.text) },
                html! { (round(row.first)) },
                html! { (row.target.map(|date| t.date(date)).unwrap_or_default()) },
                html! { (round(row.second)) },
                html! { (row.remark) },
                components::state_tag(t, row.state),
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("inspection-column-item")),
        Column::text(t.t("inspection-field-first")),
        Column::text(t.t("inspection-field-target")),
        Column::text(t.t("inspection-field-second")),
        Column::text(t.t("inspection-field-remark")),
        Column::text(t.t("inspection-state")),
    ];
    let mut frame = context.frame(document.title.clone());
    frame.lede = Some(html! {
        (t.t_args("inspection-printed-lede", args![
            ("code", printed.code.as_str()), ("at", t.date_time(printed.printed_at))
        ]))
    });
    let body = html! {
        section.card {
            p { b { (document.institution_name) }
                @if let Some(vendor) = &document.vendor_name { "　" (vendor) } }
            (components::data_table(&Table::new(&document.title, columns, rows).sticky()))
        }
    };
    context.respond(frame, body).await
}
