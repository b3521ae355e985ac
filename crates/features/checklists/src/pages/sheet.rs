//! A sheet of a year: how far it is, what contradicts, every row with its state.

use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::id::SheetId;
use yagura_kernel::proof::CellState;
use yagura_packs::{Item, Wording};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::charts::state_bar;
use yagura_web::ui::components::{
    Column, Tab, Table, TableRow, Tone, card, card_with, data_table, date, date_short,
    description_list, details, due, note, progress_bar, state_tag, tabs, tag,
};
use yagura_web::ui::forms::{link_button, print_button};
use yagura_web::{Context, Translator, WebError, see_other};

use super::desk::{Desk, Family, ReadGrant, section_title};
use super::{ListQuery, words};
use crate::model::{Applicability, applicability};
use crate::store::{SheetContent, owner_of, sheets_of};

/// Which rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Unanswered,
    No,
    Contradiction,
    New,
}

impl Show {
    const ALL: [Self; 5] = [
        Self::All,
        Self::Unanswered,
        Self::No,
        Self::Contradiction,
        Self::New,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unanswered => "unanswered",
            Self::No => "no",
            Self::Contradiction => "contradiction",
            Self::New => "new",
        }
    }

    fn of(word: Option<&str>) -> Self {
        Self::ALL
            .into_iter()
            .find(|show| Some(show.code()) == word)
            .unwrap_or(Self::All)
    }

    fn takes(self, desk: &Desk, item: &Item, state: CellState) -> bool {
        match self {
            Self::All => true,
            Self::Unanswered => state == CellState::Unanswered,
            Self::No => state == CellState::No,
            Self::Contradiction => state == CellState::Contradiction,
            Self::New => is_new(desk, item),
        }
    }

    fn label(self, t: &Translator) -> &str {
        t.t(match self {
            Self::All => "checklist-show-all",
            Self::Unanswered => "checklist-show-unanswered",
            Self::No => "checklist-show-no",
            Self::Contradiction => "checklist-show-contradiction",
            Self::New => "checklist-show-new",
        })
    }
}

/// Whether a row entered the form with the year of the sheet.
pub(super) fn is_new(desk: &Desk, item: &Item) -> bool {
    desk.content.pack.fiscal_year == Some(item.since)
}

/// A sheet of a year.
pub(super) async fn page(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    if let Some(other) = other_family(&context, family, id).await? {
        return Ok(see_other(&super::sheet_path(other, id)));
    }
    let desk = Desk::open(&context, family, id).await?;
    let before = desk.before(&context).await?;
    let t = context.t();
    let show = Show::of(query.show.as_deref());
    let mut frame = context.frame(desk.title(t));
    frame.lede = Some(lede(&context, &desk));
    frame.actions = Some(html! {
        @if desk.may_answer {
            a.button href={ (desk.path()) "/quick" } { (t.t("checklist-quick")) }
        }
        @if desk.may_read_history {
            a.button href={ (desk.path()) "/history" } { (t.t("checklist-history")) }
        }
        (print_button(t))
    });
    let body = html! {
        (contradictions(&context, &desk))
        (before_rows(t, &desk))
        (progress_card(&context, &desk, before.as_ref()))
        (tabs(t.t("checklist-show"), &show_tabs(t, &desk, show)
            .iter().map(|(label, href, count, current)| Tab { label, href, count: Some(*count), current: *current })
            .collect::<Vec<_>>()))
        (sections(&context, &desk, before.as_ref(), show))
        @if all_unverified(&desk) { (note(t, Tone::Info, html! { (t.t("checklist-all-unverified")) })) }
        (head_card(t, &desk))
        (other_years(&context, &desk).await?)
        (about(t, &desk))
    };
    context.respond(frame, body).await
}

/// The family of a sheet that was asked for under the address of the other one, for who may read it.
async fn other_family(
    context: &Context,
    family: Family,
    id: SheetId,
) -> Result<Option<Family>, WebError> {
    let own = Family::of(owner_of(context.database(), id).await?.subject);
    if own == family {
        return Ok(None);
    }
    ReadGrant::ask(context, own, id)
        .await
        .map_err(|_| WebError::NotFound)?;
    Ok(Some(own))
}

fn lede(context: &Context, desk: &Desk) -> Markup {
    let t = context.t();
    html! {
        @if let Some(name) = desk.of_whom(context) { (name) "　" }
        @if let Some(goal) = desk.content.pack.checklist().and_then(|checklist| checklist.goal.as_ref()) {
            (goal.in_language(t.lang().code()))
        } @else {
            (t.t("checklist-lede"))
        }
    }
}

/// Whether no wording of the edition was compared with the official form: then it is said once and
/// not beside every row.
fn all_unverified(desk: &Desk) -> bool {
    let pack = &desk.content.pack;
    pack.unverified_items() == pack.items().count()
}

/// Every row with its state, in the order of the form.
fn rows(desk: &Desk) -> Vec<(&Item, CellState)> {
    let cells = &desk.content.header.cells;
    desk.content
        .pack
        .items()
        .enumerate()
        .map(|(place, item)| {
            (
                item,
                cells.get(place).copied().unwrap_or(CellState::Unanswered),
            )
        })
        .collect()
}

fn contradictions(context: &Context, desk: &Desk) -> Markup {
    let t = context.t();
    let contradicted: Vec<&Item> = rows(desk)
        .into_iter()
        .filter(|(_, state)| *state == CellState::Contradiction)
        .map(|(item, _)| item)
        .collect();
    html! {
        @if !contradicted.is_empty() {
            (note(t, Tone::Danger, html! {
                p { b { (t.t_args("checklist-contradictions", args![("count", contradicted.len())])) } " " (t.t("checklist-contradictions-what")) }
                ul {
                    @for item in &contradicted {
                        li { a href=(desk.item_path(&item.key)) { (item.printed_id) " " (item.text.in_language(t.lang().code())) } }
                    }
                }
            }))
        }
    }
}

/// What has to be answered before the rows: the gate row; and what the gate row says now.
fn before_rows(t: &Translator, desk: &Desk) -> Markup {
    let has_gate = desk
        .content
        .pack
        .checklist()
        .is_some_and(|checklist| checklist.gate.is_some());
    let gate = desk.header().values.gate;
    let to_gate = format!("{}/gate", desk.path());
    html! {
        @if has_gate && gate.is_none() {
            (note(t, Tone::Caution, html! {
                p { (t.t("checklist-gate-open")) }
                @if desk.may_answer { p { a href=(to_gate) { (t.t("checklist-gate-answer")) } } }
            }))
        } @else if gate.is_some_and(|gate| !gate.answer.is_yes()) {
            (note(t, Tone::Info, html! {
                p { (t.t("checklist-gate-is-no")) }
                @if desk.may_answer { p { a href=(to_gate) { (t.t("checklist-head-change")) } } }
            }))
        }
    }
}

fn progress_card(context: &Context, desk: &Desk, before: Option<&SheetContent>) -> Markup {
    let t = context.t();
    let header = desk.header();
    let (answered, applicable) = header.progress();
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    let next = rows(desk)
        .into_iter()
        .find(|(_, state)| *state == CellState::Unanswered)
        .map(|(item, _)| desk.item_path(&item.key));
    let gate_first = header.values.gate.is_none()
        && desk
            .content
            .pack
            .checklist()
            .is_some_and(|checklist| checklist.gate.is_some());
    card(
        t.t("checklist-progress"),
        html! {
            (progress_bar(t, t.t("checklist-progress-rows"), number(answered), number(applicable)))
            (state_bar(t, t.t("checklist-progress-states"), &header.counts))
            @if let Some(target) = header.next_target {
                p.small {
                    (t.t("checklist-next-target")) " " (date(t, target)) " " (due(t, target, context.today))
                }
            }
            @if desk.may_answer {
                p.buttons {
                    @if gate_first {
                        (link_button(&format!("{}/gate", desk.path()), t.t("checklist-start"), true))
                    } @else if let Some(next) = &next {
                        (link_button(next, t.t("checklist-continue"), true))
                    }
                    @if before.is_some() {
                        (link_button(&format!("{}/drafts", desk.path()), t.t("checklist-drafts"), false))
                    }
                    (link_button(&format!("{}/new", desk.path()), t.t("checklist-news"), false))
                }
            }
            @if header.round1_done_at.is_some() {
                p.small { (t.t("checklist-round1-done")) }
            }
        },
    )
}

fn show_tabs(t: &Translator, desk: &Desk, show: Show) -> Vec<(String, String, u64, bool)> {
    let rows = rows(desk);
    Show::ALL
        .into_iter()
        .map(|tab| {
            let count = rows
                .iter()
                .filter(|(item, state)| tab.takes(desk, item, *state))
                .count();
            let href = match tab {
                Show::All => desk.path(),
                other => format!("{}?show={}", desk.path(), other.code()),
            };
            (
                tab.label(t).to_owned(),
                href,
                u64::try_from(count).unwrap_or(0),
                tab == show,
            )
        })
        .filter(|(_, _, count, current)| *count > 0 || *current)
        .collect()
}

fn sections(context: &Context, desk: &Desk, before: Option<&SheetContent>, show: Show) -> Markup {
    let t = context.t();
    let states: std::collections::BTreeMap<&str, CellState> = rows(desk)
        .into_iter()
        .map(|(item, state)| (item.key.as_str(), state))
        .collect();
    let state = |item: &Item| {
        states
            .get(item.key.as_str())
            .copied()
            .unwrap_or(CellState::Unanswered)
    };
    let shown: Vec<_> = desk
        .content
        .pack
        .checklist()
        .map(|checklist| checklist.sections.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|section| {
            let items: Vec<&Item> = section
                .items()
                .filter(|item| show.takes(desk, item, state(item)))
                .collect();
            (section, items)
        })
        .filter(|(_, items)| !items.is_empty())
        .collect();
    let packs = context.app.packs();
    html! {
        @if shown.is_empty() {
            (yagura_web::ui::components::empty_state(
                t.t("checklist-show-none"),
                html! { a href=(desk.path()) { (t.t("checklist-show-all-rows")) } },
            ))
        }
        @for (section, items) in &shown {
            (card(&section_title(t, section), data_table(&Table::new(
                &section_title(t, section),
                vec![
                    Column::text(t.t("checklist-column-item")),
                    Column::text(t.t("checklist-column-state")),
                    Column::text(t.t("checklist-column-date")),
                    Column::text(t.t("checklist-column-before")),
                ],
                items.iter().map(|item| {
                    item_row(context, desk, &packs, before, item, state(item))
                }).collect(),
            ))))
        }
    }
}

fn item_row(
    context: &Context,
    desk: &Desk,
    packs: &yagura_packs::Library,
    before: Option<&SheetContent>,
    item: &Item,
    state: CellState,
) -> TableRow {
    let t = context.t();
    let stored = desk.content.answers.get(&item.key);
    let applies = applicability(item, &desk.header().values) == Applicability::Applies;
    let open_target = stored
        .and_then(|stored| stored.answer.open_target())
        .filter(|_| applies);
    let confirmed = stored
        .and_then(|stored| stored.answer.current())
        .filter(|_| applies);
    TableRow::new(vec![
        html! {
            a href=(desk.item_path(&item.key)) { (item.printed_id) " " (item.text.in_language(t.lang().code())) }
            " "
            span.small { (words::device_class(t, item.device_class)) }
            @if is_new(desk, item) { " " (tag(Tone::Info, t.t("checklist-new-row"))) }
            @if item.wording == Wording::Unverified && !all_unverified(desk) { " " (tag(Tone::Neutral, t.t("checklist-unverified"))) }
        },
        html! { (state_tag(t, state)) },
        html! {
            @if let Some(target) = open_target {
                div { (t.t("checklist-target")) " " (date_short(t, target)) " " (due(t, target, context.today)) }
            } @else if let Some(round) = confirmed {
                (date_short(t, round.on))
            }
        },
        html! {
            @if let Some(before) = before {
                @match last_years(packs, desk, before, item) {
                    Some(word) => { (words::yes_no(t, word)) }
                    None => { (words::none(t)) }
                }
            }
        },
    ])
    .highlighted(state == CellState::Contradiction)
}

/// What the rows of the earlier sheet said from which this one descends: はい only where all did.
fn last_years(
    packs: &yagura_packs::Library,
    desk: &Desk,
    before: &SheetContent,
    item: &Item,
) -> Option<crate::model::YesNo> {
    let keys: Vec<String> = if before.pack.id == desk.content.pack.id {
        vec![item.key.clone()]
    } else {
        packs
            .ancestors_of(&desk.content.pack.id, &item.key)
            .into_iter()
            .filter(|ancestor| ancestor.pack == before.pack.id)
            .map(|ancestor| ancestor.key)
            .collect()
    };
    let answers: Vec<_> = keys
        .iter()
        .filter_map(|key| before.answers.get(key)?.answer.current())
        .map(|round| round.answer)
        .collect();
    let all_yes = answers.iter().all(|answer| answer.is_yes());
    (!answers.is_empty()).then(|| crate::model::YesNo::of(all_yes))
}

fn head_card(t: &Translator, desk: &Desk) -> Markup {
    let values = desk.header().values;
    let Some(checklist) = desk.content.pack.checklist() else {
        return html! {};
    };
    let gate = checklist.gate.as_ref();
    let has_vendor_rows = checklist
        .items()
        .any(|item| item.not_applicable_when.is_some());
    let mut entries: Vec<(&str, Markup)> = Vec::new();
    if let Some(gate) = gate {
        let answer = words::round(t, values.gate);
        entries.push((
            gate.heading.in_language(t.lang().code()),
            html! { (answer) },
        ));
    }
    if has_vendor_rows {
        let answer = words::round(t, values.vendor_contract);
        entries.push((t.t("checklist-vendor-contract"), html! { (answer) }));
    }
    if checklist.rules.confirmation_date {
        entries.push((
            t.t("checklist-confirmed-on"),
            match values.confirmed_on {
                Some(day) => date(t, day),
                None => html! { (t.t("checklist-nothing")) },
            },
        ));
    }
    if entries.is_empty() {
        return html! {};
    }
    card_with(
        t.t("checklist-head"),
        html! {
            @if desk.may_answer {
                a href={ (desk.path()) "/gate" } { (t.t("checklist-head-change")) }
            }
        },
        description_list(&entries),
    )
}

/// Links to the sheets of other years.
async fn other_years(context: &Context, desk: &Desk) -> Result<Markup, WebError> {
    let t = context.t();
    let sheets = sheets_of(context.database(), desk.grant.proof()).await?;
    let others: Vec<_> = sheets
        .iter()
        .filter(|other| other.subject == desk.header().subject && other.id != desk.id())
        .collect();
    Ok(html! {
        @if !others.is_empty() {
            (card(t.t("checklist-other-years"), html! {
                ul {
                    @for other in &others {
                        li {
                            a href=(super::sheet_path(desk.family, other.id)) {
                                (words::sheet_title(t, other.year, desk.vendor.as_ref()))
                            }
                        }
                    }
                }
            }))
        }
    })
}

/// Which edition it is, and how sure the wording is.
fn about(t: &Translator, desk: &Desk) -> Markup {
    let pack = &desk.content.pack;
    let code = t.lang().code();
    let unverified = pack.unverified_items();
    details(
        t.t("checklist-about"),
        html! {
            (description_list(&[
                (t.t("checklist-about-edition"), html! { (pack.title.in_language(code)) }),
                (t.t("checklist-about-version"), html! { (pack.version) }),
                (t.t("checklist-about-source"), html! {
                    (pack.source.publisher.in_language(code)) " "
                    @if pack.source.url.is_empty() { (pack.source.title.in_language(code)) }
                    @else { a href=(pack.source.url) rel="noopener noreferrer external" { (pack.source.title.in_language(code)) } }
                }),
            ]))
            @if unverified > 0 {
                p { (t.t_args("checklist-about-unverified", args![("count", unverified)])) }
            }
            @for text in &pack.notes { p.small { (text.text.in_language(code)) } }
        },
    )
}
