//! Local users of Windows computers: `Get-LocalUser | Export-Csv`, `Get-LocalGroupMember`,
//! `net user`, `net user NAME`, `net localgroup Administrators` and `net accounts`, in English
//! and Japanese.

use super::directory_table::{boolean, note_sheet};
use super::{File, Making, account_sheets};
use crate::dates::{self, Order};
use crate::model::{Account, Moment};
use crate::problem::{Place, ReadError};
use crate::table::Sheet;
use crate::text;

/// Beginnings of the lines of `net user NAME`, folded.
const NAME_LINES: &[&str] = &["username", "ユーザー名"];

pub(super) fn looks_like(head: &str) -> bool {
    let mut marks = 0;
    for line in head.lines().take(400) {
        let word = text::word(line);
        let named = NAME_LINES.iter().any(|name| word.starts_with(name));
        if (named && line.contains("  "))
            || word.starts_with("useraccountsfor")
            || (line.contains("ユーザー アカウント") && line.trim_start().starts_with("\\\\"))
            || word.starts_with("aliasname")
            || word.starts_with("エイリアス名")
        {
            marks += 1;
        }
    }
    marks > 0 && !head.lines().next().unwrap_or_default().contains("\",\"")
}

fn column(sheet: &Sheet, name: &str) -> Option<usize> {
    sheet
        .headings
        .iter()
        .position(|heading| heading.trim().eq_ignore_ascii_case(name))
}

pub(super) fn fits(sheet: &Sheet) -> bool {
    let users = column(sheet, "Name").is_some()
        && column(sheet, "Enabled").is_some()
        && column(sheet, "PrincipalSource").is_some()
        && column(sheet, "PasswordLastSet").is_some();
    users || is_members(sheet)
}

fn is_members(sheet: &Sheet) -> bool {
    column(sheet, "PrincipalSource").is_some()
        && column(sheet, "ObjectClass").is_some()
        && column(sheet, "Name").is_some()
        && column(sheet, "Enabled").is_none()
}

pub(super) fn read(files: &[File<'_>], making: &mut Making<'_>) -> Result<(), ReadError> {
    let mut administrators: Option<Vec<String>> = None;
    for file in files {
        let content = making.decode(file.bytes, file.name);
        if looks_like(&content) || is_policy(&content) {
            let found = console(&content, file.name, making)?;
            if let Some(found) = found {
                administrators.get_or_insert_default().extend(found);
            }
            continue;
        }
        for sheet in account_sheets(file.bytes, file.name, making.options)? {
            note_sheet(&sheet, making);
            if is_members(&sheet) {
                let name = column(&sheet, "Name").unwrap_or_default();
                let members = administrators.get_or_insert_default();
                members.extend(
                    sheet
                        .rows
                        .iter()
                        .map(|(_, row)| bare(Sheet::cell(row, name)).to_owned()),
                );
            } else if fits(&sheet) {
                users(&sheet, making)?;
            } else {
                return Err(ReadError::NotThisKind {
                    expected: "list of local users".to_owned(),
                    hint: "make it with: Get-LocalUser | Export-Csv users.csv -Encoding UTF8"
                        .to_owned(),
                });
            }
        }
    }
    if let Some(members) = administrators {
        for account in &mut making.list.accounts {
            account.privileges_known = true;
            let key = account.key();
            if members.iter().any(|member| text::identifier(member) == key)
                && !account
                    .privileged_by
                    .iter()
                    .any(|by| by == "Administrators")
            {
                account.privileged_by.push("Administrators".to_owned());
            }
        }
    }
    Ok(())
}

/// `COMPUTER\name` → `name`.
fn bare(member: &str) -> &str {
    member.rsplit('\\').next().unwrap_or(member).trim()
}

fn users(sheet: &Sheet, making: &mut Making<'_>) -> Result<(), ReadError> {
    let cell = |row: &[String], name: &str| {
        column(sheet, name).map_or(String::new(), |column| Sheet::cell(row, column).to_owned())
    };
    let columns = ["LastLogon", "PasswordLastSet", "AccountExpires"];
    let order = dates::order(
        columns
            .iter()
            .filter_map(|name| column(sheet, name))
            .flat_map(|column| {
                sheet
                    .rows
                    .iter()
                    .map(move |(_, row)| Sheet::cell(row, column))
            }),
    );
    for (number, row) in &sheet.rows {
        let place = Place::row(&sheet.name, *number);
        let moment = |making: &mut Making<'_>, name: &str| {
            let value = cell(row, name);
            dates::told(&value, making.options.local_offset, order).unwrap_or_else(|| {
                making.problems.malformed(&place, name, &value);
                Moment::NotKnown
            })
        };
        // An empty cell of this tool is "never", not "not asked".
        let never = |moment: Moment, name: &str| {
            if column(sheet, name).is_some() {
                moment.or(Moment::Never)
            } else {
                moment
            }
        };
        let mut account = Account {
            id: making
                .text(&place, "Name", &cell(row, "Name"))
                .unwrap_or_default(),
            name: making.text(&place, "FullName", &cell(row, "FullName")),
            description: making.text(&place, "Description", &cell(row, "Description")),
            stable_id: making.text(&place, "SID", &cell(row, "SID")),
            enabled: boolean(&cell(row, "Enabled")),
            last_sign_in: never(moment(making, "LastLogon"), "LastLogon"),
            password_set: never(moment(making, "PasswordLastSet"), "PasswordLastSet"),
            expires: never(moment(making, "AccountExpires"), "AccountExpires"),
            password_not_required: boolean(&cell(row, "PasswordRequired")).map(|needed| !needed),
            password_never_expires: column(sheet, "PasswordExpires")
                .map(|column| Sheet::cell(row, column).is_empty()),
            place: place.clone(),
            ..Account::default()
        };
        // The built-in administrator has rights by its number, whatever the groups.
        if account
            .stable_id
            .as_deref()
            .is_some_and(|sid| sid.ends_with("-500"))
        {
            account.privileged_by.push("SID -500".to_owned());
        }
        making.push(account)?;
    }
    Ok(())
}

fn is_policy(content: &str) -> bool {
    content
        .lines()
        .take(60)
        .any(|line| threshold(line).is_some())
}

/// "Lockout threshold: Never" of `net accounts`: whether wrong passwords lock.
fn threshold(line: &str) -> Option<bool> {
    let word = text::word(line);
    let rest = word
        .strip_prefix("lockoutthreshold")
        .or_else(|| word.strip_prefix("ロックアウトしきい値"))?;
    Some(rest.parse::<u32>().is_ok_and(|count| count > 0))
}

/// Label and value of a line of `net user NAME`: two or more spaces stand between them.
fn labelled(line: &str) -> Option<(String, &str)> {
    let (label, value) = line.split_once("  ")?;
    let word = text::word(label);
    (!word.is_empty()).then_some((word, value.trim()))
}

/// Output of `net`; the members of the Administrators group where it is among it.
fn console(
    content: &str,
    file: &str,
    making: &mut Making<'_>,
) -> Result<Option<Vec<String>>, ReadError> {
    let mut administrators = None;
    let mut current: Option<Account> = None;
    // What the rows below a line of dashes are.
    let mut names_follow: Option<bool> = None;
    let mut is_administrators = false;
    let mut in_names = false;
    for (line, number) in content.lines().zip(1_u64..) {
        making.tick()?;
        let place = Place::row(file, number);
        let word = text::word(line);
        if let Some(locks) = threshold(line) {
            making.list.lockout = Some(locks);
            continue;
        }
        if line.trim().len() > 20 && line.trim().bytes().all(|byte| byte == b'-') {
            in_names = names_follow.is_some();
            continue;
        }
        if word.is_empty() {
            continue;
        }
        if word.starts_with("thecommandcompleted") || line.contains("コマンドは正常に終了しました")
        {
            in_names = false;
            names_follow = None;
            if let Some(account) = current.take() {
                making.push(account)?;
            }
            continue;
        }
        if word.starts_with("useraccountsfor")
            || (line.contains("ユーザー アカウント") && line.trim_start().starts_with("\\\\"))
        {
            names_follow = Some(false);
            continue;
        }
        if word.starts_with("aliasname") || word.starts_with("エイリアス名") {
            is_administrators = word.contains("administrators");
            names_follow = Some(true);
            continue;
        }
        if in_names {
            if names_follow == Some(true) {
                if is_administrators {
                    administrators
                        .get_or_insert_with(Vec::new)
                        .push(bare(line).to_owned());
                }
                continue;
            }
            // Three columns of 25 letters; names hold no two spaces.
            for name in line
                .split("  ")
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                let id = making.text(&place, "name", name).unwrap_or_default();
                if making.named(&id).is_none() {
                    making.push(Account {
                        id,
                        place: place.clone(),
                        ..Account::default()
                    })?;
                }
            }
            continue;
        }
        let Some((label, value)) = labelled(line) else {
            continue;
        };
        if NAME_LINES.contains(&label.as_str()) {
            if let Some(account) = current.take() {
                making.push(account)?;
            }
            // What `net user` listed before is told in full here.
            let known = making.named(value).map(std::mem::take);
            current = Some(Account {
                id: making.text(&place, "name", value).unwrap_or_default(),
                place: known.map_or(place, |account| account.place),
                groups_known: true,
                privileges_known: true,
                ..Account::default()
            });
            continue;
        }
        let Some(account) = &mut current else {
            continue;
        };
        let yes = matches!(text::word(value).as_str(), "yes" | "はい" | "有効");
        let moment = dates::told(value, making.options.local_offset, Order::MonthFirst);
        match label.as_str() {
            "fullname" | "フルネーム" => {
                account.name = making
                    .problems
                    .text(making.options, &place, "full name", value);
            }
            "comment" | "コメント" => {
                account.description =
                    making
                        .problems
                        .text(making.options, &place, "comment", value);
            }
            "accountactive" | "アカウント有効" | "アカウントが有効" => {
                account.enabled = Some(yes)
            }
            "accountexpires" | "アカウントの期限" | "アカウントの有効期限" => {
                account.expires = moment.unwrap_or_default();
            }
            "passwordlastset" | "最終パスワード変更日時" | "前回のパスワード変更日時" =>
            {
                account.password_set = moment.unwrap_or_default();
            }
            "passwordexpires" | "パスワード有効期間" | "パスワードの有効期限" => {
                account.password_never_expires = moment.map(|moment| moment == Moment::Never);
            }
            "passwordrequired" | "パスワードは必要" | "パスワードが必要" | "必要なパスワード" =>
            {
                account.password_not_required = Some(!yes);
            }
            "lastlogon" | "最終ログオン日時" | "前回のログオン" => {
                account.last_sign_in = moment.unwrap_or_default();
            }
            "localgroupmemberships" | "所属しているローカルグループ" => {
                let groups: Vec<String> = value
                    .split('*')
                    .map(|group| group.trim().to_owned())
                    .filter(|group| !group.is_empty())
                    .collect();
                let mut taken = std::mem::take(account);
                making.groups(&mut taken, groups);
                *account = taken;
            }
            _ => {}
        }
    }
    if let Some(account) = current.take() {
        making.list.cut_off = true;
        making.push(account)?;
    }
    Ok(administrators)
}
