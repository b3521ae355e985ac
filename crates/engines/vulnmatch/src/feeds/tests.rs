use std::io::{Cursor, Read, Write};

use proptest::prelude::*;

use super::*;
use crate::cpe::Name;
use crate::index::{Builder, Index, Scratch};
use crate::model::{Confidence, Source};

fn record(number: u32, criteria: &str) -> String {
    format!(
        r#"{{"cve":{{"id":"CVE-2024-{number:04}","published":"2024-01-01T00:00:00.000","vulnStatus":"Analyzed","descriptions":[{{"lang":"en","value":"a \"quoted\" text \\ with ] and }} in it"}}],"metrics":{{"cvssMetricV31":[{{"type":"Primary","cvssData":{{"version":"3.1","baseScore":9.8,"vectorString":"CVSS:3.1/AV:N"}}}},{{"type":"Secondary","cvssData":{{"version":"3.1"}}}}]}},"configurations":[{{"nodes":[{{"operator":"OR","negate":false,"cpeMatch":[{criteria}]}}]}}]}}}}"#
    )
}

const MATCH: &str =
    r#"{"vulnerable":true,"criteria":"cpe:2.3:o:cisco:ios:15.0\\(3\\)ew:*:*:*:*:*:*:*"}"#;

fn feed(records: &[String]) -> String {
    format!(
        r#"{{"resultsPerPage":2,"other":{{"vulnerabilities":[1,2]}},"format":"NVD_CVE","vulnerabilities":[{}],"timestamp":"x"}}"#,
        records.join(",")
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn nvd_ids(bytes: impl Read, limits: &Limits) -> (Vec<String>, Result<Report, FeedError>) {
    let mut ids = Vec::new();
    let report = nvd::read(bytes, limits, &mut |record| ids.push(record.id.to_string()));
    (ids, report)
}

#[test]
fn nvd_is_read_and_compiled() {
    let text = feed(&[record(1, MATCH), record(2, MATCH)]);
    let mut records = Vec::new();
    nvd::read(text.as_bytes(), &Limits::default(), &mut |record| {
        records.push(record)
    })
    .unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].scores.len(), 1);
    assert_eq!(
        records[0].description,
        "a \"quoted\" text \\ with ] and } in it"
    );
    let mut builder = Builder::new();
    let report = nvd::compile(text.as_bytes(), &Limits::default(), &mut builder).unwrap();
    assert_eq!((report.records, report.set_aside), (2, 0));
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let asset = Name::parse_formatted("cpe:2.3:o:cisco:ios:15.0\\(3\\)ew:*:*:*:*:*:*:*").unwrap();
    let findings = index.findings(&[asset], &mut Scratch::default());
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[0].confidence, Confidence::Exact);
}

#[test]
fn escaped_bounds_are_bounds() {
    // As in CVE-2010-0440.
    let criterion = r#"{"vulnerable":true,"criteria":"cpe:2.3:a:cisco:asa:*:*:*:*:*:*:*:*","versionStartIncluding":"8.0","versionEndExcluding":"8.0\\(5\\)"}"#;
    let mut builder = Builder::new();
    let text = feed(&[record(1, criterion)]);
    nvd::compile(text.as_bytes(), &Limits::default(), &mut builder).unwrap();
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    for (version, found) in [("8.0.3.6", 1), ("8.0(4)", 1), ("8.0(5)", 0), ("8.1", 0)] {
        let asset = Name::product('a', "cisco", "asa").with_version(version);
        let findings = index.findings(&[asset], &mut Scratch::default());
        assert_eq!(findings.len(), found, "{version}");
    }
}

/// What the fast way takes is what the other one takes, whatever the order and the oddities.
#[test]
fn both_ways_of_reading_take_the_same() {
    let odd = [
        record(1, MATCH).replace("\"id\"", "\"\\u0069d\""),
        record(2, MATCH).replace("\"cve\":{", " \"x\":[{\"id\":1}] , \"cve\" : { "),
        record(3, MATCH).replace(
            "\"id\"",
            "\"configuration\":{\"configurations\":[1]},\"id\"",
        ),
        record(4, MATCH).replace("Analyzed", "REJECTED"),
        record(5, MATCH).replace("}]}]}]", "}]}]}}"),
        record(6, MATCH).replace("\"id\"", "\"id\":\"CVE-2024-0099\",\"id\""),
        record(7, MATCH),
    ];
    let text = feed(&odd);
    let (read, whole) = nvd_ids(text.as_bytes(), &Limits::default());
    let mut builder = Builder::new();
    let report = nvd::compile(text.as_bytes(), &Limits::default(), &mut builder).unwrap();
    assert_eq!(report.examples, whole.unwrap().examples);
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let asset = Name::parse_formatted("cpe:2.3:o:cisco:ios:15.0\\(3\\)ew:*:*:*:*:*:*:*").unwrap();
    let compiled: Vec<String> = index
        .findings(&[asset], &mut Scratch::default())
        .iter()
        .map(|finding| finding.id.to_string())
        .collect();
    let wanted = [
        "CVE-2024-0001",
        "CVE-2024-0002",
        "CVE-2024-0003",
        "CVE-2024-0007",
    ];
    assert_eq!(compiled, wanted);
    let shown: Vec<&String> = read.iter().filter(|id| **id != "CVE-2024-0004").collect();
    assert_eq!(shown, wanted.iter().collect::<Vec<_>>());
}

#[test]
fn a_malformed_record_is_set_aside_with_its_place() {
    let text = feed(&[
        record(1, MATCH),
        r#"{"cve":{"id":"CVE-2024-0002","configurations":7}}"#.to_owned(),
        r#"{"cve":{"id":"nonsense"}}"#.to_owned(),
        "17".to_owned(),
        record(5, r#"{"vulnerable":true,"criteria":"no name"}"#),
        record(6, MATCH),
    ]);
    let (ids, report) = nvd_ids(text.as_bytes(), &Limits::default());
    assert_eq!(ids, ["CVE-2024-0001", "CVE-2024-0005", "CVE-2024-0006"]);
    let report = report.unwrap();
    assert_eq!((report.records, report.set_aside), (6, 4));
    let aside = &report.examples[0];
    assert_eq!(
        (aside.record, aside.id.as_deref()),
        (2, Some("CVE-2024-0002"))
    );
    assert!(text[aside.offset as usize..].starts_with(r#"{"cve":{"id":"CVE-2024-0002""#));
    assert!(report.examples[3].reason.contains("no name"));
}

#[test]
fn cut_streams_say_so_and_keep_what_was_read() {
    let text = feed(&[record(1, MATCH), record(2, MATCH)]);
    let half = &text.as_bytes()[..text.len() - 200];
    let (ids, report) = nvd_ids(half, &Limits::default());
    assert_eq!(ids, ["CVE-2024-0001"]);
    assert!(
        matches!(report, Err(FeedError::Truncated { .. })),
        "{report:?}"
    );
    let packed = gzip(text.as_bytes());
    let reader = decompressed(Cursor::new(packed.clone())).unwrap();
    assert_eq!(nvd_ids(reader, &Limits::default()).0.len(), 2);
    for cut in [11, packed.len() / 2, packed.len() - 9] {
        let reader = decompressed(Cursor::new(packed[..cut].to_vec())).unwrap();
        let (_, report) = nvd_ids(reader, &Limits::default());
        assert!(
            matches!(report, Err(FeedError::Truncated { .. })),
            "{cut}: {report:?}"
        );
    }
    for (text, wanted) in [
        ("", "Missing"),
        ("{}", "Missing"),
        ("nonsense", "Malformed"),
        ("{\"a\" 1}", "Malformed"),
        ("{\"vulnerabilities\":[", "Truncated"),
    ] {
        let (_, report) = nvd_ids(text.as_bytes(), &Limits::default());
        assert!(format!("{report:?}").contains(wanted), "{text}: {report:?}");
    }
}

/// A stream without end, of which no more than the limit may be held.
struct Endless(&'static [u8], u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut written = 0;
        for (place, byte) in buffer
            .iter_mut()
            .zip(self.0.iter().cycle().skip(usize::from(self.1 > 0)))
        {
            *place = *byte;
            written += 1;
        }
        self.1 += written as u64;
        assert!(self.1 < 64 << 20, "the limit was not kept");
        Ok(written)
    }
}

#[test]
fn what_never_ends_is_stopped() {
    let limits = Limits {
        longest_record: 1 << 20,
        ..Limits::default()
    };
    let start = |text: &'static [u8], filler: &'static [u8]| text.chain(Endless(filler, 1));
    let (_, report) = nvd_ids(start(b"{\"vulnerabilities\":[{\"cve\":\"", b"aa"), &limits);
    assert!(
        matches!(report, Err(FeedError::TooLong { .. })),
        "{report:?}"
    );
    let (_, report) = nvd_ids(start(b"{\"vulnerabilities\":[", b"[["), &limits);
    assert!(
        matches!(report, Err(FeedError::TooDeep { .. })),
        "{report:?}"
    );
    let short = Limits {
        most_bytes: 1 << 20,
        ..limits
    };
    let (_, report) = nvd_ids(start(b"{\"x\":\"", b"aa"), &short);
    assert!(
        matches!(report, Err(FeedError::TooMuch { .. })),
        "{report:?}"
    );
    let report = epss::read(start(b"cve,epss,percentile\n", b"aa"), &limits, &mut |_| {});
    assert!(
        matches!(report, Err(FeedError::TooLong { .. })),
        "{report:?}"
    );
    let report = jvn::details(start(b"<a><b>", b"tt"), &limits, &mut |_| {});
    assert!(
        matches!(report, Err(FeedError::TooLong { .. })),
        "{report:?}"
    );
    let report = jvn::details("<a>".repeat(100).as_bytes(), &limits, &mut |_| {});
    assert!(
        matches!(report, Err(FeedError::TooDeep { .. })),
        "{report:?}"
    );
}

#[test]
fn entities_are_not_expanded() {
    let bomb =
        r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>"#;
    let report = jvn::details(bomb.as_bytes(), &Limits::default(), &mut |_| {});
    assert!(
        matches!(report, Err(FeedError::DocumentType { .. })),
        "{report:?}"
    );
    let report = jvn::details("<x>&b;</x>".as_bytes(), &Limits::default(), &mut |_| {});
    assert!(
        matches!(report, Err(FeedError::Malformed { .. })),
        "{report:?}"
    );
    let report = jvn::details("<x><y></x>".as_bytes(), &Limits::default(), &mut |_| {});
    assert!(report.is_err());
    let report = jvn::details("<x><y>".as_bytes(), &Limits::default(), &mut |_| {});
    assert!(
        matches!(report, Err(FeedError::Truncated { .. })),
        "{report:?}"
    );
}

const VULDEF: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<VULDEF-Document version="3.2" xmlns="http://jvn.jp/vuldef/">
 <Vulinfo><VulinfoID>JVNDB-2024-000001</VulinfoID><VulinfoData><Title>例 &amp; 試験</Title>
  <VulinfoDescription><Overview>概要&#13;</Overview></VulinfoDescription>
  <Affected>
   <AffectedItem><Name>例社</Name><ProductName>製品</ProductName><Cpe version="2.2">cpe:/a:example:product</Cpe>
     <VersionNumber>2.13.0 から 2.15.0 より前のバージョン</VersionNumber></AffectedItem>
   <AffectedItem><Name>例社</Name><ProductName>別の製品</ProductName><Cpe version="2.2">cpe:/a:example:other</Cpe><VersionNumber/></AffectedItem>
  </Affected>
  <Related><RelatedItem type="advisory"><Name>CVE</Name><VulinfoID>CVE-2024-0001</VulinfoID></RelatedItem>
   <RelatedItem type="cwe"><VulinfoID>CWE-79</VulinfoID></RelatedItem></Related>
  <DateLastUpdated>2024-01-02T00:00:00+09:00</DateLastUpdated></VulinfoData></Vulinfo>
 <Vulinfo><VulinfoID>JVNDB-2024-000002</VulinfoID><VulinfoData><Title>x</Title><VulinfoDescription><Overview>** 削除 ** なし</Overview></VulinfoDescription></VulinfoData></Vulinfo>
 <Vulinfo><VulinfoID>?</VulinfoID></Vulinfo>
</VULDEF-Document>"#;

#[test]
fn jvn_details() {
    let mut details = Vec::new();
    let report = jvn::details(VULDEF.as_bytes(), &Limits::default(), &mut |d| {
        details.push(d)
    })
    .unwrap();
    assert_eq!((report.records, report.set_aside), (3, 1));
    assert_eq!(details[0].title, "例 & 試験");
    let statements = details[0].statements();
    assert_eq!(statements.len(), 1);
    assert_eq!(
        (statements[0].id.to_string().as_str(), statements[0].source),
        ("CVE-2024-0001", Source::Jvn)
    );
    let judge = |text: &str| {
        statements[0]
            .judge(&[Name::parse_lenient(text).unwrap()])
            .map(|finding| finding.confidence)
    };
    assert_eq!(
        judge("cpe:2.3:a:example:product:2.14.1"),
        Some(Confidence::Rough)
    );
    assert_eq!(judge("cpe:2.3:a:example:product:2.15.0"), None);
    assert_eq!(
        judge("cpe:2.3:a:example:other:1"),
        Some(Confidence::ProductOnly)
    );
    assert!(details[1].withdrawn && details[1].statements().is_empty());
}

#[test]
fn jvn_overviews_and_products() {
    let rss = r#"<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/" xmlns:sec="https://jvn.jp/rss/mod_sec/3.0/"><channel><title>c</title></channel>
      <item rdf:about="x"><title>題</title><link>https://jvndb.jvn.jp/</link><description>説明</description><sec:identifier>JVNDB-2024-000001</sec:identifier>
      <sec:references source="CVE" id="CVE-2024-0001">u</sec:references><sec:references id="CWE-79"/><sec:cpe version="2.2">cpe:/o:google:android</sec:cpe>
      <sec:cvss version="2.0" score="4.6"/><sec:cvss version="3.0" score="7.8"/></item></rdf:RDF>"#;
    let mut found = Vec::new();
    jvn::overviews(rss.as_bytes(), &Limits::default(), &mut |o| found.push(o)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].cves.len(), 1);
    assert_eq!(found[0].score, Some(("3.0".to_owned(), "7.8".to_owned())));
    assert_eq!(found[0].cpes, ["cpe:/o:google:android"]);
    let list = r#"<Result><VendorInfo><Vendor vname="サン" cpe="cpe:/:sun" vid="1"><Product pname="A &amp; B" cpe="cpe:/h:sun:a_b" pid="1"/><Product pname="?" cpe="?" pid="2"/></Vendor></VendorInfo></Result>"#;
    let mut found = Vec::new();
    let report =
        jvn::products(list.as_bytes(), &Limits::default(), &mut |p| found.push(p)).unwrap();
    assert_eq!((report.records, report.set_aside), (2, 1));
    assert_eq!(
        (found[0].vendor.as_str(), found[0].product.as_str()),
        ("サン", "A & B")
    );
}

#[test]
fn kev_and_epss() {
    let kev = r#"{"title":"t","vulnerabilities":[{"cveID":"CVE-2024-0001","dateAdded":"2024-01-01","knownRansomwareCampaignUse":"Known"},{"cveID":"?"}]}"#;
    let mut found = Vec::new();
    let report = kev::read(kev.as_bytes(), &Limits::default(), &mut |e| found.push(e)).unwrap();
    assert_eq!((report.records, report.set_aside), (2, 1));
    assert!(found[0].is_used_for_ransomware());
    let epss = "#model_version:v2025.03.14,score_date:2026-01-30T12:55:00Z\ncve,epss,percentile\nCVE-1999-0001,0.01141,0.78\nCVE-1999-0002,2,0\n";
    let mut found = Vec::new();
    let (model, report) =
        epss::read(epss.as_bytes(), &Limits::default(), &mut |l| found.push(l)).unwrap();
    assert_eq!(
        (model.version.as_str(), model.date.as_str()),
        ("v2025.03.14", "2026-01-30T12:55:00Z")
    );
    assert_eq!((report.records, report.set_aside, found.len()), (2, 1, 1));
    assert!(epss::read("<html>".as_bytes(), &Limits::default(), &mut |_| {}).is_err());
}

#[test]
fn csaf_by_words_and_ranges() {
    let text = r#"{"document":{"title":"t","tracking":{"id":"ICSMA-24-001"},"publisher":{"name":"CISA"}},
      "product_tree":{"branches":[{"category":"vendor","name":"Example Medical","branches":[{"category":"product_name","name":"Infusion Pump","branches":[
        {"category":"product_version_range","name":"<=2.01","product":{"product_id":"P1","name":"x"}}]}]}]},
      "vulnerabilities":[{"cve":"CVE-2024-0001","product_status":{"known_affected":["P1"],"fixed":["P2"]}}]}"#;
    let mut found = Vec::new();
    csaf::read(text.as_bytes(), &Limits::default(), &mut |a| found.push(a)).unwrap();
    let statement = &found[0].statements[0];
    let judge = |version: &str| {
        let asset = Name::product('h', "example_medical", "infusion_pump").with_version(version);
        statement.judge(&[asset]).map(|finding| finding.confidence)
    };
    assert_eq!(judge("2.01"), Some(Confidence::Rough));
    assert_eq!(judge("2.02"), None);
}

#[test]
fn overrides_replace_nvd() {
    let line = r#"{"_annotation":{"cve_id":"CVE-2024-0001"},"cve":{"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:v:p:*:*:*:*:*:*:*:*","versionEndExcluding":"2.0"}]}]}]}}"#;
    let mut builder = Builder::new();
    nvd::compile(
        feed(&[record(1, MATCH)]).as_bytes(),
        &Limits::default(),
        &mut builder,
    )
    .unwrap();
    let lines = format!("{line}\nnull\n{line}\n");
    let report = overrides::read(lines.as_bytes(), &Limits::default(), &mut |statement| {
        builder.add(&statement).unwrap();
    })
    .unwrap();
    assert_eq!((report.records, report.set_aside), (3, 1));
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let asset = |text: &str| [Name::parse_lenient(text).unwrap()];
    let mut scratch = Scratch::default();
    assert_eq!(
        index.findings(&asset("cpe:2.3:o:cisco:ios:15.0(3)ew"), &mut scratch),
        []
    );
    let found = index.findings(&asset("cpe:2.3:a:v:p:1.9"), &mut scratch);
    assert_eq!((found.len(), found[0].source), (1, Source::Overrides));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        all_readers(&bytes);
    }

    #[test]
    fn altered_feeds_are_read_or_refused(place in 0usize..4000, byte in any::<u8>(), cut in 0usize..4000) {
        for text in [feed(&[record(1, MATCH), record(2, MATCH)]), VULDEF.to_owned()] {
            let mut bytes = text.into_bytes();
            let length = bytes.len();
            bytes[place % length] = byte;
            bytes.truncate(length - cut % 50);
            all_readers(&bytes);
        }
    }
}

fn all_readers(bytes: &[u8]) {
    let limits = Limits {
        longest_record: 1 << 16,
        ..Limits::default()
    };
    let _ = nvd::read(bytes, &limits, &mut |_| {});
    let _ = nvd::compile(bytes, &limits, &mut Builder::new());
    let _ = cve5::read(bytes, &limits, &mut |_| {});
    let _ = overrides::read(bytes, &limits, &mut |_| {});
    let _ = kev::read(bytes, &limits, &mut |_| {});
    let _ = epss::read(bytes, &limits, &mut |_| {});
    let _ = csaf::read(bytes, &limits, &mut |_| {});
    let _ = jvn::details(bytes, &limits, &mut |detail| drop(detail.statements()));
    let _ = jvn::overviews(bytes, &limits, &mut |_| {});
    let _ = jvn::products(bytes, &limits, &mut |_| {});
}
