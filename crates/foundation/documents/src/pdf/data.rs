//! What a template reads: the document with its texts cleaned, its dates put into words, and the
//! labels of its language.

use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;
use yagura_kernel::time::{
    FiscalYear, Instant, format_english_weekday, format_japanese_short, format_japanese_weekday,
    format_time_of_day,
};

use super::DocumentError;
use super::world::Typesetter;
use crate::forms::{Document, parse_date};
use crate::text::{truncated, without_controls};
use crate::{Language, labels};

/// Most characters of all texts of a document together. A page holds some 2,000.
const TOTAL_CHARACTERS: usize = 400_000;

/// What ends a text that was cut.
const CUT: &str = "… 〔以下略〕";

/// Longest text of one field that is printed; what is beyond it is cut with a mark. Far more than
/// a reader of such a paper expects: the bound keeps one absurd text from making the paper useless
/// and the typesetting long.
fn text_characters(document: &Document) -> usize {
    match document {
        Document::Sheet(_) | Document::RequestLetter(_) | Document::Report(_) => 10_000,
        Document::EvidenceList(_) | Document::ChangeHistory(_) => 2_000,
        Document::InspectionCover(_) => 1_000,
        Document::ContactChart(_) | Document::Diagram(_) | Document::Ledger(_) => 300,
        Document::EmergencySheet(_) => 200,
        Document::MemberMatrix(_) => 120,
    }
}

/// Longest run of characters without a place to break that any column but the narrow ones, which
/// the templates care for, holds. Longer than every word of the data model, which must stay whole.
const UNBROKEN_CHARACTERS: usize = 24;

/// The geta mark, by which Japanese printing has always shown a missing type.
const MISSING: char = '〓';

pub(super) fn of(document: &Document, typesetter: &Typesetter) -> Result<Vec<u8>, DocumentError> {
    let language = document.imprint().language;
    let mut value = serde_json::to_value(document)?;
    let mut words = Words {
        text_characters: text_characters(document),
        total_characters: 0,
        language,
        dates: Map::new(),
        moments: Map::new(),
    };
    clean(&mut value, typesetter, &mut words);
    if words.total_characters > TOTAL_CHARACTERS {
        return Err(DocumentError::TooMuchText {
            actual: words.total_characters,
            limit: TOTAL_CHARACTERS,
        });
    }
    let (fiscal_year, has_unverified) = match document {
        Document::Sheet(sheet) => (Some(sheet.fiscal_year), sheet.has_unverified_wording()),
        Document::EvidenceList(list) => (Some(list.fiscal_year), false),
        Document::ChangeHistory(history) => (Some(history.fiscal_year), false),
        Document::InspectionCover(cover) => (Some(cover.fiscal_year), false),
        Document::MemberMatrix(matrix) => (Some(matrix.fiscal_year), false),
        Document::ContactChart(_)
        | Document::EmergencySheet(_)
        | Document::RequestLetter(_)
        | Document::Diagram(_)
        | Document::Ledger(_)
        | Document::Report(_) => (None, false),
    };
    Ok(serde_json::to_vec(&json!({
        "document": value,
        "labels": labels::of(language)?,
        "dates": words.dates,
        "moments": words.moments,
        "fiscal_year": fiscal_year.map(|year| fiscal_year_label(year, language)),
        "has_unverified": has_unverified,
    }))?)
}

fn fiscal_year_label(year: FiscalYear, language: Language) -> String {
    match language {
        Language::Japanese => year.label_ja(),
        Language::English => year.label_en(),
    }
}

struct Words {
    text_characters: usize,
    total_characters: usize,
    language: Language,
    dates: Map<String, Value>,
    moments: Map<String, Value>,
}

impl Words {
    /// Notes how a text is to be printed if it is a date or a moment, and says whether it is one.
    /// A user's text that happens to be one is noted too, which does no harm: only date fields are
    /// looked up.
    fn note(&mut self, text: &str) -> bool {
        if let Some(date) = parse_date(text) {
            let short = match self.language {
                Language::Japanese => format_japanese_short(date),
                Language::English => text.to_owned(),
            };
            self.dates.insert(
                text.to_owned(),
                json!({ "long": self.language.date(date), "short": short }),
            );
            return true;
        }
        if text.len() >= 20
            && text.as_bytes().get(10) == Some(&b'T')
            && let Ok(instant) = Instant::parse_rfc3339(text)
        {
            let day = match self.language {
                Language::Japanese => format_japanese_weekday(instant.jst_date()),
                Language::English => format_english_weekday(instant.jst_date()),
            };
            self.moments
                .insert(text.to_owned(), json!([day, format_time_of_day(instant)]));
            return true;
        }
        false
    }
}

fn clean(value: &mut Value, typesetter: &Typesetter, words: &mut Words) {
    match value {
        Value::String(text) => {
            if !words.note(text) {
                let cut = truncated(text, words.text_characters, CUT);
                *text = printable(&cut, |character| typesetter.covers(character));
                words.total_characters += text.chars().count();
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| clean(value, typesetter, words)),
        Value::Object(fields) => {
            fields
                .values_mut()
                .for_each(|value| clean(value, typesetter, words));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text that can be set: composed characters, no controls, a mark for each character that the
/// typeface lacks, a place to break in words that no line could hold.
fn printable(text: &str, covers: impl Fn(char) -> bool) -> String {
    let text: String = without_controls(text).nfc().collect();
    let mut printable = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars() {
        let character = match character {
            '\n' => '\n',
            '\t' => ' ',
            // Spaces of other widths, which a typeface need not have.
            _ if character.is_whitespace() && character != '\u{3000}' => ' ',
            _ if covers(character) => character,
            // What is set on the character before it: that character alone is still legible.
            _ if unicode_normalization::char::is_combining_mark(character) => continue,
            _ => MISSING,
        };
        if character.is_whitespace() || breaks_anywhere(character) {
            flush(&mut run, &mut printable);
            printable.push(character);
        } else {
            run.push(character);
        }
    }
    flush(&mut run, &mut printable);
    printable
}

fn flush(run: &mut String, printable: &mut String) {
    if run.chars().count() > UNBROKEN_CHARACTERS {
        for (index, character) in run.chars().enumerate() {
            if index > 0 {
                printable.push('\u{200B}');
            }
            printable.push(character);
        }
    } else {
        printable.push_str(run);
    }
    run.clear();
}

/// Between kana and kanji a line can break anywhere; everything else may form long words.
fn breaks_anywhere(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_but_emoji(character: char) -> bool {
        u32::from(character) < 0x1_0000 && !('\u{E000}'..='\u{F8FF}').contains(&character)
    }

    #[test]
    fn what_the_typeface_lacks_becomes_a_geta_mark() {
        assert_eq!(
            printable("外字\u{E000}と😀と👨‍👩‍👧", all_but_emoji),
            "外字〓と〓と〓〓〓"
        );
        assert_eq!(printable("か\u{3099}き", all_but_emoji), "がき");
        assert_eq!(printable("a\u{A0}b\u{2003}c", all_but_emoji), "a b c");
    }

    #[test]
    fn a_long_word_gets_places_to_break_and_a_short_one_none() {
        let text = printable(&"x".repeat(30), all_but_emoji);
        assert_eq!(text.matches('\u{200B}').count(), 29);
        assert_eq!(printable("administrator", all_but_emoji), "administrator");
        assert_eq!(printable(&"漢".repeat(60), all_but_emoji), "漢".repeat(60));
    }

    #[test]
    fn dates_and_moments_are_put_into_words() {
        let mut words = Words {
            text_characters: 100,
            total_characters: 0,
            language: Language::Japanese,
            dates: Map::new(),
            moments: Map::new(),
        };
        assert!(words.note("2026-11-21"));
        assert!(words.note("2026-11-21T00:05:00Z"));
        assert!(words.note("2026-11-21T00:05:00.123456Z"));
        assert!(!words.note("2026-11-21Tあああああああああ"));
        assert!(!words.note("普通の文"));
        assert_eq!(words.dates["2026-11-21"]["long"], "令和8年11月21日");
        assert_eq!(words.dates["2026-11-21"]["short"], "R8.11.21");
        assert_eq!(
            words.moments["2026-11-21T00:05:00Z"],
            json!(["令和8年11月21日(土)", "9:05"])
        );
        assert_eq!((words.dates.len(), words.moments.len()), (1, 2));
    }
}
