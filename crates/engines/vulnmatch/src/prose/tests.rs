use super::*;
use proptest::prelude::*;

fn said(text: &str) -> String {
    match versions(text) {
        Err(error) => format!("! {error}"),
        Ok(ranges) => ranges
            .iter()
            .map(|range| {
                let sign = |bound: &Bound, strict: &str, equal: &str| {
                    format!(
                        "{}{}",
                        if bound.inclusive { equal } else { strict },
                        bound.version
                    )
                };
                match (&range.start, &range.end) {
                    (Some(start), Some(end)) if start == end => format!("={}", start.version),
                    (start, end) => format!(
                        "{}..{}",
                        start
                            .as_ref()
                            .map(|b| sign(b, ">", ">="))
                            .unwrap_or_default(),
                        end.as_ref().map(|b| sign(b, "<", "<=")).unwrap_or_default()
                    ),
                }
            })
            .collect::<Vec<_>>()
            .join(" "),
    }
}

#[test]
fn japanese_and_english() {
    for (text, expected) in [
        ("5.16.3 未満", "..<5.16.3"),
        ("５．１６．３未満", "..<5.16.3"),
        ("7.3.7 より前のバージョン", "..<7.3.7"),
        ("2.13.0 から 2.15.0 より前のバージョン", ">=2.13.0..<2.15.0"),
        (
            "core 2.0-beta9 から 2.12.1 より前のバージョン",
            ">=2.0-beta9..<2.12.1",
        ),
        ("7.0 以前", "..<=7.0"),
        ("7.0 およびそれ以前", "..<=7.0"),
        ("6.0 以降", ">=6.0.."),
        ("6.0 以上 6.5 未満", ">=6.0..<6.5"),
        ("6.0 以降、6.5 未満", ">=6.0..<6.5"),
        ("1.0 から 2.0 まで", ">=1.0..<=2.0"),
        ("1.0 ～ 2.0", ">=1.0..<=2.0"),
        ("すべてのバージョン", ".."),
        ("全バージョン", ".."),
        ("7.0.x", ">=7.0..<7.1"),
        ("7.x", ">=7..<8"),
        ("6.4.x、7.0.0 および 7.2.1", ">=6.4..<6.5 =7.0.0 =7.2.1"),
        ("FortiOS 7.0.0 から 7.0.5", ">=7.0.0..<=7.0.5"),
        ("ファームウェア Ver.3.21 およびそれ以前", "..<=3.21"),
        ("バージョン 1.2.3", "=1.2.3"),
        ("2016 SP2 以前", "..<=2016 sp2"),
        ("7.0 Update 3 未満", "..<7.0 update 3"),
        ("15.0(3)EW 以前", "..<=15.0(3)ew"),
        ("10.1.14-h11 より前", "..<10.1.14-h11"),
        ("1.9.62 and prior", "..<=1.9.62"),
        ("All versions prior to v9.3.0", "..<v9.3.0"),
        (">= 5.0.0, < 5.1.0", ">=5.0.0..<5.1.0"),
        (">=2.0|<3.0", ">=2.0..<3.0"),
        ("<=2.01", "..<=2.01"),
        ("vers:all/<V7.0.3", "..<v7.0.3"),
        ("vers:all/*", ".."),
        ("All versions < V2.4", "..<v2.4"),
        ("8.3, 9.0", "=8.3 =9.0"),
        ("28  - 32", ">=28..<=32"),
        ("12.2.*", ">=12.2..<12.3"),
        (
            "before version SPS_E5_06.01.04.002.0",
            "! no version is named",
        ),
        ("", "! no version is named"),
        ("?", "! no version is named"),
        (
            "不明",
            "! the word \"不明\" at character 0 is not understood",
        ),
        (
            "3.0 (一部機種を除く)",
            "! the word \"一部機種を除く)\" at character 5 is not understood",
        ),
        (
            "3.0 をインストールした環境",
            "! the word \"をインストールした環境\" at character 4 is not understood",
        ),
        (
            "Server 2016 13.0.5 未満",
            "! at character 12 a second version follows without a word between",
        ),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
    assert_eq!(versions(&"1".repeat(10_000)), Err(Unreadable::TooLong));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-z未満より前のバージョン以降から、,<>=.x \\-]{0,60}", other in "\\PC{0,80}") {
        for text in [text, other] {
            if let Ok(ranges) = versions(&text) {
                prop_assert!(!ranges.is_empty());
            }
        }
    }
}
