use super::*;

fn findings(ja: &str, en: &str, source: &str) -> Vec<String> {
    let file = |lang: Lang, text: &str| MessageFile {
        lang,
        path: format!("{}.ftl", lang.code()),
        text: text.to_owned(),
    };
    let source = SourceFile {
        path: "src/pages.rs".into(),
        text: source.to_owned(),
    };
    check(&[file(Lang::Ja, ja), file(Lang::En, en)], &[source])
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn what_fits_yields_nothing() {
    let messages = "home-title = x\nstate-ok = x\nstate-bad = x\nrow-one-name = x\n\
                    due-late = x\ndue-soon = x\nnav-home = x\nerror-a = x\nthe-end = { home-title }";
    let source = r#"
        fn page(t: &Translator) {
            t.t("home-title");
            t.t(&format!("state-{}", state.code()));
            t.t(if late { "due-late" } else { "due-soon" });
            let key = format!("row-{id}-name");
            catalogue.text(lang, "the-end");
            Entry { label_key: "nav-home" };
        }
        fn message_key(&self) -> &'static str { match self { A => "error-a" } }
    "#;
    assert_eq!(findings(messages, messages, source), [""; 0]);
}

#[test]
fn a_key_that_a_language_lacks_is_reported_with_its_place() {
    let found = findings(
        "a-b = x",
        "a-b = x",
        "fn f() {\n t.t(\"a-b\");\n t.t(\"gone-key\"); }",
    );
    assert_eq!(
        found,
        [
            "src/pages.rs:3: gone-key is missing in en",
            "src/pages.rs:3: gone-key is missing in ja"
        ]
    );
    let found = findings(
        "a-b = x\na-c = x",
        "a-b = x",
        "t(\"a-b\") t_args(\"a-c\", args![(\"x\", 1)])",
    );
    assert_eq!(
        found,
        [
            "src/pages.rs:1: a-c is missing in en",
            "a-c is missing in en"
        ]
    );
}

#[test]
fn a_pattern_needs_a_key_that_fits_and_uses_all_that_do() {
    assert_eq!(
        findings(
            "s-a-x = x\ns-b = x",
            "s-a-x = x\ns-b = x",
            "t(&format!(\"s-{code}-x\"))"
        ),
        ["ja.ftl: s-b is used nowhere"]
    );
    assert_eq!(
        findings("", "", "t(&format!(\"role-{}\", code))"),
        [
            "src/pages.rs:1: role-{} is missing in en",
            "src/pages.rs:1: role-{} is missing in ja"
        ]
    );
}

#[test]
fn a_pattern_may_have_several_open_parts() {
    let messages = "s-a-x = x\ns-a-b-x = x\ns-ab-y = x\ns-b = x";
    assert_eq!(
        findings(
            messages,
            messages,
            "t.find(&format!(\"s-{code}-{}\", field))"
        ),
        ["ja.ftl: s-b is used nowhere"]
    );
    assert_eq!(
        findings(
            messages,
            messages,
            "t.find(&format!(\"s-{}-b-{}\", one, two))"
        ),
        [
            "ja.ftl: s-a-x is used nowhere",
            "ja.ftl: s-ab-y is used nowhere",
            "ja.ftl: s-b is used nowhere"
        ]
    );
}

#[test]
fn literals_elsewhere_only_count_as_used() {
    let found = findings(
        "a-b = x",
        "a-b = x",
        "class(\"not-a-message\"); let k = \"a-b\";",
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn comments_tests_and_match_patterns_name_nothing() {
    let source = r#"
        // t("in-comment")
        fn x_message_key(c: &str) -> &str { match c { "a-pattern" => "a-b", _ => "a-b" } }
        #[cfg(test)]
        mod tests { fn f() { t("in-test"); let s = "a-c"; } }
        fn after() { t("a-b"); }
    "#;
    assert_eq!(
        findings("a-b = x\na-c = x", "a-b = x\na-c = x", source),
        ["ja.ftl: a-c is used nowhere"]
    );
}

#[test]
fn arguments_must_agree_and_names_must_be_plain() {
    let found = findings(
        "a-b = { $count } の { $name }",
        "a-b = { $count ->\n  [one] one\n *[other] { $count }\n}\nplain = x",
        "t_args(\"a-b\", args![]) t(\"plain\")",
    );
    assert_eq!(
        found,
        [
            "src/pages.rs:1: plain is missing in ja",
            "plain is missing in ja",
            "a-b takes [\"count\", \"name\"] in ja and [\"count\"] in en",
            "en.ftl: plain is not of the form subject-word",
        ]
    );
}

#[test]
fn broken_and_doubled_files_are_reported() {
    let found = findings("a-b = x\na-b = y\n= broken", "a-b = x", "t(\"a-b\")");
    assert!(
        found.iter().any(|line| line.contains("said twice in ja")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|line| line.starts_with("ja.ftl:3:")),
        "{found:?}"
    );
}

#[test]
fn file_names_tell_the_language() {
    assert_eq!(language_of("ja.ftl"), Some(Lang::Ja));
    assert_eq!(language_of("glossary.en.ftl"), Some(Lang::En));
    assert_eq!(language_of("notes.ftl"), None);
}
