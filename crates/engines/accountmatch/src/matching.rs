//! Which account belongs to whom.
//!
//! What a person confirmed holds. Then identifiers decide: the staff number that the account
//! holds, the mail address, the user name that personnel knows, a user name that is the staff
//! number. Names and readings only *propose*, with their reasons, and two people of one name are
//! never told apart by them.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::model::{Account, AccountKind, Staff};
use crate::names::{self, Romaji};
use crate::text;

/// What a person decided about an account, kept for every later export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is this person's ([`Staff::key`]).
    Person(String),
    /// Used by several people; somebody answers for it.
    Shared(Option<String>),
    /// Of a program; somebody answers for it.
    Service(Option<String>),
    /// Of none of the people on the list.
    Nobody,
}

/// How it is known whose an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A person confirmed it.
    Confirmed,
    /// The staff number that the account holds.
    StaffNumber,
    /// The user name is the staff number, and the names do not speak against it.
    IdIsStaffNumber,
    /// The mail address.
    Mail,
    /// The user name that personnel knows.
    UserName,
}

/// A reason for a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The staff number, but the names differ or two people have it.
    StaffNumber,
    /// The names are one, variants of kanji and width apart.
    Name,
    /// A former name.
    FormerName,
    /// The readings are one.
    Kana,
    /// The user name is family and given name in roman letters.
    UserNameFull,
    /// The user name is the family name with the initial.
    UserNameFamilyInitial,
    /// The user name is the given name with the initial.
    UserNameGivenInitial,
    /// The user name is the family name alone.
    UserNameFamily,
    /// The part of the mail address before the @ does what a user name does.
    MailName,
    /// The departments are one. Says nothing alone.
    Department,
}

impl Rule {
    /// What the rule adds to the score, of 100.
    #[must_use]
    pub fn weight(self) -> u8 {
        match self {
            Self::StaffNumber => 60,
            Self::Name => 70,
            Self::FormerName => 60,
            Self::Kana | Self::UserNameFull => 55,
            Self::MailName => 40,
            Self::UserNameFamilyInitial => 35,
            Self::UserNameGivenInitial => 25,
            Self::UserNameFamily => 15,
            Self::Department => 10,
        }
    }
}

/// Somebody to whom an account may belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Position in the staff list.
    pub staff: usize,
    /// 0 to 100. Not a probability: it only orders what a person is asked.
    pub score: u8,
    /// Why, the heaviest first.
    pub rules: Vec<Rule>,
    /// Others on the list have the same name.
    pub has_namesakes: bool,
}

/// Whose an account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// This person's, by position in the staff list.
    Staff {
        /// Position.
        staff: usize,
        /// How it is known.
        basis: Basis,
        /// The names of both differ, which a changed name explains, and a number given anew.
        names_differ: bool,
    },
    /// Confirmed for somebody whom the list no longer names; the key is kept.
    Gone {
        /// [`Staff::key`] that was confirmed.
        key: String,
    },
    /// Shared or of a program, as confirmed.
    NotPersonal {
        /// Shared or service.
        kind: AccountKind,
        /// Who answers for it, by position; none where nobody does or the one has gone.
        owner: Option<usize>,
    },
    /// Confirmed as nobody's.
    Nobody,
    /// Not known yet: candidates, the best first; none where nobody fits.
    Open {
        /// At most five.
        candidates: Vec<Candidate>,
    },
}

/// People, indexed once and asked for every account of every source.
#[derive(Debug)]
pub struct Directory<'a> {
    staff: &'a [Staff],
    by_key: HashMap<&'a str, usize>,
    by_number: HashMap<String, Vec<usize>>,
    by_bare_number: HashMap<String, Vec<usize>>,
    by_mail: HashMap<String, Vec<usize>>,
    by_user_name: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<(usize, Rule)>>,
    by_kana: HashMap<String, Vec<usize>>,
    by_romaji: HashMap<String, Vec<(usize, Rule)>>,
    departments: Vec<Option<String>>,
    namesakes: Vec<bool>,
}

impl<'a> Directory<'a> {
    /// Indexes the people.
    #[must_use]
    pub fn of(staff: &'a [Staff]) -> Self {
        let mut directory = Self {
            staff,
            by_key: HashMap::with_capacity(staff.len()),
            by_number: HashMap::with_capacity(staff.len()),
            by_bare_number: HashMap::new(),
            by_mail: HashMap::new(),
            by_user_name: HashMap::new(),
            by_name: HashMap::with_capacity(staff.len()),
            by_kana: HashMap::with_capacity(staff.len()),
            by_romaji: HashMap::with_capacity(staff.len() * 6),
            departments: Vec::with_capacity(staff.len()),
            namesakes: vec![false; staff.len()],
        };
        for (index, person) in staff.iter().enumerate() {
            directory.by_key.insert(&person.key, index);
            if let Some(number) = &person.number {
                let number = text::identifier(number);
                let bare = number.trim_start_matches('0').to_owned();
                if !bare.is_empty() {
                    directory
                        .by_bare_number
                        .entry(bare)
                        .or_default()
                        .push(index);
                }
                directory.by_number.entry(number).or_default().push(index);
            }
            if let Some(mail) = &person.mail {
                directory
                    .by_mail
                    .entry(text::identifier(mail))
                    .or_default()
                    .push(index);
            }
            for name in &person.user_names {
                directory
                    .by_user_name
                    .entry(text::identifier(name))
                    .or_default()
                    .push(index);
            }
            for (position, name) in names::writings(person).into_iter().enumerate() {
                let rule = if position == 0 {
                    Rule::Name
                } else {
                    Rule::FormerName
                };
                directory
                    .by_name
                    .entry(name)
                    .or_default()
                    .push((index, rule));
            }
            if let Some(reading) = &person.kana {
                let folded = names::kana(reading);
                if folded.chars().count() >= 3 {
                    directory.by_kana.entry(folded).or_default().push(index);
                }
                for (key, shape) in Romaji::of(reading).keys {
                    directory
                        .by_romaji
                        .entry(key)
                        .or_default()
                        .push((index, shape.into()));
                }
            }
            // A list or system in roman letters.
            if person.name.is_ascii()
                && let Some((family, given)) = names::parts(&person.name)
            {
                for whole in [format!("{family}{given}"), format!("{given}{family}")] {
                    let key = names::fold_romaji(&whole);
                    if key.len() >= 4 {
                        let rule = (index, Rule::UserNameFull);
                        directory.by_romaji.entry(key).or_default().push(rule);
                    }
                }
            }
            directory
                .departments
                .push(person.department.as_deref().map(text::word));
        }
        for found in directory.by_name.values() {
            let mut people: Vec<usize> = found.iter().map(|(index, _)| *index).collect();
            people.sort_unstable();
            people.dedup();
            if people.len() > 1 {
                for index in people {
                    if let Some(mark) = directory.namesakes.get_mut(index) {
                        *mark = true;
                    }
                }
            }
        }
        directory
    }

    /// The people that were indexed.
    #[must_use]
    pub fn staff(&self) -> &'a [Staff] {
        self.staff
    }

    /// Position of the person with the key.
    #[must_use]
    pub fn position(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// Whose the account is. `decision` is what a person decided, `refused` the keys of those
    /// whom a person has said no to.
    #[must_use]
    pub fn owner(
        &self,
        account: &Account,
        decision: Option<&Decision>,
        refused: &[String],
    ) -> Owner {
        if let Some(decision) = decision {
            return self.decided(account, decision);
        }
        if let Some((staff, basis)) = self.identified(account)
            && !self.is_refused(staff, refused)
        {
            return Owner::Staff {
                staff,
                basis,
                names_differ: self.names_differ(account, staff),
            };
        }
        Owner::Open {
            candidates: self.candidates(account, refused),
        }
    }

    fn decided(&self, account: &Account, decision: &Decision) -> Owner {
        let answers = |key: &Option<String>| key.as_deref().and_then(|key| self.position(key));
        match decision {
            Decision::Person(key) => match self.position(key) {
                Some(staff) => Owner::Staff {
                    staff,
                    basis: Basis::Confirmed,
                    names_differ: self.names_differ(account, staff),
                },
                None => Owner::Gone { key: key.clone() },
            },
            Decision::Shared(key) => Owner::NotPersonal {
                kind: AccountKind::Shared,
                owner: answers(key),
            },
            Decision::Service(key) => Owner::NotPersonal {
                kind: AccountKind::Service,
                owner: answers(key),
            },
            Decision::Nobody => Owner::Nobody,
        }
    }

    fn is_refused(&self, staff: usize, refused: &[String]) -> bool {
        self.staff
            .get(staff)
            .is_some_and(|person| refused.contains(&person.key))
    }

    /// The one person that an identifier names.
    fn identified(&self, account: &Account) -> Option<(usize, Basis)> {
        let only = |found: Option<&Vec<usize>>| match found.map(Vec::as_slice) {
            Some([one]) => Some(*one),
            _ => None,
        };
        if let Some(number) = &account.staff_number {
            let number = text::identifier(number);
            if let Some(found) = self.by_number.get(&number) {
                // Two people under one number: neither is chosen.
                return only(Some(found)).map(|staff| (staff, Basis::StaffNumber));
            }
            // Spreadsheet programs drop leading zeros.
            if let Some(staff) = only(self.by_bare_number.get(number.trim_start_matches('0')))
                && !self.names_differ(account, staff)
            {
                return Some((staff, Basis::StaffNumber));
            }
        }
        if let Some(staff) = account
            .mail
            .as_ref()
            .and_then(|mail| only(self.by_mail.get(&text::identifier(mail))))
        {
            return Some((staff, Basis::Mail));
        }
        let id = account.key();
        let bare = id.rsplit('\\').next().unwrap_or(&id);
        let bare = bare.split('@').next().unwrap_or(bare);
        if let Some(staff) = only(self.by_user_name.get(bare)) {
            return Some((staff, Basis::UserName));
        }
        // A number may be somebody else's by chance: a name must agree.
        let staff = only(self.by_number.get(bare))?;
        (account.name.is_some() && !self.names_differ(account, staff))
            .then_some((staff, Basis::IdIsStaffNumber))
    }

    /// Whether the account shows a name that is none of the person's.
    fn names_differ(&self, account: &Account, staff: usize) -> bool {
        let (Some(shown), Some(person)) = (&account.name, self.staff.get(staff)) else {
            return false;
        };
        let folded = names::folded(shown);
        if folded.is_empty() || names::writings(person).contains(&folded) {
            return false;
        }
        if let Some(reading) = &person.kana {
            if names::kana(reading) == names::kana(shown) {
                return false;
            }
            if shown.is_ascii() {
                let key = names::fold_romaji(shown);
                return !Romaji::of(reading)
                    .keys
                    .iter()
                    .any(|(known, _)| *known == key);
            }
        } else if shown.is_ascii() != person.name.is_ascii() {
            // Nothing to compare roman letters with.
            return false;
        }
        true
    }

    fn candidates(&self, account: &Account, refused: &[String]) -> Vec<Candidate> {
        let mut found: BTreeMap<usize, Vec<Rule>> = BTreeMap::new();
        let mut add = |staff: usize, rule: Rule| {
            let rules = found.entry(staff).or_default();
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        };
        let id = account.key();
        for number in account
            .staff_number
            .iter()
            .map(|number| text::identifier(number))
            .chain([id])
        {
            for staff in self.by_number.get(&number).into_iter().flatten() {
                add(*staff, Rule::StaffNumber);
            }
        }
        if let Some(name) = &account.name {
            let (_, former) = names::split_former(name);
            for writing in [name].into_iter().chain(&former) {
                for (staff, rule) in self
                    .by_name
                    .get(&names::folded(writing))
                    .into_iter()
                    .flatten()
                {
                    add(*staff, *rule);
                }
            }
            if name.is_ascii() {
                for (staff, rule) in self
                    .by_romaji
                    .get(&names::fold_romaji(name))
                    .into_iter()
                    .flatten()
                {
                    add(*staff, *rule);
                }
            }
        }
        for reading in [&account.kana, &account.name].into_iter().flatten() {
            for staff in self
                .by_kana
                .get(&names::kana(reading))
                .into_iter()
                .flatten()
            {
                add(*staff, Rule::Kana);
            }
        }
        let (key, _) = names::user_name_key(&account.id);
        // Shorter ones are initials, which fit anybody.
        if key.len() >= 3 {
            for (staff, rule) in self.by_romaji.get(&key).into_iter().flatten() {
                add(*staff, *rule);
            }
        }
        if let Some((local, _)) = account
            .mail
            .as_deref()
            .and_then(|mail| mail.split_once('@'))
        {
            let mail_key = names::fold_romaji(local);
            if mail_key.len() >= 4 && mail_key != key {
                for (staff, rule) in self.by_romaji.get(&mail_key).into_iter().flatten() {
                    if *rule != Rule::UserNameFamily {
                        add(*staff, Rule::MailName);
                    }
                }
            }
        }
        let department = account.department.as_deref().map(text::word);
        let mut candidates: Vec<Candidate> = found
            .into_iter()
            .filter(|(staff, _)| !self.is_refused(*staff, refused))
            .map(|(staff, mut rules)| {
                if department.is_some() && self.departments.get(staff) == Some(&department) {
                    rules.push(Rule::Department);
                }
                rules.sort_by_key(|rule| (std::cmp::Reverse(rule.weight()), *rule));
                let sum: u32 = rules.iter().map(|rule| u32::from(rule.weight())).sum();
                let has_namesakes = self.namesakes.get(staff).copied().unwrap_or_default();
                let sum = if has_namesakes {
                    sum.saturating_sub(20)
                } else {
                    sum
                };
                Candidate {
                    staff,
                    score: u8::try_from(sum.min(99)).unwrap_or(99),
                    rules,
                    has_namesakes,
                }
            })
            .collect();
        candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.score), candidate.staff));
        candidates.truncate(5);
        candidates
    }
}

impl From<names::Shape> for Rule {
    fn from(shape: names::Shape) -> Self {
        match shape {
            names::Shape::Full => Self::UserNameFull,
            names::Shape::FamilyAndInitial => Self::UserNameFamilyInitial,
            names::Shape::GivenAndInitial => Self::UserNameGivenInitial,
            names::Shape::Family => Self::UserNameFamily,
        }
    }
}

/// What speaks for an account being shared or a program's, where nobody has decided.
#[must_use]
pub fn likely_kind(account: &Account) -> Option<AccountKind> {
    if account.kind.is_some() {
        return account.kind;
    }
    let id = text::word(&account.id);
    let tokens: Vec<String> = account
        .id
        .split(|letter: char| !letter.is_alphanumeric())
        .map(text::word)
        .collect();
    let token = |words: &[&str]| tokens.iter().any(|token| words.contains(&token.as_str()));
    let name = account.name.as_deref().map(text::word).unwrap_or_default();
    let description = account
        .description
        .as_deref()
        .map(text::word)
        .unwrap_or_default();
    let any = |parts: &[&str]| {
        parts
            .iter()
            .any(|part| name.contains(part) || description.contains(part))
    };
    if token(&[
        "svc", "service", "sv", "batch", "backup", "sql", "krbtgt", "daemon", "scan",
    ]) || id.starts_with("svc")
        || id == "krbtgt"
        || any(&[
            "サービス用",
            "連携用",
            "サービスアカウント",
            "serviceaccount",
        ])
    {
        return Some(AccountKind::Service);
    }
    if token(&[
        "shared",
        "kyoyo",
        "kyouyou",
        "common",
        "test",
        "guest",
        "user",
        "admin",
        "administrator",
        "root",
        "nurse",
        "ns",
        "dr",
        "doctor",
        "uketsuke",
        "reception",
        "iji",
        "kensa",
        "byoto",
        "byouto",
        "gairai",
        "yakkyoku",
        "houshasen",
        "hosha",
        "rehabili",
        "demo",
        "training",
        "kenshu",
    ]) || any(&[
        "共用",
        "共有",
        "共通",
        "病棟",
        "受付",
        "外来用",
        "端末用",
        "当直",
        "研修用",
        "テスト",
        "検査室",
        "管理者",
        "ゲスト",
        "shared",
        "guest",
        "組込",
    ]) {
        return Some(AccountKind::Shared);
    }
    None
}
