//! Devices that stand in no row, and rows that would change.

use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Column, Table, TableRow, Tone, data_table, tag};
use yagura_web::ui::forms::{Button, Form, button_row, form, hidden};

use super::super::super::Part;
use super::{ROWS, View};
use crate::import::{self, AssetChange};
use crate::model::{Asset, FieldSpec, RecordKind};
use crate::words;

impl View<'_> {
    /// A table whose rows can be left out.
    pub(super) fn selectable(
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

    pub(super) fn new_devices(&self, page: usize) -> Markup {
        let t = self.t;
        let all = self.unasked().count();
        if all == 0 {
            return self.nothing();
        }
        let shown = self.unasked().skip((page - 1) * ROWS).take(ROWS);
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
            (self.selectable("new", page, all, columns, rows))
        }
    }

    pub(super) fn changed(&self, page: usize) -> Markup {
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
}
