//! Tables of data that become cards on a phone.

use maud::{Markup, html};

/// A column of a [`Table`].
#[derive(Debug, Clone)]
pub struct Column<'a> {
    label: &'a str,
    numeric: bool,
    unseen: bool,
    sort: Option<(&'a str, Option<bool>)>,
}

impl<'a> Column<'a> {
    /// A column of text.
    #[must_use]
    pub const fn text(label: &'a str) -> Self {
        Self {
            label,
            numeric: false,
            unseen: false,
            sort: None,
        }
    }

    /// A column of numbers, right-aligned with figures of one width.
    #[must_use]
    pub const fn number(label: &'a str) -> Self {
        Self {
            label,
            numeric: true,
            unseen: false,
            sort: None,
        }
    }

    /// A column of buttons or boxes whose heading only a screen reader needs.
    #[must_use]
    pub const fn action(label: &'a str) -> Self {
        Self {
            label,
            numeric: false,
            unseen: true,
            sort: None,
        }
    }

    /// Makes the heading a link that sorts by this column. `ascending` says how it is sorted now.
    #[must_use]
    pub const fn sorted_by(mut self, href: &'a str, ascending: Option<bool>) -> Self {
        self.sort = Some((href, ascending));
        self
    }
}

/// A row of a [`Table`]: one piece of markup per column. The first cell names the row unless
/// [`Table::named_by`] says otherwise.
#[derive(Debug, Clone, Default)]
pub struct TableRow {
    cells: Vec<Markup>,
    highlighted: bool,
}

impl TableRow {
    /// A row.
    #[must_use]
    pub const fn new(cells: Vec<Markup>) -> Self {
        Self {
            cells,
            highlighted: false,
        }
    }

    /// Sets the row apart with a bar at its side; the reason must also stand in words in it.
    #[must_use]
    pub const fn highlighted(mut self, highlighted: bool) -> Self {
        self.highlighted = highlighted;
        self
    }
}

/// A table of data.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    caption: &'a str,
    caption_shown: bool,
    columns: Vec<Column<'a>>,
    rows: Vec<TableRow>,
    sticky: bool,
    row_header: Option<usize>,
}

impl<'a> Table<'a> {
    /// A table; the caption says what it lists and is read out, not shown.
    #[must_use]
    pub const fn new(caption: &'a str, columns: Vec<Column<'a>>, rows: Vec<TableRow>) -> Self {
        Self {
            caption,
            caption_shown: false,
            columns,
            rows,
            sticky: false,
            row_header: Some(0),
        }
    }

    /// Shows the caption above the table.
    #[must_use]
    pub const fn with_caption(mut self) -> Self {
        self.caption_shown = true;
        self
    }

    /// Keeps the headings in view in a long table.
    #[must_use]
    pub const fn sticky(mut self) -> Self {
        self.sticky = true;
        self
    }

    /// For tables whose rows are named by a later cell, because the first one holds a box.
    #[must_use]
    pub const fn named_by(mut self, column: usize) -> Self {
        self.row_header = Some(column);
        self
    }

    /// For tables whose first cell does not name the row, such as a log.
    #[must_use]
    pub const fn without_row_headers(mut self) -> Self {
        self.row_header = None;
        self
    }
}

/// Writes a table. The roles are repeated because browsers drop them where a style sheet turns rows
/// into cards.
#[must_use]
pub fn data_table(table: &Table<'_>) -> Markup {
    html! {
        table.data.sticky[table.sticky] role="table" {
            caption.unseen[!table.caption_shown] { (table.caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in &table.columns {
                        th class=[column.numeric.then_some("number")] scope="col" role="columnheader"
                            aria-sort=[column.sort.and_then(|(_, now)| now).map(aria_sort)] {
                            @if let Some((href, now)) = column.sort {
                                a href=(href) {
                                    (column.label)
                                    @match now {
                                        Some(true) => { span aria-hidden="true" { " ▲" } }
                                        Some(false) => { span aria-hidden="true" { " ▼" } }
                                        None => {}
                                    }
                                }
                            } @else if column.unseen {
                                span.unseen { (column.label) }
                            } @else { (column.label) }
                        }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in &table.rows {
                    tr class=[row.highlighted.then_some("highlighted")] role="row" {
                        @for (place, (column, cell)) in table.columns.iter().zip(&row.cells).enumerate() {
                            @if Some(place) == table.row_header {
                                th scope="row" role="rowheader" { (cell) }
                            } @else {
                                td class=[column.numeric.then_some("number")] role="cell"
                                    data-label=[(!column.unseen).then_some(column.label)] { (value(cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What stands in a cell as one part beside its label, where rows are cards; a bare text is one.
fn value(cell: &Markup) -> Markup {
    if cell.0.contains('<') {
        html! { div.value { (cell) } }
    } else {
        cell.clone()
    }
}

const fn aria_sort(ascending: bool) -> &'static str {
    if ascending { "ascending" } else { "descending" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_carry_their_headings_and_numbers_their_class() {
        let table = Table::new(
            "会員",
            vec![
                Column::text("施設").sorted_by("?sort=name", Some(true)),
                Column::number("許可病床"),
                Column::action("操作"),
            ],
            vec![TableRow::new(vec![
                html! { "病院" },
                html! { "120" },
                html! { "開く" },
            ])],
        );
        let html = data_table(&table).into_string();
        assert!(
            html.contains(r#"<th scope="row" role="rowheader">病院</th>"#),
            "{html}"
        );
        assert!(html.contains(r#"<td class="number" role="cell" data-label="許可病床">120</td>"#));
        assert!(html.contains(r#"<td role="cell">開く</td>"#));
        assert_eq!(
            value(&html! { b { "12" } " 件" }).into_string(),
            r#"<div class="value"><b>12</b> 件</div>"#
        );
        assert!(html.contains(r#"aria-sort="ascending""#));
    }
}
