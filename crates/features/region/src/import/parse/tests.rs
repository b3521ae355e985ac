use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell as Written, Column, Sheet, Workbook};
use yagura_documents::tabular::TabularError;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::time::parse_date;

use super::*;

fn today() -> Date {
    parse_date("2026-11-21").unwrap()
}

fn read(bytes: &[u8]) -> Result<Parsed, ImportError> {
    parse(bytes, "名簿.csv", today(), &mut |_, _, _| {})
}

fn csv(text: &str) -> Parsed {
    read(text.as_bytes()).unwrap()
}

type Rows<'a> = &'a [&'a [Written]];

fn workbook(sheets: &[(&str, &[&str], Rows<'_>)]) -> Vec<u8> {
    let mut workbook = Workbook::new("名簿", Language::Japanese);
    for (name, headings, rows) in sheets {
        let mut sheet = Sheet::new(
            name,
            headings.iter().map(|heading| Column::new(*heading, 12.0)),
        );
        sheet.title("令和8年度 会員名簿");
        sheet.header();
        for row in *rows {
            sheet.row(row.iter().cloned());
        }
        workbook.push(sheet);
    }
    workbook.to_bytes().unwrap()
}

fn places(parsed: &Parsed) -> Vec<(u32, Option<&str>, Field)> {
    parsed
        .issues
        .kept
        .iter()
        .map(|issue| (issue.row, issue.column.as_deref(), issue.field))
        .collect()
}

#[test]
fn a_workbook_with_a_title_and_types_is_read() {
    let joined = parse_date("2026-04-01").unwrap();
    let bytes = workbook(&[(
        "会員",
        &[
            "No",
            "施設名称",
            "施設種別",
            "医療機関コード",
            "許可病床数",
            "〒",
            "所在地",
            "ＴＥＬ",
            "E-mail",
            "院長",
            "加入日",
        ],
        &[
            &[
                Written::Integer(1),
                Written::text("さぬきみなと病院"),
                Written::text("病院"),
                Written::text("3710001"),
                Written::Integer(526),
                Written::text("760-0017"),
                Written::text("架空市みなと町1-1"),
                Written::text("087-811-0000"),
                Written::text("info@example.jp"),
                Written::text("架空 太郎"),
                Written::Date(joined),
            ],
            &[
                Written::Integer(2),
                Written::text("ことひら医院"),
                Written::text("無床診療所"),
            ],
        ],
    )]);
    let parsed = read(&bytes).unwrap();
    assert_eq!(parsed.issues, Issues::default());
    let sheet = &parsed.sheets[0];
    assert_eq!((sheet.name.as_str(), sheet.header_row), ("会員", 2));
    assert_eq!(sheet.ignored, [("A".to_owned(), "No".to_owned())]);
    let first = &parsed.rows[0];
    assert_eq!(first.row, 3);
    assert_eq!(first.member.beds, Some(526));
    assert_eq!(first.member.joined_on, Some(joined));
    assert_eq!(first.member.representative.as_deref(), Some("架空 太郎"));
    assert_eq!(parsed.rows[1].member.kind, OrganizationKind::Clinic);
}

#[test]
fn every_bad_cell_is_named_by_row_and_column() {
    let parsed = csv(concat!(
        "名称,種別,医療機関コード,病床数,郵便番号,電話,メール,加入日\n",
        ",病院,1,100,760-0017,087-811-0000,a@example.jp,2026-04-01\n",
        "甲病院,老健,2,100,760-0017,087-811-0000,a@example.jp,2026-04-01\n",
        "乙病院,病院,コード3,百,76,119,info,令和8年2月30日\n",
        "丙病院,病院,4,19,,,,\n",
        "丁薬局,薬局,5,3,,,,2027-01-01\n",
        "戊医院,診療所,6,=1+1,,,,\n",
        "己医院,診療所,7,0,,,,\n",
    ));
    assert_eq!(
        places(&parsed),
        [
            (2, Some("A"), Field::Name),
            (3, Some("B"), Field::Kind),
            (4, Some("C"), Field::Code),
            (4, Some("D"), Field::Beds),
            (4, Some("E"), Field::PostalCode),
            (4, Some("F"), Field::Phone),
            (4, Some("G"), Field::Email),
            (4, Some("H"), Field::JoinedOn),
            (5, Some("D"), Field::Beds),
            (6, Some("H"), Field::JoinedOn),
            (7, Some("D"), Field::Beds),
        ]
    );
    assert_eq!(parsed.issues.errors, 11);
    assert_eq!(
        parsed.issues.kept[10].remark,
        Remark::Error(Problem::Formula)
    );
    assert_eq!(
        parsed.rows.iter().map(|row| row.row).collect::<Vec<_>>(),
        [8]
    );
}

#[test]
fn duplicates_in_the_file_are_found() {
    let parsed = csv(concat!(
        "名称,種別,コード,住所\n",
        "甲医院,診療所,1,\n",
        "乙医院,診療所,１,\n",
        "丙医院,診療所,,\n",
        "丙医院,診療所,,\n",
        "丁医院,診療所,,架空市1\n",
        "丁医院,診療所,,架空市2\n",
        "丁醫院,診療所,9,\n",
    ));
    assert_eq!(parsed.rows.len(), 4, "{:?}", parsed.rows);
    let remarks: Vec<&Remark> = parsed
        .issues
        .kept
        .iter()
        .map(|issue| &issue.remark)
        .collect();
    assert_eq!(
        remarks[0],
        &Remark::Error(Problem::CodeTwiceInFile {
            sheet: "名簿".into(),
            row: 2
        })
    );
    assert_eq!(
        remarks[1],
        &Remark::Error(Problem::MemberTwiceInFile {
            sheet: "名簿".into(),
            row: 4
        })
    );
    assert_eq!(
        remarks[2],
        &Remark::Notice(Notice::SameNameInFile {
            sheet: "名簿".into(),
            row: 6
        })
    );
    assert!(matches!(
        remarks[3],
        Remark::Error(Problem::MemberTwiceInFile { row: 6, .. })
    ));
}

#[test]
fn numbers_that_lost_their_zeros_are_mended_or_pointed_out() {
    let bytes = workbook(&[(
        "会員",
        &["名称", "種別", "コード", "郵便番号", "電話"],
        &[&[
            Written::text("甲医院"),
            Written::text("診療所"),
            Written::Integer(110_123),
            Written::Integer(600_000),
            Written::Integer(878_110_000),
        ]],
    )]);
    let parsed = read(&bytes).unwrap();
    assert_eq!((parsed.issues.errors, parsed.issues.notices), (0, 3));
    let member = &parsed.rows[0].member;
    assert_eq!(member.postal_code.as_deref(), Some("060-0000"));
    assert_eq!(member.phone.as_deref(), Some("0878110000"));
    assert_eq!(member.code.as_deref(), Some("110123"));
    // A CSV has no types: nothing is mended there.
    assert_eq!(csv("名称,種別,郵便番号\n甲,薬局,600000\n").issues.errors, 1);
    assert_eq!(
        csv("名称,種別,コード\n甲,薬局,=\"0110123\"\n").rows[0]
            .member
            .code
            .as_deref(),
        Some("0110123")
    );
}

#[test]
fn several_sheets_kinds_by_sheet_and_examples() {
    let row: &[&[Written]] = &[&[Written::text("甲"), Written::text("087-811-0001")]];
    let example: &[&[Written]] = &[&[Written::text("(例)見本病院"), Written::text("087-811-0002")]];
    let bytes = workbook(&[
        ("表紙", &["はじめに"], &[&[Written::text("この名簿は…")]]),
        ("歯科診療所", &["名称", "電話"], row),
        ("薬局", &["名称", "電話"], row),
        ("病院", &["名称", "電話"], example),
        ("記入例", &["名称", "電話"], row),
    ]);
    let parsed = read(&bytes).unwrap();
    let kinds: Vec<_> = parsed.rows.iter().map(|row| row.member.kind).collect();
    assert_eq!(
        kinds,
        [OrganizationKind::DentalClinic, OrganizationKind::Pharmacy]
    );
    assert_eq!(parsed.sheets.len(), 3);
    let bytes = workbook(&[("名簿", &["名称", "電話"], row)]);
    assert!(matches!(
        read(&bytes),
        Err(ImportError::MissingColumn {
            field: Field::Kind,
            row: 2,
            ..
        })
    ));
}

#[test]
fn addresses_in_several_columns_are_joined() {
    let parsed = csv("名称,種別,都道府県,市区町村,住所\n甲,薬局,香川県,架空市,みなと町1\n");
    assert_eq!(
        parsed.rows[0].member.address.as_deref(),
        Some("香川県架空市みなと町1")
    );
}

#[test]
fn japanese_encodings_are_read_and_broken_ones_refused() {
    // 「名称,種別\n髙橋医院,診療所\n」 in CP932.
    let cp932 = b"\x96\xBC\x8F\xCC,\x8E\xED\x95\xCA\n\xFB\xFC\x8B\xB4\x88\xE3\x89\x40,\x90\x66\x97\xC3\x8F\x8A\n";
    assert_eq!(read(cp932).unwrap().rows[0].member.name, "髙橋医院");
    let utf16: Vec<u8> = "\u{FEFF}名称\t種別\r\n甲\t薬局\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&utf16).unwrap().rows[0].member.name, "甲");
    let broken = b"\x96\xBC\x8F\xCC,\x8E\xED\x95\xCA\n\xFF\xFF\xFF,x\n";
    assert!(matches!(
        read(broken),
        Err(ImportError::Table(TabularError::MisEncoded { .. }))
    ));
}

#[test]
fn files_without_members_say_why() {
    assert!(matches!(
        read(b""),
        Err(ImportError::Table(TabularError::EmptyFile))
    ));
    assert!(matches!(
        read("名称,種別\n".as_bytes()),
        Err(ImportError::NoMembers)
    ));
    assert!(matches!(
        read("品名,単価\nりんご,100\n".as_bytes()),
        Err(ImportError::NoHeadings { sheets }) if sheets == "名簿"
    ));
    assert!(matches!(read(b"%PDF-1.7 ..."), Err(ImportError::Table(_))));
}

#[test]
fn markup_in_a_cell_is_a_name_like_any_other() {
    let parsed = csv("名称,種別,備考\n<script>alert(1)</script>,診療所,<b>&\n");
    assert_eq!(parsed.rows[0].member.name, "<script>alert(1)</script>");
    assert_eq!(parsed.rows[0].member.remark.as_deref(), Some("<b>&"));
}

#[test]
fn remarks_are_bounded_and_errors_come_first() {
    let mut text = String::from("名称,種別,コード,病床数\n");
    for number in 0..1_200 {
        text.push_str(&format!("医院{number},有床診療所,{number},\n"));
    }
    text.push_str("甲,謎,99999,\n");
    let parsed = csv(&text);
    assert_eq!((parsed.issues.errors, parsed.issues.notices), (1, 1_200));
    assert_eq!(parsed.issues.kept.len(), super::super::MOST_ISSUES);
    assert!(
        parsed
            .issues
            .kept
            .iter()
            .any(|issue| matches!(issue.remark, Remark::Error(_)))
    );
}

#[test]
fn a_stored_preview_reads_back() {
    let parsed = csv("名称,種別,病床数,加入日\n甲,病院,x,\n乙,薬局,,R8.4.1\n");
    let stored = serde_json::to_string(&parsed).unwrap();
    assert_eq!(serde_json::from_str::<Parsed>(&stored).unwrap(), parsed);
}

#[test]
fn progress_is_told_up_to_the_end() {
    let mut text = String::from("名称,種別\n");
    for number in 0..1_100 {
        text.push_str(&format!("薬局{number},薬局\n"));
    }
    let mut told = Vec::new();
    parse(
        text.as_bytes(),
        "a.csv",
        today(),
        &mut |stage, done, total| {
            told.push((stage, done, total));
        },
    )
    .unwrap();
    assert_eq!(told.last(), Some(&(Stage::Reading, 1_100, 1_100)));
    assert_eq!(told.len(), 4);
}
