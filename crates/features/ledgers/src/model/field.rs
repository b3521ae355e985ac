//! What a field of a ledger takes, and reading it from a form, the API or a table.

use serde_json::{Map, Value as Json};
use uuid::Uuid;
use yagura_kernel::id::parse_uuid;
use yagura_kernel::text::{clean_multi_line, clean_single_line};
use yagura_kernel::time::{DateError, format_iso, parse_date};

use super::codes::Choices;

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// One line of text.
    Line {
        /// The longest, in characters.
        longest: usize,
    },
    /// Several lines of text.
    Text {
        /// The longest, in characters.
        longest: usize,
    },
    /// One of some codes.
    Choice(Choices),
    /// A day.
    Date,
    /// A box to tick.
    Tick,
    /// A system of the register of the same institution, by its id.
    System,
    /// Somebody with a role in the same institution, by their id.
    Person,
    /// A medium of the same institution's ledger of media, by its id.
    Medium,
}

impl Input {
    /// Whether it names something by its id.
    #[must_use]
    pub const fn is_reference(self) -> bool {
        matches!(self, Self::System | Self::Person | Self::Medium)
    }
}

/// A field of an entry.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// Its key in forms, in the API, in storage and as the tail of message keys.
    pub key: &'static str,
    /// What it takes.
    pub input: Input,
    /// Whether it must be filled in.
    pub required: bool,
}

impl FieldSpec {
    pub(super) const fn new(key: &'static str, input: Input) -> Self {
        Self {
            key,
            input,
            required: false,
        }
    }

    pub(super) const fn line(key: &'static str) -> Self {
        Self::new(key, Input::Line { longest: 100 })
    }

    pub(super) const fn text(key: &'static str) -> Self {
        Self::new(key, Input::Text { longest: 2_000 })
    }

    pub(super) const fn choice(key: &'static str, choices: Choices) -> Self {
        Self::new(key, Input::Choice(choices))
    }

    pub(super) const fn date(key: &'static str) -> Self {
        Self::new(key, Input::Date)
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// Why a field cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It must be filled in.
    Required,
    /// It or another field must be filled in.
    EitherOf {
        /// The key of the other one.
        other: &'static str,
    },
    /// It has more characters than it may.
    TooLong {
        /// The most.
        limit: usize,
    },
    /// It is none of the choices.
    NotAChoice {
        /// What was given.
        given: String,
    },
    /// It is no day.
    Date(DateError),
    /// It is none of this institution's.
    NotAnId,
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// The API sent something of another shape.
    Unreadable(String),
}

/// A field with what is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The key of the field.
    pub field: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

impl FieldProblem {
    pub(crate) const fn new(field: &'static str, problem: Problem) -> Self {
        Self { field, problem }
    }
}

/// Reads fields as somebody typed them; what is not there is empty.
///
/// # Errors
/// Every problem at once.
pub fn read(
    fields: &[FieldSpec],
    value: impl Fn(&str) -> String,
) -> Result<Map<String, Json>, Vec<FieldProblem>> {
    let mut found = Map::new();
    let mut problems = Vec::new();
    for field in fields {
        match read_one(field, &value(field.key)) {
            Ok(json) => {
                found.insert(field.key.to_owned(), json);
            }
            Err(problem) => problems.push(FieldProblem::new(field.key, problem)),
        }
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

/// The text of a value as a form shows it: what [`read`] would read again.
#[must_use]
pub fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Bool(true) => "yes".to_owned(),
        _ => String::new(),
    }
}

fn read_one(field: &FieldSpec, typed: &str) -> Result<Json, Problem> {
    let is_empty = typed.trim().is_empty();
    if is_empty && field.required {
        return Err(Problem::Required);
    }
    match field.input {
        Input::Line { longest } => clean_single_line(typed, longest)
            .map(Json::from)
            .map_err(|_| Problem::TooLong { limit: longest }),
        Input::Text { longest } => clean_multi_line(typed, longest)
            .map(Json::from)
            .map_err(|_| Problem::TooLong { limit: longest }),
        Input::Choice(choices) => {
            let codes = choices.codes();
            let chosen = typed.trim();
            if chosen.is_empty() {
                return Ok(codes.first().map_or(Json::Null, |code| Json::from(*code)));
            }
            codes
                .contains(&chosen)
                .then(|| Json::from(chosen))
                .ok_or_else(|| Problem::NotAChoice {
                    given: chosen.to_owned(),
                })
        }
        Input::Tick => Ok(Json::from(!is_empty)),
        _ if is_empty => Ok(Json::Null),
        Input::Date => parse_date(typed.trim())
            .map(|date| Json::from(format_iso(date)))
            .map_err(Problem::Date),
        Input::System | Input::Person | Input::Medium => parse_uuid(typed.trim())
            .map(|id: Uuid| Json::from(id.to_string()))
            .map_err(|_| Problem::NotAnId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[FieldSpec] = &[
        FieldSpec::line("name").required(),
        FieldSpec::choice("encrypted", Choices::Known),
        FieldSpec::date("until"),
        FieldSpec::new("privileged", Input::Tick),
        FieldSpec::new("system", Input::System),
    ];

    fn read_pairs(pairs: &[(&str, &str)]) -> Result<Map<String, Json>, Vec<FieldProblem>> {
        read(FIELDS, |key| {
            let pair = pairs.iter().find(|(name, _)| *name == key);
            pair.map(|(_, value)| (*value).to_owned())
                .unwrap_or_default()
        })
    }

    #[test]
    fn what_people_type_is_brought_into_one_form() {
        let fields = read_pairs(&[
            ("name", " 架空\t花子 "),
            ("until", "令和9年3月31日"),
            ("privileged", "yes"),
        ])
        .unwrap();
        assert_eq!(fields["name"], "架空 花子");
        assert_eq!(fields["until"], "2027-03-31");
        assert_eq!(fields["privileged"], true);
        assert_eq!(fields["encrypted"], "unknown");
        assert_eq!(fields["system"], Json::Null);
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_field() {
        let long = "あ".repeat(101);
        let problems = read_pairs(&[
            ("name", "　"),
            ("encrypted", "perhaps"),
            ("until", "いつか"),
            ("system", "no id"),
        ])
        .unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "encrypted", "until", "system"]);
        let problems = read_pairs(&[("name", &long)]).unwrap_err();
        assert_eq!(problems[0].problem, Problem::TooLong { limit: 100 });
    }
}
