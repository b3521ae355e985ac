//! Groups and controls as sections, blocks and rows.

use std::sync::Arc;

use yagura_kernel::time::FiscalYear;

use super::parts::{Parts, Props};
use crate::export::oscal::{ITEM_URN, bool_word};
use crate::import::tree::Node;
use crate::import::{
    ImportError, ImportOptions, ImportProblem, Keys, Limits, in_guessed_language, slug,
};
use crate::model::{
    Block, DatedNote, DeviceClass, Guidance, GuidanceField, Item, NotApplicable, Section, Text,
    Wording,
};

/// What reading needs to remember from control to control.
pub(super) struct Reader<'o> {
    pub(super) options: &'o ImportOptions,
    pub(super) limits: &'o Limits,
    pub(super) items: usize,
    pub(super) guessed: bool,
    pub(super) keys: Keys,
    pub(super) since: FiscalYear,
    pub(super) wording_source: Text,
}

impl Reader<'_> {
    pub(super) fn guess(&mut self, text: String) -> Text {
        self.guessed |= !text.is_empty();
        in_guessed_language(text)
    }

    pub(super) fn section(
        &mut self,
        group: &Node<'_>,
        numbers: &mut Keys,
    ) -> Result<Section, ImportError> {
        let label = Props::of(group)?.one("label").map(str::to_owned);
        let label = match label {
            Some(label) => label,
            None => group.text_of("id")?,
        };
        let ours = Parts::of(group)?.text("title")?;
        let title = match ours {
            Some(title) => title,
            None => self.guess(group.required("title")?.text()?),
        };
        let mut blocks = Vec::new();
        let own = self.controls(group)?;
        if !own.is_empty() {
            blocks.push(Block {
                heading: None,
                items: own,
            });
        }
        for inner in group.list("groups")? {
            self.blocks(&inner, &mut blocks)?;
        }
        Ok(Section {
            number: numbers.unique(slug(&label, "section")),
            title,
            blocks,
        })
    }

    /// A group inside a section and the groups inside it, flattened into blocks.
    fn blocks(&mut self, group: &Node<'_>, blocks: &mut Vec<Block>) -> Result<(), ImportError> {
        let heading = if group.text_of("class")? == "block" {
            Parts::of(group)?.text("heading")?
        } else {
            Some(self.guess(group.required("title")?.text()?))
        };
        let items = self.controls(group)?;
        if !items.is_empty() {
            blocks.push(Block { heading, items });
        }
        for inner in group.list("groups")? {
            self.blocks(&inner, blocks)?;
        }
        Ok(())
    }

    pub(super) fn controls(&mut self, holder: &Node<'_>) -> Result<Vec<Item>, ImportError> {
        let mut items = Vec::new();
        for control in holder.list("controls")? {
            self.items += 1;
            if self.items > self.limits.items {
                let limit = self.limits.items;
                return Err(control.error(ImportProblem::TooManyItems { limit }));
            }
            items.push(self.item(&control)?);
            items.extend(self.controls(&control)?);
        }
        Ok(items)
    }

    fn item(&mut self, control: &Node<'_>) -> Result<Item, ImportError> {
        let props = Props::of(control)?;
        let parts = Parts::of(control)?;
        let id = control.required("id")?.text()?;
        let key = props
            .one("key")
            .map_or_else(|| slug(&id, "item"), str::to_owned);
        let printed_id = props.one("label").map_or_else(|| id.clone(), str::to_owned);
        let title = control.required("title")?.text()?;
        let text = match parts.text("wording")? {
            Some(text) => text,
            None => {
                let statement = statement(control)?;
                self.guess(if statement.is_empty() {
                    title.clone()
                } else {
                    statement
                })
            }
        };
        let short_label = match parts.text("short-label")? {
            Some(label) => label,
            None => in_guessed_language(title.chars().take(40).collect()),
        };
        let (mut predecessors, mut counterpart) = (Vec::new(), None);
        for link in control.list("links")? {
            let reference = link.text_of("href")?;
            let Some(reference) = reference
                .strip_prefix(ITEM_URN)
                .and_then(|r| r.parse().ok())
            else {
                continue;
            };
            match link.text_of("rel")?.as_str() {
                "predecessor" => predecessors.push(reference),
                "counterpart" => counterpart = Some(reference),
                _ => {}
            }
        }
        let wording = match props.one("wording") {
            Some("verified") => Wording::Verified,
            Some(_) => Wording::Unverified,
            None => self.options.wording.unwrap_or_default(),
        };
        Ok(Item {
            key: self.keys.unique(key),
            printed_id,
            device_class: props
                .one("device-class")
                .and_then(DeviceClass::from_word)
                .unwrap_or(DeviceClass::All),
            text,
            short_label,
            required: props.one("required") != Some(bool_word(false)),
            since: props
                .number("since")
                .and_then(|year| FiscalYear::new(year).ok())
                .unwrap_or(self.since),
            predecessors,
            change_note: parts.text("change-note")?,
            not_applicable_when: (props.one("not-applicable-when") == Some("no-vendor-contract"))
                .then_some(NotApplicable::NoVendorContract),
            probes: props.all("probe"),
            supporting_probes: props.all("supporting-probe"),
            wording,
            wording_source: parts
                .text("wording-source")?
                .unwrap_or_else(|| self.wording_source.clone()),
            counterpart,
            guidance: self.guidance(&parts, props.one("guidance-topic"))?,
        })
    }

    fn guidance(
        &mut self,
        parts: &Parts<'_>,
        topic: Option<&str>,
    ) -> Result<Option<GuidanceField>, ImportError> {
        let Some(part) = parts.named("guidance").into_iter().next() else {
            return Ok(topic.map(|topic| GuidanceField::Topic(topic.to_owned())));
        };
        let inner = Parts::of(part)?;
        let mut guidance = Guidance {
            meaning: inner.text("meaning")?.unwrap_or_default(),
            prepare: inner.text("prepare")?.unwrap_or_default(),
            carry_out: inner.text("carry-out")?.unwrap_or_default(),
            strengthen: inner.text("strengthen")?.unwrap_or_default(),
            evidence: inner.listed("evidence")?,
            inspector: inner.listed("inspector")?,
            dated_notes: Vec::new(),
        };
        for note in inner.named("dated-note") {
            let text = Parts::of(note)?;
            if let Some(date) = Props::of(note)?
                .one("date")
                .and_then(|date| date.parse().ok())
            {
                guidance.dated_notes.push(DatedNote {
                    date,
                    text: text.text("text")?.unwrap_or_default(),
                    source: text.text("source")?.unwrap_or_default(),
                });
            }
        }
        if guidance.meaning.is_empty() {
            guidance.meaning = self.guess(part.text_of("prose")?);
        }
        let guidance = Arc::new(guidance);
        Ok(Some(match topic {
            Some(topic) => GuidanceField::Resolved(topic.to_owned(), guidance),
            None => GuidanceField::Inline(guidance),
        }))
    }
}

/// The prose of a foreign control's statement with the parts inside it.
fn statement(control: &Node<'_>) -> Result<String, ImportError> {
    fn collect(part: &Node<'_>, into: &mut Vec<String>) -> Result<(), ImportError> {
        let prose = part.text_of("prose")?;
        let label = Props::of(part)?.one("label").unwrap_or_default().to_owned();
        let line = [label, prose].join(" ").trim().to_owned();
        if !line.is_empty() {
            into.push(line);
        }
        for inner in part.list("parts")? {
            collect(&inner, into)?;
        }
        Ok(())
    }
    let mut lines = Vec::new();
    for part in control.list("parts")? {
        if part.text_of("name")? == "statement" {
            collect(&part, &mut lines)?;
        }
    }
    Ok(lines.join("\n"))
}
