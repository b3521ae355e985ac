//! A pack: where it is from, what is established, every row; and its exports.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yagura_kernel::policy::actions;
use yagura_packs::export::{self, ExportError};
use yagura_packs::{
    Body, Checklist, ContactList, Guidance, Item, Library, NoteStatus, Pack, RequestForm,
    SelfCheck, Text,
};
use yagura_web::api::PathOf;
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, description_list, details, tag,
};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, WebError, attachment};

use super::{LIST, list_crumb, validity, wording_tag};
use crate::prepare::counts;
use crate::words;

async fn find(context: &Context, id: &str) -> Result<Arc<Pack>, WebError> {
    let _proof = context
        .authorize_installation::<actions::ReadPacks>()
        .await?;
    context
        .app
        .packs()
        .get(id)
        .cloned()
        .ok_or(WebError::NotFound)
}

pub(super) async fn page(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let pack = find(&context, &id).await?;
    let library = context.app.packs();
    let t = context.t();
    let body = html! {
        (about(&context, &pack))
        @if !pack.notes.is_empty() { (card(t.t("rulepacks-notes"), notes(t, &pack))) }
        (changes(t, &library, &pack))
        @match &pack.body {
            Body::Checklist(list) => (checklist(t, &library, list)),
            Body::SelfCheck(check) => (self_check(t, check)),
            Body::Contacts(list) => (contacts(t, list)),
            Body::Form(form) => (request_form(t, form)),
        }
    };
    let mut frame = context.frame(words::text(t, &pack.title));
    frame.lede = Some(html! { (words::kind(t, &pack)) });
    frame.breadcrumbs = vec![list_crumb(&context)];
    let file = |name: &str| format!("{LIST}/{}/{name}", pack.id);
    frame.actions = Some(html! {
        (link_button(&file("pack.toml"), t.t("rulepacks-export-toml"), false)) " "
        @if pack.checklist().is_some() {
            (link_button(&file("oscal.json"), t.t("rulepacks-export-oscal"), false)) " "
            (link_button(&file("ciso.yaml"), t.t("rulepacks-export-ciso"), false))
        }
    });
    context.respond(frame, body).await
}

/// What a form of the desk asks, and in which order it is decided.
fn request_form(t: &Translator, form: &RequestForm) -> Markup {
    html! {
        (card(t.t("rulepacks-form-fields"), html! {
            p { (words::text(t, &form.summary)) }
            ol { @for field in &form.fields { li { (words::text(t, &field.label)) } } }
        }))
        (card(t.t("rulepacks-form-route"), html! {
            ol { @for step in &form.route { li { (words::text(t, &step.title)) } } }
        }))
    }
}

fn about(context: &Context, pack: &Pack) -> Markup {
    let t = context.t();
    let (rows, open) = counts(pack);
    let source = &pack.source;
    card(
        t.t("rulepacks-about"),
        html! {
            (description_list(&[
                (t.t("rulepacks-column-validity"), validity(t, pack, context.today)),
                (t.t("rulepacks-version"), html! { (pack.version) " (" (pack.id) ")" }),
                (t.t("rulepacks-column-rows"), html! { (rows) }),
                (t.t("rulepacks-unverified-rows"), html! {
                    @if open == 0 { (t.t("rulepacks-none")) } @else { (open) }
                }),
                (t.t("rulepacks-column-source"), html! {
                    (words::text(t, &source.title)) ", " (words::text(t, &source.publisher))
                    ", " (source.date)
                }),
                (t.t("rulepacks-source-url"), html! {
                    @if source.url.starts_with("https://") {
                        a href=(source.url) rel="noreferrer" { (source.url) }
                    } @else if source.url.is_empty() { "―" } @else { (source.url) }
                }),
                (t.t("rulepacks-retrieved"), html! { (words::text(t, &source.retrieved_note)) }),
            ]))
            @if !source.files.is_empty() {
                ul {
                    @for file in &source.files {
                        li {
                            (file.name) " " (words::text(t, &file.label))
                            @if let Some(hash) = &file.sha256 { " " code { (hash) } }
                        }
                    }
                }
            }
        },
    )
}

fn notes(t: &Translator, pack: &Pack) -> Markup {
    html! {
        ul {
            @for note in &pack.notes {
                li {
                    @match note.status {
                        NoteStatus::Established => {
                            (tag(Tone::Success, t.t("rulepacks-note-established")))
                        }
                        NoteStatus::Open => (tag(Tone::Caution, t.t("rulepacks-note-open"))),
                        NoteStatus::Information => {
                            (tag(Tone::Neutral, t.t("rulepacks-note-information")))
                        }
                    }
                    " " (words::text(t, &note.text))
                }
            }
        }
    }
}

fn changes(t: &Translator, library: &Library, pack: &Pack) -> Markup {
    let Some(before) = library.previous_edition(pack) else {
        return html! {};
    };
    let changes = library.diff(&before.id, &pack.id);
    card(
        t.t("rulepacks-changes"),
        html! {
            p {
                (t.t("rulepacks-changes-against")) " "
                a href={ (LIST) "/" (before.id) } { (words::text(t, &before.title)) }
            }
            @if changes.is_empty() { p { (t.t("rulepacks-none")) } }
            @else {
                (details(t.t("rulepacks-changes-open"), html! {
                    ul {
                        @for change in &changes {
                            li {
                                (words::change_text(t, change))
                                @if !change.certain {
                                    " " (tag(Tone::Caution, t.t("rulepacks-uncertain")))
                                }
                            }
                        }
                    }
                }))
            }
        },
    )
}

fn checklist(t: &Translator, library: &Library, list: &Checklist) -> Markup {
    html! {
        @for section in &list.sections {
            @let title = format!("{} {}", section.number, words::text(t, &section.title));
            (card(&title, html! {
                @for block in &section.blocks {
                    @if let Some(heading) = &block.heading { h3 { (words::text(t, heading)) } }
                    @for item in &block.items { (row(t, library, item)) }
                }
            }))
        }
    }
}

fn row(t: &Translator, library: &Library, item: &Item) -> Markup {
    html! {
        section id=(item.key) {
            p {
                b { (words::row_name(t, item)) } " " (words::text(t, &item.text)) " "
                (wording_tag(t, item.wording))
                @if !item.required { " " (tag(Tone::Neutral, t.t("rulepacks-reference-row"))) }
            }
            (details(t.t("rulepacks-row-details"), html! {
                (description_list(&[
                    (t.t("rulepacks-row-key"), html! { code { (item.key) } }),
                    (t.t("rulepacks-wording-source"), html! {
                        (words::text(t, &item.wording_source))
                    }),
                    (t.t("rulepacks-since"), html! { (t.fiscal_year(item.since)) }),
                    (t.t("rulepacks-lineage"), lineage(t, library, item)),
                    (t.t("rulepacks-probes"), html! {
                        @let probes: Vec<&str> = item.all_probes().collect();
                        @if probes.is_empty() { (t.t("rulepacks-none")) }
                        @else { (probes.join(", ")) }
                    }),
                ]))
                @if let Some(note) = &item.change_note { p { (words::text(t, note)) } }
                @if let Some(guidance) = item.guidance() { (guidance_of(t, guidance)) }
            }))
        }
    }
}

fn lineage(t: &Translator, library: &Library, item: &Item) -> Markup {
    html! {
        @if item.predecessors.is_empty() { (t.t("rulepacks-none")) }
        @else {
            ul {
                @for before in &item.predecessors {
                    li {
                        a href={ (LIST) "/" (before.pack) "#" (before.key) } { (before) }
                        @if let Some(old) = library.item(before) {
                            " " (words::text(t, &old.text))
                        }
                    }
                }
            }
        }
    }
}

fn guidance_of(t: &Translator, guidance: &Guidance) -> Markup {
    let texts = |texts: &[Text]| {
        html! { ul { @for text in texts { li { (words::text(t, text)) } } } }
    };
    description_list(&[
        (
            t.t("rulepacks-meaning"),
            html! { (words::text(t, &guidance.meaning)) },
        ),
        (
            t.t("rulepacks-prepare"),
            html! { (words::text(t, &guidance.prepare)) },
        ),
        (
            t.t("rulepacks-carry-out"),
            html! { (words::text(t, &guidance.carry_out)) },
        ),
        (
            t.t("rulepacks-strengthen"),
            html! { (words::text(t, &guidance.strengthen)) },
        ),
        (t.t("rulepacks-evidence"), texts(&guidance.evidence)),
        (t.t("rulepacks-inspector"), texts(&guidance.inspector)),
    ])
}

fn self_check(t: &Translator, check: &SelfCheck) -> Markup {
    html! {
        @for audience in &check.audiences {
            (card(words::text(t, &audience.title), html! {
                @for principle in &audience.principles {
                    h3 { (principle.number) ". " (words::text(t, &principle.heading)) }
                    p { (words::text(t, &principle.explanation)) }
                    ul {
                        @for check in &principle.checks {
                            li {
                                (words::text(t, &check.text)) " " (wording_tag(t, check.wording))
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn contacts(t: &Translator, list: &ContactList) -> Markup {
    let rows = list
        .contacts
        .iter()
        .map(|contact| {
            TableRow::new(vec![
                html! { (words::text(t, &contact.name)) },
                html! { (words::text(t, &contact.when)) },
                html! {
                    @for phone in &contact.phones {
                        div { (phone.number) " " (words::text(t, &phone.label)) }
                    }
                },
                html! { (wording_tag(t, contact.verification)) " " (contact.checked) },
                html! { (words::text(t, &contact.source)) },
            ])
        })
        .collect();
    card(
        t.t("rulepacks-contacts"),
        data_table(&Table::new(
            t.t("rulepacks-contacts"),
            vec![
                Column::text(t.t("rulepacks-column-office")),
                Column::text(t.t("rulepacks-column-when-to-call")),
                Column::text(t.t("rulepacks-column-phone")),
                Column::text(t.t("rulepacks-column-wording")),
                Column::text(t.t("rulepacks-column-source")),
            ],
            rows,
        )),
    )
}

/// A file for the browser to save.
fn download(text: String, content_type: &'static str, name: &str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(value) = HeaderValue::from_str(&attachment(name)) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

fn said(error: &ExportError) -> WebError {
    match error {
        ExportError::Writer(reason) => WebError::Internal(reason.clone()),
        error => WebError::invalid(error.message_key()),
    }
}

/// The pack in one of the formats.
pub(crate) fn exported(
    context: &Context,
    pack: &Pack,
    format: Format,
) -> Result<Response, WebError> {
    let (text, content_type, ending) = match format {
        Format::Toml => (
            export::toml(pack).map_err(|e| said(&e))?,
            "application/toml; charset=utf-8",
            "toml",
        ),
        Format::Oscal => {
            let catalog = export::oscal_catalog(pack, context.now).map_err(|e| said(&e))?;
            (format!("{catalog:#}\n"), "application/json", "oscal.json")
        }
        Format::Ciso => (
            export::ciso_library(pack).map_err(|e| said(&e))?,
            "application/yaml; charset=utf-8",
            "ciso.yaml",
        ),
    };
    Ok(download(
        text,
        content_type,
        &format!("{}-{}.{ending}", pack.id, pack.version),
    ))
}

/// The formats in which a pack is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// Our own.
    Toml,
    /// An OSCAL catalog.
    Oscal,
    /// A CISO Assistant library.
    Ciso,
}

pub(super) async fn toml(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let pack = find(&context, &id).await?;
    exported(&context, &pack, Format::Toml)
}

pub(super) async fn oscal(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let pack = find(&context, &id).await?;
    exported(&context, &pack, Format::Oscal)
}

pub(super) async fn ciso(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let pack = find(&context, &id).await?;
    exported(&context, &pack, Format::Ciso)
}
