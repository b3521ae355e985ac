use super::*;
use crate::feeds::{Limits, cve5, nvd};
use crate::index::{Builder, Index, Scratch};
use proptest::prelude::*;

fn of_purl(purl: &str) -> Judged {
    let package = Package {
        purl: Some(purl),
        ..Package::default()
    };
    judged(&package, &Dictionary::new())
}

fn names(judged: &Judged) -> Vec<String> {
    judged
        .products
        .iter()
        .map(|product| {
            let part = |attribute| product.name.literal(attribute).unwrap_or("*").to_owned();
            [
                Attribute::Vendor,
                Attribute::Product,
                Attribute::Version,
                Attribute::Update,
                Attribute::TargetSw,
            ]
            .map(part)
            .join(" ")
        })
        .collect()
}

#[test]
fn libraries_are_upstream() {
    for (purl, expected) in [
        (
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
            "apache log4j 2.14.1 * *",
        ),
        (
            "pkg:maven/org.springframework/spring-webmvc@5.3.9",
            "vmware spring_framework 5.3.9 * *",
        ),
        (
            "pkg:maven/org.springframework.security/spring-security-core@5.3.9",
            "vmware spring_security 5.3.9 * *",
        ),
        ("pkg:npm/lodash@4.17.20", "lodash lodash 4.17.20 * node.js"),
        ("pkg:npm/next@14.1.0", "vercel next.js 14.1.0 * node.js"),
        (
            "pkg:pypi/Django@3.2.1",
            "djangoproject django 3.2.1 * python",
        ),
        (
            "pkg:nuget/Newtonsoft.Json@12.0.1",
            "newtonsoft json.net 12.0.1 * *",
        ),
        (
            "pkg:nuget/System.Net.Security@4.3.0",
            "microsoft system.net.security 4.3.0 * *",
        ),
        (
            "pkg:golang/golang.org/x/crypto@v0.16.0",
            "golang crypto 0.16.0 * go",
        ),
        ("pkg:cargo/hyper@0.14.0", "hyper hyper 0.14.0 * rust"),
        ("pkg:gem/rack@2.2.3", "rack rack 2.2.3 * ruby"),
        (
            "pkg:composer/guzzlehttp/guzzle@7.4.0",
            "guzzlephp guzzle 7.4.0 * *",
        ),
        (
            "pkg:composer/laravel/framework@v7.12.0",
            "laravel laravel 7.12.0 * *",
        ),
    ] {
        let found = of_purl(purl);
        assert_eq!(found.by, JudgedBy::Upstream, "{purl}");
        assert_eq!(
            names(&found).first().map(String::as_str),
            Some(expected),
            "{purl}"
        );
    }
    // What nobody knows is guessed, and says so.
    let guessed = of_purl("pkg:npm/some-thing@1.0");
    assert_eq!(
        names(&guessed),
        [
            "some-thing some-thing 1.0 * node.js",
            "some-thing_project some-thing 1.0 * node.js"
        ]
    );
    assert!(
        guessed
            .products
            .iter()
            .all(|one| one.at_most == Confidence::Rough && one.score < 70)
    );
}

#[test]
fn packages_of_distributions_are_their_own() {
    for (purl, vendor, release, expected) in [
        (
            "pkg:deb/debian/libssl1.1@1.1.1n-0%2Bdeb11u5?arch=amd64&distro=debian-11&upstream=openssl",
            "debian",
            Some("11"),
            vec![
                "pkg:deb/debian libssl1.1 1.1.1n-0+deb11u5 * 11",
                "pkg:deb/debian openssl 1.1.1n-0+deb11u5 * 11",
            ],
        ),
        (
            "pkg:rpm/redhat/openssl-libs@1.1.1k-7.el8_6?arch=x86_64&epoch=1&upstream=openssl-1.1.1k-7.el8_6.src.rpm&distro=rhel-8.6",
            "redhat",
            Some("el8"),
            vec![
                "pkg:rpm/redhat openssl-libs 1:1.1.1k-7.el8_6 * el8",
                "pkg:rpm/redhat openssl 1:1.1.1k-7.el8_6 * el8",
            ],
        ),
        (
            "pkg:rpm/rocky/bash@4.4.20-4.el8_6",
            "rocky",
            Some("el8"),
            vec!["pkg:rpm/rocky bash 4.4.20-4.el8_6 * el8"],
        ),
        (
            "pkg:apk/alpine/musl@1.2.3-r4?distro=alpine-3.17.2",
            "alpine",
            Some("3.17"),
            vec!["pkg:apk/alpine musl 1.2.3-r4 * 3.17"],
        ),
        // As the collect command writes it: only the version tells whose it is.
        (
            "pkg:deb/bind9@1%3A9.16.50-1~deb11u2?arch=amd64",
            "debian",
            Some("11"),
            vec!["pkg:deb/debian bind9 1:9.16.50-1~deb11u2 * 11"],
        ),
        (
            "pkg:deb/zlib1g@1%3A1.2.11.dfsg-2?arch=amd64",
            "",
            None,
            vec![],
        ),
        ("pkg:alpm/arch/pacman@6.0.1-1?arch=x86_64", "", None, vec![]),
    ] {
        let found = of_purl(purl);
        let JudgedBy::Distribution(distribution) = &found.by else {
            panic!("{purl}: {found:?}")
        };
        assert_eq!(
            (&*distribution.vendor, distribution.release.as_deref()),
            (vendor, release),
            "{purl}"
        );
        assert_eq!(names(&found), expected, "{purl}");
    }
}

#[test]
fn the_system_of_the_asset_tells_whose_a_package_is() {
    let ubuntu = Name::product('o', "canonical", "ubuntu_linux").with_version("22.04");
    let windows = Name::product('o', "microsoft", "windows_10");
    let of = |package: Package<'_>| judged(&package, &Dictionary::new());
    let openssl = Package {
        name: "openssl",
        version: Some("3.0.2-0ubuntu1.15"),
        cpe: Some("cpe:2.3:a:openssl:openssl:3.0.2:*:*:*:*:*:*:*"),
        ..Package::default()
    };
    // Marks in the version are enough, and a CPE name that a tool made up does not change it.
    assert!(matches!(of(openssl).by, JudgedBy::Distribution(_)));
    assert_eq!(
        names(&of(Package {
            system: Some(&ubuntu),
            ..openssl
        })),
        ["pkg:deb/ubuntu openssl 3.0.2-0ubuntu1.15 * 22.04"]
    );
    let plain = Package {
        name: "openssl",
        version: Some("3.0.2"),
        ..Package::default()
    };
    assert!(matches!(
        of(Package {
            system: Some(&ubuntu),
            ..plain
        })
        .by,
        JudgedBy::Distribution(_)
    ));
    assert!(matches!(
        of(Package {
            source: "collect",
            ..plain
        })
        .by,
        JudgedBy::Distribution(_)
    ));
    let found = of(Package {
        system: Some(&windows),
        ..plain
    });
    assert_eq!(
        (&found.by, names(&found)),
        (
            &JudgedBy::Upstream,
            vec!["openssl openssl 3.0.2 * *".to_owned()]
        )
    );
    // A rpm that its version tells, on a host that is known.
    let rhel = Name::product('o', "redhat", "enterprise_linux").with_version("8.6");
    let bash = Package {
        name: "bash",
        version: Some("4.4.20-4.el8_6"),
        system: Some(&rhel),
        source: "collect",
        ..Package::default()
    };
    assert_eq!(
        names(&of(bash)),
        ["pkg:rpm/redhat bash 4.4.20-4.el8_6 * el8"]
    );
}

#[test]
fn programs_of_windows() {
    for (name, version, vendor, expected) in [
        (
            "Google Chrome",
            "120.0.6099.130",
            "Google LLC",
            vec!["google chrome 120.0.6099.130 * *"],
        ),
        (
            "Mozilla Firefox (x64 ja)",
            "115.0.2",
            "Mozilla",
            vec!["mozilla firefox 115.0.2 * *"],
        ),
        (
            "7-Zip 19.00 (x64)",
            "19.00",
            "Igor Pavlov",
            vec!["7-zip 7-zip 19.00 * *"],
        ),
        (
            "Java 8 Update 202 (64-bit)",
            "8.0.2020.8",
            "Oracle Corporation",
            vec!["oracle jre 1.8.0 update202 *"],
        ),
        (
            "Java SE Development Kit 8 Update 202",
            "8.0.2020.8",
            "Oracle Corporation",
            vec!["oracle jdk 1.8.0 update202 *"],
        ),
        (
            "PostgreSQL 13",
            "13.4-1",
            "PostgreSQL Global Development Group",
            vec!["postgresql postgresql 13 * *"],
        ),
        // Not the operating system, not the browser, nothing that anybody knows.
        (
            "Windows SDK AddOn 10.1.0.0",
            "10.1.0.0",
            "Microsoft Corporation",
            vec![],
        ),
        (
            "Windows Driver Kit 10",
            "10.1.22000.1",
            "Microsoft Corporation",
            vec![],
        ),
        (
            "Chrome Remote Desktop Host",
            "120.0.6099.4",
            "Google LLC",
            vec![],
        ),
        ("架空電子カルテ クライアント", "3.2", "架空システム", vec![]),
        ("", "", "", vec![]),
    ] {
        let package = Package {
            name,
            version: Some(version),
            vendor: Some(vendor),
            source: "osquery_tables",
            ..Package::default()
        };
        let found = judged(&package, &Dictionary::new());
        assert_eq!(names(&found), expected, "{name}");
        assert_eq!(found.by == JudgedBy::Nobody, expected.is_empty(), "{name}");
    }
}

#[test]
fn what_is_no_product() {
    for purl in [
        "pkg:docker/cassandra@latest",
        "pkg:oci/debian@sha256%3A244fd47e07d10?tag=bullseye",
    ] {
        assert_eq!(of_purl(purl), Judged::nobody(), "{purl}");
    }
    let long = "x".repeat(LONGEST_TEXT + 1);
    assert_eq!(
        judged(
            &Package {
                name: &long,
                ..Package::default()
            },
            &Dictionary::new()
        ),
        Judged::nobody()
    );
}

#[test]
fn a_distribution_is_judged_by_its_own_statements_only() {
    let upstream = br#"{"vulnerabilities": [{"cve": {"id": "CVE-2022-0778", "configurations": [
      {"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [
        {"vulnerable": true, "criteria": "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*",
         "versionStartIncluding": "1.1.1", "versionEndExcluding": "1.1.1n"},
        {"vulnerable": true, "criteria": "cpe:2.3:o:redhat:enterprise_linux:8.0:*:*:*:*:*:*:*"}]}]}]}}]}"#;
    let record = br#"{"cveMetadata":{"cveId":"CVE-2023-5678","state":"PUBLISHED"},"containers":{"cna":{"affected":[
      {"vendor":"Red Hat","product":"Red Hat Enterprise Linux 8","packageName":"openssl","defaultStatus":"affected",
       "cpes":["cpe:/o:redhat:enterprise_linux:8::baseos"],
       "versions":[{"version":"1:1.1.1k-12.el8_9","lessThan":"*","versionType":"rpm","status":"unaffected"}]}]}}}"#;
    let mut builder = Builder::new();
    nvd::compile(upstream.as_slice(), &Limits::default(), &mut builder).unwrap();
    cve5::read(record.as_slice(), &Limits::default(), &mut |record| {
        for statement in &record.statements {
            builder.add(statement).unwrap();
        }
    })
    .unwrap();
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let found = |purl: &str| {
        let asset: Vec<Name> = of_purl(purl)
            .products
            .into_iter()
            .map(|one| one.name)
            .collect();
        index
            .findings(&asset, &mut Scratch::default())
            .into_iter()
            .map(|finding| format!("{} {:?}", finding.id, finding.confidence))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("pkg:generic/openssl@1.1.1k"), ["CVE-2022-0778 Exact"]);
    assert_eq!(
        found("pkg:rpm/redhat/openssl@1.1.1k-7.el8_6?epoch=1&distro=rhel-8.6"),
        ["CVE-2023-5678 Exact"]
    );
    for silent in [
        "pkg:rpm/redhat/openssl@1.1.1k-12.el8_9?epoch=1&distro=rhel-8.9",
        "pkg:rpm/redhat/openssl@1.1.1k-7.el9?epoch=1&distro=rhel-9.1",
        "pkg:rpm/suse/openssl@1.1.1k-7",
        "pkg:deb/debian/openssl@1.1.1k-1%2Bdeb11u1",
        "pkg:apk/alpine/openssl@1.1.1k-r0",
    ] {
        assert_eq!(found(silent), Vec::<String>::new(), "{silent}");
    }
}

#[test]
fn a_backslash_is_no_escape_that_comes_and_goes() {
    for (purl, name) in [
        (r"pkg:npm/\(", r"cpe:2.3:a:\(:\(:*:*:*:*:*:node.js:*:*"),
        (
            r"pkg:npm/b@1%5C(2",
            r"cpe:2.3:a:b:b:1\(2:*:*:*:*:node.js:*:*",
        ),
    ] {
        let package = Package {
            purl: Some(purl),
            ..Package::default()
        };
        let found = judged(&package, &Dictionary::new());
        let names: Vec<String> = found.products.iter().map(|p| p.name.to_string()).collect();
        assert!(names.iter().any(|found| found == name), "{purl}: {names:?}");
    }
}

proptest! {
    #[test]
    fn anything_is_answered(name in "\\PC{0,60}", version in "\\PC{0,20}", purl in "(pkg:(deb|rpm|npm|golang|generic)/)?\\PC{0,60}") {
        let package = Package {
            name: &name,
            version: Some(&version),
            purl: Some(&purl),
            ..Package::default()
        };
        let found = judged(&package, &Dictionary::new());
        for product in &found.products {
            prop_assert!((1..=100).contains(&product.score));
            prop_assert!(product.name.literal(Attribute::Vendor).is_some());
            let text = product.name.to_string();
            prop_assert_eq!(Name::parse_lenient(&text), Ok(product.name.clone()));
        }
        if let Ok(purl) = Purl::parse(&purl) {
            prop_assert_eq!(Purl::parse(&purl.to_string()).map(|again| (again.kind, again.name, again.version)), Ok((purl.kind, purl.name, purl.version)));
        }
    }
}
