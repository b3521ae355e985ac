//! Factory defaults that are public knowledge: a table of our own, dated, with its sources
//! (`data/factory-defaults.csv`). It is no complete list, and it says nothing of devices whose
//! password is printed on them.

use std::sync::OnceLock;

use crate::classify::{contains_word, fold, surroundings};
use crate::entry::Entry;

/// The day of the table.
pub const AS_OF: &str = "2026-11-22";

const TABLE: &str = include_str!("../data/factory-defaults.csv");
/// Shortest name that a password may be compared with: shorter ones are too short anyway.
const SHORTEST_NAME: usize = 4;

/// A row of the table, folded for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Default {
    /// The vendor or product.
    pub vendor: String,
    /// Words by which titles and groups name it.
    pub words: Vec<String>,
    /// User names that go with it; any where there is none.
    pub users: Vec<String>,
    /// The password.
    pub password: String,
}

/// The table.
pub fn table() -> &'static [Default] {
    static ROWS: OnceLock<Vec<Default>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(TABLE.as_bytes());
        let list = |text: &str| -> Vec<String> {
            let parts = text.split('|').filter(|part| !part.is_empty());
            parts.map(fold).collect()
        };
        reader
            .records()
            .filter_map(Result::ok)
            .filter_map(|row| {
                Some(Default {
                    vendor: row.get(0)?.to_owned(),
                    words: list(row.get(1)?),
                    users: list(row.get(2)?),
                    password: fold(row.get(3)?),
                })
            })
            .collect()
    })
}

/// Whether an entry's password is one with which its device was delivered, or one of its names:
/// a default of the vendor that the entry names, a pair of user and password that is somebody's
/// default, the user name itself, the title, a group or the vendor. Case makes no difference:
/// who tries the one tries the other.
#[must_use]
pub fn is_default(entry: &Entry) -> bool {
    let password = fold(entry.password.reveal());
    if password.is_empty() {
        return false;
    }
    let user = fold(entry.user.reveal());
    if password == user {
        return true;
    }
    let text = surroundings(entry);
    let is_name = text
        .split(|letter: char| letter == '\n' || letter.is_whitespace())
        .chain(text.lines())
        .any(|name| name.chars().count() >= SHORTEST_NAME && name == password);
    is_name
        || table()
            .iter()
            .filter(|row| row.password == password)
            .any(|row| {
                let user_fits = row.users.is_empty() || row.users.contains(&user);
                let named = row.words.iter().any(|word| contains_word(&text, word));
                (named && (user_fits || user.is_empty())) || (user_fits && !row.users.is_empty())
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_whole() {
        let lines = TABLE
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        assert_eq!(table().len(), lines.count() - 1);
        assert!(TABLE.contains(AS_OF));
        for row in table() {
            assert!(!row.vendor.is_empty() && !row.words.is_empty(), "{row:?}");
            assert!(!row.password.is_empty(), "{row:?}");
        }
        for line in TABLE.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let source = line.rsplit(',').next().unwrap();
            assert!(TABLE.contains(&format!("{source} = ")), "{line}");
        }
    }

    fn entry(title: &str, user: &str, password: &str) -> Entry {
        Entry {
            title: title.to_owned(),
            user: user.into(),
            password: password.into(),
            ..Entry::default()
        }
    }

    #[test]
    fn defaults_names_and_user_names_are_recognised() {
        for (title, user, password) in [
            ("iDRAC", "root", "calvin"),
            ("3号機", "root", "calvin"),
            ("DELL サーバ", "", "calvin"),
            ("ルータ", "tanaka", "tanaka"),
            ("CentreCOM SW", "manager", "friend"),
            ("radiology server", "admin", "Radiology"),
            ("ブラザー複合機", "", "initpass"),
        ] {
            assert!(is_default(&entry(title, user, password)), "{title}");
        }
        for (title, user, password) in [
            ("iDRAC", "root", "Kx9!rw-2Lp.Qm7"),
            ("受付", "tanaka", "calvin"),
            ("受付", "tanaka", "tanak"),
            ("受付", "", ""),
        ] {
            assert!(!is_default(&entry(title, user, password)), "{title}");
        }
    }
}
