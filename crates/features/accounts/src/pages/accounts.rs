//! Accounts: all of them, and those of which a person must say whose they are.

use accountmatch::matching::Decision;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::format_iso;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, card, data_table, description_list, empty_state,
    filter_bar, pagination, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, RadioStyle, button_row, error_summary, form,
    link_button, radio_group, select, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{PAGE, PAGE_ROWS, crumbs, file, may, parts, read_proof, u64_of, unprocessable};
use crate::store::{self, AccountFilter, AccountRow};
use crate::{export, operations, words};

const LIST: &str = "/accounts/list";
const MATCHES: &str = "/accounts/matches";
/// States of owners, for the filter.
const OWNERS: [&str; 6] = ["staff", "open", "gone", "shared", "service", "nobody"];

/// Which accounts are asked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct AccountQuery {
    q: String,
    source: String,
    owner: String,
    staff: String,
    after: String,
}

impl AccountQuery {
    fn filter(&self) -> AccountFilter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        AccountFilter {
            search: given(&self.q),
            source: super::parse_id(&self.source),
            owner: given(&self.owner),
            staff: given(&self.staff),
            ..AccountFilter::default()
        }
    }

    fn link(&self, path: &str, after: &str) -> String {
        yagura_web::address(
            path,
            [
                ("q", self.q.as_str()),
                ("source", &self.source),
                ("owner", &self.owner),
                ("staff", &self.staff),
                ("after", after),
            ],
        )
    }
}

pub(super) fn table(t: &Translator, rows: &[AccountRow], label: &str) -> Markup {
    let rows = rows
        .iter()
        .map(|row| {
            let account = row.account();
            TableRow::new(vec![
                html! { a href={ "/accounts/of/" (row.id) } { (account.id) } @if !row.name.is_empty() { br; (row.name) } },
                html! { (row.source_name) },
                owner_words(t, row),
                html! { (words::enabled_tag(t, row.enabled)) },
                html! { (words::moment(t, account.last_sign_in)) },
                html! {
                    @if row.privileged == Some(true) { (tag(Tone::Late, t.t("accounts-administrator"))) }
                    @else { (words::known(t, row.privileged)) }
                },
            ])
        })
        .collect();
    data_table(
        &Table::new(
            label,
            vec![
                Column::text(t.t("accounts-field-account")),
                Column::text(t.t("accounts-field-source")),
                Column::text(t.t("accounts-field-owner")),
                Column::text(t.t("accounts-column-enabled")),
                Column::text(t.t("accounts-column-last-sign-in")),
                Column::text(t.t("accounts-column-privileged")),
            ],
            rows,
        )
        .sticky(),
    )
}

fn owner_words(t: &Translator, row: &AccountRow) -> Markup {
    let state = row.state.as_deref().unwrap_or("pending");
    let name = row.owner_name.as_deref().unwrap_or_default();
    html! {
        @if state == "staff" { (name) }
        @else { (words::owner_state(t, state)) @if !name.is_empty() { " (" (name) ")" } }
    }
}

pub(super) async fn list(
    context: Context,
    QueryOf(query): QueryOf<AccountQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (t, database) = (context.t(), context.database());
    let filter = query.filter();
    let after = super::parse_id(&query.after);
    let mut rows = store::list_accounts(database, &proof, &filter, after, PAGE + 1).await?;
    let has_more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let total = store::count_accounts(database, &proof, &filter).await?;
    let sources = store::sources(database, &proof).await?;
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| query.link(LIST, &last.id.to_string()));
    let first = after.is_some().then(|| query.link(LIST, ""));
    let state = FormState::empty()
        .with("q", query.q.as_str())
        .with("source", query.source.as_str())
        .with("owner", query.owner.as_str());
    let ids: Vec<String> = sources.iter().map(|source| source.id.to_string()).collect();
    let mut of = vec![Choice::new("", t.t("accounts-filter-all"))];
    of.extend(
        ids.iter()
            .zip(&sources)
            .map(|(id, source)| Choice::new(id, &source.name)),
    );
    let mut owners = vec![Choice::new("", t.t("accounts-filter-all"))];
    owners.extend(
        OWNERS
            .iter()
            .map(|code| Choice::new(code, words::owner_state(t, code))),
    );
    let is_filtered = ![&query.q, &query.source, &query.owner, &query.staff]
        .iter()
        .all(|text| text.is_empty());
    let mut frame = context.frame(t.t("accounts-part-list"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.actions = Some(html! {
        (link_button(&query.link("/accounts/list.xlsx", ""), t.t("accounts-save-xlsx"), false))
    });
    let body = html! {
        (parts(t, LIST))
        (filter_bar(t, LIST, html! {
            (text_field(t, &state, &Field::new("q", t.t("accounts-search"))))
            (select(t, &state, &Field::new("source", t.t("accounts-field-source")), &of))
            (select(t, &state, &Field::new("owner", t.t("accounts-field-owner")), &owners))
        }, is_filtered.then_some(LIST)))
        section.card aria-label=(t.t("accounts-part-list")) {
            @if rows.is_empty() {
                (empty_state(t.t("accounts-list-none"), html! { (t.t("accounts-list-none-why")) }))
            } @else {
                (table(t, &rows, t.t("accounts-part-list")))
                (pagination(t, &Listing {
                    total: u64_of(total),
                    shown: u64::try_from(rows.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("accounts-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    context.respond(frame, body).await
}

pub(super) async fn workbook(
    context: Context,
    QueryOf(query): QueryOf<AccountQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let rows =
        store::list_accounts(context.database(), &proof, &query.filter(), None, 100_000).await?;
    save(context, &proof, rows, "accounts-part-list").await
}

pub(super) async fn save(
    context: Context,
    proof: &store::Read,
    rows: Vec<AccountRow>,
    title: &'static str,
) -> Result<Response, WebError> {
    let detail = serde_json::json!({ "accounts": rows.len() });
    context
        .audit_read(proof, "account", context.organization.id, detail)
        .await?;
    let made = export::Made::of(&context);
    let bytes = context
        .app
        .make_document(move || export::accounts(&made, title, &rows))
        .await?;
    let words = context.t().find(title).unwrap_or_default();
    let name = format!("{words} {}.xlsx", format_iso(context.today));
    Ok(file(bytes, export::XLSX, &name))
}

/// Which proposals are asked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct MatchQuery {
    source: String,
    after: String,
}

fn match_cursor(text: &str) -> Option<(i64, Uuid)> {
    let (score, id) = text.split_once('_')?;
    Some((score.parse().ok()?, super::parse_id(id)?))
}

/// The candidates that were found for an account.
pub(super) fn candidates(row: &AccountRow) -> Vec<Json> {
    row.detail
        .as_deref()
        .filter(|_| row.state.as_deref() == Some("open"))
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

pub(super) fn said<'j>(candidate: &'j Json, field: &str) -> &'j str {
    candidate
        .get(field)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// Why somebody is proposed, in words.
pub(super) fn reasons(t: &Translator, candidate: &Json) -> String {
    let mut all: Vec<&str> = candidate
        .get("rules")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(|code| words::rule(t, code))
        .collect();
    if candidate.get("namesakes").and_then(Json::as_bool) == Some(true) {
        all.push(t.t("accounts-namesakes"));
    }
    all.join("、")
}

pub(super) async fn matches(
    context: Context,
    QueryOf(query): QueryOf<MatchQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (t, database) = (context.t(), context.database());
    let source = super::parse_id(&query.source);
    let before = match_cursor(&query.after);
    let mut rows = store::proposals(database, &proof, source, before, 21).await?;
    let has_more = rows.len() > 20;
    rows.truncate(20);
    let total = store::count_proposals(database, proof.organization()).await?;
    let link = |after: &str| {
        yagura_web::address(
            MATCHES,
            [("source", query.source.as_str()), ("after", after)],
        )
    };
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| link(&format!("{}_{}", last.score.unwrap_or_default(), last.id)));
    let first = before.is_some().then(|| link(""));
    let may_edit = may(&context, Action::EditAccounts);
    let mut frame = context.frame(t.t("accounts-part-matches"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("accounts-matches-lede")) });
    let rows_shown: Vec<TableRow> = rows
        .iter()
        .map(|row| {
            let people = candidates(row);
            let best = people.first();
            let here = format!("/accounts/of/{}", row.id);
            TableRow::new(vec![
                html! { a href=(here) { (row.account().id) } @if !row.name.is_empty() { br; (row.name) } },
                html! { (row.source_name) },
                html! {
                    @match best {
                        Some(best) => {
                            (said(best, "name")) " " (said(best, "number")) " " (said(best, "department"))
                            br; span.small { (reasons(t, best)) }
                            @if people.len() > 1 {
                                br; span.small { (t.t("accounts-match-others")) " " (people.len() - 1) }
                            }
                        }
                        None => { (t.t("accounts-ground-nobody-fits")) },
                    }
                },
                html! {
                    @if may_edit {
                        @if let Some(best) = best {
                            (form(t, &Form::post(&format!("{here}/decide")), html! {
                                (yagura_web::ui::forms::hidden("decision", "person"))
                                (yagura_web::ui::forms::hidden("person", said(best, "key")))
                                (yagura_web::ui::forms::hidden("back", "matches"))
                                (yagura_web::ui::forms::button(&Button::secondary(t.t("accounts-match-yes"))))
                            }))
                        }
                        a href=(here) { (t.t("accounts-match-other")) }
                    }
                },
            ])
        })
        .collect();
    let body = html! {
        (parts(t, MATCHES))
        section.card aria-label=(t.t("accounts-part-matches")) {
            @if rows.is_empty() {
                (empty_state(t.t("accounts-matches-none"), html! { (t.t("accounts-matches-none-why")) }))
            } @else {
                (data_table(&Table::new(t.t("accounts-part-matches"), vec![
                    Column::text(t.t("accounts-field-account")),
                    Column::text(t.t("accounts-field-source")),
                    Column::text(t.t("accounts-match-best")),
                    Column::action(t.t("accounts-match-decide")),
                ], rows_shown)))
                (pagination(t, &Listing {
                    total: u64_of(total),
                    shown: u64::try_from(rows.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("accounts-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    context.respond(frame, body).await
}

async fn read(context: &Context, id: Uuid) -> Result<(store::Read, AccountRow), WebError> {
    let owner = store::account_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::ReadAccounts>(owner).await?;
    let row = store::account(context.database(), owner, id).await?;
    Ok((proof, row))
}

pub(super) async fn one(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    show(&context, id, FormState::empty()).await
}

async fn show(context: &Context, id: Uuid, state: FormState) -> Result<Response, WebError> {
    let (proof, row) = read(context, id).await?;
    let t = context.t();
    let found = store::finding_of(context.database(), &proof, row.source_id, &row.key).await?;
    let account = row.account();
    let facts: Vec<(&str, Markup)> = words::facts(t, &account)
        .into_iter()
        .filter_map(|(key, value)| Some((t.find(key)?, value)))
        .collect();
    let mut frame = context.frame(account.id.clone());
    frame.breadcrumbs = crumbs(context, Some((t.t("accounts-part-list"), LIST)));
    frame.lede = Some(html! { (row.source_name) });
    let faulty = state.has_errors();
    let body = html! {
        (error_summary(t, &state))
        (card(t.t("accounts-whose"), html! {
            p { (owner_words(t, &row)) }
            @if may(context, Action::EditAccounts) { (decide_form(t, &row, &state)) }
        }))
        @if !found.is_empty() {
            (card(t.t("accounts-part-findings"), html! {
                ul { @for finding in &found {
                    li {
                        a href={ "/accounts/findings/" (finding.id) } { (words::kind(t, &finding.kind)) }
                        " " (words::gravity_tag(t, finding.gravity)) " " (words::state_tag(t, &finding.state))
                    }
                } }
            }))
        }
        (card(t.t("accounts-account"), description_list(&facts)))
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        unprocessable(response)
    } else {
        response
    })
}

fn decide_form(t: &Translator, row: &AccountRow, state: &FormState) -> Markup {
    let people = candidates(row);
    let words: Vec<(String, String, String)> = people
        .iter()
        .map(|person| {
            let name = format!(
                "{} {} {}",
                said(person, "name"),
                said(person, "number"),
                said(person, "department")
            );
            (
                format!("key:{}", said(person, "key")),
                name,
                reasons(t, person),
            )
        })
        .collect();
    let mut choices: Vec<Choice<'_>> = words
        .iter()
        .map(|(value, name, why)| Choice::new(value, name).hint(why))
        .collect();
    choices.push(
        Choice::new("person", t.t("accounts-decide-person"))
            .hint(t.t("accounts-decide-person-hint")),
    );
    choices.push(
        Choice::new("shared", t.t("accounts-decide-shared"))
            .hint(t.t("accounts-decide-answers-hint")),
    );
    choices.push(
        Choice::new("service", t.t("accounts-decide-service"))
            .hint(t.t("accounts-decide-answers-hint")),
    );
    choices.push(Choice::new("nobody", t.t("accounts-decide-nobody")));
    if !people.is_empty() {
        choices.push(Choice::new(
            "none_of_these",
            t.t("accounts-decide-none-of-these"),
        ));
    }
    let here = format!("/accounts/of/{}", row.id);
    html! {
        (form(t, &Form::post(&format!("{here}/decide")), html! {
            (radio_group(t, state, &Field::new("decision", t.t("accounts-decide")).required(),
                &choices, RadioStyle::List))
            (text_field(t, state, &Field::new("person", t.t("accounts-decide-who"))
                .hint(t.t("accounts-decide-who-hint")).longest(200)))
            (button_row(&Button::primary(t.t("accounts-decide-button")), &[]))
        }))
    }
}

/// The key of a person who was named by key, number or full name; an error where nobody or several
/// fit.
async fn who(context: &Context, text: &str) -> Result<Result<String, &'static str>, WebError> {
    let database = context.database();
    let organization = context.organization.id;
    let text = text.trim();
    for key in [text.to_owned(), format!("n:{}", text.to_lowercase())] {
        if store::person(database, organization, &key).await?.is_some() {
            return Ok(Ok(key));
        }
    }
    let (current, vanished) = store::staff_of(database, organization).await?;
    let wanted = accountmatch::names::folded(text);
    let mut found = current
        .iter()
        .chain(vanished.iter().map(|(staff, _)| staff))
        .filter(|staff| !wanted.is_empty() && accountmatch::names::folded(&staff.name) == wanted);
    Ok(match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.key.clone()),
        (Some(_), Some(_)) => Err("accounts-decide-several"),
        _ => Err("accounts-decide-unknown"),
    })
}

pub(super) async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let owner = store::account_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let row = store::account(context.database(), owner, id).await?;
    let t = context.t();
    let chosen = state.value("decision").to_owned();
    let named = state.value("person").trim().to_owned();
    let mut key = None;
    let needs = match chosen.as_str() {
        "person" => true,
        "shared" | "service" => !named.is_empty(),
        _ => false,
    };
    if needs {
        match who(&context, &named).await? {
            Ok(found) => key = Some(found),
            Err(words) => state.add_error("person", t.find(words).unwrap_or_default()),
        }
    }
    let known: Vec<String> = candidates(&row)
        .iter()
        .map(|person| said(person, "key").to_owned())
        .collect();
    let (decision, refused) = match chosen.as_str() {
        "person" => (key.map(Decision::Person), Vec::new()),
        "shared" => (Some(Decision::Shared(key)), Vec::new()),
        "service" => (Some(Decision::Service(key)), Vec::new()),
        "nobody" => (Some(Decision::Nobody), Vec::new()),
        "none_of_these" => (None, known),
        other => match other
            .strip_prefix("key:")
            .filter(|key| known.iter().any(|one| one == key))
        {
            Some(key) => (Some(Decision::Person(key.to_owned())), Vec::new()),
            None => {
                let label = t.t("accounts-decide");
                let words = t.t_args(
                    "form-error-choose",
                    yagura_web::i18n::args![("label", label)],
                );
                state.add_error("decision", words);
                (None, Vec::new())
            }
        },
    };
    if state.has_errors() {
        return show(&context, id, state).await;
    }
    operations::decide(&context, &proof, &row, decision.as_ref(), &refused).await?;
    let back = if state.value("back") == "matches" {
        MATCHES.to_owned()
    } else {
        format!("/accounts/of/{id}")
    };
    Ok(context.redirect(&back, FlashMessage::done("accounts-decided")))
}
