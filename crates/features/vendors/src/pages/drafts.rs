//! What the vendor answered another customer, offered for this one. Nothing is taken over that a
//! person has not chosen after seeing it.

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use yagura_checklists::model::{AnswerInput, ChangeSource, proposals};
use yagura_checklists::store::{
    self, AnswerChange, ReadProof, SaveError, SheetContent, WriteProof,
};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::actions;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Table, TableRow, Tone};
use yagura_web::ui::forms::{self, Button, Form};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::vendor::{Customer, has_answers, sheet_for, work};

#[derive(Debug, Deserialize)]
pub(crate) struct From {
    from: Option<OrganizationId>,
}

/// Other customers whose sheet has answers, fullest first.
async fn sources(context: &Context, customer: OrganizationId) -> Result<Vec<Customer>, WebError> {
    let mut sources: Vec<Customer> = work(context)
        .await?
        .into_iter()
        .filter(|other| {
            other.organization.id != customer && other.sheet.as_ref().is_some_and(has_answers)
        })
        .collect();
    sources.sort_by_key(|source| {
        source
            .sheet
            .as_ref()
            .map_or(0, |sheet| -sheet.counts.answered())
    });
    Ok(sources)
}

async fn read(context: &Context, source: &Customer) -> Result<SheetContent, WebError> {
    let header = source.sheet.as_ref().ok_or(WebError::NotFound)?;
    let proof = context
        .authorize::<actions::ReadVendorSheet>(source.organization.id)
        .await?;
    let packs = context.app.packs();
    Ok(store::sheet(
        context.database(),
        &packs,
        ReadProof::Vendor(&proof),
        header.id,
    )
    .await?)
}

/// Shows the answers of another customer, each with a box to choose it.
pub(crate) async fn show(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    QueryOf(query): QueryOf<From>,
) -> Result<Response, WebError> {
    let target = sheet_for(&context, customer).await?;
    let sources = sources(&context, customer).await?;
    let t = context.t();
    let lang = t.lang().code();
    let mut frame = context.frame(t.t("vendors-drafts-title"));
    frame.breadcrumbs = vec![Crumb::new(t.t("vendors-worklist-title"), "/customers")];
    frame.lede = Some(html! { (t.t("vendors-drafts-lede")) });
    let chosen = match query.from {
        Some(id) => sources.iter().find(|source| source.organization.id == id),
        None => sources.first(),
    };
    let Some(source) = chosen else {
        let body = components::empty_state(
            t.t("vendors-drafts-empty"),
            html! {
                (t.t("vendors-drafts-empty-why"))
            },
        );
        return context.respond(frame, body).await;
    };
    let content = read(&context, source).await?;
    let packs = context.app.packs();
    let pack = target.pack(&packs)?;
    let offers = proposals(&packs, &pack, &content.pack, &content.bare_answers());
    let rows = offers
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
    let body = html! {
        @if sources.len() > 1 {
            section.card {
                h2 { (t.t("vendors-drafts-other")) }
                ul { @for other in sources.iter().take(20) {
                    li { a href={ (action) "?from=" (other.organization.id) } { (other.organization.name) } }
                } }
            }
        }
        section.card {
            h2 { (t.t_args("vendors-drafts-from", args![("name", source.organization.name.as_str())])) }
            (forms::form(t, &Form::post(&action), html! {
                (forms::hidden("from", &source.organization.id.to_string()))
                (components::data_table(&Table::new(t.t("vendors-drafts-title"), columns, rows)))
                (forms::button_row(&Button::primary(t.t("vendors-drafts-take")), &[]))
            }))
        }
    };
    context.respond(frame, body).await
}

/// Takes over what was chosen.
pub(crate) async fn take(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let target = sheet_for(&context, customer).await?;
    let from: OrganizationId = form.value("from").parse().map_err(|_| WebError::NotFound)?;
    let sources = sources(&context, customer).await?;
    let source = sources
        .iter()
        .find(|source| source.organization.id == from)
        .ok_or(WebError::NotFound)?;
    let content = read(&context, source).await?;
    let packs = context.app.packs();
    let pack = target.pack(&packs)?;
    let chosen = form.values("item");
    let offers = proposals(&packs, &pack, &content.pack, &content.bare_answers());
    let changes: Vec<AnswerChange> = offers
        .into_iter()
        .filter(|offer| chosen.contains(&offer.item_key))
        .map(|offer| AnswerChange {
            item_key: offer.item_key,
            expected_version: 0,
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
    let back = format!("/checklists/{}", target.id);
    if changes.is_empty() {
        return Ok(context.redirect(&back, FlashMessage::failed("vendors-drafts-none")));
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
            Ok(context.redirect(
                &back,
                FlashMessage::done("vendors-drafts-taken").with("count", changes.len()),
            ))
        }
        Err(SaveError::Store(error)) => Err(error.into()),
        Err(SaveError::Conflict(_)) => {
            Ok(context.redirect(&back, FlashMessage::failed("vendors-drafts-conflict")))
        }
        Err(SaveError::Refused(_)) => {
            Ok(context.redirect(&back, FlashMessage::failed("vendors-drafts-refused")))
        }
    }
}
