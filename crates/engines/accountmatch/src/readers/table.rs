//! A system's own table of users: its columns are mapped.

use std::collections::BTreeMap;

use super::directory_table::note_sheet;
use super::{File, Making, account_sheets};
use crate::columns::{AccountField, Mapping, missing};
use crate::dates;
use crate::model::{Account, AccountKind, Moment};
use crate::problem::{Place, ReadError};
use crate::table::Sheet;
use crate::text;

/// Words of systems for yes.
const YES: &[&str] = &[
    "1",
    "true",
    "yes",
    "y",
    "on",
    "有効",
    "使用中",
    "利用中",
    "利用可",
    "使用可",
    "可",
    "有",
    "あり",
    "はい",
    "○",
    "◯",
    "active",
    "enabled",
    "在職",
    "稼働",
    "管理者",
    "有り",
    "する",
];
/// Words of systems for no.
const NO: &[&str] = &[
    "0",
    "false",
    "no",
    "n",
    "off",
    "無効",
    "停止",
    "停止中",
    "使用停止",
    "利用停止",
    "利用不可",
    "使用不可",
    "不可",
    "無",
    "なし",
    "無し",
    "いいえ",
    "×",
    "inactive",
    "disabled",
    "退職",
    "廃止",
    "削除",
    "削除済",
    "一般",
    "しない",
    "locked",
];

pub(super) fn truth(value: &str) -> Option<bool> {
    let word = text::identifier(value);
    if YES.contains(&word.as_str()) {
        Some(true)
    } else if NO.contains(&word.as_str()) {
        Some(false)
    } else {
        None
    }
}

/// What kind of account the word means.
fn kind(value: &str) -> Option<AccountKind> {
    let word = text::word(value);
    let has = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    if has(&["共用", "共有", "共通", "shared", "common"]) {
        Some(AccountKind::Shared)
    } else if has(&[
        "サービス",
        "システム用",
        "連携",
        "service",
        "batch",
        "system",
    ]) {
        Some(AccountKind::Service)
    } else if has(&["個人", "職員", "person", "user", "医師", "看護"]) {
        Some(AccountKind::Person)
    } else {
        None
    }
}

pub(super) fn read(
    files: &[File<'_>],
    mapping: Option<&Mapping>,
    making: &mut Making<'_>,
) -> Result<(), ReadError> {
    let mut refused = None;
    let mut read_any = false;
    for file in files {
        for sheet in account_sheets(file.bytes, file.name, making.options)? {
            let suggested;
            let mapping = match mapping {
                Some(mapping) => mapping,
                None => {
                    suggested = Mapping::suggest::<AccountField>(&sheet.headings);
                    &suggested
                }
            };
            let columns = mapping.positions::<AccountField>(&sheet.headings);
            if !columns.contains_key(&AccountField::Id) {
                // A workbook may hold a sheet of explanations beside the list.
                refused.get_or_insert_with(|| missing(&sheet, AccountField::Id));
                continue;
            }
            // A column that was mapped once and is not in this export would turn what was known
            // into "not known" without a word.
            for heading in mapping.0.keys() {
                if !sheet.headings.contains(heading) {
                    let mut error = missing(&sheet, AccountField::Id);
                    if let ReadError::MissingColumn { column, usual, .. } = &mut error {
                        *column = mapping.0.get(heading).cloned().unwrap_or_default();
                        *usual = heading.clone();
                    }
                    return Err(error);
                }
            }
            read_any = true;
            note_sheet(&sheet, making);
            read_sheet(&sheet, &columns, making)?;
        }
    }
    match refused {
        Some(error) if !read_any => Err(error),
        _ => Ok(()),
    }
}

fn read_sheet(
    sheet: &Sheet,
    columns: &BTreeMap<AccountField, usize>,
    making: &mut Making<'_>,
) -> Result<(), ReadError> {
    // One file is written in one locale.
    let moments = [
        AccountField::LastSignIn,
        AccountField::PasswordSet,
        AccountField::Expires,
        AccountField::Created,
    ];
    let order = dates::order(
        moments
            .iter()
            .filter_map(|field| columns.get(field))
            .flat_map(|column| sheet.rows.iter().map(|(_, row)| Sheet::cell(row, *column))),
    );
    // In a list that writes sign-ins, an empty cell is an account that never signed in.
    let has_sign_ins = columns
        .get(&AccountField::LastSignIn)
        .is_some_and(|column| {
            sheet
                .rows
                .iter()
                .any(|(_, row)| !Sheet::cell(row, *column).is_empty())
        });
    let heading = |field: &AccountField| {
        columns
            .get(field)
            .and_then(|column| sheet.headings.get(*column))
            .map_or("", String::as_str)
    };
    for (number, row) in &sheet.rows {
        let place = Place::row(&sheet.name, *number);
        let cell = |field: AccountField| {
            columns
                .get(&field)
                .map_or("", |column| Sheet::cell(row, *column))
        };
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let text = |making: &mut Making<'_>, field: AccountField| {
            making.text(&place, heading(&field), cell(field))
        };
        let mut account = Account {
            id: text(making, AccountField::Id).unwrap_or_default(),
            name: text(making, AccountField::Name),
            kana: text(making, AccountField::Kana),
            staff_number: text(making, AccountField::StaffNumber),
            mail: text(making, AccountField::Mail),
            department: text(making, AccountField::Department),
            description: text(making, AccountField::Description),
            kind: kind(cell(AccountField::Kind)),
            place: place.clone(),
            ..Account::default()
        };
        let truth_of = |making: &mut Making<'_>, field: AccountField| {
            let value = cell(field);
            if value.is_empty() {
                return None;
            }
            let told = truth(value);
            if told.is_none() {
                making.problems.malformed(&place, heading(&field), value);
            }
            told
        };
        account.enabled = truth_of(making, AccountField::Enabled);
        let has_disabled = columns.contains_key(&AccountField::Disabled);
        if has_disabled {
            // An empty mark in a column of marks is "not stopped".
            let stopped = if cell(AccountField::Disabled).is_empty() {
                Some(false)
            } else {
                stop_mark(cell(AccountField::Disabled)).or_else(|| {
                    making.problems.malformed(
                        &place,
                        heading(&AccountField::Disabled),
                        cell(AccountField::Disabled),
                    );
                    None
                })
            };
            account.enabled = match (account.enabled, stopped) {
                (Some(false), _) | (_, Some(true)) => Some(false),
                (enabled, Some(false)) => enabled.or(Some(true)),
                (enabled, None) => enabled,
            };
        }
        account.password_never_expires = truth_of(making, AccountField::PasswordNeverExpires);
        account.lockout = truth_of(making, AccountField::Lockout);
        let moment = |making: &mut Making<'_>, field: AccountField| {
            dates::told(cell(field), making.options.local_offset, order).unwrap_or_else(|| {
                making
                    .problems
                    .malformed(&place, heading(&field), cell(field));
                Moment::NotKnown
            })
        };
        account.last_sign_in = moment(making, AccountField::LastSignIn);
        if has_sign_ins && cell(AccountField::LastSignIn).is_empty() {
            account.last_sign_in = Moment::Never;
        }
        account.password_set = moment(making, AccountField::PasswordSet);
        account.created = moment(making, AccountField::Created);
        account.expires = match moment(making, AccountField::Expires) {
            // Systems write the end of the calendar for "without end".
            Moment::At(at) if at.year() >= 2099 => Moment::Never,
            // An end is the end of that day.
            Moment::At(at) if !cell(AccountField::Expires).contains(':') => {
                Moment::At(at + time::Duration::DAY)
            }
            Moment::NotKnown if columns.contains_key(&AccountField::Expires) => Moment::Never,
            told => told,
        };
        if columns.contains_key(&AccountField::Groups) {
            let groups = cell(AccountField::Groups)
                .split([';', '|', '\n', ',', '、', '\u{FF1B}'])
                .map(|part| part.trim().chars().take(256).collect::<String>())
                .filter(|part: &String| !part.is_empty())
                .collect();
            making.groups(&mut account, groups);
        }
        if columns.contains_key(&AccountField::Privileged) {
            account.privileges_known = true;
            let value = cell(AccountField::Privileged);
            if !value.is_empty() && truth_of(making, AccountField::Privileged) == Some(true) {
                account
                    .privileged_by
                    .push(heading(&AccountField::Privileged).to_owned());
            }
        }
        making.push(account)?;
    }
    Ok(())
}

/// In a column of stops the words for "stopped" mean yes.
fn stop_mark(value: &str) -> Option<bool> {
    let word = text::identifier(value);
    match word.as_str() {
        "停止" | "停止中" | "使用停止" | "利用停止" | "無効" | "削除" | "削除済" | "廃止"
        | "退職" | "locked" | "disabled" | "不可" | "利用不可" | "使用不可" => {
            Some(true)
        }
        "有効" | "使用中" | "利用中" | "active" | "enabled" | "稼働" | "可" | "利用可"
        | "使用可" => Some(false),
        _ => truth(value),
    }
}
