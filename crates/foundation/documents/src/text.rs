//! Cleaning of user text for media that cannot carry everything Unicode has.

/// Drops what no document can show and what could mislead a reader: control characters other
/// than line end and tab, and the invisible characters that change the direction or joining of
/// the text around them. Line ends become `\n`.
pub(crate) fn without_controls(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    clean.push('\n');
                }
            }
            '\n' | '\t' => clean.push(character),
            // Other separators of lines and paragraphs.
            '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            _ if character.is_control() || is_invisible(character) => {}
            _ => clean.push(character),
        }
    }
    clean
}

/// Characters without a shape of their own: directional marks and overrides, joiners, variation
/// selectors, tags, noncharacters.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{115F}' | '\u{1160}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{FFFE}' | '\u{FFFF}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// At most `limit` characters, with `mark` in place of what is cut off.
pub(crate) fn truncated(text: &str, limit: usize, mark: &str) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept = limit.saturating_sub(mark.chars().count());
    text.chars().take(kept).chain(mark.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_vanish_and_line_ends_become_one() {
        assert_eq!(
            without_controls("a\u{0}b\u{7}\r\nc\rd\u{2028}e\tf"),
            "ab\nc\nd\ne\tf"
        );
    }

    #[test]
    fn direction_overrides_and_joiners_vanish() {
        assert_eq!(
            without_controls("請求\u{202E}fdp.exe\u{200D}\u{FEFF}"),
            "請求fdp.exe"
        );
        assert_eq!(without_controls("葛\u{E0100}城"), "葛城");
    }

    #[test]
    fn truncation_keeps_within_the_limit_and_says_so() {
        assert_eq!(truncated("あいうえお", 5, "…"), "あいうえお");
        assert_eq!(truncated("あいうえおか", 5, "…"), "あいうえ…");
    }
}
