//! What a person should know and nothing is done about: services, rows that were not seen, places
//! that could not be read; and the files themselves.

use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Column, Table, TableRow, data_table};

use super::super::super::Part;
use super::super::{number, services_words};
use super::{ROWS, View};
use crate::import::{self, AssetChange, SheetKind};
use crate::model::{Asset, RecordKind};
use crate::words;

impl View<'_> {
    pub(super) fn services(&self, page: usize) -> Markup {
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

    pub(super) fn unseen(&self, page: usize) -> Markup {
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

    pub(super) fn problems(&self, page: usize) -> Markup {
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

    pub(super) fn sources(&self) -> Markup {
        let t = self.t;
        let rows = self
            .files
            .iter()
            .map(|file| {
                let lines = match file.table() {
                    Some(table) => table.rows.len(),
                    None => match &file.content {
                        import::FileContent::Report(report) => report.observations.len(),
                        import::FileContent::Sheet(sheet) => sheet.rows.len(),
                        import::FileContent::Table(_) => 0,
                    },
                };
                TableRow::new(vec![
                    html! { (file.name) },
                    html! {
                        @match file.sheet().map(|sheet| sheet.kind) {
                            Some(SheetKind::StockTake) => (t.t("inventory-sheet-title")),
                            Some(SheetKind::Connections) => (words::part(t, RecordKind::Connection)),
                            None => (import::source_kind(file.kind())),
                        }
                    },
                    html! { (lines) },
                    html! {
                        @if let Some(sheet) = file.sheet() {
                            @let used = sheet.columns.iter().flatten().count();
                            (t.t_args("inventory-import-columns-used", args![
                                ("used", number(used)),
                                ("all", number(sheet.headings.len()))
                            ]))
                            " "
                            a href={ (self.here) "/columns" } { (t.t("inventory-import-columns")) }
                        }
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
