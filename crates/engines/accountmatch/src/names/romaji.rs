//! Readings in roman letters, whatever the system.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use wana_kana::ConvertJapanese;

use super::{kana, parts};

/// Folds Hepburn and Kunrei, and the writings of long vowels, to one: `Ohno`, `Ōno`, `Oono` and
/// `Ono` are one; so are `shinji`, `sinzi`. Everything but letters is left out.
#[must_use]
pub fn fold_romaji(text: &str) -> String {
    let letters: Vec<u8> = text
        .nfkd()
        .filter_map(|letter| {
            let letter = letter.to_ascii_lowercase();
            letter.is_ascii_lowercase().then_some(letter)
        })
        .filter_map(|letter| u8::try_from(letter).ok())
        .take(128)
        .collect();
    let mut out: Vec<u8> = Vec::with_capacity(letters.len());
    let mut rest = letters.as_slice();
    // The longest first.
    const REWRITTEN: &[(&[u8], &[u8])] = &[
        (b"tsu", b"tu"),
        (b"dzu", b"zu"),
        (b"shi", b"si"),
        (b"chi", b"ti"),
        (b"sh", b"sy"),
        (b"ch", b"ty"),
        (b"fu", b"hu"),
        (b"ji", b"zi"),
        (b"di", b"zi"),
        (b"du", b"zu"),
        (b"ja", b"zya"),
        (b"ju", b"zyu"),
        (b"jo", b"zyo"),
        (b"jya", b"zya"),
        (b"jyu", b"zyu"),
        (b"jyo", b"zyo"),
        (b"wo", b"o"),
    ];
    'letters: while let Some(first) = rest.first().copied() {
        for (from, to) in REWRITTEN {
            if let Some(after) = rest.strip_prefix(*from) {
                out.extend(*to);
                rest = after;
                continue 'letters;
            }
        }
        rest = rest.get(1..).unwrap_or_default();
        match first {
            b'c' if rest.starts_with(b"ch") => out.push(b't'),
            // n before b, m and p is also written m.
            b'm' if matches!(rest.first(), Some(b'b' | b'm' | b'p')) => out.push(b'n'),
            // A long o with h: Ohno, Satoh, but not Ohashi.
            b'h' if out.last() == Some(&b'o')
                && !matches!(rest.first(), Some(b'a' | b'i' | b'u' | b'e' | b'o' | b'y')) => {}
            b'u' if out.last() == Some(&b'o') => {}
            b'o' | b'u' if out.last() == Some(&first) => {}
            _ => out.push(first),
        }
    }
    // The vowels that the rewriting brought together.
    let mut folded: Vec<u8> = Vec::with_capacity(out.len());
    for letter in out {
        match letter {
            b'u' if folded.last() == Some(&b'o') => {}
            b'o' | b'u' if folded.last() == Some(&letter) => {}
            _ => folded.push(letter),
        }
    }
    String::from_utf8(folded).unwrap_or_default()
}

/// The letters of a user name, folded, and whether digits were left out: `suzuki.h2` → `suzukih`.
#[must_use]
pub fn user_name_key(id: &str) -> (String, bool) {
    // The domain says nothing of the person.
    let bare = id.rsplit('\\').next().unwrap_or(id);
    let bare = bare.split('@').next().unwrap_or(bare);
    let digits = bare.chars().any(char::is_numeric);
    (fold_romaji(bare), digits)
}

/// How a user name is made from a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// Both names in full.
    Full,
    /// Family name and initial, in either order.
    FamilyAndInitial,
    /// Given name and the family name's initial.
    GivenAndInitial,
    /// Family name alone.
    Family,
}

/// The user names that a reading in kana gives.
#[derive(Debug, Clone, Default)]
pub struct Romaji {
    /// Folded user names with how they were made.
    pub keys: BTreeSet<(String, Shape)>,
}

impl Romaji {
    /// Of a reading whose family and given name white space divides; another gives only itself.
    #[must_use]
    pub fn of(reading: &str) -> Self {
        let mut keys = BTreeSet::new();
        let Some((family, given)) = parts(reading) else {
            let whole = fold_romaji(&hepburn(reading));
            if whole.len() >= 4 {
                keys.insert((whole, Shape::Full));
            }
            return Self { keys };
        };
        let (family, given) = (hepburn(family), hepburn(given));
        if family.is_empty() || given.is_empty() {
            return Self { keys };
        }
        let mut add = |text: String, shape: Shape| {
            let key = fold_romaji(&text);
            if key.len() >= 3 {
                keys.insert((key, shape));
            }
        };
        add(format!("{family}{given}"), Shape::Full);
        add(format!("{given}{family}"), Shape::Full);
        for initial in initials(&given) {
            add(format!("{family}{initial}"), Shape::FamilyAndInitial);
            add(format!("{initial}{family}"), Shape::FamilyAndInitial);
        }
        for initial in initials(&family) {
            add(format!("{given}{initial}"), Shape::GivenAndInitial);
            add(format!("{initial}{given}"), Shape::GivenAndInitial);
        }
        add(family, Shape::Family);
        Self { keys }
    }
}

fn hepburn(reading: &str) -> String {
    let romaji = kana(reading).to_romaji();
    romaji.chars().filter(char::is_ascii_alphabetic).collect()
}

/// The initials that Hepburn and Kunrei give: c and t for チ, f and h for フ, j and z for ジ.
fn initials(romaji: &str) -> Vec<char> {
    let folded = fold_romaji(romaji);
    let mut initials: Vec<char> = romaji
        .chars()
        .take(1)
        .chain(folded.chars().take(1))
        .collect();
    initials.dedup();
    initials
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_one_reading_fold_to_one() {
        for (one, other) in [
            ("Ohno", "oono"),
            ("Ōno", "ono"),
            ("Satoh", "satou"),
            ("shinji", "sinzi"),
            ("chiba", "tiba"),
            ("tsuda", "tuda"),
            ("fujita", "huzita"),
            ("namba", "nanba"),
            ("jun'ichi", "zyuniti"),
            ("hatchobori", "hattyoubori"),
            ("issho", "issyo"),
            ("Kohei", "kouhei"),
            ("yuuki", "yuki"),
            ("eikichi", "eikiti"),
        ] {
            assert_eq!(fold_romaji(one), fold_romaji(other), "{one} {other}");
        }
        assert_eq!(fold_romaji("Ohashi"), fold_romaji("oohashi"));
        assert_ne!(fold_romaji("Suzuki"), fold_romaji("Sasaki"));
    }

    #[test]
    fn a_reading_gives_the_usual_user_names() {
        let romaji = Romaji::of("スズキ ハナコ");
        for id in [
            "suzuki.h",
            "h-suzuki",
            "hsuzuki",
            "Suzuki_Hanako",
            "hanako.suzuki",
            "suzuki",
            "suzuki.h2",
        ] {
            let (key, _) = user_name_key(id);
            assert!(
                romaji.keys.iter().any(|(known, _)| *known == key),
                "{id} {key}"
            );
        }
        let chieko = Romaji::of("フジモト チエコ");
        for id in [
            "fujimoto.c",
            "hujimoto.t",
            "c.fujimoto",
            "DOMAIN\\fujimoto.c",
            "fujimoto.c@example.jp",
        ] {
            let (key, _) = user_name_key(id);
            assert!(
                chieko.keys.iter().any(|(known, _)| *known == key),
                "{id} {key}"
            );
        }
        let (other, _) = user_name_key("tanaka.h");
        assert!(!romaji.keys.iter().any(|(known, _)| *known == other));
    }
}
