//! What must hold of every parser of this crate, whatever the content. Both the fuzz targets and the
//! run of the corpus in the test suite use these.

use vulnmatch::cpe::{Attribute, Name, NameRelation};
use vulnmatch::feeds::{Limits, csaf, cve5, epss, jvn, kev, nvd, overrides};
use vulnmatch::index::{Builder, Index, Scratch};
use vulnmatch::names::Dictionary;
use vulnmatch::packages::{JudgedBy, Package, Purl, judged};
use vulnmatch::prose;
use vulnmatch::versions::Scheme;

/// CPE names in both forms, versions in every order, versions in words, names of products.
pub fn vuln_names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for name in [
        Name::parse_formatted(&text),
        Name::parse_uri(&text),
        Name::parse_lenient(&text),
    ]
    .into_iter()
    .flatten()
    {
        assert_eq!(name.relation(&name), NameRelation::Equal, "{text:?}");
        let again = Name::parse_lenient(&name.to_string());
        assert!(
            again.is_ok() || name.to_string().len() > vulnmatch::cpe::LONGEST_NAME,
            "{text:?} {name:?} {again:?}"
        );
    }
    let (one, other) = text.split_once('\n').unwrap_or((&text, ""));
    for scheme in Scheme::ALL {
        let order = scheme.compare(one, other);
        assert_eq!(
            scheme.compare(other, one),
            order.map(std::cmp::Ordering::reverse),
            "{scheme:?} {text:?}"
        );
        let key = scheme.key(one, Some(other));
        assert_eq!(key.compare(&key), Some(std::cmp::Ordering::Equal));
    }
    if let Ok(ranges) = prose::versions(&text) {
        assert!(!ranges.is_empty(), "{text:?}");
    }
    for candidate in Dictionary::new().candidates(&text) {
        assert!((1..100).contains(&candidate.score), "{text:?}");
    }
}

/// Installed software: a line each for its name, version, vendor, package URL, CPE name, the system
/// that it is on, and who reports it.
pub fn packages(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut line = || lines.next().filter(|line| !line.is_empty());
    let (name, version, vendor, purl, cpe) = (line(), line(), line(), line(), line());
    let system = line().and_then(|text| Name::parse_lenient(text).ok());
    let package = Package {
        name: name.unwrap_or_default(),
        version,
        vendor,
        source: line().unwrap_or_default(),
        cpe,
        purl,
        system: system.as_ref(),
    };
    let dictionary = Dictionary::new();
    let found = judged(&package, &dictionary);
    assert_eq!(found, judged(&package, &dictionary), "{text:?}");
    assert!(
        found.by != JudgedBy::Nobody || found.products.is_empty(),
        "{text:?}"
    );
    for product in &found.products {
        assert!((1..=100).contains(&product.score), "{text:?}");
        assert!(
            product.name.literal(Attribute::Vendor).is_some(),
            "{text:?}"
        );
        let written = product.name.to_string();
        if written.len() <= vulnmatch::cpe::LONGEST_NAME {
            let again = Name::parse_lenient(&written);
            assert_eq!(again.as_ref(), Ok(&product.name), "{text:?}");
        }
    }
    if let Some(Ok(purl)) = purl.map(Purl::parse) {
        let again = Purl::parse(&purl.to_string());
        assert_eq!(
            again.map(|again| (again.kind, again.name, again.version)),
            Ok((purl.kind, purl.name, purl.version)),
            "{text:?}"
        );
    }
}

/// Every feed.
pub fn vuln_feeds(bytes: &[u8]) {
    let limits = Limits {
        longest_record: 1 << 20,
        ..Limits::default()
    };
    let mut builder = Builder::new();
    let _ = nvd::compile(bytes, &limits, &mut builder);
    let _ = nvd::read(bytes, &limits, &mut |record| {
        if let Some(statement) = record.statement {
            let _ = builder.add(&statement);
        }
    });
    let _ = cve5::read(bytes, &limits, &mut |record| {
        for statement in &record.statements {
            let _ = builder.add(statement);
        }
    });
    let _ = overrides::read(bytes, &limits, &mut |statement| {
        let _ = builder.add(&statement);
    });
    let _ = csaf::read(bytes, &limits, &mut |advisory| {
        for statement in &advisory.statements {
            let _ = builder.add(statement);
        }
    });
    let _ = jvn::details(bytes, &limits, &mut |detail| {
        for statement in &detail.statements() {
            let _ = builder.add(statement);
        }
    });
    let _ = jvn::overviews(bytes, &limits, &mut |_| {});
    let _ = jvn::products(bytes, &limits, &mut |_| {});
    let _ = kev::read(bytes, &limits, &mut |_| {});
    let _ = epss::read(bytes, &limits, &mut |_| {});
    if let Ok(compiled) = builder.finish() {
        assert!(
            Index::from_bytes(compiled).is_ok(),
            "an index of ours is refused"
        );
    }
}

/// An index, whose checksum is made to fit so that what lies behind is reached.
pub fn vuln_index(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    let _ = Index::from_bytes(bytes.clone());
    if bytes.len() > 24 {
        let (length, sum) = (bytes.len() as u64, crc32(&bytes[24..]));
        bytes[12..16].copy_from_slice(&sum.to_le_bytes());
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
    }
    if let Ok(index) = Index::from_bytes(bytes) {
        let names: Vec<Name> = ["cpe:2.3:a:v:p:1.0", "cpe:2.3:a:v:p", "cpe:2.3:o:v:os:-"]
            .iter()
            .filter_map(|text| Name::parse_lenient(text).ok())
            .collect();
        let _ = index.findings(&names, &mut Scratch::default());
        let _ = index.products_of(&|_| true);
    }
}

/// CRC-32 as gzip has it, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
