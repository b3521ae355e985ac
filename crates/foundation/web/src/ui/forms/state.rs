//! What came with a form and what is wrong with it.

use std::collections::HashMap;

use yagura_kernel::time::{Date, DateError, parse_date};

use crate::i18n::{Translator, args, dates};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field; `None` where the whole form is meant.
    pub field: Option<String>,
    /// What is wrong and how to mend it, in the reader's language.
    pub message: String,
}

/// The raw values of a form as they were submitted, or as they are stored, and the errors found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormState {
    values: HashMap<String, Vec<String>>,
    errors: Vec<FieldError>,
    id_prefix: Option<String>,
}

impl FormState {
    /// An untouched form.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A form from its pairs, as `application/x-www-form-urlencoded` decodes to; a name may come
    /// several times.
    #[must_use]
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut state = Self::default();
        for (name, value) in pairs {
            state
                .values
                .entry(name.into())
                .or_default()
                .push(value.into());
        }
        state
    }

    /// Keeps the ids of the fields apart where a page shows the same form several times.
    #[must_use]
    pub fn with_id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.id_prefix = Some(prefix.into());
        self
    }

    /// The id of a field's input on the page.
    #[must_use]
    pub fn field_id(&self, name: &str) -> String {
        format!("{}-{name}", self.id_prefix.as_deref().unwrap_or("field"))
    }

    /// Sets a value, such as a stored one that is to be edited.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), vec![value.into()]);
    }

    /// Sets a value and hands the form on.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// The first value of a field as typed; empty where there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values(name).first().map_or("", String::as_str)
    }

    /// All values of a field: boxes that were ticked.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether this value was chosen.
    #[must_use]
    pub fn is_chosen(&self, name: &str, value: &str) -> bool {
        self.values(name).iter().any(|chosen| chosen == value)
    }

    /// Notes what is wrong with a field.
    pub fn add_error(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError {
            field: Some(field.into()),
            message: message.into(),
        });
    }

    /// Notes what is wrong with a field and hands the form on.
    #[must_use]
    pub fn with_error(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.add_error(field, message);
        self
    }

    /// Notes what is wrong with the whole.
    pub fn add_form_error(&mut self, message: impl Into<String>) {
        self.errors.push(FieldError {
            field: None,
            message: message.into(),
        });
    }

    /// Everything that is wrong, in the order in which it was found.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The first error of a field.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&str> {
        let mut of_field = self
            .errors
            .iter()
            .filter(|error| error.field.as_deref() == Some(name));
        of_field.next().map(|error| error.message.as_str())
    }

    /// Whether anything is wrong.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The trimmed text of a field that may be empty, held to a length in characters.
    pub fn read_text(&mut self, t: &Translator, name: &str, label: &str, longest: usize) -> String {
        let text = self.value(name).trim().replace("\r\n", "\n");
        let length = text.chars().count();
        if length > longest {
            let args = args![("label", label), ("longest", longest), ("length", length)];
            self.add_error(name, t.t_args("form-error-too-long", args));
        }
        text
    }

    /// The trimmed text of a field that must be filled in; `None` and an error where it is not.
    pub fn read_required(
        &mut self,
        t: &Translator,
        name: &str,
        label: &str,
        longest: usize,
    ) -> Option<String> {
        let text = self.read_text(t, name, label, longest);
        if text.is_empty() {
            self.add_error(
                name,
                t.t_args("form-error-required", args![("label", label)]),
            );
            return None;
        }
        Some(text)
    }

    /// The value of a choice that must be one of those offered.
    pub fn read_choice<C>(
        &mut self,
        t: &Translator,
        name: &str,
        label: &str,
        parse: impl FnOnce(&str) -> Option<C>,
    ) -> Option<C> {
        let chosen = parse(self.value(name));
        if chosen.is_none() {
            self.add_error(name, t.t_args("form-error-choose", args![("label", label)]));
        }
        chosen
    }

    /// A whole number between two bounds; empty is `None` without an error. Full-width digits and
    /// thousands separators are accepted.
    pub fn read_number(
        &mut self,
        t: &Translator,
        name: &str,
        label: &str,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let plain: String = self
            .value(name)
            .trim()
            .chars()
            .filter(|character| !matches!(character, ',' | '，'))
            .map(|character| match character {
                '０'..='９' => {
                    char::from_u32(u32::from(character) - u32::from('０') + u32::from('0'))
                        .unwrap_or(character)
                }
                '－' | '−' => '-',
                _ => character,
            })
            .collect();
        if plain.is_empty() {
            return None;
        }
        match plain.parse() {
            Ok(number) if bounds.contains(&number) => Some(number),
            _ => {
                let args = args![
                    ("label", label),
                    ("least", *bounds.start()),
                    ("most", *bounds.end())
                ];
                self.add_error(name, t.t_args("form-error-number", args));
                None
            }
        }
    }

    /// A date in any of the accepted writings; empty is `None` without an error.
    pub fn read_date(&mut self, t: &Translator, name: &str, label: &str) -> Option<Date> {
        match parse_date(self.value(name)) {
            Ok(date) => Some(date),
            Err(DateError::Empty) => None,
            Err(error) => {
                self.add_error(name, date_error(t, label, &error));
                None
            }
        }
    }

    /// A date that must be given.
    pub fn read_required_date(&mut self, t: &Translator, name: &str, label: &str) -> Option<Date> {
        if self.value(name).trim().is_empty() {
            self.add_error(
                name,
                t.t_args("form-error-required", args![("label", label)]),
            );
            return None;
        }
        self.read_date(t, name, label)
    }
}

/// What is wrong with a date and how to write it, in the reader's language.
#[must_use]
pub fn date_error(t: &Translator, label: &str, error: &DateError) -> String {
    let text = match error {
        DateError::Empty => t.t_args("form-error-required", args![("label", label)]),
        DateError::Unreadable { given } => {
            t.t_args("form-error-date", args![("label", label), ("given", given)])
        }
        DateError::AmbiguousYear { given } => t.t_args(
            "form-error-date-ambiguous",
            args![("label", label), ("given", given)],
        ),
        DateError::EraYearZero { era } => t.t_args(
            "form-error-date-era-zero",
            args![("label", label), ("era", era.name_ja())],
        ),
        DateError::WrongEra { era, year, date } => t.t_args(
            "form-error-date-era",
            args![
                ("label", label),
                ("given", format!("{}{year}年", era.name_ja())),
                ("right", dates::plain(t.lang(), *date))
            ],
        ),
        DateError::WrongEraOfFiscalYear { era, year, fiscal } => t.t_args(
            "form-error-date-era",
            args![
                ("label", label),
                ("given", format!("{}{year}年度", era.name_ja())),
                ("right", fiscal.label_ja())
            ],
        ),
        DateError::NoSuchMonth { month } => {
            let month = month.to_string();
            t.t_args(
                "form-error-date-month",
                args![("label", label), ("month", month)],
            )
        }
        DateError::NoSuchDay {
            year,
            month,
            day,
            last_day,
        } => t.t_args(
            "form-error-date-day",
            args![
                ("label", label),
                ("year", year.to_string()),
                ("month", month.to_string()),
                ("day", day.to_string()),
                ("last", last_day.to_string())
            ],
        ),
        DateError::YearOutOfRange { year } => {
            let year = year.to_string();
            t.t_args(
                "form-error-date-year",
                args![("label", label), ("year", year)],
            )
        }
    };
    text.into_owned()
}
