//! The matrix of members × items: one letter per cell, with the word for those who hear it.

use maud::{Markup, PreEscaped, Render, html};
use yagura_kernel::proof::CellState;

use super::components::{state_class, state_letter, state_word};
use crate::i18n::Translator;

/// A column of a [`Matrix`].
#[derive(Debug, Clone)]
pub struct MatrixItem {
    /// Its short number: 2⑥.
    pub label: String,
    /// What it asks, shown on hover and read out.
    pub title: String,
    /// Its own page, where the reader has one.
    pub href: Option<String>,
}

/// A row of a [`Matrix`].
#[derive(Debug, Clone)]
pub struct MatrixRow {
    /// The member's name.
    pub name: String,
    /// Kind and size, after the name.
    pub note: String,
    /// The member's page.
    pub href: String,
    /// One state per item, in the order of the items. Empty where the member shares no answers.
    pub cells: Vec<CellState>,
    /// What stands in place of the cells where there are none.
    pub instead: Option<String>,
}

/// A matrix of members × items.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// What it shows, read out.
    pub caption: String,
    /// The heading of the first column.
    pub row_heading: String,
    /// The columns.
    pub items: Vec<MatrixItem>,
    /// The rows.
    pub rows: Vec<MatrixRow>,
}

/// Writes a matrix. Each of the few different cells is written once and then copied.
#[must_use]
pub fn matrix(t: &Translator, matrix: &Matrix) -> Markup {
    let written: Vec<Cells> = matrix
        .items
        .iter()
        .map(|item| Cells::new(t, &item.label))
        .collect();
    html! {
        div.matrix-scroll role="region" aria-label=(matrix.caption) tabindex="0" {
            table.matrix role="table" {
                caption.unseen { (matrix.caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { (matrix.row_heading) }
                        @for item in &matrix.items {
                            th scope="col" role="columnheader" title=(item.title) {
                                @match &item.href {
                                    Some(href) => {
                                        a href=(href) { (item.label) span.unseen { " " (item.title) } }
                                    }
                                    None => { (item.label) span.unseen { " " (item.title) } }
                                }
                            }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for row in &matrix.rows {
                        tr role="row" {
                            th scope="row" role="rowheader" {
                                a href=(row.href) { (row.name) }
                                @if !row.note.is_empty() { " " span.row-note { (row.note) } }
                            }
                            @if row.cells.is_empty() {
                                td.instead role="cell" colspan=(matrix.items.len()) {
                                    (row.instead.as_deref().unwrap_or_default())
                                }
                            } @else {
                                (Row { cells: &row.cells, written: &written })
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the letters of a matrix mean.
#[must_use]
pub fn matrix_legend(t: &Translator) -> Markup {
    html! {
        ul.legend role="list" {
            @for state in CellState::ALL {
                li {
                    span.swatch.letter.(state_class(state)) aria-hidden="true" {
                        (state_letter(t, state))
                    }
                    (state_word(t, state))
                }
            }
        }
    }
}

/// The seven possible cells of one column, already written.
struct Cells([String; 7]);

impl Cells {
    fn new(t: &Translator, label: &str) -> Self {
        Self(CellState::ALL.map(|state| {
            html! {
                td role="cell" data-label=(label) {
                    span.cell.(state_class(state)) role="img" aria-label=(state_word(t, state)) {
                        (state_letter(t, state))
                    }
                }
            }
            .into_string()
        }))
    }

    fn of(&self, state: CellState) -> &str {
        let [
            verified,
            documented,
            declared,
            no,
            contradiction,
            unanswered,
            not_applicable,
        ] = &self.0;
        match state {
            CellState::Verified => verified,
            CellState::Documented => documented,
            CellState::Declared => declared,
            CellState::No => no,
            CellState::Contradiction => contradiction,
            CellState::Unanswered => unanswered,
            CellState::NotApplicable => not_applicable,
        }
    }
}

struct Row<'a> {
    cells: &'a [CellState],
    written: &'a [Cells],
}

impl Render for Row<'_> {
    fn render_to(&self, buffer: &mut String) {
        for (state, column) in self.cells.iter().zip(self.written) {
            buffer.push_str(column.of(*state));
        }
    }
}

/// One cell of a heat map: a figure in per cent on one of five grounds.
#[must_use]
pub fn heat_cell(percent: u8) -> Markup {
    let level = match percent {
        0..20 => "heat-1",
        20..40 => "heat-2",
        40..60 => "heat-3",
        60..80 => "heat-4",
        _ => "heat-5",
    };
    html! { span.heat.(level) { (percent) (PreEscaped("<small>%</small>")) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::ui::testing::translator;

    fn sample(members: usize) -> Matrix {
        Matrix {
            caption: "会員と項目".into(),
            row_heading: "会員".into(),
            items: (0..19)
                .map(|number| MatrixItem {
                    label: format!("2{number}"),
                    title: "台帳".into(),
                    href: None,
                })
                .collect(),
            rows: (0..members)
                .map(|number| MatrixRow {
                    name: format!("医院{number}"),
                    note: "無床".into(),
                    href: "/members/1".into(),
                    cells: (0..19)
                        .map(|item| CellState::ALL[(number + item) % 7])
                        .collect(),
                    instead: None,
                })
                .collect(),
        }
    }

    #[test]
    fn each_state_is_a_letter_and_a_word() {
        let t = translator(Lang::Ja);
        let html = matrix(&t, &sample(1)).into_string();
        assert!(html.contains(
            r#"<td role="cell" data-label="20"><span class="cell state-verified" role="img" aria-label="実証">実</span></td>"#
        ), "{html}");
        assert_eq!(html.matches("<td").count(), 19);
        for state in CellState::ALL {
            assert!(html.contains(&format!(r#"aria-label="{}""#, state_word(&t, state))));
        }
    }

    #[test]
    fn a_member_that_shares_nothing_has_a_sentence_in_place_of_cells() {
        let t = translator(Lang::Ja);
        let mut one = sample(1);
        one.rows[0].cells.clear();
        one.rows[0].instead = Some("回答は共有されていません".into());
        let html = matrix(&t, &one).into_string();
        assert!(
            html.contains(r#"colspan="19">回答は共有されていません</td>"#),
            "{html}"
        );
    }

    #[test]
    fn heat_has_five_levels_with_figures() {
        assert!(heat_cell(0).into_string().contains("heat-1"));
        assert!(heat_cell(79).into_string().contains("heat-4"));
        assert!(heat_cell(100).into_string().contains("heat-5"));
    }
}
