use std::collections::HashMap;
use std::time::Instant;

use crate::limits::Options;
use crate::model::{ADMINISTRATOR_GROUPS, Account, AccountList, SourceFormat};
use crate::problem::{Place, Problem, ReadError, Reason};
use crate::text;

/// A list of accounts in the making: counts against the bounds and keeps problems.
pub(crate) struct Making<'a> {
    pub(crate) options: &'a Options,
    pub(crate) list: AccountList,
    pub(crate) problems: Problems,
    positions: HashMap<String, usize>,
    clock: Clock,
}

/// Problems up to a bound, further ones counted.
#[derive(Default)]
pub(crate) struct Problems {
    pub(crate) kept: Vec<Problem>,
    pub(crate) further: u64,
    limit: usize,
}

impl Problems {
    pub(crate) fn up_to(limit: usize) -> Self {
        Self {
            kept: Vec::new(),
            further: 0,
            limit,
        }
    }

    pub(crate) fn push(&mut self, place: Place, reason: Reason) {
        if self.kept.len() < self.limit {
            self.kept.push(Problem { place, reason });
        } else {
            self.further = self.further.saturating_add(1);
        }
    }

    pub(crate) fn malformed(&mut self, place: &Place, field: &str, value: &str) {
        self.push(
            place.field(field),
            Reason::Malformed {
                what: field.to_owned(),
                value: text::excerpt(value),
            },
        );
    }

    /// The text without white space and control characters, where it is neither empty nor
    /// beyond the bound.
    pub(crate) fn text(
        &mut self,
        options: &Options,
        place: &Place,
        field: &str,
        value: &str,
    ) -> Option<String> {
        let value = value.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
        if value.is_empty() {
            return None;
        }
        let limit = options.limits.text_characters;
        if value.len() > limit && value.chars().count() > limit {
            self.push(
                place.field(field),
                Reason::TooLong {
                    what: field.to_owned(),
                    limit,
                },
            );
            return None;
        }
        if value.contains(char::is_control) {
            let clean: String = value
                .chars()
                .map(|letter| if letter.is_control() { ' ' } else { letter })
                .collect();
            return Some(clean.trim().to_owned()).filter(|clean| !clean.is_empty());
        }
        Some(value.to_owned())
    }
}

/// Stops a reading that takes longer than its bound.
pub(crate) struct Clock {
    begun: Instant,
    count: u32,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            begun: Instant::now(),
            count: 0,
        }
    }

    pub(crate) fn tick(&mut self, options: &Options) -> Result<(), ReadError> {
        self.count = self.count.wrapping_add(1);
        if self.count.is_multiple_of(256) && self.begun.elapsed() > options.limits.time {
            return Err(ReadError::TooSlow {
                seconds: options.limits.time.as_secs(),
            });
        }
        Ok(())
    }
}

impl<'a> Making<'a> {
    pub(crate) fn new(format: SourceFormat, options: &'a Options) -> Self {
        Self {
            options,
            list: AccountList {
                format,
                accounts: Vec::new(),
                lockout: None,
                problems: Vec::new(),
                further_problems: 0,
                cut_off: false,
            },
            problems: Problems::up_to(options.limits.problems),
            positions: HashMap::new(),
            clock: Clock::start(),
        }
    }

    pub(crate) fn tick(&mut self) -> Result<(), ReadError> {
        self.clock.tick(self.options)
    }

    pub(crate) fn text(&mut self, place: &Place, field: &str, value: &str) -> Option<String> {
        self.problems.text(self.options, place, field, value)
    }

    pub(crate) fn decode(&mut self, bytes: &[u8], file: &str) -> String {
        let decoded = text::decode(bytes);
        if let Some(encoding) = decoded.lossy {
            let place = Place {
                sheet: Some(file.to_owned()),
                ..Place::default()
            };
            self.problems.push(
                place,
                Reason::Undecodable {
                    encoding: encoding.to_owned(),
                },
            );
        }
        decoded.text
    }

    /// Adds an account; one of the same name before it is replaced, and that is said.
    pub(crate) fn push(&mut self, account: Account) -> Result<(), ReadError> {
        self.tick()?;
        if account.id.is_empty() {
            self.problems.push(
                account.place,
                Reason::Missing {
                    what: "user name".to_owned(),
                },
            );
            return Ok(());
        }
        let limit = self.options.limits.records;
        let key = account.key();
        if let Some(known) = self
            .positions
            .get(&key)
            .and_then(|position| self.list.accounts.get_mut(*position))
        {
            // An empty one was taken out to be completed.
            if !known.id.is_empty() {
                self.problems.push(
                    account.place.clone(),
                    Reason::Duplicate {
                        what: "user name".to_owned(),
                        value: text::excerpt(&account.id),
                    },
                );
            }
            *known = account;
            return Ok(());
        }
        if self.list.accounts.len() >= limit {
            return Err(ReadError::TooMany { limit });
        }
        self.positions.insert(key, self.list.accounts.len());
        self.list.accounts.push(account);
        Ok(())
    }

    /// The account of this name, to add what another file says of it.
    pub(crate) fn named(&mut self, id: &str) -> Option<&mut Account> {
        let position = self.positions.get(&text::identifier(id))?;
        self.list.accounts.get_mut(*position)
    }

    /// Adds groups within the bound, and what of them gives administrator rights.
    pub(crate) fn groups(&mut self, account: &mut Account, groups: Vec<String>) {
        account.groups_known = true;
        account.privileges_known = true;
        let limit = self.options.limits.values;
        for group in groups {
            if account.groups.len() >= limit {
                self.problems.push(
                    account.place.clone(),
                    Reason::TooMany {
                        what: "groups".to_owned(),
                        limit,
                    },
                );
                break;
            }
            if account.groups.contains(&group) {
                continue;
            }
            if administrator_group(&group, self.options) && !account.privileged_by.contains(&group)
            {
                account.privileged_by.push(group.clone());
            }
            account.groups.push(group);
        }
    }

    pub(crate) fn finish(mut self) -> Result<AccountList, ReadError> {
        self.list.accounts.retain(|account| !account.id.is_empty());
        if self.list.accounts.is_empty() {
            return Err(ReadError::NoRecords);
        }
        self.list.problems = self.problems.kept;
        self.list.further_problems = self.problems.further;
        Ok(self.list)
    }
}

/// Whether a group of this name gives administrator rights.
fn administrator_group(name: &str, options: &Options) -> bool {
    let word = text::word(name);
    !word.is_empty()
        && ADMINISTRATOR_GROUPS
            .iter()
            .copied()
            .chain(options.administrator_groups.iter().map(String::as_str))
            .any(|known| text::word(known) == word)
}
