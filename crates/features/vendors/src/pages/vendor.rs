//! For a vendor: one worklist over all its customers.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_checklists::model::SheetSubject;
use yagura_checklists::store::{
    self, CustomerCounts, CustomerCursor, CustomerFilter, CustomerSheet, CustomerState, OpenError,
    SheetHeader, WriteProof,
};
use yagura_checklists::{Family, sheet_path};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, Denial, actions, scope};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Listing, Table, TableRow};
use yagura_web::ui::forms::{self, Button, Choice, Field, FormState};
use yagura_web::{Context, NavigationFor, WebError, see_other};

use super::progress;

/// How many customers a page of the worklist shows.
const PAGE: i64 = 50;

/// The longest search text in bytes.
const LONGEST_SEARCH: usize = 800;

/// Which customers are shown. Everything is optional; empty values are none.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerQuery {
    /// Part of the name; width, kana and case do not matter.
    pub(crate) q: Option<String>,
    /// not_begun, in_work or done.
    pub(crate) state: Option<String>,
    /// Where the page begins.
    #[param(ignore)]
    pub(crate) after: Option<String>,
}

fn given(value: Option<&String>) -> Option<&str> {
    value
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

fn wrong() -> WebError {
    WebError::invalid("vendors-error-filter")
}

/// The cursor of an address or of the API.
pub(crate) fn cursor(text: Option<&str>) -> Result<Option<CustomerCursor>, WebError> {
    text.map(|text| CustomerCursor::from_text(text).ok_or_else(wrong))
        .transpose()
}

impl CustomerQuery {
    /// The filter for the database.
    pub(crate) fn filter(&self) -> Result<CustomerFilter, WebError> {
        let search = given(self.q.as_ref());
        if search.is_some_and(|search| search.len() > LONGEST_SEARCH) {
            return Err(wrong());
        }
        Ok(CustomerFilter {
            search: search.map(str::to_owned),
            state: given(self.state.as_ref())
                .map(|code| CustomerState::from_code(code).ok_or_else(wrong))
                .transpose()?,
        })
    }

    /// The address of the worklist with this filter, from a place on.
    fn link(&self, after: Option<&str>) -> String {
        let pairs = [
            ("q", given(self.q.as_ref())),
            ("state", given(self.state.as_ref())),
            ("after", after),
        ];
        let pairs = pairs.map(|(name, value)| (name, value.unwrap_or_default()));
        yagura_web::address("/customers", pairs)
    }
}

/// Refuses who is not of a vendor, or may not read its sheets there.
pub(crate) fn require_vendor(context: &Context) -> Result<(), WebError> {
    let whom = NavigationFor {
        principal: &context.principal,
    };
    if whom.may_as_vendor(Action::ReadVendorSheet) {
        Ok(())
    } else {
        Err(WebError::Forbidden(Denial::Role))
    }
}

/// How many customers of the vendor one acts for are how far.
pub(crate) async fn counts(
    context: &Context,
    search: Option<&str>,
) -> Result<CustomerCounts, WebError> {
    Ok(store::customer_counts(
        context.database(),
        &context.principal,
        context.app.fiscal_year(),
        search,
        context.now,
    )
    .await?)
}

/// A part of the worklist, and where it goes on.
pub(crate) async fn customers(
    context: &Context,
    filter: &CustomerFilter,
    after: Option<&CustomerCursor>,
    limit: i64,
) -> Result<(Vec<CustomerSheet>, Option<String>), WebError> {
    let mut rows = store::customer_sheets(
        context.database(),
        &context.principal,
        context.app.fiscal_year(),
        filter,
        after,
        limit + 1,
        context.now,
    )
    .await?;
    let has_more = i64::try_from(rows.len()).is_ok_and(|number| number > limit);
    if has_more {
        rows.pop();
    }
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| CustomerCursor::after(last).to_text());
    Ok((rows, next))
}

fn filter_form(context: &Context, query: &CustomerQuery, counts: &CustomerCounts) -> Markup {
    let t = context.t();
    let state = FormState::empty()
        .with("q", given(query.q.as_ref()).unwrap_or_default())
        .with("state", given(query.state.as_ref()).unwrap_or_default());
    let labels: Vec<(&str, String)> = CustomerState::ALL
        .into_iter()
        .map(|state| {
            let key = match state {
                CustomerState::NotBegun => "vendors-filter-not-begun",
                CustomerState::InWork => "vendors-filter-in-work",
                CustomerState::Done => "vendors-filter-done",
            };
            let words = t.t_args(key, args![("count", counts.of(Some(state)))]);
            (state.code(), words.into_owned())
        })
        .collect();
    let all = t
        .t_args("vendors-filter-all", args![("count", counts.total())])
        .into_owned();
    let mut choices = vec![Choice::new("", &all)];
    choices.extend(labels.iter().map(|(code, words)| Choice::new(code, words)));
    let is_set = given(query.q.as_ref()).is_some() || given(query.state.as_ref()).is_some();
    components::filter_bar(
        t,
        "/customers",
        html! {
            (forms::text_field(t, &state, &Field::new("q", t.t("vendors-filter-name"))))
            (forms::select(t, &state, &Field::new("state", t.t("vendors-state")), &choices))
        },
        is_set.then_some("/customers"),
    )
}

fn row(context: &Context, customer: &CustomerSheet, may_answer: bool, offers: bool) -> TableRow {
    let t = context.t();
    let id = customer.customer;
    TableRow::new(vec![
        html! {
            (customer.name) br;
            span.small { (components::organization_kind(t, customer.kind)) }
        },
        progress(
            t,
            customer.state,
            (customer.counts.answered(), customer.counts.applicable()),
            customer.counts.no,
            customer.sheet.is_some(),
        ),
        html! {
            @match customer.sheet {
                Some(sheet) => {
                    a href=(sheet_path(Family::Vendor, sheet)) {
                        @match customer.state {
                            CustomerState::NotBegun if may_answer => { (t.t("vendors-answer")) }
                            CustomerState::InWork if may_answer => { (t.t("vendors-go-on")) }
                            _ => { (t.t("vendors-see-sheet")) }
                        }
                    }
                }
                None if may_answer => {
                    form.inline method="post" action={ "/customers/" (id) "/open" } {
                        (forms::button(&Button::secondary(t.t("vendors-answer"))))
                    }
                }
                None => "—",
            }
            @if may_answer && offers && customer.state != CustomerState::Done {
                " " a href={ "/customers/" (id) "/drafts" } { (t.t("vendors-drafts-link")) }
            }
        },
    ])
}

/// The worklist.
pub(crate) async fn worklist(
    context: Context,
    QueryOf(query): QueryOf<CustomerQuery>,
) -> Result<Response, WebError> {
    require_vendor(&context)?;
    let filter = query.filter()?;
    let after = cursor(given(query.after.as_ref()))?;
    let t = context.t();
    let all = counts(&context, None).await?;
    let found = match &filter.search {
        Some(search) => counts(&context, Some(search)).await?,
        None => all,
    };
    let (work, next) = customers(&context, &filter, after.as_ref(), PAGE).await?;
    let may_answer = scope(&context.principal, Action::AnswerVendorSheet)
        .customers
        .is_some();
    let answered = all.in_work + all.done;
    let rows = work
        .iter()
        .map(|customer| {
            // Its own answers are no draft for itself.
            let own = i64::from(customer.state != CustomerState::NotBegun);
            row(&context, customer, may_answer, answered > own)
        })
        .collect();
    let columns = vec![
        Column::text(t.t("vendors-customer")),
        Column::text(t.t("vendors-state")),
        Column::action(t.t("vendors-act")),
    ];
    let mut frame = context.frame(t.t("vendors-worklist-title"));
    frame.lede = Some(html! {
        (t.t_args("vendors-worklist-lede", args![("count", all.total()), ("done", all.done)]))
    });
    let next = next.map(|next| query.link(Some(&next)));
    let first = after.is_some().then(|| query.link(None));
    let body = html! {
        @if all.total() == 0 {
            section.card {
                (components::empty_state(t.t("vendors-worklist-empty"), html! {
                    (t.t("vendors-worklist-empty-why"))
                }))
            }
        } @else {
            (filter_form(&context, &query, &found))
            section.card aria-label=(t.t("vendors-worklist-title")) {
                @if work.is_empty() {
                    (components::empty_state(t.t("vendors-worklist-none-found"), html! {
                        a href="/customers" { (t.t("vendors-filter-clear")) }
                    }))
                } @else {
                    (components::data_table(
                        &Table::new(t.t("vendors-worklist-title"), columns, rows).sticky()
                    ))
                    (components::pagination(t, &Listing {
                        total: u64::try_from(found.of(filter.state)).unwrap_or_default(),
                        shown: u64::try_from(work.len()).unwrap_or_default(),
                        first: None,
                        unit: t.t("vendors-unit"),
                        previous: first.as_deref(),
                        next: next.as_deref(),
                    }))
                }
            }
        }
    };
    context.respond(frame, body).await
}

/// The customer's sheet of this year, opened where it was not yet.
pub(crate) async fn sheet_for(
    context: &Context,
    customer: OrganizationId,
) -> Result<SheetHeader, WebError> {
    let proof = context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let mut tx = context.database().begin().await?;
    let header = store::open_sheet(
        &mut tx,
        WriteProof::Vendor(&proof),
        &context.app.packs(),
        context.app.ids(),
        context.app.fiscal_year(),
        SheetSubject::Vendor(context.organization.id),
        context.now,
    )
    .await
    .map_err(|error| match error {
        OpenError::Store(error) => error.into(),
        OpenError::NoEdition { .. } | OpenError::YearAhead { .. } => {
            WebError::invalid("vendors-no-edition")
        }
    })?;
    context
        .audit(
            &mut tx,
            &proof,
            "sheet",
            header.id,
            serde_json::json!({ "opened": true }),
        )
        .await?;
    tx.commit().await?;
    Ok(header)
}

/// Opens a customer's sheet.
pub(crate) async fn open(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
) -> Result<Response, WebError> {
    let sheet = sheet_for(&context, customer).await?;
    Ok(see_other(&sheet_path(Family::Vendor, sheet.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_stays_in_the_address() {
        let query = CustomerQuery {
            q: Some(" みなと & ".into()),
            state: Some("in_work".into()),
            after: Some("x".into()),
        };
        assert_eq!(
            query.link(Some("0.1")),
            "/customers?q=%E3%81%BF%E3%81%AA%E3%81%A8%20%26&state=in_work&after=0.1"
        );
        assert_eq!(CustomerQuery::default().link(None), "/customers");
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let state = |state: &str| CustomerQuery {
            state: Some(state.to_owned()),
            ..CustomerQuery::default()
        };
        assert!(state("all").filter().is_err());
        assert!(state("").filter().is_ok());
        let long = CustomerQuery {
            q: Some("x".repeat(LONGEST_SEARCH + 1)),
            ..CustomerQuery::default()
        };
        assert!(long.filter().is_err());
        assert!(cursor(Some("nonsense")).is_err());
    }
}
