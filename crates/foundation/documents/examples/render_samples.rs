//! Renders every sample document into a folder, to look at.
//!
//! `cargo run -p yagura-documents --example render_samples -- FOLDER [NAME …]`
//!
//! `LANGUAGE=en` prints English labels. `LONG=1` gives every field the longest texts that people
//! type in earnest, and lists several times their rows. Prints pages, bytes and milliseconds of
//! each document.

#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use std::time::Instant;

use serde_json::Value;
use yagura_documents::Language;
use yagura_documents::forms::Document;
use yagura_documents::pdf::render;

const INSTITUTION: &str = "地方独立行政法人架空県立病院機構 架空県立循環器呼吸器・がん総合医療センター附属みどり坂サテライト診療所";
const COMPANY: &str = "架空ヘルスケアソリューションズ東日本テクニカルサービス株式会社 北関東支社 医療システム保守第二課";
const PERSON: &str = "医療情報システム安全管理責任者代理 兼 事務部長 長名前野 龍之介左衛門";
const REMARK: &str = "電子カルテ(Ver.7.2.14)は令和7年10月3日に切替済み。「画像管理サーバ」については、事業者の回答待ち(担当:見本)。詳しくは\\\\fileserver01\\share\\security\\2025\\checklist_evidence_final_v3.xlsxを参照。なお、ＶＰＮ装置は㈱サンプルが11月中に更新する予定で、それまでは接続元IPアドレスを制限して運用する。";
const FILE: &str = "20251121_電子カルテシステム及び部門システムにおける利用者アカウント棚卸結果報告書(最終版・決裁済)_revised_copy(2).xlsx";
const TITLE: &str = "電子カルテシステム及び部門システムにおける利用者アカウント・アクセス権限の棚卸結果報告書(令和7年度上期)";

fn lengthened(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let long = match name.as_str() {
                    "institution_name" | "region_name" => INSTITUTION,
                    "vendor_name" | "organization" | "sheet" => COMPANY,
                    "responsible" | "person" | "filed_by" | "made_by" | "director"
                    | "safety_manager" | "confirmed_by" | "whom" => PERSON,
                    "remark" | "note" | "before" | "after" | "say" | "purpose" | "duty" => REMARK,
                    "file_name" => FILE,
                    _ => {
                        lengthened(field);
                        continue;
                    }
                };
                if field.is_string() {
                    *field = long.into();
                }
            }
            for (name, long) in [("name", INSTITUTION), ("detail", COMPANY)] {
                if let Some(field @ Value::String(_)) = fields.get_mut(name) {
                    *field = long.into();
                }
            }
            if fields.contains_key("sha256")
                && let Some(title) = fields.get_mut("title")
            {
                *title = TITLE.into();
            }
        }
        Value::Array(values) => {
            values.iter_mut().for_each(lengthened);
            if values.first().is_some_and(Value::is_object) && values.len() < 60 {
                let again = values.clone();
                values.extend(again.iter().cloned());
            }
        }
        _ => {}
    }
}

fn long(document: &Document) -> Result<Document, serde_json::Error> {
    let imprint = document.imprint().clone();
    macro_rules! again {
        ($document:expr) => {{
            let mut value = serde_json::to_value($document)?;
            lengthened(&mut value);
            if let Value::Object(fields) = &mut value {
                fields.insert("imprint".into(), serde_json::to_value(&imprint)?);
                if let Value::Object(before) = serde_json::to_value($document)? {
                    for name in ["columns", "counts", "sections", "steps", "never", "signs"] {
                        if let Some(as_it_was) = before.get(name) {
                            if name == "sections" {
                                // The form has the rows that it has; only what is typed is long.
                                let mut sections = as_it_was.clone();
                                remarks(&mut sections);
                                fields.insert(name.into(), sections);
                            } else {
                                fields.insert(name.into(), as_it_was.clone());
                            }
                        }
                    }
                }
            }
            serde_json::from_value(value)?
        }};
    }
    Ok(match document {
        Document::Sheet(document) => Document::Sheet(again!(document)),
        Document::EvidenceList(document) => Document::EvidenceList(again!(document)),
        Document::ChangeHistory(document) => Document::ChangeHistory(again!(document)),
        Document::InspectionCover(document) => Document::InspectionCover(again!(document)),
        Document::ContactChart(document) => Document::ContactChart(again!(document)),
        Document::EmergencySheet(document) => Document::EmergencySheet(again!(document)),
        Document::MemberMatrix(document) => Document::MemberMatrix(again!(document)),
        Document::RequestLetter(document) => Document::RequestLetter(again!(document)),
        Document::Ledger(document) => Document::Ledger(again!(document)),
        // What stands in it has its place: nothing is lengthened.
        Document::Diagram(document) => Document::Diagram(document.clone()),
        Document::Report(document) => Document::Report(document.clone()),
    })
}

fn remarks(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match name.as_str() {
                    "remark" if field.as_str() != Some("") => *field = REMARK.into(),
                    "evidence" if field.as_array().is_some_and(|list| !list.is_empty()) => {
                        *field = serde_json::json!([1, 2, 3, 14, 15, 16, 117, 118]);
                    }
                    _ => remarks(field),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(remarks),
        _ => {}
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder")?;
    let names: Vec<String> = arguments.collect();
    let english = std::env::var("LANGUAGE").is_ok_and(|language| language == "en");
    let is_long = std::env::var_os("LONG").is_some();
    std::fs::create_dir_all(&folder)?;
    for (name, mut document) in Document::samples() {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        if is_long {
            document = long(&document)?;
        }
        if english {
            document.imprint_mut().language = Language::English;
        }
        let start = Instant::now();
        let pdf = render(&document)?;
        let milliseconds = start.elapsed().as_millis();
        println!(
            "{name}: {} pages, {} bytes, {milliseconds} ms",
            pdf.pages,
            pdf.bytes.len()
        );
        std::fs::write(format!("{folder}/{name}.pdf"), &pdf.bytes)?;
    }
    Ok(())
}
