//! An entry of a directory, and the account that it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use time::UtcOffset;

use super::Making;
use crate::dates::{self, Order};
use crate::model::{Account, AccountKind, Moment};
use crate::problem::{Place, ReadError};
use crate::text;

/// Bits of `userAccountControl`.
const DISABLED: i64 = 0x2;
const PASSWORD_NOT_REQUIRED: i64 = 0x20;
const TRUST_ACCOUNTS: i64 = 0x800 | 0x1000 | 0x2000;
const PASSWORD_NEVER_EXPIRES: i64 = 0x1_0000;

/// Attributes that a directory answers with when they are asked for.
#[cfg_attr(
    not(feature = "directory"),
    expect(dead_code, reason = "only a live directory is asked for them")
)]
pub(crate) const ATTRIBUTES: &[&str] = &[
    "objectClass",
    "sAMAccountName",
    "userPrincipalName",
    "uid",
    "cn",
    "displayName",
    "name",
    "sn",
    "givenName",
    "msDS-PhoneticDisplayName",
    "displayName;lang-ja",
    "employeeNumber",
    "employeeID",
    "mail",
    "department",
    "ou",
    "description",
    "title",
    "userAccountControl",
    "lastLogonTimestamp",
    "lastLogon",
    "pwdLastSet",
    "accountExpires",
    "memberOf",
    "primaryGroupID",
    "adminCount",
    "whenCreated",
    "createTimestamp",
    "objectGUID",
    "objectSid",
    "entryUUID",
    "pwdChangedTime",
    "pwdAccountLockedTime",
    "pwdLastSuccess",
    "authTimestamp",
    "nsAccountLock",
    "loginShell",
    "shadowExpire",
    "shadowLastChange",
    "shadowMax",
    "lockoutThreshold",
    "pwdLockout",
    "member",
    "memberUid",
    "uniqueMember",
    "gidNumber",
    "uidNumber",
    "structuralObjectClass",
];

/// An entry with its attributes, names in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    pub(crate) place: Place,
    pub(crate) values: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Entry {
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = String> + '_ {
        self.values
            .get(name)
            .into_iter()
            .flatten()
            .map(|value| String::from_utf8_lossy(value).into_owned())
    }

    pub(crate) fn one(&self, name: &str) -> Option<String> {
        self.all(name).find(|value| !value.trim().is_empty())
    }

    fn has_class(&self, class: &str) -> bool {
        self.all("objectclass")
            .any(|value| value.trim().eq_ignore_ascii_case(class))
    }

    /// Whether it is an account of a person or program, and not of a computer, a contact or a
    /// group.
    pub(crate) fn is_account(&self) -> bool {
        if self.has_class("computer") || self.has_class("group") || self.has_class("contact") {
            return self.has_class("msDS-GroupManagedServiceAccount")
                || self.has_class("msDS-ManagedServiceAccount");
        }
        if let Some(name) = self.one("samaccountname") {
            return !name.ends_with('$') && !self.values.contains_key("grouptype");
        }
        let known = [
            "inetOrgPerson",
            "posixAccount",
            "account",
            "person",
            "user",
            "simpleSecurityObject",
        ];
        known.iter().any(|class| self.has_class(class))
            && (self.values.contains_key("uid") || self.values.contains_key("userpassword"))
    }
}

/// What other entries of the same export say of the accounts: groups with their members, nested
/// ones, and the policy on wrong passwords.
#[derive(Default)]
pub(crate) struct Surroundings {
    /// Names of a group by its distinguished name, and of the groups that it belongs to.
    groups: HashMap<String, (String, Vec<String>)>,
    /// Groups by member, the member's distinguished name or user name.
    members: HashMap<String, Vec<String>>,
    primary: HashMap<String, String>,
    has_groups: bool,
    lockout: Option<bool>,
}

impl Surroundings {
    /// Whether groups were among the entries.
    pub(crate) fn has_groups(&self) -> bool {
        self.has_groups
    }

    pub(crate) fn note(&mut self, entry: &Entry) {
        // Only the domain and the policies themselves have these.
        if let Some(threshold) = entry.one("lockoutthreshold") {
            self.lockout = threshold.trim().parse::<i64>().ok().map(|count| count > 0);
        }
        if let Some(lockout) = entry.one("pwdlockout") {
            self.lockout = Some(lockout.trim().eq_ignore_ascii_case("true"));
        }
        let is_group = ["group", "groupOfNames", "groupOfUniqueNames", "posixGroup"]
            .iter()
            .any(|class| entry.has_class(class));
        if !is_group {
            return;
        }
        self.has_groups = true;
        let name = entry.one("cn").unwrap_or_else(|| common_name(&entry.dn));
        let key = text::identifier(&entry.dn);
        self.groups.insert(
            key.clone(),
            (
                name,
                entry
                    .all("memberof")
                    .map(|dn| text::identifier(&dn))
                    .collect(),
            ),
        );
        if let Some(number) = entry.one("gidnumber") {
            self.primary.insert(number, key.clone());
        }
        for attribute in ["member", "uniquemember", "memberuid"] {
            for member in entry.all(attribute) {
                self.members
                    .entry(text::identifier(&member))
                    .or_default()
                    .push(key.clone());
            }
        }
    }

    /// Every group of an account, those within which its groups lie included.
    fn groups_of(&self, entry: &Entry, id: &str) -> Vec<String> {
        let mut open: Vec<String> = entry.all("memberof").collect();
        let mut names = Vec::new();
        let mut seen = HashSet::new();
        let own = [text::identifier(&entry.dn), text::identifier(id)];
        for key in &own {
            open.extend(self.members.get(key).into_iter().flatten().cloned());
        }
        if let Some(group) = entry
            .one("gidnumber")
            .and_then(|gid| self.primary.get(&gid))
        {
            open.push(group.clone());
        }
        while let Some(dn) = open.pop() {
            let key = text::identifier(&dn);
            if !seen.insert(key.clone()) || seen.len() > 10_000 {
                continue;
            }
            if let Some((name, within)) = self.groups.get(&key) {
                names.push(name.clone());
                open.extend(within.iter().cloned());
            } else {
                names.push(common_name(&dn));
            }
            open.extend(self.members.get(&key).into_iter().flatten().cloned());
        }
        names.sort();
        names.dedup();
        names
    }

    pub(crate) fn accounts(
        &self,
        entries: Vec<Entry>,
        making: &mut Making<'_>,
    ) -> Result<(), ReadError> {
        making.list.lockout = making.list.lockout.or(self.lockout);
        // An attribute that nobody has was not exported.
        let groups_told = self.has_groups
            || entries
                .iter()
                .any(|entry| entry.values.contains_key("memberof"));
        for entry in entries {
            let account = self.account(&entry, groups_told, making);
            making.push(account)?;
        }
        Ok(())
    }

    pub(crate) fn account(
        &self,
        entry: &Entry,
        groups_told: bool,
        making: &mut Making<'_>,
    ) -> Account {
        let place = Place {
            sheet: Some(text::excerpt(&entry.dn)),
            ..entry.place.clone()
        };
        let first = |making: &mut Making<'_>, names: &[&str]| {
            names.iter().find_map(|name| {
                let value = entry.one(name)?;
                making.text(&place, name, &value)
            })
        };
        let own = making
            .options
            .staff_number_attribute
            .as_ref()
            .map(|name| name.to_ascii_lowercase());
        let numbers: Vec<&str> = own
            .as_deref()
            .into_iter()
            .chain(["employeenumber", "employeeid"])
            .collect();
        let id = first(
            making,
            &["samaccountname", "uid", "userprincipalname", "cn"],
        )
        .unwrap_or_default();
        let family = first(making, &["sn"]);
        let given = first(making, &["givenname"]);
        let full = match (family, given) {
            (Some(family), Some(given)) => Some(format!("{family} {given}")),
            _ => None,
        };
        let shown = first(making, &["displayname", "cn", "name"]);
        let name = match shown {
            // A user name that stands in for the missing name says less than family and given.
            Some(shown) if shown != id => Some(shown),
            other => full.or(other),
        };
        let mut account = Account {
            name,
            kana: first(making, &["msds-phoneticdisplayname"]),
            staff_number: first(making, &numbers),
            mail: first(making, &["mail"]),
            department: first(making, &["department", "ou"]),
            description: first(making, &["description", "title"]),
            stable_id: stable_id(entry),
            place: place.clone(),
            id,
            ..Account::default()
        };
        self.states(entry, &mut account, making);
        if groups_told || entry.values.contains_key("primarygroupid") {
            let groups = self.groups_of(entry, &account.id);
            if groups_told {
                making.groups(&mut account, groups);
            }
        }
        match entry.one("primarygroupid").as_deref().map(str::trim) {
            Some("512") => account.privileged_by.push("Domain Admins".to_owned()),
            Some("519") => account.privileged_by.push("Enterprise Admins".to_owned()),
            _ => {}
        }
        if !groups_told
            && entry
                .one("admincount")
                .is_some_and(|count| count.trim() == "1")
        {
            account.privileged_by.push("adminCount".to_owned());
        }
        if entry
            .one("uidnumber")
            .is_some_and(|number| number.trim() == "0")
        {
            account.privileged_by.push("uid 0".to_owned());
        }
        account.privileged_by.dedup();
        account
    }

    /// Whether it can be used, when it was, and what holds for its password.
    fn states(&self, entry: &Entry, account: &mut Account, making: &mut Making<'_>) {
        let place = account.place.clone();
        let local = making.options.local_offset;
        if let Some(control) = entry.one("useraccountcontrol") {
            match control.trim().parse::<i64>() {
                Ok(flags) => {
                    account.enabled = Some(flags & DISABLED == 0);
                    account.password_never_expires = Some(flags & PASSWORD_NEVER_EXPIRES != 0);
                    account.password_not_required = Some(flags & PASSWORD_NOT_REQUIRED != 0);
                    if flags & TRUST_ACCOUNTS != 0 {
                        account.kind = Some(AccountKind::Service);
                    }
                }
                Err(_) => making
                    .problems
                    .malformed(&place, "userAccountControl", &control),
            }
        }
        if entry.has_class("msDS-GroupManagedServiceAccount")
            || entry.has_class("msDS-ManagedServiceAccount")
        {
            account.kind = Some(AccountKind::Service);
        }
        // Operational attributes of other directories: without any, silence means nothing.
        let operational = ["entryuuid", "structuralobjectclass", "createtimestamp"]
            .iter()
            .any(|name| entry.values.contains_key(*name));
        let locked = entry
            .one("pwdaccountlockedtime")
            .is_some_and(|at| at.starts_with("000001010000"));
        let lock_flag = entry
            .one("nsaccountlock")
            .map(|flag| flag.trim().eq_ignore_ascii_case("true"));
        let no_shell = entry
            .one("loginshell")
            .is_some_and(|shell| shell.ends_with("nologin") || shell.ends_with("/false"));
        if locked || lock_flag == Some(true) {
            account.enabled = Some(false);
        } else if account.enabled.is_none() {
            account.enabled = match (lock_flag, operational, no_shell) {
                (Some(flag), _, _) => Some(!flag),
                (None, true, _) => Some(true),
                (None, false, _) => None,
            };
        }
        let moment = |making: &mut Making<'_>, names: &[&str]| {
            for name in names {
                let Some(value) = entry.one(name) else {
                    continue;
                };
                match windows_or_general(&value, local) {
                    Some(Moment::NotKnown) => {}
                    Some(moment) => return moment,
                    None => making.problems.malformed(&place, name, &value),
                }
            }
            Moment::NotKnown
        };
        let exact = moment(making, &["lastlogon", "pwdlastsuccess", "authtimestamp"]);
        let shared = moment(making, &["lastlogontimestamp"]);
        // `lastLogon` is of the one controller that was asked; the later of both is nearer.
        account.last_sign_in = match (exact, shared) {
            (Moment::At(one), Moment::At(other)) => Moment::At(one.max(other)),
            (Moment::At(at), _) | (_, Moment::At(at)) => Moment::At(at),
            (Moment::Never, _) | (_, Moment::Never) => Moment::Never,
            _ => Moment::NotKnown,
        };
        account.password_set = moment(making, &["pwdlastset", "pwdchangedtime"]);
        account.expires = moment(making, &["accountexpires"]);
        account.created = moment(making, &["whencreated", "createtimestamp"]);
        let days = |name: &str| {
            entry
                .one(name)
                .and_then(|days| days.trim().parse::<i64>().ok())
        };
        if let Some(set) = days("shadowlastchange").and_then(dates::epoch_days)
            && !account.password_set.is_known()
        {
            account.password_set = Moment::At(set);
        }
        if let Some(days) = days("shadowexpire")
            && !account.expires.is_known()
        {
            account.expires = match dates::epoch_days(days) {
                Some(at) if days > 0 => Moment::At(at),
                _ => Moment::Never,
            };
        }
        if let Some(days) = days("shadowmax")
            && account.password_never_expires.is_none()
        {
            account.password_never_expires = Some(!(0..99_999).contains(&days));
        }
    }
}

fn windows_or_general(value: &str, local: UtcOffset) -> Option<Moment> {
    let value = value.trim();
    // ldifde and csvde write counts; generalised time ends in Z.
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        return dates::filetime(value);
    }
    dates::told(value, local, Order::MonthFirst)
}

/// `CN=Domain Admins,CN=Users,DC=…` → `Domain Admins`; escaped commas stay in the name.
pub(crate) fn common_name(dn: &str) -> String {
    let mut name = String::new();
    let mut escaped = false;
    for letter in dn.split_once('=').map_or(dn, |(_, rest)| rest).chars() {
        match letter {
            '\\' if !escaped => escaped = true,
            ',' if !escaped => break,
            _ => {
                escaped = false;
                name.push(letter);
            }
        }
    }
    name.trim().chars().take(256).collect()
}

/// objectGUID as Windows writes it, objectSid in hexadecimal, or entryUUID.
fn stable_id(entry: &Entry) -> Option<String> {
    if let Some(id) = entry.one("entryuuid") {
        return Some(id.trim().to_ascii_lowercase());
    }
    let bytes = entry
        .values
        .get("objectguid")
        .or_else(|| entry.values.get("objectsid"))?
        .first()?;
    if bytes.is_empty() || bytes.len() > 80 {
        return None;
    }
    if bytes.len() > 28 {
        // Already text.
        return Some(String::from_utf8_lossy(bytes).trim().to_ascii_lowercase());
    }
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
