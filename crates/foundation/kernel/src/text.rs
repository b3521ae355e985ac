//! Cleaning, comparing and naming with text that people type.

use unicode_normalization::UnicodeNormalization;

/// The longest file name in bytes that [`safe_file_name`] gives. Common file systems take 255;
/// the rest is room for what a program or a zip tool adds.
pub const LONGEST_FILE_NAME: usize = 200;

const LONGEST_EXTENSION: usize = 16;
const NAMELESS: &str = "file";

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is longer than the field takes.
    #[error("the text has {length} characters; at most {limit} are taken")]
    TooLong {
        /// How many characters (Unicode scalar values) it has after cleaning.
        length: usize,
        /// How many the field takes.
        limit: usize,
    },
}

/// Folds a text for searching, so that what people consider the same compares equal.
///
/// NFKC (full-width letters, half-width kana, ㈱), lower case, katakana as hiragana, 旧字体 and
/// other variant kanji of names as the everyday form (髙 as 高, 﨑 as 崎, 齋 as 斉), all dashes as
/// one, no blanks, no invisible characters. Fold both sides of a comparison; never show the
/// result.
#[must_use]
pub fn normalise_for_search(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !is_invisible(*c) && !is_joiner_or_variation_selector(*c))
        .nfkc()
        .flat_map(char::to_lowercase)
        // Some characters have a blank in their compatibility form (U+00B4).
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            'ヵ' => 'か',
            'ヶ' => 'け',
            '\u{30A1}'..='\u{30F4}' | '\u{30FD}'..='\u{30FE}' => katakana_to_hiragana(c),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => everyday_kanji(c),
        })
        // A voiced mark that stood apart with a blank in its compatibility form joins its kana.
        .nfc()
        .collect()
}

fn katakana_to_hiragana(c: char) -> char {
    char::from_u32(u32::from(c) - 0x60).unwrap_or(c)
}

/// The everyday form of a kanji that occurs in names and addresses in several forms. The pairs
/// are 新字体 and 旧字体 of 常用漢字表 (平成22年内閣告示第2号) and 人名用漢字, and the forms that
/// vendors' character sets added (髙, 﨑, 𠮷). Characters of different origin that people take for
/// each other in names (斎 and 斉) are one here: a search should rather find too much. Forms that
/// NFKC already unites (U+FA10 and 塚) are not listed.
const fn everyday_kanji(c: char) -> char {
    match c {
        '髙' => '高',
        '﨑' | '碕' | '嵜' => '崎',
        '𠮷' => '吉',
        '濱' | '濵' => '浜',
        '邊' | '邉' => '辺',
        '齋' | '齊' | '斎' => '斉',
        '澤' => '沢',
        '嶋' | '嶌' => '島',
        '廣' => '広',
        '國' | '圀' => '国',
        '櫻' => '桜',
        '眞' => '真',
        '德' => '徳',
        '惠' => '恵',
        '榮' => '栄',
        '瀧' => '滝',
        '龍' => '竜',
        '條' => '条',
        '藏' => '蔵',
        '縣' => '県',
        '學' => '学',
        '會' => '会',
        '醫' => '医',
        '齒' => '歯',
        '藥' => '薬',
        '壽' => '寿',
        '實' => '実',
        '濟' => '済',
        '萬' => '万',
        '應' => '応',
        '靜' => '静',
        '豐' => '豊',
        '彌' => '弥',
        '淺' => '浅',
        '曾' => '曽',
        '冨' => '富',
        '舘' => '館',
        '峯' => '峰',
        '埜' => '野',
        '關' => '関',
        '兒' => '児',
        '淵' | '渊' => '渕',
        '籠' => '篭',
        '檜' => '桧',
        '莊' => '荘',
        '圓' => '円',
        '桒' => '桑',
        '栁' => '柳',
        '鷗' => '鴎',
        '礒' => '磯',
        '嶽' => '岳',
        '蘆' => '芦',
        '驛' => '駅',
        '區' => '区',
        '號' => '号',
        '體' => '体',
        '團' => '団',
        '獨' => '独',
        '舊' => '旧',
        '邨' => '村',
        '槇' => '槙',
        '遙' => '遥',
        '瑤' => '瑶',
        '來' => '来',
        '禮' => '礼',
        '爲' => '為',
        '衞' => '衛',
        '與' => '与',
        '繩' => '縄',
        '黑' => '黒',
        '假' => '仮',
        '卷' => '巻',
        '圖' => '図',
        '竝' => '並',
        '收' => '収',
        '將' => '将',
        '瀨' => '瀬',
        '戶' => '戸',
        '步' => '歩',
        '淸' => '清',
        '靑' => '青',
        '吳' => '呉',
        '增' => '増',
        '綠' => '緑',
        '橫' => '横',
        '鄕' | '鄉' => '郷',
        '總' => '総',
        '檢' => '検',
        '佛' => '仏',
        '澁' | '澀' => '渋',
        '亞' => '亜',
        '惡' => '悪',
        '鐵' => '鉄',
        '鹽' => '塩',
        '樂' => '楽',
        '廳' => '庁',
        '處' => '処',
        '險' => '険',
        '藝' => '芸',
        '讚' => '讃',
        '鴈' => '雁',
        '鷄' => '鶏',
        '葢' => '蓋',
        '翆' => '翠',
        '祿' => '禄',
        '槗' => '橋',
        '凜' => '凛',
        _ => c,
    }
}

/// Cleans a text for a field of one line: line breaks and tabs become one blank, control
/// characters, direction overrides (which can make a name read backwards) and invisible
/// characters are left out, blanks at both ends too, and kana with separate voicing marks are
/// joined. Characters that Unicode calls compatibility ideographs are kept as they are, because
/// people write their names with them. An empty result is no error here.
pub fn clean_single_line(text: &str, limit: usize) -> Result<String, TextError> {
    let mut cleaned = String::with_capacity(text.len().min(limit.saturating_mul(4)));
    let mut after_break = false;
    for c in text.chars() {
        if is_line_break(c) || c == '\t' {
            if !after_break {
                cleaned.push(' ');
            }
            after_break = true;
        } else if !c.is_control() && !is_invisible(c) {
            cleaned.push(c);
            after_break = false;
        }
    }
    within(limit, composed(cleaned.trim()))
}

/// Cleans a text of several lines like [`clean_single_line`], but keeps line breaks (as one
/// U+000A each) and tabs. Blanks at the end of lines and empty lines at both ends go.
pub fn clean_multi_line(text: &str, limit: usize) -> Result<String, TextError> {
    let one_break = text.replace("\r\n", "\n");
    let lines: Vec<String> = one_break
        .split(is_line_break)
        .map(|line| {
            let kept = line
                .chars()
                .filter(|c| *c == '\t' || !c.is_control() && !is_invisible(*c));
            kept.collect::<String>().trim_end().to_owned()
        })
        .collect();
    let first = lines
        .iter()
        .position(|line| !line.is_empty())
        .unwrap_or(lines.len());
    let last = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(first, |last| last + 1);
    let cleaned = lines.get(first..last).unwrap_or_default().join("\n");
    within(limit, composed(&cleaned))
}

fn within(limit: usize, text: String) -> Result<String, TextError> {
    // Only a text with more bytes than the limit can have more characters.
    let length = if text.len() > limit {
        text.chars().count()
    } else {
        0
    };
    if length > limit {
        Err(TextError::TooLong { length, limit })
    } else {
        Ok(text)
    }
}

/// NFC, except that compatibility ideographs stay.
fn composed(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_compatibility_ideograph) {
        let (before, from_ideograph) = rest.split_at(at);
        out.extend(before.nfc());
        let mut chars = from_ideograph.chars();
        out.extend(chars.next());
        rest = chars.as_str();
    }
    out.extend(rest.nfc());
    out
}

const fn is_compatibility_ideograph(c: char) -> bool {
    matches!(c, '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

const fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Characters that show nothing but change how the rest is read or compared: soft hyphens,
/// direction marks, overrides and isolates (Unicode UAX #9), zero-width blanks, fillers, tags and
/// noncharacters. The joiner of emoji is not among them.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200C}'
            | '\u{200E}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FDD0}'..='\u{FDEF}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E007F}'
    ) || (c as u32) & 0xFFFE == 0xFFFE
}

const fn is_joiner_or_variation_selector(c: char) -> bool {
    matches!(c, '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// A name under which a file that came from outside can be saved on any usual system.
///
/// Only what follows the last slash or backslash counts; characters that Windows refuses, leading
/// dots and dashes, dots and blanks at the end, and names of devices (CON, LPT1) are defused with
/// `_` or left out; Japanese stays. At most [`LONGEST_FILE_NAME`] bytes, the extension being kept.
/// Never empty.
#[must_use]
pub fn safe_file_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base
        .chars()
        .filter(|c| !c.is_control() && !is_line_break(*c) && !is_invisible(*c))
        .collect();
    let plain: String = composed(&kept)
        .chars()
        .map(|c| if "<>:\"|?*".contains(c) { '_' } else { c })
        .collect();
    let trimmed = trimmed_of_dots(&plain);
    if trimmed.is_empty() {
        return NAMELESS.to_owned();
    }
    let mut safe = String::with_capacity(trimmed.len() + 1);
    if trimmed.starts_with(['-', '~']) || is_device_name(trimmed) {
        safe.push('_');
    }
    safe.push_str(trimmed);
    if safe.len() <= LONGEST_FILE_NAME {
        return safe;
    }
    let (stem, extension) = match safe.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= LONGEST_EXTENSION => (stem, Some(extension)),
        _ => (safe.as_str(), None),
    };
    let room = LONGEST_FILE_NAME - extension.map_or(0, |extension| extension.len() + 1);
    let cut = stem.get(..stem.floor_char_boundary(room)).unwrap_or(stem);
    let cut = cut.trim_end_matches(is_dot_or_blank);
    match extension {
        Some(extension) => format!("{cut}.{extension}"),
        None => cut.to_owned(),
    }
}

fn trimmed_of_dots(name: &str) -> &str {
    name.trim_matches(is_dot_or_blank)
}

fn is_dot_or_blank(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// Names that Windows gives to devices, with any extension, in any case.
fn is_device_name(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_uppercase();
    let numbered = |prefix| {
        stem.strip_prefix(prefix).is_some_and(|number| {
            let mut digits = number.chars();
            matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
        })
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str())
        || numbered("COM")
        || numbered("LPT")
}

/// An e-mail address as a hint for its owner: the first letter and the domain,
/// `t***@example.jp`. Nothing of a text that is not an address.
#[must_use]
pub fn mask_email(address: &str) -> String {
    match address.trim().rsplit_once('@') {
        Some((local, domain)) if !domain.is_empty() => {
            let mut letters = local.chars();
            match (letters.next(), letters.next()) {
                (Some(first), Some(_)) => format!("{first}***@{domain}"),
                _ => format!("***@{domain}"),
            }
        }
        _ => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(one: &str, other: &str) -> bool {
        normalise_for_search(one) == normalise_for_search(other)
    }

    #[test]
    fn what_people_consider_the_same_is_found() {
        for (one, other) in [
            ("ＡＢＣクリニック", "abcｸﾘﾆｯｸ"),
            ("やぐら病院", "ヤグラ病院"),
            ("ガギグ", "ｶﾞｷﾞｸﾞ"),
            ("ガ", "カ\u{3099}"),
            ("髙橋 花子", "高橋　花子"),
            ("山﨑", "山崎"),
            ("𠮷田", "吉田"),
            ("渡邊", "渡辺"),
            ("渡邉", "渡邊"),
            ("齋藤", "斉藤"),
            ("斎藤", "齊藤"),
            ("㈱櫓", "(株)櫓"),
            ("茅ヶ崎", "茅ケ崎"),
            ("茅ヵ崎", "茅か崎"),
            ("大塚", "大\u{FA10}"),
            ("葛\u{E0100}城", "葛城"),
            ("087-123‐4567", "087−123—4567"),
            ("ヴィラ", "ゔぃら"),
            ("General Hospital", "GENERALHOSPITAL"),
            ("医\u{200B}院", "医院"),
            ("か\u{200B}\u{3099}", "が"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        assert!(!same("はし", "ばし"));
        assert!(!same("つ", "っ"));
        assert!(!same("高橋", "高端"));
        assert_eq!(normalise_for_search(" \u{3000}\n"), "");
    }

    #[test]
    fn one_line_stays_one_line() {
        for (given, expected) in [
            ("  やぐら\t病院\u{3000}", "やぐら 病院"),
            ("一行目\r\n二行目", "一行目 二行目"),
            ("一\u{2028}二\u{85}三", "一 二 三"),
            ("a\u{0}b\u{7}c\u{1b}[31m", "abc[31m"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("\u{FEFF}先頭", "先頭"),
            ("\u{200F}x\u{2066}y\u{2069}", "xy"),
            ("\u{200B}\u{3164}", ""),
            ("か\u{3099}", "が"),
            ("\u{FA19}山", "\u{FA19}山"),
            (
                "か\u{3099}\u{FA19}か\u{3099}\u{FA19}",
                "が\u{FA19}が\u{FA19}",
            ),
            ("<b>&amp;", "<b>&amp;"),
            ("👩\u{200D}⚕\u{FE0F}", "👩\u{200D}⚕\u{FE0F}"),
        ] {
            assert_eq!(
                clean_single_line(given, 100).as_deref(),
                Ok(expected),
                "{given:?}"
            );
        }
    }

    #[test]
    fn several_lines_keep_their_breaks() {
        let given = "\r\n \r\n  一行目  \r\n\r\n二\u{202E}行目\t。\u{0}\r\u{3000}\n";
        assert_eq!(
            clean_multi_line(given, 100).as_deref(),
            Ok("  一行目\n\n二行目\t。")
        );
        assert_eq!(clean_multi_line(" \n\n", 0).as_deref(), Ok(""));
    }

    #[test]
    fn length_is_counted_in_characters_after_cleaning() {
        assert!(clean_single_line(" 病院名 ", 3).is_ok());
        assert_eq!(
            clean_single_line("𠮷田医院", 3),
            Err(TextError::TooLong {
                length: 4,
                limit: 3
            })
        );
        assert!(clean_multi_line("一\r\n二", 3).is_ok());
        assert!(clean_multi_line("一\n\n二", 3).is_err());
        assert!(clean_single_line("か\u{3099}", 1).is_ok());
    }

    #[test]
    fn file_names_are_defused() {
        for (given, expected) in [
            (
                "チェックリスト 令和8年度.pdf",
                "チェックリスト 令和8年度.pdf",
            ),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\x\証拠.png", "証拠.png"),
            ("..", "file"),
            ("", "file"),
            ("a/", "file"),
            ("...", "file"),
            (" .ssh", "ssh"),
            ("-rf", "_-rf"),
            ("~root", "_~root"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("lpt1 .txt", "_lpt1 .txt"),
            ("COM¹", "_COM¹"),
            ("CONSOLE.txt", "CONSOLE.txt"),
            ("COM10.txt", "COM10.txt"),
            ("a:b|c?.txt", "a_b_c_.txt"),
            ("name.txt. . ", "name.txt"),
            ("evil\u{202E}fdp.exe", "evilfdp.exe"),
            ("a\0b\r\nc", "abc"),
            ("か\u{3099}.txt", "が.txt"),
            ("<script>.html", "_script_.html"),
        ] {
            assert_eq!(safe_file_name(given), expected, "{given:?}");
        }
        let long = safe_file_name(&format!("{}.xlsx", "長い名前".repeat(60)));
        assert!(long.starts_with("長い名前長い名前") && long.ends_with(".xlsx"));
        assert!((LONGEST_FILE_NAME - 2..=LONGEST_FILE_NAME).contains(&long.len()));
        assert_eq!(safe_file_name(&"x".repeat(300)).len(), LONGEST_FILE_NAME);
    }

    #[test]
    fn masked_addresses_keep_the_domain_only() {
        for (given, expected) in [
            ("taro.yamada@example.jp", "t***@example.jp"),
            ("a@example.jp", "***@example.jp"),
            ("\"x@y\"@example.jp", "\"***@example.jp"),
            ("@example.jp", "***@example.jp"),
            ("nobody", "***"),
            ("nobody@", "***"),
            ("", "***"),
        ] {
            assert_eq!(mask_email(given), expected);
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            '/', '\\', '.', ' ', '\n', '\r', '\t', '\0', '\u{202E}', '\u{3099}', '\u{FA19}', 'か',
            'ｶ', 'ﾞ', '-', 'C', 'O', 'N', '\u{3000}', '\u{2028}', '\u{FFFF}', '𠮷',
        ]);
        prop::collection::vec(prop_oneof![odd, any::<char>()], 0..80)
            .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in any_text()) {
            let once = clean_single_line(&text, 1_000).unwrap();
            prop_assert_eq!(clean_single_line(&once, 1_000).unwrap(), once.clone());
            prop_assert!(!once.contains(char::is_control));
            let once = clean_multi_line(&text, 1_000).unwrap();
            prop_assert_eq!(clean_multi_line(&once, 1_000).unwrap(), once.clone());
            prop_assert!(!once.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        }

        #[test]
        fn a_file_name_is_always_safe(text in any_text(), times in 1..20_usize) {
            let name = safe_file_name(&text.repeat(times));
            prop_assert_eq!(safe_file_name(&name), name.clone());
            prop_assert!(!name.is_empty() && name.len() <= LONGEST_FILE_NAME);
            prop_assert!(!name.contains(['/', '\\', ':']) && !name.contains(char::is_control));
            prop_assert!(!name.starts_with(['.', '-']) && !name.ends_with(['.', ' ']));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "[ぁ-ヿ一-龠ａ-ｚA-Z0-9 髙﨑齋ｦ-ﾟ㈱-]{0,30}") {
            let once = normalise_for_search(&text);
            prop_assert_eq!(normalise_for_search(&once), once);
        }
    }
}
