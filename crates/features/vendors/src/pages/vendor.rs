//! For a vendor: one worklist over all its customers.

use axum::response::Response;
use maud::html;
use yagura_checklists::model::SheetSubject;
use yagura_checklists::store::{self, OpenError, SheetHeader, WriteProof};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::actions;
use yagura_store::directory::{self, Organization};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Table, TableRow};
use yagura_web::ui::forms::{self, Button};
use yagura_web::{Context, WebError, see_other};

use super::institution::progress;

/// A customer and the sheet for it, where it was opened.
pub(crate) struct Customer {
    pub(crate) organization: Organization,
    pub(crate) sheet: Option<SheetHeader>,
}

impl Customer {
    pub(crate) fn is_complete(&self) -> bool {
        self.sheet
            .as_ref()
            .is_some_and(|sheet| sheet.round1_done_at.is_some())
    }

    /// Unfinished work first, and among it what was begun.
    fn order(&self) -> (bool, bool, i64) {
        let urgency = self
            .sheet
            .as_ref()
            .map_or(0, |sheet| sheet.counts.urgency());
        (self.is_complete(), self.sheet.is_none(), -urgency)
    }
}

/// The customers of the vendor one acts for, most urgent first, in two queries.
pub(crate) async fn work(context: &Context) -> Result<Vec<Customer>, WebError> {
    let year = context.app.fiscal_year();
    let sheets =
        store::sheets_by_vendor(context.database(), &context.principal, year, context.now).await?;
    let customers =
        directory::customers_of(context.database(), context.organization.id, context.today).await?;
    let mut work: Vec<Customer> = customers
        .into_iter()
        .map(|(_, organization)| {
            let sheet = sheets
                .iter()
                .find(|sheet| sheet.owner == organization.id)
                .cloned();
            Customer {
                organization,
                sheet,
            }
        })
        .collect();
    work.sort_by_key(Customer::order);
    Ok(work)
}

/// The worklist.
pub(crate) async fn worklist(context: Context) -> Result<Response, WebError> {
    let whom = yagura_web::NavigationFor {
        principal: &context.principal,
    };
    if !whom.may_as_vendor(yagura_kernel::policy::Action::ReadVendorSheet) {
        return Err(WebError::Forbidden(yagura_kernel::policy::Denial::Role));
    }
    let t = context.t();
    let work = work(&context).await?;
    let done = work
        .iter()
        .filter(|customer| customer.is_complete())
        .count();
    let any_source = work
        .iter()
        .any(|customer| customer.sheet.as_ref().is_some_and(has_answers));
    let rows = work
        .iter()
        .map(|customer| {
            let id = customer.organization.id;
            let fresh = customer
                .sheet
                .as_ref()
                .is_none_or(|sheet| !has_answers(sheet));
            TableRow::new(vec![
                html! {
                    (customer.organization.name) br;
                    span.small { (components::organization_kind(t, customer.organization.kind)) }
                },
                progress(&context, customer.sheet.as_ref()),
                html! {
                    form.inline method="post" action={ "/customers/" (id) "/open" } {
                        (forms::button(&Button::secondary(t.t("vendors-answer"))))
                    }
                    @if fresh && any_source {
                        " " a href={ "/customers/" (id) "/drafts" } { (t.t("vendors-drafts-link")) }
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("vendors-customer")),
        Column::text(t.t("vendors-state")),
        Column::action(t.t("vendors-act")),
    ];
    let mut frame = context.frame(t.t("vendors-worklist-title"));
    frame.lede = Some(html! {
        (t.t_args("vendors-worklist-lede", args![("count", work.len()), ("done", done)]))
    });
    let body = html! {
        section.card {
            @if work.is_empty() {
                (components::empty_state(t.t("vendors-worklist-empty"), html! {
                    (t.t("vendors-worklist-empty-why"))
                }))
            } @else {
                (components::data_table(&Table::new(t.t("vendors-worklist-title"), columns, rows).sticky()))
            }
        }
    };
    context.respond(frame, body).await
}

pub(crate) fn has_answers(sheet: &SheetHeader) -> bool {
    sheet.counts.answered() > 0
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
    Ok(see_other(&format!("/checklists/{}", sheet.id)))
}
