//! A row: is it true, and how do we know?

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use yagura_evidence::{ItemRef, attach_panel, attachable, linked_list, of_item};
use yagura_kernel::id::SheetId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::probe::Outcome;
use yagura_kernel::proof::CellState;
use yagura_packs::{Item, Wording};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Span, Table, TableRow, Tone, card, card_with, data_table, date, description_list,
    details, note, relative_time, row, state_tag, steps, tag,
};
use yagura_web::ui::forms::{Button, Form, FormState, button, button_row, error_summary, form};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError, percent_encoded};

use super::answer_form::{self, AnswerForm};
use super::desk::{Desk, Family, section_title, short_name};
use super::{conflict, item_path, sheet, sheet_path, with_status, words};
use crate::model::{AnswerInput, Applicability, ChangeSource, applicability};
use crate::store::{
    AnswerChange, MeasuredProbe, SaveError, StoredAnswer, measurements, save_answers_on,
};

/// How many pieces of evidence are offered for attaching.
const PIECES_OFFERED: usize = 100;

/// A row.
pub(super) async fn page(
    family: Family,
    context: Context,
    PathOf((id, key)): PathOf<(SheetId, String)>,
) -> Result<Response, WebError> {
    let desk = Desk::open(&context, family, id).await?;
    let stored = stored(&desk, &key);
    let state = answer_form::state_of(&stored.answer, context.today);
    show(&context, &desk, &key, &state).await
}

fn stored(desk: &Desk, key: &str) -> StoredAnswer {
    desk.content
        .answers
        .get(key)
        .cloned()
        .unwrap_or_else(|| StoredAnswer::untouched(key))
}

/// The page of a row with a form as it stands.
async fn show(
    context: &Context,
    desk: &Desk,
    key: &str,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let code = t.lang().code();
    let item = desk.content.pack.item(key).ok_or(WebError::NotFound)?;
    let checklist = desk.content.checklist()?;
    let section = checklist.section_of(key).ok_or(WebError::NotFound)?;
    let cell = desk.content.state(key);
    let stored = stored(desk, key);
    let applies = applicability(item, &desk.header().values);
    let probes = probes_of(context, desk, item).await?;
    let wording = item.text.in_language(code);
    let mut frame = context.frame(format!("{} {wording}", item.printed_id));
    frame.lede = Some(html! {
        @if let Some(name) = desk.of_whom(context) { (name) "　" }
        (t.t("checklist-asked-of")) " " (words::device_class(t, item.device_class)) "　"
        (state_tag(t, cell))
        @if sheet::is_new(desk, item) { " " (tag(Tone::Info, t.t("checklist-new-row"))) }
        @if item.wording == Wording::Unverified { " " (tag(Tone::Neutral, t.t("checklist-unverified"))) }
    });
    let mut crumbs = desk.crumbs(t);
    crumbs.push(yagura_web::ui::layout::Crumb::new(
        section_title(t, section),
        desk.path(),
    ));
    frame.breadcrumbs = crumbs;
    frame.navigation = desk.navigation(t, key);
    frame.navigation_label = Some(t.t("checklist-navigation").to_owned());
    let left = html! {
        (answer_card(context, desk, item, &stored, applies, state))
        (evidence_card(context, desk, item, &probes).await?)
        (neighbours(context, desk, key))
    };
    let right = html! {
        (guidance(context, item))
        (about_row(context, desk, item))
    };
    let body = html! {
        (error_summary(t, state))
        (contradiction(context, cell, item, &probes))
        @if let Some(change) = &item.change_note {
            (note(t, Tone::Info, html! { (change.in_language(code)) }))
        }
        (row(&[(Span::Seven, left), (Span::Five, right)]))
    };
    context.respond(frame, body).await
}

async fn probes_of(
    context: &Context,
    desk: &Desk,
    item: &Item,
) -> Result<Vec<MeasuredProbe>, WebError> {
    let super::desk::ReadGrant::Institution(proof) = &desk.grant else {
        return Ok(Vec::new());
    };
    let all = measurements(context.database(), proof).await?;
    Ok(item
        .all_probes()
        .filter_map(|probe| all.iter().find(|measured| measured.probe == probe).cloned())
        .collect())
}

/// What was measured against a「はい」, and what to do about it.
fn contradiction(
    context: &Context,
    cell: CellState,
    item: &Item,
    probes: &[MeasuredProbe],
) -> Markup {
    let t = context.t();
    html! {
        @if cell == CellState::Contradiction {
            (note(t, Tone::Danger, html! {
                b { (t.t("checklist-contradiction-here")) }
                @for measured in probes.iter().filter(|measured| item.probes.contains(&measured.probe) && measured.fresh_outcome(context.now) == Outcome::Violated) {
                    " " (t.finding(&measured.measurement.finding))
                }
                " " (t.t("checklist-contradiction-mend"))
            }))
        }
    }
}

fn answer_card(
    context: &Context,
    desk: &Desk,
    item: &Item,
    stored: &StoredAnswer,
    applies: Applicability,
    state: &FormState,
) -> Markup {
    let t = context.t();
    let why_not = match applies {
        Applicability::Applies => None,
        Applicability::GateIsNo => Some(t.t("checklist-not-applicable-gate")),
        Applicability::NoVendorContract => Some(t.t("checklist-not-applicable-contract")),
    };
    if let Some(why_not) = why_not {
        return card(
            t.t("checklist-answer"),
            html! {
                p { (why_not) }
                @if desk.may_answer {
                    p { a href={ (desk.path()) "/gate" } { (t.t("checklist-head-change")) } }
                }
                @if !stored.answer.is_empty() {
                    p.small { (t.t("checklist-answer-kept")) " " (words::answer_line(t, &stored.answer)) }
                }
            },
        );
    }
    if !desk.may_answer {
        return card(t.t("checklist-answer"), read_only(context, desk, stored));
    }
    let Some(checklist) = desk.content.pack.checklist() else {
        return html! {};
    };
    let path = desk.item_path(&item.key);
    let fields = AnswerForm {
        version: stored.version,
        rules: &checklist.rules,
        stored: &stored.answer,
        year_end: desk.header().year.end(),
    };
    let draft = format!("answer-{}-{}", desk.id(), item.key);
    let mut others = vec![button(
        &Button::secondary(t.t("checklist-save")).sending("then", "stay"),
    )];
    if !stored.answer.is_empty() {
        others.push(button(
            &Button::quiet(t.t("checklist-clear"))
                .sending("clear", "yes")
                .confirm(t.t("checklist-clear-confirm")),
        ));
    }
    card_with(
        t.t("checklist-answer"),
        html! {
            @if desk.may_read_history && stored.version > 0 {
                a href={ (desk.path()) "/history?item=" (percent_encoded(&item.key)) } { (t.t("checklist-history")) }
            }
        },
        html! {
            @if stored.version > 0 { (recorded(context, stored)) }
            (form(t, &Form::post(&path).keep_draft(&draft), html! {
                (answer_form::fields(t, state, &fields))
                (button_row(
                    &Button::primary(t.t("checklist-save-next")).sending("then", "next"),
                    &others,
                ))
            }))
        },
    )
}

/// Who recorded what and when.
fn recorded(context: &Context, stored: &StoredAnswer) -> Markup {
    let t = context.t();
    html! {
        p.small {
            @match &stored.names.changed {
                Some(name) => { (t.t_args("checklist-recorded-by", args![("name", name)])) }
                None => { (t.t("checklist-recorded")) }
            }
            " " (relative_time(t, stored.changed_at, context.now))
        }
    }
}

fn read_only(context: &Context, desk: &Desk, stored: &StoredAnswer) -> Markup {
    let t = context.t();
    let answer = &stored.answer;
    let by = |name: &Option<String>| {
        html! {
            @if let Some(name) = name { " " (t.t_args("checklist-by", args![("name", name)])) }
        }
    };
    let mut entries = vec![(
        t.t("checklist-round-first"),
        html! { (words::round(t, answer.first)) (by(&stored.names.first)) },
    )];
    if let Some(target) = answer.target {
        entries.push((t.t("checklist-target"), date(t, target)));
    }
    if answer.second.is_some() {
        entries.push((
            t.t("checklist-round-second"),
            html! { (words::round(t, answer.second)) (by(&stored.names.second)) },
        ));
    }
    if !answer.remark.is_empty() {
        entries.push((t.t("checklist-remark"), words::lines(&answer.remark)));
    } else if !desk.grant.proof().sees_detail() {
        entries.push((
            t.t("checklist-remark"),
            html! { (t.t("checklist-not-shared")) },
        ));
    }
    description_list(&entries)
}

/// Evidence and measurements: how we know.
async fn evidence_card(
    context: &Context,
    desk: &Desk,
    item: &Item,
    probes: &[MeasuredProbe],
) -> Result<Markup, WebError> {
    let t = context.t();
    let at = ItemRef::new(desk.id(), &item.key);
    let path = desk.item_path(&item.key);
    let may_manage = desk.may(context, Action::ManageEvidence);
    let may_open = desk.may(context, Action::DownloadEvidence);
    let pieces = if desk.may(context, Action::ReadEvidence) {
        let proof = context
            .authorize::<actions::ReadEvidence>(desk.header().owner)
            .await?;
        let linked = of_item(context.database(), &proof, &at).await?;
        let offered = if may_manage {
            attachable(
                context.database(),
                &proof,
                "",
                PIECES_OFFERED,
                context.today,
            )
            .await?
        } else {
            Vec::new()
        };
        let offered: Vec<_> = offered
            .into_iter()
            .filter(|piece| linked.iter().all(|link| link.piece.id != piece.id))
            .collect();
        Some((linked, offered))
    } else {
        None
    };
    Ok(card(
        t.t("checklist-evidence"),
        html! {
            @if !probes.is_empty() { (measured_table(context, item, probes)) }
            @match &pieces {
                Some((linked, offered)) => {
                    (linked_list(t, &at, &path, &linked.iter().collect::<Vec<_>>(), context.today, may_manage, may_open))
                    (attach_panel(t, &at, &path, offered, may_manage))
                }
                None => {
                    @if desk.family == Family::Institution {
                        p.small { (t.t("checklist-evidence-not-shared")) }
                    } @else {
                        p.small { (t.t("checklist-evidence-vendor")) }
                    }
                }
            }
        },
    ))
}

/// What was measured, how much of the estate it covered, when, and until when it holds.
fn measured_table(context: &Context, item: &Item, probes: &[MeasuredProbe]) -> Markup {
    let t = context.t();
    let rows = probes
        .iter()
        .map(|measured| {
            let measurement = &measured.measurement;
            let (tone, word) = words::outcome(t, measured.fresh_outcome(context.now));
            let decides = item.probes.contains(&measured.probe);
            TableRow::new(vec![
                html! {
                    (words::probe_name(t, &measured.probe))
                    @if measurement.total > 0 {
                        br;
                        span.small { (t.t_args("checklist-coverage", args![("covered", measurement.covered), ("total", measurement.total)])) }
                    }
                    @if !decides { br; span.small { (t.t("checklist-supports-only")) } }
                },
                html! {
                    div { (tag(tone, word)) br; span.small { (t.finding(&measurement.finding)) } }
                },
                html! {
                    div {
                        (relative_time(t, measurement.measured_at, context.now))
                        br;
                        span.small {
                            @if measured.is_fresh(context.now) {
                                (t.t_args("checklist-valid-until", args![("until", t.date_time(measurement.valid_until))]))
                            } @else { (t.t("checklist-measurement-stale")) }
                        }
                    }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("checklist-measured"),
        vec![
            Column::text(t.t("checklist-column-probe")),
            Column::text(t.t("checklist-column-outcome")),
            Column::text(t.t("checklist-column-when")),
        ],
        rows,
    ))
}

/// The rows before and after.
fn neighbours(context: &Context, desk: &Desk, key: &str) -> Markup {
    let t = context.t();
    let items: Vec<&Item> = desk.content.pack.items().collect();
    let place = items.iter().position(|item| item.key == key);
    let before = place
        .and_then(|place| place.checked_sub(1))
        .and_then(|place| items.get(place));
    let after = place.and_then(|place| items.get(place + 1));
    html! {
        nav.pages aria-label=(t.t("checklist-neighbours")) {
            @if let Some(item) = before {
                a href=(desk.item_path(&item.key)) rel="prev" { (t.t("checklist-previous")) " " (short_name(t, item)) }
            }
            @if let Some(item) = after {
                a href=(desk.item_path(&item.key)) rel="next" { (t.t("checklist-next")) " " (short_name(t, item)) }
            }
        }
    }
}

/// How to get there in three stages, what proves it, what the inspector asks.
fn guidance(context: &Context, item: &Item) -> Markup {
    let t = context.t();
    let code = t.lang().code();
    let Some(guidance) = item.guidance() else {
        return html! {};
    };
    let stages = [
        (t.t("checklist-stage-prepare"), &guidance.prepare),
        (t.t("checklist-stage-carry-out"), &guidance.carry_out),
        (t.t("checklist-stage-strengthen"), &guidance.strengthen),
    ];
    let stages: Vec<(&str, Markup)> = stages
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name, html! { (text.in_language(code)) }))
        .collect();
    html! {
        (card(t.t("checklist-guidance"), html! {
            @if !guidance.meaning.is_empty() { p { (guidance.meaning.in_language(code)) } }
            (steps(&stages))
        }))
        @if !guidance.evidence.is_empty() {
            (card(t.t("checklist-guidance-evidence"), html! {
                ul { @for text in &guidance.evidence { li { (text.in_language(code)) } } }
            }))
        }
        @if !guidance.inspector.is_empty() {
            (card(t.t("checklist-guidance-inspector"), html! {
                ul { @for text in &guidance.inspector { li { (text.in_language(code)) } } }
            }))
        }
        @if !guidance.dated_notes.is_empty() {
            (card(t.t("checklist-guidance-dated"), html! {
                ul {
                    @for dated in &guidance.dated_notes {
                        li { b { (dated.date) } " " (dated.text.in_language(code)) br; span.small { (dated.source.in_language(code)) } }
                    }
                }
            }))
        }
    }
}

/// Where the wording is from and how sure it is.
fn about_row(context: &Context, desk: &Desk, item: &Item) -> Markup {
    let t = context.t();
    let code = t.lang().code();
    details(
        t.t("checklist-about-row"),
        html! {
            @if item.wording == Wording::Unverified {
                p { (t.t("checklist-unverified-what")) }
            }
            p.small { (item.wording_source.in_language(code)) }
            p.small { (desk.content.pack.title.in_language(code)) " " (desk.content.pack.version) }
        },
    )
}

/// Saves a row.
pub(super) async fn save(
    family: Family,
    context: Context,
    PathOf((id, key)): PathOf<(SheetId, String)>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (grant, desk) = Desk::open_to_write(&context, family, id).await?;
    let t = context.t();
    let clears = state.is_chosen("clear", "yes");
    let stored = stored(&desk, &key);
    let input = if clears {
        AnswerInput::default()
    } else {
        answer_form::read(&mut state, t, &stored.answer, context.today)
    };
    if state.has_errors() {
        let page = show(&context, &desk, &key, &state).await?;
        return Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let merged = state.is_chosen("merged", "yes");
    let change = AnswerChange {
        item_key: key.clone(),
        expected_version: state.value("version").parse().unwrap_or(0),
        input,
        source: if merged {
            ChangeSource::Merged
        } else {
            ChangeSource::Typed
        },
    };
    let packs = context.app.packs();
    let saved = save_answers_on(
        context.database(),
        &packs,
        context.app.ids(),
        grant.proof(),
        &desk.content,
        std::slice::from_ref(&change),
        context.now,
    )
    .await;
    match saved {
        Ok((mut tx, saved)) => {
            if saved.changed() {
                grant
                    .audit(&context, &mut tx, id, saved.audit_detail())
                    .await?;
            }
            tx.commit().await?;
            let name = desk
                .content
                .pack
                .item(&key)
                .map(|item| item.printed_id.clone());
            let flash = FlashMessage::done(if clears {
                "checklist-cleared"
            } else {
                "checklist-saved"
            })
            .with("item", name.unwrap_or_default());
            let to = match state.value("then") {
                "next" => next_path(&desk, &key),
                _ => item_path(family, id, &key),
            };
            Ok(context.redirect(&to, flash))
        }
        Err(SaveError::Refused(problems)) => {
            for problem in problems {
                let words = words::answer_problem(t, &problem.problem);
                match problem.problem.field() {
                    "item" => state.add_form_error(words),
                    field => state.add_error(field, words),
                }
            }
            let page = show(&context, &desk, &key, &state).await?;
            Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(SaveError::Conflict(conflicts)) => {
            let theirs = conflicts
                .into_iter()
                .next()
                .map_or(stored, |conflict| conflict.theirs);
            conflict::page(&context, &desk, &key, &state, &change, &theirs).await
        }
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// The next row after one that is not answered yet, else the next row, else the sheet.
fn next_path(desk: &Desk, key: &str) -> String {
    let items: Vec<&Item> = desk.content.pack.items().collect();
    let after = items
        .iter()
        .position(|item| item.key == key)
        .map_or(0, |place| place + 1);
    let rest = items.get(after..).unwrap_or_default();
    let open = rest
        .iter()
        .find(|item| desk.content.state(&item.key) == CellState::Unanswered);
    open.or_else(|| rest.first()).map_or_else(
        || sheet_path(desk.family, desk.id()),
        |item| desk.item_path(&item.key),
    )
}
