use super::*;
use crate::model::Bound;
use Confidence::{Exact, ProductOnly, Rough};

fn name(text: &str) -> Name {
    Name::parse_lenient(text).unwrap()
}

fn range_of(text: &str) -> Range {
    let mut range = Range::default();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let bound = |sign: &str, inclusive| {
            part.strip_prefix(sign).map(|version| Bound {
                version: version.to_owned(),
                inclusive,
            })
        };
        if let Some(start) = bound(">=", true).or_else(|| bound(">", false)) {
            range.start = Some(start);
        } else {
            range.end = bound("<=", true).or_else(|| bound("<", false));
        }
    }
    range
}

/// Criterion, range, asset, what is expected.
type Decision = (
    &'static str,
    &'static str,
    &'static str,
    Option<(Confidence, Reason)>,
);

const DECISIONS: &[Decision] = &[
    // 1: vendors and products.
    (
        "cpe:2.3:a:v:p:1.0",
        "",
        "cpe:2.3:a:v:p:1.0",
        Some((Exact, Reason::VersionNamed)),
    ),
    ("cpe:2.3:a:v:p:1.0", "", "cpe:2.3:a:v:q:1.0", None),
    ("cpe:2.3:a:v:p:1.0", "", "cpe:2.3:o:v:p:1.0", None),
    (
        "cpe:2.3:a:v:p:1.0",
        "",
        "cpe:2.3:*:v:p:1.0",
        Some((Exact, Reason::VersionNamed)),
    ),
    ("cpe:2.3:a:*:p:1.0", "", "cpe:2.3:a:v:p:1.0", None),
    (
        "cpe:2.3:a:v:p*:1.0",
        "",
        "cpe:2.3:a:v:php:1.0",
        Some((Exact, Reason::VersionNamed)),
    ),
    ("cpe:2.3:a:v:p:1.0", "", "cpe:2.3:a:*:p:1.0", None),
    ("cpe:2.3:a:v:p:1.0", "", "cpe:2.3:a:v*:p:1.0", None),
    // 2: the asset's version is not known.
    (
        "cpe:2.3:a:v:p:1.0",
        "",
        "cpe:2.3:a:v:p",
        Some((ProductOnly, Reason::AssetVersionUnknown)),
    ),
    (
        "cpe:2.3:a:v:p",
        "<2.0",
        "cpe:2.3:a:v:p",
        Some((ProductOnly, Reason::AssetVersionUnknown)),
    ),
    (
        "cpe:2.3:a:v:p",
        "<2.0",
        "cpe:2.3:a:v:p:-",
        Some((ProductOnly, Reason::AssetVersionUnknown)),
    ),
    (
        "cpe:2.3:a:v:p",
        "<2.0",
        "cpe:2.3:a:v:p:unknown",
        Some((ProductOnly, Reason::AssetVersionUnknown)),
    ),
    ("cpe:2.3:a:v:p:1.0", "", "cpe:2.3:a:v:p:-", None),
    // 3: NA.
    (
        "cpe:2.3:a:apache:http_server:-",
        "",
        "cpe:2.3:a:apache:http_server:2.4.59",
        None,
    ),
    (
        "cpe:2.3:a:apache:http_server:-",
        "",
        "cpe:2.3:a:apache:http_server:-",
        Some((Exact, Reason::VersionNamed)),
    ),
    (
        "cpe:2.3:a:apache:http_server:-",
        "",
        "cpe:2.3:a:apache:http_server",
        Some((ProductOnly, Reason::AssetVersionUnknown)),
    ),
    (
        "cpe:2.3:o:microsoft:windows_server_2019:-",
        "",
        "cpe:2.3:o:microsoft:windows_server_2019:10.0.17763.5000",
        Some((ProductOnly, Reason::NoVersionNamed)),
    ),
    (
        "cpe:2.3:o:microsoft:windows_7:-:sp1",
        "",
        "cpe:2.3:o:microsoft:windows_7:-:sp1",
        Some((Exact, Reason::VersionNamed)),
    ),
    (
        "cpe:2.3:o:microsoft:windows_7:-:sp1",
        "",
        "cpe:2.3:o:microsoft:windows_7:-:-",
        None,
    ),
    (
        "cpe:2.3:o:microsoft:windows_7:-:sp1",
        "",
        "cpe:2.3:o:microsoft:windows_7:-",
        Some((Rough, Reason::AssetUpdateUnknown)),
    ),
    // 4: every version.
    (
        "cpe:2.3:a:v:p",
        "",
        "cpe:2.3:a:v:p:9",
        Some((Rough, Reason::EveryVersion)),
    ),
    // 5: version and update.
    (
        "cpe:2.3:a:ivanti:connect_secure:9.1:r17",
        "",
        "cpe:2.3:a:ivanti:connect_secure:9.1R17",
        Some((Exact, Reason::VersionNamed)),
    ),
    (
        "cpe:2.3:a:ivanti:connect_secure:9.1:r17",
        "",
        "cpe:2.3:a:ivanti:connect_secure:9.1:r18",
        None,
    ),
    (
        "cpe:2.3:a:ivanti:connect_secure:9.1:r17",
        "",
        "cpe:2.3:a:ivanti:connect_secure:9.1",
        Some((Rough, Reason::AssetUpdateUnknown)),
    ),
    (
        "cpe:2.3:a:ivanti:connect_secure:9.1",
        "",
        "cpe:2.3:a:ivanti:connect_secure:9.1:r17",
        Some((Exact, Reason::VersionNamed)),
    ),
    (
        "cpe:2.3:a:ivanti:connect_secure:9.1:-",
        "",
        "cpe:2.3:a:ivanti:connect_secure:9.1:r17",
        None,
    ),
    (
        "cpe:2.3:a:oracle:jre:1.8.0:update_202",
        "",
        "cpe:2.3:a:oracle:jre:1.8.0_202",
        Some((Exact, Reason::VersionNamed)),
    ),
    (
        "cpe:2.3:a:oracle:jre:1.8.0:update_202",
        "",
        "cpe:2.3:a:oracle:jre:1.8.0:update_211",
        None,
    ),
    (
        "cpe:2.3:a:v:p:1.0:-",
        "",
        "cpe:2.3:a:v:p:1.0:-",
        Some((Exact, Reason::VersionNamed)),
    ),
    (
        "cpe:2.3:a:v:p:1.0:-",
        "",
        "cpe:2.3:a:v:p:1.0",
        Some((Rough, Reason::AssetUpdateUnknown)),
    ),
    ("cpe:2.3:a:v:p:1.0:-", "", "cpe:2.3:a:v:p:1.0:beta", None),
    (
        "cpe:2.3:a:v:p:9.5.0",
        "",
        "cpe:2.3:a:v:p:9.5",
        Some((Exact, Reason::VersionNamed)),
    ),
    // 6: patch levels of bounds; and the ends of ranges.
    (
        "cpe:2.3:a:v:p",
        "<=7.9",
        "cpe:2.3:a:v:p:7.9:p1",
        Some((Rough, Reason::PatchLevelOfBound)),
    ),
    ("cpe:2.3:a:v:p", "<7.9", "cpe:2.3:a:v:p:7.9:p1", None),
    (
        "cpe:2.3:a:v:p",
        "<=7.9",
        "cpe:2.3:a:v:p:7.9.0",
        Some((Exact, Reason::InRange)),
    ),
    ("cpe:2.3:a:v:p", "<7.9", "cpe:2.3:a:v:p:7.9.0", None),
    (
        "cpe:2.3:a:v:p",
        ">=7.9,<8",
        "cpe:2.3:a:v:p:7.9",
        Some((Exact, Reason::InRange)),
    ),
    ("cpe:2.3:a:v:p", ">7.9,<8", "cpe:2.3:a:v:p:7.9", None),
    (
        "cpe:2.3:a:v:p",
        ">=7.9,<8",
        "cpe:2.3:a:v:p:8:rc1",
        Some((Exact, Reason::InRange)),
    ),
    (
        "cpe:2.3:a:v:p",
        ">=2.0:,<2.15",
        "cpe:2.3:a:v:p:2.0:beta9",
        None,
    ),
    (
        "cpe:2.3:o:paloaltonetworks:pan-os",
        ">=10.1.0,<10.1.14",
        "cpe:2.3:o:paloaltonetworks:pan-os:10.1.14-h11",
        None,
    ),
    // 10: an update beside a range.
    (
        "cpe:2.3:a:v:p:*:beta_1",
        "<=3.4",
        "cpe:2.3:a:v:p:3.4:beta",
        Some((Rough, Reason::UpdateBesideRange)),
    ),
    (
        "cpe:2.3:a:v:p:*:beta_1",
        "<=3.4",
        "cpe:2.3:a:v:p:3.3:rc1",
        Some((Rough, Reason::UpdateBesideRange)),
    ),
    (
        "cpe:2.3:a:v:p:*:beta_1",
        "<=3.4",
        "cpe:2.3:a:v:p:3.3:-",
        Some((Rough, Reason::UpdateBesideRange)),
    ),
    (
        "cpe:2.3:a:v:p:*:beta_1",
        "<=3.4",
        "cpe:2.3:a:v:p:3.4:beta_2",
        None,
    ),
    (
        "cpe:2.3:a:v:p:*:beta_1",
        "<=3.4",
        "cpe:2.3:a:v:p:3.4:-",
        None,
    ),
    (
        "cpe:2.3:a:v:p:*:sp1",
        "<=3.4",
        "cpe:2.3:a:v:p:3.4:sp2",
        None,
    ),
    (
        "cpe:2.3:a:v:p:*:sp1",
        "<=3.4",
        "cpe:2.3:a:v:p:3.4:-",
        Some((Rough, Reason::UpdateBesideRange)),
    ),
    (
        "cpe:2.3:a:v:p:*:sp1",
        ">=3.4",
        "cpe:2.3:a:v:p:3.5:sp2",
        None,
    ),
    ("cpe:2.3:a:v:p:*:-", "<=3.4", "cpe:2.3:a:v:p:3.3:sp2", None),
    // 7: no order.
    (
        "cpe:2.3:o:microsoft:windows_10",
        "<10.0.19045.5371",
        "cpe:2.3:o:microsoft:windows_10:22h2",
        Some((ProductOnly, Reason::CannotCompare)),
    ),
    (
        "cpe:2.3:a:v:p",
        "<2.0",
        "cpe:2.3:a:v:p:99999999999999999999999",
        Some((ProductOnly, Reason::CannotCompare)),
    ),
    (
        "cpe:2.3:a:v:p",
        "<2.0",
        "cpe:2.3:a:v:p:1.0-netsec",
        Some((Rough, Reason::WordInVersion)),
    ),
    // 8: environment.
    (
        "cpe:2.3:a:v:p:1.0:*:*:*:*:wordpress:*:*",
        "",
        "cpe:2.3:a:v:p:1.0",
        Some((Rough, Reason::EnvironmentUnknown)),
    ),
    (
        "cpe:2.3:a:v:p:1.0:*:*:*:*:wordpress:*:*",
        "",
        "cpe:2.3:a:v:p:1.0:*:*:*:*:wordpress:*:*",
        Some((Exact, Reason::VersionNamed)),
    ),
    (
        "cpe:2.3:a:v:p:1.0:*:*:*:*:wordpress:*:*",
        "",
        "cpe:2.3:a:v:p:1.0:*:*:*:*:joomla:*:*",
        None,
    ),
    (
        "cpe:2.3:a:v:p:1.0:*:*:*:*:wordpress:*:*",
        "",
        "cpe:2.3:a:v:p:1.0:*:*:*:*:-:*:*",
        None,
    ),
    (
        "cpe:2.3:a:v:p",
        "<2",
        "cpe:2.3:a:v:p:1.0:*:*:*:*:wordpress:*:*",
        Some((Exact, Reason::InRange)),
    ),
];

#[test]
fn decisions_are_pinned() {
    for (criterion, range, asset, expected) in DECISIONS {
        let criterion = Criterion::vulnerable(name(criterion), range_of(range));
        let found = criterion
            .covers(&name(asset))
            .map(|coverage| (coverage.confidence, coverage.reason));
        assert_eq!(found, *expected, "{criterion} on {asset}");
    }
}

#[test]
fn platforms_are_met_whatever_their_version() {
    for (criterion, asset, expected) in [
        (
            "cpe:2.3:o:microsoft:windows:-",
            "cpe:2.3:o:microsoft:windows_server_2019:10.0.17763.1",
            true,
        ),
        (
            "cpe:2.3:o:microsoft:windows",
            "cpe:2.3:o:microsoft:windows_10_22h2:-",
            true,
        ),
        (
            "cpe:2.3:o:microsoft:windows:10",
            "cpe:2.3:o:microsoft:windows_10_22h2:-",
            false,
        ),
        (
            "cpe:2.3:o:linux:linux_kernel:-",
            "cpe:2.3:o:redhat:enterprise_linux:8.6",
            true,
        ),
        (
            "cpe:2.3:o:linux:linux_kernel:-",
            "cpe:2.3:o:linux:linux_kernel:5.10",
            true,
        ),
        (
            "cpe:2.3:h:fortinet:fortigate-60f:-",
            "cpe:2.3:h:fortinet:fortigate-60f:rev2",
            true,
        ),
        (
            "cpe:2.3:o:microsoft:windows:-",
            "cpe:2.3:o:apple:macos:12",
            false,
        ),
    ] {
        let criterion = Criterion::platform(name(criterion));
        assert_eq!(
            criterion.covers(&name(asset)).is_some(),
            expected,
            "{criterion} on {asset}"
        );
    }
    // A vulnerable product is not met by its family.
    let windows = Criterion::vulnerable(name("cpe:2.3:o:microsoft:windows:-"), Range::default());
    assert_eq!(
        windows.covers(&name("cpe:2.3:o:microsoft:windows_10:-")),
        None
    );
}

#[test]
fn the_source_limits_the_confidence() {
    let mut criterion = Criterion::vulnerable(name("cpe:2.3:a:v:p:1.0"), Range::default());
    criterion.at_most = Confidence::ProductOnly;
    assert_eq!(
        criterion.covers(&name("cpe:2.3:a:v:p:1.0")),
        Some(Coverage::new(ProductOnly, Reason::SourceUnclear))
    );
}
