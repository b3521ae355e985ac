//! Holds the style sheet to WCAG 2.2 AA: text 4.5 to 1 (1.4.3), shapes and borders 3 to 1 (1.4.11).

use std::collections::BTreeMap;

const CSS: &str = include_str!("yagura.css");

/// Text that inherits its ground from an element further out: text, ground.
const TEXT_PAIRS: &[(&str, &str)] = &[
    ("colour-text", "colour-paper"),
    ("colour-text", "colour-ground"),
    ("colour-text", "colour-quiet"),
    ("colour-text", "colour-line-soft"),
    ("colour-text", "colour-chosen"),
    ("colour-text", "colour-info-soft"),
    ("colour-text", "colour-success-soft"),
    ("colour-text", "colour-caution-soft"),
    ("colour-text", "colour-late-soft"),
    ("colour-text", "colour-danger-soft"),
    ("colour-text-muted", "colour-paper"),
    ("colour-text-muted", "colour-ground"),
    ("colour-text-muted", "colour-quiet"),
    ("colour-text-faint", "colour-paper"),
    ("colour-text-faint", "colour-ground"),
    ("colour-text-faint", "colour-quiet"),
    ("colour-link", "colour-paper"),
    ("colour-link", "colour-ground"),
    ("colour-link", "colour-quiet"),
    ("colour-link", "colour-info-soft"),
    ("colour-link", "colour-caution-soft"),
    ("colour-link", "colour-danger-soft"),
    ("colour-link-visited", "colour-paper"),
    ("colour-link-visited", "colour-ground"),
    ("colour-link-visited", "colour-danger-soft"),
    ("colour-link-hover", "colour-paper"),
    ("colour-link-hover", "colour-ground"),
    ("colour-chosen-text", "colour-paper"),
    ("colour-chosen-text", "colour-ground"),
    ("colour-danger", "colour-paper"),
    ("colour-danger", "colour-ground"),
    ("colour-danger-text", "colour-paper"),
    ("colour-late", "colour-paper"),
    ("series-1", "colour-paper"),
    ("series-2", "colour-paper"),
    ("series-3", "colour-paper"),
    ("series-4", "colour-paper"),
];

/// Edges that tell a thing apart from its ground: edge, ground.
const SHAPE_PAIRS: &[(&str, &str)] = &[
    ("colour-edge", "colour-paper"),
    ("colour-edge", "colour-ground"),
    ("colour-focus", "colour-paper"),
    ("colour-focus", "colour-ground"),
    ("colour-focus", "colour-focus-ground"),
    ("colour-danger", "colour-paper"),
    ("colour-danger", "colour-ground"),
    ("colour-action", "colour-ground"),
    ("colour-action", "colour-line-soft"),
    ("colour-chosen-text", "colour-chosen"),
    ("colour-info-text", "colour-ground"),
    ("colour-success-text", "colour-ground"),
    ("colour-caution-text", "colour-ground"),
    ("colour-late-text", "colour-ground"),
    ("colour-danger-text", "colour-ground"),
];

/// Rules as (selector, declarations), with comments gone; media queries are opened up.
fn rules() -> Vec<(String, BTreeMap<String, String>)> {
    let mut plain = String::new();
    let mut rest = CSS;
    while let Some(start) = rest.find("/*") {
        plain.push_str(&rest[..start]);
        rest = rest[start..]
            .find("*/")
            .map_or("", |end| &rest[start + end + 2..]);
    }
    plain.push_str(rest);
    let mut rules = Vec::new();
    let mut selector = String::new();
    let mut body = String::new();
    for character in plain.chars() {
        match character {
            // What was collected so far was the selector; of `@media … {` nothing is kept.
            '{' => {
                selector = body.trim().to_owned();
                body.clear();
            }
            '}' => {
                let declarations = body
                    .split(';')
                    .filter_map(|line| line.split_once(':'))
                    .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                    .collect::<BTreeMap<_, _>>();
                if !declarations.is_empty() {
                    rules.push((selector.clone(), declarations));
                }
                body.clear();
            }
            _ => body.push(character),
        }
    }
    rules
}

fn colours() -> BTreeMap<String, [f64; 3]> {
    let rules = rules();
    let (_, root) = rules
        .iter()
        .find(|(selector, _)| selector == ":root")
        .unwrap();
    root.iter()
        .filter_map(|(name, value)| {
            let hex = value.strip_prefix('#')?;
            let part = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
            Some((
                name.trim_start_matches("--").to_owned(),
                [part(0), part(2), part(4)],
            ))
        })
        .collect()
}

/// Relative luminance, WCAG 2.2.
fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let share = channel / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(left: [f64; 3], right: [f64; 3]) -> f64 {
    let (left, right) = (luminance(left), luminance(right));
    (left.max(right) + 0.05) / (left.min(right) + 0.05)
}

/// The purpose named by `var(--purpose)`.
fn purpose(value: &str) -> Option<&str> {
    value.strip_prefix("var(--")?.strip_suffix(')')
}

#[test]
fn the_measure_itself_is_right() {
    let white = [255.0; 3];
    assert!((contrast(white, [0.0; 3]) - 21.0).abs() < 0.001);
    assert!((contrast(white, [118.0; 3]) - 4.54).abs() < 0.01);
}

#[test]
fn text_can_be_read_on_its_ground() {
    let colours = colours();
    for (text, ground) in TEXT_PAIRS {
        let ratio = contrast(colours[*text], colours[*ground]);
        assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
    }
    let mut checked = 0;
    for (selector, rule) in rules() {
        let ground = rule
            .get("background")
            .or_else(|| rule.get("background-color"));
        if let (Some(text), Some(ground)) = (
            rule.get("color").and_then(|v| purpose(v)),
            ground.and_then(|v| purpose(v)),
        ) {
            let ratio = contrast(colours[text], colours[ground]);
            assert!(ratio >= 4.5, "{selector}: {text} on {ground}: {ratio:.2}");
            checked += 1;
        }
    }
    assert!(
        checked > 30,
        "only {checked} rules with text and ground were found"
    );
}

#[test]
fn shapes_and_edges_stand_out() {
    let colours = colours();
    for (edge, ground) in SHAPE_PAIRS {
        let ratio = contrast(colours[*edge], colours[*ground]);
        assert!(ratio >= 3.0, "{edge} on {ground}: {ratio:.2}");
    }
}

#[test]
fn values_stand_only_in_the_root_and_every_purpose_is_defined_and_used() {
    let rules = rules();
    let (_, root) = rules
        .iter()
        .find(|(selector, _)| selector == ":root")
        .unwrap();
    for (selector, rule) in rules.iter().filter(|(selector, _)| selector != ":root") {
        for (name, value) in rule {
            assert!(!value.contains('#'), "{selector}: {name}: {value}");
            assert!(!value.contains("rgb"), "{selector}: {name}: {value}");
        }
    }
    for part in CSS.split("var(").skip(1) {
        let name = part.split([')', ',']).next().unwrap();
        assert!(root.contains_key(name), "{name} is not defined");
    }
    for name in root.keys() {
        assert!(
            CSS.contains(&format!("var({name})")),
            "{name} is used nowhere"
        );
    }
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    assert!(!CSS.contains("url(") && !CSS.contains("@import") && !CSS.contains("@font-face"));
}
