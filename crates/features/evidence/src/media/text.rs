//! Text: whether it is one, and in which encoding.

use encoding_rs::{Decoder, DecoderResult, EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8};
use encoding_rs::{UTF_16BE, UTF_16LE};

use super::{Refusal, contains};

/// Encodings in the order in which they are believed. Shift_JIS text is hardly ever valid EUC-JP,
/// while EUC-JP text is often valid Shift_JIS (as half-width kana).
const CANDIDATES: [&Encoding; 3] = [UTF_8, EUC_JP, SHIFT_JIS];

/// Decodes text as it passes, to learn which encodings it is valid in. Nothing of it is kept.
pub(super) struct TextScan {
    decoders: Vec<(&'static Encoding, Decoder)>,
    wide: bool,
}

impl std::fmt::Debug for TextScan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.decoders.iter().map(|(encoding, _)| encoding.name());
        formatter.debug_list().entries(names).finish()
    }
}

impl TextScan {
    /// Judges the beginning.
    pub(super) fn begin(head: &[u8]) -> Result<Self, Refusal> {
        let wide = Encoding::for_bom(head)
            .map(|(encoding, _)| encoding)
            .filter(|e| *e != UTF_8);
        let candidates: Vec<&'static Encoding> = match wide {
            Some(encoding) => vec![encoding],
            None => CANDIDATES.to_vec(),
        };
        let beginning = match wide {
            Some(encoding) => encoding.decode(head).0.into_owned(),
            None => String::from_utf8_lossy(head).into_owned(),
        };
        let text = beginning
            .trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{FEFF}');
        let mut first = text.chars();
        if first.next() == Some('<')
            && first
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic() || "!?/".contains(c))
        {
            return Err(Refusal::Markup);
        }
        if text.starts_with("%!PS") {
            return Err(Refusal::Unknown);
        }
        if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
            return Err(Refusal::PrivateKey);
        }
        let decoders = candidates
            .into_iter()
            .map(|encoding| (encoding, encoding.new_decoder_with_bom_removal()))
            .collect();
        Ok(Self {
            decoders,
            wide: wide.is_some(),
        })
    }

    pub(super) fn feed(&mut self, part: &[u8]) -> Result<(), Refusal> {
        if !self.wide && part.iter().any(|byte| is_binary(*byte)) {
            return Err(Refusal::Unknown);
        }
        self.decoders
            .retain_mut(|(_, decoder)| is_valid(decoder, part, false));
        if self.decoders.is_empty() {
            Err(Refusal::Unknown)
        } else {
            Ok(())
        }
    }

    pub(super) fn finish(mut self) -> Result<(), Refusal> {
        self.decoders
            .retain_mut(|(_, decoder)| is_valid(decoder, &[], true));
        if self.decoders.is_empty() {
            Err(Refusal::Unknown)
        } else {
            Ok(())
        }
    }
}

/// Control characters that no text has. Logs do have tabs, form feeds, backspaces and escapes.
const fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=7 | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F)
}

fn is_valid(decoder: &mut Decoder, part: &[u8], last: bool) -> bool {
    let mut scratch = [0_u8; 4096];
    let mut rest = part;
    loop {
        let (result, read, _) =
            decoder.decode_to_utf8_without_replacement(rest, &mut scratch, last);
        rest = rest.get(read..).unwrap_or(&[]);
        match result {
            DecoderResult::InputEmpty => return true,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => return false,
        }
    }
}

/// The beginning of a text file, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, control characters other than line ends and tabs made visible.
    pub text: String,
    /// The name of its encoding.
    pub encoding: &'static str,
}

/// Decodes the beginning of a text file; a character that is cut at its end is left out.
#[must_use]
pub fn decode_beginning(bytes: &[u8]) -> Decoded {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if bytes.is_ascii() && contains(bytes, b"\x1b$") => ISO_2022_JP,
        None => CANDIDATES
            .into_iter()
            .find(|encoding| {
                is_valid(
                    &mut encoding.new_decoder_without_bom_handling(),
                    bytes,
                    false,
                )
            })
            .unwrap_or(UTF_8),
    };
    let whole = whole_units(encoding, bytes);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut text = String::new();
    let needed = decoder
        .max_utf8_buffer_length(whole.len())
        .unwrap_or(whole.len());
    text.reserve(needed);
    // Not marked as the last part, so that a cut character at the end is not replaced by a mark.
    let _ = decoder.decode_to_string(whole, &mut text, false);
    Decoded {
        text: text.chars().map(visible).collect(),
        encoding: encoding.name(),
    }
}

fn whole_units<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> &'b [u8] {
    let odd = (encoding == UTF_16LE || encoding == UTF_16BE) && bytes.len() % 2 == 1;
    bytes.get(..bytes.len() - usize::from(odd)).unwrap_or(bytes)
}

/// Control characters as their pictures (U+2400), direction overrides as a mark, so that a log
/// cannot make its reader see something else than what it holds.
fn visible(character: char) -> char {
    match character {
        '\n' | '\t' | '\r' => character,
        '\u{0}'..='\u{1F}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{FFFD}'),
        '\u{7F}' => '\u{2421}',
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        _ => character,
    }
}
