//! The words that the program itself prints, by language: `assets/labels/*.json`.

use serde_json::Value;

use crate::Language;

const JA: &str = include_str!("../assets/labels/ja.json");
const EN: &str = include_str!("../assets/labels/en.json");

/// All labels of a language.
pub(crate) fn of(language: Language) -> Result<Value, serde_json::Error> {
    serde_json::from_str(match language {
        Language::Japanese => JA,
        Language::English => EN,
    })
}

/// One label by its path: `"sheet.first"`; the path itself where there is none, which a test
/// excludes for every path that the program uses.
pub(crate) struct Labels(Value);

impl Labels {
    pub(crate) fn new(language: Language) -> Self {
        Self(of(language).unwrap_or(Value::Null))
    }

    pub(crate) fn get<'a>(&'a self, path: &'a str) -> &'a str {
        path.split('.')
            .try_fold(&self.0, |value, key| value.get(key))
            .and_then(Value::as_str)
            .unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn paths(value: &Value, prefix: &str, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let path = if prefix.is_empty() {
                        key.clone()
                    } else {
                        format!("{prefix}.{key}")
                    };
                    paths(value, &path, into);
                }
            }
            _ => {
                into.insert(prefix.to_owned());
            }
        }
    }

    fn all(language: Language) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        paths(&of(language).unwrap(), "", &mut found);
        found
    }

    #[test]
    fn both_languages_have_the_same_labels_and_placeholders() {
        assert_eq!(all(Language::Japanese), all(Language::English));
        let (ja, en) = (
            Labels::new(Language::Japanese),
            Labels::new(Language::English),
        );
        let placeholders = |text: &str| -> BTreeSet<String> {
            text.split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap().to_owned())
                .collect()
        };
        for path in all(Language::Japanese) {
            assert_eq!(
                placeholders(ja.get(&path)),
                placeholders(en.get(&path)),
                "{path}"
            );
        }
    }

    #[test]
    fn every_label_that_a_template_names_exists() {
        let known = all(Language::Japanese);
        let folder = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
            .join("assets/templates");
        let mut checked = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let section = text
                .split("#let words = labels.")
                .nth(1)
                .and_then(|rest| rest.split_whitespace().next())
                .unwrap_or("");
            for (mark, prefix) in [
                ("words.", format!("{section}.")),
                ("labels.", String::new()),
            ] {
                for rest in text.split(mark).skip(1) {
                    let name: String = rest
                        .chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                        .collect();
                    let name = name.trim_end_matches('.');
                    let name = name.split(".at").next().unwrap();
                    let path = format!("{prefix}{name}");
                    let is_section = known.iter().any(|k| k.starts_with(&format!("{path}.")));
                    assert!(
                        name.is_empty() || name == "at" || known.contains(&path) || is_section,
                        "a template names the unknown label {path}"
                    );
                    checked += 1;
                }
            }
        }
        assert!(checked > 80, "{checked}");
    }
}
