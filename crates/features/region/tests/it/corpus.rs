//! Files that no honest person sends, through the whole reading and planning: each is refused or
//! read, none brings the program down, and what is read obeys the rules.

use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column, Sheet, Workbook};
use yagura_kernel::organization::beds_fit_kind;
use yagura_kernel::time::parse_date;
use yagura_region::import::{Parsed, Roll, parse, plan};

fn read(bytes: &[u8]) -> Option<Parsed> {
    let today = parse_date("2026-11-21").unwrap();
    parse(bytes, "corpus.csv", today, &mut |_, _, _| {}).ok()
}

fn obeys(parsed: &Parsed) {
    for row in &parsed.rows {
        let member = &row.member;
        assert!(!member.name.is_empty() && !member.name.contains(['\n', '\0', '\u{202E}']));
        assert!(member.kind.is_institution());
        assert!(member.beds.is_none() || beds_fit_kind(member.kind, member.beds));
        for text in [&member.email, &member.phone, &member.code]
            .into_iter()
            .flatten()
        {
            assert!(!text.contains(['<', '\r', '\n', ',']), "{text:?}");
        }
    }
    let plan = plan(parsed, &Roll::default());
    assert_eq!(plan.steps.len(), parsed.rows.len());
}

fn seed_workbook() -> Vec<u8> {
    let mut sheet = Sheet::new(
        "名簿",
        ["名称", "種別", "コード", "病床数"].map(|h| Column::new(h, 12.0)),
    );
    sheet.header();
    for number in 0..20 {
        sheet.row([
            Cell::text(format!("医院{number}")),
            Cell::text("診療所"),
            Cell::text(format!("37{number:05}")),
            Cell::Integer(number),
        ]);
    }
    let mut workbook = Workbook::new("名簿", Language::Japanese);
    workbook.push(sheet);
    workbook.to_bytes().unwrap()
}

/// A small repeatable generator; its quality does not matter.
struct Random(u64);

impl Random {
    fn next(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

#[test]
fn altered_workbooks_do_no_harm() {
    let seed = seed_workbook();
    obeys(&read(&seed).unwrap());
    let mut random = Random(7);
    let mut refused = 0;
    for _ in 0..300 {
        let mut bytes = seed.clone();
        match random.next(3) {
            0 => bytes.truncate(random.next(seed.len())),
            1 => {
                for _ in 0..=random.next(8) {
                    let place = random.next(bytes.len());
                    bytes[place] ^= u8::try_from(1 + random.next(255)).unwrap();
                }
            }
            _ => {
                let from = random.next(bytes.len());
                let to = (from + random.next(64)).min(bytes.len());
                bytes.drain(from..to);
            }
        }
        match read(&bytes) {
            Some(parsed) => obeys(&parsed),
            None => refused += 1,
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn altered_texts_do_no_harm() {
    let parts = [
        "名称",
        "種別",
        "コード",
        "病床数",
        "メール",
        "電話",
        "加入日",
        ",",
        "\t",
        "\n",
        "\r\n",
        "\"",
        "\"\"",
        "病院",
        "診療所",
        "薬局",
        "=1+1",
        "=\"0123\"",
        "@SUM(A1)",
        "<script>",
        "\u{0}",
        "\u{202E}",
        "\u{FEFF}",
        "　",
        "１２０床",
        "99999999999999999999",
        "-1",
        "令和8年2月30日",
        "R8.4.1",
        "a@example.jp",
        "a@example.jp,b@x.jp",
        "087-811-0000",
        "'",
        "#REF!",
        "(例)",
        "合計",
        "\u{1F469}\u{200D}\u{2695}\u{FE0F}",
        "が",
        "か\u{3099}",
        ";",
    ];
    let mut random = Random(11);
    let mut read_somehow = 0;
    for _ in 0..2_000 {
        let mut text = String::from(if random.next(4) > 0 {
            "名称,種別,コード,病床数\n"
        } else {
            ""
        });
        for _ in 0..random.next(60) {
            text.push_str(parts[random.next(parts.len())]);
        }
        if let Some(parsed) = read(text.as_bytes()) {
            obeys(&parsed);
            read_somehow += 1;
        }
    }
    assert!(read_somehow > 200, "{read_somehow}");
}

#[test]
fn random_bytes_do_no_harm() {
    let mut random = Random(13);
    for _ in 0..500 {
        let bytes: Vec<u8> = (0..random.next(400))
            .map(|_| u8::try_from(random.next(256)).unwrap())
            .collect();
        if let Some(parsed) = read(&bytes) {
            obeys(&parsed);
        }
    }
}

#[test]
fn a_bomb_of_shared_text_is_refused() {
    // One long text in every cell: small as a file, huge when read.
    let long = "あ".repeat(3_900);
    let mut sheet = Sheet::new(
        "名簿",
        [Column::new("名称", 10.0), Column::new("種別", 10.0)],
    );
    sheet.header();
    for _ in 0..12_000 {
        sheet.row([Cell::text(long.clone()), Cell::text(long.clone())]);
    }
    let mut workbook = Workbook::new("名簿", Language::Japanese);
    workbook.push(sheet);
    assert!(read(&workbook.to_bytes().unwrap()).is_none());
}
