//! What the columns of a table mean.

use axum::response::Response;
use discovery::model::Field as Fact;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_web::api::PathOf;
use yagura_web::ui::components::card;
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, Form, FormState, button_row, form, link_button, select,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::super::crumbs;
use super::{PATH, proofs};
use crate::import::sheet::codes;
use crate::import::{self, SheetKind, SheetTable, SourceFile, SourceTable};
use crate::{operations, store};

/// The facts to which a column can be assigned.
fn assignable() -> impl Iterator<Item = Fact> {
    let others = [
        Fact::SystemUuid,
        Fact::LastSeen,
        Fact::SoftwareName,
        Fact::SoftwareVersion,
        Fact::SoftwareVendor,
    ];
    Fact::ALL
        .iter()
        .copied()
        .filter(move |fact| import::has_place(*fact) || others.contains(fact))
}

fn code_of(fact: Fact) -> String {
    match serde_json::to_value(fact) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

pub(in crate::pages) async fn columns(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let (proof, _) = proofs(&context, id).await?;
    let files = store::files_of(context.database(), &proof, id, context.now).await?;
    let t = context.t();
    let facts: Vec<(String, &str)> = assignable()
        .map(|fact| (code_of(fact), import::field_word(t, fact)))
        .collect();
    let choices: Vec<Choice<'_>> =
        std::iter::once(Choice::new("", t.t("inventory-import-column-none")))
            .chain(facts.iter().map(|(code, label)| Choice::new(code, label)))
            .collect();
    let here = format!("{PATH}/{id}");
    let body = html! {
        p { (t.t("inventory-import-columns-why")) }
        (form(t, &Form::post(&format!("{here}/columns")), html! {
            @for (file_at, file) in files.iter().enumerate() {
                @if let Some(table) = file.table() {
                    (card(&file.name, columns_of(t, file_at, table, &choices)))
                }
                @if let Some(sheet) = file.sheet() {
                    (card(&file.name, columns_of_sheet(t, file_at, sheet)))
                }
            }
            (button_row(&Button::primary(t.t("inventory-import-columns-save")), &[
                link_button(&here, t.t("inventory-cancel"), false),
            ]))
        }))
    };
    let mut frame = context.frame(t.t("inventory-import-columns"));
    frame.breadcrumbs = crumbs(&context, None);
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("inventory-import-title"), PATH));
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("inventory-import-preview-title"), &here));
    context.respond(frame, body).await
}

fn columns_of(
    t: &Translator,
    file_at: usize,
    table: &SourceTable,
    choices: &[Choice<'_>],
) -> Markup {
    let fields = table.mapping.columns.iter().enumerate();
    html! {
        @if table.is_remembered { p.small { (t.t("inventory-import-columns-remembered")) } }
        @for (at, column) in fields {
            @let name = format!("column-{file_at}-{at}");
            @let samples: Vec<&str> = table.rows.iter()
                .filter_map(|(_, cells)| cells.get(at).map(String::as_str))
                .filter(|cell| !cell.is_empty())
                .take(3)
                .collect();
            @let state = FormState::empty().with(&name, column.field.map(code_of).unwrap_or_default());
            @let letters = yagura_documents::tabular::column_letters(at);
            @let label = format!("{letters}: {}", column.heading);
            @let hint = samples.join(" / ");
            (select(t, &state, &FormField::new(&name, &label).hint(&hint), choices))
        }
    }
}

/// What a column of a table of systems or connections means, in words.
fn code_word<'t>(t: &'t Translator, kind: SheetKind, code: &str) -> &'t str {
    let field = code.split_once('.').map_or(code, |(_, field)| field);
    match (kind, code) {
        (SheetKind::StockTake, "system.name") => t.t("inventory-sheet-system"),
        (_, "row.has_connection") => t.t("inventory-sheet-connection"),
        (_, "row.diagram") => t.t("inventory-sheet-diagram"),
        (_, "row.checklist") => t.t("inventory-sheet-checklist"),
        _ => crate::words::label(t, field),
    }
}

fn columns_of_sheet(t: &Translator, file_at: usize, sheet: &SheetTable) -> Markup {
    let choices: Vec<Choice<'_>> =
        std::iter::once(Choice::new("", t.t("inventory-import-column-none")))
            .chain(codes(sheet.kind).map(|code| Choice::new(code, code_word(t, sheet.kind, code))))
            .collect();
    html! {
        @if sheet.is_remembered { p.small { (t.t("inventory-import-columns-remembered")) } }
        @for (at, heading) in sheet.headings.iter().enumerate() {
            @let name = format!("column-{file_at}-{at}");
            @let samples: Vec<String> = sheet.rows.iter()
                .filter_map(|(_, cells)| cells.get(at))
                .filter(|cell| !cell.is_empty())
                .take(3)
                .map(|cell| cell.chars().take(60).collect())
                .collect();
            @let code = sheet.columns.get(at).and_then(Option::as_deref).unwrap_or_default();
            @let state = FormState::empty().with(&name, code);
            @let letters = yagura_documents::tabular::column_letters(at);
            @let label = format!("{letters}: {heading}");
            @let hint = samples.join(" / ");
            (select(t, &state, &FormField::new(&name, &label).hint(&hint), &choices))
        }
    }
}

pub(in crate::pages) async fn assign(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (read, proof) = proofs(&context, id).await?;
    let import = store::import(context.database(), &read, id).await?;
    let mut files = store::files_of(context.database(), &read, id, context.now).await?;
    for (file_at, file) in files.iter_mut().enumerate() {
        if let import::FileContent::Sheet(sheet) = &mut file.content {
            let chosen: Vec<Option<String>> = (0..sheet.headings.len())
                .map(|at| {
                    let chosen = state.value(&format!("column-{file_at}-{at}"));
                    let mut known = codes(sheet.kind);
                    known.find(|code| *code == chosen).map(str::to_owned)
                })
                .collect();
            let name = match sheet.kind {
                SheetKind::StockTake => "system.name",
                SheetKind::Connections => "connection.name",
            };
            if !chosen.iter().flatten().any(|code| code == name) {
                return Err(WebError::invalid("inventory-import-columns-no-name"));
            }
            sheet.columns = chosen;
        }
        let import::FileContent::Table(table) = &mut file.content else {
            continue;
        };
        for at in 0..table.mapping.columns.len() {
            let chosen = state.value(&format!("column-{file_at}-{at}"));
            let fact = assignable().find(|fact| code_of(*fact) == chosen);
            let now = table
                .mapping
                .columns
                .get(at)
                .and_then(|column| column.field);
            if fact != now {
                table.mapping.decide(at, fact);
            }
        }
    }
    let tells_devices_apart = |fact: &Fact| fact.is_key() || *fact == Fact::DisplayName;
    let is_of_use = |table: &SourceTable| table.mapping.fields().iter().any(tells_devices_apart);
    // It would be remembered, and the next file would say nothing.
    if !files.iter().filter_map(SourceFile::table).all(is_of_use) {
        return Err(WebError::invalid("inventory-import-columns-nothing"));
    }
    operations::assign_columns(&context, &proof, id, files, &import.decisions).await?;
    let message = FlashMessage::done("inventory-import-columns-saved");
    Ok(context.redirect(&format!("{PATH}/{id}"), message))
}
