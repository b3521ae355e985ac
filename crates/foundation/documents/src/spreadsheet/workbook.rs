use std::collections::HashSet;

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Worksheet,
};

use super::{Cell, Line, Orientation, Sheet, SpreadsheetError, Workbook};
use crate::Language;
use crate::text::{truncated, without_controls};

/// Paper size number of A4 in the format.
const A4: u8 = 9;
/// Longest text that a cell of an xlsx workbook can hold.
const CELL_CHARACTERS: usize = 32_767;
/// Longest head or foot line that Excel opens without complaint.
const HEADER_CHARACTERS: usize = 255;
const FONT: &str = "BIZ UDPゴシック";

const INK: u32 = 0x1A_1A_1A;
const RULE: u32 = 0x99_99_99;
const HEADER_FILL: u32 = 0xD9_E6_FF;
const SECTION_FILL: u32 = 0xE8_F1_FE;
const GROUP_FILL: u32 = 0xF2_F2_F2;

struct Formats {
    title: Format,
    note: Format,
    label: Format,
    header: Format,
    section: Format,
    group: Format,
    text: Format,
    integer: Format,
    date: Format,
    percent: Format,
}

impl Formats {
    fn new(language: Language) -> Self {
        let base = || {
            Format::new()
                .set_font_name(FONT)
                .set_font_size(10.0)
                .set_font_color(INK)
        };
        let boxed = || {
            base()
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(RULE))
                .set_align(FormatAlign::Top)
        };
        let date = match language {
            Language::Japanese => "[$-411]ggge\"年\"m\"月\"d\"日\"",
            Language::English => "yyyy-mm-dd",
        };
        Self {
            title: base()
                .set_font_size(14.0)
                .set_bold()
                .set_align(FormatAlign::VerticalCenter),
            note: base()
                .set_font_size(9.0)
                .set_text_wrap()
                .set_align(FormatAlign::Top),
            label: boxed().set_bold().set_background_color(GROUP_FILL),
            header: boxed()
                .set_bold()
                .set_background_color(HEADER_FILL)
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            section: boxed().set_bold().set_background_color(SECTION_FILL),
            group: boxed().set_background_color(GROUP_FILL),
            text: boxed().set_text_wrap().set_num_format("@"),
            integer: boxed().set_num_format("#,##0"),
            date: boxed().set_num_format(date).set_align(FormatAlign::Left),
            percent: boxed().set_num_format("0.0%"),
        }
    }
}

pub(super) fn write(workbook: &Workbook) -> Result<Vec<u8>, SpreadsheetError> {
    let mut file = rust_xlsxwriter::Workbook::new();
    let created = match workbook.created {
        Some(date) => excel_date(date)?,
        None => ExcelDateTime::from_ymd(2000, 1, 1)?,
    };
    file.set_properties(
        &DocProperties::new()
            .set_title(without_controls(&workbook.title))
            .set_author("Yagura")
            .set_creation_datetime(&created),
    );
    let formats = Formats::new(workbook.language);
    let mut names = HashSet::new();
    for sheet in &workbook.sheets {
        let name = unique_name(&sheet.name, &mut names);
        let worksheet = file.add_worksheet().set_name(name)?;
        set_up_page(worksheet, workbook, sheet);
        fill(worksheet, sheet, &formats)?;
    }
    if workbook.sheets.is_empty() {
        file.add_worksheet();
    }
    Ok(file.save_to_buffer()?)
}

/// Excel takes names that differ only in case for one.
fn unique_name(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.to_lowercase()) {
        let suffix = format!(" ({number})");
        let kept = truncated(name, 31_usize.saturating_sub(suffix.len()), "");
        candidate = format!("{kept}{suffix}");
        number += 1;
    }
    candidate
}

fn set_up_page(worksheet: &mut Worksheet, workbook: &Workbook, sheet: &Sheet) {
    worksheet.set_paper_size(A4);
    if sheet.orientation == Orientation::Landscape {
        worksheet.set_landscape();
    }
    worksheet.set_margins(0.5, 0.5, 0.6, 0.7, 0.3, 0.3);
    worksheet.set_print_fit_to_pages(1, 0);
    worksheet.set_screen_gridlines(false);
    if let Some(colour) = sheet.tab_colour {
        worksheet.set_tab_color(colour);
    }
    let demo = match (workbook.demo, workbook.language) {
        (false, _) => "",
        (true, Language::Japanese) => "見本データ",
        (true, Language::English) => "Sample data",
    };
    if !demo.is_empty() {
        worksheet.set_header(format!("&R&\"{FONT},Bold\"&11{demo}"));
    }
    let foot = format!(
        "&L&8{}&C&8&P / &N&R&8{}",
        page_text(&workbook.footer),
        page_text(&format!("{} {demo}", workbook.title)),
    );
    worksheet.set_footer(truncated(&foot, HEADER_CHARACTERS, ""));
}

/// In head and foot lines `&` starts a command; a user's text must not.
fn page_text(text: &str) -> String {
    let text = truncated(without_controls(text).trim(), 80, "…");
    // A digit after a size command would become part of it.
    let text = if text.starts_with(|c: char| c.is_ascii_digit()) {
        format!(" {text}")
    } else {
        text
    };
    text.replace(['\n', '\t'], " ").replace('&', "&&")
}

fn fill(
    worksheet: &mut Worksheet,
    sheet: &Sheet,
    formats: &Formats,
) -> Result<(), SpreadsheetError> {
    let last_column = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    for (index, column) in (0_u16..).zip(&sheet.columns) {
        worksheet.set_column_width(index, column.width)?;
    }
    offer_choices(worksheet, sheet)?;
    let mut first_header = None;
    for (row, line) in (0_u32..).zip(&sheet.lines) {
        match line {
            Line::Title(text) => {
                worksheet.set_row_height(row, 24)?;
                across(worksheet, row, 0, last_column, text, &formats.title)?;
            }
            Line::Note(text) => {
                let lines = estimated_lines(text, total_width(sheet, 0));
                worksheet.set_row_height(row, f64::from(lines) * 13.0)?;
                across(worksheet, row, 0, last_column, text, &formats.note)?;
            }
            Line::Field(label, value) => {
                field(worksheet, row, sheet, (label, value), formats)?;
            }
            Line::Blank => {}
            Line::Header => {
                let mut lines = 1;
                for (column, definition) in (0_u16..).zip(&sheet.columns) {
                    let text = cell_text(&definition.heading);
                    lines = lines.max(estimated_lines(&text, definition.width));
                    worksheet.write_string_with_format(row, column, text, &formats.header)?;
                }
                worksheet.set_row_height(row, f64::from(lines) * 14.0 + 6.0)?;
                if first_header.is_none() {
                    first_header = Some(row);
                    worksheet.set_freeze_panes(row + 1, 0)?;
                    worksheet.set_repeat_rows(row, row)?;
                }
            }
            Line::Section(text) => across(worksheet, row, 0, last_column, text, &formats.section)?,
            Line::Group(text) => across(worksheet, row, 0, last_column, text, &formats.group)?,
            Line::Row(cells) => write_row(worksheet, row, sheet, cells, formats)?,
        }
    }
    Ok(())
}

fn offer_choices(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), SpreadsheetError> {
    for (column, definition) in (0_u16..).zip(&sheet.columns) {
        if definition.choices.is_empty() {
            continue;
        }
        let offer = DataValidation::new().allow_list_strings(&definition.choices)?;
        for (row, line) in (0_u32..).zip(&sheet.lines) {
            if matches!(line, Line::Row(_)) {
                worksheet.add_data_validation(row, column, row, column, &offer)?;
            }
        }
    }
    Ok(())
}

fn write_row(
    worksheet: &mut Worksheet,
    row: u32,
    sheet: &Sheet,
    cells: &[Cell],
    formats: &Formats,
) -> Result<(), SpreadsheetError> {
    let mut lines = 1;
    let count = cells.len().max(sheet.columns.len());
    for (column, index) in (0_u16..).zip(0..count) {
        let cell = cells.get(index).unwrap_or(&Cell::Empty);
        if let (Cell::Text(text), Some(definition)) = (cell, sheet.columns.get(index)) {
            lines = lines.max(estimated_lines(text, definition.width));
        }
        write_cell(worksheet, row, column, cell, formats)?;
    }
    if lines > 1 {
        // Programs that do not fit row heights on opening would hide all lines but the first.
        worksheet.set_row_height(row, (f64::from(lines) * 13.5 + 3.0).min(400.0))?;
    }
    Ok(())
}

fn field(
    worksheet: &mut Worksheet,
    row: u32,
    sheet: &Sheet,
    (label, value): (&str, &Cell),
    formats: &Formats,
) -> Result<(), SpreadsheetError> {
    // A first column made for short numbers is too narrow for a label.
    let narrow = sheet
        .columns
        .first()
        .is_some_and(|column| column.width < 14.0);
    let label_end = if narrow && sheet.columns.len() > 2 {
        1
    } else {
        0
    };
    across(worksheet, row, 0, label_end, label, &formats.label)?;
    let value_column = label_end + 1;
    let last = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    if let Cell::Text(text) = value {
        across(
            worksheet,
            row,
            value_column,
            last.max(value_column),
            text,
            &formats.text,
        )?;
        let lines = estimated_lines(text, total_width(sheet, usize::from(value_column)));
        if lines > 1 {
            worksheet.set_row_height(row, (f64::from(lines) * 13.5 + 3.0).min(400.0))?;
        }
        return Ok(());
    }
    if last > value_column {
        worksheet.merge_range(row, value_column, row, last, "", &formats.text)?;
    }
    write_cell(worksheet, row, value_column, value, formats)
}

fn write_cell(
    worksheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &Formats,
) -> Result<(), SpreadsheetError> {
    match cell {
        Cell::Empty => worksheet.write_blank(row, column, &formats.text)?,
        Cell::Text(text) => {
            worksheet.write_string_with_format(row, column, cell_text(text), &formats.text)?
        }
        Cell::Integer(number) => {
            // Beyond 2^53 a number cell would change the value.
            if number.unsigned_abs() < (1 << 53) {
                worksheet.write_number_with_format(row, column, *number as f64, &formats.integer)?
            } else {
                worksheet.write_string_with_format(
                    row,
                    column,
                    number.to_string(),
                    &formats.text,
                )?
            }
        }
        Cell::Date(date) => match excel_date(*date) {
            Ok(value) => {
                worksheet.write_datetime_with_format(row, column, &value, &formats.date)?
            }
            // The format knows no day before 1900.
            Err(_) => {
                worksheet.write_string_with_format(row, column, date.to_string(), &formats.text)?
            }
        },
        Cell::Percent(ratio) => {
            worksheet.write_number_with_format(row, column, *ratio, &formats.percent)?
        }
    };
    Ok(())
}

fn across(
    worksheet: &mut Worksheet,
    row: u32,
    first: u16,
    last: u16,
    text: &str,
    format: &Format,
) -> Result<(), SpreadsheetError> {
    if last > first {
        worksheet.merge_range(row, first, row, last, &cell_text(text), format)?;
    } else {
        worksheet.write_string_with_format(row, first, cell_text(text), format)?;
    }
    Ok(())
}

fn excel_date(date: time::Date) -> Result<ExcelDateTime, rust_xlsxwriter::XlsxError> {
    let year = u16::try_from(date.year()).unwrap_or(0);
    ExcelDateTime::from_ymd(year, u8::from(date.month()), date.day())
}

fn cell_text(text: &str) -> String {
    truncated(&without_controls(text), CELL_CHARACTERS, "… 〔以下略〕")
}

fn total_width(sheet: &Sheet, from: usize) -> f64 {
    sheet
        .columns
        .iter()
        .skip(from)
        .map(|column| column.width)
        .sum()
}

/// Lines that a wrapped text takes in a column of `width` half-width characters.
fn estimated_lines(text: &str, width: f64) -> u32 {
    let width = width.max(2.0);
    text.split('\n')
        .map(|line| {
            let units: u32 = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
            let lines = (f64::from(units) * 1.1 / width).ceil();
            if lines < 1.0 { 1 } else { lines as u32 }
        })
        .fold(0_u32, u32::saturating_add)
}
