//! The chart: whom to call, whether it was confirmed this year, what it lacks.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use yagura_documents::pdf::render_pdf;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::FiscalYear;
use yagura_store::StoreError;
use yagura_store::directory::{self, Organization};
use yagura_web::api::PathOf;
use yagura_web::i18n::{Lang, args};
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_time, details, empty_state, note, tag,
};
use yagura_web::ui::forms::{Button, Form, button, form, hidden, link_button, print_button};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{may, phone};
use crate::documents::{chart_document, imprint};
use crate::emergency::category_name;
use crate::forms::names;
use crate::model::{Category, Chart, Entry, Gap};
use crate::operations;
use crate::store::{self, HistoryEntry};
use crate::suggestions::{Suggestion, suggestions};

type Read = Authorized<actions::ReadContacts>;

/// How many events the page shows.
const EVENTS: i64 = 50;

/// The chart of one's own institution.
pub(super) async fn own(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadContacts>().await?;
    show(&context, &proof).await
}

/// The chart of a member that shares it.
pub(super) async fn of_member(
    context: Context,
    PathOf(organization): PathOf<OrganizationId>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::ReadContacts>(organization)
        .await?;
    let detail = serde_json::json!({});
    context
        .audit_read(&proof, "contact_chart", organization, detail)
        .await?;
    show(&context, &proof).await
}

async fn show(context: &Context, proof: &Read) -> Result<Response, WebError> {
    let t = context.t();
    let database = context.database();
    let chart = store::chart(database, proof).await?;
    let history = store::history(database, proof, EVENTS).await?;
    let is_own = proof.organization() == context.organization.id;
    let may_edit = is_own && may::<actions::EditContacts, _>(context, proof);
    let suggested = if may_edit {
        suggestions(context, &chart).await?
    } else {
        Vec::new()
    };

    let mut frame = context.frame(t.t("contacts-chart"));
    frame.breadcrumbs = vec![Crumb::new(t.t("nav-home"), "/")];
    frame.lede = Some(if is_own {
        html! { (t.t("contacts-chart-lede")) }
    } else {
        let owner = directory::get(database, proof.organization()).await?;
        html! { (owner.name) }
    });
    let pdf = if is_own {
        "/contacts.pdf".to_owned()
    } else {
        format!("/contacts/of/{}/contacts.pdf", proof.organization())
    };
    frame.actions = Some(html! {
        @if may_edit { (link_button("/contacts/new", t.t("contacts-add"), false)) " " }
        (link_button(&pdf, t.t("contacts-pdf"), false)) " "
        @if is_own { (link_button("/emergency", t.t("contacts-emergency-page"), false)) " " }
        (print_button(t))
    });
    let body = html! {
        (standing(context, &chart, may_edit))
        @if chart.entries.is_empty() {
            (empty_state(t.t("contacts-none"), html! {
                p { (t.t("contacts-none-why")) }
                @if may_edit { (link_button("/contacts/new", t.t("contacts-add-first"), true)) }
            }))
        } @else {
            (inside(t, &chart, may_edit))
            (outside(t, &chart, may_edit))
        }
        @if !suggested.is_empty() { (suggestion_card(t, &suggested)) }
        @if !history.is_empty() {
            (details(t.t("contacts-history"), history_table(t, &history)))
        }
    };
    context.respond(frame, body).await
}

/// Whether it was confirmed this year, and what stands against it.
fn standing(context: &Context, chart: &Chart, may_edit: bool) -> Markup {
    let t = context.t();
    let year = FiscalYear::of(context.today);
    let label = match t.lang() {
        Lang::Ja => year.label_ja(),
        Lang::En => year.label_en(),
    };
    let gaps = chart.gaps();
    let unverified = chart.unverified();
    html! {
        @match &chart.confirmation {
            Some(confirmation) if chart.confirmed_in(year) => {
                (note(t, Tone::Success, html! {
                    (t.t_args("contacts-confirmed", args![("year", &label)])) " "
                    (date_time(t, confirmation.at)) " "
                    (confirmation.by_name.as_deref().unwrap_or_default())
                    @if chart.changed_since > 0 {
                        br; (t.t_args("contacts-changed-since", args![("count", chart.changed_since)]))
                    }
                }))
            }
            Some(confirmation) => {
                (note(t, Tone::Late, html! {
                    (t.t_args("contacts-not-confirmed", args![("year", &label)])) " "
                    (t.t("contacts-last-confirmed")) " " (date_time(t, confirmation.at)) " "
                    (confirmation.by_name.as_deref().unwrap_or_default())
                }))
            }
            None => {
                (note(t, Tone::Late, html! {
                    (t.t_args("contacts-not-confirmed", args![("year", &label)]))
                }))
            }
        }
        @if !gaps.is_empty() {
            (note(t, Tone::Caution, html! {
                (t.t("contacts-lacks"))
                ul {
                    @for gap in &gaps {
                        li {
                            (gap_words(t, *gap))
                            @if may_edit {
                                " " a href={ "/contacts/new?category=" (gap.category().code()) } { (t.t("contacts-fill-in")) }
                            }
                        }
                    }
                }
            }))
        }
        @if unverified > 0 {
            (note(t, Tone::Caution, html! {
                (t.t_args("contacts-some-unverified", args![("count", unverified)]))
            }))
        }
        @if may_edit && gaps.is_empty() {
            (form(t, &Form::post("/contacts/confirm"), html! {
                p { (t.t("contacts-confirm-means")) }
                (hidden(names::REVISION, &chart.revision.to_string()))
                (button(&Button::primary(t.t("contacts-confirm"))))
            }))
        }
    }
}

fn gap_words(t: &Translator, gap: Gap) -> &str {
    t.find(&format!("contacts-gap-{}", gap.code()))
        .unwrap_or_default()
}

fn name_cell(t: &Translator, entry: &Entry) -> Markup {
    html! {
        (entry.name)
        @if entry.unverified && entry.has_phone() { " " (tag(Tone::Caution, t.t("contacts-unverified"))) }
        @if !entry.role.is_empty() { br; span.small { (entry.role) } }
        @if !entry.department.is_empty() { br; span.small { (entry.department) } }
    }
}

fn phones(number: &str, t: &Translator) -> Markup {
    html! { @if number.is_empty() { span.small { (t.t("contacts-no-number")) } } @else { (phone(number)) } }
}

fn actions(t: &Translator, entry: &Entry, may_edit: bool) -> Markup {
    if !may_edit {
        return html! {};
    }
    let base = format!("/contacts/{}", entry.id);
    let move_to = format!("{base}/move");
    html! {
        div.keep {
            a href={ (base) "/edit" } { (t.t("contacts-edit")) } " "
            (form(t, &Form::post(&move_to), html! {
                (button(&Button::quiet(t.t("contacts-up")).sending("to", "up"))) " "
                (button(&Button::quiet(t.t("contacts-down")).sending("to", "down")))
            })) " "
            a href={ (base) "/remove" } { (t.t("contacts-remove")) }
        }
    }
}

fn inside(t: &Translator, chart: &Chart, may_edit: bool) -> Markup {
    let mut rows = Vec::new();
    for (place, entry) in chart.of(Category::Inside).enumerate() {
        rows.push(TableRow::new(vec![
            html! { (place + 1) },
            name_cell(t, entry),
            phones(&entry.day_phone, t),
            phones(&entry.night_phone, t),
            html! { (entry.duty) @if !entry.note.is_empty() { br; span.small { (entry.note) } } },
            actions(t, entry, may_edit),
        ]));
        for deputy in chart.deputies_of(entry.id) {
            rows.push(TableRow::new(vec![
                html! { span.small { (t.t("contacts-deputy-word")) } },
                name_cell(t, deputy),
                phones(&deputy.day_phone, t),
                phones(&deputy.night_phone, t),
                html! { (t.t_args("contacts-deputy-for", args![("name", &entry.name)])) },
                actions(t, deputy, may_edit),
            ]));
        }
    }
    let columns = vec![
        Column::text(t.t("contacts-order")),
        Column::text(t.t("contacts-name-and-role")),
        Column::text(t.t("contacts-day-phone")),
        Column::text(t.t("contacts-night-phone")),
        Column::text(t.t("contacts-duty")),
        Column::action(t.t("contacts-actions")),
    ];
    card(
        t.t("contacts-inside"),
        html! {
            p { (t.t("contacts-finder")) }
            @if rows.is_empty() { p { (t.t("contacts-inside-none")) } }
            @else { (data_table(&Table::new(t.t("contacts-inside"), columns, rows))) }
        },
    )
}

fn outside(t: &Translator, chart: &Chart, may_edit: bool) -> Markup {
    let parts = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Inside);
    let rows = parts
        .flat_map(|category| chart.of(category).map(move |entry| (category, entry)))
        .map(|(category, entry)| {
            TableRow::new(vec![
                html! { (category_name(t, category)) },
                name_cell(t, entry),
                phones(&entry.day_phone, t),
                phones(&entry.night_phone, t),
                html! {
                    (entry.duty)
                    @if !entry.email.is_empty() { br; span.small { (entry.email) } }
                    @if !entry.note.is_empty() { br; span.small { (entry.note) } }
                },
                actions(t, entry, may_edit),
            ])
        })
        .collect::<Vec<_>>();
    let columns = vec![
        Column::text(t.t("contacts-category")),
        Column::text(t.t("contacts-office")),
        Column::text(t.t("contacts-day-phone")),
        Column::text(t.t("contacts-night-phone")),
        Column::text(t.t("contacts-when")),
        Column::action(t.t("contacts-actions")),
    ];
    card(
        t.t("contacts-outside"),
        html! {
            p { (t.t("contacts-outside-order")) }
            @if rows.is_empty() { p { (t.t("contacts-outside-none")) } }
            @else { (data_table(&Table::new(t.t("contacts-outside"), columns, rows).without_row_headers())) }
        },
    )
}

fn suggestion_card(t: &Translator, suggested: &[Suggestion]) -> Markup {
    card(
        t.t("contacts-suggestions"),
        html! {
            p { (t.t("contacts-suggestions-lede")) }
            ul {
                @for suggestion in suggested {
                    @let entry = &suggestion.entry;
                    li {
                        a href={ "/contacts/new?from=" (suggestion.origin) } { (entry.name) }
                        " " span.small {
                            (category_name(t, entry.category))
                            @if !entry.role.is_empty() { "　" (entry.role) }
                            @if !entry.day_phone.is_empty() { "　" (entry.day_phone) }
                        }
                        @if entry.unverified && entry.has_phone() { " " (tag(Tone::Caution, t.t("contacts-unverified"))) }
                    }
                }
            }
        },
    )
}

fn history_table(t: &Translator, history: &[HistoryEntry]) -> Markup {
    let rows = history
        .iter()
        .map(|entry| {
            let name = entry.detail.get("name").and_then(serde_json::Value::as_str);
            TableRow::new(vec![
                date_time(t, entry.at),
                html! { (entry.by_name.as_deref().unwrap_or_else(|| t.t("contacts-by-program"))) },
                html! { (t.find(&format!("contacts-event-{}", entry.event)).unwrap_or_default()) },
                html! { (name.unwrap_or_default()) (changed_fields(t, entry)) },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("contacts-at")),
        Column::text(t.t("contacts-who")),
        Column::text(t.t("contacts-what")),
        Column::text(t.t("contacts-detail")),
    ];
    data_table(&Table::new(t.t("contacts-history"), columns, rows).without_row_headers())
}

fn changed_fields(t: &Translator, entry: &HistoryEntry) -> Markup {
    let changes = entry
        .detail
        .get("changes")
        .and_then(serde_json::Value::as_object);
    let text = |change: &serde_json::Value, side: &str| {
        let value = change
            .get(side)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        if value.is_empty() {
            "–".to_owned()
        } else {
            value.to_owned()
        }
    };
    html! {
        @if let Some(changes) = changes {
            @for (field, change) in changes {
                @if let Some(label) = field_label(t, field) {
                    br; span.small { (label) ": " (text(change, "old")) " → " (text(change, "new")) }
                }
            }
        }
    }
}

fn field_label<'t>(t: &'t Translator, field: &str) -> Option<&'t str> {
    Some(match field {
        "role" => t.t("contacts-role"),
        "name" => t.t("contacts-name"),
        "department" => t.t("contacts-department"),
        "duty" => t.t("contacts-duty"),
        "day_phone" => t.t("contacts-day-phone"),
        "night_phone" => t.t("contacts-night-phone"),
        "email" => t.t("contacts-email"),
        "note" => t.t("contacts-note"),
        _ => return None,
    })
}

/// Confirms the chart as it was shown.
pub(super) async fn confirm(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditContacts>().await?;
    let revision = state.value(names::REVISION).parse().unwrap_or(-1);
    match operations::confirm(&context, &proof, revision).await {
        Ok(()) => Ok(context.redirect("/contacts", FlashMessage::done("contacts-confirmed-now"))),
        Err(WebError::Store(error)) if matches!(*error, StoreError::Conflict) => Ok(context
            .redirect(
                "/contacts",
                FlashMessage::failed("contacts-changed-meanwhile"),
            )),
        Err(WebError::Invalid { key, .. }) => {
            Ok(context.redirect("/contacts", FlashMessage::failed(key)))
        }
        Err(error) => Err(error),
    }
}

/// The chart of one's own institution as PDF.
pub(super) async fn own_pdf(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadContacts>().await?;
    let institution = context.organization.clone();
    chart_pdf(&context, &proof, &institution).await
}

/// The chart of a member that shares it, as PDF.
pub(super) async fn of_member_pdf(
    context: Context,
    PathOf(organization): PathOf<OrganizationId>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::ReadContacts>(organization)
        .await?;
    let institution = directory::get(context.database(), organization).await?;
    chart_pdf(&context, &proof, &institution).await
}

/// The chart as PDF.
async fn chart_pdf(
    context: &Context,
    proof: &Read,
    institution: &Organization,
) -> Result<Response, WebError> {
    let chart = store::chart(context.database(), proof).await?;
    let detail = serde_json::json!({ "export": "pdf" });
    context
        .audit_read(proof, "contact_chart", institution.id, detail)
        .await?;
    let document = chart_document(context.t(), &chart, institution, imprint(context)).into();
    let bytes = context
        .app
        .make_document(move || render_pdf(&document))
        .await?;
    Ok(pdf_response("contact-chart.pdf", bytes))
}

/// A PDF that opens in the browser.
pub(super) fn pdf_response(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}
