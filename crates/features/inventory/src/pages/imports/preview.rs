//! What an import would do, shown before anything is written.

use discovery::model::Incomplete;
use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Span, StatTile, Tab, Table, TableRow, Tone, card, data_table, date_time, details,
    empty_state, note, row, stat_tile, tabs, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, Form, FormState, button, button_row, checkbox, form,
    hidden, select,
};
use yagura_web::{Translator, address};

use super::super::Part;
use super::{PreviewQuery, number, services_words};
use crate::import::{self, AssetChange, Counts, Plan, SourceFile};
use crate::model::{Asset, FieldSpec, RecordKind};
use crate::store::{Import, Named};
use crate::words;

/// How many rows of a preview a page shows.
pub(super) const ROWS: usize = 100;

const VIEWS: [&str; 7] = [
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
    pub(super) assets: &'a [Named],
    pub(super) here: String,
}

impl View<'_> {
    /// The page, without its frame.
    pub(super) fn page(&self, query: &PreviewQuery) -> Markup {
        let t = self.t;
        let counts = self.plan.counts();
        let numbers = [
            self.plan.new.len(),
            self.changing().count(),
            counts.questions,
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
            (self.verdict(&counts))
            (row(&self.tiles(&counts)))
            (card(t.t("inventory-import-preview"), html! {
                (tabs(t.t("inventory-import-preview"), &entries))
                (self.view(view, query.page.max(1)))
            }))
            (card(t.t("inventory-import-files"), self.sources()))
        }
    }

    /// Rows of the register that would change, also those that a person left out.
    fn changing(&self) -> impl Iterator<Item = &AssetChange> {
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

    fn verdict(&self, counts: &Counts) -> Markup {
        let t = self.t;
        let decisions = &self.import.decisions;
        let chosen = self
            .plan
            .products
            .iter()
            .filter(|product| product.asset.is_some());
        let chosen = chosen.count();
        let does = counts.new + counts.changed + chosen;
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
                    @if does > 0 {
                        (t.t_args("inventory-import-will", args![
                            ("new", number(counts.new)),
                            ("changed", number(counts.changed))
                        ]))
                        @if counts.left_out > 0 {
                            (t.t_args("inventory-import-left", args![
                                ("left", number(counts.left_out))
                            ]))
                        }
                    } @else { (t.t("inventory-import-nothing")) }
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
            "changed" => self.changed(page),
            "questions" => self.questions(page),
            "services" => self.services(page),
            "products" => self.products(page),
            "unseen" => self.unseen(page),
            "problems" => self.problems(page),
            _ => self.new_devices(page),
        }
    }

    fn nothing(&self) -> Markup {
        empty_state(self.t.t("inventory-import-view-none"), html! {})
    }

    fn pager(&self, view: &str, page: usize, all: usize) -> Markup {
        let t = self.t;
        let link = |page: usize| {
            let page = page.to_string();
            address(&self.here, [("show", view), ("page", page.as_str())])
        };
        let last = all.div_ceil(ROWS);
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

    /// A table whose rows can be left out.
    fn selectable(
        &self,
        view: &str,
        page: usize,
        all: usize,
        columns: Vec<Column<'_>>,
        rows: Vec<(String, bool, Vec<Markup>)>,
    ) -> Markup {
        let t = self.t;
        let mut headings = vec![Column::text(t.t("inventory-import-take"))];
        headings.extend(columns);
        let keys: Vec<String> = rows.iter().map(|(key, _, _)| key.clone()).collect();
        let rows = rows
            .into_iter()
            .map(|(key, is_taken, cells)| {
                let mut all = vec![html! {
                    input type="checkbox" name="take" value=(key) checked[is_taken]
                        aria-label=(t.t("inventory-import-take"));
                }];
                all.extend(cells);
                TableRow::new(all)
            })
            .collect();
        html! {
            (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                (hidden("scope", "rows"))
                (hidden("show", view))
                (hidden("page", &page.to_string()))
                @for key in &keys { (hidden("shown", key)) }
                (data_table(&Table::new(t.t("inventory-import-preview"), headings, rows)
                    .without_row_headers()))
                (button_row(&Button::secondary(t.t("inventory-import-save-choice")), &[]))
            }))
            (self.pager(view, page, all))
        }
    }

    fn new_devices(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.new.is_empty() {
            return self.nothing();
        }
        let shown = self.plan.new.iter().skip((page - 1) * ROWS).take(ROWS);
        let rows = shown
            .map(|new| {
                let asset = &new.asset;
                let what = [
                    &asset.manufacturer,
                    &asset.model,
                    &asset.os,
                    &asset.os_version,
                ];
                let what: Vec<&str> = what
                    .into_iter()
                    .map(String::as_str)
                    .filter(|text| !text.is_empty())
                    .collect();
                let class = crate::model::Code::code(asset.class);
                let cells = vec![
                    html! {
                        (asset.name)
                        @for remark in &new.set_aside {
                            br; span.small { (import::remark(t, remark)) }
                        }
                    },
                    html! { (words::choice(t, crate::model::Choices::DeviceClass, class)) },
                    html! { (what.join(" ")) },
                    html! {
                        (asset.ip_addresses.join("、"))
                        @if !asset.mac_addresses.is_empty() { br; (asset.mac_addresses.join("、")) }
                    },
                    html! { (new.duty.sources.join("、")) },
                ];
                (format!("new:{}", new.key), !new.is_left_out, cells)
            })
            .collect();
        let columns = vec![
            Column::text(words::label(t, "name")),
            Column::text(words::label(t, "class")),
            Column::text(t.t("inventory-import-what")),
            Column::text(t.t("inventory-import-addresses")),
            Column::text(t.t("inventory-import-source")),
        ];
        html! {
            p { (t.t("inventory-import-new-why")) }
            (self.selectable("new", page, self.plan.new.len(), columns, rows))
        }
    }

    fn changed(&self, page: usize) -> Markup {
        let t = self.t;
        let all = self.changing().count();
        if all == 0 {
            return self.nothing();
        }
        let rows = self
            .changing()
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|seen| {
                let cells = vec![
                    html! { a href={ (Asset::PATH) "/" (seen.id) } { (seen.name) }
                        @if seen.is_back { br; (tag(Tone::Caution, t.t("inventory-import-is-back"))) }
                    },
                    self.lines(seen),
                    html! { (seen.duty.sources.join("、")) },
                ];
                (seen.id.to_string(), !seen.is_left_out, cells)
            })
            .collect();
        let columns = vec![
            Column::text(words::label(t, "name")),
            Column::text(t.t("inventory-import-change")),
            Column::text(t.t("inventory-import-source")),
        ];
        self.selectable("changed", page, all, columns, rows)
    }

    fn lines(&self, seen: &AssetChange) -> Markup {
        let t = self.t;
        let word = |spec: &FieldSpec, value: &serde_json::Value| {
            let text = words::value(t, spec, value);
            match text.is_empty() {
                true => t.t("inventory-nothing").to_owned(),
                false => text,
            }
        };
        html! {
            ul.small {
                @for line in &seen.lines {
                    @if let Some(spec) = RecordKind::Asset.fields().iter().find(|spec| spec.key == line.field) {
                        li {
                            (tag(Tone::Neutral, import::change_kind(t, line.kind))) " "
                            (t.t_args("inventory-change", args![
                                ("label", words::label(t, spec.key)),
                                ("before", word(spec, &line.before)),
                                ("after", word(spec, &line.after))
                            ]))
                            @for other in &line.disputed {
                                br; (t.t_args("inventory-import-disputed", args![("other", other.as_str())]))
                            }
                        }
                    }
                }
                @for remark in &seen.set_aside { li { (import::remark(t, remark)) } }
                @if seen.keys_wait { li { (t.t("inventory-import-keys-wait")) } }
            }
        }
    }

    fn questions(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.questions.is_empty() {
            return self.nothing();
        }
        let rows = self
            .plan
            .questions
            .iter()
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|question| {
                TableRow::new(vec![
                    html! { (question.devices.join("、")) br; span.small { (question.keys.join("、")) } },
                    html! {
                        @for (at, (id, name)) in question.assets.iter().enumerate() {
                            @if at > 0 { "、" }
                            a href={ (Asset::PATH) "/" (id) } { (name) }
                        }
                    },
                    html! { (import::doubt(t, question.reason)) },
                ])
            })
            .collect();
        html! {
            p { (t.t("inventory-import-questions-why")) }
            (data_table(&Table::new(t.t("inventory-import-view-questions"), vec![
                Column::text(t.t("inventory-import-device")),
                Column::text(t.t("inventory-import-rows")),
                Column::text(t.t("inventory-import-doubt")),
            ], rows).without_row_headers()))
            (self.pager("questions", page, self.plan.questions.len()))
        }
    }

    fn services(&self, page: usize) -> Markup {
        let t = self.t;
        let unexpected = |seen: &&AssetChange| !seen.unexpected_services.is_empty();
        let all = self.plan.seen.iter().filter(unexpected).count();
        if all == 0 {
            return self.nothing();
        }
        let shown = self.plan.seen.iter().filter(unexpected);
        let rows = shown
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|seen| {
                TableRow::new(vec![
                    html! { a href={ (Asset::PATH) "/" (seen.id) } { (seen.name) } },
                    html! { (services_words(&seen.unexpected_services)) },
                ])
            })
            .collect();
        html! {
            p { (t.t("inventory-import-services-why")) }
            (data_table(&Table::new(t.t("inventory-import-view-services"), vec![
                Column::text(words::label(t, "name")),
                Column::text(t.t("inventory-services")),
            ], rows)))
            (self.pager("services", page, all))
        }
    }

    fn products(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.products.is_empty() {
            return self.nothing();
        }
        let ids: Vec<(String, &str)> = self
            .assets
            .iter()
            .map(|asset| (asset.id.to_string(), asset.name.as_str()))
            .collect();
        let choices: Vec<Choice<'_>> =
            std::iter::once(Choice::new("", t.t("inventory-choose-none")))
                .chain(ids.iter().map(|(id, name)| Choice::new(id, name)))
                .collect();
        let mut state = FormState::empty();
        let shown = self.plan.products.iter().skip((page - 1) * ROWS).take(ROWS);
        for (at, product) in shown.clone().enumerate() {
            if let Some(asset) = product.asset {
                state.set(format!("belongs-{at}"), asset.to_string());
            }
        }
        html! {
            p { (t.t("inventory-import-products-why")) }
            (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                (hidden("scope", "products"))
                (hidden("show", "products"))
                (hidden("page", &page.to_string()))
                @for (at, product) in shown.enumerate() {
                    @let name = format!("belongs-{at}");
                    @let label = t.t_args("inventory-import-product", args![
                        ("name", product.name.as_str()),
                        ("parts", number(product.software.len()))
                    ]);
                    (hidden(&format!("product-{at}"), &product.key))
                    (select(t, &state, &FormField::new(&name, &label), &choices))
                }
                (button_row(&Button::secondary(t.t("inventory-import-choose-so")), &[]))
            }))
            (self.pager("products", page, self.plan.products.len()))
        }
    }

    fn unseen(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.unseen.is_empty() {
            return self.nothing();
        }
        let rows = self
            .plan
            .unseen
            .iter()
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|unseen| {
                TableRow::new(vec![
                    html! { a href={ (Asset::PATH) "/" (unseen.id) } { (unseen.name) } },
                    html! {
                        @if !unseen.missing_in.is_empty() {
                            (t.t_args("inventory-import-missing-in", args![
                                ("sources", unseen.missing_in.join("、"))
                            ])) " "
                        }
                        @if let Some(days) = unseen.days {
                            (t.t_args("inventory-import-not-seen-for", args![("days", days)]))
                        }
                    },
                ])
            })
            .collect();
        html! {
            p { (t.t("inventory-import-unseen-why")) }
            (data_table(&Table::new(t.t("inventory-import-view-unseen"), vec![
                Column::text(words::label(t, "name")),
                Column::text(t.t("inventory-import-why")),
            ], rows)))
            (self.pager("unseen", page, self.plan.unseen.len()))
        }
    }

    fn problems(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.problems.is_empty() {
            return self.nothing();
        }
        let rows = self
            .plan
            .problems
            .iter()
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|(file, problem)| {
                TableRow::new(vec![
                    html! { (file) },
                    html! { (import::problem(t, problem)) },
                ])
            })
            .collect();
        html! {
            @if self.plan.further_problems > 0 {
                p { (t.t_args("inventory-import-further", args![
                    ("count", number(self.plan.further_problems))
                ])) }
            }
            (data_table(&Table::new(t.t("inventory-import-view-problems"), vec![
                Column::text(t.t("inventory-import-files")),
                Column::text(t.t("inventory-import-why")),
            ], rows)))
            (self.pager("problems", page, self.plan.problems.len()))
        }
    }

    fn sources(&self) -> Markup {
        let t = self.t;
        let rows = self
            .files
            .iter()
            .map(|file| {
                let lines = match file.table() {
                    Some(table) => table.rows.len(),
                    None => match &file.content {
                        import::FileContent::Report(report) => report.observations.len(),
                        import::FileContent::Table(_) => 0,
                    },
                };
                TableRow::new(vec![
                    html! { (file.name) },
                    html! { (import::source_kind(file.kind())) },
                    html! { (lines) },
                    html! {
                        @if let Some(table) = file.table() {
                            @let used = table.mapping.columns.iter().filter(|column| column.field.is_some()).count();
                            (t.t_args("inventory-import-columns-used", args![
                                ("used", number(used)),
                                ("all", number(table.headings.len()))
                            ]))
                            " "
                            a href={ (self.here) "/columns" } { (t.t("inventory-import-columns")) }
                        }
                    },
                ])
            })
            .collect();
        data_table(&Table::new(
            t.t("inventory-import-files"),
            vec![
                Column::text(t.t("inventory-import-files")),
                Column::text(t.t("inventory-import-source")),
                Column::number(t.t("inventory-import-lines")),
                Column::text(t.t("inventory-import-columns")),
            ],
            rows,
        ))
    }
}
