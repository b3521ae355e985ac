//! Drafts from last year's sheet, and what is new against it.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use yagura_evidence::{ItemRef, LinkedPiece, attach_all, of_sheet};
use yagura_kernel::id::SheetId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::format_iso;
use yagura_packs::{Change, ChangeKind};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, empty_state, note, tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button, button_row, date_field, error_summary, form,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::desk::{Desk, Family, year_label};
use super::{with_status, words};
use crate::drafts::{Offer, offers, open_offers};
use crate::model::{AnswerInput, ChangeSource};
use crate::store::{
    AnswerChange, SaveError, SheetContent, decline_drafts, declined_drafts, save_answers_on,
};

/// The drafts that are offered.
pub(super) async fn page(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
) -> Result<Response, WebError> {
    let (_, desk) = Desk::open_to_write(&context, family, id).await?;
    let state = FormState::empty().with("on", format_iso(context.today));
    show(&context, &desk, &state).await
}

/// The earlier sheet with its evidence, as far as the reader may see it.
async fn source_of(
    context: &Context,
    desk: &Desk,
) -> Result<Option<(SheetContent, Vec<LinkedPiece>)>, WebError> {
    let Some(source) = desk.before(context).await? else {
        return Ok(None);
    };
    let pieces = if desk.may(context, Action::ReadEvidence) {
        let proof = context
            .authorize::<actions::ReadEvidence>(desk.header().owner)
            .await?;
        of_sheet(context.database(), &proof, source.header.id).await?
    } else {
        Vec::new()
    };
    Ok(Some((source, pieces)))
}

async fn show(context: &Context, desk: &Desk, state: &FormState) -> Result<Response, WebError> {
    let t = context.t();
    let path = format!("{}/drafts", desk.path());
    let mut frame = context.frame(t.t("checklist-drafts-title"));
    frame.breadcrumbs = desk.crumbs(t);
    frame.lede = Some(html! { (t.t("checklist-drafts-lede")) });
    let source = source_of(context, desk).await?;
    let body = match &source {
        None => empty_state(
            t.t("checklist-drafts-no-source"),
            html! {
                a href=(desk.path()) { (t.t("checklist-back-to-sheet")) }
            },
        ),
        Some((source, pieces)) => {
            let packs = context.app.packs();
            let declined =
                declined_drafts(context.database(), desk.grant.proof(), desk.id()).await?;
            let all = offers(&packs, &desk.content, source);
            let open: Vec<&Offer> = open_offers(&all, &desk.content).collect();
            let year = year_label(t.lang(), source.header.year);
            html! {
                (error_summary(t, state))
                @if open.is_empty() {
                    (empty_state(t.t("checklist-drafts-none"), html! {
                        a href=(desk.path()) { (t.t("checklist-back-to-sheet")) }
                    }))
                } @else {
                    (note(t, Tone::Info, html! { (t.t_args("checklist-drafts-how", args![("year", &year)])) }))
                    (form(t, &Form::post(&path), html! {
                        (card(&t.t_args("checklist-drafts-from", args![("year", &year)]), data_table(&Table::new(
                            t.t("checklist-drafts-title"),
                            vec![
                                Column::text(t.t("checklist-column-item")),
                                Column::text(t.t("checklist-column-before")),
                                Column::text(t.t("checklist-evidence")),
                                Column::text(t.t("checklist-column-proposal")),
                            ],
                            open.iter().map(|offer| offer_row(context, desk, offer, pieces, declined.contains(&offer.proposal.item_key), state)).collect(),
                        ))))
                        (date_field(t, state, &Field::new("on", t.t("checklist-drafts-date")).hint(t.t("checklist-drafts-date-hint")).required()))
                        (button_row(
                            &Button::primary(t.t("checklist-drafts-take")).sending("act", "take"),
                            &[button(&Button::secondary(t.t("checklist-drafts-decline")).sending("act", "decline"))],
                        ))
                    }))
                }
            }
        }
    };
    context.respond(frame, body).await
}

fn offer_row(
    context: &Context,
    desk: &Desk,
    offer: &Offer,
    pieces: &[LinkedPiece],
    declined: bool,
    state: &FormState,
) -> TableRow {
    let t = context.t();
    let code = t.lang().code();
    let proposal = &offer.proposal;
    let item = desk.content.pack.item(&proposal.item_key);
    let linked = pieces_behind(offer, pieces);
    TableRow::new(vec![
        html! {
            div.choices {
                div.choice {
                    input id={ "draft-" (proposal.item_key) } type="checkbox" name="item" value=(proposal.item_key)
                        checked[state.is_chosen("item", &proposal.item_key)];
                    label for={ "draft-" (proposal.item_key) } {
                        @if let Some(item) = item { (item.printed_id) " " (item.text.in_language(code)) }
                    }
                }
            }
            @for kind in &proposal.changes { (tag(Tone::Caution, words::change_kind(t, *kind))) " " }
            @if !proposal.certain { (tag(Tone::Neutral, t.t("checklist-unverified"))) }
            @if declined { " " (tag(Tone::Neutral, t.t("checklist-drafts-declined"))) }
        },
        html! {
            div {
                @for (place, origin) in proposal.origins.iter().enumerate() {
                    @if place > 0 { br; }
                    (origin.printed_id) " " (words::answer_line(t, &origin.answer))
                    @if !origin.answer.remark.is_empty() { br; span.small { (words::lines(&origin.answer.remark)) } }
                }
            }
        },
        html! {
            @if linked.is_empty() { (words::none(t)) }
            @else {
                ul {
                    @for piece in &linked {
                        li {
                            a href=(piece.piece.page()) { (piece.piece.title) }
                            @if !piece.piece.currency(context.today).counts() { " " (tag(Tone::Late, t.t("checklist-drafts-expired"))) }
                        }
                    }
                }
            }
        },
        html! { (words::yes_no(t, proposal.answer)) },
    ])
}

/// The evidence behind the rows of the earlier sheet.
fn pieces_behind<'p>(offer: &Offer, pieces: &'p [LinkedPiece]) -> Vec<&'p LinkedPiece> {
    let mut found: Vec<&LinkedPiece> = Vec::new();
    for piece in pieces {
        let is_origin = offer
            .proposal
            .origins
            .iter()
            .any(|origin| origin.item_key == piece.item);
        if is_origin && found.iter().all(|known| known.piece.id != piece.piece.id) {
            found.push(piece);
        }
    }
    found
}

/// Takes over the drafts that were chosen, or notes that they were not wanted.
pub(super) async fn save(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (grant, desk) = Desk::open_to_write(&context, family, id).await?;
    let t = context.t();
    let chosen = state.values("item").to_vec();
    if chosen.is_empty() {
        state.add_form_error(t.t("checklist-drafts-choose"));
    }
    let path = format!("{}/drafts", desk.path());
    if !state.has_errors() && state.is_chosen("act", "decline") {
        let mut tx = context.database().begin().await?;
        decline_drafts(
            context.database(),
            &mut tx,
            grant.proof(),
            id,
            &chosen,
            context.now,
        )
        .await?;
        let detail = serde_json::json!({ "declined": &chosen });
        grant.audit(&context, &mut tx, id, detail).await?;
        tx.commit().await?;
        let flash = FlashMessage::done("checklist-drafts-noted").with("count", chosen.len());
        return Ok(context.redirect(&path, flash));
    }
    let on = state.read_required_date(t, "on", t.t("checklist-drafts-date"));
    let Some((source, pieces)) = source_of(&context, &desk).await? else {
        return Err(WebError::NotFound);
    };
    let packs = context.app.packs();
    let all = offers(&packs, &desk.content, &source);
    let taken: Vec<&Offer> = open_offers(&all, &desk.content)
        .filter(|offer| chosen.contains(&offer.proposal.item_key))
        .collect();
    let changes: Vec<AnswerChange> = taken
        .iter()
        .map(|offer| AnswerChange {
            item_key: offer.proposal.item_key.clone(),
            expected_version: offer.version,
            input: AnswerInput {
                first: Some(offer.proposal.answer),
                first_on: on,
                remark: offer.proposal.remark.clone(),
                ..AnswerInput::default()
            },
            source: ChangeSource::Draft {
                sheet: source.header.id,
                year: source.header.year.year(),
                items: offer
                    .proposal
                    .origins
                    .iter()
                    .map(|origin| origin.item_key.clone())
                    .collect(),
            },
        })
        .collect();
    if state.has_errors() {
        let page = show(&context, &desk, &state).await?;
        return Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let saved = save_answers_on(
        context.database(),
        &packs,
        context.app.ids(),
        grant.proof(),
        &desk.content,
        &changes,
        context.now,
    )
    .await;
    match saved {
        Ok((mut tx, saved)) => {
            if desk.may(&context, Action::ManageEvidence) {
                let pairs: Vec<_> = taken
                    .iter()
                    .flat_map(|offer| {
                        pieces_behind(offer, &pieces)
                            .into_iter()
                            .filter(|piece| piece.piece.currency(context.today).counts())
                            .map(|piece| {
                                (piece.piece.id, ItemRef::new(id, &offer.proposal.item_key))
                            })
                            .collect::<Vec<_>>()
                    })
                    .collect();
                let proof = context
                    .authorize::<actions::ManageEvidence>(desk.header().owner)
                    .await?;
                attach_all(&mut tx, &proof, context.app.ids(), &pairs, context.now)
                    .await
                    .map_err(|error| WebError::Internal(error.to_string()))?;
                crate::store::evidence_changed(&mut tx, context.app.ids(), &[id], context.now)
                    .await?;
            }
            grant
                .audit(&context, &mut tx, id, saved.audit_detail())
                .await?;
            tx.commit().await?;
            let flash =
                FlashMessage::done("checklist-drafts-taken").with("count", saved.items.len());
            Ok(context.redirect(&path, flash))
        }
        Err(SaveError::Refused(problems)) => {
            for problem in problems {
                let words = words::answer_problem(t, &problem.problem);
                match problem.problem.field() {
                    "first_on" => state.add_error("on", words),
                    _ => state.add_form_error(format!("{}: {words}", problem.item_key)),
                }
            }
            let page = show(&context, &desk, &state).await?;
            Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(SaveError::Conflict(_)) => {
            // Somebody answered meanwhile: the offer is shown again without those rows.
            state.add_form_error(t.t("checklist-drafts-conflict"));
            let desk = Desk::open(&context, family, id).await?;
            let page = show(&context, &desk, &state).await?;
            Ok(with_status(page, StatusCode::CONFLICT))
        }
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// What is new against the edition before.
pub(super) async fn news(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
) -> Result<Response, WebError> {
    let desk = Desk::open(&context, family, id).await?;
    let t = context.t();
    let code = t.lang().code();
    let packs = context.app.packs();
    let pack = &desk.content.pack;
    let previous = packs.previous_edition(pack);
    let changes = previous
        .map(|old| packs.diff(&old.id, &pack.id))
        .unwrap_or_default();
    let mut frame = context.frame(t.t("checklist-news-title"));
    frame.breadcrumbs = desk.crumbs(t);
    frame.lede = Some(html! {
        (pack.title.in_language(code))
        @if let Some(old) = previous { " ← " (old.title.in_language(code)) }
    });
    let mut grouped: Vec<(&Change, Vec<ChangeKind>)> = Vec::new();
    for change in &changes {
        match grouped
            .iter_mut()
            .find(|(one, _)| one.old == change.old && one.new == change.new)
        {
            Some((_, kinds)) => kinds.push(change.kind),
            None => grouped.push((change, vec![change.kind])),
        }
    }
    let rows: Vec<TableRow> = grouped
        .iter()
        .map(|(change, kinds)| {
            TableRow::new(vec![
                html! {
                    div {
                        @for kind in kinds {
                            (tag(if *kind == ChangeKind::New { Tone::Info } else { Tone::Neutral }, words::change_kind(t, *kind))) " "
                        }
                    }
                },
                wordings(&context, &desk, &change.new),
                html! {
                    div {
                        @if let Some(old) = previous {
                            @for (place, item) in change.old.iter().filter_map(|key| old.item(key)).enumerate() {
                                @if place > 0 { br; }
                                (item.printed_id) " " (item.text.in_language(code))
                                " " span.small { (words::device_class(t, item.device_class)) }
                            }
                        }
                    }
                },
                html! {
                    @if change.certain { (t.t("checklist-news-certain")) }
                    @else { (tag(Tone::Neutral, t.t("checklist-unverified"))) }
                },
            ])
        })
        .collect();
    let body = html! {
        @if rows.is_empty() {
            (empty_state(t.t("checklist-news-none"), html! { (t.t("checklist-news-none-why")) }))
        } @else {
            (data_table(&Table::new(
                t.t("checklist-news-title"),
                vec![
                    Column::text(t.t("checklist-news-kind")),
                    Column::text(t.t("checklist-news-now")),
                    Column::text(t.t("checklist-news-then")),
                    Column::text(t.t("checklist-news-how-sure")),
                ],
                rows,
            ).without_row_headers()))
        }
        @for note in &pack.notes { p.small { (note.text.in_language(code)) } }
    };
    context.respond(frame, body).await
}

fn wordings(context: &Context, desk: &Desk, keys: &[String]) -> Markup {
    let t = context.t();
    let code = t.lang().code();
    html! {
        div {
            @for (place, item) in keys.iter().filter_map(|key| desk.content.pack.item(key)).enumerate() {
                @if place > 0 { br; }
                a href=(desk.item_path(&item.key)) { (item.printed_id) " " (item.text.in_language(code)) }
                " " span.small { (words::device_class(t, item.device_class)) }
                @if let Some(change) = &item.change_note { br; span.small { (change.in_language(code)) } }
            }
        }
    }
}
