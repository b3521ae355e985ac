use serde::{Deserialize, Serialize};
use yagura_kernel::proof::CellState;
use yagura_kernel::time::FiscalYear;

use super::Imprint;
use super::dates::sample_day;

/// A region's members × the items of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberMatrixDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// Name of the regional body.
    pub region_name: String,
    /// Title of the checklist.
    pub checklist_title: String,
    /// The fiscal year.
    pub fiscal_year: FiscalYear,
    /// Filters that were in force: 「病院、200床以上」.
    pub filter: Option<String>,
    /// Paper.
    #[serde(default)]
    pub paper: PaperSize,
    /// The items, one column each.
    pub columns: Vec<MatrixColumn>,
    /// The members.
    pub rows: Vec<MatrixRow>,
}

/// Size of lying paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaperSize {
    /// A4.
    #[default]
    A4,
    /// A3.
    A3,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixColumn {
    /// Printed number: "2-⑦".
    pub id: String,
    /// 対象, where one number occurs several times: "端末PC".
    pub qualifier: String,
    /// What the item asks, in a few words that no other column has, for the key to the columns.
    pub label: String,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// Name.
    pub name: String,
    /// Kind: 病院, 診療所.
    pub kind: String,
    /// Permitted beds.
    pub beds: Option<u32>,
    /// The state of each item in the order of the columns; `None` where the member does not share
    /// its answers.
    pub cells: Vec<Option<CellState>>,
}

impl MatrixRow {
    /// Share of 「はい」 (verified, documented or declared) among the items that apply; `None`
    /// where the member shares nothing or nothing applies. A contradiction does not count as
    /// はい.
    pub fn yes_rate(&self) -> Option<f64> {
        let asked = self
            .cells
            .iter()
            .flatten()
            .filter(|state| **state != CellState::NotApplicable);
        let (mut yes, mut all) = (0_u32, 0_u32);
        for state in asked {
            all += 1;
            if matches!(
                state,
                CellState::Verified | CellState::Documented | CellState::Declared
            ) {
                yes += 1;
            }
        }
        (all > 0).then(|| f64::from(yes) / f64::from(all))
    }
}

impl MemberMatrixDocument {
    /// A fictional region of 392 members.
    pub fn sample() -> Self {
        const ITEMS: &[(&str, &str, &str)] = &[
            ("1-①", "", "安全管理責任者"),
            ("2-①", "", "機器台帳"),
            ("2-②", "", "リモート保守の確認"),
            ("2-③", "", "MDS/SDS"),
            ("2-④", "", "アクセス権限"),
            ("2-⑤", "", "不要アカウント"),
            ("2-⑥", "", "セキュリティパッチ"),
            ("2-⑦", "", "パスワードの強さ"),
            ("2-⑧", "", "使い回しの禁止"),
            ("2-⑨", "", "外部記録媒体"),
            ("2-⑩", "", "二要素認証"),
            ("2-⑪", "", "アクセスログ"),
            ("2-⑫", "サーバ", "不要なサービス(サーバ)"),
            ("2-⑫", "端末PC", "不要なサービス(端末)"),
            ("2-⑬", "", "接続元制限"),
            ("3-①", "", "連絡体制図"),
            ("3-②", "", "バックアップと復旧"),
            ("3-③", "", "BCP"),
            ("4-①", "", "規程類"),
        ];
        const KINDS: [(&str, &str); 4] = [
            ("病院", "病院"),
            ("内科クリニック", "診療所"),
            ("歯科医院", "歯科診療所"),
            ("薬局", "薬局"),
        ];
        const PLACES: [&str; 8] = ["浜", "丘", "川", "原", "峰", "泉", "森", "岬"];
        const NAMES: [&str; 7] = [
            "みなと",
            "あおぞら",
            "ひばり",
            "さくら",
            "しおかぜ",
            "こもれび",
            "かえで",
        ];
        let mut random: u32 = 12_345;
        let mut next = move |bound: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) % bound
        };
        let pick = |texts: &[&'static str], index: u32| {
            texts
                .get(index as usize % texts.len())
                .copied()
                .unwrap_or_default()
        };
        let rows = (0..392_u32)
            .map(|number| {
                let kind = match number {
                    0..60 => 0,
                    60..230 => 1,
                    230..320 => 2,
                    _ => 3_usize,
                };
                let (suffix, kind_name) = KINDS.get(kind).copied().unwrap_or_default();
                let level = next(10);
                let shares = next(25) != 0;
                let cells = ITEMS
                    .iter()
                    .map(|_| {
                        shares.then(|| match next(30) {
                            _ if level == 0 => CellState::Unanswered,
                            0..=3 => CellState::No,
                            4 => CellState::Contradiction,
                            5..=7 => CellState::NotApplicable,
                            8..=14 => CellState::Documented,
                            15..=17 => CellState::Verified,
                            _ => CellState::Declared,
                        })
                    })
                    .collect();
                MatrixRow {
                    name: format!("{}{}{suffix}", pick(&NAMES, next(7)), pick(&PLACES, number),),
                    kind: kind_name.to_owned(),
                    beds: (kind == 0).then(|| 20 + next(846)),
                    cells,
                }
            })
            .collect();
        Self {
            imprint: Imprint::sample(),
            region_name: "架空地域医療ネットワーク".to_owned(),
            checklist_title: "医療機関におけるサイバーセキュリティ対策チェックリスト".to_owned(),
            fiscal_year: FiscalYear::of(sample_day(2025, 11, 21)),
            filter: None,
            paper: PaperSize::A4,
            columns: ITEMS
                .iter()
                .map(|(id, qualifier, label)| MatrixColumn {
                    id: (*id).to_owned(),
                    qualifier: (*qualifier).to_owned(),
                    label: (*label).to_owned(),
                })
                .collect(),
            rows,
        }
    }
}
