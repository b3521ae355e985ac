//! For a vendor: a document in OpenVEX or CSAF answers many questions at once. First it is shown
//! what it would do; nothing is answered before the vendor says so.

use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::Action;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, description_list, empty_state, note,
};
use yagura_web::ui::forms::{
    Button, Field, FileRules, Form, FormState, button_row, checkbox, error_summary, file_field,
    form, hidden, link_button,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{CUSTOMERS, VEX, asking};
use crate::model::vex::{self, Document, LARGEST};
use crate::operations::requests::{self as acts, require_vendor};
use crate::store::requests::uploads::{self, Upload};
use crate::store::requests::work::WorkItem;
use crate::vex::{Plan, Planned, Why};
use crate::words;

/// How many rows of each list a preview shows; the rest is counted.
const ROWS: usize = 100;
/// The largest upload with its form.
pub(super) const LARGEST_UPLOAD: usize = LARGEST + (64 << 10);

fn crumbs(context: &Context) -> Vec<Crumb> {
    let t = context.t();
    vec![
        Crumb::new(t.t("nav-home"), "/"),
        Crumb::new(t.t("vulnerabilities-customers-title"), CUSTOMERS),
    ]
}

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    require_vendor(&context, Action::AnswerCustomerVulnerabilities)?;
    upload_page(&context, &FormState::empty()).await
}

async fn upload_page(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t("vulnerabilities-vex-title"));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (t.t("vulnerabilities-vex-lede")) });
    let rules = FileRules {
        accept: ".json,application/json",
        accepted_words: t.t("vulnerabilities-vex-accepted"),
        largest: u64::try_from(LARGEST).unwrap_or(u64::MAX),
        multiple: false,
    };
    let body = html! {
        (error_summary(t, state))
        (card(t.t("vulnerabilities-vex-file"), html! {
            (form(t, &Form::post(VEX).upload(), html! {
                (file_field(t, state, &Field::new("file", t.t("vulnerabilities-vex-file")).required(), &rules))
                (button_row(&Button::primary(t.t("vulnerabilities-vex-read")), &[
                    link_button(CUSTOMERS, t.t("vulnerabilities-cancel"), false),
                ]))
            }))
        }))
    };
    context.respond(frame, body).await
}

async fn receive(mut multipart: Multipart) -> Result<Option<(String, String)>, WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge {
                limit: u64::try_from(LARGEST).unwrap_or(u64::MAX),
            }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        if !bytes.is_empty() {
            return Ok(Some((name, String::from_utf8_lossy(&bytes).into_owned())));
        }
    }
    Ok(None)
}

pub(super) async fn upload(
    context: Context,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, WebError> {
    // Whoever may not answer learns nothing of the form either.
    require_vendor(&context, Action::AnswerCustomerVulnerabilities)?;
    let multipart = multipart.map_err(|_| WebError::invalid("error-not-a-form"))?;
    let t = context.t();
    let refused = match receive(multipart).await? {
        None => t.t("vulnerabilities-vex-choose").to_owned(),
        Some((name, content)) => match vex::read(content.as_bytes()) {
            Ok(_) => {
                // Zero characters are no text for a database, and mean nothing in JSON.
                let content = content.replace('\0', "");
                let id = acts::keep_document(&context, &name, content).await?;
                return Ok(yagura_web::see_other(&format!("{VEX}/{id}")));
            }
            Err(error) => words::vex_error(t, &error),
        },
    };
    let mut state = FormState::empty();
    state.add_error("file", refused);
    let page = upload_page(&context, &state).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn kept(context: &Context, id: Uuid) -> Result<(Upload, Document), WebError> {
    let upload = uploads::get(context.database(), context.organization.id, id).await?;
    let document = if upload.applied_at.is_some() {
        Document::default()
    } else {
        vex::read(upload.content.as_bytes()).map_err(|_| WebError::NotFound)?
    };
    Ok((upload, document))
}

pub(super) async fn preview(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    require_vendor(&context, Action::AnswerCustomerVulnerabilities)?;
    show(&context, id, false).await
}

async fn show(context: &Context, id: Uuid, changed: bool) -> Result<Response, WebError> {
    let (upload, document) = kept(context, id).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("vulnerabilities-vex-preview"));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (upload.file_name) });
    if upload.applied_at.is_some() {
        let body = card(
            t.t("vulnerabilities-vex-done"),
            html! {
                p { (t.t_args("vulnerabilities-answered", args![("count", upload.answered)])) }
                (link_button(CUSTOMERS, t.t("vulnerabilities-customers-title"), false))
            },
        );
        return context.respond(frame, body).await;
    }
    let (plan, items) = acts::plan(context, &document).await?;
    let nothing = plan.answers.is_empty() && plan.contradicting.is_empty();
    let body = html! {
        @if changed { (note(t, Tone::Caution, html! { (t.t("vulnerabilities-vex-changed")) })) }
        (card(t.t("vulnerabilities-vex-preview"), summary(context, &document, &plan)))
        (planned(context, "vulnerabilities-vex-answers", &document, &items, &plan.answers))
        (planned(context, "vulnerabilities-vex-contradicting", &document, &items, &plan.contradicting))
        (planned(context, "vulnerabilities-vex-disputed", &document, &items, &plan.disputed))
        (unmatched(context, &document, &plan))
        (faults(context, &document))
        @if nothing {
            (empty_state(t.t("vulnerabilities-vex-nothing"), html! { (t.t("vulnerabilities-vex-nothing-why")) }))
        } @else {
            (form(t, &Form::post(&format!("{VEX}/{id}")), html! {
                (hidden("fingerprint", &plan.fingerprint(&items)))
                @if !plan.contradicting.is_empty() {
                    (checkbox(t, &FormState::empty(), &Field::new("replace", t.t("vulnerabilities-vex-replace"))))
                }
                (button_row(&Button::primary(t.t("vulnerabilities-vex-apply")), &[
                    link_button(VEX, t.t("vulnerabilities-cancel"), false),
                ]))
            }))
        }
    };
    context.respond(frame, body).await
}

fn summary(context: &Context, document: &Document, plan: &Plan) -> Markup {
    let t = context.t();
    let number = |count: usize| html! { (count) };
    description_list(&[
        (
            t.t("vulnerabilities-vex-author"),
            html! { (document.author) },
        ),
        (
            t.t("vulnerabilities-vex-statements"),
            number(document.statements.len()),
        ),
        (
            t.t("vulnerabilities-vex-answers"),
            number(plan.answers.len()),
        ),
        (t.t("vulnerabilities-vex-same"), number(plan.same)),
        (
            t.t("vulnerabilities-vex-contradicting"),
            number(plan.contradicting.len()),
        ),
        (
            t.t("vulnerabilities-vex-disputed"),
            number(plan.disputed.len()),
        ),
        (
            t.t("vulnerabilities-vex-unmatched"),
            number(plan.unmatched.len()),
        ),
        (
            t.t("vulnerabilities-vex-faults"),
            number(document.set_aside),
        ),
    ])
}

fn more(context: &Context, all: usize) -> Markup {
    html! {
        @if all > ROWS {
            p.small { (context.t().t_args("vulnerabilities-mail-more", args![("count", all - ROWS)])) }
        }
    }
}

fn planned(
    context: &Context,
    title: &str,
    document: &Document,
    items: &[WorkItem],
    list: &[Planned],
) -> Markup {
    let t = context.t();
    let columns = vec![
        Column::text(t.t("vulnerabilities-field-vulnerability")),
        Column::text(t.t("vulnerabilities-field-customer")),
        Column::text(t.t("vulnerabilities-field-asset")),
        Column::text(t.t("vulnerabilities-vex-earlier")),
        Column::text(t.t("vulnerabilities-field-answer")),
    ];
    let rows = list
        .iter()
        .take(ROWS)
        .filter_map(|planned| {
            let item = items.get(planned.item)?;
            let statement = document.statements.get(planned.statement)?;
            Some(TableRow::new(vec![
                html! { (statement.vulnerability) },
                html! { (item.customer) },
                html! { (item.asset_name) },
                html! { @if let Some(earlier) = item.answer() { (asking::answer(t, &earlier)) } },
                asking::answer(t, &statement.answer),
            ]))
        })
        .collect();
    html! {
        @if !list.is_empty() {
            (card(t.t(title), html! {
                (data_table(&Table::new(t.t(title), columns, rows)))
                (more(context, list.len()))
            }))
        }
    }
}

fn unmatched(context: &Context, document: &Document, plan: &Plan) -> Markup {
    let t = context.t();
    let title = t.t("vulnerabilities-vex-unmatched");
    let columns = vec![
        Column::text(t.t("vulnerabilities-field-vulnerability")),
        Column::text(t.t("vulnerabilities-field-product")),
        Column::text(t.t("vulnerabilities-vex-why")),
        Column::text(t.t("vulnerabilities-vex-place")),
    ];
    let rows = plan
        .unmatched
        .iter()
        .take(ROWS)
        .filter_map(|(number, why)| {
            let statement = document.statements.get(*number)?;
            Some(TableRow::new(vec![
                html! { (statement.vulnerability) },
                html! { (statement.product.label()) },
                html! {
                    @match why {
                        Why::NotAsked => (t.t("vulnerabilities-vex-not-asked")),
                        Why::OtherProduct(others) => {
                            (t.t("vulnerabilities-vex-other-product"))
                            @for other in others { br; code { (other) } }
                        }
                    }
                },
                html! { code { (statement.place) } },
            ]))
        })
        .collect();
    html! {
        @if !plan.unmatched.is_empty() {
            (card(title, html! {
                (data_table(&Table::new(title, columns, rows)))
                (more(context, plan.unmatched.len()))
            }))
        }
    }
}

fn faults(context: &Context, document: &Document) -> Markup {
    let t = context.t();
    html! {
        @if !document.faults.is_empty() {
            (card(t.t("vulnerabilities-vex-faults"), html! {
                ul { @for (place, fault) in document.faults.iter().take(ROWS) {
                    li { code { (place) } " " (words::vex_fault(t, *fault)) }
                } }
                (more(context, document.set_aside))
            }))
        }
    }
}

pub(super) async fn apply(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    require_vendor(&context, Action::AnswerCustomerVulnerabilities)?;
    let (upload, document) = kept(&context, id).await?;
    if upload.applied_at.is_some() {
        return Ok(yagura_web::see_other(&format!("{VEX}/{id}")));
    }
    let (plan, items) = acts::plan(&context, &document).await?;
    // Nothing else is answered than what was shown.
    if state.value("fingerprint") != plan.fingerprint(&items) {
        let page = show(&context, id, true).await?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let replace = !state.value("replace").is_empty();
    let done =
        acts::apply_document(&context, &document, (&plan, &items), replace, Some(id)).await?;
    let message = FlashMessage::done("vulnerabilities-answered").with("count", done);
    Ok(context.redirect(CUSTOMERS, message))
}
