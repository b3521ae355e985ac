use serde::{Deserialize, Serialize};

use super::Imprint;

/// A ledger (管理簿) as a table: its columns are given, so that every ledger is one kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// What the ledger is called.
    pub title: String,
    /// Name of the institution.
    pub institution_name: String,
    /// Which entries stand here, in words.
    pub selection: String,
    /// The columns, in order.
    pub columns: Vec<LedgerColumn>,
    /// The entries: a text for each column.
    pub rows: Vec<Vec<String>>,
    /// How many entries did not fit on the paper.
    pub left_out: usize,
}

/// A column of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerColumn {
    /// Its heading.
    pub heading: String,
    /// Its share of the width of the paper, against the other columns.
    pub share: u32,
}

impl LedgerDocument {
    /// The permissions of a fictional clinic.
    pub fn sample() -> Self {
        let column = |(heading, share): &(&str, u32)| LedgerColumn {
            heading: (*heading).to_owned(),
            share: *share,
        };
        const COLUMNS: &[(&str, u32)] = &[
            ("氏名", 4),
            ("職種", 3),
            ("システム", 4),
            ("権限", 5),
            ("終了日", 3),
            ("状態", 3),
        ];
        const ROWS: &[[&str; 6]] = &[
            [
                "架空 花子",
                "看護師",
                "サンプルカルテ",
                "記録の参照と入力",
                "R9.3.31",
                "有効",
            ],
            [
                "見本 太郎",
                "事務",
                "医事会計",
                "会計の入力",
                "期限なし",
                "有効",
            ],
            [
                "架空 次郎",
                "医師",
                "サンプルカルテ",
                "管理者権限",
                "R8.3.31",
                "取り消し待ち",
            ],
        ];
        Self {
            imprint: Imprint::sample(),
            title: "利用権限付与者リスト".to_owned(),
            institution_name: "みなと内科クリニック".to_owned(),
            selection: "有効なもの".to_owned(),
            columns: COLUMNS.iter().map(column).collect(),
            rows: ROWS
                .iter()
                .map(|row| row.iter().map(|text| (*text).to_owned()).collect())
                .collect(),
            left_out: 0,
        }
    }
}
