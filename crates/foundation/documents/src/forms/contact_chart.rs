use serde::{Deserialize, Serialize};
use time::Date;

use super::Imprint;
use super::dates::{self, sample_day};

/// 連絡体制図: the chain inside the institution and the contacts outside, to be used on paper when
/// the systems are down (checklist item 3-①).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactChartDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// Name of the institution.
    pub institution_name: String,
    /// Telephone of the institution, which callers give.
    pub institution_phone: Option<String>,
    /// Day on which all numbers were last confirmed.
    #[serde(with = "dates::option")]
    pub confirmed_on: Option<Date>,
    /// Who confirmed them.
    pub confirmed_by: Option<String>,
    /// Day by which they must be confirmed again.
    #[serde(with = "dates::option")]
    pub confirm_again_by: Option<Date>,
    /// What the finder does first, at the head of the chain.
    pub finder_instruction: String,
    /// The chain inside, in the order of calling.
    pub chain: Vec<ChainMember>,
    /// The contacts outside, by group, in the order of calling.
    pub outside: Vec<OutsideGroup>,
    /// Where the paper copies hang.
    pub kept_at: Vec<String>,
}

/// One station of the chain inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainMember {
    /// Role: 「医療情報システム安全管理責任者」.
    pub role: String,
    /// Name.
    pub name: String,
    /// Department.
    pub department: String,
    /// Number by day.
    pub day_phone: String,
    /// Number by night and on holidays.
    pub night_phone: String,
    /// What this person decides or does.
    pub duty: String,
    /// Who is called if the person cannot be reached, in order.
    pub deputies: Vec<Deputy>,
}

/// A deputy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deputy {
    /// Name, with the role where it helps.
    pub name: String,
    /// Number by day.
    pub day_phone: String,
    /// Number by night and on holidays.
    pub night_phone: String,
}

/// Contacts outside for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideGroup {
    /// Heading: 「保守事業者(直ちに)」.
    pub heading: String,
    /// The contacts.
    pub contacts: Vec<OutsideContact>,
}

/// One contact outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideContact {
    /// Organization and office.
    pub organization: String,
    /// When to call, or which system the contact is for.
    pub purpose: String,
    /// Person in charge.
    pub person: String,
    /// Number by day.
    pub day_phone: String,
    /// Number by night and on holidays.
    pub night_phone: String,
    /// Contract number, opening hours, e-mail.
    pub note: String,
    /// The number has not been confirmed with the organization; marked on paper.
    pub unverified: bool,
}

impl ContactChartDocument {
    /// The chart of a fictional hospital.
    pub fn sample() -> Self {
        let member =
            |role: &str, name: &str, department: &str, duty: &str, line: u32| ChainMember {
                role: role.to_owned(),
                name: name.to_owned(),
                department: department.to_owned(),
                day_phone: format!("内線 {line}"),
                night_phone: format!("000-0000-{line}"),
                duty: duty.to_owned(),
                deputies: vec![Deputy {
                    name: format!("{department} 次席"),
                    day_phone: format!("内線 {}", line + 1),
                    night_phone: format!("000-0000-{}", line + 1),
                }],
            };
        let contact = |organization: &str, purpose: &str, note: &str, unverified| OutsideContact {
            organization: organization.to_owned(),
            purpose: purpose.to_owned(),
            person: if unverified { "" } else { "夜間当番" }.to_owned(),
            day_phone: "000-000-0000".to_owned(),
            night_phone: if unverified { "" } else { "000-000-0009" }.to_owned(),
            note: note.to_owned(),
            unverified,
        };
        Self {
            imprint: Imprint {
                pack: None,
                ..Imprint::sample()
            },
            institution_name: "架空総合病院".to_owned(),
            institution_phone: Some("000-000-0000".to_owned()),
            confirmed_on: Some(sample_day(2025, 10, 5)),
            confirmed_by: Some("情報システム課 守屋 望".to_owned()),
            confirm_again_by: Some(sample_day(2026, 3, 31)),
            finder_instruction:
                "気付いた人は、端末のLANケーブルを抜き、電源は切らずに、次の順に電話で知らせる。"
                    .to_owned(),
            chain: vec![
                member(
                    "システム運用担当者",
                    "守屋 望",
                    "情報システム課",
                    "状況の聞き取り、ネットワークの切り離し",
                    2101,
                ),
                member(
                    "医療情報システム安全管理責任者",
                    "安全 守",
                    "情報システム課",
                    "インシデントの判断、外部への連絡の指示",
                    2110,
                ),
                member(
                    "病院長",
                    "総合 太郎",
                    "病院長室",
                    "診療の継続・縮小の決定、公表の決定",
                    2001,
                ),
                member(
                    "広報・総務",
                    "窓口 文",
                    "総務課",
                    "報道・患者への説明、記録",
                    2050,
                ),
            ],
            outside: vec![
                OutsideGroup {
                    heading: "保守事業者(直ちに)".to_owned(),
                    contacts: vec![
                        contact(
                            "架空メディカルシステムズ株式会社 サポートセンター",
                            "電子カルテ、医事会計",
                            "契約番号 S-000-123、24時間",
                            false,
                        ),
                        contact(
                            "見本画像株式会社",
                            "画像管理サーバ",
                            "平日9時から18時",
                            false,
                        ),
                        contact(
                            "サンプル回線株式会社",
                            "院内ネットワーク、外部接続",
                            "契約番号 N-000-9",
                            false,
                        ),
                    ],
                },
                OutsideGroup {
                    heading: "警察(通報・相談)".to_owned(),
                    contacts: vec![contact(
                        "架空県警察本部 サイバー犯罪相談窓口",
                        "不正アクセス、身代金の要求",
                        "",
                        true,
                    )],
                },
                OutsideGroup {
                    heading: "行政(速やかに)".to_owned(),
                    contacts: vec![
                        contact(
                            "厚生労働省 医政局 担当室",
                            "診療への支障、情報漏えい(おそれを含む)",
                            "非通知・公衆電話は不可",
                            true,
                        ),
                        contact(
                            "個人情報保護委員会",
                            "個人データの漏えい等(速報3〜5日以内)",
                            "電子フォーム",
                            true,
                        ),
                        contact("みなと保健所", "診療への影響の報告", "", true),
                    ],
                },
                OutsideGroup {
                    heading: "地域・支援".to_owned(),
                    contacts: vec![
                        contact(
                            "架空地域医療ネットワーク 事務局",
                            "接続点の遮断、ほかの施設への波及防止",
                            "",
                            false,
                        ),
                        contact("架空県医師会", "診療の応援の調整", "", false),
                    ],
                },
            ],
            kept_at: vec![
                "防災センター".to_owned(),
                "情報システム課".to_owned(),
                "各病棟ステーション".to_owned(),
            ],
        }
    }
}
