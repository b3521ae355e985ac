//! What the columns of a table of systems or connections mean.

use discovery::columns::fold_heading;

use super::SheetKind;

/// A meaning of a column: its code, and how tables head it. The first two headings are those of
/// the register's own exports, Japanese and English.
type Meaning = (&'static str, &'static [&'static str]);

/// What stands in the twelve columns of the stock-take sheet and in the register's export of
/// systems. `row.` is what concerns both records of a row.
const STOCK_TAKE: &[Meaning] = &[
    (
        "system.name",
        &[
            "名称",
            "Name",
            "システム名・医療機器名",
            "システム名/医療機器名",
            "システム名",
            "医療機器名",
            "情報システム名",
            "部門システム名",
            "システム名称",
            "機器・システム名",
            "対象システム",
            "System name",
            "System or medical device",
            "System",
        ],
    ),
    (
        "system.kind",
        &["種別", "Kind", "システム/医療機器", "区分"],
    ),
    (
        "system.department",
        &[
            "所管部署",
            "Department in charge",
            "所管部署名",
            "所管部門",
            "所管",
            "担当部署",
            "管理部署",
            "部署名",
            "部署",
            "部門名",
            "部門",
            "使用部署",
            "利用部署",
            "Department",
        ],
    ),
    (
        "row.vendor_name",
        &[
            "ベンダ名",
            "Vendor",
            "ベンダー名",
            "ベンダ",
            "ベンダー",
            "業者名",
            "業者",
            "事業者名",
            "事業者",
            "会社名",
            "保守業者",
            "保守ベンダ",
            "保守会社",
            "委託先",
            "提供事業者",
            "Vendor name",
            "Supplier",
        ],
    ),
    ("system.vendor", &["登録済みの事業者", "Vendor on record"]),
    ("system.confidentiality", &["機密性", "Confidentiality"]),
    ("system.integrity", &["完全性", "Integrity"]),
    ("system.availability", &["可用性", "Availability"]),
    (
        "system.two_factor",
        &[
            "二要素認証",
            "Two-factor sign-in",
            "2要素認証",
            "二段階認証",
        ],
    ),
    (
        "system.two_factor_on",
        &[
            "二要素認証の予定日",
            "Two-factor sign-in planned for",
            "二要素認証の実装予定日",
            "二要素認証の導入予定",
        ],
    ),
    (
        "system.two_factor_note",
        &[
            "二要素認証の予定・理由",
            "Two-factor sign-in: plan or reason",
            "二要素認証の備考",
        ],
    ),
    (
        "system.safeguards",
        &[
            "安全を保つその他の仕組み",
            "Other safeguards",
            "その他、セキュリティを担保する仕組み",
            "セキュリティを担保する仕組み",
            "セキュリティ対策",
            "その他の対策",
            "安全対策",
        ],
    ),
    (
        "system.patch",
        &[
            "最新パッチの適用状況",
            "Newest corrections",
            "最新パッチ適用状況",
            "パッチ適用状況",
            "過去に脆弱性が指摘された機器の場合、最新パッチ適用状況",
            "パッチの適用状況",
            "パッチ",
            "脆弱性対応状況",
            "Patch state",
        ],
    ),
    (
        "system.patch_checked_on",
        &["適用状況を確かめた日", "Corrections looked at on"],
    ),
    (
        "system.support_until",
        &[
            "サポート期限",
            "Supported until",
            "保守期限",
            "サポート終了日",
            "保守・サポートの期限",
        ],
    ),
    (
        "system.note",
        &["備考", "Remarks", "メモ", "特記事項", "Note"],
    ),
    (
        "row.has_connection",
        &[
            "外部接続の有無・用途",
            "External connection",
            "外部接続の有無",
            "外部接続",
            "外部接続有無",
            "外部との接続",
            "外部との接続の有無",
            "リモートメンテナンスの有無",
            "リモート保守の有無",
        ],
    ),
    (
        "connection.purpose",
        &[
            "用途",
            "Purpose",
            "接続の用途",
            "外部接続の用途",
            "接続目的",
        ],
    ),
    (
        "connection.connected",
        &["接続形態", "Connected", "接続の形態", "接続頻度"],
    ),
    (
        "connection.line",
        &[
            "回線種類",
            "Kind of line",
            "回線",
            "回線種別",
            "回線の種類",
            "回線名",
        ],
    ),
    (
        "connection.mechanism",
        &[
            "接続の仕組み",
            "Mechanism",
            "接続方式",
            "接続方法",
            "接続の方式",
            "VPNの種類",
        ],
    ),
    (
        "row.end_device",
        &[
            "外部との接点機器",
            "Device at the border",
            "外部との接点機器・設置場所",
            "接点機器・設置場所",
            "接点機器",
            "接続機器",
            "外部接続機器",
            "VPN装置",
            "ルータ",
        ],
    ),
    (
        "connection.place",
        &["設置場所", "Place", "接点機器の設置場所"],
    ),
    (
        "connection.multi_factor",
        &["多要素認証", "Multi-factor sign-in"],
    ),
    (
        "connection.encrypted",
        &["暗号化", "Encryption", "暗号化の有無"],
    ),
    (
        "connection.source_restricted",
        &["接続元制限", "Restricted sources", "接続元の制限"],
    ),
    (
        "connection.approved_by",
        &["承認した人", "Approved by", "承認者"],
    ),
    ("connection.approved_on", &["承認日", "Approved on"]),
    (
        "connection.valid_until",
        &["承認の期限", "Approved until", "接続期限", "有効期限"],
    ),
    (
        "row.diagram",
        &[
            "システム構成図・設置端末一覧",
            "Diagram",
            "システム構成図",
            "構成図",
            "設置端末一覧",
            "ネットワーク構成図",
        ],
    ),
    (
        "row.checklist",
        &[
            "チェックリスト提出状況",
            "Checklist",
            "チェックリストの提出",
            "チェックリスト",
            "事業者確認用チェックリスト",
        ],
    ),
];

/// What stands in a list of external connections.
const CONNECTIONS: &[Meaning] = &[
    (
        "connection.name",
        &["名称", "Name", "接続名", "外部接続名", "接続の名称"],
    ),
    (
        "connection.system",
        &[
            "属するシステム",
            "System",
            "対象システム",
            "システム名",
            "接続先システム",
        ],
    ),
    (
        "connection.vendor_name",
        &[
            "ベンダ名",
            "Vendor",
            "ベンダー名",
            "ベンダ",
            "ベンダー",
            "業者名",
            "事業者名",
            "会社名",
            "接続元事業者",
        ],
    ),
    (
        "connection.vendor",
        &["登録済みの事業者", "Vendor on record"],
    ),
    (
        "connection.purpose",
        &["用途", "Purpose", "接続の用途", "接続目的"],
    ),
    (
        "connection.connected",
        &["接続形態", "Connected", "接続の形態"],
    ),
    (
        "connection.line",
        &["回線種類", "Kind of line", "回線", "回線種別", "回線名"],
    ),
    (
        "connection.mechanism",
        &["接続の仕組み", "Mechanism", "接続方式", "接続方法"],
    ),
    (
        "row.end_device",
        &[
            "外部との接点機器",
            "Device at the border",
            "外部との接点機器・設置場所",
            "接点機器",
            "接続機器",
        ],
    ),
    (
        "connection.end_device_asset",
        &["接点機器の台帳", "Its entry in the register"],
    ),
    ("connection.place", &["設置場所", "Place"]),
    (
        "connection.multi_factor",
        &["多要素認証", "Multi-factor sign-in"],
    ),
    ("connection.encrypted", &["暗号化", "Encryption"]),
    (
        "connection.source_restricted",
        &["接続元制限", "Restricted sources"],
    ),
    (
        "connection.approved_by",
        &["承認した人", "Approved by", "承認者"],
    ),
    ("connection.approved_on", &["承認日", "Approved on"]),
    (
        "connection.valid_until",
        &["承認の期限", "Approved until", "有効期限"],
    ),
    ("connection.note", &["備考", "Remarks", "メモ"]),
];

/// Meanings that a list of devices has as well: they tell nothing about what a table is.
const COMMON: &[&str] = &[
    "system.department",
    "row.vendor_name",
    "system.vendor",
    "system.kind",
    "system.support_until",
    "system.note",
    "system.patch",
    "system.patch_checked_on",
    "connection.vendor_name",
    "connection.vendor",
    "connection.system",
    "connection.place",
    "connection.note",
    "connection.purpose",
];

fn meanings(kind: SheetKind) -> &'static [Meaning] {
    match kind {
        SheetKind::StockTake => STOCK_TAKE,
        SheetKind::Connections => CONNECTIONS,
    }
}

/// The meanings that a column of such a table may have, by code.
pub(crate) fn codes(kind: SheetKind) -> impl Iterator<Item = &'static str> {
    meanings(kind).iter().map(|(code, _)| *code)
}

/// The Japanese heading by which a meaning is best known.
pub(crate) fn heading_of(kind: SheetKind, code: &str) -> &'static str {
    let found = meanings(kind).iter().find(|(known, _)| *known == code);
    found
        .and_then(|(_, headings)| headings.first().copied())
        .unwrap_or_default()
}

/// How well a heading fits a meaning; the better the greater, 0 not at all.
fn fit(heading: &str, known: &str) -> usize {
    let known = fold_heading(known);
    if heading == known {
        1_000
    } else if heading.trim_matches(|c: char| c.is_ascii_digit()) == known {
        900
    } else if known.chars().count() >= 3 && heading.contains(&known) {
        known.chars().count()
    } else {
        0
    }
}

fn meaning_of(kind: SheetKind, heading: &str) -> Option<(usize, &'static str)> {
    // "④外部接続の有無", "4. 外部接続の有無": the number of the column in the form.
    let heading: String = fold_heading(heading)
        .chars()
        .filter(|c| !matches!(c, '①'..='⑳'))
        .collect();
    if heading.is_empty() {
        return None;
    }
    let fits = meanings(kind).iter().flat_map(|(code, headings)| {
        let best = headings.iter().map(|known| fit(&heading, known)).max();
        best.filter(|fit| *fit > 0).map(|fit| (fit, *code))
    });
    // Of two that fit alike the first of the form counts.
    fits.reduce(|best, next| if next.0 > best.0 { next } else { best })
}

/// What the columns of a table of a kind mean; each meaning goes to the column that fits it best.
fn assign(kind: SheetKind, headings: &[String]) -> Vec<Option<String>> {
    let proposed: Vec<Option<(usize, &'static str)>> = headings
        .iter()
        .map(|heading| meaning_of(kind, heading))
        .collect();
    proposed
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let (fit, code) = (*one)?;
            let is_beaten = proposed.iter().enumerate().any(|(other, rival)| {
                matches!(rival, Some((rivals, of)) if *of == code
                    && (*rivals > fit || (*rivals == fit && other < at)))
            });
            (!is_beaten).then(|| code.to_owned())
        })
        .collect()
}

/// How many columns tell that the rows are systems or connections and no devices.
pub(in crate::import) fn telling(columns: &[Option<String>]) -> usize {
    columns
        .iter()
        .flatten()
        .filter(|code| !COMMON.contains(&code.as_str()))
        .count()
}

/// What a table with these headings is, and what its columns mean; none where it names neither
/// systems nor connections.
pub(in crate::import) fn recognise(
    headings: &[String],
) -> Option<(SheetKind, Vec<Option<String>>)> {
    let of = |kind: SheetKind| (kind, assign(kind, headings));
    let has = |columns: &[Option<String>], code: &str| {
        columns.iter().flatten().any(|known| known == code)
    };
    let (_, connections) = of(SheetKind::Connections);
    let (_, systems) = of(SheetKind::StockTake);
    // A list of connections names each, and says to which system it belongs or nothing of whether
    // there is one.
    let is_of_connections = has(&connections, "connection.name")
        && telling(&connections) > 2
        && !has(&systems, "row.has_connection")
        && (has(&connections, "connection.system") || !has(&systems, "system.department"));
    let (kind, columns, name) = match is_of_connections {
        true => (SheetKind::Connections, connections, "connection.name"),
        false => (SheetKind::StockTake, systems, "system.name"),
    };
    let known = columns.iter().flatten().count();
    (has(&columns, name) && known >= 2).then_some((kind, columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    fn codes_of(line: &str) -> (SheetKind, Vec<String>) {
        let (kind, columns) = recognise(&headings(line)).unwrap();
        let codes = columns.into_iter().map(Option::unwrap_or_default);
        (kind, codes.collect())
    }

    #[test]
    fn the_twelve_columns_are_known_as_people_write_them() {
        let expected = [
            "system.department",
            "row.vendor_name",
            "system.name",
            "row.has_connection",
            "connection.connected",
            "connection.line",
            "connection.mechanism",
            "row.end_device",
            "system.safeguards",
            "system.patch",
            "row.diagram",
            "row.checklist",
        ];
        for line in [
            "所管部署|ベンダ名|システム名・医療機器名|外部接続の有無|接続形態|回線種類|接続の仕組み|\
             外部との接点機器・設置場所|その他、セキュリティを担保する仕組み|\
             過去に脆弱性が指摘された機器の場合、最新パッチ適用状況|システム構成図・設置端末一覧|\
             チェックリスト提出状況",
            "①所管部署|②ベンダー名|③システム名／医療機器名|④外部接続の有無→用途|⑤接続形態\n(常時・必要時)|\
             ⑥回線の種類|⑦接続の仕組み(専用線・暗号化)|⑧外部との接点機器、設置場所|\
             ⑨セキュリティを担保する仕組み|⑩最新パッチ適用状況|⑪システム構成図|⑫チェックリスト提出",
            "1 担当部署|2 業者名|3 システム名|4 外部接続有無|5 接続の形態|6 回線|7 接続方式|8 接点機器|\
             9 その他の対策|10 パッチ適用状況|11 構成図|12 チェックリスト",
        ] {
            let (kind, codes) = codes_of(line);
            assert_eq!(kind, SheetKind::StockTake);
            assert_eq!(codes, expected, "{line}");
        }
    }

    #[test]
    fn a_list_of_devices_is_none_of_systems() {
        for line in [
            "管理番号|機器名|メーカー|IPアドレス|使用状況",
            "ホスト名|OS|利用者",
        ] {
            let found = recognise(&headings(line));
            let telling = found.map(|(_, columns)| telling(&columns));
            assert_eq!(telling.unwrap_or_default(), 0, "{line}");
        }
    }

    #[test]
    fn a_list_of_connections_is_told_from_one_of_systems() {
        let (kind, codes) = codes_of("接続名|属するシステム|ベンダ名|回線種類|接続の仕組み|承認者");
        assert_eq!(kind, SheetKind::Connections);
        assert_eq!(codes[1], "connection.system");
        assert_eq!(codes[5], "connection.approved_by");
        assert_eq!(codes_of("システム名|部署|ベンダ").0, SheetKind::StockTake);
    }
}
