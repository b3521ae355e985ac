//! Tables that look like the official form.

use yagura_kernel::time::FiscalYear;
use yagura_packs::import::{
    FormTable, ImportError, ImportOptions, ImportPlace, ImportProblem, Imported, Limits,
    NoticeKind, adopt, form,
};
use yagura_packs::{
    ChangeKind, DeviceClass, Library, NotApplicable, Severity, Sheet, Subject, Text, Wording,
    verify_within,
};

use crate::{corpus_file, pack, table};

fn corpus_table(name: &str) -> FormTable {
    table(&String::from_utf8(corpus_file(&format!("form/{name}"))).unwrap())
}

fn read(name: &str) -> Result<Imported, ImportError> {
    form(
        &corpus_table(name),
        &ImportOptions::default(),
        &Limits::default(),
    )
}

#[test]
fn the_form_of_reiwa_5_is_read_row_by_row() {
    let imported = read("r05.tsv").unwrap();
    let (got, known) = (&imported.pack, pack("mhlw-checklist-r05-institution"));
    assert_eq!(imported.notices.len(), 1, "{:?}", imported.notices);
    assert_eq!(imported.notices[0].kind, NoticeKind::AssumedDate);
    assert_eq!(got.id, known.id);
    let rows = |pack: &yagura_packs::Pack| {
        let mut rows: Vec<_> = pack
            .items()
            .map(|item| {
                (
                    item.key.clone(),
                    item.printed_id.clone(),
                    item.device_class,
                    item.required,
                    item.text.ja.clone(),
                    item.not_applicable_when,
                )
            })
            .collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows
    };
    assert_eq!(rows(got), rows(known));
    let list = got.checklist().unwrap();
    assert_eq!(list.sheet, Sheet::Institution);
    let titles: Vec<&str> = list
        .sections
        .iter()
        .map(|section| section.title.ja.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "体制構築",
            "医療情報システムの管理・運用",
            "インシデント発生に備えた対応"
        ]
    );
    assert_eq!(
        list.gate.as_ref().unwrap().text.ja,
        "医療情報システムを導入、運用している。"
    );
    assert_eq!(
        list.goal.as_ref().unwrap().ja,
        known.checklist().unwrap().goal.as_ref().unwrap().ja
    );
    assert_eq!(list.instructions.len(), 2);
}

#[test]
fn a_form_with_circled_numbers_and_split_cells_is_read() {
    let imported = read("r08.tsv").unwrap();
    let got = &imported.pack;
    assert_eq!(got.id, "mhlw-checklist-r08-institution");
    assert_eq!(got.fiscal_year.unwrap().year(), 2026);
    let list = got.checklist().unwrap();
    assert_eq!(
        list.subjects,
        [Subject::MedicalInstitution, Subject::Pharmacy]
    );
    assert_eq!(list.sheet_title.ja, "医療機関・薬局確認用");
    assert_eq!(
        list.inspection_note.as_ref().unwrap().ja,
        "立入検査時、本チェックリストを確認します"
    );
    let counts: Vec<usize> = list
        .sections
        .iter()
        .map(|section| section.items().count())
        .collect();
    assert_eq!(counts, [1, 15, 3, 1]);
    assert!(
        got.item("2-4")
            .unwrap()
            .text
            .ja
            .ends_with("※管理者権限対象者の明確化を行っている")
    );
    assert_eq!(
        got.item("2-12-terminal").unwrap().device_class,
        DeviceClass::Terminal
    );
    assert_eq!(got.item("2-12-server").unwrap().printed_id, "2-⑫");
    assert_eq!(
        got.item("2-3").unwrap().not_applicable_when,
        Some(NotApplicable::NoVendorContract)
    );
    let left_out: Vec<_> = imported
        .notices
        .iter()
        .filter(|notice| matches!(&notice.kind, NoticeKind::RowWithoutId(text) if text == "番号のない行"))
        .collect();
    assert_eq!(left_out.len(), 1);
    let place = ImportPlace::Cell {
        sheet: "様式".into(),
        row: 32,
        column: "C".into(),
    };
    assert_eq!(left_out[0].place, place);
}

#[test]
fn an_official_workbook_replaces_the_carried_over_edition() {
    let options = ImportOptions {
        wording: Some(Wording::Verified),
        wording_source: Some(Text::new("001716187.xlsx", "001716187.xlsx")),
        ..ImportOptions::default()
    };
    let mut imported = form(&corpus_table("r08.tsv"), &options, &Limits::default())
        .unwrap()
        .pack;
    let base = pack("mhlw-checklist-r08-institution");
    let report = adopt(&mut imported, base);
    assert_eq!(report.matched.len(), 19);
    assert_eq!(report.reworded, ["2-7", "3-3"]);
    assert_eq!(report.unmatched, ["2-14-network"]);
    assert_eq!(report.dropped, [""; 0]);
    assert_eq!(imported.version.to_string(), "2.0.0");
    let same = imported.item("2-6").unwrap();
    let old = base.item("2-6").unwrap();
    assert_eq!(same.predecessors, old.predecessors);
    assert_eq!(same.guidance, old.guidance);
    assert_eq!(same.short_label, old.short_label);
    assert_eq!(same.text.en, old.text.en);
    assert_eq!(same.wording, Wording::Verified);
    let reworded = imported.item("2-7").unwrap();
    assert_eq!(
        reworded.text.en, "",
        "the old translation must not stand beside the new wording"
    );
    assert_eq!(
        imported.checklist().unwrap().sections[0].title.ja,
        "体制構築"
    );
    let library = Library::builtin().with([imported.clone()]).unwrap();
    let errors = verify_within(&imported, &library);
    assert!(
        errors
            .iter()
            .all(|finding| finding.severity < Severity::Error),
        "{errors:?}"
    );
    let changes = library.diff("mhlw-checklist-r07-institution", &imported.id);
    let of = |kind| -> Vec<&str> {
        changes
            .iter()
            .filter(|c| c.kind == kind)
            .flat_map(|c| &c.new)
            .map(String::as_str)
            .collect()
    };
    assert_eq!(of(ChangeKind::New), ["2-14-network"]);
    assert_eq!(of(ChangeKind::Reworded), ["2-7", "3-3"]);
}

#[test]
fn a_form_of_a_coming_year_continues_the_one_before() {
    let options = ImportOptions {
        fiscal_year: Some(FiscalYear::new(2027).unwrap()),
        ..ImportOptions::default()
    };
    let mut imported = form(&corpus_table("r08.tsv"), &options, &Limits::default())
        .unwrap()
        .pack;
    assert_eq!(imported.id, "mhlw-checklist-r09-institution");
    let report = adopt(&mut imported, pack("mhlw-checklist-r08-institution"));
    assert_eq!(report.matched.len(), 19);
    let item = imported.item("2-12-terminal").unwrap();
    assert_eq!(item.predecessors.len(), 1);
    assert_eq!(
        item.predecessors[0].to_string(),
        "mhlw-checklist-r08-institution/2-12-terminal"
    );
    assert_eq!(item.since.year(), 2023);
    assert_eq!(imported.item("2-14-network").unwrap().since.year(), 2027);
    let library = Library::builtin().with([imported.clone()]).unwrap();
    let previous = library.previous_edition(&imported).unwrap();
    assert_eq!(previous.id, "mhlw-checklist-r08-institution");
}

#[test]
fn a_vendor_sheet_with_plain_ids_is_read() {
    let got = read("vendor.tsv").unwrap().pack;
    assert_eq!(got.sheet(), Some(Sheet::Vendor));
    let keys: Vec<&str> = got.items().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["1-1", "2-2"]);
}

#[test]
fn formulas_and_markup_stay_text() {
    let got = read("formula.tsv").unwrap().pack;
    assert_eq!(
        got.item("1-1").unwrap().text.ja,
        "=HYPERLINK(\"http://example.com\",\"x\")"
    );
    assert_eq!(
        got.item("1-2").unwrap().text.ja,
        "<script>alert(1)</script>"
    );
}

#[test]
fn tables_that_are_no_form_are_refused_with_the_reason() {
    let problem = |name: &str| read(name).unwrap_err();
    assert_eq!(problem("no-header.tsv").problem, ImportProblem::NoHeaderRow);
    let twice = problem("duplicate.tsv");
    assert_eq!(
        twice.problem,
        ImportProblem::DuplicateRow {
            printed_id: "1(1)".into()
        }
    );
    assert_eq!(
        twice.place,
        ImportPlace::Cell {
            sheet: "様式".into(),
            row: 4,
            column: "A".into()
        }
    );
    let of = |text: &str| {
        form(&table(text), &ImportOptions::default(), &Limits::default())
            .unwrap_err()
            .problem
    };
    assert_eq!(of("項目\tはい\n(1) 台帳"), ImportProblem::UnknownFiscalYear);
    assert_eq!(
        of("令和7年度\n項目\tはい\n(1) 台帳"),
        ImportProblem::UnknownSheet
    );
    assert_eq!(
        of("令和7年度 事業者確認用\n項目\tはい\n台帳"),
        ImportProblem::NoItems
    );
    let limits = Limits {
        rows: 2,
        ..Limits::default()
    };
    let large = form(&corpus_table("r05.tsv"), &ImportOptions::default(), &limits).unwrap_err();
    assert!(matches!(large.problem, ImportProblem::TooManyValues { .. }));
    let limits = Limits {
        text_characters: 100,
        ..Limits::default()
    };
    let long = form(
        &corpus_table("formula.tsv"),
        &ImportOptions::default(),
        &limits,
    )
    .unwrap_err();
    assert_eq!(long.problem, ImportProblem::TextTooLong { limit: 100 });
}
