//! For a vendor: its external connections to all its customers, and what it says of them this
//! fiscal year (2-②).

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, Denial, actions};
use yagura_kernel::time::FiscalYear;
use yagura_store::directory;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, card, card_with, data_table, date_short,
    description_list, details, empty_state, filter_bar, note, pagination, tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, Width, button, button_row, checkbox, form, hidden, text_field,
    textarea,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, NavigationFor, SubmittedForm, Translator, WebError};

use crate::model::{Connection, Content, Record, VENDOR_FACTS, Word};
use crate::store::{self, CustomerFilter, CustomerRow, LONGEST_TEXT, Said, VendorWord};
use crate::{operations, words};

/// The address of the worklist.
pub(crate) const PATH: &str = "/customers/connections";
/// How many customers a page shows.
const PAGE: i64 = 50;
/// The longest search text in bytes.
const LONGEST_SEARCH: usize = 800;

/// Which customers are shown. Everything is optional; empty values are none.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerConnectionsQuery {
    /// Part of the name; width, kana and case do not matter.
    pub(crate) q: Option<String>,
    /// Anything: only customers of whom something is still to be said.
    pub(crate) open: Option<String>,
    /// Where the page begins.
    #[param(ignore)]
    pub(crate) after: Option<String>,
}

fn given(value: Option<&String>) -> Option<&str> {
    value
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

impl CustomerConnectionsQuery {
    /// The filter for the database.
    pub(crate) fn filter(&self) -> Result<CustomerFilter, WebError> {
        let search = given(self.q.as_ref());
        if search.is_some_and(|search| search.len() > LONGEST_SEARCH) {
            return Err(WebError::invalid("inventory-error-filter"));
        }
        Ok(CustomerFilter {
            search: search.map(str::to_owned),
            open: given(self.open.as_ref()).is_some(),
        })
    }

    fn link(&self, after: Option<&str>) -> String {
        let pairs = [
            ("q", given(self.q.as_ref()).unwrap_or_default()),
            ("open", given(self.open.as_ref()).unwrap_or_default()),
            ("after", after.unwrap_or_default()),
        ];
        yagura_web::address(PATH, pairs)
    }
}

/// Refuses who is not of a vendor.
pub(crate) fn require_vendor(context: &Context) -> Result<(), WebError> {
    let whom = NavigationFor {
        principal: &context.principal,
    };
    if whom.may_as_vendor(Action::ReadCustomerConnections) {
        Ok(())
    } else {
        Err(WebError::Forbidden(Denial::Role))
    }
}

/// A part of the worklist, and where it goes on.
pub(crate) async fn part(
    context: &Context,
    filter: &CustomerFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<(Vec<CustomerRow>, Option<String>), WebError> {
    let after = after
        .map(|after| {
            let (id, key) = after.split_once('_')?;
            let id = yagura_kernel::id::parse_uuid(id).ok()?;
            Some((key.to_owned(), OrganizationId::from(id)))
        })
        .map(|place| place.ok_or_else(|| WebError::invalid("inventory-error-filter")))
        .transpose()?;
    let mut rows = store::customers(
        context.database(),
        context.organization.id,
        FiscalYear::of(context.today),
        context.today,
        filter,
        after.as_ref(),
        limit + 1,
    )
    .await?;
    let has_more = i64::try_from(rows.len()).is_ok_and(|number| number > limit);
    if has_more {
        rows.pop();
    }
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| format!("{}_{}", last.id, last.search_key));
    Ok((rows, next))
}

/// How many customers a filter finds.
pub(crate) async fn count(context: &Context, filter: &CustomerFilter) -> Result<i64, WebError> {
    let year = FiscalYear::of(context.today);
    let (database, vendor) = (context.database(), context.organization.id);
    Ok(store::count_customers(database, vendor, year, context.today, filter).await?)
}

fn state(t: &Translator, customer: &CustomerRow) -> Markup {
    html! {
        @if !customer.is_done() {
            (tag(Tone::Neutral, t.t("inventory-vendor-open")))
        } @else if customer.contradictions == 0 {
            (tag(Tone::Success, t.t("inventory-vendor-done")))
        }
        @if customer.contradictions > 0 {
            " " (tag(Tone::Caution, t.t("inventory-vendor-contradicted")))
        }
    }
}

pub(super) async fn worklist(
    context: Context,
    QueryOf(query): QueryOf<CustomerConnectionsQuery>,
) -> Result<Response, WebError> {
    require_vendor(&context)?;
    let filter = query.filter()?;
    let after = given(query.after.as_ref());
    let t = context.t();
    let all = count(&context, &CustomerFilter::default()).await?;
    let open = CustomerFilter {
        open: true,
        ..CustomerFilter::default()
    };
    let open = count(&context, &open).await?;
    let total = count(&context, &filter).await?;
    let (found, next) = part(&context, &filter, after, PAGE).await?;
    let rows = found
        .iter()
        .map(|customer| {
            TableRow::new(vec![
                html! { a href={ "/customers/" (customer.id) "/connections" } { (customer.name) } },
                html! { (t.t_args("inventory-vendor-counts", args![
                    ("connections", customer.connections), ("right", customer.confirmed)
                ])) },
                state(t, customer),
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("inventory-vendor-customer")),
        Column::text(t.t("inventory-connections")),
        Column::text(t.t("inventory-vendor-state")),
    ];
    let form_state = FormState::empty()
        .with("q", given(query.q.as_ref()).unwrap_or_default())
        .with("open", if filter.open { "yes" } else { "" });
    let is_set = filter.open || filter.search.is_some();
    let next = next.map(|next| query.link(Some(&next)));
    let first = after.is_some().then(|| query.link(None));
    let mut frame = context.frame(t.t("inventory-vendor-title"));
    frame.lede = Some(html! {
        (t.t_args("inventory-vendor-lede", args![("open", open), ("count", all)]))
    });
    let body = html! {
        @if all == 0 {
            section.card { (empty_state(t.t("inventory-vendor-empty"), html! {
                (t.t("inventory-vendor-empty-why"))
            })) }
        } @else {
            (filter_bar(t, PATH, html! {
                (text_field(t, &form_state, &Field::new("q", t.t("inventory-vendor-search")).width(Width::Medium)))
                (checkbox(t, &form_state, &Field::new("open", t.t("inventory-vendor-only-open"))))
            }, is_set.then_some(PATH)))
            section.card aria-label=(t.t("inventory-vendor-title")) {
                @if found.is_empty() {
                    (empty_state(t.t("inventory-vendor-none-found"), html! {
                        a href=(PATH) { (t.t("inventory-vendor-show-all")) }
                    }))
                } @else {
                    (data_table(&Table::new(t.t("inventory-vendor-title"), columns, rows).sticky()))
                    (pagination(t, &Listing {
                        total: u64::try_from(total).unwrap_or_default(),
                        shown: u64::try_from(found.len()).unwrap_or_default(),
                        first: None,
                        unit: t.t("inventory-unit"),
                        previous: first.as_deref(),
                        next: next.as_deref(),
                    }))
                }
            }
        }
    };
    context.respond(frame, body).await
}

/// What the register of a customer says of one connection, for its vendor.
fn facts(t: &Translator, record: &Record<Connection>) -> Markup {
    let values = record.content.fields_of();
    let entries: Vec<(&str, Markup)> = Connection::FIELDS
        .iter()
        .filter(|field| field.key != "name" && VENDOR_FACTS.contains(&field.key))
        .map(|field| {
            let value = values.get(field.key).cloned().unwrap_or_default();
            let text = words::value(t, field, &value);
            let shown = if text.is_empty() {
                html! { span.muted { (t.t("inventory-nothing")) } }
            } else {
                html! { (text) }
            };
            (words::label(t, field.key), shown)
        })
        .collect();
    description_list(&entries)
}

/// What stands of a connection, in a mark and a sentence.
fn said(t: &Translator, word: Option<&VendorWord>) -> (Markup, Markup) {
    match word {
        Some(word) if word.word == Word::Right => (
            html! { (tag(Tone::Success, t.t("inventory-vendor-said-right"))) " " (date_short(t, word.said_at.jst_date())) },
            html! {},
        ),
        Some(word) => (
            html! { (tag(Tone::Caution, t.t("inventory-vendor-said-wrong"))) " " (date_short(t, word.said_at.jst_date())) },
            html! { p { (word.text) } p.small { (t.t("inventory-vendor-waits-for-customer")) } },
        ),
        None => (tag(Tone::Neutral, t.t("inventory-vendor-open")), html! {}),
    }
}

pub(super) async fn customer(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::ReadCustomerConnections>(customer)
        .await?;
    let (database, t) = (context.database(), context.t());
    let vendor = context.organization.id;
    let name = directory::get(database, proof.organization()).await?.name;
    let connections = store::connections_of_vendor(database, vendor, &[customer]).await?;
    let year = FiscalYear::of(context.today);
    let standing = store::words_of_vendor(database, vendor, &[customer], year).await?;
    let whom = NavigationFor {
        principal: &context.principal,
    };
    let may_say = whom.may_as_vendor(Action::ConfirmCustomerConnections);
    let here = format!("/customers/{customer}/connections");
    let general: Vec<&VendorWord> = standing
        .iter()
        .filter(|word| word.connection.is_none())
        .collect();
    let says_none = general.iter().find(|word| word.word == Word::None);
    let cards = connections.iter().map(|record| {
        let word = standing
            .iter()
            .find(|word| word.connection == Some(record.id));
        let (mark, more) = said(t, word);
        let about = html! {
            (hidden("connection", &record.id.to_string()))
            (hidden("revision", &record.revision.to_string()))
        };
        let ids = FormState::empty().with_id_prefix(record.id.to_string());
        card_with(record.content.name(), mark, html! {
            (more)
            (facts(t, record))
            @if may_say {
                @if word.is_none_or(|word| word.word != Word::Right) {
                    (form(t, &Form::post(&here), html! {
                        (about) (hidden("word", Word::Right.code()))
                        (button(&Button::primary(t.t("inventory-vendor-say-right"))))
                    }))
                }
                (details(t.t("inventory-vendor-say-wrong"), form(t, &Form::post(&here), html! {
                    (about) (hidden("word", Word::Wrong.code()))
                    (textarea(t, &ids, &Field::new("text", t.t("inventory-vendor-what-is-wrong"))
                        .hint(t.t("inventory-vendor-what-is-wrong-hint"))
                        .required().longest(LONGEST_TEXT)))
                    (button_row(&Button::secondary(t.t("inventory-vendor-send")), &[]))
                })))
            }
        })
    });
    let mut frame = context.frame(&name);
    frame.breadcrumbs = vec![
        Crumb::new(t.t("nav-home"), "/"),
        Crumb::new(t.t("inventory-vendor-title"), PATH),
    ];
    frame.lede = Some(html! { (t.t("inventory-vendor-customer-lede")) });
    let body = html! {
        @for card in cards { (card) }
        @if connections.is_empty() {
            (card(t.t("inventory-vendor-no-connection"), html! {
                @if let Some(word) = says_none {
                    (note(t, Tone::Success, html! {
                        (t.t_args("inventory-vendor-said-none", args![
                            ("date", t.date(word.said_at.jst_date()))
                        ]))
                    }))
                } @else {
                    p { (t.t("inventory-vendor-no-connection-why")) }
                    @if may_say {
                        (form(t, &Form::post(&here), html! {
                            (hidden("word", Word::None.code()))
                            (button(&Button::primary(t.t("inventory-vendor-say-none"))))
                        }))
                    }
                }
            }))
        }
        (card(t.t("inventory-vendor-another"), html! {
            @for word in general.iter().filter(|word| word.word == Word::Another) {
                (note(t, Tone::Caution, html! {
                    (word.text) br; span.small {
                        (date_short(t, word.said_at.jst_date())) " " (t.t("inventory-vendor-waits-for-customer"))
                    }
                }))
            }
            p { (t.t("inventory-vendor-another-why")) }
            @if may_say {
                (form(t, &Form::post(&here), html! {
                    (hidden("word", Word::Another.code()))
                    (textarea(t, &FormState::empty(), &Field::new("text", t.t("inventory-vendor-which"))
                        .hint(t.t("inventory-vendor-which-hint"))
                        .required().longest(LONGEST_TEXT)))
                    (button_row(&Button::secondary(t.t("inventory-vendor-send")), &[]))
                }))
            }
        }))
    };
    context.respond(frame, body).await
}

/// What a vendor says, from the fields of a form or of the API.
///
/// # Errors
/// [`WebError::Invalid`] where something is absent.
pub(crate) fn read_said(
    t: &Translator,
    connection: Option<(Uuid, i64)>,
    word: &str,
    text: &str,
) -> Result<Said, WebError> {
    let word = Word::from_code(word)
        .filter(|word| word.is_of_connection() == connection.is_some())
        .ok_or_else(|| WebError::invalid("inventory-vendor-error-word"))?;
    let text = yagura_kernel::text::clean_multi_line(text, LONGEST_TEXT).map_err(|_| {
        let label = t.t("inventory-vendor-what-is-wrong").to_owned();
        WebError::invalid_with(
            "inventory-error-too-long",
            &[("label", label), ("limit", LONGEST_TEXT.to_string())],
        )
    })?;
    if word.contradicts() && text.is_empty() {
        return Err(WebError::invalid("inventory-vendor-error-text"));
    }
    Ok(Said {
        connection,
        word,
        text: if word.contradicts() {
            text
        } else {
            String::new()
        },
    })
}

pub(super) async fn say(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::ConfirmCustomerConnections>(customer)
        .await?;
    let connection = match state.value("connection") {
        "" => None,
        id => {
            let id = yagura_kernel::id::parse_uuid(id).map_err(|_| WebError::NotFound)?;
            Some((id, state.value("revision").parse().unwrap_or(-1)))
        }
    };
    let said = read_said(
        context.t(),
        connection,
        state.value("word"),
        state.value("text"),
    )?;
    operations::say(&context, &proof, &said).await?;
    let message = FlashMessage::done("inventory-vendor-said");
    Ok(context.redirect(&format!("/customers/{customer}/connections"), message))
}
