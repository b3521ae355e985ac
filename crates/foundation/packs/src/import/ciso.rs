//! The YAML library format that CISO Assistant users share: a library with URNs, and a framework
//! of requirement nodes in a tree by `parent_urn`.
//!
//! A top-level node becomes a section, nodes between become headings, assessable nodes become
//! items. Scores, questions, threats, controls and mappings have no place in a checklist and are
//! counted in a notice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::Date;

use super::oscal::fallback_date;
use super::tree::Node;
use super::{
    ImportError, ImportOptions, ImportProblem, Imported, Keys, Limits, Notice, NoticeKind, slug,
};
use crate::import::ImportPlace;
use crate::model::{
    Block, Body, Checklist, DeviceClass, FormText, Guidance, GuidanceField, Item, Note, NoteStatus,
    Pack, PackVersion, PartialDate, Section, Sheet, SheetRules, Source, Text, Wording,
};

/// One requirement node, as far as a checklist has use for it.
struct Requirement {
    urn: String,
    parent: String,
    assessable: bool,
    ref_id: String,
    name: Text,
    description: Text,
    annotation: Text,
    evidence: Text,
}

/// Texts of a document in its own language and in its translations.
struct Languages {
    own_is_japanese: bool,
}

impl Languages {
    fn text(&self, node: &Node<'_>, key: &str) -> Result<Text, ImportError> {
        let own = node.text_of(key)?;
        let other = if self.own_is_japanese { "en" } else { "ja" };
        let translated = match node
            .member("translations")
            .and_then(|all| all.member(other))
        {
            Some(translation) => translation.text_of(key)?,
            None => String::new(),
        };
        Ok(if self.own_is_japanese {
            Text {
                ja: own,
                en: translated,
            }
        } else {
            Text {
                ja: translated,
                en: own,
            }
        })
    }
}

pub(super) fn read(
    root: &Node<'_>,
    options: &ImportOptions,
    limits: &Limits,
) -> Result<Imported, ImportError> {
    let mut notices = Vec::new();
    let languages = Languages {
        own_is_japanese: root.text_of("locale")?.starts_with("ja"),
    };
    let framework = framework(root)?;
    let nodes = framework.required("requirement_nodes")?.elements()?;
    if nodes.len() > limits.items {
        return Err(framework.error(ImportProblem::TooManyItems {
            limit: limits.items,
        }));
    }
    let mut requirements = Vec::with_capacity(nodes.len());
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    for node in &nodes {
        for part in [
            "questions",
            "reference_controls",
            "threats",
            "implementation_groups",
        ] {
            if node.member(part).is_some() {
                *left_out.entry(part).or_default() += 1;
            }
        }
        requirements.push(Requirement {
            urn: node.text_of("urn")?,
            parent: node.text_of("parent_urn")?,
            assessable: node.bool_of("assessable").unwrap_or(false),
            ref_id: node.text_of("ref_id")?,
            name: languages.text(node, "name")?,
            description: languages.text(node, "description")?,
            annotation: languages.text(node, "annotation")?,
            evidence: languages.text(node, "typical_evidence")?,
        });
    }
    for (what, count) in left_out {
        notices.push(Notice {
            kind: NoticeKind::NotCarried(what, count),
            place: ImportPlace::File,
        });
    }

    let name = languages.text(root, "name")?;
    let name = if name.is_empty() {
        languages.text(&framework, "name")?
    } else {
        name
    };
    let published = root
        .text_of("publication_date")?
        .parse::<PartialDate>()
        .ok();
    let valid_from = options
        .valid_from
        .or(published.and_then(PartialDate::earliest));
    if valid_from.is_none() {
        notices.push(Notice {
            kind: NoticeKind::AssumedDate,
            place: ImportPlace::File,
        });
    }
    let valid_from = valid_from.unwrap_or_else(fallback_date);
    let reference = [root.text_of("ref_id")?, root.text_of("urn")?]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let context = Context {
        options,
        published,
        valid_from,
    };
    let wording_source = context.wording_source(&reference);
    let since = options
        .fiscal_year
        .unwrap_or_else(|| yagura_kernel::time::FiscalYear::of(valid_from));
    let sections = sections(&requirements, |requirement, key| Item {
        key,
        printed_id: printed_id(requirement),
        device_class: DeviceClass::All,
        text: statement(requirement),
        short_label: short_label(requirement),
        required: true,
        since,
        predecessors: Vec::new(),
        change_note: None,
        not_applicable_when: None,
        probes: Vec::new(),
        supporting_probes: Vec::new(),
        wording: options.wording.unwrap_or(Wording::Unverified),
        wording_source: wording_source.clone(),
        counterpart: None,
        guidance: guidance(requirement),
    });
    if sections
        .iter()
        .all(|section| section.items().next().is_none())
    {
        return Err(framework.error(ImportProblem::NoItems));
    }
    let copyright = root.text_of("copyright")?;
    let pack = Pack {
        id: options
            .id
            .clone()
            .unwrap_or_else(|| slug(&reference, "imported")),
        version: options.version.unwrap_or(PackVersion {
            major: root.text_of("version")?.parse().unwrap_or(1),
            minor: 0,
            patch: 0,
        }),
        title: options.title.clone().unwrap_or_else(|| name.clone()),
        valid_from,
        valid_to: None,
        fiscal_year: options.fiscal_year,
        source: context.source(
            &name,
            &root.text_of("provider")?,
            &root.text_of("packager")?,
        ),
        notes: if copyright.is_empty() {
            Vec::new()
        } else {
            let text = Text::new(
                format!("著作権の表示: {copyright}"),
                format!("Copyright notice: {copyright}"),
            );
            vec![Note {
                status: NoteStatus::Information,
                text,
            }]
        },
        body: Body::Checklist(Box::new(Checklist {
            sheet: options.sheet.unwrap_or(Sheet::General),
            subjects: Vec::new(),
            sheet_title: FormText {
                ja: name.ja,
                en: name.en,
                wording: Wording::Unverified,
            },
            inspection_note: None,
            goal: None,
            instructions: Vec::new(),
            gate: None,
            rules: SheetRules::default(),
            sections,
        })),
    };
    Ok(Imported { pack, notices })
}

/// The framework of a library: `objects.framework`, or the only one of `objects.frameworks`, or
/// the document itself.
fn framework<'v>(root: &Node<'v>) -> Result<Node<'v>, ImportError> {
    let objects = root.member("objects");
    let within = objects.as_ref().unwrap_or(root);
    let found = within
        .member("framework")
        .or_else(|| within.member("frameworks"));
    let found = match found {
        Some(node) if node.is_list() => node.elements()?.into_iter().next(),
        Some(node) => Some(node),
        None => root.member("requirement_nodes").map(|_| root.clone()),
    };
    found.ok_or_else(|| within.error(ImportProblem::Missing { field: "framework" }))
}

struct Context<'o> {
    options: &'o ImportOptions,
    published: Option<PartialDate>,
    valid_from: Date,
}

impl Context<'_> {
    fn wording_source(&self, reference: &str) -> Text {
        self.options.wording_source.clone().unwrap_or_else(|| {
            Text::new(
                format!("取り込んだライブラリ {reference}"),
                format!("From the imported library {reference}"),
            )
        })
    }

    fn source(&self, name: &Text, provider: &str, packager: &str) -> Source {
        self.options.source.clone().unwrap_or_else(|| Source {
            title: name.clone(),
            publisher: in_both(if provider.is_empty() {
                packager
            } else {
                provider
            }),
            url: String::new(),
            date: self.published.unwrap_or_else(|| self.valid_from.into()),
            retrieved_note: Text::new(
                format!("CISO Assistant 形式のライブラリから取り込み(作成 {packager})"),
                format!(
                    "Imported from a library in CISO Assistant format (packaged by {packager})"
                ),
            ),
            files: Vec::new(),
        })
    }
}

/// A name that is the same in both languages.
fn in_both(name: &str) -> Text {
    let name = if name.is_empty() { "-" } else { name };
    Text::new(name, name)
}

fn sections(
    requirements: &[Requirement],
    mut item: impl FnMut(&Requirement, String) -> Item,
) -> Vec<Section> {
    let by_urn: BTreeMap<&str, usize> = requirements
        .iter()
        .enumerate()
        .filter(|(_, requirement)| !requirement.urn.is_empty())
        .map(|(at, requirement)| (requirement.urn.as_str(), at))
        .collect();
    let (mut keys, mut numbers) = (Keys::default(), Keys::default());
    let mut sections: Vec<Section> = Vec::new();
    // Root node, parent node: where the next item goes without looking further.
    let mut open: Option<(Option<usize>, Option<usize>)> = None;
    for requirement in requirements
        .iter()
        .filter(|requirement| requirement.assessable)
    {
        let path = ancestors(requirement, requirements, &by_urn);
        let place = (path.last().copied(), path.first().copied());
        if open.is_none_or(|(root, _)| root != place.0) || sections.is_empty() {
            let root = place.0.and_then(|at| requirements.get(at));
            let number = root.map(printed_id).unwrap_or_default();
            sections.push(Section {
                number: numbers.unique(slug(&number, "section")),
                title: root.map_or_else(|| Text::new("項目", "Items"), heading),
                blocks: Vec::new(),
            });
            open = None;
        }
        if let Some(section) = sections.last_mut() {
            if open.is_none_or(|(_, parent)| parent != place.1) {
                let inner = path.first().filter(|_| path.len() > 1);
                let inner = inner.and_then(|at| requirements.get(*at));
                section.blocks.push(Block {
                    heading: inner.map(heading),
                    items: Vec::new(),
                });
            }
            if let Some(block) = section.blocks.last_mut() {
                let key = keys.unique(slug(&key_of(requirement), "item"));
                block.items.push(item(requirement, key));
            }
        }
        open = Some(place);
    }
    sections
}

/// Nodes above a node, nearest first. Stops at a cycle.
fn ancestors(
    requirement: &Requirement,
    all: &[Requirement],
    by_urn: &BTreeMap<&str, usize>,
) -> Vec<usize> {
    const DEEPEST: usize = 20;
    let mut path = Vec::new();
    let mut seen = BTreeSet::new();
    let mut parent = requirement.parent.as_str();
    while let Some(at) = by_urn.get(parent).copied() {
        if !seen.insert(at) || path.len() >= DEEPEST {
            break;
        }
        path.push(at);
        parent = all.get(at).map_or("", |node| node.parent.as_str());
    }
    path
}

fn key_of(requirement: &Requirement) -> String {
    let last = requirement.urn.rsplit(':').next().unwrap_or_default();
    if last.is_empty() {
        requirement.ref_id.clone()
    } else {
        last.to_owned()
    }
}

fn printed_id(requirement: &Requirement) -> String {
    if requirement.ref_id.is_empty() {
        key_of(requirement)
    } else {
        requirement.ref_id.clone()
    }
}

fn heading(requirement: &Requirement) -> Text {
    let either = if requirement.name.is_empty() {
        requirement.description.clone()
    } else {
        requirement.name.clone()
    };
    if either.is_empty() {
        in_both(&printed_id(requirement))
    } else {
        either
    }
}

fn statement(requirement: &Requirement) -> Text {
    if requirement.description.is_empty() {
        heading(requirement)
    } else {
        requirement.description.clone()
    }
}

fn short_label(requirement: &Requirement) -> Text {
    const LONGEST: usize = 24;
    let label = if requirement.name.is_empty() {
        in_both(&printed_id(requirement))
    } else {
        requirement.name.clone()
    };
    let cut = |text: String| text.chars().take(LONGEST).collect::<String>();
    Text {
        ja: cut(label.ja),
        en: cut(label.en),
    }
}

/// Annotation and typical evidence, which is one text with a line per piece.
fn guidance(requirement: &Requirement) -> Option<GuidanceField> {
    if requirement.annotation.is_empty() && requirement.evidence.is_empty() {
        return None;
    }
    let meaning = if requirement.annotation.is_empty() {
        statement(requirement)
    } else {
        requirement.annotation.clone()
    };
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| {
                line.trim()
                    .trim_start_matches(['-', '*', '•', '・'])
                    .trim()
                    .to_owned()
            })
            .filter(|line| !line.is_empty())
            .collect()
    };
    let (ja, en) = (
        lines(&requirement.evidence.ja),
        lines(&requirement.evidence.en),
    );
    let evidence = (0..ja.len().max(en.len()))
        .map(|at| Text {
            ja: ja.get(at).cloned().unwrap_or_default(),
            en: en.get(at).cloned().unwrap_or_default(),
        })
        .collect();
    Some(GuidanceField::Inline(Arc::new(Guidance {
        meaning,
        evidence,
        ..Guidance::default()
    })))
}
