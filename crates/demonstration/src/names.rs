//! Names of people, places and companies that do not exist.

/// Places that are on no map.
const PLACES: [&str; 48] = [
    "みどり坂",
    "しおさい",
    "ひばり台",
    "あけぼの",
    "こがね原",
    "かすみ野",
    "すずかぜ",
    "つきみ丘",
    "はなみずき",
    "いぶき",
    "うみかぜ",
    "おりづる",
    "かわせみ",
    "きらめき",
    "くすのき",
    "けやき通り",
    "こまどり",
    "さくらぎ",
    "しらかば",
    "すみれ野",
    "せせらぎ",
    "そよかぜ",
    "たちばな",
    "ちどり浜",
    "つばさ",
    "てまり",
    "ときわ台",
    "なぎさ",
    "にじいろ",
    "ぬくもり",
    "ねむの木",
    "のぞみ野",
    "はるかぜ",
    "ひだまり",
    "ふじみ原",
    "べにばな",
    "ほたる川",
    "まつかぜ",
    "みなも",
    "むつみ",
    "めばえ",
    "もみじ谷",
    "やまびこ",
    "ゆうなぎ",
    "よつば",
    "らんざん",
    "りんどう",
    "わかくさ",
];
const SPECIALTIES: [&str; 8] = [
    "内科",
    "こどもクリニック",
    "整形外科",
    "眼科",
    "耳鼻咽喉科",
    "皮膚科",
    "外科胃腸科",
    "診療所",
];
const HOSPITALS: [&str; 5] = [
    "病院",
    "中央病院",
    "総合病院",
    "記念病院",
    "リハビリテーション病院",
];
const VENDOR_WORDS: [&str; 12] = [
    "レセコン",
    "電子カルテ",
    "検査システム",
    "画像システム",
    "医事システム",
    "ネットワーク",
    "調剤システム",
    "医療機器",
    "データ保守",
    "クラウド",
    "通信",
    "情報サービス",
];
const FAMILY_NAMES: [&str; 24] = [
    "架空", "見本", "例示", "試作", "仮名", "模擬", "想定", "仮題", "空想", "夢野", "物語", "絵空",
    "影絵", "幻灯", "童話", "寓話", "戯作", "虚構", "仮想", "空木", "白紙", "余白", "挿絵", "活字",
];
const GIVEN_NAMES: [&str; 24] = [
    "太郎",
    "花子",
    "一郎",
    "桜",
    "健",
    "恵",
    "誠",
    "葵",
    "学",
    "陽子",
    "茂",
    "千夏",
    "実",
    "さつき",
    "望",
    "薫",
    "翔",
    "結衣",
    "進",
    "真理",
    "剛",
    "美咲",
    "修",
    "楓",
];

fn pick<'w>(words: &'w [&'w str], number: usize) -> &'w str {
    words.get(number % words.len()).copied().unwrap_or_default()
}

/// Name of the n-th hospital.
pub(crate) fn hospital(number: usize) -> String {
    format!("{}{}", pick(&PLACES, number * 7), pick(&HOSPITALS, number))
}

/// Name of the n-th clinic. Different for the first 384.
pub(crate) fn clinic(number: usize) -> String {
    let place = pick(&PLACES, number);
    let specialty = pick(&SPECIALTIES, number / PLACES.len() + number);
    if specialty.ends_with("クリニック") || specialty.ends_with("診療所") {
        format!("{place}{specialty}")
    } else {
        format!("{place}{specialty}クリニック")
    }
}

/// Name of the n-th dental clinic.
pub(crate) fn dental_clinic(number: usize) -> String {
    let ending = if number < PLACES.len() {
        "歯科医院"
    } else {
        "デンタルクリニック"
    };
    format!("{}{ending}", pick(&PLACES, number))
}

/// Name of the n-th pharmacy.
pub(crate) fn pharmacy(number: usize) -> String {
    let ending = if number < PLACES.len() {
        "薬局"
    } else {
        "調剤薬局"
    };
    format!("{}{ending}", pick(&PLACES, number))
}

/// Name of the n-th vendor.
pub(crate) fn vendor(number: usize) -> String {
    let place = pick(&PLACES, number * 5 + 3);
    let word = pick(&VENDOR_WORDS, number + number / PLACES.len());
    format!("架空{place}{word}株式会社")
}

/// Name of the n-th person.
pub(crate) fn person(number: usize) -> String {
    format!(
        "{} {}",
        pick(&FAMILY_NAMES, number),
        pick(&GIVEN_NAMES, number / FAMILY_NAMES.len() + number * 5)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_members_of_a_kind_share_a_name() {
        type Name = fn(usize) -> String;
        let kinds: [(Name, usize); 5] = [
            (hospital, 34),
            (clinic, 214),
            (dental_clinic, 70),
            (pharmacy, 74),
            (vendor, 60),
        ];
        for (name, number) in kinds {
            let names: HashSet<String> = (0..number).map(name).collect();
            assert_eq!(names.len(), number, "{}", name(0));
        }
    }
}
