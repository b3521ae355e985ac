//! TOML, YAML and JSON, each read inside the limits and with the place of an error.

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::Value;

use super::limits::{Bounded, Budget, place_at};
use super::{ImportError, ImportPlace, ImportProblem, Limits, yaml_guard};

/// A textual syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Toml,
    Yaml,
    Json,
}

impl Syntax {
    fn name(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Json => "JSON",
        }
    }

    /// The file as a value, all keys as text.
    pub(super) fn value(self, text: &str, limits: &Limits) -> Result<Value, ImportError> {
        let budget = Budget::new(limits);
        self.bounded(text, Bounded::keeping(&budget), &budget, limits)
    }

    /// The file as a type of ours. It is first counted and then read, so that no limit is left to
    /// the type.
    pub(super) fn typed<T: DeserializeOwned>(
        self,
        text: &str,
        limits: &Limits,
    ) -> Result<T, ImportError> {
        let budget = Budget::new(limits);
        self.bounded(text, Bounded::counting(&budget), &budget, limits)?;
        let shape = |detail: String| ImportProblem::Shape { detail };
        match self {
            Self::Toml => toml::from_str(text).map_err(|error| toml_error(text, &error, shape)),
            Self::Yaml => {
                serde_norway::from_str(text).map_err(|error| yaml_error(&error, limits, shape))
            }
            Self::Json => serde_json::from_str(text).map_err(|error| json_error(&error, shape)),
        }
    }

    fn bounded(
        self,
        text: &str,
        seed: Bounded<'_, '_>,
        budget: &Budget<'_>,
        limits: &Limits,
    ) -> Result<Value, ImportError> {
        let syntax = |detail: String| ImportProblem::Syntax {
            format: self.name(),
            detail,
        };
        let read = match self {
            Self::Toml => match toml::Deserializer::parse(text) {
                Ok(deserializer) => seed
                    .deserialize(deserializer)
                    .map_err(|error| toml_error(text, &error, syntax)),
                Err(error) => Err(toml_error(text, &error, syntax)),
            },
            Self::Yaml => {
                yaml_guard::check(text, limits)?;
                seed.deserialize(serde_norway::Deserializer::from_str(text))
                    .map_err(|error| yaml_error(&error, limits, syntax))
            }
            Self::Json => {
                let mut deserializer = serde_json::Deserializer::from_str(text);
                seed.deserialize(&mut deserializer)
                    .and_then(|value| deserializer.end().map(|()| value))
                    .map_err(|error| json_error(&error, syntax))
            }
        };
        read.map_err(|error| match budget.exceeded() {
            Some(problem) => ImportError::at(error.place, problem),
            None => error,
        })
    }
}

fn toml_error(
    text: &str,
    error: &toml::de::Error,
    problem: impl FnOnce(String) -> ImportProblem,
) -> ImportError {
    let place = error
        .span()
        .map_or(ImportPlace::File, |span| place_at(text, span.start));
    ImportError::at(place, problem(short(error.message())))
}

fn yaml_error(
    error: &serde_norway::Error,
    limits: &Limits,
    problem: impl FnOnce(String) -> ImportProblem,
) -> ImportError {
    let place = error
        .location()
        .map_or(ImportPlace::File, |at| ImportPlace::Line {
            line: at.line(),
            column: at.column(),
        });
    let message = error.to_string();
    // The reader has a bound of its own on aliases, which says the same as ours.
    if message.starts_with("repetition limit") {
        return ImportError::at(
            place,
            ImportProblem::TooManyValues {
                limit: limits.values,
            },
        );
    }
    ImportError::at(place, problem(short(&message)))
}

fn json_error(
    error: &serde_json::Error,
    problem: impl FnOnce(String) -> ImportProblem,
) -> ImportError {
    let place = ImportPlace::Line {
        line: error.line(),
        column: error.column(),
    };
    ImportError::at(place, problem(short(&error.to_string())))
}

/// A reader's message, which may quote the file, cut to what a person reads.
fn short(message: &str) -> String {
    let mut cut: String = message.chars().take(300).collect();
    if cut.len() < message.len() {
        cut.push('…');
    }
    cut
}
