use proptest::prelude::*;

use super::*;

fn formatted(text: &str) -> Name {
    Name::parse_formatted(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Names in both forms. The shapes are those of the examples in NISTIR 7695 §6: wildcards, NA,
/// quoted punctuation, packed editions.
const BOTH_FORMS: &[(&str, &str)] = &[
    (
        "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
        "cpe:/a:microsoft:internet_explorer:8.0.6001:beta",
    ),
    (
        "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*",
        "cpe:/a:microsoft:internet_explorer:8.%02:sp%01",
    ),
    (
        "cpe:2.3:a:hp:insight:7.4.0.1570:-:*:*:online:win2003:x64:*",
        "cpe:/a:hp:insight:7.4.0.1570:-:~~online~win2003~x64~",
    ),
    (
        "cpe:2.3:a:hp:openview_network_manager:7.51:*:*:*:*:linux:*:*",
        "cpe:/a:hp:openview_network_manager:7.51::~~~linux~~",
    ),
    (
        "cpe:2.3:a:foo\\\\bar:big\\$money_2010:*:*:*:*:special:ipod_touch:80gb:*",
        "cpe:/a:foo%5cbar:big%24money_2010:::~~special~ipod_touch~80gb~",
    ),
    (
        "cpe:2.3:o:cisco:ios:12.2\\(33\\)sxi7:*:*:*:*:*:*:*",
        "cpe:/o:cisco:ios:12.2%2833%29sxi7",
    ),
    (
        "cpe:2.3:o:microsoft:windows_server_2019:-:*:*:*:*:*:x64:*",
        "cpe:/o:microsoft:windows_server_2019:-::~~~~x64~",
    ),
    ("cpe:2.3:*:*:*:*:*:*:*:*:*:*:*", "cpe:/"),
    (
        "cpe:2.3:a:vendor:product:1.0:*:pro:ja:*:*:*:*",
        "cpe:/a:vendor:product:1.0::pro:ja",
    ),
    (
        "cpe:2.3:a:vendor:??x*:\\-:*:*:*:*:*:*:*",
        "cpe:/a:vendor:%01%01x%02:%2d",
    ),
];

#[test]
fn both_forms_say_the_same() {
    for (string, uri) in BOTH_FORMS {
        let name = formatted(string);
        assert_eq!(&name.to_string(), string);
        assert_eq!(&name.to_uri().unwrap(), uri, "{string}");
        assert_eq!(Name::parse_uri(uri).unwrap(), name, "{uri}");
        assert_eq!(Name::parse_lenient(uri).unwrap(), name, "{uri}");
        assert_eq!(Name::parse_lenient(string).unwrap(), name, "{string}");
    }
}

#[test]
fn errors_name_the_place() {
    let parse = |text: &str| Name::parse_formatted(text).unwrap_err();
    assert_eq!(parse("cpe:/a:b:c"), CpeError::Prefix);
    assert_eq!(
        parse("cpe:2.3:a:b:c"),
        CpeError::Components {
            found: 3,
            expected: 11
        }
    );
    assert_eq!(
        parse("cpe:2.3:x:b:c:*:*:*:*:*:*:*:*"),
        CpeError::Part { position: 8 }
    );
    assert_eq!(
        parse("cpe:2.3:a:b:c+d:*:*:*:*:*:*:*:*"),
        CpeError::Character {
            character: '+',
            position: 13
        }
    );
    assert_eq!(
        parse("cpe:2.3:a:b:c*d:*:*:*:*:*:*:*:*"),
        CpeError::Wildcard { position: 14 }
    );
    assert_eq!(
        parse("cpe:2.3:a:b:**:*:*:*:*:*:*:*:*"),
        CpeError::Wildcard { position: 13 }
    );
    assert_eq!(
        parse("cpe:2.3:a::c:*:*:*:*:*:*:*:*"),
        CpeError::Empty { position: 10 }
    );
    assert_eq!(
        parse("cpe:2.3:a:b:c\\d:*:*:*:*:*:*:*:*"),
        CpeError::Escape { position: 13 }
    );
    assert_eq!(
        Name::parse_uri("cpe:/a:b:c:1%zz").unwrap_err(),
        CpeError::Escape { position: 12 }
    );
    assert_eq!(
        Name::parse_uri("cpe:/a:b:c:1::~1~2").unwrap_err(),
        CpeError::Packed { position: 14 }
    );
    let long = format!("cpe:2.3:a:{}:c:*:*:*:*:*:*:*:*", "b".repeat(10_000));
    assert!(matches!(parse(&long), CpeError::TooLong { length } if length > 10_000));
    assert!(matches!(
        Name::parse_lenient(&long),
        Err(CpeError::TooLong { .. })
    ));
}

#[test]
fn what_feeds_write_is_read() {
    let lenient = |text: &str| Name::parse_lenient(text).unwrap();
    let version = |text: &str| {
        lenient(text)
            .literal(Attribute::Version)
            .map(str::to_owned)
            .unwrap()
    };
    assert_eq!(
        version(r"cpe:2.3:o:cisco:ios:15.1\\\(2\\\)s1:*:*:*:*:*:*:*"),
        "15.1(2)s1"
    );
    assert_eq!(version("cpe:2.3:a:v:p:1.0+git:*:*:*:*:*:*:*"), "1.0+git");
    assert_eq!(version("CPE:2.3:A:V:P:1.0"), "1.0");
    assert_eq!(version(" cpe:2.3:a:v:p:1*0:*:*:*:*:*:*:*\n"), "1*0");
    assert_eq!(
        lenient("cpe:/a:misc:soflyy_wp_all_import"),
        Name::product('a', "misc", "soflyy_wp_all_import")
    );
    assert_eq!(
        lenient("cpe:/a:sun:one/iplanet_web_server").literal(Attribute::Product),
        Some("one/iplanet_web_server")
    );
    assert_eq!(lenient("cpe:/:\\"), Name::default());
    assert_eq!(lenient("cpe:/:sun").literal(Attribute::Vendor), Some("sun"));
    for text in ["", "?", "cpe:2.3", "cpe:2.3:a", "cpe:2.3:\u{3042}:b:c"] {
        assert!(Name::parse_lenient(text).is_err(), "{text:?}");
    }
}

/// Table 6-2 of NISTIR 7696, row by row: source, target, relation. `i` and `k` are texts, `m` has
/// wildcards.
#[test]
fn table_6_2() {
    use Relation::{Disjoint, Equal, Subset, Superset, Undefined};
    let value = |text: &str| {
        formatted(&format!("cpe:2.3:a:v:p:{text}:*:*:*:*:*:*:*"))
            .get(Attribute::Version)
            .clone()
    };
    for (source, target, relation) in [
        ("*", "*", Equal),
        ("*", "-", Superset),
        ("*", "m*", Undefined),
        ("*", "i", Superset),
        ("-", "*", Subset),
        ("-", "-", Equal),
        ("-", "m?", Undefined),
        ("-", "i", Disjoint),
        ("i", "i", Equal),
        ("i", "I", Equal),
        ("i", "k", Disjoint),
        ("i", "m*", Undefined),
        ("i", "-", Disjoint),
        ("i", "*", Subset),
        ("m*", "k*", Undefined),
        ("m*", "*", Subset),
        ("m*", "-", Disjoint),
        ("m*", "mild", Superset),
        ("m*", "wild", Disjoint),
        ("*ld", "mild", Superset),
        ("*il*", "mild", Superset),
        ("*il*", "il", Superset),
        ("mil?", "mild", Superset),
        ("mil?", "mil", Superset),
        ("mil?", "milder", Disjoint),
        ("mil???", "milder", Superset),
        ("??ld", "mild", Superset),
        ("??ld", "emild", Disjoint),
        ("?il?", "mild", Superset),
        ("?il?", "mmild", Disjoint),
        ("mi\\*", "mi\\*", Equal),
        ("mi\\*", "mild", Disjoint),
    ] {
        assert_eq!(
            value(source).relation(&value(target)),
            relation,
            "{source} against {target}"
        );
    }
}

/// A version is not the beginning of another version (the fault of go-cpe #3).
#[test]
fn a_shorter_version_holds_no_longer_one() {
    let name = |version: &str| Name::product('o', "linux", "linux_kernel").with_version(version);
    assert_eq!(
        name("5.15.10").relation(&name("5.15.103")),
        NameRelation::Disjoint
    );
}

/// The name comparisons have the shape of NISTIR 7696 §6.2 and appendix examples.
#[test]
fn names_relate_by_their_attributes() {
    use NameRelation::{Disjoint, Equal, Overlap, Subset, Superset};
    for (source, target, relation) in [
        (
            "cpe:2.3:a:adobe:*:9.*:*:palmos:*:*:*:*:*",
            "cpe:2.3:a:adobe:reader:9.3.2:-:-:*:*:*:*:*",
            Disjoint,
        ),
        (
            "cpe:2.3:a:adobe:*:9.*:*:*:*:*:*:*:*",
            "cpe:2.3:a:adobe:reader:9.3.2:-:*:*:*:*:*:*",
            Superset,
        ),
        (
            "cpe:2.3:a:adobe:reader:9.3.2:*:*:*:*:*:*:*",
            "cpe:2.3:a:adobe:reader:9.3.2:*:*:*:*:*:*:*",
            Equal,
        ),
        (
            "cpe:2.3:a:adobe:reader:9.3.2:-:*:*:*:*:*:*",
            "cpe:2.3:a:adobe:*:9.3.2:*:*:*:*:*:*:*",
            Subset,
        ),
        (
            "cpe:2.3:a:adobe:*:9.3.2:-:*:*:*:*:*:*",
            "cpe:2.3:a:adobe:reader:9.3.2:*:*:*:*:*:*:*",
            Overlap,
        ),
        (
            "cpe:2.3:a:adobe:reader:*:*:*:*:*:*:*:*",
            "cpe:2.3:a:adobe:reader:9.*:*:*:*:*:*:*:*",
            Overlap,
        ),
        (
            "cpe:2.3:a:apache:tomcat:-:*:*:*:*:*:*:*",
            "cpe:2.3:a:apache:tomcat:9.0.1:*:*:*:*:*:*:*",
            Disjoint,
        ),
    ] {
        assert_eq!(
            formatted(source).relation(&formatted(target)),
            relation,
            "{source} against {target}"
        );
    }
}

fn value(wildcards: bool) -> BoxedStrategy<Value> {
    let text = "[a-z0-9.(){}+!:/\\\\~%*?_-]{1,12}".prop_map(|text| Value::text(&text));
    let plain = prop_oneof![Just(Value::Any), Just(Value::Na), text.clone(), text];
    if !wildcards {
        return plain.boxed();
    }
    let wild = prop_oneof![
        Just(Wild::None),
        Just(Wild::Many),
        (1u8..4).prop_map(Wild::UpTo)
    ];
    let pattern = ("[a-z0-9._+-]{1,8}", wild.clone(), wild)
        .prop_map(|(literal, before, after)| Value::pattern(literal, before, after));
    prop_oneof![plain, pattern].boxed()
}

fn name(wildcards: bool) -> impl Strategy<Value = Name> {
    (
        prop_oneof![Just("a"), Just("o"), Just("h")],
        proptest::collection::vec(value(wildcards), 10),
    )
        .prop_map(|(part, values)| {
            let mut name = Name::default();
            name.set(Attribute::Part, Value::text(part));
            for (attribute, value) in Attribute::ALL.into_iter().skip(1).zip(values) {
                name.set(attribute, value);
            }
            name
        })
}

#[test]
fn an_escaped_control_character_is_refused_as_a_bare_one() {
    for text in ["cpe:2.3:o:v:p:15.0\\\0ew", "cpe:2.3:o:v:p:15.0\0ew"] {
        let error = Name::parse_lenient(text);
        assert!(error.is_err(), "{error:?}");
    }
}

proptest! {
    #[test]
    fn a_name_survives_both_forms(name in name(true)) {
        prop_assert_eq!(&Name::parse_formatted(&name.to_string()).unwrap(), &name);
        let twice_escaped = Attribute::ALL.iter().any(|attribute| {
            matches!(name.get(*attribute), Value::Text(text)
                if text.literal.contains("\\(") || text.literal.contains("\\)"))
        });
        if !twice_escaped {
            prop_assert_eq!(&Name::parse_lenient(&name.to_string()).unwrap(), &name);
        }
        prop_assert_eq!(&Name::parse_uri(&name.to_uri().unwrap()).unwrap(), &name);
    }

    #[test]
    fn a_name_matches_itself(name in name(true)) {
        prop_assert_eq!(name.relation(&name), NameRelation::Equal);
    }

    #[test]
    fn superset_and_subset_are_mirror_images(one in name(false), other in name(false)) {
        let mirrored = match one.relation(&other) {
            NameRelation::Superset => NameRelation::Subset,
            NameRelation::Subset => NameRelation::Superset,
            same => same,
        };
        prop_assert_eq!(other.relation(&one), mirrored);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}", tail in "[\\\\:*?%~a-z-]{0,40}") {
        for text in [format!("cpe:2.3:{text}{tail}"), format!("cpe:/{text}{tail}"), text] {
            let _ = Name::parse_formatted(&text);
            let _ = Name::parse_uri(&text);
            if let Ok(name) = Name::parse_lenient(&text) {
                let again = Name::parse_lenient(&name.to_string());
                prop_assert_eq!(again, Ok(name));
            }
        }
    }
}
