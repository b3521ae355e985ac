//! A checklist as an OSCAL catalog (NIST Open Security Controls Assessment Language 1.1, JSON).
//!
//! Sections are groups, heading rows are groups within, rows are controls with a `statement`
//! part. What OSCAL has no field for stands in props and parts of our namespace, each text once
//! per language with the language as its class. [`crate::import::document`] reads it back without
//! loss.

use serde_json::{Value, json};
use yagura_kernel::time::Instant;

use super::ExportError;
use super::uuid::uuid_of;
use crate::model::{
    Block, Checklist, FormText, Guidance, Item, ItemRef, NotApplicable, Note, NoteStatus, Pack,
    Section, Source, Subject, Text,
};

/// Namespace of our props and parts.
pub(crate) const NAMESPACE: &str = "urn:yagura:oscal:1";
/// Version of OSCAL that is written.
pub(crate) const OSCAL_VERSION: &str = "1.1.3";
/// Prefix of links between rows of packs.
pub(crate) const ITEM_URN: &str = "urn:yagura:pack:";

/// The catalog as JSON. The same pack gives the same catalog but for `last_modified`.
///
/// # Errors
/// The pack is not a checklist.
pub fn oscal_catalog(pack: &Pack, last_modified: Instant) -> Result<Value, ExportError> {
    let checklist = pack
        .checklist()
        .ok_or(ExportError::NotAChecklist(pack.kind()))?;
    let mut groups = vec![front(pack, checklist)];
    groups.extend(checklist.sections.iter().map(section_group));
    let mut catalog = json!({
        "catalog": {
            "uuid": uuid_of(&format!("{}@{}", pack.id, pack.version)),
            "metadata": metadata(pack, last_modified),
            "groups": groups,
        }
    });
    without_empty_lists(&mut catalog);
    Ok(catalog)
}

/// Removes members that are empty lists, which OSCAL does not have.
pub(super) fn without_empty_lists(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| member.as_array().is_none_or(|list| !list.is_empty()));
            members.values_mut().for_each(without_empty_lists);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_empty_lists),
        _ => {}
    }
}

pub(super) fn metadata(pack: &Pack, last_modified: Instant) -> Value {
    let mut props = vec![
        prop("pack-id", &pack.id),
        prop(
            "valid-from",
            &yagura_kernel::time::format_iso(pack.valid_from),
        ),
    ];
    if let Some(last) = pack.valid_to {
        props.push(prop("valid-to", &yagura_kernel::time::format_iso(last)));
    }
    if let Some(year) = pack.fiscal_year {
        props.push(prop("fiscal-year", &year.year().to_string()));
    }
    json!({
        "title": pack.title.in_language("ja"),
        "last-modified": last_modified.to_rfc3339(),
        "version": pack.version.to_string(),
        "oscal-version": OSCAL_VERSION,
        "props": props,
    })
}

/// Id of a row's control; OSCAL ids begin with a letter.
pub(crate) fn control_id(key: &str) -> String {
    format!("item-{key}")
}

/// Id of the statement part of a row's control.
pub(crate) fn statement_id(key: &str) -> String {
    format!("item-{key}_smt")
}

pub(super) fn prop(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "value": value })
}

/// Everything of the form outside its rows, and the pack's source and notes, as a group of parts.
fn front(pack: &Pack, checklist: &Checklist) -> Value {
    let rules = &checklist.rules;
    let mut props = vec![
        prop("sheet", checklist.sheet.as_str()),
        prop("rounds", &rules.rounds.to_string()),
        prop(
            "target-date-only-for-no",
            bool_word(rules.target_date_only_for_no),
        ),
        prop(
            "target-date-in-fiscal-year",
            bool_word(rules.target_date_in_fiscal_year),
        ),
        prop("confirmation-date", bool_word(rules.confirmation_date)),
    ];
    props.extend(
        checklist
            .subjects
            .iter()
            .map(|subject| prop("subject", subject_word(*subject))),
    );
    let mut parts = text_parts("title", &pack.title);
    parts.extend(form_parts("sheet-title", Some(&checklist.sheet_title)));
    parts.extend(form_parts(
        "inspection-note",
        checklist.inspection_note.as_ref(),
    ));
    parts.extend(form_parts("goal", checklist.goal.as_ref()));
    parts.extend(
        checklist
            .instructions
            .iter()
            .flat_map(|t| form_parts("instruction", Some(t))),
    );
    if let Some(gate) = &checklist.gate {
        let mut inner = form_parts("heading", Some(&gate.heading));
        inner.extend(form_parts("text", Some(&gate.text)));
        inner.extend(form_parts("when-no", Some(&gate.when_no)));
        parts.push(holder("gate", Vec::new(), inner));
    }
    parts.push(source_part(&pack.source));
    parts.extend(pack.notes.iter().map(note_part));
    json!({
        "id": "front",
        "class": "front",
        "title": checklist.sheet_title.in_language("ja"),
        "props": props,
        "parts": parts,
    })
}

fn source_part(source: &Source) -> Value {
    let mut props = vec![prop("date", &source.date.to_string())];
    if !source.url.is_empty() {
        props.push(prop("url", &source.url));
    }
    let mut parts = text_parts("source-title", &source.title);
    parts.extend(text_parts("publisher", &source.publisher));
    parts.extend(text_parts("retrieved-note", &source.retrieved_note));
    parts.extend(source.files.iter().map(|file| {
        let mut props = vec![prop("file-name", &file.name)];
        props.extend(file.sha256.iter().map(|hash| prop("sha256", hash)));
        holder("source-file", props, text_parts("label", &file.label))
    }));
    holder("source", props, parts)
}

fn note_part(note: &Note) -> Value {
    holder(
        "note",
        vec![prop("status", note_word(note.status))],
        text_parts("text", &note.text),
    )
}

fn section_group(section: &Section) -> Value {
    let groups: Vec<Value> = section
        .blocks
        .iter()
        .enumerate()
        .map(|(at, block)| block_group(section, at + 1, block))
        .collect();
    json!({
        "id": format!("section-{}", section.number),
        "class": "section",
        "title": section.title.in_language("ja"),
        "props": [{ "name": "label", "value": section.number }],
        "parts": text_parts("title", &section.title),
        "groups": groups,
    })
}

fn block_group(section: &Section, number: usize, block: &Block) -> Value {
    let title = block.heading.as_ref().unwrap_or(&section.title);
    let controls: Vec<Value> = block.items.iter().map(control).collect();
    json!({
        "id": format!("section-{}_block-{number}", section.number),
        "class": "block",
        "title": title.in_language("ja"),
        "parts": block.heading.iter().flat_map(|h| text_parts("heading", h)).collect::<Vec<_>>(),
        "controls": controls,
    })
}

fn control(item: &Item) -> Value {
    let mut props = vec![
        json!({ "name": "label", "value": item.printed_id }),
        prop("key", &item.key),
        prop("device-class", item.device_class.as_str()),
        prop("required", bool_word(item.required)),
        prop("since", &item.since.year().to_string()),
        prop("wording", item.wording.as_str()),
    ];
    match item.not_applicable_when {
        Some(NotApplicable::NoVendorContract) => {
            props.push(prop("not-applicable-when", "no-vendor-contract"));
        }
        None => {}
    }
    props.extend(item.probes.iter().map(|probe| prop("probe", probe)));
    props.extend(
        item.supporting_probes
            .iter()
            .map(|probe| prop("supporting-probe", probe)),
    );
    if let Some(topic) = item.guidance.as_ref().and_then(|field| field.topic()) {
        props.push(prop("guidance-topic", topic));
    }
    let mut links: Vec<Value> = item
        .predecessors
        .iter()
        .map(|old| item_link("predecessor", old))
        .collect();
    links.extend(
        item.counterpart
            .iter()
            .map(|other| item_link("counterpart", other)),
    );

    let mut parts = vec![json!({
        "id": statement_id(&item.key),
        "name": "statement",
        "prose": item.text.in_language("ja"),
    })];
    parts.extend(text_parts("wording", &item.text));
    parts.extend(text_parts("short-label", &item.short_label));
    parts.extend(
        item.change_note
            .iter()
            .flat_map(|note| text_parts("change-note", note)),
    );
    parts.extend(text_parts("wording-source", &item.wording_source));
    if let Some(guidance) = item.guidance() {
        parts.push(guidance_part(guidance));
    }
    json!({
        "id": control_id(&item.key),
        "class": "item",
        "title": item.short_label.in_language("ja"),
        "props": props,
        "links": links,
        "parts": parts,
    })
}

fn guidance_part(guidance: &Guidance) -> Value {
    let mut parts = text_parts("meaning", &guidance.meaning);
    parts.extend(text_parts("prepare", &guidance.prepare));
    parts.extend(text_parts("carry-out", &guidance.carry_out));
    parts.extend(text_parts("strengthen", &guidance.strengthen));
    parts.extend(
        guidance
            .evidence
            .iter()
            .map(|text| listed("evidence", text)),
    );
    parts.extend(
        guidance
            .inspector
            .iter()
            .map(|text| listed("inspector", text)),
    );
    parts.extend(guidance.dated_notes.iter().map(|note| {
        let mut inner = text_parts("text", &note.text);
        inner.extend(text_parts("source", &note.source));
        holder(
            "dated-note",
            vec![prop("date", &note.date.to_string())],
            inner,
        )
    }));
    // The name is OSCAL's own, so that other tools show it.
    let mut part = holder("guidance", Vec::new(), parts);
    if let Some(part) = part.as_object_mut() {
        part.remove("ns");
        part.insert("prose".into(), guidance.meaning.in_language("ja").into());
    }
    part
}

fn item_link(rel: &str, to: &ItemRef) -> Value {
    json!({ "href": format!("{ITEM_URN}{to}"), "rel": rel })
}

/// A text as one part per language it has.
fn text_parts(name: &str, text: &Text) -> Vec<Value> {
    [("ja", &text.ja), ("en", &text.en)]
        .into_iter()
        .filter(|(_, prose)| !prose.is_empty())
        .map(|(language, prose)| {
            json!({ "name": name, "ns": NAMESPACE, "class": language, "prose": prose })
        })
        .collect()
}

/// A text that is one of several of its name: its languages stand inside one part.
fn listed(name: &str, text: &Text) -> Value {
    holder(name, Vec::new(), text_parts("text", text))
}

fn form_parts(name: &str, text: Option<&FormText>) -> Vec<Value> {
    text.map(|text| {
        let languages = Text {
            ja: text.ja.clone(),
            en: text.en.clone(),
        };
        let wording = vec![prop("wording", text.wording.as_str())];
        holder(name, wording, text_parts("text", &languages))
    })
    .into_iter()
    .collect()
}

fn holder(name: &str, props: Vec<Value>, parts: Vec<Value>) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "props": props, "parts": parts })
}

pub(crate) fn bool_word(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

pub(crate) fn subject_word(subject: Subject) -> &'static str {
    match subject {
        Subject::MedicalInstitution => "medical-institution",
        Subject::Pharmacy => "pharmacy",
        Subject::Vendor => "vendor",
    }
}

pub(crate) fn note_word(status: NoteStatus) -> &'static str {
    match status {
        NoteStatus::Established => "established",
        NoteStatus::Open => "open",
        NoteStatus::Information => "information",
    }
}
