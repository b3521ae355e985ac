//! A checklist in the YAML library format that CISO Assistant users share.
//!
//! Sections and heading rows become nodes that are not assessed, rows become assessable ones with
//! a question answered はい or いいえ. What the format has no field for (fiscal year, form, probes,
//! lineage, stages of guidance) is left out; OSCAL carries all of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ExportError;
use crate::model::{Checklist, Guidance, Item, Pack, Text, Wording};

#[derive(Serialize)]
struct Library<'p> {
    urn: String,
    locale: &'static str,
    ref_id: &'p str,
    name: &'p str,
    description: String,
    copyright: String,
    version: u32,
    publication_date: String,
    provider: &'p str,
    packager: &'static str,
    translations: BTreeMap<&'static str, Named<'p>>,
    objects: Objects<'p>,
}

#[derive(Serialize)]
struct Named<'p> {
    name: &'p str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'p str,
}

#[derive(Serialize)]
struct Objects<'p> {
    framework: Framework<'p>,
}

#[derive(Serialize)]
struct Framework<'p> {
    urn: String,
    ref_id: &'p str,
    name: &'p str,
    description: &'p str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    implementation_groups_definition: Vec<Group>,
    requirement_nodes: Vec<Node<'p>>,
}

#[derive(Serialize)]
struct Group {
    ref_id: &'static str,
    name: &'static str,
    description: &'static str,
    default_selected: bool,
}

#[derive(Serialize)]
struct Node<'p> {
    urn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_urn: Option<String>,
    depth: u8,
    assessable: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    ref_id: &'p str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'p str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'p str,
    #[serde(skip_serializing_if = "String::is_empty")]
    annotation: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    typical_evidence: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    implementation_groups: Vec<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    questions: BTreeMap<String, Question<'p>>,
    translations: BTreeMap<&'static str, Translation<'p>>,
}

#[derive(Serialize)]
struct Translation<'p> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'p str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'p str,
    #[serde(skip_serializing_if = "String::is_empty")]
    annotation: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    typical_evidence: String,
}

#[derive(Serialize)]
struct Question<'p> {
    r#type: &'static str,
    text: &'p str,
    choices: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    urn: String,
    value: &'static str,
    compute_result: &'static str,
}

const REQUIRED: &str = "required";
const REFERENCE: &str = "reference";

/// The library as YAML.
///
/// # Errors
/// The pack is not a checklist, or the writer failed.
pub fn ciso_library(pack: &Pack) -> Result<String, ExportError> {
    let checklist = pack
        .checklist()
        .ok_or(ExportError::NotAChecklist(pack.kind()))?;
    let library = Library {
        urn: format!("urn:yagura:risk:library:{}", pack.id),
        locale: "ja",
        ref_id: &pack.id,
        name: &pack.title.ja,
        description: notes(pack, "ja"),
        copyright: format!(
            "様式の文言: {}。解説と英訳: Yagura(MIT または Apache-2.0)",
            pack.source.publisher.ja
        ),
        version: pack.version.major,
        publication_date: yagura_kernel::time::format_iso(pack.valid_from),
        provider: &pack.source.publisher.ja,
        packager: "yagura",
        translations: translation(&pack.title),
        objects: Objects {
            framework: Framework {
                urn: format!("urn:yagura:risk:framework:{}", pack.id),
                ref_id: &pack.id,
                name: &pack.title.ja,
                description: &checklist.sheet_title.ja,
                implementation_groups_definition: groups(checklist),
                requirement_nodes: nodes(pack, checklist),
            },
        },
    };
    serde_norway::to_string(&library).map_err(|error| ExportError::Writer(error.to_string()))
}

fn notes(pack: &Pack, language: &str) -> String {
    let notes = pack
        .notes
        .iter()
        .map(|note| note.text.in_language(language));
    notes.collect::<Vec<_>>().join("\n")
}

fn translation(name: &Text) -> BTreeMap<&'static str, Named<'_>> {
    BTreeMap::from([(
        "en",
        Named {
            name: &name.en,
            description: "",
        },
    )])
}

fn groups(checklist: &Checklist) -> Vec<Group> {
    let required = Group {
        ref_id: REQUIRED,
        name: "必須",
        description: "年度中に「はい」にする項目",
        default_selected: true,
    };
    let reference = Group {
        ref_id: REFERENCE,
        name: "参考",
        description: "参考項目",
        default_selected: false,
    };
    if checklist.items().all(|item| item.required) {
        Vec::new()
    } else {
        vec![required, reference]
    }
}

fn nodes<'p>(pack: &Pack, checklist: &'p Checklist) -> Vec<Node<'p>> {
    let urn = |name: &str| format!("urn:yagura:risk:req_node:{}:{name}", pack.id);
    let grouped = checklist.items().any(|item| !item.required);
    let mut nodes = Vec::new();
    for section in &checklist.sections {
        let section_urn = urn(&format!("section-{}", section.number));
        nodes.push(heading(
            section_urn.clone(),
            None,
            1,
            &section.number,
            &section.title,
        ));
        for (at, block) in section.blocks.iter().enumerate() {
            let mut parent = (section_urn.clone(), 2);
            if let Some(text) = &block.heading {
                let block_urn = urn(&format!("section-{}-block-{}", section.number, at + 1));
                nodes.push(heading(block_urn.clone(), Some(parent.0), 2, "", text));
                parent = (block_urn, 3);
            }
            for item in &block.items {
                nodes.push(row(item, urn(&item.key), parent.clone(), grouped));
            }
        }
    }
    nodes
}

fn heading<'p>(
    urn: String,
    parent_urn: Option<String>,
    depth: u8,
    ref_id: &'p str,
    text: &'p Text,
) -> Node<'p> {
    let translation = Translation {
        name: &text.en,
        description: "",
        annotation: String::new(),
        typical_evidence: String::new(),
    };
    Node {
        urn,
        parent_urn,
        depth,
        assessable: false,
        ref_id,
        name: &text.ja,
        description: "",
        annotation: String::new(),
        typical_evidence: String::new(),
        implementation_groups: Vec::new(),
        questions: BTreeMap::new(),
        translations: BTreeMap::from([("en", translation)]),
    }
}

fn row(item: &Item, urn: String, (parent, depth): (String, u8), grouped: bool) -> Node<'_> {
    let choice = |value, compute_result, place: u8| Choice {
        urn: format!("{urn}:question:1:choice:{place}"),
        value,
        compute_result,
    };
    let question = Question {
        r#type: "unique_choice",
        text: &item.text.ja,
        choices: vec![
            choice("はい", "compliant", 1),
            choice("いいえ", "non_compliant", 2),
        ],
    };
    let group = if item.required { REQUIRED } else { REFERENCE };
    Node {
        parent_urn: Some(parent),
        depth,
        assessable: true,
        ref_id: &item.printed_id,
        name: &item.short_label.ja,
        description: &item.text.ja,
        annotation: annotation(item, "ja"),
        typical_evidence: evidence(item, "ja"),
        implementation_groups: if grouped { vec![group] } else { Vec::new() },
        questions: BTreeMap::from([(format!("{urn}:question:1"), question)]),
        translations: BTreeMap::from([(
            "en",
            Translation {
                name: &item.short_label.en,
                description: &item.text.en,
                annotation: annotation(item, "en"),
                typical_evidence: evidence(item, "en"),
            },
        )]),
        urn,
    }
}

/// The explanation, with a warning before it where the wording is unverified: the format has no
/// field for that, and the text must not travel without it.
fn annotation(item: &Item, language: &str) -> String {
    let meaning = item
        .guidance()
        .map(|text| text.meaning.in_language(language));
    let warning = match item.wording {
        Wording::Verified => None,
        Wording::Unverified if language == "ja" => {
            Some(format!("[文言未確認] {}", item.wording_source.ja))
        }
        Wording::Unverified => Some(format!("[wording unverified] {}", item.wording_source.en)),
    };
    warning
        .into_iter()
        .chain(meaning.map(str::to_owned))
        .collect::<Vec<_>>()
        .join("\n")
}

fn evidence(item: &Item, language: &str) -> String {
    let lines = |guidance: &std::sync::Arc<Guidance>| {
        let lines = guidance
            .evidence
            .iter()
            .map(|text| format!("- {}", text.in_language(language)));
        lines.collect::<Vec<_>>().join("\n")
    };
    item.guidance().map(lines).unwrap_or_default()
}
