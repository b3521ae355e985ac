use serde::{Deserialize, Serialize};
use time::Date;

use super::dates;
use crate::Language;

/// What every page of a document carries in its head and foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprint {
    /// Language of the printed labels and dates.
    #[serde(default)]
    pub language: Language,
    /// Name and version of the program: "Yagura 0.1.0".
    pub product: String,
    /// The rule pack that the document follows, where it follows one.
    pub pack: Option<PackReference>,
    /// Day of printing in Japan.
    #[serde(with = "dates")]
    pub printed_on: Date,
    /// Who printed it.
    pub printed_by: Option<String>,
    /// Short code by which the program shows the very state that was printed: "K7Q4-P2M9".
    pub state_code: Option<String>,
    /// Whether the data are sample data; every page then says 見本データ.
    pub demo: bool,
}

/// Identity of a rule pack as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackReference {
    /// Id of the pack: "mhlw-checklist-r7-institution".
    pub id: String,
    /// Version of the pack: "1.0.0".
    pub version: String,
}

impl Imprint {
    /// The imprint of the samples.
    pub fn sample() -> Self {
        Self {
            language: Language::Japanese,
            product: "Yagura 0.1.0".to_owned(),
            pack: Some(PackReference {
                id: "mhlw-checklist-r7".to_owned(),
                version: "1.0.0".to_owned(),
            }),
            printed_on: dates::sample_day(2025, 11, 21),
            printed_by: Some("安全 守".to_owned()),
            state_code: Some("K7Q4-P2M9".to_owned()),
            demo: true,
        }
    }
}
