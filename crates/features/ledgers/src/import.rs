//! Reading a list that an institution kept elsewhere: what its columns mean, and what each row would
//! become. Pure: the file was read before, and what is done with the rows is decided after.

use std::collections::{BTreeSet, HashMap};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yagura_documents::tabular::Table;
use yagura_kernel::id::PersonId;
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::format_iso;

use crate::model::{Choices, Content, FieldProblem, FieldSpec, Input, Ledger, Problem, person_key};

/// How many rows one list may have.
pub(crate) const MOST_ROWS: usize = 20_000;

/// A list as it was read: a head and rows of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceTable {
    pub(crate) sheet: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<SourceRow>,
}

/// One row, with its number as a spreadsheet program shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceRow {
    pub(crate) number: u32,
    pub(crate) cells: Vec<String>,
}

/// To which field each column is assigned, by its key.
pub(crate) type Mapping = Vec<Option<String>>;

/// Other names by which lists call a field.
const ALIASES: &[(&str, &[&str])] = &[
    (
        "name",
        &[
            "氏名",
            "名前",
            "利用者",
            "利用者名",
            "職員名",
            "ユーザー名",
            "機器名",
            "媒体名",
            "管理番号",
            "ラベル",
            "払い出し情報",
            "情報の内容",
            "内容",
            "対象ルール",
            "規程",
            "user",
        ],
    ),
    (
        "person",
        &[
            "氏名",
            "担当者",
            "持出者",
            "払い出し者",
            "使用者",
            "保管者",
            "所持者",
            "申請者",
        ],
    ),
    (
        "staff_number",
        &[
            "職員番号",
            "職員id",
            "社員番号",
            "職員コード",
            "staff no",
            "employee id",
        ],
    ),
    ("department", &["部署", "所属部署", "部門", "診療科"]),
    ("profession", &["職名", "職種名"]),
    ("duty", &["業務", "担当業務"]),
    ("superior_name", &["上長", "所属長", "上司", "責任者"]),
    ("system_name", &["システム", "システム名", "対象システム"]),
    (
        "function",
        &["権限", "機能", "利用機能", "権限区分", "権限レベル", "role"],
    ),
    (
        "account",
        &[
            "アカウント",
            "ログインid",
            "ユーザーid",
            "利用者id",
            "account",
            "login",
        ],
    ),
    ("privileged", &["管理者", "管理者権限", "特権", "admin"]),
    (
        "from",
        &[
            "開始日",
            "付与日",
            "利用開始日",
            "払い出し日",
            "持出日",
            "借用日",
            "貸出日",
        ],
    ),
    (
        "until",
        &[
            "終了日",
            "期限",
            "有効期限",
            "利用終了日",
            "返却予定日",
            "返却期限",
            "満了日",
        ],
    ),
    ("open_ended_reason", &["期限なしの理由", "無期限の理由"]),
    ("permitted_by", &["許可者", "承認者", "付与者", "申請番号"]),
    ("lender", &["貸主", "業者", "メーカー", "借用先", "貸出元"]),
    ("owner", &["所有者", "所有区分", "所有"]),
    ("serial", &["シリアル", "シリアル番号", "製造番号", "s/n"]),
    ("encrypted", &["暗号化", "暗号化の有無"]),
    ("encryption", &["暗号化方式", "暗号化の方法"]),
    ("seen_on", &["確認日", "最終確認日", "棚卸日"]),
    ("purpose", &["目的", "使用目的", "利用目的"]),
    ("personal_information", &["個人情報", "個人情報の有無"]),
    ("method", &["方法", "持出方法", "払い出し方法"]),
    ("terminal", &["端末", "使用端末"]),
    ("carrier", &["媒体の所有者", "usbの所有者"]),
    ("medium", &["媒体", "媒体番号", "usb番号"]),
    (
        "chart_network",
        &["電子カルテ網への接続", "カルテ網接続", "ネットワーク接続"],
    ),
    ("reason", &["理由"]),
    ("measures", &["代替策", "代わりの対策"]),
    ("note", &["備考", "メモ", "摘要"]),
];

/// The fields to which a column can be assigned: systems and superiors are written by name.
pub(crate) fn assignable(ledger: Ledger) -> impl Iterator<Item = &'static FieldSpec> {
    ledger
        .fields()
        .iter()
        .filter(|field| !matches!(field.input, Input::System | Input::Person))
}

fn key_of(text: &str) -> String {
    normalise_for_search(text)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

impl SourceTable {
    /// A table with its first row as the head.
    pub(crate) fn of(table: Table) -> Self {
        let mut rows = table.rows.into_iter();
        let head: Vec<String> = rows
            .next()
            .map(|row| {
                row.cells
                    .into_iter()
                    .map(|cell| cell.text.trim().to_owned())
                    .collect()
            })
            .unwrap_or_default();
        let rows = rows.filter(|row| !row.is_blank()).map(|row| SourceRow {
            number: row.number,
            cells: row.cells.into_iter().map(|cell| cell.text).collect(),
        });
        Self {
            sheet: table.sheet,
            rows: rows.collect(),
            head,
        }
    }

    /// By what a list with the same columns is recognised.
    pub(crate) fn fingerprint(&self) -> String {
        let keys: Vec<String> = self.head.iter().map(|one| key_of(one)).collect();
        HEXLOWER.encode(&Sha256::digest(keys.join("\n")))
    }
}

/// What the columns mean by their names. `labels` are what the program itself calls the fields, in
/// every language, so that what it wrote can be read again.
pub(crate) fn guess(ledger: Ledger, head: &[String], labels: &[(&'static str, String)]) -> Mapping {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let exact = |key: &str, column: &str| {
        labels
            .iter()
            .any(|(field, label)| *field == key && key_of(label) == column)
    };
    let alias = |key: &str, column: &str| {
        ALIASES
            .iter()
            .filter(|(field, _)| *field == key)
            .any(|(_, names)| names.iter().any(|name| key_of(name) == column))
    };
    let mut mapping: Mapping = vec![None; head.len()];
    for matches in [&exact as &dyn Fn(&str, &str) -> bool, &alias] {
        for (place, column) in mapping.iter_mut().zip(head) {
            let column = key_of(column);
            if place.is_some() || column.is_empty() {
                continue;
            }
            let field = assignable(ledger)
                .find(|field| !taken.contains(field.key) && matches(field.key, &column));
            if let Some(field) = field {
                taken.insert(field.key);
                *place = Some(field.key.to_owned());
            }
        }
    }
    mapping
}

/// What a list is held against.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// Systems of the register by name.
    pub(crate) systems: Vec<(Uuid, String)>,
    /// People with roles by name.
    pub(crate) people: Vec<(PersonId, String)>,
    /// Media by label.
    pub(crate) media: Vec<(Uuid, String)>,
    /// What stands in the ledger already, by [`identity`].
    pub(crate) known: BTreeSet<String>,
    /// The words of choices in every language: set, word, code.
    pub(crate) words: Vec<(Choices, String, &'static str)>,
}

/// A row of a list with what it would become.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedRow {
    pub(crate) number: u32,
    pub(crate) result: Result<Content, Vec<FieldProblem>>,
    /// Whether it stands in the ledger, or above in the list, already.
    pub(crate) is_known: bool,
}

/// By what two entries are one.
pub(crate) fn identity(content: &Content) -> String {
    let day = |date: Option<yagura_kernel::time::Date>| date.map(format_iso).unwrap_or_default();
    let parts: Vec<String> = match content {
        Content::Permission(one) => vec![
            person_key(&one.name),
            person_key(&one.staff_number),
            key_of(&one.system_name),
            key_of(&one.function),
            key_of(&one.account),
        ],
        Content::Export(one) => vec![
            key_of(&one.name),
            person_key(&one.person),
            day(one.from),
            day(one.until),
        ],
        Content::Loan(one) => vec![key_of(&one.name), key_of(&one.lender), day(one.from)],
        Content::Medium(one) => vec![key_of(&one.name), key_of(&one.serial)],
        Content::Exception(one) => vec![
            key_of(&one.name),
            person_key(&one.person),
            key_of(&one.account),
            key_of(&one.system_name),
            day(one.until),
        ],
    };
    parts.join("|")
}

const YES: &[&str] = &[
    "はい",
    "有",
    "有り",
    "あり",
    "可",
    "済",
    "○",
    "〇",
    "◯",
    "✓",
    "1",
    "yes",
    "y",
    "true",
    "管理者",
];
const NO: &[&str] = &[
    "いいえ",
    "無",
    "無し",
    "なし",
    "不可",
    "未",
    "×",
    "✕",
    "-",
    "0",
    "no",
    "n",
    "false",
    "一般",
];

fn is_one_of(words: &[&str], text: &str) -> bool {
    let text = normalise_for_search(text.trim());
    words.iter().any(|word| normalise_for_search(word) == text)
}

/// What somebody wrote into a cell, as a form would send it.
fn typed(field: &FieldSpec, cell: &str, around: &Surroundings) -> String {
    let cell = cell.trim();
    if cell.is_empty() {
        return String::new();
    }
    match field.input {
        Input::Tick if is_one_of(NO, cell) => String::new(),
        Input::Choice(choices) => {
            let key = key_of(cell);
            let by_word = around
                .words
                .iter()
                .find(|(set, word, code)| *set == choices && (key_of(word) == key || *code == cell))
                .map(|(_, _, code)| (*code).to_owned());
            let by_yes = match choices {
                Choices::Known if is_one_of(YES, cell) => Some("yes".to_owned()),
                Choices::Known if is_one_of(NO, cell) => Some("no".to_owned()),
                _ => None,
            };
            by_word.or(by_yes).unwrap_or_else(|| cell.to_owned())
        }
        Input::Medium => {
            let key = key_of(cell);
            let medium = around.media.iter().find(|(_, name)| key_of(name) == key);
            medium.map_or_else(|| cell.to_owned(), |(id, _)| id.to_string())
        }
        // A moment in a cell of a workbook: the day counts.
        Input::Date => cell.split_once('T').map_or(cell, |(day, _)| day).to_owned(),
        _ => cell.to_owned(),
    }
}

/// What each row would become.
pub(crate) fn plan(
    ledger: Ledger,
    table: &SourceTable,
    mapping: &Mapping,
    around: &Surroundings,
) -> Vec<PlannedRow> {
    let columns: HashMap<&str, usize> = mapping
        .iter()
        .enumerate()
        .filter_map(|(column, key)| Some((key.as_deref()?, column)))
        .collect();
    let mut seen = around.known.clone();
    table
        .rows
        .iter()
        .map(|row| {
            let cell = |key: &str| {
                let column = columns.get(key)?;
                row.cells.get(*column).map(String::as_str)
            };
            let mut unclear = Vec::new();
            let result = Content::of_typed(ledger, |key| {
                let Some(field) = ledger.fields().iter().find(|field| field.key == key) else {
                    return String::new();
                };
                let by_name = |other: &str| person_key(cell(other).unwrap_or_default());
                match field.input {
                    Input::System => {
                        let name = by_name("system_name");
                        let found = around
                            .systems
                            .iter()
                            .find(|(_, one)| person_key(one) == name);
                        found.map(|(id, _)| id.to_string()).unwrap_or_default()
                    }
                    Input::Person => {
                        let name = by_name("superior_name");
                        // Of two with one name nobody can say which is meant.
                        let mut found = around
                            .people
                            .iter()
                            .filter(|(_, one)| person_key(one) == name);
                        match (found.next(), found.next()) {
                            (Some((id, _)), None) => id.to_string(),
                            _ => String::new(),
                        }
                    }
                    _ => typed(field, cell(key).unwrap_or_default(), around),
                }
            });
            // A box takes anything for a tick; of a list only what plainly says so.
            for field in assignable(ledger).filter(|field| field.input == Input::Tick) {
                let given = cell(field.key).unwrap_or_default().trim();
                if !given.is_empty() && !is_one_of(YES, given) && !is_one_of(NO, given) {
                    let given = given.to_owned();
                    unclear.push(FieldProblem::new(field.key, Problem::NotAChoice { given }));
                }
            }
            let result = match result {
                Ok(content) if unclear.is_empty() => Ok(content),
                Ok(_) => Err(unclear),
                Err(mut problems) => {
                    problems.extend(unclear);
                    Err(problems)
                }
            };
            let is_known = result
                .as_ref()
                .is_ok_and(|content| !seen.insert(identity(content)));
            PlannedRow {
                number: row.number,
                result,
                is_known,
            }
        })
        .collect()
}

/// By what one sees that a plan is still what was looked at.
pub(crate) fn fingerprint(plan: &[PlannedRow]) -> String {
    let mut hash = Sha256::new();
    for row in plan {
        let line = match &row.result {
            Ok(content) if !row.is_known => {
                serde_json::Value::Object(content.fields_of()).to_string()
            }
            Ok(_) => "known".to_owned(),
            Err(_) => "wrong".to_owned(),
        };
        hash.update(format!("{}:{line}\n", row.number));
    }
    HEXLOWER.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(head: &[&str], rows: &[&[&str]]) -> SourceTable {
        SourceTable {
            sheet: "一覧".to_owned(),
            head: head.iter().map(|one| (*one).to_owned()).collect(),
            rows: (2..)
                .zip(rows)
                .map(|(number, cells)| SourceRow {
                    number,
                    cells: cells.iter().map(|one| (*one).to_owned()).collect(),
                })
                .collect(),
        }
    }

    const HEAD: &[&str] = &[
        "職員番号",
        "氏名",
        "システム",
        "権限",
        "管理者権限",
        "有効期限",
    ];

    #[test]
    fn columns_are_known_by_the_names_that_lists_use() {
        let head: Vec<String> = HEAD.iter().map(|one| (*one).to_owned()).collect();
        let mapping = guess(Ledger::Permissions, &head, &[]);
        let keys: Vec<&str> = mapping.iter().map(|one| one.as_deref().unwrap()).collect();
        assert_eq!(
            keys,
            [
                "staff_number",
                "name",
                "system_name",
                "function",
                "privileged",
                "until"
            ]
        );
        let labels = [("note", "自由記入".to_owned())];
        let head = vec!["自由記入".to_owned(), "謎の列".to_owned(), String::new()];
        let mapping = guess(Ledger::Media, &head, &labels);
        assert_eq!(mapping, [Some("note".to_owned()), None, None]);
    }

    #[test]
    fn a_row_becomes_an_entry_or_says_what_is_wrong() {
        let table = table(
            HEAD,
            &[
                &[
                    "001",
                    "架空　花子",
                    "電子カルテ",
                    "参照",
                    "×",
                    "令和9年3月31日",
                ],
                &[
                    "001",
                    "架空花子",
                    "電子カルテ",
                    "参照",
                    "",
                    "2027-03-31T00:00:00",
                ],
                &["002", "架空 太郎", "検査部門", "設定", "○", "2027/3/31"],
                &["003", "", "電子カルテ", "参照", "たぶん", "いつか"],
            ],
        );
        let mapping = guess(Ledger::Permissions, &table.head, &[]);
        let system = Uuid::from_u128(7);
        let around = Surroundings {
            systems: vec![(system, "電子カルテ".to_owned())],
            ..Surroundings::default()
        };
        let plan = plan(Ledger::Permissions, &table, &mapping, &around);
        let Ok(Content::Permission(first)) = &plan[0].result else {
            panic!("{:?}", plan[0]);
        };
        assert_eq!((first.system, first.privileged), (Some(system), false));
        assert!(plan[1].is_known, "the same person written twice");
        let Ok(Content::Permission(third)) = &plan[2].result else {
            panic!("{:?}", plan[2]);
        };
        assert!(third.privileged && third.system.is_none());
        let problems = plan[3].result.as_ref().unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|one| one.field).collect();
        assert_eq!(fields, ["name", "until", "privileged"]);
        assert_eq!(plan[3].number, 5);
    }

    #[test]
    fn the_same_list_twice_adds_nothing() {
        let table = table(
            &["管理番号", "暗号化"],
            &[&["USB-01", "あり"], &["USB-02", "なし"]],
        );
        let mapping = guess(Ledger::Media, &table.head, &[]);
        let mut around = Surroundings::default();
        let first = plan(Ledger::Media, &table, &mapping, &around);
        assert!(first.iter().all(|row| row.result.is_ok() && !row.is_known));
        around.known = first
            .iter()
            .map(|row| identity(row.result.as_ref().unwrap()))
            .collect();
        let second = plan(Ledger::Media, &table, &mapping, &around);
        assert!(second.iter().all(|row| row.is_known));
        assert_ne!(fingerprint(&first), fingerprint(&second));
    }
}
