//! One record: what it says, what belongs to it, what happened to it.

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value as Json;
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::FiscalYear;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_time, description_list, note,
};
use yagura_web::ui::forms::{Button, Form, button_row, form, hidden, link_button};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, VendorStanding, WebError};

use super::{Names, Part, authorize, crumbs, may, names_for, path_of, two_factor, vendor_words};
use crate::model::{Asset, Connection, Content, FieldSpec, Input, Record, RecordKind, System};
use crate::store::{self, Event, Filter, Sighting, Software};
use crate::{attachments, operations, words};

/// How many events a record shows.
const EVENTS: i64 = 50;
/// How many devices and connections a system shows.
const BELONGING: i64 = 100;

/// How many pieces of the evidence library are offered for attaching.
const FILES_OFFERED: usize = 100;

/// How many lines of software a device shows.
const SOFTWARE: i64 = 500;

/// What tools found out about a device.
struct Found {
    sighting: Option<Sighting>,
    software: Vec<Software>,
}

pub(super) async fn page<C: Part>(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let proof = authorize::<C, actions::ReadInventory>(&context, id).await?;
    let database = context.database();
    let record: Record<C> = store::get(database, &proof, id).await?;
    let names = names_for(&context, &record.content).await?;
    let events = store::events(database, &proof, Some(id), None, EVENTS).await?;
    let belonging = if C::KIND == RecordKind::System {
        let filter = Filter {
            system: Some(id),
            ..Filter::default()
        };
        let connections: Vec<Record<Connection>> =
            store::list(database, &proof, &filter, None, BELONGING).await?;
        let assets: Vec<Record<Asset>> =
            store::list(database, &proof, &filter, None, BELONGING).await?;
        Some((connections, assets))
    } else {
        None
    };
    let found = match C::KIND {
        RecordKind::Asset => Some(Found {
            sighting: store::sighting(database, &proof, id).await?,
            software: store::software(database, &proof, id, SOFTWARE).await?,
        }),
        _ => None,
    };
    let vendor_words = if C::KIND == RecordKind::Connection {
        let connection: Record<Connection> = store::get(database, &proof, id).await?;
        let year = FiscalYear::of(context.today);
        let words = store::words_at(database, &proof, year).await?;
        Some(vendor_words::of_connection(&context, &connection, &words))
    } else {
        None
    };
    let two_factor = if C::KIND == RecordKind::System {
        let system: Record<System> = store::get(database, &proof, id).await?;
        Some(two_factor::clock(&context, &system.content))
    } else {
        None
    };
    let files = match C::KIND {
        RecordKind::Asset => None,
        _ => attachments(&context, id, &format!("{}/{id}", C::PATH)).await?,
    };
    let standing = match (C::KIND, record.content.vendor()) {
        (RecordKind::System, Some(vendor)) => {
            let standings = context.vendor_standings().await?;
            standings.into_iter().find(|one| one.vendor == vendor)
        }
        _ => None,
    };
    let t = context.t();
    let mut frame = context.frame(record.content.name());
    frame.breadcrumbs = crumbs(&context, Some(C::KIND));
    let here = format!("{}/{id}", C::PATH);
    let is_kept = record.removed_at.is_none();
    let may_edit = is_kept && may(&context, Action::EditInventory);
    frame.actions = is_kept.then(|| {
        html! {
            // The feature of diagrams reads this one, and not the other way round.
            (link_button(&impact_of(C::KIND, id), t.t("inventory-impact"), false))
            @if may_edit {
                " " (link_button(&format!("{here}/edit"), t.t("inventory-edit"), false))
                @if C::KIND == RecordKind::Asset {
                    " " (link_button(&format!("{here}/merge"), t.t("inventory-merge"), false))
                }
            }
        }
    });
    let body = html! {
        @if let Some(removed) = record.removed_at {
            (note(t, Tone::Caution, html! {
                (t.t_args("inventory-was-removed", args![("date", t.date(removed.jst_date()))]))
            }))
        }
        @if is_kept { (confirmation(&context, &record, &here)) }
        @if let (true, Some(words)) = (is_kept, vendor_words) { (words) }
        @if let (true, Some(clock)) = (is_kept, two_factor) { (clock) }
        (card(t.t("inventory-what-it-says"), says(&context, &record.content, &names, standing.as_ref())))
        @if let Some((connections, assets)) = &belonging {
            (belongs(t, words::part(t, RecordKind::Connection), path_of(RecordKind::Connection), connections))
            (belongs(t, words::part(t, RecordKind::Asset), path_of(RecordKind::Asset), assets))
        }
        @if let Some(found) = &found { (seen(&context, found, &here, may_edit)) }
        @if let Some(files) = files { (files) }
        (history::<C>(t, &events, &names))
        @if may_edit {
            (card(t.t("inventory-remove"), html! {
                p { (t.t("inventory-remove-why")) }
                (form(t, &Form::post(&format!("{here}/remove")).confirm(t.t("inventory-remove-confirm")), html! {
                    (hidden("revision", &record.revision.to_string()))
                    (button_row(&Button::danger(t.t("inventory-remove")), &[]))
                }))
            }))
        }
    };
    context.respond(frame, body).await
}

/// The page that says what stops where a record stops.
fn impact_of(kind: RecordKind, id: Uuid) -> String {
    let part = match kind {
        RecordKind::System => "systems",
        RecordKind::Connection => "connections",
        RecordKind::Asset => "assets",
    };
    format!("/diagrams/impact/{part}/{id}")
}

/// The files behind a system or a connection, for who may read evidence.
async fn attachments(context: &Context, id: Uuid, here: &str) -> Result<Option<Markup>, WebError> {
    if !may(context, Action::ReadEvidence) {
        return Ok(None);
    }
    let proof = context.authorize_own::<actions::ReadEvidence>().await?;
    let (database, t) = (context.database(), context.t());
    let at = attachments::item_of(proof.organization(), id);
    let linked = yagura_evidence::of_item(database, &proof, &at).await?;
    let may_manage = may(context, Action::ManageEvidence);
    let may_open = may(context, Action::DownloadEvidence);
    let mut offered = Vec::new();
    if may_manage {
        offered =
            yagura_evidence::attachable(database, &proof, "", FILES_OFFERED, context.today).await?;
        offered.retain(|piece| linked.iter().all(|link| link.piece.id != piece.id));
    }
    let linked: Vec<_> = linked.iter().collect();
    let (list, panel) = (
        yagura_evidence::linked_list(t, &at, here, &linked, context.today, may_manage, may_open),
        yagura_evidence::attach_panel(t, &at, here, &offered, may_manage),
    );
    Ok(Some(card(
        t.t("inventory-attachments"),
        html! { (list) (panel) },
    )))
}

/// When the device was seen, its services and its software.
fn seen(context: &Context, found: &Found, here: &str, may_edit: bool) -> Markup {
    let t = context.t();
    let nothing = || html! { span.muted { (t.t("inventory-nothing")) } };
    let Some(sighting) = &found.sighting else {
        return html! {};
    };
    let unexpected: Vec<discovery::model::Service> = match (&sighting.services, &sighting.baseline)
    {
        (Some(services), Some(baseline)) => services
            .iter()
            .filter(|service| {
                !baseline
                    .iter()
                    .any(|known| (known.protocol, known.port) == (service.protocol, service.port))
            })
            .cloned()
            .collect(),
        _ => Vec::new(),
    };
    let entries = [
        (
            t.t("inventory-last-seen"),
            match sighting.last_seen {
                Some(at) => html! { (date_time(t, at)) " (" (sighting.seen_by) ")" },
                None => nothing(),
            },
        ),
        (
            t.t("inventory-services"),
            match &sighting.services {
                Some(services) if services.is_empty() => html! { (t.t("inventory-services-none")) },
                Some(services) => html! { (super::imports::services_words(services)) },
                None => html! { span.muted { (t.t("inventory-services-unknown")) } },
            },
        ),
    ];
    let can_accept = may_edit && (sighting.baseline.is_none() || !unexpected.is_empty());
    html! {
        (card(t.t("inventory-seen"), html! {
            (description_list(&entries))
            @if !unexpected.is_empty() {
                (note(t, Tone::Caution, html! {
                    (t.t_args("inventory-services-unexpected", args![
                        ("services", super::imports::services_words(&unexpected))
                    ]))
                }))
            }
            @if let (true, Some(_), Some(at)) = (can_accept, &sighting.services, sighting.services_at) {
                p.small { (t.t("inventory-services-accept-why")) }
                (form(t, &Form::post(&format!("{here}/services")), html! {
                    (hidden("seen_at", &at.as_micros().to_string()))
                    (button_row(&Button::secondary(t.t("inventory-services-accept")), &[]))
                }))
            }
        }))
        @if !found.software.is_empty() {
            (card(t.t("inventory-software"), software(t, &found.software)))
        }
    }
}

fn software(t: &Translator, software: &[Software]) -> Markup {
    let rows = software
        .iter()
        .map(|line| {
            TableRow::new(vec![
                html! { (line.name) },
                html! { (line.version) },
                html! { (line.vendor) },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("inventory-software"),
        vec![
            Column::text(t.t("inventory-fact-software-name")),
            Column::text(t.t("inventory-fact-software-version")),
            Column::text(t.t("inventory-fact-software-vendor")),
        ],
        rows,
    ))
}

/// The services that listen now may listen from now on.
pub(super) async fn accept_services(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<Asset, actions::EditInventory>(&context, id).await?;
    let seen_at = state.value("seen_at").parse().unwrap_or_default();
    let seen_at = yagura_kernel::time::Instant::from_micros(seen_at);
    operations::accept_services(&context, &proof, id, seen_at).await?;
    let message = FlashMessage::done("inventory-services-accepted");
    Ok(context.redirect(&format!("{}/{id}", Asset::PATH), message))
}

fn confirmation<C: Part>(context: &Context, record: &Record<C>, here: &str) -> Markup {
    let t = context.t();
    let year = FiscalYear::of(context.today);
    let last = record.confirmed.as_ref().map(|confirmed| {
        t.t_args(
            "inventory-last-confirmed",
            args![
                ("date", t.date(confirmed.at.jst_date())),
                ("name", confirmed.by_name.as_deref().unwrap_or_default())
            ],
        )
    });
    if record.is_confirmed_in(year) {
        return note(
            t,
            Tone::Success,
            html! { (last.as_deref().unwrap_or_default()) },
        );
    }
    let may_confirm = may(context, Action::ConfirmInventory);
    html! {
        section.card {
            p {
                (t.t("inventory-confirm-why"))
                @if let Some(last) = &last { " " (last) }
            }
            @if may_confirm {
                (form(t, &Form::post(&format!("{here}/confirm")), html! {
                    (hidden("revision", &record.revision.to_string()))
                    (button_row(&Button::secondary(t.t("inventory-confirm")), &[]))
                }))
            }
        }
    }
}

fn says<C: Content>(
    context: &Context,
    content: &C,
    names: &Names,
    standing: Option<&VendorStanding>,
) -> Markup {
    let t = context.t();
    let values = content.fields_of();
    let mut entries: Vec<(&str, Markup)> = C::FIELDS
        .iter()
        .map(|field| {
            let value = values.get(field.key).unwrap_or(&Json::Null);
            (
                words::label(t, field.key),
                shown(context, field, value, names),
            )
        })
        .collect();
    if C::KIND == RecordKind::System {
        let shown = match standing {
            Some(VendorStanding {
                words,
                href: Some(href),
                ..
            }) => html! { a href=(href) { (words) } },
            Some(VendorStanding { words, .. }) => html! { (words) },
            None => html! { span.muted { (t.t("inventory-checklist-no-vendor")) } },
        };
        entries.push((t.t("inventory-sheet-checklist"), shown));
    }
    description_list(&entries)
}

fn shown(context: &Context, field: &FieldSpec, value: &Json, names: &Names) -> Markup {
    let nothing = || html! { span.muted { (context.t().t("inventory-nothing")) } };
    let reference = |path: Option<&str>| match value.as_str() {
        Some(id) => {
            let name = names.of(id).unwrap_or(id);
            match path {
                Some(path) => html! { a href={ (path) "/" (id) } { (name) } },
                None => html! { (name) },
            }
        }
        None => nothing(),
    };
    match field.input {
        Input::System => reference(Some(System::PATH)),
        Input::Systems { .. } => match value.as_array().filter(|ids| !ids.is_empty()) {
            Some(ids) => html! {
                ul {
                    @for id in ids.iter().filter_map(Json::as_str) {
                        li { a href={ (System::PATH) "/" (id) } { (names.of(id).unwrap_or(id)) } }
                    }
                }
            },
            None => nothing(),
        },
        Input::Asset => reference(Some(Asset::PATH)),
        Input::Vendor => reference(None),
        Input::Text { .. } => match value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => html! { @for line in text.lines() { (line) br; } },
            None => nothing(),
        },
        _ if words::value(context.t(), field, value).is_empty() => nothing(),
        _ => super::list::cell(context, field, value),
    }
}

fn belongs<C: Content>(t: &Translator, title: &str, path: &str, records: &[Record<C>]) -> Markup {
    card(
        title,
        html! {
            @if records.is_empty() {
                p { (t.t("inventory-belongs-none")) }
            } @else {
                ul {
                    @for record in records {
                        li { a href={ (path) "/" (record.id) } { (record.content.name()) } }
                    }
                }
            }
        },
    )
}

/// What was done, in a word.
pub(super) fn event_word<'t>(t: &'t Translator, event: &str) -> &'t str {
    t.t(match event {
        "added" => "inventory-event-added",
        "changed" => "inventory-event-changed",
        "confirmed" => "inventory-event-confirmed",
        "services_accepted" => "inventory-event-services-accepted",
        "merged" => "inventory-event-merged",
        "merged_into" => "inventory-event-merged-into",
        "vendor_said" => "inventory-event-vendor-said",
        _ => "inventory-event-removed",
    })
}

fn history<C: Content>(t: &Translator, events: &[Event], names: &Names) -> Markup {
    let columns = vec![
        Column::text(t.t("inventory-event-at")),
        Column::text(t.t("inventory-event-by")),
        Column::text(t.t("inventory-event-what")),
    ];
    let rows = events
        .iter()
        .map(|event| {
            TableRow::new(vec![
                date_time(t, event.at),
                html! { (event.by_name.as_deref().unwrap_or_default()) },
                html! {
                    (event_word(t, &event.event))
                    @if event.event == "changed" { (changes::<C>(t, &event.detail, names)) }
                    @if let Some(other) = event.detail.get("record").and_then(Json::as_str) {
                        ": " a href={ (path_of(C::KIND)) "/" (other) } {
                            (event.detail.get("name").and_then(Json::as_str).unwrap_or(other))
                        }
                    }
                },
            ])
        })
        .collect();
    card(
        t.t("inventory-history"),
        data_table(&Table::new(t.t("inventory-history"), columns, rows).without_row_headers()),
    )
}

fn changes<C: Content>(t: &Translator, detail: &Json, names: &Names) -> Markup {
    let word = |field: &FieldSpec, value: &Json| {
        let text = match (field.input, value.as_str()) {
            (input, Some(id)) if input.is_reference() => names.of(id).unwrap_or(id).to_owned(),
            (Input::Systems { .. }, None) => {
                let ids = value.as_array().into_iter().flatten();
                let ids = ids.filter_map(Json::as_str);
                let named: Vec<&str> = ids.map(|id| names.of(id).unwrap_or(id)).collect();
                named.join("、")
            }
            _ => words::value(t, field, value),
        };
        if text.is_empty() {
            t.t("inventory-nothing").to_owned()
        } else {
            text
        }
    };
    html! {
        ul.small {
            @for field in C::FIELDS {
                @if let Some([before, after]) = detail.get(field.key).and_then(Json::as_array).map(Vec::as_slice) {
                    li { (t.t_args("inventory-change", args![
                        ("label", words::label(t, field.key)),
                        ("before", word(field, before)),
                        ("after", word(field, after))
                    ])) }
                }
            }
        }
    }
}

fn revision_of(state: &yagura_web::ui::forms::FormState) -> i64 {
    state.value("revision").parse().unwrap_or(-1)
}

/// Confirms that the record is true.
pub(super) async fn confirm<C: Part>(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<C, actions::ConfirmInventory>(&context, id).await?;
    operations::confirm::<C>(&context, &proof, id, revision_of(&state)).await?;
    let message = FlashMessage::done("inventory-confirmed-done");
    Ok(context.redirect(&format!("{}/{id}", C::PATH), message))
}

/// Takes the record out of the register.
pub(super) async fn remove<C: Part>(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<C, actions::EditInventory>(&context, id).await?;
    let content: C = operations::remove(&context, &proof, id, revision_of(&state)).await?;
    let message = FlashMessage::done("inventory-removed").with("name", content.name());
    Ok(context.redirect(C::PATH, message))
}
