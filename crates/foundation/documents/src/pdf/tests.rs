use std::process::{Command, Stdio};

use serde_json::Value;
use typst::World;
use typst::syntax::{FileId, RootedPath, VirtualPath, VirtualRoot};

use super::*;
use crate::Language;
use crate::forms::*;
use crate::messages::tests::assert_explained;

/// The text of a PDF as poppler reads it, where poppler is installed.
fn text_of(pdf: &Pdf) -> Option<String> {
    use std::io::Write as _;
    let mut child = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(&pdf.bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

/// The samples, with a matrix small enough for an unoptimised build.
fn samples() -> Vec<(&'static str, Document)> {
    let mut samples = Document::samples();
    for (_, document) in &mut samples {
        if let Document::MemberMatrix(matrix) = document {
            matrix.rows.truncate(40);
        }
    }
    samples
}

#[test]
fn every_document_is_typeset_in_japanese() {
    for (name, document) in samples() {
        let pdf = render(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(pdf.bytes.starts_with(b"%PDF-1.7"), "{name}");
        assert!(
            contains(&pdf.bytes, "<pdfaid:part>2</pdfaid:part>"),
            "{name} is PDF/A-2"
        );
        assert!(
            contains(&pdf.bytes, "<rdf:li>ja-JP</rdf:li>"),
            "{name} says its language"
        );
        let expected = match name {
            "sheet" | "contact-chart" | "member-matrix" => 2,
            "change-history" => 3,
            _ => 1,
        };
        assert_eq!(pdf.pages, expected, "{name}");
        let Some(text) = text_of(&pdf) else { continue };
        let text = without_spaces(&text);
        let printed = text.matches("令和7年11月21日印刷").count();
        assert_eq!(
            printed,
            usize::try_from(pdf.pages).unwrap(),
            "{name}: a foot on each page"
        );
        assert_eq!(
            text.matches("見本データ").count(),
            printed,
            "{name}: a mark on each page"
        );
        assert!(
            text.contains(&format!("{0}/{0}", pdf.pages)),
            "{name}: page numbers"
        );
        let code = document.imprint().state_code.clone().unwrap();
        assert!(text.contains(&code), "{name}: state code");
        assert!(
            !text.contains('〓'),
            "{name}: the typeface has every character"
        );
    }
}

#[test]
fn every_document_is_typeset_in_english() {
    for (name, mut document) in samples() {
        let imprint = document.imprint_mut();
        imprint.language = Language::English;
        imprint.demo = false;
        let pdf = render(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        let Some(text) = text_of(&pdf) else { continue };
        assert!(text.contains("Printed 21 November 2025"), "{name}");
        let text = without_spaces(&text);
        assert!(
            !text.contains("見本データ") && !text.contains("Sampledata"),
            "{name}"
        );
    }
}

#[test]
fn the_sheet_shows_answers_dates_states_and_marks() {
    let document = SheetDocument::sample().into();
    let pdf = render(&document).unwrap();
    assert_eq!(
        pdf,
        render(&document).unwrap(),
        "the same document gives the same bytes"
    );
    let Some(text) = text_of(&pdf) else { return };
    let text = without_spaces(&text);
    for part in [
        "立入検査時、本チェックリストを確認します",
        "みなと内科クリニック",
        "令和7年度",
        "令和8年1月31日",
        "食い違い",
        "文言未確認この印の付いた項目",
        "別記1のとおり",
        "次回の機器更新時に入れ替える。",
        "mhlw-checklist-r71.0.0",
        "K7Q4-P2M9",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn an_empty_sheet_is_a_blank_form() {
    let mut document = SheetDocument::sample();
    document.confirmed_on = None;
    document.responsible = None;
    for row in document
        .sections
        .iter_mut()
        .flat_map(|s| &mut s.groups)
        .flat_map(|g| &mut g.rows)
    {
        row.first = Round::default();
        row.second = Round::default();
        row.target = None;
        row.remark.clear();
        row.evidence.clear();
        row.state = yagura_kernel::proof::CellState::Unanswered;
        row.wording_unverified = false;
    }
    let pdf = render(&document.into()).unwrap();
    if let Some(text) = text_of(&pdf) {
        let text = without_spaces(&text);
        assert!(!text.contains("文言未確認"));
        assert_eq!(text.matches("はい・いいえ").count(), 19 * 2 + 1);
    }
}

const HOSTILE: &[&str] = &[
    "#import \"@preview/x:1.0.0\": *",
    "#panic(\"x\") $x^2$ *強調* _斜体_ `raw` <label> @ref = 見出し",
    "<script>alert(1)</script>&amp;\"'",
    "制御\u{0}\u{7}\u{1B}[31m文字\u{202E}反転\u{200D}",
    "絵文字😀👨‍👩‍👧と外字\u{E000}と異体字葛\u{E0100}城",
    "改行\r\nと\tタブ\u{2028}と行区切り",
    "x",
    "",
    "\\u{0} {name} \\",
    "2026-11-21",
];

/// Puts hostile texts in place of every Japanese text of a document. Words of the data model are
/// ASCII and stay.
fn poison(value: &mut Value, next: &mut usize) {
    match value {
        Value::String(text) if !text.is_ascii() => {
            *next += 1;
            let kind = *next % (HOSTILE.len() + 2);
            *text = match HOSTILE.get(kind) {
                Some(hostile) => (*hostile).to_owned(),
                None if kind == HOSTILE.len() => "W".repeat(400),
                None => "長い備考。".repeat(60),
            };
        }
        Value::Array(values) => values.iter_mut().for_each(|value| poison(value, next)),
        Value::Object(fields) => fields.values_mut().for_each(|value| poison(value, next)),
        _ => {}
    }
}

fn poisoned<T: serde::Serialize + serde::de::DeserializeOwned>(document: &T, seed: usize) -> T {
    let mut value = serde_json::to_value(document).unwrap();
    poison(&mut value, &mut seed.clone());
    serde_json::from_value(value).unwrap()
}

#[test]
fn hostile_texts_are_set_as_texts() {
    let mut matrix = MemberMatrixDocument::sample();
    matrix.rows.truncate(12);
    let mut history = ChangeHistoryDocument::sample();
    history.rows.truncate(12);
    let documents: Vec<Document> = vec![
        poisoned(&SheetDocument::sample(), 0).into(),
        poisoned(&EvidenceListDocument::sample(), 3).into(),
        poisoned(&history, 5).into(),
        poisoned(&InspectionCoverDocument::sample(), 2).into(),
        poisoned(&ContactChartDocument::sample(), 7).into(),
        poisoned(&EmergencySheetDocument::sample(), 1).into(),
        poisoned(&matrix, 4).into(),
        poisoned(&RequestLetterDocument::sample(), 6).into(),
        poisoned(&DiagramDocument::sample(), 2).into(),
    ];
    let mut all = String::new();
    for document in documents {
        let pdf =
            render(&document).unwrap_or_else(|error| panic!("{}: {error}", template_of(&document)));
        match text_of(&pdf) {
            Some(text) => all.push_str(&without_spaces(&text)),
            None => return,
        }
    }
    for literal in [
        "#import\"@preview/x",
        "#panic(\"x\")$x^2$*強調*_斜体_`raw`<label>@ref",
        "<script>alert(1)</script>",
        "〓",
    ] {
        assert!(all.contains(literal), "{literal} is not printed");
    }
    assert!(!all.contains('\u{202E}'));
}

#[test]
fn a_remark_of_ten_thousand_characters_is_printed_below_the_table() {
    let mut document = SheetDocument::sample();
    document.sections.truncate(1);
    document.sections[0].groups[0].rows[0].remark = format!("{}終", "長い備考、".repeat(1_999));
    let pdf = render(&document.into()).unwrap();
    assert!(pdf.pages >= 4, "{}", pdf.pages);
    if let Some(text) = text_of(&pdf) {
        let text = without_spaces(&text);
        assert!(text.contains("別記1のとおり") && text.contains("長い備考、終"));
    }
}

/// A path or an address without a blank, as people paste it into remarks: no column holds it whole.
#[test]
fn a_long_word_breaks_instead_of_running_off_the_paper() {
    let word = format!(
        "\\\\fileserver01\\share\\{}",
        "checklist_evidence_".repeat(8)
    );
    let mut history = ChangeHistoryDocument::sample();
    history.rows.truncate(1);
    history.rows[0].after = format!("参照。{word}を見る");
    let Some(text) = text_of(&render(&history.into()).unwrap()) else {
        return;
    };
    let longest = text
        .split(|c: char| c.is_whitespace() || !c.is_ascii())
        .map(str::len)
        .max();
    assert!(longest < Some(60), "{longest:?} in {text}");
    assert!(
        without_spaces(&text).contains("checklist_evidence_"),
        "the places to break are no characters: {text}"
    );
}

#[test]
fn the_emergency_sheet_stays_on_one_page() {
    let mut document = EmergencySheetDocument::sample();
    for _ in 0..2 {
        document
            .calls
            .extend(EmergencySheetDocument::sample().calls);
    }
    document
        .never
        .extend(EmergencySheetDocument::sample().never);
    for step in &mut document.steps {
        step.detail = step.detail.repeat(3);
    }
    assert_eq!(render(&document.into()).unwrap().pages, 1);
}

/// Resident memory of this process in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1_024)
}

/// The typesetter remembers what it computed; between documents it forgets. Other tests of this
/// binary take memory at the same time, so the bound is loose: what one document leaves behind
/// without forgetting is some ten megabytes.
#[test]
#[ignore = "measures the whole process; run alone: cargo test -p yagura-documents -- --ignored"]
fn many_documents_do_not_pile_up_in_memory() {
    let letter = |number: u32| {
        let mut sheet = SheetDocument::vendor_sample();
        sheet.institution_name = format!("架空医院 {number}");
        Document::from(sheet)
    };
    for number in 0..5 {
        render(&letter(number)).unwrap();
    }
    let Some(before) = resident() else { return };
    for number in 5..45 {
        render(&letter(number)).unwrap();
    }
    let after = resident().unwrap();
    let grown = after.saturating_sub(before) / 1_000_000;
    println!(
        "{} MB before, {grown} MB more after 40 documents",
        before / 1_000_000
    );
    assert!(grown < 30, "{grown} MB more than after five documents");
}

#[test]
fn lists_beyond_the_bound_are_refused() {
    let mut document = MemberMatrixDocument::sample();
    document.rows = document
        .rows
        .iter()
        .cycle()
        .take(MAX_ROWS + 1)
        .cloned()
        .collect();
    let error = render(&document.into()).unwrap_err();
    assert!(matches!(error, DocumentError::TooLarge { actual, .. } if actual == MAX_ROWS + 1));
    assert_explained(&error);
    assert_explained(&DocumentError::Template {
        messages: Vec::new(),
    });
    assert_explained(&DocumentError::Export {
        messages: Vec::new(),
    });
}

#[test]
fn a_template_reaches_nothing_but_its_data() {
    let job = world::typesetter()
        .unwrap()
        .job("sheet.typ", b"{}".to_vec());
    let id = |path: &str| {
        FileId::new(RootedPath::new(
            VirtualRoot::Project,
            VirtualPath::new(path).unwrap(),
        ))
    };
    assert!(job.file(id("data.json")).is_ok());
    assert!(job.source(id("common.typ")).is_ok());
    for path in ["Cargo.toml", "/etc/passwd", "other.typ"] {
        assert!(
            job.file(id(path)).is_err() && job.source(id(path)).is_err(),
            "{path}"
        );
    }
    assert!(job.today(None).is_none());
}
