use serde::{Deserialize, Serialize};
use time::Date;

use super::Imprint;
use super::dates::{self, sample_day};

/// 「攻撃かもしれないとき」: one page to hang beside the terminals.
///
/// The page is set in the largest type with which everything fits on one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencySheetDocument {
    /// What the page carries.
    pub imprint: Imprint,
    /// Name of the institution.
    pub institution_name: String,
    /// Signs by which an attack is recognised.
    pub signs: Vec<String>,
    /// What to do first, in order.
    pub steps: Vec<EmergencyStep>,
    /// What not to do.
    pub never: Vec<String>,
    /// Whom to call, in order.
    pub calls: Vec<EmergencyCall>,
    /// Fields to be filled in by pen: 「気付いた日時」.
    pub record_fields: Vec<String>,
    /// Day on which the numbers were last confirmed.
    #[serde(with = "dates::option")]
    pub confirmed_on: Option<Date>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyStep {
    /// In a few words: 「LANケーブルを抜く」.
    pub title: String,
    /// How, in one sentence.
    pub detail: String,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyCall {
    /// Whom.
    pub whom: String,
    /// Number by day.
    pub day_phone: String,
    /// Number by night and on holidays.
    pub night_phone: String,
    /// What to say or ask.
    pub say: String,
}

impl EmergencySheetDocument {
    /// The page of a fictional clinic.
    pub fn sample() -> Self {
        let step = |title: &str, detail: &str| EmergencyStep {
            title: title.to_owned(),
            detail: detail.to_owned(),
        };
        let call = |whom: &str, day: &str, night: &str, say: &str| EmergencyCall {
            whom: whom.to_owned(),
            day_phone: day.to_owned(),
            night_phone: night.to_owned(),
            say: say.to_owned(),
        };
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            imprint: Imprint {
                pack: None,
                ..Imprint::sample()
            },
            institution_name: "みなと内科クリニック".to_owned(),
            signs: texts(&[
                "画面に身代金を求める文章が出た",
                "ファイルが開けない、名前や拡張子が変わった",
                "カルテが急に動かない、見知らぬ画面が出た",
                "覚えのないメールを開いた、IDを入力してしまった",
            ]),
            steps: vec![
                step(
                    "LANケーブルを抜く",
                    "無線なら機内モードにする。ほかの端末も触らず、使うのをやめる。",
                ),
                step(
                    "電源は切らない",
                    "再起動もしない。記録が消えて、調べられなくなる。",
                ),
                step(
                    "画面を写真に撮る",
                    "スマートフォンで、日時の分かるように撮る。",
                ),
                step(
                    "電話で知らせる",
                    "メールやチャットは使わない。下の順に電話する。",
                ),
                step(
                    "紙の運用に切り替える",
                    "院長の指示で、紙カルテと紙の処方箋を使う。",
                ),
            ],
            never: texts(&[
                "相手に連絡しない、金銭を払わない",
                "ウイルス対策ソフトで駆除や初期化をしない",
                "バックアップ機器をつながない",
                "SNSなどに書かない",
            ]),
            calls: vec![
                call(
                    "院長 港 一郎",
                    "内線 10",
                    "000-0000-0010",
                    "いつ、どの端末で、何が起きたか",
                ),
                call(
                    "架空メディカルシステムズ サポート",
                    "000-000-0000",
                    "000-000-0009",
                    "契約番号 S-000-123。切り離してよいか",
                ),
                call(
                    "架空県警察本部 サイバー犯罪相談窓口",
                    "000-000-0000",
                    "000-000-0009",
                    "被害の相談。記録の残し方",
                ),
                call(
                    "厚生労働省 医政局 担当室",
                    "000-0000-0000",
                    "",
                    "診療への支障の有無",
                ),
            ],
            record_fields: texts(&[
                "気付いた日時",
                "気付いた人",
                "端末の名前と場所",
                "画面に出た文章",
                "LANを抜いた時刻",
                "電話した相手と時刻",
                "つながっていた機器",
            ]),
            confirmed_on: Some(sample_day(2025, 10, 5)),
        }
    }
}
