use serde::{Deserialize, Serialize};
use time::Date;

use super::Imprint;
use super::dates::{self, sample_day};

/// A letter to a vendor or a member, such as the request to answer the vendor sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLetterDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// Number of the letter (文書番号).
    pub number: Option<String>,
    /// Day of the letter.
    #[serde(with = "dates")]
    pub date: Date,
    /// The addressee, one line each, without 御中 or 様.
    pub addressee: Vec<String>,
    /// 御中 for an organization, 様 for a person; printed after the last line of the addressee.
    pub addressee_suffix: String,
    /// The sender, one line each.
    pub sender: Vec<String>,
    /// Subject.
    pub subject: String,
    /// The body; each text is a paragraph.
    pub paragraphs: Vec<String>,
    /// The items below 「記」, if any.
    pub items: Vec<LetterItem>,
    /// Enclosures.
    pub enclosures: Vec<String>,
    /// Whom to ask.
    pub inquiries: Option<String>,
}

/// One item below 「記」.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterItem {
    /// 「回答期限」.
    pub label: String,
    /// 「令和7年12月19日(金)」.
    pub text: String,
}

impl RequestLetterDocument {
    /// A fictional clinic's request to its vendor.
    pub fn sample() -> Self {
        let item = |label: &str, text: &str| LetterItem {
            label: label.to_owned(),
            text: text.to_owned(),
        };
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            imprint: Imprint {
                pack: None,
                ..Imprint::sample()
            },
            number: Some("港内発第12号".to_owned()),
            date: sample_day(2025, 11, 21),
            addressee: texts(&[
                "架空メディカルシステムズ株式会社",
                "医療情報システム安全管理ご担当",
            ]),
            addressee_suffix: "様".to_owned(),
            sender: texts(&[
                "架空県みなと市浜町一丁目2番3号",
                "みなと内科クリニック",
                "院長 港 一郎",
            ]),
            subject: "サイバーセキュリティ対策チェックリスト(事業者確認用)ご回答のお願い"
                .to_owned(),
            paragraphs: texts(&[
                "平素より当院の医療情報システムの保守にご尽力いただき、ありがとうございます。",
                "医療法施行規則第14条第2項により、医療機関にはサイバーセキュリティの確保に必要な措置が求められており、立入検査では「医療機関におけるサイバーセキュリティ対策チェックリスト」の記入状況が確認されます。",
                "つきましては、貴社にご提供いただいているシステムについて、事業者確認用チェックリストへのご回答をお願いいたします。ご回答は、下記のアドレスから画面上で行っていただけます。紙でのご回答も承ります。",
                "ご多用のところ恐れ入りますが、よろしくお願いいたします。",
            ]),
            items: vec![
                item(
                    "対象システム",
                    "電子カルテ「サンプルカルテ」、画像管理サーバ",
                ),
                item("回答期限", "令和7年12月19日(金)"),
                item(
                    "回答方法",
                    "https://yagura.example.invalid/i/7Q4K-P2M9-XX3V-Q8TA-1111-2222-3333-4444 (1回だけ使えます。有効期限 令和7年12月19日)",
                ),
                item(
                    "ご提出いただくもの",
                    "チェックリスト(事業者確認用)の回答、製造業者/サービス事業者による医療情報セキュリティ開示書(MDS/SDS)の最新版",
                ),
            ],
            enclosures: texts(&["チェックリスト(事業者確認用) 1部"]),
            inquiries: Some("みなと内科クリニック 事務長 帳場 花子 電話 000-000-0000".to_owned()),
        }
    }
}
