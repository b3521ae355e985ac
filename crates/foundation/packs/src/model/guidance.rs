//! Explanations to a checklist row, written by Yagura, not by the ministry.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{PartialDate, Text};

/// What a row means for a clinic, how to get there in three stages, and what proves it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guidance {
    /// What the row asks of a small institution, in plain words.
    pub meaning: Text,
    /// Stage 1 (準備): what to find out or gather first.
    pub prepare: Text,
    /// Stage 2 (実施): what to do so that the answer is「はい」.
    pub carry_out: Text,
    /// Stage 3 (強化): what makes it last.
    pub strengthen: Text,
    /// What counts as evidence, one thing each.
    #[serde(default)]
    pub evidence: Vec<Text>,
    /// What an inspector is likely to ask, one question each.
    #[serde(default)]
    pub inspector: Vec<Text>,
    /// What changed when; newest last. Rules that differ by date are given side by side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dated_notes: Vec<DatedNote>,
}

/// One dated fact about the rule behind a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedNote {
    /// When it took or takes effect, as exactly as known.
    pub date: PartialDate,
    /// What applies from then.
    pub text: Text,
    /// The instrument that says so.
    pub source: Text,
}

/// Where an item's guidance is: a topic of a shared [`GuidanceBook`], or the text itself.
///
/// After a pack has been resolved against a book ([`super::Pack::resolve_guidance`]) every known
/// topic also holds its text, shared between the years that use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuidanceField {
    /// A topic that no book has resolved.
    Topic(String),
    /// A topic with the text found for it.
    Resolved(String, Arc<Guidance>),
    /// Text of this item alone.
    Inline(Arc<Guidance>),
}

impl GuidanceField {
    /// The text, unless the topic was never resolved.
    #[must_use]
    pub fn text(&self) -> Option<&Arc<Guidance>> {
        match self {
            Self::Topic(_) => None,
            Self::Resolved(_, text) | Self::Inline(text) => Some(text),
        }
    }

    /// The topic's name, unless the text stands inline.
    #[must_use]
    pub fn topic(&self) -> Option<&str> {
        match self {
            Self::Topic(topic) | Self::Resolved(topic, _) => Some(topic),
            Self::Inline(_) => None,
        }
    }
}

impl Serialize for GuidanceField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Topic(topic) | Self::Resolved(topic, _) => serializer.serialize_str(topic),
            Self::Inline(text) => text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for GuidanceField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = GuidanceField;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a guidance topic or a guidance table")
            }

            fn visit_str<E: serde::de::Error>(self, topic: &str) -> Result<Self::Value, E> {
                Ok(GuidanceField::Topic(topic.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Guidance::deserialize(MapAccessDeserializer::new(map))
                    .map(|text| GuidanceField::Inline(Arc::new(text)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Guidance by topic, written once and used by every year's row on that topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GuidanceBook {
    topics: BTreeMap<String, Arc<Guidance>>,
}

impl GuidanceBook {
    /// The text on a topic.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Arc<Guidance>> {
        self.topics.get(name)
    }

    /// Every topic with its text, by name.
    pub fn topics(&self) -> impl Iterator<Item = (&str, &Arc<Guidance>)> {
        self.topics.iter().map(|(name, text)| (name.as_str(), text))
    }

    /// Adds the topics of another book; its text wins where both have a topic.
    pub fn extend(&mut self, other: Self) {
        self.topics.extend(other.topics);
    }
}
