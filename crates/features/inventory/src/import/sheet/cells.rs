//! Choices as people write them into tables.

use discovery::columns::fold_heading;

use crate::model::Choices;

/// The codes of a choice with the words for them. The first two of each are those of the register's
/// own exports, Japanese and English.
fn words(choices: Choices) -> &'static [(&'static str, &'static [&'static str])] {
    match choices {
        Choices::SystemKind => &[
            (
                "information_system",
                &[
                    "情報システム",
                    "Information system",
                    "医療情報システム",
                    "システム",
                    "部門システム",
                ],
            ),
            ("medical_device", &["医療機器", "Medical device"]),
        ],
        Choices::DeviceClass => &[
            (
                "terminal",
                &["端末PC", "Terminal", "端末", "パソコン", "PC"],
            ),
            ("server", &["サーバ", "Server"]),
            (
                "network_device",
                &["ネットワーク機器", "Network device", "ルータ", "スイッチ"],
            ),
            ("medical_device", &["医療機器", "Medical device"]),
            ("other", &["その他", "Other"]),
        ],
        Choices::AssetState => &[
            ("in_use", &["使用中", "In use", "稼働中"]),
            ("spare", &["予備", "Spare"]),
            ("disposed", &["廃棄済み", "Disposed of", "廃棄"]),
        ],
        Choices::PatchState => &[
            ("unknown", &["未確認", "Not known", "不明", "確認中"]),
            (
                "current",
                &[
                    "最新",
                    "Installed",
                    "適用済み",
                    "適用済",
                    "実施済",
                    "対応済み",
                    "対応済",
                    "最新を適用",
                ],
            ),
            (
                "behind",
                &[
                    "最新でない",
                    "Not installed",
                    "最新ではない",
                    "未適用",
                    "未実施",
                    "未対応",
                    "要更新",
                    "適用予定",
                    "古い",
                ],
            ),
            (
                "not_possible",
                &[
                    "適用できない",
                    "Cannot be installed",
                    "適用不可",
                    "不可",
                    "できない",
                ],
            ),
        ],
        Choices::Level => &[
            ("unknown", &["未評価", "Not assessed", "不明"]),
            ("low", &["低", "Low", "小"]),
            ("medium", &["中", "Medium"]),
            ("high", &["高", "High", "大"]),
        ],
        Choices::Known => &[
            ("unknown", &["未確認", "Not known", "不明", "確認中"]),
            (
                "yes",
                &[
                    "あり",
                    "Yes",
                    "有",
                    "有り",
                    "はい",
                    "済",
                    "対応済",
                    "実施済",
                    "導入済",
                    "している",
                    "○",
                ],
            ),
            (
                "no",
                &[
                    "なし",
                    "No",
                    "無",
                    "無し",
                    "いいえ",
                    "未対応",
                    "未実施",
                    "していない",
                    "×",
                ],
            ),
        ],
        Choices::TwoFactor => &[
            (
                // That there is none does not say that none is planned.
                "unknown",
                &[
                    "未確認",
                    "Not known",
                    "不明",
                    "確認中",
                    "なし",
                    "No",
                    "無",
                    "無し",
                    "いいえ",
                    "未対応",
                    "未実施",
                    "未実装",
                    "していない",
                    "×",
                ],
            ),
            (
                "in_place",
                &[
                    "実装済み",
                    "In place",
                    "あり",
                    "Yes",
                    "有",
                    "有り",
                    "はい",
                    "済",
                    "実装済",
                    "対応済",
                    "実施済",
                    "導入済",
                    "している",
                    "○",
                ],
            ),
            (
                "planned",
                &[
                    "予定あり",
                    "Planned",
                    "予定",
                    "計画中",
                    "導入予定",
                    "実装予定",
                    "対応予定",
                ],
            ),
            (
                "not_planned",
                &["予定なし", "Not planned", "予定無し", "計画なし"],
            ),
            ("not_applicable", &["該当しない", "Not applicable"]),
        ],
        Choices::Purpose => &[
            (
                "remote_maintenance",
                &[
                    "リモートメンテナンス",
                    "Remote maintenance",
                    "リモート保守",
                    "遠隔保守",
                    "リモートメンテ",
                    "リモート",
                    "保守",
                    "メンテナンス",
                ],
            ),
            ("other", &["その他", "Other"]),
        ],
        Choices::Availability => &[
            ("always", &["常時接続", "Always", "常時", "常に"]),
            (
                "on_demand",
                &[
                    "必要時接続",
                    "On demand",
                    "必要時",
                    "必要な時",
                    "都度",
                    "随時",
                    "オンデマンド",
                    "障害時",
                ],
            ),
        ],
        Choices::Mechanism => &[
            ("unknown", &["未確認", "Not known", "不明"]),
            ("leased_line", &["専用線", "Leased line"]),
            (
                "ip_vpn",
                &[
                    "IP-VPN・広域イーサネット",
                    "Carrier's IP-VPN",
                    "IP-VPN",
                    "広域イーサネット",
                    "広域イーサ",
                    "閉域網",
                    "閉域VPN",
                ],
            ),
            ("ipsec", &["IPsec-VPN", "IPsec VPN", "IPsec", "IPsec+IKE"]),
            ("ssl_vpn", &["SSL-VPN", "TLS VPN", "SSLVPN"]),
            (
                "tls",
                &["TLS(VPNなし)", "TLS without a VPN", "TLS", "HTTPS", "SSL"],
            ),
            (
                "closed_mobile",
                &[
                    "閉域の携帯電話網",
                    "Closed mobile network",
                    "閉域モバイル",
                    "閉域LTE",
                    "携帯電話網",
                ],
            ),
            (
                "telephone",
                &[
                    "電話回線・ISDN",
                    "Telephone, ISDN",
                    "電話回線",
                    "ISDN",
                    "公衆回線",
                    "ダイヤルアップ",
                    "モデム",
                ],
            ),
            (
                "plain",
                &[
                    "暗号化なしのインターネット",
                    "Internet without encryption",
                    "暗号化なし",
                    "平文",
                ],
            ),
        ],
    }
}

/// Words for "nothing stands here".
const NOTHING: &[&str] = &["-", "－", "―", "ー", "該当なし", "対象外", "n/a", "na"];

/// What a cell says of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// This code.
    Code(&'static str),
    /// Something that is none of the choices.
    Unreadable,
}

fn fold(text: &str) -> String {
    match text.trim() {
        "○" | "〇" | "◯" | "◎" => "○".to_owned(),
        "×" | "✕" | "✗" => "×".to_owned(),
        text => fold_heading(text),
    }
}

/// Which choice a cell says. A text that holds the word for one says it; of several the longest
/// counts, so that 「未対応」 is no 「対応」.
pub(super) fn choice(choices: Choices, text: &str) -> Said {
    let given = text.trim();
    let is_nothing = NOTHING.iter().any(|word| given.eq_ignore_ascii_case(word));
    if given.is_empty() || is_nothing {
        return Said::Nothing;
    }
    let folded = fold(given);
    let all = words(choices)
        .iter()
        .flat_map(|(code, words)| words.iter().map(move |word| (*code, fold(word))));
    let best = all
        .filter_map(|(code, word)| {
            let length = word.chars().count();
            let score = match () {
                () if word == folded || given.eq_ignore_ascii_case(code) => 1_000,
                () if length >= 2 && folded.contains(&word) => length,
                () => return None,
            };
            Some((score, code))
        })
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or(Said::Unreadable, |(_, code)| Said::Code(code))
}

/// What the column 「外部接続の有無」 says: whether there is one, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HasConnection {
    /// Whether there is one; none where the cell does not say.
    pub(super) is_there: Option<bool>,
    /// For what.
    pub(super) purpose: Option<&'static str>,
}

/// Reads 「有(リモートメンテナンス)」, 「無」, 「○」 and the like.
pub(super) fn has_connection(text: &str) -> HasConnection {
    let purpose = match choice(Choices::Purpose, text) {
        Said::Code(code) => Some(code),
        _ => None,
    };
    let head: String = text.trim().chars().take(2).collect();
    let is_none = head.starts_with('無') || head == "なし" || head == "ない" || head == "無し";
    let is_there = match (is_none, choice(Choices::Known, text), purpose) {
        (true, _, _) => Some(false),
        (_, _, Some(_)) => Some(true),
        (_, Said::Code("yes"), _) => Some(true),
        (_, Said::Code("no"), _) => Some(false),
        _ if head.starts_with('有') => Some(true),
        _ => None,
    };
    HasConnection {
        is_there,
        purpose: purpose.filter(|_| is_there == Some(true)),
    }
}

/// A device and the place where it stands, from one cell: 「FortiGate 60F(サーバ室)」,
/// 「ルータ／1階 事務室」. Without a mark between them everything is the device.
pub(super) fn device_and_place(text: &str) -> (String, String) {
    let text = text.trim();
    let both = |device: &str, place: &str| {
        let place = place.trim_matches(|c: char| c.is_whitespace() || ")）:：".contains(c));
        let device = device.trim();
        (!device.is_empty() && !place.is_empty()).then(|| (device.to_owned(), place.to_owned()))
    };
    let by_bracket = text
        .ends_with([')', '）'])
        .then(|| text.rfind(['(', '（']))
        .flatten()
        .and_then(|at| {
            let (device, rest) = text.split_at(at);
            both(device, rest.trim_start_matches(['(', '（']))
        });
    by_bracket
        .or_else(|| {
            ['\n', '／', '、', '・']
                .into_iter()
                .find_map(|mark| text.rsplit_once(mark))
                .and_then(|(device, place)| both(device, place))
        })
        .unwrap_or_else(|| (text.to_owned(), String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_people_write_them() {
        for (choices, text, code) in [
            (Choices::Mechanism, "IPsec-VPN(IKEv2)", "ipsec"),
            (Choices::Mechanism, "ＳＳＬ－ＶＰＮ", "ssl_vpn"),
            (Choices::Mechanism, "NTT 専用線", "leased_line"),
            (Choices::Availability, "必要な時のみ", "on_demand"),
            (Choices::Availability, "常時", "always"),
            (Choices::Known, "未対応", "no"),
            (Choices::Known, "○", "yes"),
            (Choices::TwoFactor, "令和8年12月に導入予定", "planned"),
            (Choices::TwoFactor, "予定なし", "not_planned"),
            (Choices::TwoFactor, "未対応", "unknown"),
            (Choices::TwoFactor, "実装済", "in_place"),
            (Choices::PatchState, "適用済（2026年4月）", "current"),
            (Choices::PatchState, "最新ではない", "behind"),
            (Choices::Level, "高", "high"),
            (Choices::SystemKind, "医療機器(CT)", "medical_device"),
            (Choices::Mechanism, "tls", "tls"),
        ] {
            assert_eq!(choice(choices, text), Said::Code(code), "{text}");
        }
        assert_eq!(choice(Choices::Mechanism, "伝書鳩"), Said::Unreadable);
        assert_eq!(choice(Choices::Mechanism, " － "), Said::Nothing);
        let long = "あ".repeat(10_000);
        assert_eq!(choice(Choices::Known, &long), Said::Unreadable);
    }

    #[test]
    fn every_choice_is_read_from_the_registers_own_words() {
        let t = |lang| {
            let catalogue = yagura_web::i18n::Catalogue::build(crate::MESSAGES).unwrap();
            yagura_web::Translator::new(lang, std::sync::Arc::new(catalogue))
        };
        for t in [t(yagura_web::Lang::Ja), t(yagura_web::Lang::En)] {
            for choices in [
                Choices::SystemKind,
                Choices::PatchState,
                Choices::Level,
                Choices::Known,
                Choices::TwoFactor,
                Choices::Purpose,
                Choices::Availability,
                Choices::Mechanism,
            ] {
                for code in choices.codes() {
                    let word = crate::words::choice(&t, choices, code);
                    assert_eq!(choice(choices, word), Said::Code(code), "{word}");
                }
            }
            for (kind, fields) in [
                (
                    super::super::SheetKind::StockTake,
                    crate::model::RecordKind::System,
                ),
                (
                    super::super::SheetKind::Connections,
                    crate::model::RecordKind::Connection,
                ),
            ] {
                let headings: Vec<String> = fields
                    .fields()
                    .iter()
                    .map(|field| crate::words::label(&t, field.key).to_owned())
                    .collect();
                let (found, columns) = super::super::recognise(&headings).unwrap();
                assert_eq!(found, kind);
                for (field, code) in fields.fields().iter().zip(columns) {
                    // What refers to several systems is not read from a table.
                    if field.key == "depends_on" {
                        continue;
                    }
                    let code = code.unwrap_or_default();
                    let tail = code
                        .split_once('.')
                        .map(|(_, tail)| tail)
                        .unwrap_or_default();
                    assert_eq!(tail, field.key, "{headings:?}");
                }
            }
        }
    }

    #[test]
    fn whether_there_is_a_connection_is_read_with_its_purpose() {
        let read = |text| {
            let read = has_connection(text);
            (read.is_there, read.purpose)
        };
        assert_eq!(
            read("有(リモートメンテナンス)"),
            (Some(true), Some("remote_maintenance"))
        );
        assert_eq!(read("有 → その他"), (Some(true), Some("other")));
        assert_eq!(read("無"), (Some(false), None));
        assert_eq!(read("無(リモートメンテナンスなし)"), (Some(false), None));
        assert_eq!(read("なし"), (Some(false), None));
        assert_eq!(read("×"), (Some(false), None));
        assert_eq!(
            read("リモート保守"),
            (Some(true), Some("remote_maintenance"))
        );
        assert_eq!(read(""), (None, None));
        assert_eq!(read("?"), (None, None));
    }

    #[test]
    fn a_device_and_its_place_are_told_apart_only_by_a_mark() {
        let read = |text| {
            let (device, place) = device_and_place(text);
            format!("{device}|{place}")
        };
        assert_eq!(read("FortiGate 60F(サーバ室)"), "FortiGate 60F|サーバ室");
        assert_eq!(read("VPNルータ／1階 事務室"), "VPNルータ|1階 事務室");
        assert_eq!(read("ルータ\n放射線科"), "ルータ|放射線科");
        assert_eq!(read("VPN装置・サーバ室"), "VPN装置|サーバ室");
        assert_eq!(read("FortiGate 60F"), "FortiGate 60F|");
        assert_eq!(read("(サーバ室)"), "(サーバ室)|");
    }
}
