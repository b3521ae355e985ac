//! Tables whose headings are attributes of Active Directory: `csvde`, and PowerShell's
//! `Get-ADUser -Properties * | Export-Csv`.

use super::entry::{Entry, Surroundings};
use super::{File, Making, account_sheets};
use crate::columns::{AccountField, missing};
use crate::dates::{self, Order};
use crate::model::Moment;
use crate::problem::{Place, ReadError, Reason};
use crate::table::Sheet;
use crate::text;

/// Columns that only a directory has.
const TELLING: &[&str] = &[
    "dn",
    "distinguishedname",
    "useraccountcontrol",
    "objectclass",
    "objectguid",
    "userprincipalname",
    "sid",
];

pub(super) fn fits(sheet: &Sheet) -> bool {
    let words: Vec<String> = sheet
        .headings
        .iter()
        .map(|heading| text::word(heading))
        .collect();
    let telling = words.iter().filter(|word| TELLING.contains(&word.as_str()));
    words.iter().any(|word| word == "samaccountname") && telling.count() >= 1
}

/// What PowerShell writes where a property holds a list.
fn is_type_name(value: &str) -> bool {
    value.starts_with("Microsoft.ActiveDirectory.Management.")
        || value.starts_with("System.String[]")
        || value.starts_with("System.Collections.")
        || value == "System.Byte[]"
}

/// The boolean words of PowerShell, which no language of Windows translates.
pub(super) fn boolean(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

pub(super) fn read(files: &[File<'_>], making: &mut Making<'_>) -> Result<(), ReadError> {
    let mut surroundings = Surroundings::default();
    let mut rows = Vec::new();
    for file in files {
        for sheet in account_sheets(file.bytes, file.name, making.options)? {
            note_sheet(&sheet, making);
            let names: Vec<String> = sheet
                .headings
                .iter()
                .map(|heading| heading.trim().to_ascii_lowercase())
                .collect();
            if !names.iter().any(|name| name == "samaccountname") {
                return Err(missing(&sheet, AccountField::Id));
            }
            let order = order(&sheet);
            let mut told_types: Vec<usize> = Vec::new();
            for (number, cells) in &sheet.rows {
                making.tick()?;
                let place = Place::row(&sheet.name, *number);
                let mut entry = Entry {
                    place: place.clone(),
                    ..Entry::default()
                };
                for (column, name) in names.iter().enumerate() {
                    let value = Sheet::cell(cells, column);
                    if value.is_empty() || name.is_empty() {
                        continue;
                    }
                    if is_type_name(value) {
                        if !told_types.contains(&column) {
                            told_types.push(column);
                            if name == "memberof" {
                                let field = sheet.headings.get(column).cloned().unwrap_or_default();
                                making.problems.push(
                                    place.field(&field),
                                    Reason::TypeName {
                                        field: field.clone(),
                                    },
                                );
                            }
                        }
                        continue;
                    }
                    entry.values.insert(name.clone(), values(name, value));
                }
                if let Some(dn) = entry.one("dn").or_else(|| entry.one("distinguishedname")) {
                    entry.dn = dn;
                }
                surroundings.note(&entry);
                if entry.values.contains_key("samaccountname")
                    && !entry
                        .one("samaccountname")
                        .is_some_and(|name| name.ends_with('$'))
                    && !is_group(&entry)
                {
                    rows.push((entry, order));
                }
            }
        }
    }
    let groups_told = rows
        .iter()
        .any(|(entry, _)| entry.values.contains_key("memberof"))
        || surroundings.has_groups();
    for (entry, order) in rows {
        let mut account = surroundings.account(&entry, groups_told, making);
        // The distinguished name is no help in a table; its row is.
        account.place = entry.place.clone();
        let flag = |name: &str| entry.one(name).and_then(|value| boolean(&value));
        account.enabled = account.enabled.or(flag("enabled"));
        account.password_never_expires = account
            .password_never_expires
            .or(flag("passwordneverexpires"));
        account.password_not_required = account
            .password_not_required
            .or(flag("passwordnotrequired"));
        let moment = |making: &mut Making<'_>, name: &str| {
            let Some(value) = entry.one(name) else {
                return Moment::NotKnown;
            };
            dates::told(&value, making.options.local_offset, order).unwrap_or_else(|| {
                making.problems.malformed(&entry.place, name, &value);
                Moment::NotKnown
            })
        };
        account.last_sign_in = account.last_sign_in.or(moment(making, "lastlogondate"));
        account.password_set = account.password_set.or(moment(making, "passwordlastset"));
        account.expires = account.expires.or(moment(making, "accountexpirationdate"));
        account.created = account.created.or(moment(making, "created"));
        if account.mail.is_none()
            && let Some(mail) = entry.one("emailaddress")
        {
            account.mail = making.text(&entry.place, "EmailAddress", &mail);
        }
        if account.staff_number.is_none() {
            for name in ["employeeid", "employeenumber"] {
                if let Some(number) = entry.one(name) {
                    account.staff_number = making.text(&entry.place, name, &number);
                }
            }
        }
        making.push(account)?;
    }
    Ok(())
}

fn is_group(entry: &Entry) -> bool {
    entry
        .all("objectclass")
        .any(|class| matches!(class.trim(), "group" | "computer" | "contact"))
        || entry.values.contains_key("grouptype")
}

/// csvde divides values by semicolons, also within distinguished names it does not escape; hex
/// is written as X'…'.
fn values(name: &str, value: &str) -> Vec<Vec<u8>> {
    if let Some(hex) = value
        .strip_prefix("X'")
        .and_then(|rest| rest.strip_suffix('\''))
    {
        let digits: Vec<u8> = hex
            .bytes()
            .filter_map(|byte| char::from(byte).to_digit(16))
            .filter_map(|digit| u8::try_from(digit).ok())
            .collect();
        return vec![
            digits
                .chunks_exact(2)
                .filter_map(|pair| Some(pair.first()? << 4 | pair.get(1)?))
                .collect(),
        ];
    }
    let many = matches!(name, "memberof" | "objectclass" | "member");
    if many && value.contains(';') {
        return value
            .split(';')
            .map(|part| part.trim().as_bytes().to_vec())
            .filter(|part| !part.is_empty())
            .collect();
    }
    vec![value.as_bytes().to_vec()]
}

/// Whether the day comes first. One file is written in one locale, so a single date that can be
/// read only one way tells for all its columns.
fn order(sheet: &Sheet) -> Order {
    let columns = sheet.headings.iter().enumerate().filter(|(_, heading)| {
        let word = heading.to_ascii_lowercase();
        word.contains("date") || word.contains("lastset") || word.contains("created")
    });
    dates::order(columns.flat_map(|(column, _)| {
        sheet
            .rows
            .iter()
            .map(move |(_, row)| Sheet::cell(row, column))
    }))
}

/// What the table itself says of its state.
pub(super) fn note_sheet(sheet: &Sheet, making: &mut Making<'_>) {
    let place = Place {
        sheet: Some(sheet.name.clone()),
        ..Place::default()
    };
    if let Some(encoding) = &sheet.undecodable {
        making.problems.push(
            place.clone(),
            Reason::Undecodable {
                encoding: encoding.clone(),
            },
        );
    }
    if sheet.cut_off {
        making.list.cut_off = true;
        making.problems.push(place, Reason::CutOff);
    }
}
