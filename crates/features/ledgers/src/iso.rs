//! serde for civil dates that may be absent, as ISO text: the form of the API and of stored JSON.

use serde::{Deserialize, Deserializer, Serializer};
use yagura_kernel::time::{Date, format_iso, parse_date};

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
pub(crate) fn serialize<S: Serializer>(
    date: &Option<Date>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => serializer.serialize_str(&format_iso(*date)),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    match Option::<String>::deserialize(from)?.filter(|text| !text.trim().is_empty()) {
        Some(text) => parse_date(&text)
            .map(Some)
            .map_err(serde::de::Error::custom),
        None => Ok(None),
    }
}
