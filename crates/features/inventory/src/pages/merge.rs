//! Rows that may be one device, side by side, and making one of them.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use discovery::reconcile::{Key, KeyKind};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;
use yagura_kernel::id::parse_uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, empty_state, note, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, Form, FormState, RadioStyle, button, button_row,
    error_summary, form, hidden, link_button, radio_group, text_field,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError, address};

use super::{Names, Part, authorize, crumbs, may, names_for, read_proof};
use crate::merging::{self, Difference, Pair, Side};
use crate::model::{Asset, Content, Input, Record, RecordKind};
use crate::store::{self, AsRead, Filter};
use crate::words;

const DUPLICATES: &str = "/inventory/duplicates";
/// How many pairs a page shows.
const PAIRS: usize = 50;
/// How many rows a search offers.
const OFFERED: i64 = 30;

/// A key in words.
fn key_word(t: &Translator, key: &Key) -> String {
    let kind = t.t(match key.kind {
        KeyKind::SystemUuid => "inventory-fact-system-uuid",
        KeyKind::Serial | KeyKind::SerialWithoutMaker => "inventory-field-serial-number",
        KeyKind::MachineId => "inventory-key-machine",
        KeyKind::ManagementNumber => "inventory-field-management-number",
        KeyKind::Mac | KeyKind::PoorMac => "inventory-field-mac-addresses",
        KeyKind::Fqdn => "inventory-fact-fqdn",
        KeyKind::Hostname => "inventory-field-hostname",
        KeyKind::StaticAddress | KeyKind::Address => "inventory-field-ip-addresses",
    });
    // A hash says nothing to anybody.
    match key.kind {
        KeyKind::MachineId => kind.to_owned(),
        _ => format!("{kind} {}", key.value),
    }
}

fn keys_words(t: &Translator, keys: &[Key]) -> String {
    let words: Vec<String> = keys.iter().map(|key| key_word(t, key)).collect();
    words.join("、")
}

/// Which page of the pairs is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PairsQuery {
    page: usize,
}

pub(super) async fn duplicates(
    context: Context,
    QueryOf(query): QueryOf<PairsQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let t = context.t();
    let may_edit = may(&context, Action::EditInventory);
    let pairs = merging::pairs(&context, &proof).await?;
    let last = pairs.len().div_ceil(PAIRS).max(1);
    let page = query.page.clamp(1, last);
    let rows = pairs
        .iter()
        .skip((page - 1).saturating_mul(PAIRS))
        .take(PAIRS)
        .map(|pair| pair_row(t, pair, may_edit))
        .collect();
    let link = |page: usize| {
        let page = page.to_string();
        address(DUPLICATES, [("page", page.as_str())])
    };
    let body = card(
        t.t("inventory-duplicates"),
        html! {
            @if pairs.is_empty() {
                (empty_state(t.t("inventory-duplicates-none"),
                    html! { (t.t("inventory-duplicates-none-why")) }))
            } @else {
                (data_table(&Table::new(t.t("inventory-duplicates"), vec![
                    Column::text(t.t("inventory-duplicates-one")),
                    Column::text(t.t("inventory-duplicates-other")),
                    Column::text(t.t("inventory-duplicates-keys")),
                    Column::text(t.t("inventory-duplicates-do")),
                ], rows)))
                @if last > 1 {
                    nav.pagination aria-label=(t.t("inventory-duplicates")) {
                        @if page > 1 { a href=(link(page - 1)) rel="prev" { (t.t("inventory-import-previous")) } }
                        span { (page) " / " (last) }
                        @if page < last { a href=(link(page + 1)) rel="next" { (t.t("inventory-import-next")) } }
                    }
                }
            }
        },
    );
    let mut frame = context.frame(t.t("inventory-duplicates"));
    frame.breadcrumbs = crumbs(&context, Some(RecordKind::Asset));
    frame.lede = Some(html! { (t.t("inventory-duplicates-lede")) });
    context.respond(frame, body).await
}

fn pair_row(t: &Translator, pair: &Pair, may_edit: bool) -> TableRow {
    let link = |(id, name): &(Uuid, String)| html! { a href={ (Asset::PATH) "/" (id) } { (name) } };
    let other = pair.gone.0.to_string();
    let compare = address(
        &format!("{}/{}/merge", Asset::PATH, pair.kept.0),
        [("other", other.as_str())],
    );
    TableRow::new(vec![
        link(&pair.kept),
        link(&pair.gone),
        html! {
            (keys_words(t, &pair.keys))
            @if pair.is_contradicted {
                br; (tag(Tone::Caution, t.t("inventory-duplicates-contradicted")))
            }
        },
        html! {
            @if may_edit {
                a href=(compare) { (t.t("inventory-duplicates-compare")) }
                (told_apart_form(t, pair.kept.0, pair.gone.0, true))
            }
        },
    ])
}

/// Says that two rows are two devices, or takes it back.
fn told_apart_form(t: &Translator, one: Uuid, other: Uuid, are_two: bool) -> Markup {
    let to = format!("{}/{one}/apart", Asset::PATH);
    let label = if are_two {
        "inventory-apart"
    } else {
        "inventory-apart-undo"
    };
    html! {
        form.inline method="post" action=(to) {
            (hidden("other", &other.to_string()))
            (hidden("apart", if are_two { "yes" } else { "no" }))
            (button(&Button::quiet(t.t(label))))
        }
    }
}

pub(super) async fn apart(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<Asset, actions::EditInventory>(&context, id).await?;
    let other = parse_uuid(state.value("other"))
        .map_err(|_| WebError::invalid("inventory-merge-choose"))?;
    let are_two = state.value("apart") != "no";
    merging::tell_apart(&context, &proof, (id, other), are_two).await?;
    let (to, told) = if are_two {
        (DUPLICATES.to_owned(), "inventory-apart-done")
    } else {
        let other = other.to_string();
        let path = format!("{}/{id}/merge", Asset::PATH);
        (
            address(&path, [("other", other.as_str())]),
            "inventory-apart-undone",
        )
    };
    Ok(context.redirect(&to, FlashMessage::done(told)))
}

/// With which row one is compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct MergeQuery {
    other: String,
    search: String,
}

pub(super) async fn page(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    QueryOf(query): QueryOf<MergeQuery>,
) -> Result<Response, WebError> {
    authorize::<Asset, actions::EditInventory>(&context, id).await?;
    match parse_uuid(&query.other) {
        Ok(other) => side_by_side(&context, id, other, &FormState::empty()).await,
        Err(_) => choose(&context, id, &query.search).await,
    }
}

async fn frame_of(
    context: &Context,
    kept: &Record<Asset>,
    title: &'static str,
    body: Markup,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t(title));
    frame.breadcrumbs = crumbs(context, Some(RecordKind::Asset));
    let here = format!("{}/{}", Asset::PATH, kept.id);
    frame
        .breadcrumbs
        .push(Crumb::new(kept.content.name.clone(), here));
    context.respond(frame, body).await
}

/// Searching for the other row.
async fn choose(context: &Context, id: Uuid, search: &str) -> Result<Response, WebError> {
    let proof = authorize::<Asset, actions::ReadInventory>(context, id).await?;
    let t = context.t();
    let kept: Record<Asset> = store::get(context.database(), &proof, id).await?;
    let here = format!("{}/{id}/merge", Asset::PATH);
    let pairs = merging::pairs(context, &proof).await?;
    let likely: Vec<(Uuid, &str, String)> = pairs
        .iter()
        .filter_map(|pair| {
            let other = match id {
                id if id == pair.kept.0 => &pair.gone,
                id if id == pair.gone.0 => &pair.kept,
                _ => return None,
            };
            Some((other.0, other.1.as_str(), keys_words(t, &pair.keys)))
        })
        .take(PAIRS)
        .collect();
    let found: Vec<Record<Asset>> = match search.trim() {
        "" => Vec::new(),
        words => {
            let filter = Filter {
                search: Some(words.chars().take(100).collect()),
                with_gone: true,
                ..Filter::default()
            };
            store::list(context.database(), &proof, &filter, None, OFFERED).await?
        }
    };
    let found: Vec<&Record<Asset>> = found.iter().filter(|record| record.id != id).collect();
    let compare = |other: Uuid| {
        let other = other.to_string();
        address(&here, [("other", other.as_str())])
    };
    let state = FormState::empty().with("search", search);
    let body = html! {
        (card(t.t("inventory-merge-likely"), html! {
            @if likely.is_empty() { p { (t.t("inventory-merge-likely-none")) } }
            @else {
                ul { @for (other, name, keys) in &likely {
                    li { a href=(compare(*other)) { (name) } " " span.small { (keys) } }
                } }
            }
        }))
        (card(t.t("inventory-merge-search"), html! {
            (form(t, &Form::get(&here), html! {
                (text_field(t, &state, &FormField::new("search", t.t("inventory-filter-search"))
                    .hint(t.t("inventory-import-products-search-hint"))))
                (button_row(&Button::secondary(t.t("inventory-import-products-find")), &[]))
            }))
            @if !search.trim().is_empty() && found.is_empty() {
                p { (t.t("inventory-import-products-nothing")) }
            }
            ul { @for record in &found {
                li {
                    a href=(compare(record.id)) { (record.content.name) } " "
                    span.small {
                        (record.content.management_number) " " (record.content.serial_number) " "
                        (record.content.ip_addresses.join("、"))
                    }
                }
            } }
        }))
    };
    frame_of(context, &kept, "inventory-merge", body).await
}

/// The words of a value, with the names of what it refers to.
fn value_words(t: &Translator, names: &Names, key: &str, value: &Json) -> String {
    let Some(spec) = Asset::FIELDS.iter().find(|spec| spec.key == key) else {
        return String::new();
    };
    let text = match (spec.input, value.as_str()) {
        (Input::System | Input::Asset | Input::Vendor, Some(id)) => {
            names.of(id).unwrap_or(id).to_owned()
        }
        _ => words::value(t, spec, value),
    };
    match text.is_empty() {
        true => t.t("inventory-nothing").to_owned(),
        false => text,
    }
}

fn choice_of(
    t: &Translator,
    state: &FormState,
    difference: &Difference,
    (own, theirs): (&Names, &Names),
) -> Markup {
    let name = format!("take-{}", difference.key);
    let kept = value_words(t, own, difference.key, &difference.kept);
    let gone = value_words(t, theirs, difference.key, &difference.gone);
    let both = t.t("inventory-merge-both");
    let mut choices = vec![
        Choice::new(Side::Kept.code(), &kept),
        Choice::new(Side::Gone.code(), &gone),
    ];
    if difference.can_join() {
        choices.push(Choice::new(Side::Both.code(), both));
    }
    let mut state = state.clone();
    if state.value(&name).is_empty() {
        state.set(&name, difference.proposed.code());
    }
    let field = FormField::new(&name, words::label(t, difference.key));
    radio_group(t, &state, &field, &choices, RadioStyle::List)
}

async fn side_by_side(
    context: &Context,
    id: Uuid,
    other: Uuid,
    state: &FormState,
) -> Result<Response, WebError> {
    let proof = authorize::<Asset, actions::ReadInventory>(context, id).await?;
    let t = context.t();
    let kept: Record<Asset> = store::get(context.database(), &proof, id).await?;
    let gone: Record<Asset> = store::get(context.database(), &proof, other).await?;
    let refusal = match () {
        () if id == other => Some("inventory-merge-same"),
        () if kept.removed_at.is_some() || gone.removed_at.is_some() => {
            Some("inventory-merge-removed")
        }
        () => None,
    };
    if let Some(why) = refusal {
        return Err(WebError::invalid(why));
    }
    let names = (
        &names_for(context, &kept.content).await?,
        &names_for(context, &gone.content).await?,
    );
    let here = format!("{}/{id}/merge", Asset::PATH);
    let own = id.to_string();
    let swapped = address(
        &format!("{}/{other}/merge", Asset::PATH),
        [("other", own.as_str())],
    );
    let are_apart = store::told_apart(context.database(), &proof)
        .await?
        .are(id, other);
    let differences = merging::differences(&kept.content, &gone.content);
    let said = |record: &Record<Asset>| record.content.serial_number.clone();
    let are_two = !said(&kept).is_empty() && !said(&gone).is_empty() && said(&kept) != said(&gone);
    let body = html! {
        (error_summary(t, state))
        @if are_two {
            (note(t, Tone::Caution, html! { (t.t("inventory-merge-serials-differ")) }))
        }
        @if are_apart {
            (note(t, Tone::Info, html! {
                (t.t("inventory-apart-said")) " " (told_apart_form(t, id, other, false))
            }))
        } @else {
            (card(t.t("inventory-apart-title"), html! {
                p { (t.t("inventory-apart-why")) }
                (told_apart_form(t, id, other, true))
            }))
        }
        (card(t.t("inventory-merge-what"), html! {
            p { (t.t_args("inventory-merge-does", args![
                ("kept", kept.content.name.as_str()), ("gone", gone.content.name.as_str())
            ])) }
            p {
                a href={ (Asset::PATH) "/" (id) } { (kept.content.name) } "、"
                a href={ (Asset::PATH) "/" (other) } { (gone.content.name) } "　"
                a href=(swapped) { (t.t("inventory-merge-swap")) }
            }
            (form(t, &Form::post(&here).confirm(t.t("inventory-merge-confirm")), html! {
                (hidden("other", &other.to_string()))
                (hidden("revision", &kept.revision.to_string()))
                (hidden("other_revision", &gone.revision.to_string()))
                @if differences.is_empty() { p { (t.t("inventory-merge-alike")) } }
                @for difference in &differences {
                    (choice_of(t, state, difference, names))
                }
                (button_row(&Button::primary(t.t("inventory-merge-do")), &[
                    link_button(&format!("{}/{id}", Asset::PATH), t.t("inventory-cancel"), false),
                ]))
            }))
        }))
    };
    frame_of(context, &kept, "inventory-merge", body).await
}

/// Whether somebody else was first.
fn is_conflict(error: &WebError) -> bool {
    match error {
        WebError::Conflict => true,
        WebError::Store(error) => matches!(**error, yagura_store::StoreError::Conflict),
        _ => false,
    }
}

pub(super) async fn merge(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<Asset, actions::EditInventory>(&context, id).await?;
    let read = authorize::<Asset, actions::ReadInventory>(&context, id).await?;
    let t = context.t();
    let other = parse_uuid(state.value("other"))
        .map_err(|_| WebError::invalid("inventory-merge-choose"))?;
    let kept: Record<Asset> = store::get(context.database(), &read, id).await?;
    let gone: Record<Asset> = store::get(context.database(), &read, other).await?;
    let chosen = |key: &str| state.value(&format!("take-{key}")).to_owned();
    let content = match merging::merged(&kept, &gone, chosen) {
        Ok(content) => content,
        Err(problems) => {
            for problem in &problems {
                let field = format!("take-{}", problem.field);
                state.add_error(field, words::problem(t, problem));
            }
            let page = side_by_side(&context, id, other, &state).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let revision = |name: &str| state.value(name).parse().unwrap_or(-1);
    let rows = (
        AsRead {
            id,
            revision: revision("revision"),
        },
        AsRead {
            id: other,
            revision: revision("other_revision"),
        },
    );
    match merging::merge(&context, &proof, rows, &content).await {
        Ok(()) => {
            let message = FlashMessage::done("inventory-merged")
                .with("kept", &content.name)
                .with("gone", &gone.content.name);
            Ok(context.redirect(&format!("{}/{id}", Asset::PATH), message))
        }
        Err(error) if is_conflict(&error) => {
            let other = other.to_string();
            let to = address(
                &format!("{}/{id}/merge", Asset::PATH),
                [("other", other.as_str())],
            );
            let message = FlashMessage::failed("inventory-merge-look-again");
            Ok(context.redirect(&to, message))
        }
        Err(error) => Err(error),
    }
}
