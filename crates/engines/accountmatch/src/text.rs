//! Text of unknown encoding, and forms for comparison.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use unicode_normalization::UnicodeNormalization;

/// Text in Unicode, and the encoding in which bytes had to be replaced, if any.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) lossy: Option<&'static str>,
}

/// Decodes UTF-8, UTF-16 (with or without mark) and CP932, in this order.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    for (mark, encoding) in [
        (&b"\xEF\xBB\xBF"[..], UTF_8),
        (b"\xFF\xFE", UTF_16LE),
        (b"\xFE\xFF", UTF_16BE),
    ] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return decode_as(rest, encoding);
        }
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return decode_as(bytes, encoding);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded {
            text: text.to_owned(),
            lossy: None,
        };
    }
    let cp932 = decode_as(bytes, SHIFT_JIS);
    if cp932.lossy.is_none() {
        return cp932;
    }
    let utf8 = decode_as(bytes, UTF_8);
    let lost = |text: &str| text.matches('\u{FFFD}').count();
    if lost(&utf8.text) < lost(&cp932.text) {
        utf8
    } else {
        cp932
    }
}

fn decode_as(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        text: text.into_owned(),
        lossy: replaced.then(|| encoding.name()),
    }
}

/// Line ends and separators of UTF-16 put zero bytes on one side only.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(4_096))?;
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let enough = (head.len() / 16).max(1);
    match (zeros(0), zeros(1)) {
        (0, low) if low >= enough => Some(UTF_16LE),
        (high, 0) if high >= enough => Some(UTF_16BE),
        _ => None,
    }
}

/// NFKC, lower case, and only letters and digits: the form in which headings, groups and other
/// words of a system are compared.
pub(crate) fn word(text: &str) -> String {
    if text.is_ascii() {
        return text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
    }
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// The form in which identifiers are compared: NFKC, lower case, no white space.
pub(crate) fn identifier(text: &str) -> String {
    if text.is_ascii() {
        return text
            .chars()
            .filter(|letter| !letter.is_ascii_whitespace())
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
    }
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|letter| !letter.is_whitespace())
        .collect()
}

/// The beginning of a value, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(60)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encodings_of_windows_are_told_apart() {
        let text = "職員番号,氏名\r\n0001,山﨑 花子\r\n";
        let (cp932, _, _) = SHIFT_JIS.encode(text);
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [&[0xFF, 0xFE][..], &utf16].concat();
        for bytes in [text.as_bytes(), &cp932, &utf16, &marked] {
            let decoded = decode(bytes);
            assert_eq!(decoded.text, text);
            assert_eq!(decoded.lossy, None);
        }
        assert!(decode(b"abc\xFF\xFFdef\x80").lossy.is_some());
    }

    #[test]
    fn words_are_compared_without_their_width_and_marks() {
        assert_eq!(word(" 職員 番号(必須)"), "職員番号必須");
        assert_eq!(word("Domain Admins"), "domainadmins");
        assert_eq!(identifier("A−001 "), identifier("A−001"));
    }
}
