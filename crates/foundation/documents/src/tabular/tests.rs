use std::io::Write as _;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::messages::tests::assert_explained;

fn texts(table: &Table) -> Vec<(u32, Vec<&str>)> {
    table
        .rows
        .iter()
        .map(|row| {
            (
                row.number,
                row.cells.iter().map(|cell| cell.text.as_str()).collect(),
            )
        })
        .collect()
}

fn read_csv(bytes: &[u8]) -> Table {
    read_table(bytes, "名簿.csv", &Limits::default()).unwrap()
}

fn refused(bytes: &[u8], limits: &Limits) -> TabularError {
    let error = read_table(bytes, "x", limits).unwrap_err();
    assert_explained(&error);
    error
}

/// A workbook from raw parts, for what no honest writer produces.
fn raw_workbook(sheet_xml: &str, shared_strings_xml: &str) -> Vec<u8> {
    let parts = [
        (
            "[Content_Types].xml",
            r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#,
        ),
        ("xl/sharedStrings.xml", shared_strings_xml),
        ("xl/worksheets/sheet1.xml", sheet_xml),
    ];
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn sheet_xml(rows: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    )
}

const NO_STRINGS: &str = r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>"#;

fn typed_workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let hidden = workbook.add_worksheet().set_name("控え").unwrap();
    hidden.write_string(0, 0, "見えないシート").unwrap();
    hidden.set_hidden(true);
    workbook.add_worksheet().set_name("空").unwrap();
    let sheet = workbook.add_worksheet().set_name("名簿").unwrap();
    sheet.set_active(true);
    sheet.write_string(1, 0, "名称").unwrap();
    sheet.write_string(1, 2, "病床数").unwrap();
    sheet.write_string(3, 0, "=1+1").unwrap();
    sheet.write_number(3, 1, 19.0).unwrap();
    sheet.write_number(3, 2, 0.1 + 0.2).unwrap();
    sheet.write_boolean(3, 3, true).unwrap();
    let era = Format::new().set_num_format("[$-411]ggge\"年\"m\"月\"d\"日\"");
    let date = ExcelDateTime::from_ymd(2026, 11, 21).unwrap();
    sheet.write_datetime_with_format(3, 4, &date, &era).unwrap();
    let moment = Format::new().set_num_format("yyyy/m/d h:mm");
    let at = ExcelDateTime::parse_from_str("2026-11-21 09:05").unwrap();
    sheet
        .write_datetime_with_format(3, 5, &at, &moment)
        .unwrap();
    sheet
        .write_formula(3, 6, Formula::new("=B4*2").set_result("38"))
        .unwrap();
    sheet.write_string(3, 7, "一行目\n二行目").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[test]
fn typed_cells_become_text_and_hidden_sheets_are_left_out() {
    let table = read_table(&typed_workbook(), "x.bin", &Limits::default()).unwrap();
    assert_eq!(table.sheet, "名簿");
    assert_eq!(
        texts(&table),
        vec![
            (2, vec!["名称", "", "病床数"]),
            (
                4,
                vec![
                    "=1+1",
                    "19",
                    "0.3",
                    "TRUE",
                    "2026-11-21",
                    "2026-11-21T09:05:00",
                    "38",
                    "一行目\n二行目"
                ]
            ),
        ]
    );
    let kinds: Vec<CellKind> = table.rows[1].cells.iter().map(|cell| cell.kind).collect();
    assert_eq!(kinds[0], CellKind::Text);
    assert_eq!(kinds[1], CellKind::Number);
    assert_eq!(kinds[3], CellKind::Boolean);
    assert_eq!(kinds[4], CellKind::Date);
    assert_eq!(
        table.position(4, 4).to_string(),
        "sheet \"名簿\", row 4, column E"
    );
}

#[test]
fn furigana_is_not_part_of_a_name_and_lost_formula_targets_are_errors() {
    let strings = r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>湊医院</t><rPh sb="0" eb="1"><t>ミナト</t></rPh></si></sst>"#;
    let sheet = sheet_xml(
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="e"><f>#REF!</f><v>#REF!</v></c></row>"#,
    );
    let table = read_table(&raw_workbook(&sheet, strings), "", &Limits::default()).unwrap();
    assert_eq!(texts(&table), vec![(1, vec!["湊医院", "#REF!"])]);
    assert_eq!(table.rows[0].cells[1].kind, CellKind::Error);
}

#[test]
fn text_is_read_in_every_encoding_that_offices_use() {
    let text = "名称,所在地\r\n髙橋医院,①番町～\r\n";
    let expected = vec![
        (1, vec!["名称", "所在地"]),
        (2, vec!["髙橋医院", "①番町～"]),
    ];
    let (cp932, _, lossy) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!lossy);
    let utf16le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for bytes in [
        text.as_bytes().to_vec(),
        with(b"\xEF\xBB\xBF", text.as_bytes()),
        cp932.to_vec(),
        with(b"\xFF\xFE", &utf16le),
        utf16le,
        with(b"\xFE\xFF", &utf16be),
        utf16be,
    ] {
        let table = read_csv(&bytes);
        assert_eq!(texts(&table), expected);
        assert_eq!(table.sheet, "名簿");
    }
    let (jis, _, _) = encoding_rs::ISO_2022_JP.encode("名称,所在地\r\n東医院,一番町\r\n");
    assert_eq!(texts(&read_csv(&jis))[1], (2, vec!["東医院", "一番町"]));
}

#[test]
fn a_bad_byte_is_located() {
    let mut bytes = "名称,病床数\n東医院,19\n".as_bytes().to_vec();
    bytes.extend_from_slice("西医院".as_bytes());
    bytes.extend_from_slice(b"\xFF\xFF,3\n");
    let offset = u64::try_from(bytes.len() - 5).unwrap();
    assert_eq!(
        refused(&bytes, &Limits::default()),
        TabularError::MisEncoded {
            encoding: TextEncoding::Utf8,
            byte: offset,
            line: 3
        }
    );
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode("名称\n東医院\n");
    let mut cut = cp932.to_vec();
    cut.extend_from_slice(b"\x93");
    assert!(matches!(
        refused(&cut, &Limits::default()),
        TabularError::MisEncoded {
            encoding: TextEncoding::Cp932,
            line: 3,
            ..
        }
    ));
    assert!(matches!(
        refused(b"\xFF\xFEa\0\x00\xD8b\0", &Limits::default()),
        TabularError::MisEncoded {
            encoding: TextEncoding::Utf16Le,
            byte: 4,
            line: 1
        }
    ));
}

#[test]
fn quotes_separators_and_blank_lines() {
    let table = read_csv("\"a,\"\"b\"\"\",\"x\ny\"\r\n\r\n , \r\nc\"d,e,,\r\"f\"g,1".as_bytes());
    assert_eq!(
        texts(&table),
        vec![
            (1, vec!["a,\"b\"", "x\ny"]),
            (4, vec!["c\"d", "e"]),
            (5, vec!["fg", "1"])
        ]
    );
    assert_eq!(
        texts(&read_csv("a\tb,c\td\n1\t2\t3".as_bytes()))[1].1,
        ["1", "2", "3"]
    );
    assert_eq!(
        texts(&read_csv("名称;住所\nい;ろ".as_bytes()))[1].1,
        ["い", "ろ"]
    );
    assert_eq!(texts(&read_csv(b"a,b\n1,2\n\x1A"))[1].1, ["1", "2"]);
}

#[test]
fn an_open_quote_names_the_line_where_it_was_opened() {
    assert_eq!(
        refused(b"a,b\n\"x\ny\",1\n\"z,2\n3,4\n", &Limits::default()),
        TabularError::UnterminatedQuote { row: 3, line: 4 }
    );
}

#[test]
fn the_mark_against_formulas_is_taken_back() {
    let table = read_csv("'=1+1,'普通,''-3,'+81-3-0000".as_bytes());
    assert_eq!(table.rows[0].cells[0].text, "=1+1");
    assert_eq!(table.rows[0].cells[1].text, "'普通");
    assert_eq!(table.rows[0].cells[2].text, "'-3");
    assert_eq!(table.rows[0].cells[3].text, "+81-3-0000");
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let zip = |name: &str, content: &[u8]| {
        crate::archive::zip_bytes(
            [(name, content)],
            time::Date::from_calendar_date(2026, time::Month::May, 1).unwrap(),
        )
        .unwrap()
    };
    let compound = |inner: &[u8]| {
        [
            &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0][..],
            inner,
        ]
        .concat()
    };
    let encrypted: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, kind) in [
        (b"%PDF-1.7 ...".to_vec(), FileKind::Pdf),
        (b"\x89PNG\r\n\x1a\n\0\0\0".to_vec(), FileKind::Picture),
        (
            b"<html><table><tr><td>1</td></tr></table>".to_vec(),
            FileKind::WebPage,
        ),
        (
            b"\xEF\xBB\xBF<?xml version='1.0'?><a/>".to_vec(),
            FileKind::WebPage,
        ),
        (compound(b"W\0o\0r\0k\0"), FileKind::LegacyWorkbook),
        (zip("word/document.xml", b"<a/>"), FileKind::OfficeDocument),
        (zip("xl/workbook.bin", b"\x01"), FileKind::BinaryWorkbook),
        (zip("写真.txt", b"a"), FileKind::Archive),
        (
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0".to_vec(),
            FileKind::Binary,
        ),
        (vec![0_u8; 4096], FileKind::Binary),
    ] {
        assert_eq!(
            refused(&bytes, &Limits::default()),
            TabularError::NotATable { kind },
            "{:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(20)])
        );
    }
    assert_eq!(
        refused(&compound(&encrypted), &Limits::default()),
        TabularError::Encrypted
    );
    assert_eq!(refused(b"", &Limits::default()), TabularError::EmptyFile);
    assert_eq!(
        refused(b" , \r\n\r\n", &Limits::default()),
        TabularError::NoRows
    );
    let empty = Workbook::new().save_to_buffer().unwrap();
    assert_eq!(refused(&empty, &Limits::default()), TabularError::NoRows);
}

#[test]
fn a_cut_off_or_altered_workbook_is_damaged() {
    let whole = typed_workbook();
    for length in (40..whole.len()).step_by(whole.len() / 40) {
        match refused(&whole[..length], &Limits::default()) {
            TabularError::Damaged { .. } | TabularError::NotATable { .. } => {}
            other => panic!("cut at {length}: {other:?}"),
        }
    }
    let mut accepted = 0;
    for index in (0..whole.len()).step_by(7) {
        let mut altered = whole.clone();
        altered[index] ^= 0x5A;
        accepted += usize::from(read_tables(&altered, "x", &Limits::default()).is_ok());
    }
    // Some header fields, such as times of change, carry no meaning for the content.
    assert!(
        accepted < whole.len() / 7 / 2,
        "{accepted} altered workbooks were accepted"
    );
}

#[test]
fn a_zip_bomb_is_stopped_by_its_declared_size() {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer
        .start_file("xl/workbook.xml", SimpleFileOptions::default())
        .unwrap();
    let block = vec![b' '; 1 << 20];
    for _ in 0..40 {
        writer.write_all(&block).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < 100_000);
    let limits = Limits {
        unpacked_bytes: 32 << 20,
        ..Limits::default()
    };
    assert_eq!(
        refused(&bomb, &limits),
        TabularError::UnpacksTooLarge {
            limit_bytes: 32 << 20
        }
    );
}

#[test]
fn a_zip_bomb_that_lies_about_its_size_is_stopped_while_unpacking() {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer
        .start_file("xl/workbook.xml", SimpleFileOptions::default())
        .unwrap();
    let declared: u32 = 40 << 20;
    writer.write_all(&vec![b' '; 40 << 20]).unwrap();
    let mut bomb = writer.finish().unwrap().into_inner();
    let needle = declared.to_le_bytes();
    let places: Vec<usize> = bomb
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == needle)
        .map(|(index, _)| index)
        .collect();
    assert!(
        places.len() >= 2,
        "local header and directory declare the size"
    );
    for place in places {
        bomb[place..place + 4].copy_from_slice(&1000_u32.to_le_bytes());
    }
    let limits = Limits {
        unpacked_bytes: 8 << 20,
        ..Limits::default()
    };
    match refused(&bomb, &limits) {
        TabularError::UnpacksTooLarge { .. } | TabularError::Damaged { .. } => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_value_in_the_far_corner_costs_nothing_and_is_refused() {
    let far = sheet_xml(r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#);
    assert_eq!(
        refused(&raw_workbook(&far, NO_STRINGS), &Limits::default()),
        TabularError::TooManyRows {
            sheet: "表".to_owned(),
            limit: 100_000
        }
    );
    let wide = sheet_xml(r#"<row r="3"><c r="XFD3"><v>1</v></c></row>"#);
    let error = refused(&raw_workbook(&wide, NO_STRINGS), &Limits::default());
    assert!(
        matches!(error, TabularError::TooManyColumns { position, .. }
        if position.row == 3 && position.column == "XFD")
    );
}

#[test]
fn every_bound_holds() {
    let limits = Limits {
        rows: 3,
        columns: 2,
        cell_characters: 4,
        text_bytes: 40,
        file_bytes: 200,
        ..Limits::default()
    };
    let sheet = || "x".to_owned();
    let at = |row, column: &str| Position {
        sheet: sheet(),
        row,
        column: column.to_owned(),
    };
    assert_eq!(
        refused(b"1\n2\n3\n4", &limits),
        TabularError::TooManyRows {
            sheet: sheet(),
            limit: 3
        }
    );
    assert_eq!(
        refused(b"1\n1,2,3", &limits),
        TabularError::TooManyColumns {
            position: at(2, "C"),
            limit: 2
        }
    );
    assert!(read_table(b"1,2,,,\n\n\n\n", "x", &limits).is_ok());
    assert_eq!(
        refused("1\n1,あいうえお".as_bytes(), &limits),
        TabularError::CellTooLong {
            position: at(2, "B"),
            limit: 4
        }
    );
    assert_eq!(
        refused("ああああ,ああああ\nああああ,ああああ".as_bytes(), &limits),
        TabularError::TooMuchText { limit_bytes: 40 }
    );
    assert_eq!(
        refused(&[b'a'; 201], &limits),
        TabularError::FileTooLarge {
            actual_bytes: 201,
            limit_bytes: 200
        }
    );
    let few = Limits {
        archive_parts: 3,
        ..Limits::default()
    };
    assert_eq!(
        refused(&typed_workbook(), &few),
        TabularError::TooManyParts { limit: 3 }
    );
}

#[test]
fn one_long_text_shared_by_many_cells_is_bounded() {
    let strings = format!(
        r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{}</t></si></sst>"#,
        "x".repeat(30_000)
    );
    let rows: String = (1..=200)
        .map(|row| format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>"#))
        .collect();
    let limits = Limits {
        text_bytes: 1 << 20,
        ..Limits::default()
    };
    assert_eq!(
        refused(&raw_workbook(&sheet_xml(&rows), &strings), &limits),
        TabularError::TooMuchText {
            limit_bytes: 1 << 20
        }
    );
}

#[test]
fn rows_out_of_order_are_damage() {
    let rows = sheet_xml(
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>"#,
    );
    assert!(matches!(
        refused(&raw_workbook(&rows, NO_STRINGS), &Limits::default()),
        TabularError::Damaged { .. }
    ));
}

#[test]
fn column_letters_are_those_of_a_spreadsheet() {
    for (index, letters) in [
        (0, "A"),
        (25, "Z"),
        (26, "AA"),
        (51, "AZ"),
        (52, "BA"),
        (701, "ZZ"),
        (702, "AAA"),
        (16_383, "XFD"),
    ] {
        assert_eq!(column_letters(index), letters);
    }
}

#[test]
fn the_sheet_name_of_a_text_is_its_file_name() {
    assert_eq!(sheet_name("C:\\名簿\\会員 2026.csv"), "会員 2026");
    assert_eq!(sheet_name("../../x\u{7}.csv"), "x");
    assert_eq!(sheet_name(""), "CSV");
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read_tables(&bytes, "x", &Limits::default());
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-c\",;\t\r\n'=あ]{0,60}") {
            let _ = read_tables(text.as_bytes(), "x", &Limits::default());
        }

        #[test]
        fn what_is_written_as_csv_is_read_back(
            rows in prop::collection::vec(
                prop::collection::vec("[a-b\",;\n'=+@あ-]{1,8}", 2..4), 1..6)
        ) {
            // A first line without comma outside quotes would let another separator win.
            let mut written = vec![vec!["見出し".to_owned(), "見出し".to_owned()]];
            written.extend(rows);
            let bytes = crate::spreadsheet::write_csv(written.iter().map(|row| {
                row.iter().map(|text| crate::spreadsheet::Cell::text(text.clone()))
            })).unwrap();
            let table = read_table(&bytes, "x", &Limits::default()).unwrap();
            let expected: Vec<Vec<&str>> = written.iter()
                .filter(|row| row.iter().any(|text| !text.trim().is_empty()))
                .map(|row| {
                    let mut row: Vec<&str> = row.iter().map(String::as_str).collect();
                    while row.last() == Some(&"") { row.pop(); }
                    row
                })
                .collect();
            let read: Vec<Vec<&str>> = table.rows.iter()
                .map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect())
                .collect();
            prop_assert_eq!(read, expected);
        }
    }
}

/// The corpus of the fuzz target: what begins with `read-` is read, what begins with `refuse-` is
/// refused with an explanation.
#[test]
fn the_corpus_is_read_or_refused_as_its_names_say() {
    let folder = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("fuzz/corpus/read_table");
    let limits = Limits {
        unpacked_bytes: 8 << 20,
        ..Limits::default()
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let result = read_tables(&std::fs::read(&path).unwrap(), &name, &limits);
        match &result {
            Err(error) => assert_explained(error),
            Ok(tables) => assert!(!tables[0].rows.is_empty(), "{name}"),
        }
        let expected = name.starts_with("read-");
        assert!(expected || name.starts_with("refuse-"), "{name}");
        assert_eq!(result.is_ok(), expected, "{name}: {result:?}");
        seen += 1;
    }
    assert!(seen >= 20, "{seen}");
}
