//! ISC DHCP, `dhcpd.leases` and `dhcpd6.leases` (dhcpd.leases(5)). The file is a journal: of
//! several leases of one address the last counts.

use std::collections::BTreeMap;
use std::net::IpAddr;

use time::{OffsetDateTime, UtcOffset};

use super::add_client_name;
use crate::limits::Options;
use crate::model::{
    Address, Assignment, Device, Incomplete, Place, Presence, Reason, Report, SourceKind,
};
use crate::readers::{ReadError, Reading, check_size, offset_date_time};

/// Reads the leases.
///
/// # Errors
/// [`ReadError::NotThisKind`] where the file has no lease.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::IscDhcp, options);
    let content = reading.decode(bytes);
    let mut leases: BTreeMap<IpAddr, Lease> = BTreeMap::new();
    let mut open: Vec<Block> = Vec::new();
    let mut blocks = 0_usize;
    let mut current = Lease::default();
    let mut tokens = Tokens::new(&content);
    let mut statement: Vec<String> = Vec::new();
    let mut statement_line = 1;
    while let Some((token, line)) = tokens.next() {
        if statement.is_empty() {
            statement_line = line;
        }
        let place = Place::Line(statement_line);
        match token {
            Token::Word(word) => {
                // No statement of a lease file has more words; the rest of a hostile one is left.
                if statement.len() < 64 {
                    statement.push(word);
                }
            }
            Token::Open => {
                let limit = reading.options.limits.depth;
                if open.len() >= limit {
                    reading.problem(place, Reason::TooDeep { limit });
                    reading.stop(Incomplete::Bound);
                    break;
                }
                let block = Block::of(&statement);
                if let Block::Lease(address) | Block::InnerLease(address) = &block {
                    blocks += 1;
                    current = Lease {
                        line: statement_line,
                        ..Lease::default()
                    };
                    current.address = reading.ip(&place, address);
                } else if matches!(block, Block::Host) {
                    blocks += 1;
                    current = Lease {
                        line: statement_line,
                        reserved: true,
                        name: statement.get(1).cloned().unwrap_or_default(),
                        ..Lease::default()
                    };
                }
                open.push(block);
                statement.clear();
            }
            Token::Close => {
                statement.clear();
                match open.pop() {
                    Some(Block::Lease(_) | Block::InnerLease(_) | Block::Host) => {
                        let lease = std::mem::take(&mut current);
                        if let Some(ip) = lease.address {
                            let known = leases.len();
                            if known >= reading.options.limits.records && !leases.contains_key(&ip)
                            {
                                let limit = reading.options.limits.records;
                                let what = "leases".to_owned();
                                reading.problem(place, Reason::TooMany { what, limit });
                                reading.stop(Incomplete::Bound);
                                break;
                            }
                            leases.insert(ip, lease);
                        }
                    }
                    Some(Block::Other) => {}
                    None => reading.problem(
                        place,
                        Reason::Syntax {
                            detail: "a brace closes that was not opened".to_owned(),
                        },
                    ),
                }
            }
            Token::End => {
                let inside = open.iter().any(|block| !matches!(block, Block::Other));
                if inside {
                    current.statement(&statement, &place, &mut reading);
                }
                statement.clear();
            }
        }
    }
    if blocks == 0 {
        return Err(ReadError::NotThisKind {
            expected: "lease file of ISC DHCP",
            hint: "its records begin with: lease 192.168.1.10 {".to_owned(),
        });
    }
    if !open.is_empty() {
        reading.problem(Place::Line(tokens.line), Reason::CutOff);
        reading.stop(Incomplete::CutOff);
    }
    for (ip, lease) in leases {
        if lease.push(ip, &mut reading) {
            break;
        }
    }
    Ok(reading.finish())
}

enum Block {
    Lease(String),
    InnerLease(String),
    Host,
    Other,
}

impl Block {
    fn of(statement: &[String]) -> Self {
        match statement.first().map(String::as_str) {
            Some("lease") => Self::Lease(statement.get(1).cloned().unwrap_or_default()),
            Some("iaaddr") => Self::InnerLease(statement.get(1).cloned().unwrap_or_default()),
            Some("host") => Self::Host,
            _ => Self::Other,
        }
    }
}

#[derive(Default)]
struct Lease {
    address: Option<IpAddr>,
    line: u64,
    hardware: Option<String>,
    name: String,
    state: Option<String>,
    starts: Option<OffsetDateTime>,
    last_talk: Option<OffsetDateTime>,
    reserved: bool,
    vendor_class: Option<String>,
    deleted: bool,
}

impl Lease {
    fn statement(&mut self, statement: &[String], place: &Place, reading: &mut Reading<'_>) {
        let words: Vec<&str> = statement.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["hardware", "ethernet", address, ..] => self.hardware = Some((*address).to_owned()),
            ["client-hostname", name] => {
                self.name = reading.text(place, "name", name).unwrap_or_default();
            }
            ["ddns-fwd-name", "=", name] | ["set", "ddns-fwd-name", "=", name] => {
                self.name = reading.text(place, "name", name).unwrap_or_default();
            }
            ["binding", "state", state] => self.state = Some((*state).to_owned()),
            ["starts", rest @ ..] => self.starts = moment(rest),
            ["cltt", rest @ ..] => self.last_talk = moment(rest),
            ["fixed-address", address] => self.address = reading.ip(place, address),
            ["reserved"] => self.reserved = true,
            ["deleted"] => self.deleted = true,
            ["set", "vendor-class-identifier", "=", class] => {
                self.vendor_class = reading.text(place, "vendor class", class);
            }
            _ => {}
        }
    }

    /// Whether the bound is reached.
    fn push(self, ip: IpAddr, reading: &mut Reading<'_>) -> bool {
        if self.deleted {
            return false;
        }
        let place = Place::Line(self.line);
        let mut device = Device::default();
        device.add_address(Address {
            ip,
            assignment: if self.reserved {
                Assignment::Static
            } else {
                Assignment::Dynamic
            },
        });
        if let Some(hardware) = &self.hardware
            && let Some(mac) = reading.mac(&place, hardware)
        {
            device.add_mac(mac);
        }
        add_client_name(&mut device, &self.name);
        if let Some(class) = self.vendor_class {
            device.extra.insert("vendor class".to_owned(), class);
        }
        let presence = match self.state.as_deref() {
            Some("active") | None => Presence::Listed,
            Some(_) => Presence::Inactive,
        };
        if device.is_blank() {
            let what = "a usable address".to_owned();
            reading.problem(place, Reason::Missing { what });
            return false;
        }
        let seen_at = self.last_talk.or(self.starts);
        reading.report.taken_at = reading.report.taken_at.max(seen_at);
        reading.push(device, presence, seen_at, place).is_break()
    }
}

/// `4 2026/11/19 10:00:00` in UTC, or `epoch 1763546400`.
fn moment(words: &[&str]) -> Option<OffsetDateTime> {
    match words {
        ["epoch", unix, ..] => OffsetDateTime::from_unix_timestamp(unix.parse().ok()?).ok(),
        [_, date, time, ..] => offset_date_time(&format!("{date} {time}"), UtcOffset::UTC),
        _ => None,
    }
}

enum Token {
    Word(String),
    Open,
    Close,
    End,
}

struct Tokens<'a> {
    characters: std::iter::Peekable<std::str::Chars<'a>>,
    line: u64,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            characters: text.chars().peekable(),
            line: 1,
        }
    }

    fn next(&mut self) -> Option<(Token, u64)> {
        loop {
            let line = self.line;
            let character = self.characters.next()?;
            let token = match character {
                '\n' => {
                    self.line += 1;
                    continue;
                }
                c if c.is_whitespace() => continue,
                '#' => {
                    while self.characters.peek().is_some_and(|c| *c != '\n') {
                        self.characters.next();
                    }
                    continue;
                }
                '{' => Token::Open,
                '}' => Token::Close,
                ';' => Token::End,
                '"' => Token::Word(self.quoted()),
                other => Token::Word(self.bare(other)),
            };
            return Some((token, line));
        }
    }

    /// Texts escape as in C: `\"`, `\\` and three octal digits.
    fn quoted(&mut self) -> String {
        let mut word = String::new();
        while let Some(character) = self.characters.next() {
            match character {
                '"' => break,
                '\n' => {
                    self.line += 1;
                    word.push('\n');
                }
                '\\' => match self.characters.next() {
                    Some(digit @ '0'..='7') => {
                        let mut value = digit.to_digit(8).unwrap_or(0);
                        for _ in 0..2 {
                            let Some(next) = self.characters.peek().and_then(|c| c.to_digit(8))
                            else {
                                break;
                            };
                            value = value * 8 + next;
                            self.characters.next();
                        }
                        word.push(char::from_u32(value & 0xFF).unwrap_or('\u{FFFD}'));
                    }
                    Some(other) => word.push(other),
                    None => break,
                },
                other => word.push(other),
            }
            // A text that is never closed would swallow the file.
            if word.len() > 65_536 {
                break;
            }
        }
        word
    }

    fn bare(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(c) = self.characters.peek() {
            if c.is_whitespace() || matches!(c, '{' | '}' | ';' | '"') || word.len() > 65_536 {
                break;
            }
            word.push(*c);
            self.characters.next();
        }
        word
    }
}
