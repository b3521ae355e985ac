//! An import: say what the columns mean, look at what it would change, take it over.

use accountmatch::columns::Mapping;
use accountmatch::problem::ReadError;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, description_list, details, note,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, error_summary, form, select,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{crumbs, unprocessable};
use crate::preview::{Looked, Preview, look};
use crate::store::{self, Import};
use crate::{operations, reading, words};

/// How many names of a kind a preview shows.
const SHOWN: usize = 50;

type Edit = Authorized<actions::EditAccounts>;

pub(crate) async fn read(context: &Context, id: Uuid) -> Result<(Edit, Import), WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let import = store::import(context.database(), owner, id).await?;
    Ok((proof, import))
}

pub(super) async fn page(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    show(&context, id, FormState::empty()).await
}

async fn show(context: &Context, id: Uuid, state: FormState) -> Result<Response, WebError> {
    let (_, import) = read(context, id).await?;
    let t = context.t();
    let source = match import.source {
        Some(source) => {
            let found = store::source(context.database(), context.organization.id, source).await;
            Some(found?)
        }
        None => None,
    };
    let (place, href) = match &source {
        Some(source) => (
            source.name.clone(),
            format!("/accounts/sources/{}", source.id),
        ),
        None => (
            t.t("accounts-part-staff").to_owned(),
            "/accounts/staff".to_owned(),
        ),
    };
    let mut frame = context.frame(t.t("accounts-import"));
    frame.breadcrumbs = crumbs(context, Some((&place, &href)));
    frame.lede = Some(html! { (import.file_names.join("、")) });
    if import.state != "pending" || import.expires_at <= context.now {
        let body = note(
            t,
            Tone::Info,
            html! {
                p { (t.t("accounts-error-import-gone")) " " a href=(href) { (place) } }
            },
        );
        return context.respond(frame, body).await;
    }
    let looked = look(context, &import, source.as_ref()).await?;
    let is_staff = import.source.is_none();
    let (headings, suggested) = reading::headings(&import.files, is_staff);
    let needs_columns = matches!(
        &looked.preview,
        Preview::Refused(ReadError::MissingColumn { .. })
    );
    // Columns are named where the table is a system's own.
    let is_table = !headings.is_empty()
        && (is_staff
            || needs_columns
            || source.as_ref().is_some_and(|source| {
                matches!(
                    source.kind,
                    crate::model::SourceKind::Any | crate::model::SourceKind::Table
                )
            }));
    let here = format!("/accounts/imports/{id}");
    let confirmable = !matches!(looked.preview, Preview::Refused(_)) && !looked.cut_off;
    let faulty = state.has_errors();
    let mapping = import.mapping.clone().unwrap_or(suggested);
    let body = html! {
        (error_summary(t, &state))
        @if looked.cut_off {
            (note(t, Tone::Danger, html! { p { (t.t("accounts-error-cut-off")) } }))
        }
        (preview_card(t, &looked.preview))
        @if !looked.problems.is_empty() { (problems(t, &looked)) }
        @if is_table {
            @let form = columns_form(t, &here, &headings, &mapping, is_staff);
            @if needs_columns { (card(t.t("accounts-columns"), form)) }
            @else { (details(t.t("accounts-columns"), form)) }
        }
        @if confirmable {
            (form(t, &Form::post(&format!("{here}/confirm")), html! {
                (button_row(&Button::primary(t.t("accounts-import-confirm")), &[]))
            }))
        }
        (form(t, &Form::post(&format!("{here}/cancel")), html! {
            (button_row(&Button::secondary(t.t("accounts-import-cancel")), &[]))
        }))
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        unprocessable(response)
    } else {
        response
    })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn names(t: &Translator, label: &str, names: &[String]) -> Markup {
    let shown = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join("、");
    html! {
        @if !names.is_empty() {
            h3 { (label) " (" (names.len()) ")" }
            p {
                (shown)
                @if names.len() > SHOWN {
                    " " (t.t_args("accounts-and-more", args![("count", number(names.len() - SHOWN))]))
                }
            }
        }
    }
}

fn preview_card(t: &Translator, preview: &Preview) -> Markup {
    let body = match preview {
        Preview::Refused(error) => note(
            t,
            Tone::Danger,
            html! { p { (reading::explain(t, error)) } },
        ),
        Preview::Staff {
            people,
            changes,
            suspicious,
            ..
        } => html! {
            p { (t.t_args("accounts-preview-staff", args![("count", number(*people))])) }
            @if *suspicious { (note(t, Tone::Caution, html! { p { (t.t("accounts-preview-suspicious")) } })) }
            @for (key, people) in changes {
                (names(t, t.find(key).unwrap_or_default(), people))
            }
            @if changes.iter().all(|(_, people)| people.is_empty()) { p { (t.t("accounts-preview-same")) } }
            p.small { (t.t("accounts-preview-staff-then")) }
        },
        Preview::Accounts {
            accounts,
            plan,
            untold,
        } => {
            let told: Vec<&str> = untold.iter().map(|code| words::aspect(t, code)).collect();
            let facts = vec![
                (t.t("accounts-preview-new"), html! { (plan.counts.new) }),
                (
                    t.t("accounts-preview-changed"),
                    html! { (plan.counts.changed) },
                ),
                (t.t("accounts-preview-gone"), html! { (plan.counts.gone) }),
                (
                    t.t("accounts-preview-unchanged"),
                    html! { (plan.counts.same) },
                ),
            ];
            html! {
                p { (t.t_args("accounts-preview-accounts", args![("count", number(*accounts))])) }
                @if plan.suspicious { (note(t, Tone::Caution, html! { p { (t.t("accounts-preview-suspicious")) } })) }
                (description_list(&facts))
                (names(t, t.t("accounts-preview-stopped"), &plan.stopped))
                (names(t, t.t("accounts-preview-gone"), &plan.gone))
                (names(t, t.t("accounts-preview-new"), &plan.new))
                @if !told.is_empty() {
                    (note(t, Tone::Info, html! {
                        p { (t.t("accounts-preview-untold")) " " (told.join("、")) }
                    }))
                }
            }
        }
    };
    card(t.t("accounts-preview"), body)
}

fn problems(t: &Translator, looked: &Looked) -> Markup {
    let rows = looked
        .problems
        .iter()
        .map(|problem| {
            let (place, words) = words::problem(t, problem);
            TableRow::new(vec![html! { (place) }, html! { (words) }])
        })
        .collect();
    card(
        t.t("accounts-problems"),
        html! {
            (data_table(&Table::new(t.t("accounts-problems"), vec![
                Column::text(t.t("accounts-problem-place")),
                Column::text(t.t("accounts-problem")),
            ], rows)))
            @if looked.further > 0 {
                p { (t.t_args("accounts-and-more", args![("count", i64::try_from(looked.further).unwrap_or(i64::MAX))])) }
            }
        },
    )
}

fn columns_form(
    t: &Translator,
    here: &str,
    headings: &[(String, String)],
    mapping: &Mapping,
    is_staff: bool,
) -> Markup {
    let mut choices = vec![Choice::new("", t.t("accounts-column-none"))];
    choices.extend(
        reading::meanings(is_staff)
            .into_iter()
            .map(|code| Choice::new(code, words::column(t, code))),
    );
    let mut state = FormState::empty();
    for (position, (heading, _)) in headings.iter().enumerate() {
        let code = mapping
            .0
            .get(heading)
            .map(String::as_str)
            .unwrap_or_default();
        state.set(format!("column-{position}"), code);
    }
    html! {
        p { (t.t("accounts-columns-why")) }
        (form(t, &Form::post(&format!("{here}/columns")), html! {
            @for (position, (heading, example)) in headings.iter().enumerate() {
                @let name = format!("column-{position}");
                (select(t, &state, &Field::new(&name, heading).hint(example), &choices))
            }
            (button_row(&Button::secondary(t.t("accounts-columns-save")), &[]))
        }))
    }
}

pub(super) async fn columns(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (proof, import) = read(&context, id).await?;
    let is_staff = import.source.is_none();
    let (headings, _) = reading::headings(&import.files, is_staff);
    let known = reading::meanings(is_staff);
    let mut mapping = Mapping::default();
    for (position, (heading, _)) in headings.into_iter().enumerate() {
        let code = state.value(&format!("column-{position}"));
        if known.contains(&code) {
            if mapping.0.values().any(|taken| taken == code) {
                let t = context.t();
                let words = t.t_args(
                    "accounts-columns-twice",
                    args![("column", words::column(t, code))],
                );
                let mut state = FormState::empty();
                state.add_form_error(words);
                return show(&context, id, state).await;
            }
            mapping.0.insert(heading, code.to_owned());
        }
    }
    operations::set_columns(&context, &proof, id, &mapping).await?;
    Ok(yagura_web::see_other(&format!("/accounts/imports/{id}")))
}

pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let (proof, import) = read(&context, id).await?;
    let taken = match operations::confirm(&context, &proof, &import).await? {
        Ok(taken) => taken,
        Err(error) => {
            let mut state = FormState::empty();
            state.add_form_error(reading::explain(context.t(), &error));
            return show(&context, id, state).await;
        }
    };
    Ok(match (import.source, taken) {
        (Some(source), _) => context.redirect(
            &format!("/accounts/sources/{source}"),
            FlashMessage::done("accounts-import-done"),
        ),
        (None, Some(taken)) if !taken.open.is_empty() => context.redirect(
            "/accounts/leavers",
            FlashMessage::done("accounts-import-staff-ambiguous")
                .with("names", taken.open.join("、")),
        ),
        (None, taken) => context.redirect(
            "/accounts/staff",
            FlashMessage::done("accounts-import-staff-done")
                .with(
                    "left",
                    taken.as_ref().map_or(0, |taken| taken.left).to_string(),
                )
                .with(
                    "ended",
                    taken.as_ref().map_or(0, |taken| taken.ended).to_string(),
                ),
        ),
    })
}

pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let (proof, import) = read(&context, id).await?;
    operations::cancel(&context, &proof, id).await?;
    let href = match import.source {
        Some(source) => format!("/accounts/sources/{source}"),
        None => "/accounts/staff".to_owned(),
    };
    Ok(context.redirect(&href, FlashMessage::done("accounts-import-cancelled")))
}
