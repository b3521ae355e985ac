use discovery::model::{
    Address, Assignment, Device, Field, NameKind, Observation, Place, PortRange, Presence,
    Protocol, Report, Service, SourceKind, Subject,
};
use discovery::reconcile::{
    Answer, Answers, BaselineService, ChangeKind, Diff, Doubt, KeyKind, ReconcileError,
    RegisterAsset, Scope, Settings, Source, Sureness, apply, duplicates, reconcile,
    reconcile_answered,
};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_257_000).unwrap()
}

/// A device from words: `h:` host name, `f:` name with domain, `d:` display name, `m:` hardware
/// address, `i:` address, `s:` address set by hand, `l:` lent address, `n:` serial number, `k:`
/// maker, `u:` UUID, `a:` management number, `o:` operating system, `p:` place.
fn device(words: &str) -> Device {
    let mut device = Device::default();
    for word in words.split_whitespace() {
        let (kind, value) = word.split_once(':').unwrap();
        let address = |assignment| Address {
            ip: value.parse().unwrap(),
            assignment,
        };
        match kind {
            "h" => device.add_name(NameKind::Hostname, value),
            "f" => device.add_name(NameKind::Fqdn, value),
            "d" => device.add_name(NameKind::Display, value),
            "m" => device.add_mac(value.parse().unwrap()),
            "i" => device.add_address(address(Assignment::Unknown)),
            "s" => device.add_address(address(Assignment::Static)),
            "l" => device.add_address(address(Assignment::Dynamic)),
            "n" => device.serial_number = Some(value.to_owned()),
            "k" => device.manufacturer = Some(value.to_owned()),
            "u" => device.system_uuid = Some(value.to_owned()),
            "a" => device.management_number = Some(value.to_owned()),
            "o" => device.set(Field::OsName, &[value.to_owned()]),
            "p" => device.set(Field::Place, &[value.to_owned()]),
            other => panic!("{other}"),
        }
    }
    device
}

fn row(id: &str, words: &str) -> RegisterAsset {
    RegisterAsset {
        id: id.to_owned(),
        device: device(words),
        in_use: true,
        last_seen: None,
        baseline: None,
    }
}

fn report(kind: SourceKind, devices: &[&str]) -> Report {
    let mut report = Report::empty(kind);
    report.taken_at = Some(now());
    for (line, words) in (1..).zip(devices) {
        report.observations.push(Observation {
            device: device(words),
            subject: Subject::Device,
            presence: if matches!(kind, SourceKind::Table | SourceKind::Ldif) {
                Presence::Listed
            } else {
                Presence::Seen
            },
            seen_at: None,
            place: Place::Line(line),
        });
    }
    report
}

fn source<'a>(label: &str, report: &'a Report) -> Source<'a> {
    Source {
        label: label.to_owned(),
        report,
        scope: Scope::Nothing,
    }
}

fn compare(register: &[RegisterAsset], reports: &[(SourceKind, &[&str])]) -> Diff {
    let reports: Vec<Report> = reports
        .iter()
        .map(|(kind, all)| report(*kind, all))
        .collect();
    let sources: Vec<Source<'_>> = reports
        .iter()
        .enumerate()
        .map(|(at, report)| source(&format!("{at}"), report))
        .collect();
    reconcile(register, &sources, &Settings::at(now())).unwrap()
}

/// What became of it all, in words.
fn outcome(diff: &Diff) -> String {
    let mut parts: Vec<String> = diff
        .matched
        .iter()
        .map(|one| format!("{}={:?} by {:?}", one.asset, one.sureness, one.by[0].kind))
        .collect();
    if !diff.new.is_empty() {
        parts.push(format!("new {}", diff.new.len()));
    }
    if !diff.unidentified.is_empty() {
        parts.push(format!("unidentified {}", diff.unidentified.len()));
    }
    parts.extend(diff.ambiguous.iter().map(|one| {
        format!(
            "{:?} {}x[{}]",
            one.reason,
            one.devices.len(),
            one.assets.join(",")
        )
    }));
    parts.join("; ")
}

const UUID: &str = "u:4C4C4544-0042-3510-8053-B4C04F593232";
const UUID_SWAPPED: &str = "u:44454c4c-4200-1035-8053-b4c04f593232";
const UUID_OTHER: &str = "u:4C4C4544-0099-3510-8053-B4C04F593232";

#[test]
fn keys_decide_by_their_worth() {
    let mac = "m:00:1b:21:3c:9d:f8";
    let other_mac = "m:00:1b:21:00:00:99";
    let random = "m:da:a1:19:00:00:01";
    let virtual_router = "m:00:00:5e:00:01:0a";
    for (register, seen, expected) in [
        // strong keys alone
        (
            UUID.to_owned(),
            UUID_SWAPPED.to_owned(),
            "A=Certain by SystemUuid",
        ),
        (
            "n:5CD-1234 k:DELL".into(),
            "n:5cd1234 k:デル".into(),
            "A=Certain by Serial",
        ),
        (mac.into(), mac.into(), "A=Certain by Mac"),
        (
            "a:0012".into(),
            "a:0012 h:pc9".into(),
            "A=Certain by ManagementNumber",
        ),
        // makers tell the same number apart
        ("n:5CD1234 k:Dell".into(), "n:5CD1234 k:HP".into(), "new 1"),
        (
            "n:5CD1234".into(),
            "n:5CD1234 k:HP".into(),
            "A=Probable by SerialWithoutMaker",
        ),
        // names
        (
            "h:pacs01".into(),
            "h:PACS01".into(),
            "A=Probable by Hostname",
        ),
        (
            "f:pacs01.x.jp".into(),
            "f:PACS01.x.jp".into(),
            "A=Probable by Fqdn",
        ),
        (
            "h:pacs01".into(),
            "f:pacs01.x.jp".into(),
            "A=Probable by Hostname",
        ),
        ("f:pacs01.y.jp".into(), "f:pacs01.x.jp".into(), "new 1"),
        // a name on other hardware is a question
        (
            format!("h:pc1 {mac}"),
            format!("h:pc1 {other_mac}"),
            "KeysDisagree 1x[A]",
        ),
        (
            format!("h:pc1 {UUID}"),
            format!("h:pc1 {UUID_OTHER}"),
            "KeysDisagree 1x[A]",
        ),
        (
            format!("{mac} {UUID}"),
            format!("{mac} {UUID_OTHER}"),
            "KeysDisagree 1x[A]",
        ),
        // a stronger key bears a weaker one's contradiction
        (
            format!("{UUID} n:AAAA1111"),
            format!("{UUID} n:BBBB2222"),
            "A=Certain by SystemUuid",
        ),
        // placeholders are no keys
        ("n:0 h:a1".into(), "n:0 h:b1".into(), "new 1"),
        ("n:None".into(), "n:None h:b1".into(), "new 1"),
        (
            "h:localhost".into(),
            "h:localhost i:10.0.0.9".into(),
            "unidentified 1",
        ),
        (
            virtual_router.into(),
            format!("{virtual_router} i:10.0.0.1"),
            "unidentified 1",
        ),
        (
            "u:00000000-0000-0000-0000-000000000000".into(),
            "u:00000000-0000-0000-0000-000000000000 h:x1".into(),
            "new 1",
        ),
        // poor keys never decide alone
        (
            "i:10.0.0.5".into(),
            "i:10.0.0.5".into(),
            "OnlyPoorKey 1x[A]",
        ),
        ("i:10.0.0.5".into(), "l:10.0.0.5".into(), "unidentified 1"),
        (
            "s:10.0.0.5".into(),
            "i:10.0.0.5".into(),
            "OnlyPoorKey 1x[A]",
        ),
        (random.into(), random.into(), "OnlyPoorKey 1x[A]"),
        (
            "s:10.0.0.5".into(),
            "s:10.0.0.5".into(),
            "A=Probable by StaticAddress",
        ),
        (
            format!("{random} i:10.0.0.5"),
            format!("{random} l:10.0.0.5"),
            "A=Tentative by Address",
        ),
        (
            format!("{mac} i:10.0.0.5"),
            format!("{other_mac} i:10.0.0.5"),
            "new 1",
        ),
    ] {
        let diff = compare(&[row("A", &register)], &[(SourceKind::Table, &[&seen])]);
        assert_eq!(outcome(&diff), expected, "{register} against {seen}");
    }
}

#[test]
fn two_rows_that_claim_one_device_are_a_question() {
    let register = [
        row("A", "d:受付PC m:00:1b:21:3c:9d:f8"),
        row("B", "d:事務PC m:00:1b:21:3c:9d:f8"),
        row("C", "h:c1"),
    ];
    let seen: &[&str] = &["m:00:1b:21:3c:9d:f8 i:10.0.0.5"];
    let diff = compare(&register, &[(SourceKind::Arp, seen)]);
    assert_eq!(outcome(&diff), "SeveralRows 1x[A,B]");
    assert_eq!(diff.ambiguous[0].keys[0].kind, KeyKind::Mac);
    assert_eq!(diff.coverage.registered, 0);
    assert_eq!(diff.coverage.undecided, 1);
}

#[test]
fn one_key_on_two_devices_is_a_question_for_those_it_alone_would_tell() {
    // The address of a docking station on two laptops.
    let dock = "m:00:50:b6:00:00:01";
    let seen: Vec<String> = vec![format!("{UUID} {dock}"), format!("{UUID_OTHER} {dock}")];
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    let diff = compare(&[], &[(SourceKind::OsqueryTables, &seen)]);
    assert_eq!(
        outcome(&diff),
        "new 2; KeyOnSeveralDevices 2x[]",
        "certainly two, and told"
    );
    // Once both are known by better keys, the dock is no question any more.
    let register = [row("A", UUID), row("B", UUID_OTHER)];
    let diff = compare(&register, &[(SourceKind::OsqueryTables, &seen)]);
    assert_eq!(
        outcome(&diff),
        "A=Certain by SystemUuid; B=Certain by SystemUuid"
    );
    // One name on two network cards: a laptop by cable and by radio, or two computers.
    let seen: &[&str] = &[
        "h:nurse01 m:00:1b:21:00:00:01",
        "h:nurse01 m:00:1b:21:00:00:02",
    ];
    let diff = compare(&[], &[(SourceKind::IscDhcp, seen)]);
    assert_eq!(outcome(&diff), "KeyOnSeveralDevices 2x[]");
    let both = [row("A", "m:00:1b:21:00:00:01 m:00:1b:21:00:00:02")];
    let diff = compare(&both, &[(SourceKind::IscDhcp, seen)]);
    assert_eq!(outcome(&diff), "A=Certain by Mac");
    assert_eq!(diff.matched[0].devices.len(), 2);
}

#[test]
fn what_a_person_answers_is_done() {
    let register = [row("a", "h:pc1 n:5CD0001"), row("b", "h:pc1 n:5CD0002")];
    let scan = report(SourceKind::Ldif, &["h:pc1", "h:pc2"]);
    let sources = [source("scan", &scan)];
    let settings = Settings::at(now());
    let ask = |answers: &[(&str, Answer)]| -> Diff {
        let answers: Answers = answers
            .iter()
            .map(|(device, answer)| ((*device).to_owned(), answer.clone()))
            .collect();
        reconcile_answered(&register, &sources, &settings, &answers).unwrap()
    };
    let open = ask(&[]);
    assert_eq!(open.ambiguous.len(), 1);
    assert_eq!(open.ambiguous[0].reason, Doubt::SeveralRows);
    assert_eq!(open.undecided.len(), 1);
    let device = open.devices[open.undecided[0]].reference();
    assert_eq!(device, "scan line 1");

    let same = ask(&[(&device, Answer::Row("b".to_owned()))]);
    assert!(same.ambiguous.is_empty() && same.undecided.is_empty());
    assert_eq!(
        same.asked, open.ambiguous,
        "what was asked can still be told"
    );
    assert_eq!(same.matched.len(), 1);
    assert_eq!(same.matched[0].asset, "b");
    assert_eq!(same.matched[0].sureness, Sureness::Decided);
    assert_eq!(same.coverage.registered, 1);

    let new = ask(&[(&device, Answer::NoRow)]);
    assert!(new.ambiguous.is_empty() && new.matched.is_empty());
    assert_eq!(new.new.len(), 2);

    // What fits nothing changes nothing: a row that is gone, a device that is none.
    let gone = ask(&[(&device, Answer::Row("c".to_owned()))]);
    assert_eq!(gone, open);
    assert_eq!(ask(&[("scan line 9", Answer::NoRow)]), open);
}

#[test]
fn a_person_may_say_that_hardware_was_replaced() {
    let register = [row("a", "h:pc1 m:00:1b:21:00:00:01")];
    let scan = report(SourceKind::IscDhcp, &["h:pc1 m:00:1b:21:00:00:02"]);
    let sources = [source("scan", &scan)];
    let settings = Settings::at(now());
    let open = reconcile(&register, &sources, &settings).unwrap();
    assert_eq!(open.ambiguous[0].reason, Doubt::KeysDisagree);
    let device = open.devices[0].reference();
    let answers = Answers::from([(device, Answer::Row("a".to_owned()))]);
    let diff = reconcile_answered(&register, &sources, &settings, &answers).unwrap();
    assert!(!diff.matched[0].keys_wait);
    let after = apply(&register, &diff, |_, _| String::new());
    // From now on the new hardware names the row by itself.
    let again = reconcile(&after, &sources, &settings).unwrap();
    assert!(again.ambiguous.is_empty(), "{again:?}");
    assert_eq!(again.matched.len(), 1);
}

#[test]
fn two_devices_may_be_one_row_where_a_person_says_so() {
    let register = [row("a", "h:pc1 h:pc2")];
    let table = report(
        SourceKind::Table,
        &["h:pc1 n:5CD0001 k:x", "h:pc2 n:5CD0002 k:x"],
    );
    let sources = [source("table", &table)];
    let settings = Settings::at(now());
    let open = reconcile(&register, &sources, &settings).unwrap();
    assert_eq!(open.ambiguous[0].reason, Doubt::SeveralDevices);
    assert_eq!(open.undecided.len(), 2);
    let all: Answers = open
        .undecided
        .iter()
        .map(|at| (open.devices[*at].reference(), Answer::Row("a".to_owned())))
        .collect();
    let diff = reconcile_answered(&register, &sources, &settings, &all).unwrap();
    assert!(diff.ambiguous.is_empty(), "{:?}", diff.ambiguous);
    assert_eq!(diff.matched[0].devices.len(), 2);
    // One of them only: the other is still a question.
    let one: Answers = all.into_iter().take(1).collect();
    let diff = reconcile_answered(&register, &sources, &settings, &one).unwrap();
    assert_eq!(diff.undecided.len(), 1);
    assert_eq!(diff.matched[0].devices.len(), 1);
}

#[test]
fn rows_that_share_a_key_may_be_one_device() {
    let register = [
        row("a", "h:pc1 n:5CD0001 k:x i:192.0.2.1"),
        row("b", "d:受付 n:5CD0001 k:x"),
        row("c", "h:pc1 n:5CD0003 k:x i:192.0.2.1"),
        row("d", "f:pc9.a.example m:00:1b:21:00:00:01"),
        row("e", "f:pc9.b.example"),
        row("f", "m:00:1b:21:00:00:01"),
        row("g", "i:192.0.2.1"),
    ];
    let found: Vec<String> = duplicates(&register)
        .iter()
        .map(|pair| {
            let mark = if pair.is_contradicted { "!" } else { "" };
            let kinds: Vec<String> = pair
                .keys
                .iter()
                .map(|key| format!("{:?}", key.kind))
                .collect();
            format!("{}{mark}{} {}", pair.rows[0], pair.rows[1], kinds.join(" "))
        })
        .collect();
    assert_eq!(found, ["ab Serial", "df Mac", "a!c Hostname"]);
    // A placeholder on every row is no key.
    let many: Vec<RegisterAsset> = (0..100)
        .map(|n| row(&format!("r{n:03}"), "h:same"))
        .collect();
    assert!(duplicates(&many).is_empty());
}

#[test]
fn the_same_asset_in_two_imports_under_two_names_is_one() {
    let first: &[&str] = &["d:超音波診断装置 n:ES500-20931 k:架空メディカル p:第1検査室"];
    let second: &[&str] = &["d:エコー2号機 n:es50020931 k:(株)架空メディカル p:第2検査室"];
    let diff = compare(
        &[],
        &[(SourceKind::Table, first), (SourceKind::Table, second)],
    );
    assert_eq!(outcome(&diff), "new 1");
    let seen = &diff.devices[diff.new[0]];
    assert_eq!(seen.sources.len(), 2);
    assert_eq!(seen.joined_by[0].kind, KeyKind::Serial);
    assert_eq!(
        seen.claims[&Field::DisplayName].len(),
        2,
        "both names are shown"
    );
    // Without the maker and with a number that anybody may have, nothing is joined.
    let diff = compare(
        &[],
        &[
            (SourceKind::Table, &["d:甲 n:1001"]),
            (SourceKind::Table, &["d:乙 n:1001"]),
        ],
    );
    assert_eq!(diff.devices.len(), 2);
    assert_eq!(outcome(&diff), "KeyOnSeveralDevices 2x[]");
}

#[test]
fn sources_complete_one_another() {
    let diff = compare(
        &[row("A", "h:kensa01 m:00:1b:21:00:00:07 a:77")],
        &[
            (SourceKind::Arp, &["m:00:1b:21:00:00:07 i:192.168.10.20"]),
            (SourceKind::Nmap, &["i:192.168.10.20"]),
            (SourceKind::Ldif, &["f:kensa01.clinic.example o:Windows_10"]),
            (SourceKind::Table, &["a:77 p:検査室"]),
        ],
    );
    assert_eq!(outcome(&diff), "A=Certain by ManagementNumber");
    let found = &diff.matched[0];
    assert_eq!(
        found.devices.len(),
        3,
        "the scan joined the table of neighbours"
    );
    let changes: Vec<_> = found
        .changes
        .iter()
        .map(|change| (change.field, change.kind, change.new.join(" ")))
        .collect();
    assert_eq!(
        changes,
        [
            (
                Field::Fqdn,
                ChangeKind::Fill,
                "kensa01.clinic.example".to_owned()
            ),
            (
                Field::IpAddresses,
                ChangeKind::Fill,
                "192.168.10.20".to_owned()
            ),
            (Field::OsName, ChangeKind::Fill, "Windows_10".to_owned()),
            (Field::Place, ChangeKind::Fill, "検査室".to_owned()),
        ]
    );
    assert_eq!(diff.coverage.registered, 3);
    assert_eq!(diff.coverage.per_cent(), Some(100.0));
}

#[test]
fn an_address_joins_two_sources_only_at_the_same_time() {
    let arp = report(SourceKind::Arp, &["m:00:1b:21:00:00:07 i:192.168.10.20"]);
    for (hours, devices) in [(1, 1), (11, 1), (30, 2)] {
        let mut scan = report(SourceKind::Nmap, &["i:192.168.10.20"]);
        scan.taken_at = Some(now() - Duration::hours(hours));
        let sources = [source("arp", &arp), source("scan", &scan)];
        let diff = reconcile(&[], &sources, &Settings::at(now())).unwrap();
        assert_eq!(diff.devices.len(), devices, "{hours} hours");
    }
}

#[test]
fn a_source_speaks_only_about_what_it_knows() {
    let register = [row(
        "A",
        "m:00:1b:21:00:00:07 h:kensa01 o:Windows_10 p:検査室 i:10.0.0.5 i:10.9.0.1",
    )];
    // A scanner's guess at system and name fills, and never overrules.
    let diff = compare(
        &register,
        &[(
            SourceKind::Nmap,
            &["m:00:1b:21:00:00:07 o:Linux_2.6 h:other01 i:10.0.0.6"],
        )],
    );
    let changes: Vec<_> = diff.matched[0]
        .changes
        .iter()
        .map(|c| (c.field, c.kind, c.old.join(" "), c.new.join(" ")))
        .collect();
    assert_eq!(
        changes,
        [(
            Field::IpAddresses,
            ChangeKind::Replace,
            "10.0.0.5 10.9.0.1".to_owned(),
            "10.0.0.6 10.9.0.1".to_owned()
        )],
        "the address of the same network is replaced, that of another stays"
    );
    // A lent address changes every day.
    let diff = compare(
        &register,
        &[(SourceKind::IscDhcp, &["m:00:1b:21:00:00:07 l:10.0.0.77"])],
    );
    assert_eq!(diff.matched[0].changes, []);
    // Who speaks from inside knows them all; two such sources that differ are both shown.
    let diff = compare(
        &register,
        &[
            (
                SourceKind::OsqueryTables,
                &["m:00:1b:21:00:00:07 o:Windows_11 i:10.0.0.8"],
            ),
            (SourceKind::SystemInfo, &["h:kensa01 o:Windows_10_Pro"]),
        ],
    );
    let changes = &diff.matched[0].changes;
    assert_eq!(changes[0].new, ["10.0.0.8"]);
    assert_eq!(changes[1].field, Field::OsName);
    assert_eq!(changes[1].disputed_by.len(), 1);
    assert_eq!(changes.len(), 2);
}

#[test]
fn only_what_a_complete_source_covers_vanishes() {
    let register = [
        row("A", "m:00:1b:21:00:00:01 i:192.168.10.5"),
        row("B", "m:00:1b:21:00:00:02 i:192.168.20.5"),
        row("C", "n:SER-99887 k:HP i:192.168.10.9"),
        row("D", "h:only-a-name"),
        RegisterAsset {
            in_use: false,
            ..row("E", "m:00:1b:21:00:00:05 i:192.168.10.6")
        },
        RegisterAsset {
            last_seen: Some(now() - Duration::days(200)),
            ..row("F", "m:00:1b:21:00:00:06")
        },
    ];
    let mut arp = report(SourceKind::Arp, &["m:00:1b:21:00:00:77 i:192.168.10.80"]);
    let vanished = |arp: &Report, scope: Scope| -> Vec<String> {
        let mut one = source("arp", arp);
        one.scope = scope;
        let diff = reconcile(&register, &[one], &Settings::at(now())).unwrap();
        diff.vanished
            .iter()
            .map(|v| {
                format!(
                    "{} {} {:?}",
                    v.asset,
                    v.missing_in.join(","),
                    v.not_seen_days
                )
            })
            .collect()
    };
    let network = Scope::Networks(vec!["192.168.10.0/24".parse().unwrap()]);
    assert_eq!(vanished(&arp, Scope::Nothing), ["F  Some(200)"]);
    assert_eq!(
        vanished(&arp, network.clone()),
        ["A arp None", "C arp None", "F  Some(200)"]
    );
    assert_eq!(
        vanished(&arp, Scope::Everything),
        ["A arp None", "B arp None", "C arp None", "F arp Some(200)"],
        "no table of neighbours shows a name"
    );
    arp.complete = false;
    assert_eq!(
        vanished(&arp, network),
        ["F  Some(200)"],
        "an aborted scan proves no absence"
    );
}

#[test]
fn a_computer_that_a_directory_only_remembers_is_not_seen() {
    let mut directory = report(SourceKind::Ldif, &["f:old.clinic.example"]);
    directory.observations[0].seen_at = Some(now() - Duration::days(400));
    let register = [row("A", "f:old.clinic.example")];
    let diff = reconcile(&register, &[source("ad", &directory)], &Settings::at(now())).unwrap();
    assert_eq!(outcome(&diff), "A=Probable by Fqdn");
    assert_eq!(diff.vanished[0].not_seen_days, Some(400));
    directory.observations[0].presence = Presence::Inactive;
    let diff = reconcile(&[], &[source("ad", &directory)], &Settings::at(now())).unwrap();
    assert_eq!(outcome(&diff), "", "a disabled account is no new device");
    assert_eq!(diff.coverage.observed, 0);
    assert_eq!(diff.coverage.per_cent(), None);
}

#[test]
fn services_are_held_against_the_baseline() {
    let service = |port: u16, address: Option<&str>, uncertain: bool| Service {
        protocol: Protocol::Tcp,
        port,
        address: address.map(|a| a.parse().unwrap()),
        name: None,
        product: None,
        version: None,
        cpe: None,
        uncertain,
    };
    let allow = |port| BaselineService {
        protocol: Protocol::Tcp,
        port,
    };
    let mut scan = report(SourceKind::Nmap, &["m:00:1b:21:00:00:01"]);
    scan.observations[0].device.services = vec![
        service(22, None, false),
        service(3389, None, false),
        service(5939, Some("127.0.0.1"), false),
        service(161, None, true),
    ];
    let mut asset = row("A", "m:00:1b:21:00:00:01");
    let check = |asset: &RegisterAsset, scan: &Report| {
        let diff = reconcile(
            std::slice::from_ref(asset),
            &[source("s", scan)],
            &Settings::at(now()),
        );
        let diff = diff.unwrap();
        let found = &diff.matched[0];
        (
            found.services_compared,
            found
                .unexpected_services
                .iter()
                .map(|s| s.port)
                .collect::<Vec<_>>(),
            found
                .missing_services
                .iter()
                .map(|s| s.port)
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(check(&asset, &scan), (false, vec![], vec![]));
    asset.baseline = Some(vec![allow(22), allow(443), allow(8443)]);
    assert_eq!(
        check(&asset, &scan),
        (false, vec![], vec![]),
        "nobody looked at ports"
    );
    scan.examined_ports = vec![PortRange {
        protocol: Protocol::Tcp,
        from: 1,
        to: 1024,
    }];
    assert_eq!(
        check(&asset, &scan),
        (true, vec![3389], vec![443]),
        "8443 was not looked at"
    );
}

#[test]
fn products_are_no_devices() {
    let mut bom = report(SourceKind::CycloneDx, &["d:viewer"]);
    bom.observations[0].subject = Subject::Product;
    let diff = reconcile(&[], &[source("bom", &bom)], &Settings::at(now())).unwrap();
    assert!(diff.devices.is_empty());
}

#[test]
fn ids_of_rows_are_unique() {
    let register = [row("A", "h:a1"), row("A", "h:b1")];
    let refused = reconcile(&register, &[], &Settings::at(now()));
    assert_eq!(
        refused,
        Err(ReconcileError::DuplicateId { id: "A".to_owned() })
    );
}

/// A small world in which keys collide often.
fn words() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        (0..6_u8).prop_map(|n| format!("h:pc-{n}a")),
        (0..4_u8).prop_map(|n| format!("f:pc-{n}a.clinic.example")),
        (0..6_u8).prop_map(|n| format!("m:00:1b:21:00:00:{n:02x}")),
        (0..3_u8).prop_map(|n| format!("m:da:a1:19:00:00:{n:02x}")),
        (1..6_u8).prop_map(|n| format!("i:10.0.0.{n}")),
        (1..6_u8).prop_map(|n| format!("s:10.0.0.{n}")),
        (1..6_u8).prop_map(|n| format!("l:10.0.0.{n}")),
        (0..4_u8).prop_map(|n| format!("n:SERIAL{n} k:Dell")),
        (0..4_u8).prop_map(|n| format!("n:SERIAL{n}")),
        (0..3_u8).prop_map(|n| format!("u:4C4C4544-0042-3510-8053-B4C04F59323{n}")),
        (1..4_u8).prop_map(|n| format!("a:{n}")),
        (0..3_u8).prop_map(|n| format!("o:Windows_{n}")),
        (0..3_u8).prop_map(|n| format!("p:place{n}")),
    ];
    prop::collection::vec(part, 1..5).prop_map(|parts| parts.join(" "))
}

fn kind() -> impl Strategy<Value = SourceKind> {
    prop::sample::select(vec![
        SourceKind::Nmap,
        SourceKind::Arp,
        SourceKind::IscDhcp,
        SourceKind::Ldif,
        SourceKind::OsqueryTables,
        SourceKind::Table,
    ])
}

fn world() -> impl Strategy<Value = (Vec<String>, Vec<(SourceKind, Vec<String>)>)> {
    (
        prop::collection::vec(words(), 0..6),
        prop::collection::vec((kind(), prop::collection::vec(words(), 0..6)), 0..4),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_applied_is_no_change_any_more((rows, reports) in world()) {
        let register: Vec<RegisterAsset> = rows
            .iter()
            .enumerate()
            .map(|(at, words)| row(&format!("R{at}"), words))
            .collect();
        let reports: Vec<Report> = reports
            .iter()
            .map(|(kind, words)| {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                report(*kind, &words)
            })
            .collect();
        let sources: Vec<Source<'_>> = reports
            .iter()
            .enumerate()
            .map(|(at, report)| source(&format!("s{at}"), report))
            .collect();
        let settings = Settings::at(now());
        let first = reconcile(&register, &sources, &settings).unwrap();
        // Everything that was seen is told exactly once: found, new, unidentified, or a question.
        for device in 0..first.devices.len() {
            let places = usize::from(first.matched.iter().any(|m| m.devices.contains(&device)))
                + usize::from(first.new.contains(&device))
                + usize::from(first.unidentified.contains(&device));
            let is_question = first.ambiguous.iter().any(|a| a.devices.contains(&device));
            prop_assert!(places == 1 || (places == 0 && is_question), "device {device} in {first:#?}");
        }
        let after = apply(&register, &first, |at, _| format!("N{at}"));
        let second = reconcile(&after, &sources, &settings).unwrap();
        prop_assert_eq!(&second.devices, &first.devices);
        prop_assert!(second.new.is_empty(), "new again: {:?} in {:#?}", second.new, second);
        for found in &second.matched {
            prop_assert!(found.changes.is_empty(), "changes again: {:?}", found);
        }
        let third = apply(&after, &second, |at, _| format!("M{at}"));
        let values = |rows: &[RegisterAsset]| -> Vec<Vec<Vec<String>>> {
            rows.iter()
                .map(|row| Field::ALL.iter().map(|field| row.device.values(*field)).collect())
                .collect()
        };
        prop_assert_eq!(values(&third), values(&after));
    }

    #[test]
    fn the_order_of_everything_is_nothing(
        (rows, reports) in world(),
        seed in any::<prop::sample::Index>(),
    ) {
        let register: Vec<RegisterAsset> = rows
            .iter()
            .enumerate()
            .map(|(at, words)| row(&format!("R{at}"), words))
            .collect();
        let reports: Vec<Report> = reports
            .iter()
            .map(|(kind, words)| {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                report(*kind, &words)
            })
            .collect();
        let mut turned = reports.clone();
        for report in &mut turned {
            if !report.observations.is_empty() {
                let by = seed.index(report.observations.len());
                report.observations.rotate_left(by);
                report.observations.reverse();
            }
        }
        let mut rows_turned = register.clone();
        rows_turned.reverse();
        let label = |reports: &'_ [Report]| -> Vec<String> {
            (0..reports.len()).map(|at| format!("s{at}")).collect()
        };
        let labels = label(&reports);
        let sources: Vec<Source<'_>> = reports.iter().zip(&labels).map(|(r, l)| source(l, r)).collect();
        let mut sources_turned: Vec<Source<'_>> = turned.iter().zip(&labels).map(|(r, l)| source(l, r)).collect();
        sources_turned.reverse();
        let settings = Settings::at(now());
        prop_assert_eq!(
            reconcile(&register, &sources, &settings).unwrap(),
            reconcile(&rows_turned, &sources_turned, &settings).unwrap()
        );
    }
}
