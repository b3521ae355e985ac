//! One form for the many writings of a name.
//!
//! [`folded`] is for names in kanji or roman letters: NFKC, variant kanji, no white space, no
//! titles. [`kana`] is for readings. [`Romaji`] compares readings with user names in roman letters
//! whatever the system (Hepburn, Kunrei) and however long vowels are written.

mod romaji;
mod variants;

use unicode_normalization::UnicodeNormalization;

use crate::model::Staff;

pub use romaji::{Romaji, Shape, fold_romaji, user_name_key};
pub use variants::representative;

/// Titles that systems write after or before names.
const TITLES: &[&str] = &[
    "先生",
    "医師",
    "看護師長",
    "看護師",
    "師長",
    "主任",
    "様",
    "さん",
    "殿",
    "氏",
    "教授",
    "院長",
    "部長",
    "課長",
];

/// A name as written, and the former names that stand in brackets with it: 鈴木(旧姓 佐藤)花子.
#[must_use]
pub fn split_former(name: &str) -> (String, Vec<String>) {
    let mut bare = String::new();
    let mut inner = String::new();
    let mut former = Vec::new();
    let mut depth = 0_u32;
    for letter in name.chars() {
        match letter {
            '(' | '\u{FF08}' | '【' | '[' | '\u{FF3B}' | '〔' => {
                depth += 1;
                continue;
            }
            ')' | '\u{FF09}' | '】' | ']' | '\u{FF3D}' | '〕' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let text = std::mem::take(&mut inner);
                    let text = text.trim();
                    if let Some(rest) = text
                        .strip_prefix("旧姓")
                        .or_else(|| text.strip_prefix('旧'))
                    {
                        let rest = rest.trim_start_matches([':', '\u{FF1A}', ' ', '\u{3000}']);
                        if !rest.is_empty() {
                            former.push(rest.to_owned());
                        }
                    }
                }
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            bare.push(letter);
        } else {
            inner.push(letter);
        }
    }
    let bare = bare.trim().to_owned();
    // A name that is nothing but brackets stays as it is.
    if bare.is_empty() {
        return (name.trim().to_owned(), former);
    }
    (bare, former)
}

/// The name without width, white space, titles, brackets and variants of kanji.
#[must_use]
pub fn folded(name: &str) -> String {
    let (bare, _) = split_former(name);
    let mut out = String::with_capacity(bare.len());
    let mut last = None;
    for letter in bare.nfkc().flat_map(char::to_lowercase) {
        let letter = match letter {
            '々' | '〻' => last.unwrap_or('々'),
            'ヶ' | 'ヵ' | 'ケ' => 'ヶ',
            // Variation selectors choose a shape, not a letter.
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => continue,
            _ if !letter.is_alphanumeric() => continue,
            _ => representative(letter),
        };
        last = Some(letter);
        out.push(letter);
    }
    for title in TITLES {
        let title: String = title.chars().map(representative).collect();
        if let Some(rest) = out.strip_suffix(&title)
            // 様 alone, 氏家: a name needs two letters at least.
            && rest.chars().count() >= 2
        {
            return rest.to_owned();
        }
    }
    out
}

/// A reading in katakana of full width, small marks and long marks levelled.
#[must_use]
pub fn kana(reading: &str) -> String {
    reading
        .nfkc()
        .filter_map(|letter| {
            let letter = match letter {
                'ぁ'..='ゖ' => {
                    char::from_u32(u32::from(letter).saturating_add(0x60)).unwrap_or(letter)
                }
                _ => letter,
            };
            match letter {
                'ヂ' => Some('ジ'),
                'ヅ' => Some('ズ'),
                'ヲ' => Some('オ'),
                'ー' => None,
                _ if letter.is_alphanumeric() => Some(letter),
                _ => None,
            }
        })
        .collect()
}

/// Family and given name where white space divides them.
#[must_use]
pub fn parts(name: &str) -> Option<(&str, &str)> {
    let (family, given) = name
        .trim()
        .split_once([' ', '\u{3000}', ',', '\u{FF0C}', '・'])?;
    let (family, given) = (family.trim(), given.trim());
    (!family.is_empty() && !given.is_empty()).then_some((family, given))
}

/// Whether two rows of a list may be one person: one name, one reading, or a former name.
#[must_use]
pub fn same_person(one: &Staff, other: &Staff) -> bool {
    if folded(&one.name) == folded(&other.name) {
        return true;
    }
    if let (Some(a), Some(b)) = (&one.kana, &other.kana)
        && kana(a) == kana(b)
    {
        return true;
    }
    // A changed family name leaves the given one.
    let given = |staff: &Staff| parts(&staff.name).map(|(_, given)| folded(given));
    given(one).is_some_and(|given_one| given(other) == Some(given_one))
}

/// The writings of a person's name, folded: as it is and with each former family name.
#[must_use]
pub fn writings(staff: &Staff) -> Vec<String> {
    let mut all = vec![folded(&staff.name)];
    let given = parts(&staff.name).map(|(_, given)| given);
    for former in &staff.former_names {
        // 旧姓 holds a family name, or the whole name.
        all.push(folded(former));
        if let Some(given) = given {
            all.push(folded(&format!("{former}{given}")));
        }
    }
    all.retain(|name| name.chars().count() >= 2);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_one_name_fold_to_one() {
        for (one, other) in [
            ("髙橋 花子", "高橋花子"),
            ("山﨑 太郎", "山崎 太郎"),
            ("渡邊 一", "渡辺 一"),
            ("渡邉 一", "渡辺一"),
            ("齋藤 優", "斎藤 優"),
            ("齊藤 優", "斉藤 優"),
            ("濵田 健", "浜田 健"),
            ("𠮷田 緑", "吉田 緑"),
            ("佐々木 学", "佐佐木 學"),
            ("鈴木 花子 先生", "鈴木 花子"),
            ("SUZUKI Hanako", "suzuki hanako"),
            ("鈴木(旧姓 佐藤)花子", "鈴木 花子"),
            ("神\u{E0100}田 翔", "神田 翔"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("鈴木 花子"), folded("鈴木 華子"));
    }

    #[test]
    fn readings_fold() {
        for (one, other) in [
            ("スズキ ハナコ", "すずき はなこ"),
            ("スズキ ハナコ", "スズキハナコ"),
            ("ミヅシマ", "ミズシマ"),
            ("コータ", "コタ"),
        ] {
            assert_eq!(kana(one), kana(other));
        }
    }

    #[test]
    fn former_names_stand_in_brackets() {
        let (bare, former) = split_former("鈴木(旧姓:佐藤) 花子");
        assert_eq!(bare, "鈴木 花子");
        assert_eq!(former, ["佐藤"]);
        assert_eq!(split_former("(匿名)").0, "(匿名)");
        assert_eq!(split_former(")(").0, ")");
    }

    #[test]
    fn a_former_name_is_a_writing() {
        let staff = Staff {
            name: "鈴木 花子".to_owned(),
            former_names: vec!["佐藤".to_owned()],
            ..Staff::default()
        };
        assert!(writings(&staff).contains(&"佐藤花子".to_owned()));
    }
}
