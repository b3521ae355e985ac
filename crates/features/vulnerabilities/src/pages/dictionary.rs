//! The dictionary of the whole installation: what several institutions confirmed alike.

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use vulnmatch::cpe::Name;
use yagura_kernel::policy::actions;
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, empty_state, tag,
};
use yagura_web::ui::forms::{Button, Form, button_row, form, hidden};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{DICTIONARY, PAGE, crumbs};
use crate::operations;
use crate::store::dictionary;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct DictionaryQuery {
    after: String,
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<DictionaryQuery>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManageFeeds>()
        .await?;
    let t = context.t();
    let after = Some(query.after.as_str()).filter(|after| !after.is_empty());
    let rows = dictionary::proposals(context.database(), &proof, after, PAGE).await?;
    let full = i64::try_from(rows.len()).unwrap_or_default() == PAGE;
    let next = rows
        .last()
        .filter(|_| full)
        .map(|last| yagura_web::address(DICTIONARY, [("after", last.text_key.as_str())]));
    let mut frame = context.frame(t.t("vulnerabilities-dictionary-title"));
    frame.breadcrumbs = crumbs(&context, false);
    frame.lede = Some(html! { (t.t("vulnerabilities-dictionary-lede")) });
    let columns = vec![
        Column::text(t.t("vulnerabilities-field-text")),
        Column::text(t.t("vulnerabilities-field-product")),
        Column::number(t.t("vulnerabilities-dictionary-institutions")),
        Column::action(t.t("vulnerabilities-dictionary-act")),
    ];
    let table_rows = rows
        .iter()
        .map(|row| {
            let cpes: Vec<String> = serde_json::from_value(row.cpes.clone()).unwrap_or_default();
            let shared = row.shared > 0;
            TableRow::new(vec![
                html! { (row.text) },
                html! { @for cpe in &cpes { code { (cpe) } br; } @if cpes.is_empty() { (t.t("vulnerabilities-dictionary-no-product")) } },
                html! { (row.institutions) },
                html! {
                    @if shared { (tag(Tone::Success, t.t("vulnerabilities-text-shared"))) }
                    (form(t, &Form::post(DICTIONARY), html! {
                        (hidden("text", &row.text))
                        (hidden("cpes", &cpes.join("\n")))
                        (hidden("act", if shared { "remove" } else { "share" }))
                        (button_row(&Button::secondary(t.t(if shared {
                            "vulnerabilities-dictionary-remove"
                        } else {
                            "vulnerabilities-dictionary-share"
                        })), &[]))
                    }))
                },
            ])
        })
        .collect();
    let title = t.t("vulnerabilities-dictionary-title");
    let body = card(
        title,
        html! {
            @if rows.is_empty() {
                (empty_state(t.t("vulnerabilities-dictionary-none"), html! { (t.t("vulnerabilities-dictionary-none-why")) }))
            } @else {
                (data_table(&Table::new(title, columns, table_rows)))
                @if let Some(next) = &next { p { a href=(next) rel="next" { (t.t("vulnerabilities-next")) } } }
            }
        },
    );
    context.respond(frame, body).await
}

pub(super) async fn save(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManageFeeds>()
        .await?;
    let text: String = state.value("text").trim().chars().take(300).collect();
    if text.is_empty() {
        return Err(WebError::invalid("vulnerabilities-error-no-product"));
    }
    let mut cpes = Vec::new();
    for line in state
        .value("cpes")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(20)
    {
        let name = Name::parse_lenient(line).map_err(|_| {
            WebError::invalid_with("vulnerabilities-error-cpe", &[("text", line.to_owned())])
        })?;
        cpes.push(name.to_string());
    }
    let sharing = state.value("act") != "remove";
    operations::share(&context, &proof, &text, sharing.then_some(&cpes)).await?;
    let message = if sharing {
        FlashMessage::done("vulnerabilities-dictionary-shared")
    } else {
        FlashMessage::done("vulnerabilities-dictionary-removed")
    };
    Ok(context.redirect(DICTIONARY, message.with("text", text)))
}
