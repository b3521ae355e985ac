use serde::{Deserialize, Serialize};
use yagura_kernel::time::{FiscalYear, Instant, rfc3339};

use super::Imprint;
use super::dates::sample_day;

/// Who changed what in a checklist, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeHistoryDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// The fiscal year of the checklist.
    pub fiscal_year: FiscalYear,
    /// Name of the institution.
    pub institution_name: String,
    /// The changes, oldest first.
    pub rows: Vec<ChangeRow>,
    /// Whether earlier changes were left out, because a paper of all of them would be too long.
    #[serde(default)]
    pub earlier_left_out: bool,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub at: Instant,
    /// Who made it.
    pub person: String,
    /// As what and for whom: 「医療情報システム安全管理責任者」, 「架空メディカルシステムズ」.
    pub capacity: String,
    /// Printed number of the item; empty for a change of the sheet as a whole.
    pub item: String,
    /// What was changed: 「1回目の回答」.
    pub field: String,
    /// Value before; empty where there was none.
    pub before: String,
    /// Value after; empty where it was removed.
    pub after: String,
}

impl ChangeHistoryDocument {
    /// The history of a fictional clinic's sheet.
    pub fn sample() -> Self {
        const CHANGES: &[(&str, &str, &str, &str)] = &[
            ("", "チェックリスト", "", "作成"),
            ("1-①", "1回目の回答", "", "はい(6月12日)"),
            ("2-①", "1回目の回答", "", "はい(6月12日)"),
            ("2-④", "1回目の回答", "", "いいえ(6月12日)"),
            ("2-④", "目標日", "", "10月31日"),
            (
                "2-⑦",
                "備考",
                "部門システムは8文字以上。",
                "電子カルテは13文字以上、部門システムは8文字以上で定期変更あり。",
            ),
            ("2-⑦", "証拠", "", "5 パスワード設定の画面写真"),
            (
                "2-⑥",
                "点検結果",
                "実証",
                "食い違い(受付2番端末の更新が止まっている)",
            ),
            ("2-④", "2回目の回答", "", "はい(11月21日)"),
            (
                "4-①",
                "証拠",
                "8 医療情報システム運用管理規程(案)",
                "取り下げ",
            ),
        ];
        let rows = (0_i64..)
            .zip(CHANGES.iter().cycle())
            .take(48)
            .map(|(index, (item, field, before, after))| ChangeRow {
                at: Instant::from_jst(sample_day(2025, 6, 12), 9, 5)
                    .plus_seconds(index * 86_400 * 3 + index * 1_234),
                person: if index % 3 == 0 {
                    "帳場 花子"
                } else {
                    "港 一郎"
                }
                .to_owned(),
                capacity: if index % 3 == 0 {
                    "事務長"
                } else {
                    "医療情報システム安全管理責任者"
                }
                .to_owned(),
                item: (*item).to_owned(),
                field: (*field).to_owned(),
                before: (*before).to_owned(),
                after: (*after).to_owned(),
            })
            .collect();
        Self {
            imprint: Imprint::sample(),
            fiscal_year: FiscalYear::of(sample_day(2025, 11, 21)),
            institution_name: "みなと内科クリニック".to_owned(),
            rows,
            earlier_left_out: false,
        }
    }
}
