use serde::{Deserialize, Serialize};

use super::Imprint;

/// Facts and tables whose words the caller gives: one request with its decisions, a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// What it is: 「申請書 2026-0012」.
    pub title: String,
    /// Whose it is, and of what time.
    pub subtitle: String,
    /// Whether the paper lies on its side.
    pub landscape: bool,
    /// Facts as label and text, one to a line.
    pub facts: Vec<ReportFact>,
    /// Tables below them.
    pub tables: Vec<ReportTable>,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFact {
    /// 「所属」.
    pub label: String,
    /// 「内科」.
    pub text: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTable {
    /// What it lists; nothing where the title says it.
    pub heading: String,
    /// Its columns.
    pub columns: Vec<ReportColumn>,
    /// Its rows, one text per column.
    pub rows: Vec<Vec<String>>,
    /// What is said where there is no row.
    pub none: String,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportColumn {
    /// Its heading.
    pub heading: String,
    /// Its share of the width, relative to the others.
    pub weight: u16,
}

impl ReportDocument {
    /// A fictional hospital's request with its decisions.
    pub fn sample() -> Self {
        let fact = |label: &str, text: &str| ReportFact {
            label: label.to_owned(),
            text: text.to_owned(),
        };
        let column = |heading: &str, weight| ReportColumn {
            heading: heading.to_owned(),
            weight,
        };
        let row = |texts: [&str; 4]| texts.map(str::to_owned).to_vec();
        Self {
            imprint: Imprint {
                pack: None,
                ..Imprint::sample()
            },
            title: "規程の例外の申請 2026-0012".to_owned(),
            subtitle: "架空みなと病院　令和8年11月22日 申請".to_owned(),
            landscape: false,
            facts: vec![
                fact("どの規程・決まりですか", "USBメモリの使用禁止"),
                fact("所属", "放射線科"),
                fact(
                    "理由",
                    "装置の校正データを取り出す手段がUSBメモリしかない。\n更新は来年度の予定。",
                ),
            ],
            tables: vec![ReportTable {
                heading: "決裁".to_owned(),
                columns: vec![
                    column("段階", 3),
                    column("決裁した人", 4),
                    column("結果", 2),
                    column("日時・意見", 5),
                ],
                rows: vec![
                    row(["現場責任者の確認", "架空 太郎", "承認", "11月22日 9:05"]),
                    row([
                        "情報統括責任者の決裁",
                        "架空 花子",
                        "承認",
                        "11月22日 10:12 専用の1本に限ること",
                    ]),
                ],
                none: "まだ決裁はありません。".to_owned(),
            }],
        }
    }
}
