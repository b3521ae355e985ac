//! What the vendor answered another customer, offered for this one. Nothing is taken over that a
//! person has not chosen after seeing it.

use std::sync::Arc;

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use yagura_checklists::model::{AnswerInput, ChangeSource, DraftProposal, SheetSubject, proposals};
use yagura_checklists::store::{
    self, AnswerChange, CustomerSheet, ReadProof, SaveError, SheetContent, WriteProof,
};
use yagura_checklists::{Family, sheet_path};
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::policy::actions;
use yagura_packs::{Library, Pack, Sheet};
use yagura_store::directory;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Table, TableRow, Tone};
use yagura_web::ui::forms::{self, Button, Form};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::vendor::sheet_for;

/// How many other customers are offered by name.
const SOURCES_AT_MOST: i64 = 20;

#[derive(Debug, Deserialize)]
pub(crate) struct From {
    from: Option<OrganizationId>,
}

/// Other customers on whose sheets something is answered, the fullest first.
async fn sources(
    context: &Context,
    customer: OrganizationId,
) -> Result<Vec<CustomerSheet>, WebError> {
    Ok(store::draft_sources(
        context.database(),
        &context.principal,
        context.app.fiscal_year(),
        customer,
        SOURCES_AT_MOST,
        context.now,
    )
    .await?)
}

/// The sheet of this year that the vendor one acts for has for a customer, where it was opened.
async fn own_sheet(
    context: &Context,
    customer: OrganizationId,
) -> Result<Option<SheetContent>, WebError> {
    let proof = context
        .authorize::<actions::ReadVendorSheet>(customer)
        .await?;
    let proof = ReadProof::Vendor(&proof);
    let subject = SheetSubject::Vendor(context.organization.id);
    let year = context.app.fiscal_year();
    let Some(header) = store::find(context.database(), proof, year, subject).await? else {
        return Ok(None);
    };
    let packs = context.app.packs();
    let content = store::sheet(context.database(), &packs, proof, header.id).await?;
    Ok(Some(content))
}

/// What the answers of another customer propose for rows that are not answered yet.
fn offers(
    packs: &Library,
    pack: &Pack,
    target: Option<&SheetContent>,
    source: &SheetContent,
) -> Vec<DraftProposal> {
    proposals(packs, pack, &source.pack, &source.bare_answers())
        .into_iter()
        .filter(|offer| {
            target
                .and_then(|target| target.answers.get(&offer.item_key))
                .is_none_or(|stored| stored.answer.first.is_none())
        })
        .collect()
}

/// Shows the answers of another customer, each with a box to choose it. Nothing is written, also
/// no sheet opened.
pub(crate) async fn show(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    QueryOf(query): QueryOf<From>,
) -> Result<Response, WebError> {
    context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let target = own_sheet(&context, customer).await?;
    let name = directory::get(context.database(), customer).await?.name;
    let sources = sources(&context, customer).await?;
    let t = context.t();
    let lang = t.lang().code();
    let mut frame = context.frame(
        t.t_args("vendors-drafts-title", args![("name", name.as_str())])
            .into_owned(),
    );
    frame.breadcrumbs = vec![Crumb::new(t.t("vendors-worklist-title"), "/customers")];
    frame.lede = Some(html! { (t.t("vendors-drafts-lede")) });
    let chosen = query
        .from
        .filter(|from| *from != customer)
        .or_else(|| sources.first().map(|source| source.customer));
    let source = match chosen {
        Some(from) => own_sheet(&context, from)
            .await?
            .map(|content| (from, content)),
        None => None,
    };
    let Some((from, content)) = source else {
        let body = components::empty_state(
            t.t("vendors-drafts-empty"),
            html! { (t.t("vendors-drafts-empty-why")) },
        );
        return context.respond(frame, body).await;
    };
    let packs = context.app.packs();
    let pack = edition(&context, &packs, target.as_ref())?;
    let from_name = match sources.iter().find(|source| source.customer == from) {
        Some(source) => source.name.clone(),
        None => directory::get(context.database(), from).await?.name,
    };
    let rows: Vec<TableRow> = offers(&packs, &pack, target.as_ref(), &content)
        .iter()
        .map(|offer| {
            let item = pack.item(&offer.item_key);
            let label = item.map_or(offer.item_key.as_str(), |item| item.text.in_language(lang));
            let answer = if offer.answer.is_yes() {
                components::tag(Tone::Success, t.t("vendors-yes"))
            } else {
                components::tag(Tone::Caution, t.t("vendors-answer-no"))
            };
            TableRow::new(vec![
                html! { (item.map_or("", |item| item.printed_id.as_str())) " " (label) },
                answer,
                html! { (offer.remark) },
                html! {
                    label {
                        input type="checkbox" name="item" value=(offer.item_key);
                        " " (t.t("vendors-drafts-take-one"))
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("vendors-drafts-item")),
        Column::text(t.t("vendors-drafts-answer")),
        Column::text(t.t("vendors-drafts-remark")),
        Column::action(t.t("vendors-drafts-take-one")),
    ];
    let action = format!("/customers/{customer}/drafts");
    let title = t.t_args("vendors-drafts-from", args![("name", from_name.as_str())]);
    let body = html! {
        @if sources.len() > 1 {
            section.card {
                h2 { (t.t("vendors-drafts-other")) }
                ul { @for other in sources.iter().filter(|other| other.customer != from) {
                    li { a href={ (action) "?from=" (other.customer) } { (other.name) } }
                } }
            }
        }
        section.card {
            h2 { (title) }
            @if rows.is_empty() {
                (components::empty_state(t.t("vendors-drafts-nothing-left"), html! {
                    @match &target {
                        Some(target) => {
                            a href=(sheet_path(Family::Vendor, target.header.id)) {
                                (t.t("vendors-see-sheet"))
                            }
                        }
                        None => a href="/customers" { (t.t("vendors-worklist-title")) },
                    }
                }))
            } @else {
                (forms::form(t, &Form::post(&action), html! {
                    (forms::hidden("from", &from.to_string()))
                    (components::data_table(&Table::new(&title, columns, rows)))
                    (forms::button_row(&Button::primary(t.t("vendors-drafts-take")), &[]))
                }))
            }
        }
    };
    context.respond(frame, body).await
}

/// What taking over led to.
pub(crate) enum Taken {
    /// So many rows stand on the sheet now.
    Saved(SheetId, usize),
    /// Nothing was chosen, or nothing of what was chosen is offered.
    Nothing,
    /// A chosen row is answered already; nothing was taken.
    Answered(SheetId),
    /// A chosen row is against the rules of the sheet; nothing was taken.
    Refused(SheetId),
}

/// Takes over what was chosen of the answers for another customer, as confirmed today.
pub(crate) async fn take_over(
    context: &Context,
    customer: OrganizationId,
    from: OrganizationId,
    chosen: &[String],
) -> Result<Taken, WebError> {
    let proof = context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let content = own_sheet(context, from)
        .await?
        .filter(|_| from != customer)
        .ok_or(WebError::NotFound)?;
    if chosen.is_empty() {
        return Ok(Taken::Nothing);
    }
    let target = sheet_for(context, customer).await?;
    let packs = context.app.packs();
    let pack = target.pack(&packs)?;
    let standing = own_sheet(context, customer).await?;
    // Rows that were answered meanwhile are not left out here: the save refuses them as a conflict,
    // and the person is told.
    let offers = proposals(&packs, &pack, &content.pack, &content.bare_answers());
    let version = |item: &str| {
        standing
            .as_ref()
            .and_then(|sheet| sheet.answers.get(item))
            .filter(|stored| stored.answer.first.is_none())
            .map_or(0, |stored| stored.version)
    };
    let changes: Vec<AnswerChange> = offers
        .into_iter()
        .filter(|offer| chosen.contains(&offer.item_key))
        .map(|offer| AnswerChange {
            expected_version: version(&offer.item_key),
            item_key: offer.item_key,
            input: AnswerInput {
                first: Some(offer.answer),
                first_on: Some(context.today),
                target: None,
                second: None,
                second_on: None,
                remark: offer.remark,
            },
            source: ChangeSource::Draft {
                sheet: content.header.id,
                year: content.header.year.year(),
                items: offer
                    .origins
                    .into_iter()
                    .map(|origin| origin.item_key)
                    .collect(),
            },
        })
        .collect();
    if changes.is_empty() {
        return Ok(Taken::Nothing);
    }
    let saved = store::save_answers(
        context.database(),
        &packs,
        context.app.ids(),
        WriteProof::Vendor(&proof),
        target.id,
        &changes,
        context.now,
    )
    .await;
    match saved {
        Ok((mut tx, saved)) => {
            context
                .audit(&mut tx, &proof, "sheet", target.id, saved.audit_detail())
                .await?;
            tx.commit().await?;
            Ok(Taken::Saved(target.id, changes.len()))
        }
        Err(SaveError::Store(error)) => Err(error.into()),
        Err(SaveError::Conflict(_)) => Ok(Taken::Answered(target.id)),
        Err(SaveError::Refused(_)) => Ok(Taken::Refused(target.id)),
    }
}

/// Takes over what was chosen on the page.
pub(crate) async fn take(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let here = format!("/customers/{customer}/drafts");
    let Ok(from) = form.value("from").parse::<OrganizationId>() else {
        return Ok(context.redirect(&here, FlashMessage::failed("vendors-drafts-none")));
    };
    let sheet = |id| sheet_path(Family::Vendor, id);
    let (to, message) = match take_over(&context, customer, from, form.values("item")).await? {
        Taken::Saved(id, count) => (
            sheet(id),
            FlashMessage::done("vendors-drafts-taken").with("count", count),
        ),
        Taken::Nothing => (
            format!("{here}?from={from}"),
            FlashMessage::failed("vendors-drafts-none"),
        ),
        Taken::Answered(id) => (sheet(id), FlashMessage::failed("vendors-drafts-conflict")),
        Taken::Refused(id) => (sheet(id), FlashMessage::failed("vendors-drafts-refused")),
    };
    Ok(context.redirect(&to, message))
}

/// What the answers for another customer offer for this one.
pub(crate) async fn offered(
    context: &Context,
    customer: OrganizationId,
    from: OrganizationId,
) -> Result<Vec<DraftProposal>, WebError> {
    context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let content = own_sheet(context, from)
        .await?
        .filter(|_| from != customer)
        .ok_or(WebError::NotFound)?;
    let target = own_sheet(context, customer).await?;
    let packs = context.app.packs();
    let pack = edition(context, &packs, target.as_ref())?;
    Ok(offers(&packs, &pack, target.as_ref(), &content))
}

/// The edition by which the sheet is, or would be, filled in.
fn edition(
    context: &Context,
    packs: &Library,
    target: Option<&SheetContent>,
) -> Result<Arc<Pack>, WebError> {
    match target {
        Some(target) => Ok(Arc::clone(&target.pack)),
        None => packs
            .checklist_for(context.app.fiscal_year(), Sheet::Vendor)
            .cloned()
            .ok_or(WebError::invalid("vendors-no-edition")),
    }
}
