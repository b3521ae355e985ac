use serde::{Deserialize, Serialize};
use time::Date;
use yagura_kernel::proof::CellState;
use yagura_kernel::time::{FiscalYear, Instant, rfc3339};

use super::Imprint;
use super::dates::{self, sample_day};

/// The cover of an inspection pack (立入検査パック): what is inside, of whom, how well proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionCoverDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// The fiscal year of the pack.
    pub fiscal_year: FiscalYear,
    /// Facts about the institution.
    pub institution: InstitutionFacts,
    /// What is in the pack, in order.
    pub contents: Vec<ContentsEntry>,
    /// Counts of the answers of each sheet by how well they are proven.
    pub counts: Vec<SheetCounts>,
    /// Who made the pack.
    pub made_by: String,
    /// When the pack was made; all its parts show the state of this moment.
    #[serde(with = "rfc3339")]
    pub made_at: Instant,
    /// Until when the read-only link to the pack works.
    #[serde(with = "dates::option")]
    pub link_valid_until: Option<Date>,
    /// Day of the inspection, if known.
    #[serde(with = "dates::option")]
    pub inspection_on: Option<Date>,
    /// Root of the audit log at that moment, in hexadecimal, by which the pack can be held
    /// against the log later.
    pub audit_root: Option<String>,
    /// What the reader must know, such as open contradictions.
    pub remarks: Vec<String>,
}

/// Facts about an institution on a cover.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InstitutionFacts {
    /// Name.
    pub name: String,
    /// Kind: 病院, 診療所, 歯科診療所, 薬局.
    pub kind: String,
    /// 保険医療機関番号 or another code by which the authority knows it.
    pub code: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Permitted beds (許可病床数).
    pub beds: Option<u32>,
    /// 管理者 (病院長, 院長).
    pub director: Option<String>,
    /// 医療情報システム安全管理責任者.
    pub safety_manager: Option<String>,
}

/// One part of the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentsEntry {
    /// What it is.
    pub title: String,
    /// Whose or which: a vendor's name.
    pub detail: String,
    /// Name of the file in the pack.
    pub file_name: String,
    /// Number of pages, where known.
    pub pages: Option<u32>,
}

/// How the answers of one sheet are proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetCounts {
    /// Which sheet: 「医療機関確認用」, a vendor's name.
    pub sheet: String,
    /// Number of items in each state; states without an item may be left out.
    pub counts: Vec<(CellState, u32)>,
}

impl InspectionCoverDocument {
    /// The pack of a fictional clinic.
    pub fn sample() -> Self {
        let entry = |title: &str, detail: &str, file_name: &str, pages| ContentsEntry {
            title: title.to_owned(),
            detail: detail.to_owned(),
            file_name: file_name.to_owned(),
            pages,
        };
        Self {
            imprint: Imprint::sample(),
            fiscal_year: FiscalYear::of(sample_day(2025, 11, 21)),
            institution: InstitutionFacts {
                name: "みなと内科クリニック".to_owned(),
                kind: "診療所".to_owned(),
                code: Some("99-9999-9".to_owned()),
                address: Some("架空県みなと市浜町一丁目2番3号".to_owned()),
                phone: Some("000-000-0000".to_owned()),
                beds: Some(0),
                director: Some("港 一郎".to_owned()),
                safety_manager: Some("港 一郎".to_owned()),
            },
            contents: vec![
                entry(
                    "チェックリスト(医療機関確認用)",
                    "",
                    "01_チェックリスト_医療機関確認用.pdf",
                    Some(2),
                ),
                entry(
                    "チェックリスト(事業者確認用)",
                    "架空メディカルシステムズ株式会社",
                    "02-1_事業者確認用_架空メディカルシステムズ.pdf",
                    Some(1),
                ),
                entry(
                    "チェックリスト(事業者確認用)",
                    "見本画像株式会社",
                    "02-2_事業者確認用_見本画像.pdf",
                    Some(1),
                ),
                entry(
                    "インシデント発生時の連絡体制図",
                    "",
                    "03_連絡体制図.pdf",
                    Some(2),
                ),
                entry("証拠一覧", "8件", "04_証拠一覧.pdf", Some(1)),
                entry("証拠ファイル", "8件、4.1 MB", "05_証拠/", None),
                entry("変更履歴", "48件", "06_変更履歴.pdf", Some(3)),
            ],
            counts: vec![
                SheetCounts {
                    sheet: "医療機関確認用".to_owned(),
                    counts: vec![
                        (CellState::Verified, 2),
                        (CellState::Documented, 3),
                        (CellState::Declared, 10),
                        (CellState::No, 2),
                        (CellState::Contradiction, 1),
                        (CellState::Unanswered, 1),
                    ],
                },
                SheetCounts {
                    sheet: "架空メディカルシステムズ株式会社".to_owned(),
                    counts: vec![(CellState::Declared, 3), (CellState::Unanswered, 2)],
                },
                SheetCounts {
                    sheet: "見本画像株式会社".to_owned(),
                    counts: vec![(CellState::Documented, 4), (CellState::Declared, 1)],
                },
            ],
            made_by: "港 一郎".to_owned(),
            made_at: Instant::from_jst(sample_day(2025, 11, 21), 9, 5),
            link_valid_until: Some(sample_day(2025, 12, 5)),
            inspection_on: Some(sample_day(2025, 11, 28)),
            audit_root: Some(
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d".to_owned(),
            ),
            remarks: vec![
                "2-⑥(セキュリティパッチ)の「はい」は点検の結果と食い違っています。".to_owned(),
            ],
        }
    }
}
