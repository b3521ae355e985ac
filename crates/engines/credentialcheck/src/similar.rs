//! Families of passwords that differ by little.
//!
//! Two passwords are of one family where they share a stem once digits and symbols around it are
//! dropped (`Yagura2024`, `yagura2025!`), where they are the same but for numbers in them
//! (`Ward1-Pass`, `Ward2-Pass`), or where dropping at most one character of each makes them equal
//! (`Kaigo#Lab7x`, `Kaigo$Lab7x`). Each password leaves its keys in a table, so that nothing is
//! compared with everything: ten thousand passwords are a matter of tens of milliseconds. The
//! table holds keyed hashes, no text, and is dropped with the call.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use zeroize::Zeroizing;

/// Fewest letters of a stem.
const SHORTEST_STEM: usize = 4;
/// Shortest password of which one character may differ; of shorter ones too much would be alike.
const SHORTEST: usize = 6;
/// Longest password that is compared by single characters: the work grows with the square.
const LONGEST: usize = 128;

/// Families with at least two members, as places in `passwords`, each sorted. The passwords
/// should be distinct: equal ones are of one family too.
#[must_use]
pub fn families(passwords: &[&str]) -> Vec<Vec<usize>> {
    let hasher = RandomState::new();
    let mut sets = Sets::new(passwords.len());
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let mut meet = |key: u64, place: usize| {
        let first = *seen.entry(key).or_insert(place);
        sets.join(first, place);
    };
    for (place, password) in passwords.iter().enumerate() {
        let lower: Zeroizing<String> = Zeroizing::new(password.to_lowercase());
        let stem = lower.trim_matches(|letter: char| !letter.is_alphabetic());
        if stem.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST_STEM {
            meet(hasher.hash_one(("stem", stem)), place);
            let numbered = without_numbers(&lower);
            meet(hasher.hash_one(("numbered", numbered.as_str())), place);
        }
        let letters: Zeroizing<Vec<char>> = Zeroizing::new(password.chars().collect());
        if (SHORTEST..=LONGEST).contains(&letters.len()) {
            meet(hasher.hash_one(("dropped", letters.as_slice())), place);
            let mut rest: Zeroizing<Vec<char>> =
                Zeroizing::new(letters.iter().skip(1).copied().collect());
            meet(hasher.hash_one(("dropped", rest.as_slice())), place);
            for (dropped, letter) in letters.iter().enumerate().take(letters.len() - 1) {
                if let Some(slot) = rest.get_mut(dropped) {
                    *slot = *letter;
                }
                meet(hasher.hash_one(("dropped", rest.as_slice())), place);
            }
        }
    }
    sets.families()
}

/// Every run of digits as one mark.
fn without_numbers(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    for letter in text.chars() {
        if !letter.is_numeric() {
            out.push(letter);
        } else if !out.ends_with('0') {
            out.push('0');
        }
    }
    out
}

/// Disjoint sets.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut place: usize) -> usize {
        loop {
            let Some(&parent) = self.0.get(place) else {
                return place;
            };
            if parent == place {
                return place;
            }
            let above = self.0.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.0.get_mut(place) {
                *slot = above;
            }
            place = above;
        }
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(slot) = self.0.get_mut(one.max(other)) {
            *slot = one.min(other);
        }
    }

    fn families(mut self) -> Vec<Vec<usize>> {
        let mut by_root: std::collections::BTreeMap<usize, Vec<usize>> =
            std::collections::BTreeMap::new();
        for place in 0..self.0.len() {
            let root = self.root(place);
            by_root.entry(root).or_default().push(place);
        }
        by_root.retain(|_, members| members.len() > 1);
        by_root.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counters_numbers_and_single_characters_make_a_family() {
        let passwords = [
            "Yagura2024",
            "yagura2025!",
            "Ward1-Pass",
            "Ward22-Pass",
            "Kq#9tLm2",
            "Kq$9tLm2",
            "Kq$9tLm23",
            "tR4!wzPQ0xy",
            "12",
            "13",
        ];
        assert_eq!(
            families(&passwords),
            [vec![0, 1], vec![2, 3], vec![4, 5, 6]]
        );
    }

    #[test]
    fn nothing_is_a_family_of_its_own() {
        assert!(families(&[]).is_empty());
        assert!(families(&["", "a", "1234"]).is_empty());
    }

    /// Whether dropping at most one character of each makes two equal, by trying all.
    fn within_one(one: &[char], other: &[char]) -> bool {
        let forms = |letters: &[char]| {
            let mut forms = vec![letters.to_vec()];
            for drop in 0..letters.len() {
                let mut rest = letters.to_vec();
                rest.remove(drop);
                forms.push(rest);
            }
            forms
        };
        let others = forms(other);
        forms(one).iter().any(|form| others.contains(form))
    }

    proptest! {
        #[test]
        fn what_differs_by_one_character_is_found_and_nothing_else(
            one in "[!-/]{6,9}", other in "[!-/]{6,9}",
        ) {
            // Symbols only, so that stems play no part.
            let expected = within_one(
                &one.chars().collect::<Vec<_>>(),
                &other.chars().collect::<Vec<_>>(),
            );
            prop_assert_eq!(families(&[&one, &other]).len() == 1, expected);
        }

        #[test]
        fn one_change_is_always_found(text in "\\PC{6,40}", at in 0_usize..40, letter in "\\PC") {
            let mut letters: Vec<char> = text.chars().collect();
            let at = at % letters.len();
            letters[at] = letter.chars().next().unwrap();
            let changed: String = letters.into_iter().collect();
            prop_assert_eq!(families(&[&text, &changed]).len(), 1);
        }
    }
}
