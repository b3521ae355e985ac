//! What must hold of every reader, whatever the file. The fuzz targets and the run of the corpus
//! in the tests use these.

use std::collections::HashMap;
use std::time::Duration;

use accountmatch::columns::{AccountField, Mapping};
use accountmatch::findings::{Estate, Settings, Source, reconcile};
use accountmatch::model::{AccountList, SourceFormat};
use accountmatch::readers::{File, account_sheets, detect, read_accounts, read_staff};
use accountmatch::{Limits, Options, names};

fn options() -> Options {
    Options {
        limits: Limits {
            bytes: 1 << 20,
            unpacked_bytes: 4 << 20,
            records: 2_000,
            columns: 64,
            values: 50,
            text_characters: 200,
            problems: 20,
            time: Duration::from_secs(20),
        },
        ..Options::default()
    }
}

fn check(list: &AccountList, options: &Options) {
    assert!(!list.accounts.is_empty() && list.accounts.len() <= options.limits.records);
    assert!(list.problems.len() <= options.limits.problems);
    let mut keys = std::collections::HashSet::new();
    for account in &list.accounts {
        assert!(!account.id.is_empty());
        assert!(keys.insert(account.key()), "one account for one user name");
        assert!(account.groups.len() <= options.limits.values);
        let texts = [&account.name, &account.mail, &account.description];
        for text in texts.into_iter().flatten() {
            assert!(!text.is_empty() && text.chars().count() <= options.limits.text_characters);
            assert!(!text.contains(char::is_control));
        }
        if account.groups_known {
            assert!(account.privileged().is_some());
        }
    }
}

/// A file of accounts, read as what it seems and as every kind.
pub fn accounts(bytes: &[u8]) {
    let options = options();
    let files = [File {
        name: "file",
        bytes,
    }];
    let detected = detect(&files, &options).ok();
    for format in detected
        .into_iter()
        .chain(SourceFormat::FILES.iter().copied())
    {
        if let Ok(list) = read_accounts(&files, Some(format), None, &options) {
            check(&list, &options);
            let again = read_accounts(&files, Some(format), None, &options);
            assert_eq!(again.as_ref(), Ok(&list), "one file, one answer");
        }
    }
    for sheet in account_sheets(bytes, "file", &options).unwrap_or_default() {
        let mapping = Mapping::suggest::<AccountField>(&sheet.headings);
        assert!(
            mapping
                .0
                .keys()
                .all(|heading| sheet.headings.contains(heading))
        );
    }
}

/// A staff list.
pub fn staff(bytes: &[u8]) {
    let options = options();
    let files = [File {
        name: "file",
        bytes,
    }];
    let Ok(list) = read_staff(&files, None, &options) else {
        return;
    };
    assert!(!list.staff.is_empty() && list.staff.len() <= options.limits.records);
    let mut keys = std::collections::HashSet::new();
    for person in &list.staff {
        assert!(!person.name.is_empty());
        assert!(
            keys.insert(person.key.clone()),
            "one key for one person: {}",
            person.key
        );
    }
    let today = time::OffsetDateTime::UNIX_EPOCH.date();
    let changes = accountmatch::changes::changes(&list.staff, &list.staff, today);
    assert!(changes.joined.is_empty() && changes.left.is_empty() && changes.moved.is_empty());
}

/// A staff list and accounts, divided by a form feed, held against each other.
pub fn reconciled(bytes: &[u8]) {
    let options = options();
    let mut parts = bytes.splitn(2, |byte| *byte == 0x0C);
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else {
        return;
    };
    let read = |bytes| {
        [File {
            name: "file",
            bytes,
        }]
    };
    let people = read_staff(&read(first), None, &options);
    let accounts = read_accounts(&read(second), None, None, &options);
    let (Ok(people), Ok(accounts)) = (people, accounts) else {
        return;
    };
    let sources = [Source {
        id: "a",
        accounts: &accounts.accounts,
        lockout: accounts.lockout,
        functions: Some(std::collections::BTreeMap::new()),
    }];
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let result = reconcile(
        &Estate {
            staff: &people.staff,
            sources: &sources,
            decisions: &HashMap::new(),
            refused: &HashMap::new(),
            grants: &[],
            exceptions: &[],
        },
        &Settings::at(now, now.date()),
    );
    assert!(
        result
            .findings
            .iter()
            .all(|finding| !finding.grounds.is_empty())
    );
    assert_eq!(
        result.owners.iter().map(Vec::len).sum::<usize>(),
        accounts.accounts.len()
    );
}

/// Names, readings and user names.
pub fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let folded = names::folded(&text);
    assert_eq!(names::folded(&folded), folded, "{text:?}");
    let kana = names::kana(&text);
    assert_eq!(names::kana(&kana), kana, "{text:?}");
    let romaji = names::fold_romaji(&text);
    assert!(romaji.bytes().all(|letter| letter.is_ascii_lowercase()));
    let _ = (
        names::Romaji::of(&text),
        names::split_former(&text),
        names::user_name_key(&text),
    );
}
