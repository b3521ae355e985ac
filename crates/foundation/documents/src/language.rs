use serde::{Deserialize, Serialize};
use time::Date;
use yagura_kernel::time::{format_english, format_japanese};

/// Language of what the program itself says in a document. User data stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Language {
    /// Japanese; dates by era (令和8年11月21日).
    #[default]
    #[serde(rename = "ja")]
    Japanese,
    /// English; dates as 21 November 2026.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The code of BCP 47: `ja`, `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
        }
    }

    /// A date as readers of the language write it in a document.
    pub fn date(self, date: Date) -> String {
        match self {
            Self::Japanese => format_japanese(date),
            Self::English => format_english(date),
        }
    }
}
