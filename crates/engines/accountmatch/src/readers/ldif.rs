//! LDIF (RFC 2849): entries of Active Directory as `ldifde` writes them, and of other directories
//! as `ldapsearch` does.
//!
//! Continued lines, base64 values, comments and several values are read; values from a URL
//! (`:<`) are never fetched.

use std::collections::BTreeMap;

use base64::Engine as _;

use super::entry::{Entry, Surroundings};
use super::{File, Making};
use crate::limits::Options;
use crate::problem::{Place, ReadError, Reason};

pub(crate) fn looks_like(head: &str) -> bool {
    head.lines()
        .map(str::trim_start)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .is_some_and(|line| {
            let lower = line.get(..8).unwrap_or(line).to_ascii_lowercase();
            lower.starts_with("dn:") || lower.starts_with("version:")
        })
}

/// The entries of a text.
pub(crate) struct Entries<'a> {
    lines: std::iter::Peekable<Box<dyn Iterator<Item = (u64, &'a str)> + 'a>>,
    file: &'a str,
    limit: usize,
    values: usize,
    /// What was set aside since it was last asked.
    pub(crate) problems: Vec<(Place, Reason)>,
    ends_with_line: bool,
}

impl<'a> Entries<'a> {
    pub(crate) fn of(content: &'a str, file: &'a str, options: &Options) -> Self {
        let lines: Box<dyn Iterator<Item = (u64, &'a str)> + 'a> =
            Box::new((1_u64..).zip(content.lines()));
        Self {
            lines: lines.peekable(),
            file,
            limit: options.limits.columns,
            values: options.limits.values,
            problems: Vec::new(),
            ends_with_line: content.ends_with('\n'),
        }
    }

    /// Whether the text stops without the end of its last line.
    pub(crate) fn is_cut_off(&self) -> bool {
        !self.ends_with_line
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let mut entry: Option<Entry> = None;
        while let Some((number, text)) = self.lines.peek().copied() {
            let lower = text.get(..3).unwrap_or_default().to_ascii_lowercase();
            // Some tools leave out the empty line between entries.
            if entry.is_some() && lower == "dn:" {
                return entry;
            }
            self.lines.next();
            let mut line = text.to_owned();
            while let Some((_, rest)) = self.lines.peek() {
                let Some(rest) = rest.strip_prefix(' ') else {
                    break;
                };
                if line.len() < 1 << 20 {
                    line.push_str(rest);
                }
                self.lines.next();
            }
            if line.trim().is_empty() {
                if entry.is_some() {
                    return entry;
                }
                continue;
            }
            if line.starts_with('#') || line == "-" {
                continue;
            }
            let place = Place::row(self.file, number);
            let Some((name, value)) = line.split_once(':') else {
                self.problems.push((
                    place,
                    Reason::Malformed {
                        what: "line of the form name: value".to_owned(),
                        value: crate::text::excerpt(&line),
                    },
                ));
                continue;
            };
            // Options such as `;range=0-1499` say nothing of the meaning.
            let name = name.split(';').next().unwrap_or(name).trim();
            if name.len() > 128 || value.starts_with('<') {
                continue;
            }
            let value = if let Some(encoded) = value.strip_prefix(':') {
                let compact: String = encoded.split_whitespace().collect();
                if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(compact) {
                    bytes
                } else {
                    self.problems.push((
                        place.field(name),
                        Reason::Malformed {
                            what: "base64 value".to_owned(),
                            value: crate::text::excerpt(encoded),
                        },
                    ));
                    continue;
                }
            } else {
                value.trim_start().as_bytes().to_vec()
            };
            let name = name.to_ascii_lowercase();
            if name == "dn" {
                entry = Some(Entry {
                    dn: String::from_utf8_lossy(&value).into_owned(),
                    place,
                    values: BTreeMap::new(),
                });
            } else if let Some(entry) = &mut entry
                && (entry.values.len() < self.limit || entry.values.contains_key(&name))
            {
                let values = entry.values.entry(name).or_default();
                if values.len() < self.values {
                    values.push(value);
                }
            }
        }
        entry
    }
}

pub(super) fn read_accounts(files: &[File<'_>], making: &mut Making<'_>) -> Result<(), ReadError> {
    let mut surroundings = Surroundings::default();
    let mut people = Vec::new();
    let mut seen = false;
    for file in files {
        let content = making.decode(file.bytes, file.name);
        let mut entries = Entries::of(&content, file.name, making.options);
        while let Some(entry) = entries.next() {
            making.tick()?;
            for (place, reason) in entries.problems.drain(..) {
                making.problems.push(place, reason);
            }
            seen = true;
            surroundings.note(&entry);
            if entry.is_account() {
                if people.len() >= making.options.limits.records {
                    return Err(ReadError::TooMany {
                        limit: making.options.limits.records,
                    });
                }
                people.push(entry);
            }
        }
        if entries.is_cut_off() {
            making.list.cut_off = true;
            making.problems.push(
                Place {
                    sheet: Some(file.name.to_owned()),
                    ..Place::default()
                },
                Reason::CutOff,
            );
        }
    }
    if !seen {
        return Err(ReadError::NotThisKind {
            expected: "LDIF".to_owned(),
            hint: "make it with: ldifde -r \"(objectCategory=person)\" -f accounts.ldf".to_owned(),
        });
    }
    surroundings.accounts(people, making)
}
