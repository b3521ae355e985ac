//! What an import would do, shown before anything is written.

mod devices;
mod findings;
mod products;
mod questions;
mod records;

use discovery::model::Incomplete;
use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Span, StatTile, Tab, Tone, card, date_time, details, empty_state, note, row, stat_tile, tabs,
};
use yagura_web::ui::forms::{
    Button, Field as FormField, Form, FormState, button, button_row, checkbox, form, hidden,
};
use yagura_web::{Translator, address};

use super::{PreviewQuery, number};
use crate::import::{AssetChange, Counts, NewAsset, Plan, SourceFile};
use crate::store::{Import, Named};

pub(super) use products::OFFERED;
pub(super) use questions::QUESTIONS;

/// How many rows of a preview a page shows.
pub(super) const ROWS: usize = 100;

/// No preview has more pages.
const LAST_PAGE: usize = 100_000;

const VIEWS: [&str; 9] = [
    "systems",
    "connections",
    "new",
    "changed",
    "questions",
    "services",
    "products",
    "unseen",
    "problems",
];

/// What is shown.
pub(super) struct View<'a> {
    pub(super) t: &'a Translator,
    pub(super) import: &'a Import,
    pub(super) plan: &'a Plan,
    pub(super) files: &'a [SourceFile],
    /// Devices on which a product may run: those that a search found and those that are chosen.
    pub(super) assets: &'a [Named],
    /// How many of them the search found.
    pub(super) offered: usize,
    /// What was searched for.
    pub(super) search: &'a str,
    pub(super) here: String,
}

impl View<'_> {
    /// The page, without its frame.
    pub(super) fn page(&self, query: &PreviewQuery) -> Markup {
        let t = self.t;
        let counts = self.plan.counts();
        let sheets = &self.plan.sheets;
        let numbers = [
            records::told(&sheets.systems),
            records::told(&sheets.connections),
            self.unasked().count(),
            self.changing().count(),
            self.plan.questions.len() + self.plan.notices.len(),
            counts.unexpected_services,
            self.plan.products.len(),
            counts.unseen,
            counts.problems,
        ];
        let busiest = VIEWS
            .into_iter()
            .zip(numbers)
            .find(|(_, number)| *number > 0);
        let view = VIEWS
            .into_iter()
            .find(|view| query.show == *view)
            .or(busiest.map(|(view, _)| view))
            .unwrap_or("new");
        let labels = VIEWS.map(|view| t.find(&format!("inventory-import-view-{view}")));
        let hrefs = VIEWS.map(|view| address(&self.here, [("show", view)]));
        let entries: Vec<Tab<'_>> = labels
            .iter()
            .zip(&hrefs)
            .zip(VIEWS.into_iter().zip(numbers))
            .filter(|(_, (name, number))| *number > 0 || *name == view)
            .map(|((label, href), (name, number))| Tab {
                label: label.unwrap_or_default(),
                href,
                count: u64::try_from(number).ok(),
                current: name == view,
            })
            .collect();
        html! {
            (self.cautions())
            (self.names_kept())
            (self.verdict(&counts))
            (row(&self.tiles(&counts)))
            (card(t.t("inventory-import-preview"), html! {
                (tabs(t.t("inventory-import-preview"), &entries))
                (self.view(view, query.page.clamp(1, LAST_PAGE)))
            }))
            (card(t.t("inventory-import-files"), self.sources()))
        }
    }

    /// Devices that stand in no row, without those of which a question decides.
    pub(super) fn unasked(&self) -> impl Iterator<Item = &NewAsset> {
        self.plan.new.iter().filter(|new| !new.is_answered)
    }

    /// Rows of the register that would change, also those that a person left out.
    pub(super) fn changing(&self) -> impl Iterator<Item = &AssetChange> {
        let seen = self.plan.seen.iter();
        seen.filter(|seen| !seen.lines.is_empty() || !seen.set_aside.is_empty())
    }

    fn cautions(&self) -> Markup {
        let t = self.t;
        html! {
            @for (name, why) in &self.plan.incomplete {
                (note(t, Tone::Caution, html! {
                    (t.t_args(match why {
                        Incomplete::CutOff => "inventory-import-is-cut-off",
                        Incomplete::Aborted => "inventory-import-is-aborted",
                        Incomplete::Bound => "inventory-import-is-bounded",
                    }, args![("file", name.as_str())]))
                }))
            }
        }
    }

    /// Names that stand nowhere yet and are kept as written.
    fn names_kept(&self) -> Markup {
        let t = self.t;
        let sheets = &self.plan.sheets;
        let told = [
            ("inventory-import-new-departments", &sheets.new_departments),
            ("inventory-import-other-vendors", &sheets.other_vendors),
        ];
        html! {
            @for (key, names) in told {
                @if !names.is_empty() {
                    @let first: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
                    (note(t, Tone::Info, html! {
                        (t.t_args(key, args![
                            ("names", first.join("、")), ("count", number(names.len()))
                        ]))
                    }))
                }
            }
        }
    }

    fn verdict(&self, counts: &Counts) -> Markup {
        let t = self.t;
        let decisions = &self.import.decisions;
        let chosen = self
            .plan
            .products
            .iter()
            .filter(|product| product.asset.is_some());
        let chosen = chosen.count();
        let records = counts.records_new + counts.records_changed;
        let does = counts.new + counts.changed + chosen + records;
        let of_devices = counts.new + counts.changed > 0 || records == 0;
        let state = [
            ("add", decisions.add),
            ("fill", decisions.fill),
            ("replace", decisions.replace),
            ("is_complete", decisions.is_complete),
        ]
        .into_iter()
        .filter(|(_, is_chosen)| *is_chosen)
        .fold(FormState::empty(), |state, (name, _)| {
            state.with(name, "yes")
        });
        let has_table = self.files.iter().any(|file| file.table().is_some());
        html! {
            (note(t, if does > 0 { Tone::Info } else { Tone::Neutral }, html! {
                p {
                    @if records > 0 {
                        (t.t_args("inventory-import-will-records", args![
                            ("new", number(counts.records_new)),
                            ("changed", number(counts.records_changed))
                        ])) " "
                    }
                    @if does > 0 && of_devices {
                        (t.t_args("inventory-import-will", args![
                            ("new", number(counts.new)),
                            ("changed", number(counts.changed))
                        ]))
                        @if counts.left_out > 0 {
                            (t.t_args("inventory-import-left", args![
                                ("left", number(counts.left_out))
                            ]))
                        }
                    } @else if does == 0 { (t.t("inventory-import-nothing")) }
                }
                @if counts.questions > 0 {
                    p {
                        (t.t_args("inventory-import-unanswered", args![
                            ("count", number(counts.questions))
                        ])) " "
                        a href=(address(&self.here, [("show", "questions")])) {
                            (t.t("inventory-import-view-questions"))
                        }
                    }
                }
                p.small { (t.t("inventory-import-until")) " " (date_time(t, self.import.expires_at)) }
                div.buttons {
                    form action={ (self.here) "/confirm" } method="post" {
                        (hidden("seen", &self.plan.fingerprint()))
                        (button(&Button::primary(t.t("inventory-import-confirm"))))
                    }
                    form action={ (self.here) "/cancel" } method="post" {
                        (button(&Button::secondary(t.t("inventory-import-drop"))))
                    }
                }
            }))
            (details(t.t("inventory-import-choices"), html! {
                (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                    (hidden("scope", "all"))
                    (checkbox(t, &state, &FormField::new("add", t.t("inventory-import-choice-add"))))
                    (checkbox(t, &state, &FormField::new("fill", t.t("inventory-import-choice-fill"))))
                    (checkbox(t, &state, &FormField::new("replace", t.t("inventory-import-choice-replace"))))
                    @if has_table {
                        (checkbox(t, &state, &FormField::new("is_complete",
                            t.t("inventory-import-choice-complete"))
                            .hint(t.t("inventory-import-choice-complete-hint"))))
                    }
                    (button_row(&Button::secondary(t.t("inventory-import-choose-so")), &[]))
                }))
            }))
        }
    }

    fn tiles(&self, counts: &Counts) -> Vec<(Span, Markup)> {
        let t = self.t;
        let tile = |label: &str, count: usize, detail: &str, tone: Tone| {
            let value = count.to_string();
            let tile = StatTile {
                label,
                value: &value,
                unit: t.t("inventory-unit"),
                detail,
                tone,
                link: None,
            };
            (Span::Three, stat_tile(&tile))
        };
        let per_cent = self.plan.coverage.per_cent();
        let coverage = per_cent.map(|per_cent| {
            t.t_args(
                "inventory-import-coverage",
                args![
                    ("percent", format!("{per_cent:.0}")),
                    ("observed", number(counts.observed))
                ],
            )
        });
        let strangers = t.t_args(
            "inventory-import-unidentified",
            args![("count", number(counts.unidentified))],
        );
        if self.files.iter().all(|file| file.sheet().is_some()) {
            return vec![
                tile(
                    t.t("inventory-import-tile-records-new"),
                    counts.records_new,
                    "",
                    Tone::Info,
                ),
                tile(
                    t.t("inventory-import-tile-records-changed"),
                    counts.records_changed,
                    "",
                    Tone::Info,
                ),
                tile(
                    t.t("inventory-import-tile-records-unchanged"),
                    counts.records_unchanged,
                    "",
                    Tone::Neutral,
                ),
            ];
        }
        vec![
            tile(
                t.t("inventory-import-view-new"),
                self.plan.new.len(),
                coverage.as_deref().unwrap_or_default(),
                if self.plan.new.is_empty() {
                    Tone::Success
                } else {
                    Tone::Info
                },
            ),
            tile(
                t.t("inventory-import-view-changed"),
                counts.changed,
                "",
                Tone::Info,
            ),
            tile(
                t.t("inventory-import-tile-unchanged"),
                counts.unchanged,
                if counts.unidentified > 0 {
                    &strangers
                } else {
                    ""
                },
                Tone::Neutral,
            ),
            tile(
                t.t("inventory-import-view-unseen"),
                counts.unseen,
                "",
                if counts.unseen > 0 {
                    Tone::Caution
                } else {
                    Tone::Neutral
                },
            ),
        ]
    }

    fn view(&self, view: &str, page: usize) -> Markup {
        match view {
            "systems" => self.records(view, page, &self.plan.sheets.systems),
            "connections" => self.records(view, page, &self.plan.sheets.connections),
            "changed" => self.changed(page),
            "questions" => self.questions(page),
            "services" => self.services(page),
            "products" => self.products(page),
            "unseen" => self.unseen(page),
            "problems" => self.problems(page),
            _ => self.new_devices(page),
        }
    }

    pub(super) fn nothing(&self) -> Markup {
        empty_state(self.t.t("inventory-import-view-none"), html! {})
    }

    fn pager(&self, view: &str, page: usize, all: usize) -> Markup {
        self.pager_of(view, page, all, ROWS)
    }

    fn pager_of(&self, view: &str, page: usize, all: usize, a_page: usize) -> Markup {
        let t = self.t;
        let link = |page: usize| {
            let page = page.to_string();
            address(&self.here, [("show", view), ("page", page.as_str())])
        };
        let last = all.div_ceil(a_page);
        html! {
            @if last > 1 {
                nav.pagination aria-label=(t.t("inventory-import-preview")) {
                    @if page > 1 { a href=(link(page - 1)) rel="prev" { (t.t("inventory-import-previous")) } }
                    span { (page) " / " (last) }
                    @if page < last { a href=(link(page + 1)) rel="next" { (t.t("inventory-import-next")) } }
                }
            }
        }
    }
}
