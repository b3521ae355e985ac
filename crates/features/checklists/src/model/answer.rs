//! The answer to one row, and where a change of it came from.

use serde::{Deserialize, Serialize};
use yagura_kernel::id::SheetId;
use yagura_kernel::proof::EffectiveAnswer;
use yagura_kernel::time::Date;

use super::iso;

/// はい or いいえ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum YesNo {
    /// はい.
    Yes,
    /// いいえ.
    No,
}

impl YesNo {
    /// The word in forms, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
        }
    }

    /// The answer of a word, if it is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "yes" => Some(Self::Yes),
            "no" => Some(Self::No),
            _ => None,
        }
    }

    /// The answer as the database stores it.
    #[must_use]
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }

    /// The answer of a stored truth value.
    #[must_use]
    pub const fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// One confirmation (確認結果): the answer and the day on which it was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Round {
    /// What was found.
    pub answer: YesNo,
    /// When it was found.
    #[serde(with = "iso")]
    #[schema(value_type = String, format = Date, example = "2026-11-21")]
    pub on: Date,
}

/// The cells of one row of the form: 確認結果 1回目, 目標日, 確認結果 2回目, 備考.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// First confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Round>,
    /// By when an いいえ is to become はい.
    #[serde(default, with = "iso::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub target: Option<Date>,
    /// Second confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Round>,
    /// Remark.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}

impl Answer {
    /// A first confirmation and nothing else.
    #[must_use]
    pub const fn first(answer: YesNo, on: Date) -> Self {
        Self {
            first: Some(Round { answer, on }),
            target: None,
            second: None,
            remark: String::new(),
        }
    }

    /// The confirmation that counts: the second where there is one, else the first.
    #[must_use]
    pub fn current(&self) -> Option<Round> {
        self.second.or(self.first)
    }

    /// The answer that counts, without regard to whether the row applies.
    #[must_use]
    pub fn effective(&self) -> EffectiveAnswer {
        match self.current().map(|round| round.answer) {
            None => EffectiveAnswer::None,
            Some(YesNo::Yes) => EffectiveAnswer::Yes,
            Some(YesNo::No) => EffectiveAnswer::No,
        }
    }

    /// Whether any confirmation was いいえ.
    #[must_use]
    pub fn has_no(&self) -> bool {
        [self.first, self.second]
            .iter()
            .flatten()
            .any(|round| round.answer == YesNo::No)
    }

    /// The target date of a row that still is いいえ.
    #[must_use]
    pub fn open_target(&self) -> Option<Date> {
        self.target
            .filter(|_| self.effective() == EffectiveAnswer::No)
    }

    /// Whether nothing is entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What was entered for a row, before it was held against the rules. Dates have been read; a date
/// without an answer, or an answer without a date, can still stand in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerInput {
    /// Answer of the first round.
    pub first: Option<YesNo>,
    /// Date of the first round.
    pub first_on: Option<Date>,
    /// Target date.
    pub target: Option<Date>,
    /// Answer of the second round.
    pub second: Option<YesNo>,
    /// Date of the second round.
    pub second_on: Option<Date>,
    /// Remark as typed.
    pub remark: String,
}

impl AnswerInput {
    /// Leaves out a target date that stood on the sheet before, was not touched, and stands beside
    /// no いいえ any more: who corrects a first answer to はい does not mean to be told off for it.
    #[must_use]
    pub fn without_stale_target(mut self, before: &Answer) -> Self {
        let no = [self.first, self.second].contains(&Some(YesNo::No));
        if !no && self.target.is_some() && self.target == before.target {
            self.target = None;
        }
        self
    }
}

impl From<&Answer> for AnswerInput {
    fn from(answer: &Answer) -> Self {
        Self {
            first: answer.first.map(|round| round.answer),
            first_on: answer.first.map(|round| round.on),
            target: answer.target,
            second: answer.second.map(|round| round.answer),
            second_on: answer.second.map(|round| round.on),
            remark: answer.remark.clone(),
        }
    }
}

/// By which way a change came onto the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ChangeSource {
    /// Typed on the page of the row.
    Typed,
    /// Typed in the table of the whole sheet.
    QuickTable,
    /// Saved after somebody else had saved meanwhile, both having been shown.
    Merged,
    /// Taken over from a draft that a person had seen.
    Draft {
        /// The sheet that the draft came from.
        #[schema(value_type = String, format = Uuid)]
        sheet: SheetId,
        /// Its fiscal year (calendar year of its April).
        year: i32,
        /// The rows of that sheet.
        items: Vec<String>,
    },
    /// From a file.
    Import {
        /// Its name.
        file: String,
    },
    /// Through the API.
    Api,
    /// Made up for the demonstration.
    Demo,
}

impl ChangeSource {
    /// The word in storage and as the tail of message keys.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::QuickTable => "quick_table",
            Self::Merged => "merged",
            Self::Draft { .. } => "draft",
            Self::Import { .. } => "import",
            Self::Api => "api",
            Self::Demo => "demo",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn the_second_round_counts_where_there_is_one() {
        let mut answer = Answer::default();
        assert_eq!(answer.effective(), EffectiveAnswer::None);
        answer.first = Some(Round {
            answer: YesNo::No,
            on: day("2026-06-01"),
        });
        answer.target = Some(day("2026-12-01"));
        assert_eq!(answer.effective(), EffectiveAnswer::No);
        assert_eq!(answer.open_target(), Some(day("2026-12-01")));
        answer.second = Some(Round {
            answer: YesNo::Yes,
            on: day("2026-10-01"),
        });
        assert_eq!(answer.effective(), EffectiveAnswer::Yes);
        assert_eq!(answer.open_target(), None, "it was reached");
        assert!(answer.has_no(), "the first いいえ stays on the form");
    }

    #[test]
    fn stored_json_reads_back_the_same_and_leaves_out_what_is_empty() {
        let answer = Answer {
            first: Some(Round {
                answer: YesNo::No,
                on: day("2026-06-01"),
            }),
            target: Some(day("2026-12-01")),
            second: None,
            remark: "<b>\"備考\"\n".to_owned(),
        };
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), answer);
        assert_eq!(serde_json::to_string(&Answer::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<Answer>(r#"{"target":"2026-02-30"}"#).is_err());
    }

    #[test]
    fn an_untouched_target_goes_with_its_no() {
        let before = Answer {
            target: Some(day("2026-12-01")),
            ..Answer::first(YesNo::No, day("2026-06-01"))
        };
        let mut input = AnswerInput {
            first: Some(YesNo::Yes),
            ..AnswerInput::from(&before)
        };
        assert_eq!(input.clone().without_stale_target(&before).target, None);
        input.target = Some(day("2026-12-02"));
        assert!(
            input.clone().without_stale_target(&before).target.is_some(),
            "newly typed"
        );
        input.first = Some(YesNo::No);
        input.target = before.target;
        assert!(
            input.without_stale_target(&before).target.is_some(),
            "still いいえ"
        );
    }

    #[test]
    fn sources_read_back_the_same() {
        let sheet = SheetId::from(yagura_kernel::id::Uuid::from_u128(7));
        for source in [
            ChangeSource::Typed,
            ChangeSource::QuickTable,
            ChangeSource::Merged,
            ChangeSource::Draft {
                sheet,
                year: 2025,
                items: vec!["2-6".to_owned()],
            },
            ChangeSource::Import {
                file: "令和7.xlsx".to_owned(),
            },
            ChangeSource::Api,
            ChangeSource::Demo,
        ] {
            let text = serde_json::to_string(&source).unwrap();
            assert_eq!(serde_json::from_str::<ChangeSource>(&text).unwrap(), source);
            assert!(text.contains(&format!("\"{}\"", source.code())), "{text}");
        }
    }
}
