use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use time::Month;

use super::*;
use crate::tabular::{Limits, read_tables};

fn day(year: i32, month: Month, day: u8) -> Date {
    Date::from_calendar_date(year, month, day).unwrap()
}

fn member_sheet() -> Sheet {
    let mut sheet = Sheet::new(
        "名簿",
        [
            Column::new("名称", 24.0),
            Column::new("病床数", 8.0),
            Column::new("確認日", 16.0),
            Column::new("回答率", 8.0),
        ],
    )
    .landscape();
    sheet.title("会員名簿");
    sheet.field("作成日", day(2026, Month::November, 21));
    sheet.blank();
    sheet.header();
    sheet.section("病院");
    sheet.row([
        Cell::text("=HYPERLINK(\"http://example.invalid\")"),
        Cell::Integer(865),
        Cell::Date(day(2026, Month::May, 8)),
        Cell::Percent(0.5),
    ]);
    sheet.row([Cell::text("改行\r\nと\u{0}制御文字")]);
    sheet
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
    text
}

#[test]
fn typed_cells_are_read_back_and_no_text_is_a_formula() {
    let mut workbook = Workbook::new("会員名簿", Language::Japanese)
        .created(day(2026, Month::November, 21))
        .demo(true)
        .footer("R&D <K7Q4-P2M9>");
    workbook.push(member_sheet());
    let bytes = workbook.to_bytes().unwrap();
    assert_eq!(
        bytes,
        workbook.to_bytes().unwrap(),
        "the same data give the same bytes"
    );

    let mut read: Xlsx<_> = Xlsx::new(Cursor::new(bytes.as_slice())).unwrap();
    assert!(read.worksheet_formula("名簿").unwrap().is_empty());
    let range = read.worksheet_range("名簿").unwrap();
    let value = |row, column| range.get_value((row, column)).cloned().unwrap();
    assert_eq!(value(3, 0), Data::String("名称".to_owned()));
    assert_eq!(
        value(5, 0),
        Data::String("=HYPERLINK(\"http://example.invalid\")".to_owned())
    );
    assert_eq!(value(5, 1), Data::Float(865.0));
    assert_eq!(value(5, 3), Data::Float(0.5));
    assert_eq!(value(6, 0), Data::String("改行\nと制御文字".to_owned()));

    let tables = read_tables(&bytes, "x", &Limits::default()).unwrap();
    let row = tables[0].rows.iter().find(|row| row.number == 6).unwrap();
    assert_eq!(row.text(2), "2026-05-08");

    let xml = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(xml.contains(r#"paperSize="9""#) && xml.contains(r#"orientation="landscape""#));
    assert!(
        xml.contains(r#"topLeftCell="A5""#),
        "the header stays in sight"
    );
    assert!(xml.contains("見本データ") && xml.contains("R&amp;&amp;D &lt;K7Q4-P2M9&gt;"));
    assert!(part(&bytes, "xl/workbook.xml").contains("_xlnm.Print_Titles"));
}

#[test]
fn only_demo_workbooks_carry_the_mark() {
    let mut workbook = Workbook::new("会員名簿", Language::Japanese);
    workbook.push(member_sheet());
    let xml = part(&workbook.to_bytes().unwrap(), "xl/worksheets/sheet1.xml");
    assert!(!xml.contains("見本データ"));
}

#[test]
fn sheet_names_are_made_acceptable_and_unique() {
    assert_eq!(
        sheet_name("令和8年度 [医療機関]/確認用: 全*件?"),
        "令和8年度 _医療機関__確認用_ 全_件_"
    );
    assert_eq!(sheet_name("'quoted'"), "quoted");
    assert_eq!(sheet_name(""), "Sheet");
    assert_eq!(sheet_name(&"長".repeat(50)).chars().count(), 31);
    let mut workbook = Workbook::new("", Language::English);
    for name in ["A", "a", "A"] {
        let mut sheet = Sheet::new(name, [Column::new("x", 5.0)]);
        sheet.row([Cell::Integer(1)]);
        workbook.push(sheet);
    }
    let read: Xlsx<_> = Xlsx::new(Cursor::new(workbook.to_bytes().unwrap())).unwrap();
    assert_eq!(read.sheet_names(), ["A", "a (2)", "A (3)"]);
}

#[test]
fn hostile_and_extreme_values_are_written() {
    let mut sheet = Sheet::new("x", [Column::new("x", 5.0), Column::new("y", 5.0)]);
    sheet.header();
    sheet.row([Cell::text("長".repeat(40_000)), Cell::Integer(i64::MAX)]);
    sheet.row([Cell::Date(Date::MIN), Cell::Date(Date::MAX)]);
    sheet.row([Cell::Percent(f64::NAN), Cell::Empty, Cell::text("余り")]);
    let mut workbook = Workbook::new("あ".repeat(500), Language::Japanese).footer("&".repeat(300));
    workbook.push(sheet);
    let bytes = workbook.to_bytes().unwrap();
    let table = &read_tables(&bytes, "x", &Limits::default()).unwrap()[0];
    assert!(table.rows[1].text(0).ends_with("〔以下略〕"));
    assert_eq!(table.rows[1].text(1), "9223372036854775807");
}

#[test]
fn csv_fields_that_look_like_formulas_are_marked() {
    for text in [
        "=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1", "'=1", "''-",
    ] {
        assert_eq!(csv_field(text), format!("'{text}"), "{text:?}");
    }
    for text in ["", "a=1", "普通", "1-2", "'a", "(=1)"] {
        assert_eq!(csv_field(text), text);
    }
}

#[test]
fn csv_is_for_excel() {
    let bytes = write_csv([
        vec![
            Cell::text("名称"),
            Cell::text("件数"),
            Cell::text("日"),
            Cell::text("率"),
        ],
        vec![
            Cell::text("=cmd|'/c calc'!A0,\"x\""),
            Cell::Integer(-3),
            Cell::Date(day(2026, Month::November, 21)),
            Cell::Percent(0.125),
        ],
        vec![Cell::Empty, Cell::text("二\n行")],
    ])
    .unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{FEFF}名称,件数,日,率\r\n\"'=cmd|'/c calc'!A0,\"\"x\"\"\",-3,2026-11-21,12.5%\r\n,\"二\n行\"\r\n"
    );
}
