//! Recognising columns by the headings that regional bodies, medical associations and ministries
//! use.

use std::collections::HashMap;
use std::sync::LazyLock;

use yagura_kernel::text::normalise_for_search;

use crate::model::member::Field;

const HEADINGS: &[(Field, &[&str])] = &[
    (
        Field::Name,
        &[
            "名称",
            "正式名称",
            "施設名",
            "施設名称",
            "施設の名称",
            "医療機関名",
            "医療機関名称",
            "医療機関の名称",
            "医療機関等名称",
            "機関名",
            "機関名称",
            "病院名",
            "診療所名",
            "薬局名",
            "会員名",
            "会員名称",
            "会員施設名",
            "name",
            "facility",
            "facility name",
            "institution",
            "institution name",
            "organization name",
        ],
    ),
    (
        Field::Kind,
        &[
            "種別",
            "種類",
            "区分",
            "類型",
            "施設種別",
            "施設区分",
            "施設類型",
            "機関種別",
            "機関区分",
            "医療機関種別",
            "医療機関区分",
            "会員種別",
            "kind",
            "type",
            "category",
            "facility type",
        ],
    ),
    (
        Field::Code,
        &[
            "コード",
            "医療機関コード",
            "医療機関等コード",
            "医療機関番号",
            "保険医療機関コード",
            "保険医療機関番号",
            "医療機関コード番号",
            "薬局コード",
            "施設コード",
            "機関コード",
            "code",
            "facility code",
            "institution code",
        ],
    ),
    (
        Field::Beds,
        &[
            "許可病床数",
            "許可病床",
            "病床数",
            "病床",
            "総病床数",
            "許可病床数合計",
            "病床数合計",
            "床数",
            "ベッド数",
            "beds",
            "permitted beds",
            "licensed beds",
            "number of beds",
        ],
    ),
    (
        Field::PostalCode,
        &[
            "郵便番号",
            "郵便",
            "〒",
            "〒番号",
            "postal code",
            "postcode",
            "zip",
            "zip code",
        ],
    ),
    (
        Field::Address,
        &[
            "住所",
            "住所1",
            "住所2",
            "住所3",
            "所在地",
            "施設所在地",
            "所在地住所",
            "都道府県",
            "都道府県名",
            "市区町村",
            "市区町村名",
            "市町村",
            "市町村名",
            "町名番地",
            "町域",
            "番地",
            "建物名",
            "ビル名",
            "address",
        ],
    ),
    (
        Field::Phone,
        &[
            "電話",
            "電話番号",
            "代表電話",
            "代表電話番号",
            "連絡先",
            "連絡先電話",
            "連絡先電話番号",
            "tel",
            "phone",
            "phone number",
            "telephone",
        ],
    ),
    (
        Field::Email,
        &[
            "メール",
            "メールアドレス",
            "eメール",
            "e-mail",
            "email",
            "e-mailアドレス",
            "emailアドレス",
            "mail",
            "電子メール",
            "電子メールアドレス",
            "連絡先メール",
            "連絡先メールアドレス",
            "email address",
        ],
    ),
    (
        Field::Representative,
        &[
            "代表者",
            "代表者名",
            "代表者氏名",
            "管理者",
            "管理者名",
            "管理者氏名",
            "院長",
            "院長名",
            "院長氏名",
            "施設長",
            "施設長名",
            "representative",
            "director",
        ],
    ),
    (
        Field::RegionCode,
        &[
            "地域コード",
            "地域",
            "地区",
            "地区コード",
            "地区名",
            "医療圏",
            "医療圏コード",
            "二次医療圏",
            "支部",
            "region",
            "region code",
            "area",
        ],
    ),
    (
        Field::MemberNumber,
        &[
            "会員番号",
            "会員no",
            "会員no.",
            "会員コード",
            "会員id",
            "整理番号",
            "member number",
            "member id",
        ],
    ),
    (
        Field::JoinedOn,
        &[
            "加入日",
            "加入年月日",
            "入会日",
            "入会年月日",
            "参加日",
            "参加年月日",
            "登録日",
            "joined",
            "joined on",
        ],
    ),
    (
        Field::Remark,
        &[
            "備考",
            "備考欄",
            "注記",
            "メモ",
            "remark",
            "remarks",
            "note",
            "notes",
        ],
    ),
];

static BY_HEADING: LazyLock<HashMap<String, Field>> = LazyLock::new(|| {
    HEADINGS
        .iter()
        .flat_map(|(field, headings)| headings.iter().map(|heading| (folded(heading), *field)))
        .collect()
});

fn folded(heading: &str) -> String {
    let folded = normalise_for_search(heading);
    // 「電話(代表)」 and 「名称 ※必須」 say the same as their first words.
    let first = folded
        .split(['(', '[', '【', '〔', '※', '*', '/', '・', ':'])
        .next();
    let first = first.filter(|first| !first.is_empty()).unwrap_or(&folded);
    let marked = |c: char| {
        matches!(
            c,
            '※' | '*' | '●' | '◎' | '○' | '★' | '☆' | '■' | '□' | '【' | '】' | ')'
        )
    };
    let plain = first.trim_matches(marked);
    plain.strip_suffix("必須").unwrap_or(plain).to_owned()
}

/// The field that a heading names, if it is a known one.
#[must_use]
pub fn field_of_heading(heading: &str) -> Option<Field> {
    if heading.chars().count() > 60 {
        return None;
    }
    let folded = folded(heading);
    BY_HEADING.get(&folded).copied().or_else(|| {
        // 「【必須】名称」 leaves nothing before its bracket.
        let inner = normalise_for_search(heading);
        let rest = inner
            .rsplit(['】', ']', '〕', ')'])
            .next()
            .unwrap_or_default();
        BY_HEADING.get(rest).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_recognised_as_people_write_them() {
        for (heading, field) in [
            ("施設名", Field::Name),
            ("名　称", Field::Name),
            ("医療機関\n名称", Field::Name),
            ("【必須】名称", Field::Name),
            ("名称※必須", Field::Name),
            ("種別(病院・診療所)", Field::Kind),
            ("医療機関ｺｰﾄﾞ", Field::Code),
            ("許可病床数（床）", Field::Beds),
            ("ベッド数", Field::Beds),
            ("〒", Field::PostalCode),
            ("住所１", Field::Address),
            ("ＴＥＬ", Field::Phone),
            ("電話番号(代表)", Field::Phone),
            ("E-mail", Field::Email),
            ("Ｅメール", Field::Email),
            ("メールアドレス", Field::Email),
            ("院長", Field::Representative),
            ("二次医療圏", Field::RegionCode),
            ("会員No.", Field::MemberNumber),
            ("入会年月日", Field::JoinedOn),
            ("備考", Field::Remark),
            ("Facility Name", Field::Name),
        ] {
            assert_eq!(field_of_heading(heading), Some(field), "{heading}");
        }
        for heading in [
            "",
            "番号",
            "No",
            "FAX",
            "診療科",
            "(必須)",
            "※",
            "名称なのか",
        ] {
            assert_eq!(field_of_heading(heading), None, "{heading}");
        }
    }

    #[test]
    fn no_heading_stands_for_two_fields() {
        let number: usize = HEADINGS.iter().map(|(_, headings)| headings.len()).sum();
        assert_eq!(BY_HEADING.len(), number);
    }
}
