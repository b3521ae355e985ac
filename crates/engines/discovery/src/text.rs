//! Text of unknown encoding, and forms for comparison.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use unicode_normalization::UnicodeNormalization;

/// Text in Unicode, and whether bytes had to be replaced.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) lossy: Option<&'static str>,
}

/// Decodes UTF-8, UTF-16 (with or without mark) and CP932, in this order. Bytes that are text in
/// none become U+FFFD, and the answer says so.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return decode_as(rest, UTF_8);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return decode_as(rest, UTF_16LE);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return decode_as(rest, UTF_16BE);
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
    let lost = |text: &str| text.chars().filter(|c| *c == '\u{FFFD}').count();
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
            .filter(|b| **b == 0)
            .count()
    };
    let enough = (head.len() / 16).max(1);
    match (zeros(0), zeros(1)) {
        (0, low) if low >= enough => Some(UTF_16LE),
        (high, 0) if high >= enough => Some(UTF_16BE),
        _ => None,
    }
}

/// Full width to half width and the like (NFKC).
pub(crate) fn fold_width(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.nfkc().collect()
}

/// Width and case folded, white space collapsed.
pub(crate) fn comparable(text: &str) -> String {
    let folded = fold_width(text).to_lowercase();
    let mut out = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The beginning of a value, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

/// Numbers of lines by offset, for a parser that counts bytes. Offsets must not go back.
pub(crate) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// The line, from 1, of the first character at or after `offset` that is no line end.
    pub(crate) fn at(&mut self, offset: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let mut target = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        while bytes
            .get(target)
            .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
        {
            target += 1;
        }
        let passed = bytes.get(self.at..target).unwrap_or_default();
        let ends = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(ends).unwrap_or(u64::MAX);
        self.at = self.at.max(target);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encodings_of_windows_are_told_apart() {
        let text = "ホスト名,OS 名\r\n";
        let (cp932, _, _) = SHIFT_JIS.encode(text);
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [&[0xFF, 0xFE][..], &utf16].concat();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [text.as_bytes(), &cp932, &utf16, &marked, &big] {
            let decoded = decode(bytes);
            assert_eq!(decoded.text, text);
            assert_eq!(decoded.lossy, None);
        }
        assert!(decode(b"abc\xFF\xFFdef\x80").lossy.is_some());
    }

    #[test]
    fn an_excerpt_is_short_and_without_control_characters() {
        assert_eq!(excerpt("a\u{0}b\n"), "a b ");
        assert_eq!(excerpt(&"x".repeat(10_000)).chars().count(), 61);
    }
}
