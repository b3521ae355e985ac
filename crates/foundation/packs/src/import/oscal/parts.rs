//! Props and parts of OSCAL objects, by name.

use time::Date;

use super::front::form_text;
use crate::export::oscal::NAMESPACE;
use crate::import::ImportError;
use crate::import::tree::Node;
use crate::model::{FormText, PartialDate, Text};

/// The props of an object: ours, and OSCAL's own without a namespace.
pub(super) struct Props(Vec<(String, String)>);

impl Props {
    pub(super) fn of(holder: &Node<'_>) -> Result<Self, ImportError> {
        let mut props = Vec::new();
        for prop in holder.list("props")? {
            let namespace = prop.text_of("ns")?;
            if namespace.is_empty() || namespace == NAMESPACE {
                props.push((prop.text_of("name")?, prop.text_of("value")?));
            }
        }
        Ok(Self(props))
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let named = self.0.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.clone()).collect()
    }

    pub(super) fn number(&self, name: &str) -> Option<i32> {
        self.one(name)?.parse().ok()
    }

    pub(super) fn date(&self, name: &str) -> Option<Date> {
        let date: PartialDate = self.one(name)?.parse().ok()?;
        date.day.and(date.earliest())
    }
}

/// The parts of an object by name: ours, and OSCAL's own without a namespace.
pub(super) struct Parts<'v>(Vec<(String, Node<'v>)>);

impl<'v> Parts<'v> {
    pub(super) fn of(holder: &Node<'v>) -> Result<Self, ImportError> {
        let mut parts = Vec::new();
        for part in holder.list("parts")? {
            let namespace = part.text_of("ns")?;
            if namespace.is_empty() || namespace == NAMESPACE {
                parts.push((part.text_of("name")?, part));
            }
        }
        Ok(Self(parts))
    }

    pub(super) fn named(&self, name: &str) -> Vec<&Node<'v>> {
        self.0
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, part)| part)
            .collect()
    }

    /// The text that stands as one part per language, unless there is none.
    pub(super) fn text(&self, name: &str) -> Result<Option<Text>, ImportError> {
        let mut text = Text::default();
        for part in self.named(name) {
            match part.text_of("class")?.as_str() {
                "ja" => text.ja = part.text_of("prose")?,
                "en" => text.en = part.text_of("prose")?,
                _ => {}
            }
        }
        Ok((!text.is_empty()).then_some(text))
    }

    pub(super) fn listed(&self, name: &str) -> Result<Vec<Text>, ImportError> {
        let texts = self
            .named(name)
            .into_iter()
            .map(|part| Parts::of(part)?.text("text"));
        Ok(texts
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    pub(super) fn form_text(&self, name: &str) -> Result<Option<FormText>, ImportError> {
        self.named(name)
            .into_iter()
            .next()
            .map(form_text)
            .transpose()
    }
}
