//! What a granted request enters into the ledgers (管理簿).

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use yagura_packs::{FieldKind, FormField, LedgerCode, RequestForm};

use super::answers::Answers;
use super::engine::outcomes;

/// What is to be entered into one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Which ledger.
    #[serde(serialize_with = "code")]
    pub ledger: LedgerCode,
    /// The ledger's fields.
    pub fields: BTreeMap<String, Entered>,
}

/// An answer as a ledger takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Entered {
    /// In words: those of choices instead of their values.
    pub text: String,
    /// As it was given; a system's id is the second.
    pub given: Vec<String>,
}

impl Outcome {
    /// A field in words; empty where it is not filled.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", |entered| &entered.text)
    }

    /// The first answer of a field as it was given; empty where it is not filled.
    #[must_use]
    pub fn given(&self, field: &str) -> &str {
        let given = self.fields.get(field).and_then(|e| e.given.first());
        given.map_or("", String::as_str)
    }

    /// The id of a system of the register, where one was chosen.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        let entered = self.fields.get("system")?;
        entered.given.get(1).map(String::as_str)
    }
}

fn code<S: Serializer>(ledger: &LedgerCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(ledger.code())
}

/// An answer in words: those of choices instead of their values.
#[must_use]
pub fn text_of(field: &FormField, given: &[String], language: &str) -> String {
    let word = |value: &String| {
        let choice = field.choices.iter().find(|choice| choice.value == *value);
        choice.map_or(value.clone(), |choice| {
            choice.label.in_language(language).to_owned()
        })
    };
    match field.kind {
        FieldKind::Choice | FieldKind::MultiChoice => {
            given.iter().map(word).collect::<Vec<_>>().join("、")
        }
        FieldKind::System => given.first().cloned().unwrap_or_default(),
        _ => given.join("、"),
    }
}

/// What a granted request enters, ledger by ledger.
#[must_use]
pub fn entries(form: &RequestForm, answers: &Answers) -> Vec<Outcome> {
    let kept = answers.kept(form);
    outcomes(form, answers)
        .map(|outcome| {
            let mut fields = BTreeMap::new();
            for pair in &outcome.fields {
                let Some(field) = form.field(&pair.from) else {
                    continue;
                };
                let given = kept.of(&field.id);
                if !given.is_empty() {
                    let entered = Entered {
                        text: text_of(field, given, "ja"),
                        given: given.to_vec(),
                    };
                    fields.insert(pair.to.clone(), entered);
                }
            }
            Outcome {
                ledger: outcome.ledger,
                fields,
            }
        })
        .collect()
}
