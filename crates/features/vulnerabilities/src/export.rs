//! Findings as files: a workbook, CSV, and a document in OpenVEX 0.2.

use serde_json::{Value as Json, json};
use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook};
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_web::{Context, Lang, Translator};

use crate::model::{Exposure, Justification, State};
use crate::store::findings::Finding;
use crate::words;

/// The media type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// By whom and when a file is made.
pub(crate) struct Made {
    translator: Translator,
    today: Date,
    institution: String,
    demo: bool,
}

impl Made {
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            translator: context.t().clone(),
            today: context.today,
            institution: context.organization.name.clone(),
            demo: context.app.config().demo,
        }
    }
}

fn heads(t: &Translator) -> [(String, f64); 18] {
    let head = |text: &str, width| (text.to_owned(), width);
    [
        head(t.t("vulnerabilities-field-vulnerability"), 18.0),
        head(t.t("vulnerabilities-field-title"), 50.0),
        head(t.t("vulnerabilities-field-asset"), 24.0),
        head(t.t("vulnerabilities-field-department"), 16.0),
        head(t.t("vulnerabilities-field-severity"), 10.0),
        head("CVSS", 8.0),
        head("EPSS", 8.0),
        head(t.t("vulnerabilities-exploited"), 16.0),
        head(t.t("vulnerabilities-field-exposure"), 18.0),
        head(t.t("vulnerabilities-field-state"), 12.0),
        head(t.t("vulnerabilities-field-justification"), 24.0),
        head(t.t("vulnerabilities-field-note"), 40.0),
        head(t.t("vulnerabilities-field-due"), 14.0),
        head(t.t("vulnerabilities-field-published"), 14.0),
        head(t.t("vulnerabilities-field-support"), 14.0),
        head(t.t("vulnerabilities-field-source"), 18.0),
        head(t.t("vulnerabilities-field-confidence"), 18.0),
        head(t.t("vulnerabilities-field-certainty"), 18.0),
    ]
}

fn cells(t: &Translator, finding: &Finding) -> [Cell; 18] {
    let decimal = |tenths: i64| Cell::text(words::tenths(tenths));
    let justification = finding
        .justification
        .as_deref()
        .and_then(Justification::from_code)
        .map(|one| words::justification(t, one))
        .unwrap_or_default();
    let outside = if finding.exposure() == Exposure::Inside {
        ""
    } else {
        words::exposure(t, finding.exposure())
    };
    [
        Cell::text(finding.identifier().to_string()),
        Cell::text(words::title_of(t, finding)),
        Cell::text(finding.asset_name.as_str()),
        Cell::text(finding.department.as_str()),
        Cell::text(words::severity(t, finding.severity()).1),
        finding.cvss_tenths.map_or(Cell::Empty, decimal),
        finding.epss.map_or(Cell::Empty, Cell::Percent),
        Cell::date(finding.kev_added),
        Cell::text(outside),
        Cell::text(words::state(t, finding.state()).1),
        Cell::text(justification),
        Cell::text(finding.note.as_str()),
        Cell::Date(finding.due_on),
        Cell::date(finding.published_at.map(Instant::jst_date)),
        Cell::date(finding.support_until),
        Cell::text(words::source(t, finding.source)),
        Cell::text(words::confidence(t, finding.confidence).1),
        Cell::text(words::certainty(t, finding.certainty).1),
    ]
}

/// The findings, one a row.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub(crate) fn workbook(made: &Made, found: &[Finding]) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let title = t.t("vulnerabilities-title");
    let columns: Vec<Column> = heads(t)
        .iter()
        .map(|(head, width)| Column::new(head.as_str(), *width))
        .collect();
    let mut sheet = Sheet::new(title, columns).landscape();
    sheet.header();
    for finding in found {
        sheet.row(cells(t, finding));
    }
    let language = match t.lang() {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    };
    let mut workbook = Workbook::new(title, language)
        .created(made.today)
        .demo(made.demo)
        .footer(made.institution.clone());
    workbook.push(sheet);
    workbook.to_bytes()
}

/// A field of CSV. What a spreadsheet would take for a formula gets an apostrophe before it.
fn field(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = text.replace('"', "\"\"");
    format!("\"{}{text}\"", if risky { "'" } else { "" })
}

/// The same as CSV in UTF-8 with a byte order mark, which Japanese spreadsheets need.
pub(crate) fn csv(made: &Made, found: &[Finding]) -> Vec<u8> {
    let t = &made.translator;
    let mut text = String::from("\u{feff}");
    let heads: Vec<String> = heads(t).iter().map(|(head, _)| field(head)).collect();
    text.push_str(&heads.join(","));
    text.push_str("\r\n");
    for finding in found {
        let row: Vec<String> = cells(t, finding)
            .into_iter()
            .map(|cell| match cell {
                Cell::Text(text) => field(&text),
                Cell::Date(day) => field(&format_iso(day)),
                Cell::Percent(share) => field(&words::percent(share)),
                Cell::Integer(number) => number.to_string(),
                _ => String::new(),
            })
            .collect();
        text.push_str(&row.join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// The findings as a document in OpenVEX 0.2.0, one statement each. The products are the CPE names
/// under which they were found, within the device of the register.
pub(crate) fn openvex(context: &Context, found: &[Finding]) -> Json {
    let statements: Vec<Json> = found.iter().map(statement).collect();
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("urn:uuid:{}", context.app.ids().id()),
        "author": context.organization.name,
        "timestamp": context.now.to_rfc3339(),
        "version": 1,
        "tooling": "Yagura",
        "statements": statements,
    })
}

fn statement(finding: &Finding) -> Json {
    let state = finding.state();
    let carriers: Vec<Json> = finding
        .detail
        .get("carriers")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(|cpe| json!({ "@id": cpe, "identifiers": { "cpe23": cpe } }))
        .collect();
    let at = finding.decided_at.unwrap_or(finding.found_at);
    let mut statement = json!({
        "vulnerability": { "name": finding.identifier().to_string() },
        "timestamp": at.to_rfc3339(),
        "products": [{
            "@id": format!("urn:uuid:{}", finding.asset_id),
            "subcomponents": carriers,
        }],
        "status": state.openvex(),
    });
    let put = |statement: &mut Json, name: &str, value: &str| {
        if let Some(object) = statement.as_object_mut() {
            object.insert(name.to_owned(), json!(value));
        }
    };
    match state {
        State::NotAffected => {
            if let Some(code) = &finding.justification {
                put(&mut statement, "justification", code);
            }
            if !finding.note.is_empty() {
                put(&mut statement, "impact_statement", &finding.note);
            }
        }
        // OpenVEX asks for an action where a product is affected.
        State::Affected | State::Accepted => {
            let action = match (finding.accepted_until, finding.note.is_empty()) {
                (Some(until), _) => {
                    format!("Accepted until {}. {}", format_iso(until), finding.note)
                }
                (None, false) => finding.note.clone(),
                (None, true) => format!("To be remedied by {}.", format_iso(finding.due_on)),
            };
            put(&mut statement, "action_statement", action.trim());
        }
        _ if !finding.note.is_empty() => put(&mut statement, "status_notes", &finding.note),
        _ => {}
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_csv_are_no_formulas() {
        assert_eq!(field("=1+1"), "\"'=1+1\"");
        assert_eq!(field("a\"b"), "\"a\"\"b\"");
        assert_eq!(field("電子カルテ"), "\"電子カルテ\"");
    }
}
