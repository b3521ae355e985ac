//! The contact chart and its rules.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_store::{FromRow, Row, StoreError};

/// The longest short field in characters.
pub const LONGEST_FIELD: usize = 100;
/// The longest note in characters.
pub const LONGEST_NOTE: usize = 500;
/// The longest telephone field in characters: a number, an extension and a word.
pub const LONGEST_PHONE: usize = 60;
/// How many entries a chart holds at most.
pub const MOST_ENTRIES: usize = 200;

/// To which part of the chart an entry belongs, in the order of calling.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// 院内: finder → system staff → safety manager → management.
    #[default]
    Inside,
    /// 保守会社, 事業者: called at once.
    Maintenance,
    /// 警察.
    Police,
    /// 厚生労働省.
    Mhlw,
    /// 個人情報保護委員会.
    Ppc,
    /// 都道府県, 保健所.
    LocalGovernment,
    /// 地域の医療情報ネットワーク, 医師会, 連携先.
    Partners,
    /// 支援窓口: SAJ, JPCERT/CC, IPA, 医療セプター.
    Support,
    /// 保険会社.
    Insurer,
    /// Anybody else.
    Other,
}

impl Category {
    /// Every part, in the order of calling.
    pub const ALL: [Self; 10] = [
        Self::Inside,
        Self::Maintenance,
        Self::Police,
        Self::Mhlw,
        Self::Ppc,
        Self::LocalGovernment,
        Self::Partners,
        Self::Support,
        Self::Insurer,
        Self::Other,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Maintenance => "maintenance",
            Self::Police => "police",
            Self::Mhlw => "mhlw",
            Self::Ppc => "ppc",
            Self::LocalGovernment => "local-government",
            Self::Partners => "partners",
            Self::Support => "support",
            Self::Insurer => "insurer",
            Self::Other => "other",
        }
    }

    /// The part with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.code() == code)
    }

    /// The part to which an office of the national list belongs. Offices that the list gained
    /// after this program was made are among the others.
    #[must_use]
    pub fn of_pack_key(key: &str) -> Self {
        match key {
            "saj" | "jpcert" | "ipa" | "ceptoar" => Self::Support,
            _ => Self::from_code(key).unwrap_or(Self::Other),
        }
    }
}

/// Whom to call: a person inside, or an office outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// Its part of the chart.
    pub category: Category,
    /// Its place within its part; smaller comes first.
    pub position: i64,
    /// For whom this person stands in: a person inside who is nobody's deputy.
    pub deputy_of: Option<Uuid>,
    /// Inside: the role. Outside: empty, or the system that it maintains.
    pub role: String,
    /// The person inside, or the office outside.
    pub name: String,
    /// Inside: the department. Outside: the person in charge.
    pub department: String,
    /// Inside: what this person decides. Outside: when to call.
    pub duty: String,
    /// The number by day.
    pub day_phone: String,
    /// The number by night and on holidays.
    pub night_phone: String,
    /// The mail address.
    pub email: String,
    /// Contract number, opening hours.
    pub note: String,
    /// The office of the national list from which it was taken.
    pub pack_key: Option<String>,
    /// Whether nobody of the institution has confirmed the number with the office.
    pub unverified: bool,
    /// Counts changes, so that the second of two writers is told.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Entry {
    /// Whether there is a number to call.
    #[must_use]
    pub fn has_phone(&self) -> bool {
        !self.day_phone.is_empty() || !self.night_phone.is_empty()
    }
}

impl FromRow for Entry {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let category: String = row.get("category")?;
        Ok(Self {
            id: row.get("id")?,
            category: Category::from_code(&category).ok_or_else(|| StoreError::Column {
                column: "category".to_owned(),
                reason: format!("unknown code {category}"),
            })?,
            position: row.get("position")?,
            deputy_of: row.get("deputy_of")?,
            role: row.get("role")?,
            name: row.get("name")?,
            department: row.get("department")?,
            duty: row.get("duty")?,
            day_phone: row.get("day_phone")?,
            night_phone: row.get("night_phone")?,
            email: row.get("email")?,
            note: row.get("note")?,
            pack_key: row.get("pack_key")?,
            unverified: row.get("unverified")?,
            revision: row.get("revision")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// An entry to be recorded, or what it is to become.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewEntry {
    /// Its id.
    pub id: Uuid,
    /// Its part of the chart.
    pub category: Category,
    /// For whom this person stands in.
    pub deputy_of: Option<Uuid>,
    /// As [`Entry::role`].
    pub role: String,
    /// As [`Entry::name`].
    pub name: String,
    /// As [`Entry::department`].
    pub department: String,
    /// As [`Entry::duty`].
    pub duty: String,
    /// The number by day.
    pub day_phone: String,
    /// The number by night and on holidays.
    pub night_phone: String,
    /// The mail address.
    pub email: String,
    /// Contract number, opening hours.
    pub note: String,
    /// The office of the national list from which it was taken.
    pub pack_key: Option<String>,
    /// Whether nobody of the institution has confirmed the number with the office.
    pub unverified: bool,
}

impl NewEntry {
    /// Whether there is a number to call.
    #[must_use]
    pub fn has_phone(&self) -> bool {
        !self.day_phone.is_empty() || !self.night_phone.is_empty()
    }
}

impl From<&Entry> for NewEntry {
    fn from(entry: &Entry) -> Self {
        let entry = entry.clone();
        Self {
            id: entry.id,
            category: entry.category,
            deputy_of: entry.deputy_of,
            role: entry.role,
            name: entry.name,
            department: entry.department,
            duty: entry.duty,
            day_phone: entry.day_phone,
            night_phone: entry.night_phone,
            email: entry.email,
            note: entry.note,
            pack_key: entry.pack_key,
            unverified: entry.unverified,
        }
    }
}

/// That somebody made sure that the numbers are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The fiscal year in which they did.
    pub fiscal_year: FiscalYear,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: Option<PersonId>,
    /// Their name.
    pub by_name: Option<String>,
}

/// What a chart lacks before it can be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gap {
    /// Nobody inside has a number.
    Inside,
    /// No maintenance company or vendor has a number.
    Maintenance,
    /// The police has no number.
    Police,
    /// The ministry's desk has no number.
    Mhlw,
}

impl Gap {
    /// Every gap.
    pub const ALL: [Self; 4] = [Self::Inside, Self::Maintenance, Self::Police, Self::Mhlw];

    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.category().code()
    }

    /// The part of the chart that lacks a number.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::Inside => Category::Inside,
            Self::Maintenance => Category::Maintenance,
            Self::Police => Category::Police,
            Self::Mhlw => Category::Mhlw,
        }
    }
}

/// A contact chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chart {
    /// Its entries by part and place.
    pub entries: Vec<Entry>,
    /// The last confirmation.
    pub confirmation: Option<Confirmation>,
    /// How many changes were made since.
    pub changed_since: i64,
    /// Counts changes of the whole chart.
    pub revision: i64,
}

impl Chart {
    /// What it lacks: the inside chain and, outside, the vendor, the police and the ministry
    /// (checklist 3-①, 連絡体制図), each with a number.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let reachable = |category| {
            self.entries
                .iter()
                .any(|entry| entry.category == category && entry.has_phone())
        };
        Gap::ALL
            .into_iter()
            .filter(|gap| !reachable(gap.category()))
            .collect()
    }

    /// Whether it was confirmed in a fiscal year.
    #[must_use]
    pub fn confirmed_in(&self, year: FiscalYear) -> bool {
        self.confirmation
            .as_ref()
            .is_some_and(|confirmed| confirmed.fiscal_year == year)
    }

    /// Entries of one part that are nobody's deputy, in order.
    pub fn of(&self, category: Category) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.category == category && entry.deputy_of.is_none())
    }

    /// Who stands in for an entry, in order.
    pub fn deputies_of(&self, id: Uuid) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.deputy_of == Some(id))
    }

    /// How many numbers nobody has confirmed with their office.
    #[must_use]
    pub fn unverified(&self) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.unverified && entry.has_phone())
            .count()
    }

    /// An entry by its id.
    #[must_use]
    pub fn entry(&self, id: Uuid) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

/// Why a text is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// It holds no number that can be dialled.
    #[error("there is no number in it")]
    NoNumber,
    /// It is longer than the field takes.
    #[error("it is longer than {LONGEST_PHONE} characters")]
    TooLong,
}

/// Cleans a telephone field: full-width characters become plain ones; words such as 内線 stay.
/// Empty is no number and no error.
///
/// # Errors
/// [`PhoneError`] saying why it cannot be one.
pub fn read_phone(typed: &str) -> Result<String, PhoneError> {
    let text: String = typed
        .nfkc()
        .filter(|c| !c.is_control())
        .map(|c| {
            if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー') {
                '-'
            } else {
                c
            }
        })
        .collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Ok(text);
    }
    if text.chars().count() > LONGEST_PHONE {
        return Err(PhoneError::TooLong);
    }
    if text.chars().filter(char::is_ascii_digit).count() < 2 {
        return Err(PhoneError::NoNumber);
    }
    Ok(text)
}

/// The address by which a telephone dials a number (RFC 3966); `None` where it cannot be dialled
/// from outside, such as an extension alone.
#[must_use]
pub fn tel_uri(phone: &str) -> Option<String> {
    let start = phone.find(|c: char| c.is_ascii_digit() || c == '+' || c == '#')?;
    // An extension before any number cannot be dialled from a mobile telephone.
    if phone
        .get(..start)
        .is_some_and(|before| before.contains("内線") || before.contains("ext"))
    {
        return None;
    }
    let mut dialled = String::new();
    for c in phone.get(start..)?.chars() {
        match c {
            '0'..='9' => dialled.push(c),
            '+' if dialled.is_empty() => dialled.push(c),
            '#' if dialled.is_empty() => dialled.push_str("%23"),
            '-' | ' ' | '(' | ')' | '.' => {}
            _ => break,
        }
    }
    let digits = dialled
        .trim_start_matches("%23")
        .trim_start_matches('+')
        .len();
    let short = digits >= 3 && (dialled.starts_with('1') || dialled.starts_with("%23"));
    let long = digits >= 9 && (dialled.starts_with('0') || dialled.starts_with('+'));
    (short || long).then(|| format!("tel:{dialled}"))
}

#[cfg(test)]
pub(crate) mod tests_support {
    use super::*;

    /// An entry with a number.
    pub(crate) fn entry(category: Category, phone: &str) -> Entry {
        Entry {
            id: Uuid::from_u128(category as u128 + 1),
            category,
            position: 0,
            deputy_of: None,
            role: String::new(),
            name: "架空".to_owned(),
            department: String::new(),
            duty: String::new(),
            day_phone: phone.to_owned(),
            night_phone: String::new(),
            email: String::new(),
            note: String::new(),
            pack_key: None,
            unverified: false,
            revision: 1,
            updated_at: Instant::from_micros(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tests_support::entry;
    use super::*;

    #[test]
    fn a_chart_needs_the_chain_inside_and_three_numbers_outside() {
        let mut chart = Chart::default();
        assert_eq!(chart.gaps(), Gap::ALL);
        for gap in Gap::ALL {
            assert!(chart.gaps().contains(&gap));
            chart.entries.push(entry(gap.category(), "03-0000-0000"));
            assert!(!chart.gaps().contains(&gap));
        }
        assert!(chart.gaps().is_empty());
        for entry in &mut chart.entries {
            entry.day_phone.clear();
        }
        assert_eq!(
            chart.gaps(),
            Gap::ALL,
            "a name without a number reaches nobody"
        );
        chart.entries[0].night_phone = "内線 10".to_owned();
        assert!(
            !chart.gaps().contains(&Gap::Inside),
            "a number by night is enough"
        );
    }

    #[test]
    fn a_confirmation_holds_for_its_fiscal_year() {
        let year = FiscalYear::new(2026).unwrap();
        let confirmation = Confirmation {
            fiscal_year: year,
            at: Instant::from_micros(0),
            by: None,
            by_name: None,
        };
        let chart = Chart {
            confirmation: Some(confirmation),
            ..Chart::default()
        };
        assert!(chart.confirmed_in(year));
        assert!(!chart.confirmed_in(year.next()) && !chart.confirmed_in(year.previous()));
        assert!(!Chart::default().confirmed_in(year));
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(
            read_phone("０３－６８１２－７８３７").unwrap(),
            "03-6812-7837"
        );
        assert_eq!(read_phone(" 内線　１２３ ").unwrap(), "内線 123");
        assert_eq!(
            read_phone("090ー0000ー0000(院長)").unwrap(),
            "090-0000-0000(院長)"
        );
        assert_eq!(read_phone("").unwrap(), "");
        assert_eq!(read_phone("未定"), Err(PhoneError::NoNumber));
        assert_eq!(read_phone(&"1".repeat(61)), Err(PhoneError::TooLong));
        assert_eq!(
            read_phone("03-1\n<b>").unwrap(),
            "03-1<b>",
            "it is escaped where it is shown"
        );
    }

    #[test]
    fn only_what_can_be_dialled_becomes_a_link() {
        for (phone, uri) in [
            ("03-6812-7837", Some("tel:0368127837")),
            ("(03) 6812-7837 内線 12", Some("tel:0368127837")),
            ("+81 3 6812 7837", Some("tel:+81368127837")),
            ("110", Some("tel:110")),
            ("#9110", Some("tel:%239110")),
            ("代表 03-6812-7837", Some("tel:0368127837")),
            ("内線 123", None),
            ("内線 03-6812-7837", None),
            ("12", None),
            ("12345", Some("tel:12345")),
            ("9999-9999", None),
            ("", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(tel_uri(phone).as_deref(), uri, "{phone}");
        }
    }

    #[test]
    fn offices_of_the_national_list_find_their_part() {
        assert_eq!(Category::of_pack_key("mhlw"), Category::Mhlw);
        assert_eq!(
            Category::of_pack_key("local-government"),
            Category::LocalGovernment
        );
        assert_eq!(Category::of_pack_key("jpcert"), Category::Support);
        assert_eq!(
            Category::of_pack_key("cyber-agency-of-2030"),
            Category::Other
        );
        for category in Category::ALL {
            assert_eq!(Category::from_code(category.code()), Some(category));
        }
    }
}
