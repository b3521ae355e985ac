use serde::{Deserialize, Serialize};
use time::Date;
use yagura_kernel::time::FiscalYear;

use super::Imprint;
use super::dates::{self, sample_day};

/// The list of the pieces of evidence behind a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceListDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// The fiscal year of the checklist.
    pub fiscal_year: FiscalYear,
    /// Name of the institution.
    pub institution_name: String,
    /// The pieces, by number.
    pub rows: Vec<EvidenceRow>,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// Number in this list; the sheet refers to it.
    pub number: u32,
    /// Printed numbers of the items that it stands behind.
    pub items: Vec<String>,
    /// What it is: 「管理者任命書」.
    pub title: String,
    /// Kind as people say it: 文書, 写真, 契約書.
    pub kind: String,
    /// Name of the file.
    pub file_name: String,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the file in hexadecimal, so that the file can be recognised.
    pub sha256: String,
    /// Day that the evidence is of.
    #[serde(with = "dates::option")]
    pub dated: Option<Date>,
    /// Last day on which it counts.
    #[serde(with = "dates::option")]
    pub valid_until: Option<Date>,
    /// Whether it counts on the day of printing.
    pub state: EvidenceState,
    /// Who filed it.
    pub filed_by: String,
    /// When it was filed.
    #[serde(with = "dates")]
    pub filed_on: Date,
    /// Remark.
    pub note: String,
}

/// Whether a piece of evidence counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceState {
    /// 有効.
    Current,
    /// まもなく期限.
    Expiring,
    /// 期限切れ.
    Expired,
    /// 取り下げ.
    Withdrawn,
}

impl EvidenceListDocument {
    /// The evidence of a fictional clinic.
    pub fn sample() -> Self {
        const ROWS: &[(&str, &str, &str, &str, EvidenceState)] = &[
            (
                "3-①",
                "連絡体制図(令和7年10月版)",
                "文書",
                "連絡体制図_R7.10.pdf",
                EvidenceState::Current,
            ),
            (
                "2-②",
                "リモートメンテナンス機器の確認結果",
                "文書",
                "リモート保守確認_回答3社.pdf",
                EvidenceState::Current,
            ),
            (
                "2-③",
                "MDS/SDS(電子カルテ)",
                "開示書",
                "MDS_サンプルカルテ_v5.0.xlsx",
                EvidenceState::Current,
            ),
            (
                "2-③",
                "MDS/SDS(画像管理サーバ)",
                "開示書",
                "SDS_画像管理.xlsx",
                EvidenceState::Expired,
            ),
            (
                "2-⑦、2-⑧",
                "パスワード設定の画面写真",
                "写真",
                "password-policy-screenshot-2025-06-12-reception-terminal-02-final-version.png",
                EvidenceState::Expiring,
            ),
            (
                "2-①",
                "機器台帳(サーバ、端末PC、ネットワーク機器)",
                "台帳",
                "機器台帳.xlsx",
                EvidenceState::Current,
            ),
            (
                "3-②、3-③",
                "サイバーBCP(第2版)",
                "文書",
                "サイバーBCP_第2版.pdf",
                EvidenceState::Current,
            ),
            (
                "4-①",
                "医療情報システム運用管理規程(案)",
                "文書",
                "運用管理規程_案.docx",
                EvidenceState::Withdrawn,
            ),
        ];
        let rows = (1_u32..)
            .zip(ROWS)
            .map(
                |(number, (items, title, kind, file_name, state))| EvidenceRow {
                    number,
                    items: items.split('、').map(str::to_owned).collect(),
                    title: (*title).to_owned(),
                    kind: (*kind).to_owned(),
                    file_name: (*file_name).to_owned(),
                    size_bytes: 48_213 * u64::from(number) * u64::from(number),
                    sha256: format!(
                        "{:016x}",
                        0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number.into())
                    )
                    .repeat(4),
                    dated: Some(sample_day(2025, 6, 10)),
                    valid_until: (number != 6).then(|| {
                        sample_day(2026, 3, 31).saturating_sub(time::Duration::days(
                            if *state == EvidenceState::Expired {
                                200
                            } else {
                                0
                            },
                        ))
                    }),
                    state: *state,
                    filed_by: "事務長 帳場 花子".to_owned(),
                    filed_on: sample_day(2025, 6, 12),
                    note: if *state == EvidenceState::Expired {
                        "事業者へ最新版を依頼中(11月30日回答予定)".to_owned()
                    } else {
                        String::new()
                    },
                },
            )
            .collect();
        Self {
            imprint: Imprint::sample(),
            fiscal_year: FiscalYear::of(sample_day(2025, 11, 21)),
            institution_name: "みなと内科クリニック".to_owned(),
            rows,
        }
    }
}
