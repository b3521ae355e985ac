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
    Column, Listing, Table, TableRow, Tone, card, data_table, empty_state, filter_bar, note,
    pagination, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, checkbox_group, error_summary, form,
    link_button, select, text_field, textarea,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{PAGE, PRODUCTS, crumbs, may};
use crate::model::products::{TextKind, TextState};
use crate::shared::Shared;
use crate::store::dictionary::{self as entries, Entry};
use crate::store::products::{self, TextCursor, TextFilter, TextRow};
use crate::{operations, words};

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct TextQuery {
    q: String,
    kind: String,
    state: String,
    after: String,
}

impl TextQuery {
    fn filter(&self) -> TextFilter {
        let search = self.q.trim();
        TextFilter {
            state: state_of(&self.state),
            kind: TextKind::from_code(&self.kind),
            search: (!search.is_empty()).then(|| search.to_owned()),
        }
    }

    fn link(&self, after: Option<TextCursor>) -> String {
        let after = after.map(|cursor| cursor.to_string()).unwrap_or_default();
        yagura_web::address(
            PRODUCTS,
            [
                ("q", self.q.as_str()),
                ("kind", &self.kind),
                ("state", &self.state),
                ("after", &after),
            ],
        )
    }
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
    let filter = query.filter();
    let is_filtered = filter != TextFilter::default();
    let after: Option<TextCursor> = query.after.parse().ok();
    let mut rows = products::texts(database, &proof, &filter, after, PAGE + 1).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);
    let total = products::count_texts(database, &proof, &filter).await?;
    let packages = products::packages(database, &proof).await?;
    let undecided = products::undecided(database, &proof, 20).await?;
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(Some(TextCursor::after(last))));
    let first = after.is_some().then(|| query.link(None));
    let mut frame = context.frame(t.t("vulnerabilities-products-title"));
    frame.breadcrumbs = crumbs(&context, true);
    frame.lede = Some(html! { (t.t("vulnerabilities-products-lede")) });
    let body = html! {
        (filters(&context, &query, is_filtered))
        section.card aria-label=(t.t("vulnerabilities-products-title")) {
            @if rows.is_empty() && is_filtered {
                (empty_state(t.t("vulnerabilities-none-found"), html! { (t.t("vulnerabilities-none-found-why")) }))
            } @else if rows.is_empty() {
                (empty_state(t.t("vulnerabilities-products-none"), html! { (t.t("vulnerabilities-products-none-why")) }))
            } @else {
                (table(&context, &rows))
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default(),
                    shown: u64::try_from(rows.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("vulnerabilities-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
            @if packages > 0 {
                p.small { (t.t_args("vulnerabilities-packages-left-out", args![("count", packages)])) }
            }
        }
        @if !undecided.is_empty() {
            (card(t.t("vulnerabilities-undecided"), html! {
                p { (t.t("vulnerabilities-undecided-why")) }
                ul { @for device in &undecided { li {
                    a href={ "/inventory/assets/" (device.asset_id) } { (device.name) } " "
                    (t.t_args("vulnerabilities-undecided-count", args![("count", device.undecided)]))
                    @if let Some(day) = device.support_until { " " (super::support(&context, day)) }
                } } }
            }))
        }
    };
    context.respond(frame, body).await
}

fn filters(context: &Context, query: &TextQuery, is_filtered: bool) -> Markup {
    let t = context.t();
    let all = Choice::new("", t.t("vulnerabilities-filter-all"));
    let mut states = vec![all.clone()];
    states.extend(TextState::ALL.map(|one| Choice::new(one.code(), words::text_state(t, one).1)));
    let mut kinds = vec![all];
    kinds.extend(TextKind::ALL.map(|one| Choice::new(one.code(), words::text_kind(t, one))));
    let filled = FormState::empty()
        .with("q", query.q.as_str())
        .with("kind", query.kind.as_str())
        .with("state", query.state.as_str());
    let fields = html! {
        (text_field(t, &filled, &Field::new("q", t.t("vulnerabilities-field-text")).longest(100)))
        (select(t, &filled, &Field::new("kind", t.t("vulnerabilities-field-kind")), &kinds))
        (select(t, &filled, &Field::new("state", t.t("vulnerabilities-field-state")), &states))
    };
    filter_bar(t, PRODUCTS, fields, is_filtered.then_some(PRODUCTS))
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
