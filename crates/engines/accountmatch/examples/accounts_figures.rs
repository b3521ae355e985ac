//! Figures of reading and reconciling, printed by `cargo run --release -p accountmatch --example
//! figures`.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program that prints what it makes up"
)]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use accountmatch::Options;
use accountmatch::findings::{Estate, Settings, Source, reconcile};
use accountmatch::matching::{Decision, Owner};
use accountmatch::model::{AccountList, Grant, StaffList};
use accountmatch::readers::{File, read_accounts, read_staff};
use time::OffsetDateTime;

const FAMILIES: &[(&str, &str)] = &[
    ("鈴木", "スズキ"),
    ("髙橋", "タカハシ"),
    ("田中", "タナカ"),
    ("渡邉", "ワタナベ"),
    ("伊藤", "イトウ"),
    ("山﨑", "ヤマザキ"),
    ("中村", "ナカムラ"),
    ("小林", "コバヤシ"),
    ("加藤", "カトウ"),
    ("吉田", "ヨシダ"),
    ("佐々木", "ササキ"),
    ("大野", "オオノ"),
    ("濵田", "ハマダ"),
    ("斎藤", "サイトウ"),
    ("藤本", "フジモト"),
];
const GIVEN: &[(&str, &str)] = &[
    ("花子", "ハナコ"),
    ("一郎", "イチロウ"),
    ("純一", "ジュンイチ"),
    ("千恵子", "チエコ"),
    ("翔", "ショウ"),
    ("美咲", "ミサキ"),
    ("健", "ケン"),
    ("陽子", "ヨウコ"),
    ("大輔", "ダイスケ"),
    ("優", "ユウ"),
    ("誠", "マコト"),
];

/// `count` people as personnel writes them; every twentieth has left.
fn staff(count: usize) -> String {
    let mut text = "職員番号,氏名,フリガナ,所属,職種,入職日,退職日\n".to_owned();
    for n in 0..count {
        let (family, family_kana) = FAMILIES[n % FAMILIES.len()];
        let (given, given_kana) = GIVEN[(n / FAMILIES.len()) % GIVEN.len()];
        let left = if n % 20 == 7 { "2026/3/31" } else { "" };
        text.push_str(&format!(
            "{n:05},{family} {given}{},{family_kana} {given_kana},第{}病棟,看護師,2020/4/1,{left}\n",
            n / 165,
            n % 40
        ));
    }
    text
}

/// One source of `count` accounts: two thirds with the staff number, the others by name only.
fn accounts(source: usize, count: usize, people: usize) -> String {
    let mut text = "利用者ID,利用者氏名,職員番号,停止フラグ,最終ログイン日時,パスワード変更日,権限,管理者区分\n".to_owned();
    for n in 0..count {
        let person = (n * 7 + source * 131) % people;
        let (family, _) = FAMILIES[person % FAMILIES.len()];
        let (given, _) = GIVEN[(person / FAMILIES.len()) % GIVEN.len()];
        let number = if n % 3 == 0 {
            String::new()
        } else {
            format!("{person:05}")
        };
        let admin = if n % 97 == 0 { "1" } else { "0" };
        text.push_str(&format!(
            "u{source}-{n},{family}{given}{},{number},{},2026/{}/1 9:00,2021/4/1,病棟;処方,{admin}\n",
            person / 165,
            u8::from(n % 11 == 0),
            1 + n % 11,
        ));
    }
    text
}

/// The shortest and the longest of seven runs.
fn runs<T>(mut run: impl FnMut() -> T) -> (Duration, Duration, Option<T>) {
    let (mut least, mut most, mut last) = (Duration::MAX, Duration::ZERO, None);
    for _ in 0..7 {
        let begun = Instant::now();
        last = Some(run());
        let took = begun.elapsed();
        (least, most) = (least.min(took), most.max(took));
    }
    (least, most, last)
}

fn main() {
    let options = Options::default();
    for (people, total, sources) in [(8_000_usize, 20_000_usize, 12_usize), (40_000, 100_000, 12)] {
        let hr = staff(people);
        let exports: Vec<String> = (0..sources)
            .map(|source| accounts(source, total.div_ceil(sources), people))
            .collect();
        let (least, most, read) = runs(|| -> Option<(StaffList, Vec<AccountList>)> {
            let file = |text: &'static str, bytes| File { name: text, bytes };
            let list = read_staff(&[file("staff.csv", hr.as_bytes())], None, &options).ok()?;
            let lists = exports
                .iter()
                .map(|text| {
                    read_accounts(
                        &[file("accounts.csv", text.as_bytes())],
                        None,
                        None,
                        &options,
                    )
                    .ok()
                })
                .collect::<Option<Vec<_>>>()?;
            Some((list, lists))
        });
        let Some((list, lists)) = read.flatten() else {
            println!("the generated files are not read");
            return;
        };
        let count: usize = lists.iter().map(|list| list.accounts.len()).sum();
        println!(
            "{people} people, {count} accounts of {sources} sources: read {least:?} to {most:?}"
        );
        let ids: Vec<String> = (0..sources).map(|source| format!("s{source}")).collect();
        let sources: Vec<Source<'_>> = ids
            .iter()
            .zip(&lists)
            .map(|(id, list)| Source {
                id,
                accounts: &list.accounts,
                lockout: list.lockout,
                functions: Some(Default::default()),
            })
            .collect();
        let grants: Vec<Grant> = list
            .staff
            .iter()
            .enumerate()
            .flat_map(|(n, person)| {
                let until = OffsetDateTime::UNIX_EPOCH.date();
                (0..2).map(move |source| Grant {
                    id: format!("g{n}-{source}"),
                    staff: Some(person.key.clone()),
                    source: format!("s{source}"),
                    functions: vec!["処方".to_owned()],
                    until: (n % 9 == 0).then_some(until),
                    ..Grant::default()
                })
            })
            .collect();
        // A person has confirmed a third of those that are told by name only.
        let decisions: HashMap<String, HashMap<String, Decision>> = ids
            .iter()
            .zip(&lists)
            .map(|(id, accounts)| {
                let of = accounts
                    .accounts
                    .iter()
                    .step_by(9)
                    .map(|account| (account.key(), Decision::Person(list.staff[0].key.clone())))
                    .collect();
                (id.clone(), of)
            })
            .collect();
        let Ok(now) = OffsetDateTime::from_unix_timestamp(1_795_316_400) else {
            return;
        };
        let (least, most, result) = runs(|| {
            reconcile(
                &Estate {
                    staff: &list.staff,
                    sources: &sources,
                    decisions: &decisions,
                    refused: &HashMap::new(),
                    grants: &grants,
                    exceptions: &[],
                },
                &Settings::at(now, now.date()),
            )
        });
        let Some(result) = result else { return };
        let open = result
            .owners
            .iter()
            .flatten()
            .filter(|owner| matches!(owner, Owner::Open { .. }))
            .count();
        println!(
            "  reconciled {least:?} to {most:?}: {} findings, {open} accounts to confirm",
            result.findings.len()
        );
    }
}
