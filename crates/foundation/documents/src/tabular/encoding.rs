use encoding_rs::{DecoderResult, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::{TabularError, TextEncoding};

/// Decodes a text in the first encoding that fits without loss.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, TextEncoding), TabularError> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return decode_as(rest, TextEncoding::Utf8, 3);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return decode_as(rest, TextEncoding::Utf16Le, 2);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return decode_as(rest, TextEncoding::Utf16Be, 2);
    }
    if let Some(order) = utf16_order(bytes) {
        return decode_as(bytes, order, 0);
    }
    if bytes.contains(&0x1B) {
        return decode_as(bytes, TextEncoding::Iso2022Jp, 0);
    }
    decode_as(bytes, TextEncoding::Utf8, 0).or_else(|utf8| {
        decode_as(bytes, TextEncoding::Cp932, 0).map_err(|cp932| furthest(utf8, cp932))
    })
}

/// UTF-16 without a byte order mark: line ends and separators put zero bytes on one side only.
pub(super) fn utf16_order(bytes: &[u8]) -> Option<TextEncoding> {
    if bytes.starts_with(b"\xFF\xFE") {
        return Some(TextEncoding::Utf16Le);
    }
    if bytes.starts_with(b"\xFE\xFF") {
        return Some(TextEncoding::Utf16Be);
    }
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |offset: usize| {
        bytes
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let enough = (bytes.len() / 64).max(1);
    match (zeros(0), zeros(1)) {
        (0, low) if low >= enough => Some(TextEncoding::Utf16Le),
        (high, 0) if high >= enough => Some(TextEncoding::Utf16Be),
        _ => None,
    }
}

fn decode_as(
    bytes: &[u8],
    encoding: TextEncoding,
    skipped: u64,
) -> Result<(String, TextEncoding), TabularError> {
    let codec: &'static Encoding = match encoding {
        TextEncoding::Utf8 => UTF_8,
        TextEncoding::Utf16Le => UTF_16LE,
        TextEncoding::Utf16Be => UTF_16BE,
        TextEncoding::Cp932 => SHIFT_JIS,
        TextEncoding::Iso2022Jp => ISO_2022_JP,
    };
    let mut decoder = codec.new_decoder_without_bom_handling();
    let capacity = decoder
        .max_utf8_buffer_length_without_replacement(bytes.len())
        .unwrap_or(bytes.len());
    let mut text = String::with_capacity(capacity);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => {
            text.shrink_to_fit();
            Ok((text, encoding))
        }
        DecoderResult::OutputFull => Err(TabularError::Damaged {
            detail: "the decoder's estimate of the text length was too small".to_owned(),
        }),
        DecoderResult::Malformed(bad, after) => {
            let offset = read.saturating_sub(usize::from(bad) + usize::from(after));
            let lines = text.bytes().filter(|byte| *byte == b'\n').count();
            Err(TabularError::MisEncoded {
                encoding,
                byte: skipped + u64::try_from(offset).unwrap_or(u64::MAX),
                line: 1 + u64::try_from(lines).unwrap_or(u64::MAX),
            })
        }
    }
}

fn furthest(one: TabularError, other: TabularError) -> TabularError {
    match (&one, &other) {
        (TabularError::MisEncoded { byte: a, .. }, TabularError::MisEncoded { byte: b, .. })
            if a > b =>
        {
            one
        }
        _ => other,
    }
}
