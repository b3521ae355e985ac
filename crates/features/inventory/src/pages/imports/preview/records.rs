//! Systems and external connections that tables name.

use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Column, Tone, tag};

use super::super::super::Part;
use super::{ROWS, View};
use crate::import::sheet::RecordChange;
use crate::import::{self, Line};
use crate::model::FieldSpec;
use crate::words;

/// Whether a record is worth a row: it changes, or there is something to say of it.
fn is_told<C>(one: &RecordChange<C>) -> bool {
    one.id.is_none() || !one.lines.is_empty() || !one.remarks.is_empty()
}

/// How many records are worth a row.
pub(super) fn told<C>(records: &[RecordChange<C>]) -> usize {
    records.iter().filter(|one| is_told(one)).count()
}

impl View<'_> {
    pub(super) fn records<C: Part>(
        &self,
        view: &str,
        page: usize,
        records: &[RecordChange<C>],
    ) -> Markup {
        let t = self.t;
        let all = told(records);
        if all == 0 {
            return self.nothing();
        }
        let shown = records.iter().filter(|one| is_told(one));
        let rows = shown
            .skip((page - 1).saturating_mul(ROWS))
            .take(ROWS)
            .map(|one| {
                let cells = vec![
                    html! {
                        @match one.id {
                            Some(id) => a href={ (C::PATH) "/" (id) } { (one.name) },
                            None => { (one.name) " " (tag(Tone::Info, t.t("inventory-import-is-new"))) }
                        }
                        @if !one.vendor.is_empty() { br; span.small { (one.vendor) } }
                    },
                    self.record_lines::<C>(one),
                    html! {
                        @for (file, row) in &one.places {
                            (t.t_args("inventory-import-at-row", args![
                                ("file", file.as_str()), ("row", row.to_string())
                            ])) br;
                        }
                    },
                ];
                (one.key.clone(), !one.is_left_out, cells)
            })
            .collect();
        let columns = vec![
            Column::text(words::label(t, "name")),
            Column::text(t.t("inventory-import-change")),
            Column::text(t.t("inventory-import-source")),
        ];
        html! {
            p { (t.t("inventory-import-records-why")) }
            (self.selectable(view, page, all, columns, rows))
        }
    }

    fn record_lines<C: Part>(&self, one: &RecordChange<C>) -> Markup {
        let t = self.t;
        let specs = |line: &Line| C::FIELDS.iter().find(|spec| spec.key == line.field);
        html! {
            ul.small {
                @for line in &one.lines {
                    @if let Some(spec) = specs(line) {
                        li { (self.record_line(spec, line, one.id.is_none())) }
                    }
                }
                @for remark in &one.remarks { li { (import::sheet_remark(t, remark)) } }
            }
        }
    }

    fn record_line(&self, spec: &FieldSpec, line: &Line, is_new: bool) -> Markup {
        let t = self.t;
        let word = |value: &serde_json::Value| {
            let text = words::value(t, spec, value);
            match text.is_empty() {
                true => t.t("inventory-nothing").to_owned(),
                false => text,
            }
        };
        let label = words::label(t, spec.key);
        html! {
            @if is_new { (label) ": " (word(&line.after)) }
            @else {
                (tag(Tone::Neutral, import::change_kind(t, line.kind))) " "
                (t.t_args("inventory-change", args![
                    ("label", label), ("before", word(&line.before)), ("after", word(&line.after))
                ]))
            }
        }
    }
}
