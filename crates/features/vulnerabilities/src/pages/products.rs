//! What devices are: the texts of the register with the products that they mean, and the form in
//! which a person confirms it once.

use std::sync::Arc;

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use vulnmatch::cpe::Name;
use yagura_kernel::policy::{Action, ActionType, Authorized, actions};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, empty_state, filter_bar, note, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, checkbox_group, error_summary, form,
    link_button, select, textarea,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{PAGE, PRODUCTS, crumbs, may};
use crate::model::products::{TextKind, TextState};
use crate::shared::Shared;
use crate::store::dictionary::{self as entries, Entry};
use crate::store::products::{self, TextRow};
use crate::{operations, words};

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct TextQuery {
    state: String,
    after: String,
}

fn state_of(code: &str) -> Option<TextState> {
    TextState::ALL
        .into_iter()
        .find(|state| state.code() == code)
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<TextQuery>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::ReadVulnerabilities>()
        .await?;
    let t = context.t();
    let database = context.database();
    let state = state_of(&query.state);
    let after = query
        .after
        .split_once('_')
        .and_then(|(rank, id)| Some((rank.parse().ok()?, yagura_kernel::id::parse_uuid(id).ok()?)));
    let mut rows = products::texts(database, &proof, state, after, PAGE + 1).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);
    let undecided = products::undecided(database, &proof, 20).await?;
    let next = rows.last().filter(|_| has_more).map(|last| {
        let after = format!("{}_{}", last.state, last.id);
        yagura_web::address(
            PRODUCTS,
            [("state", query.state.as_str()), ("after", &after)],
        )
    });
    let mut frame = context.frame(t.t("vulnerabilities-products-title"));
    frame.breadcrumbs = crumbs(&context, true);
    frame.lede = Some(html! { (t.t("vulnerabilities-products-lede")) });
    let mut states = vec![Choice::new("", t.t("vulnerabilities-filter-all"))];
    states.extend(TextState::ALL.map(|one| Choice::new(one.code(), words::text_state(t, one).1)));
    let filled = FormState::empty().with("state", query.state.as_str());
    let field = Field::new("state", t.t("vulnerabilities-field-state"));
    let filter = select(t, &filled, &field, &states);
    let body = html! {
        (filter_bar(t, PRODUCTS, filter, state.is_some().then_some(PRODUCTS)))
        section.card aria-label=(t.t("vulnerabilities-products-title")) {
            @if rows.is_empty() {
                (empty_state(t.t("vulnerabilities-products-none"), html! { (t.t("vulnerabilities-products-none-why")) }))
            } @else {
                (table(&context, &rows))
                @if let Some(next) = &next { p { a href=(next) rel="next" { (t.t("vulnerabilities-next")) } } }
            }
        }
        @if !undecided.is_empty() {
            (card(t.t("vulnerabilities-undecided"), html! {
                p { (t.t("vulnerabilities-undecided-why")) }
                ul { @for device in &undecided { li {
                    a href={ "/inventory/assets/" (device.asset_id) } { (device.name) } " "
                    (t.t_args("vulnerabilities-undecided-count", args![("count", device.undecided)]))
                } } }
            }))
        }
    };
    context.respond(frame, body).await
}

fn table(context: &Context, rows: &[TextRow]) -> Markup {
    let t = context.t();
    let columns = vec![
        Column::text(t.t("vulnerabilities-field-text")),
        Column::text(t.t("vulnerabilities-field-kind")),
        Column::text(t.t("vulnerabilities-field-state")),
        Column::number(t.t("vulnerabilities-field-devices")),
    ];
    let rows = rows
        .iter()
        .map(|row| {
            let state = TextState::of_rank(row.state);
            let (tone, word) = words::text_state(t, state);
            let kind = TextKind::from_code(&row.kind).map_or("", |kind| words::text_kind(t, kind));
            TableRow::new(vec![
                html! { a href={ (PRODUCTS) "/" (row.id) } { (row.text) } },
                html! { (kind) },
                html! {
                    (tag(tone, word))
                    @if state == TextState::Guessed {
                        " " (t.t_args("vulnerabilities-score", args![("score", row.score)]))
                    }
                },
                html! { (row.devices) },
            ])
        })
        .collect();
    data_table(&Table::new(t.t("vulnerabilities-products-title"), columns, rows).sticky())
}

async fn authorize_text<A: ActionType>(
    context: &Context,
    id: Uuid,
) -> Result<Authorized<A>, WebError> {
    let organization = products::owner_of_text(context.database(), id).await?;
    context.authorize::<A>(organization).await
}

pub(super) async fn form_page(
    shared: Arc<Shared>,
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    show(&shared, &context, id, FormState::empty()).await
}

async fn show(
    process: &Shared,
    context: &Context,
    id: Uuid,
    typed: FormState,
) -> Result<Response, WebError> {
    let proof = authorize_text::<actions::ReadVulnerabilities>(context, id).await?;
    let t = context.t();
    let row = products::text(context.database(), &proof, id).await?;
    let (own, shared) = entries::entries_of(context.database(), &proof, &row.text_key).await?;
    let (_, dictionary) = process.names(&context.app).await?;
    let candidates = dictionary.candidates(&row.text);
    let faulty = typed.has_errors();
    let mut state = typed;
    if !faulty {
        let chosen = own
            .as_ref()
            .or(shared.as_ref())
            .map(Entry::names)
            .unwrap_or_default();
        let known: Vec<String> = candidates.iter().map(|one| one.name.to_string()).collect();
        let pairs = chosen
            .iter()
            .map(ToString::to_string)
            .filter(|name| known.contains(name))
            .map(|name| ("cpe".to_owned(), name));
        state = FormState::from_pairs(pairs);
        let others: Vec<String> = chosen
            .iter()
            .map(ToString::to_string)
            .filter(|name| !known.contains(name))
            .collect();
        state.set("other", others.join("\n"));
    }
    let mut frame = context.frame(row.text.clone());
    frame.breadcrumbs = crumbs(context, true);
    frame.lede = Some(html! { (t.t("vulnerabilities-product-lede")) });
    let labels: Vec<(String, String)> = candidates
        .iter()
        .map(|one| {
            let name = one.name.to_string();
            let words = t.t_args(
                "vulnerabilities-candidate",
                args![("name", name.as_str()), ("score", i64::from(one.score))],
            );
            (name, words.into_owned())
        })
        .collect();
    let choices: Vec<Choice<'_>> = labels
        .iter()
        .map(|(name, words)| Choice::new(name, words))
        .collect();
    let body = html! {
        (error_summary(t, &state))
        @if let Some(entry) = &shared {
            (note(t, Tone::Info, html! {
                (t.t_args("vulnerabilities-shared-says", args![
                    ("names", names(&entry.names())), ("date", t.date(entry.decided_at.jst_date()))
                ]))
            }))
        }
        @if let Some(entry) = &own {
            (note(t, Tone::Success, html! {
                (t.t_args("vulnerabilities-own-says", args![
                    ("names", names(&entry.names())), ("date", t.date(entry.decided_at.jst_date())),
                    ("by", entry.by_name.clone().unwrap_or_default())
                ]))
            }))
        }
        @if may(context, Action::AssessVulnerabilities) {
            (card(t.t("vulnerabilities-product-choose"), html! {
                (form(t, &Form::post(&format!("{PRODUCTS}/{id}")), html! {
                    @if !choices.is_empty() {
                        (checkbox_group(t, &state, &Field::new("cpe", t.t("vulnerabilities-field-candidates")), &choices))
                    }
                    (textarea(t, &state, &Field::new("other", t.t("vulnerabilities-field-other"))
                        .hint(t.t("vulnerabilities-other-hint")).rows(2)))
                    (button_row(&Button::primary(t.t("vulnerabilities-product-confirm")), &[
                        yagura_web::ui::forms::button(&Button::secondary(t.t("vulnerabilities-product-nothing")).sending("act", "none")),
                        yagura_web::ui::forms::button(&Button::quiet(t.t("vulnerabilities-product-forget")).sending("act", "forget")),
                        link_button(PRODUCTS, t.t("vulnerabilities-cancel"), false),
                    ]))
                }))
            }))
        } @else if !labels.is_empty() {
            (card(t.t("vulnerabilities-field-candidates"), html! {
                ul { @for (_, words) in &labels { li { (words) } } }
            }))
        }
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        super::unprocessable(response)
    } else {
        response
    })
}

fn names(names: &[Name]) -> String {
    let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
    if texts.is_empty() {
        "—".to_owned()
    } else {
        texts.join("、")
    }
}

pub(super) async fn save(
    shared: Arc<Shared>,
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize_text::<actions::AssessVulnerabilities>(&context, id).await?;
    let read = authorize_text::<actions::ReadVulnerabilities>(&context, id).await?;
    let row = products::text(context.database(), &read, id).await?;
    let t = context.t();
    let (cpes, key) = match state.value("act") {
        "forget" => (None, "vulnerabilities-product-forgotten"),
        "none" => (Some(Vec::new()), "vulnerabilities-product-saved"),
        _ => {
            let written: Vec<String> = state
                .values("cpe")
                .iter()
                .cloned()
                .chain(state.value("other").lines().map(str::to_owned))
                .filter(|text| !text.trim().is_empty())
                .take(20)
                .collect();
            let mut cpes = Vec::new();
            for text in &written {
                match Name::parse_lenient(text) {
                    Ok(name) => cpes.push(name.to_string()),
                    Err(_) => state.add_error(
                        "other",
                        t.t_args("vulnerabilities-error-cpe", args![("text", text.as_str())]),
                    ),
                }
            }
            if cpes.is_empty() && !state.has_errors() {
                state.add_error("other", t.t("vulnerabilities-error-no-product"));
            }
            (Some(cpes), "vulnerabilities-product-saved")
        }
    };
    if state.has_errors() {
        return show(&shared, &context, id, state).await;
    }
    operations::identify(&context, &proof, &row, cpes.as_deref()).await?;
    let message = FlashMessage::done(key).with("text", row.text);
    Ok(context.redirect(PRODUCTS, message))
}
