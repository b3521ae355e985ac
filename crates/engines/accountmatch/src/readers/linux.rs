//! Linux: `passwd`, `shadow` and `group` as files or from `getent`, and `lastlog`, each a file of
//! its own or all in one.
//!
//! Nothing of a password's hash is kept: only whether there is one.

use std::collections::{BTreeMap, HashMap};

use super::{File, Making};
use crate::dates::{self, Order};
use crate::model::{Account, AccountKind, Moment};
use crate::problem::{Place, ReadError};
use crate::text;

/// First number of people's accounts, as distributions set it (`UID_MIN`).
const FIRST_PERSON: u32 = 1_000;

/// A line of seven fields whose third and fourth are numbers.
fn is_passwd(fields: &[&str]) -> bool {
    matches!(fields, [name, _, uid, gid, _, _, _]
        if !name.is_empty() && uid.parse::<u32>().is_ok() && gid.parse::<u32>().is_ok())
}

/// A line of nine fields whose third is a number of days or empty.
fn is_shadow(fields: &[&str]) -> bool {
    matches!(fields, [name, _, days, _, _, _, _, _, _]
        if !name.is_empty() && (days.is_empty() || days.parse::<i64>().is_ok()))
}

fn is_group(fields: &[&str]) -> bool {
    matches!(fields, [name, _, gid, _] if !name.is_empty() && gid.parse::<u32>().is_ok())
}

pub(super) fn looks_like(head: &str) -> bool {
    head.lines()
        .take(200)
        .filter(|line| is_passwd(&line.split(':').collect::<Vec<_>>()))
        .count()
        > 0
}

pub(super) fn read(files: &[File<'_>], making: &mut Making<'_>) -> Result<(), ReadError> {
    let mut people: Vec<(Account, String, u32)> = Vec::new();
    let mut shadows: HashMap<String, (Place, Vec<String>)> = HashMap::new();
    let mut groups: Vec<(String, String, Vec<String>)> = Vec::new();
    let mut sign_ins: BTreeMap<String, Moment> = BTreeMap::new();
    let mut has_lastlog = false;
    for file in files {
        let content = making.decode(file.bytes, file.name);
        let mut in_lastlog = false;
        for (line, number) in content.lines().zip(1_u64..) {
            making.tick()?;
            let place = Place::row(file.name, number);
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') || line.starts_with("==>") {
                in_lastlog = false;
                continue;
            }
            if text::word(line).starts_with("username") && line.contains("Latest")
                || (line.starts_with("ユーザ") && line.contains("最近"))
            {
                (in_lastlog, has_lastlog) = (true, true);
                continue;
            }
            let fields: Vec<&str> = line.split(':').collect();
            if is_passwd(&fields) {
                in_lastlog = false;
                if people.len() >= making.options.limits.records {
                    return Err(ReadError::TooMany {
                        limit: making.options.limits.records,
                    });
                }
                people.extend(person(&fields, &place, making));
            } else if is_shadow(&fields) {
                in_lastlog = false;
                if let Some(name) = fields.first() {
                    let rest = fields.iter().map(|field| (*field).to_owned()).collect();
                    shadows.insert((*name).to_owned(), (place, rest));
                }
            } else if is_group(&fields) {
                in_lastlog = false;
                if let [name, _, gid, members] = fields.as_slice() {
                    let members = members.split(',').filter(|member| !member.is_empty());
                    groups.push((
                        (*name).to_owned(),
                        (*gid).to_owned(),
                        members.map(|member| member.trim().to_owned()).collect(),
                    ));
                }
            } else if in_lastlog {
                if let Some((name, moment)) = last_sign_in(line, making) {
                    sign_ins.insert(name, moment);
                }
            } else {
                making
                    .problems
                    .malformed(&place, "line of passwd, shadow or group", line);
            }
        }
    }
    let mut by_member: HashMap<&str, Vec<String>> = HashMap::new();
    let mut by_number: HashMap<&str, &str> = HashMap::new();
    for (name, gid, members) in &groups {
        by_number.entry(gid).or_insert(name);
        for member in members {
            by_member.entry(member).or_default().push(name.clone());
        }
    }
    for (mut account, gid, uid) in people {
        if !groups.is_empty() {
            let mut names: Vec<String> = by_member
                .get(account.id.as_str())
                .cloned()
                .unwrap_or_default();
            names.extend(by_number.get(gid.as_str()).map(|name| (*name).to_owned()));
            making.groups(&mut account, names);
        }
        if uid == 0 {
            account.privileged_by.insert(0, "uid 0".to_owned());
        }
        if let Some((place, shadow)) = shadows.get(&account.id) {
            apply_shadow(&mut account, place, shadow, making);
        }
        if has_lastlog {
            account.last_sign_in = sign_ins.get(&account.id).copied().unwrap_or(Moment::Never);
        }
        making.push(account)?;
    }
    Ok(())
}

/// An account that a person or program signs in with; those of the system without a shell are
/// left out, as they open nothing.
fn person(
    fields: &[&str],
    place: &Place,
    making: &mut Making<'_>,
) -> Option<(Account, String, u32)> {
    let [name, mark, uid, gid, gecos, _, shell] = fields else {
        return None;
    };
    let uid: u32 = uid.parse().ok()?;
    let no_shell = shell.ends_with("nologin")
        || shell.ends_with("/false")
        || shell.ends_with("/sync")
        || shell.ends_with("/shutdown")
        || shell.ends_with("/halt");
    if no_shell && uid != 0 && !(FIRST_PERSON..60_000).contains(&uid) {
        return None;
    }
    let full = gecos.split(',').next().unwrap_or_default();
    let mut account = Account {
        id: making.text(place, "name", name)?,
        name: making.text(place, "full name", full),
        stable_id: Some(format!("uid {uid}")),
        kind: (uid != 0 && uid < FIRST_PERSON).then_some(AccountKind::Service),
        place: place.clone(),
        ..Account::default()
    };
    if no_shell || mark.starts_with('!') || *mark == "*" {
        account.enabled = Some(false);
    }
    if mark.is_empty() {
        account.password_not_required = Some(true);
        account.enabled = Some(!no_shell);
    }
    Some((account, (*gid).to_owned(), uid))
}

fn apply_shadow(account: &mut Account, place: &Place, shadow: &[String], making: &mut Making<'_>) {
    let field = |index: usize| shadow.get(index).map_or("", |field| field.trim());
    let password = field(1);
    // A locked password still lets keys in; without the file of keys this is what can be said.
    let locked = password.starts_with('!') || password == "*" || password == "*LK*";
    if account.enabled != Some(false) {
        account.enabled = Some(!locked);
    }
    account.password_not_required = Some(password.is_empty());
    let mut days = |index: usize, what: &str| {
        let value = field(index);
        if value.is_empty() {
            return None;
        }
        let days = value.parse::<i64>().ok();
        if days.is_none() {
            making.problems.malformed(place, what, value);
        }
        days
    };
    account.password_set = match days(2, "last change") {
        Some(0) | None => Moment::NotKnown,
        Some(days) => dates::epoch_days(days).map_or(Moment::NotKnown, Moment::At),
    };
    account.password_never_expires =
        Some(!days(4, "maximum age").is_some_and(|days| (0..99_999).contains(&days)));
    account.expires = match days(7, "expiry") {
        None | Some(-1) => Moment::Never,
        Some(days) => dates::epoch_days(days).map_or(Moment::NotKnown, Moment::At),
    };
}

/// `suzuki  pts/0  10.0.0.1  Sat Nov 21 19:30:00 +0900 2026`, `root  **Never logged in**`.
fn last_sign_in(line: &str, making: &Making<'_>) -> Option<(String, Moment)> {
    let name = line.split_whitespace().next()?.to_owned();
    if line.contains("**") {
        return Some((name, Moment::Never));
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let tail = words.get(words.len().checked_sub(6)?..)?;
    let [_, month, day, time, offset, year] = tail else {
        return None;
    };
    let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let month = month.trim_end_matches('月').to_ascii_lowercase();
    let number = match month.parse::<usize>() {
        Ok(number) => number,
        Err(_) => months.iter().position(|name| *name == month)? + 1,
    };
    let (hours, minutes) = offset.split_at_checked(3)?;
    let day = day.trim_end_matches('日');
    let text = format!("{year}-{number:02}-{day:0>2}T{time}{hours}:{minutes}");
    let at = dates::moment(&text, making.options.local_offset, Order::MonthFirst)?;
    Some((name, Moment::At(at)))
}
