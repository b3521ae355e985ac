//! The words of the diagrams: what stands in each box, and the same facts for tables.

use yagura_inventory::model::{Availability, DeviceClass, Level, RecordKind, SystemKind};
use yagura_kernel::text::clean_single_line;
use yagura_kernel::time::{format_iso, format_japanese};
use yagura_web::Translator;
use yagura_web::i18n::args;

use crate::draw::legend;
use crate::layout::{Line, Style};
use crate::model::{Diagram, Graph, LinkKind, Mark, Node, NodeKind, Note, Place, Reason, Register};

/// A diagram in words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    /// What it is and whose.
    pub(crate) title: String,
    /// What it shows, for who does not see it.
    pub(crate) description: String,
    /// The names of the bands.
    pub(crate) bands: Vec<String>,
    /// What stands in each node.
    pub(crate) lines: Vec<Vec<Line>>,
    /// All of it in one text, with nothing left out.
    pub(crate) tips: Vec<String>,
    /// What each entry of the legend means.
    pub(crate) legend: Vec<String>,
    /// Facts of the title block.
    pub(crate) facts: Vec<String>,
    /// What is not shown one by one.
    pub(crate) notes: Vec<String>,
}

/// Longest text that is set in a box or said of it. The register's texts are shorter.
const LONGEST: usize = 400;
/// How many servers and medical devices stand in the node of a system.
const MEMBERS: usize = 6;

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A text without what no drawing can show or what could mislead a reader.
fn clean(text: &str) -> String {
    clean_single_line(text, LONGEST).unwrap_or_else(|_| {
        let cut: String = text.chars().take(LONGEST - 1).collect();
        clean_single_line(&cut, LONGEST).unwrap_or_default() + "…"
    })
}

/// The name of a diagram.
pub(crate) fn diagram(t: &Translator, diagram: Diagram) -> &str {
    t.t(match diagram {
        Diagram::Systems => "diagrams-systems",
        Diagram::Network => "diagrams-network",
    })
}

/// The name of a place.
pub(crate) fn place(t: &Translator, place: &Place) -> String {
    match place {
        Place::Outside => t.t("diagrams-place-outside").to_owned(),
        Place::Internet => t.t("diagrams-place-internet").to_owned(),
        Place::Closed => t.t("diagrams-place-closed").to_owned(),
        Place::Boundary => t.t("diagrams-place-boundary").to_owned(),
        Place::Zone { name, .. } => clean(name),
        Place::NoZone => t.t("diagrams-place-no-zone").to_owned(),
    }
}

/// A mark in a word.
pub(crate) fn mark(t: &Translator, mark: Mark) -> &str {
    t.t(match mark {
        Mark::Unconfirmed => "diagrams-mark-unconfirmed",
        Mark::PermissionOver => "diagrams-mark-permission-over",
        Mark::SupportOver => "diagrams-mark-support-over",
        Mark::SupportEndsSoon => "diagrams-mark-support-ends-soon",
        Mark::EndDeviceNotInRegister => "diagrams-mark-end-device-not-in-register",
    })
}

fn marks(t: &Translator, node: &Node, wanted: impl Fn(Mark) -> bool) -> String {
    let is_folded = crate::draw::is_folded(node);
    let words: Vec<String> = node
        .marks
        .iter()
        .filter(|(mark, _)| wanted(*mark))
        .map(|(one, number)| {
            let word = mark(t, *one);
            if is_folded {
                t.t_args(
                    "diagrams-mark-of-several",
                    args![("mark", word), ("count", count(*number))],
                )
                .into_owned()
            } else {
                word.to_owned()
            }
        })
        .collect();
    words.join("・")
}

/// All marks of a node in words.
pub(crate) fn all_marks(t: &Translator, node: &Node) -> String {
    marks(t, node, |_| true)
}

/// What a link says, in words.
pub(crate) fn link(t: &Translator, kind: LinkKind) -> &str {
    t.t(match kind {
        LinkKind::External => "diagrams-link-external",
        LinkKind::Serves => "diagrams-link-serves",
        LinkKind::Needs => "diagrams-link-needs",
        LinkKind::Uplink => "diagrams-link-uplink",
        LinkKind::Host => "diagrams-link-host",
    })
}

/// Why something stops with something else.
pub(crate) fn reason(t: &Translator, reason: Reason) -> &str {
    t.t(match reason {
        Reason::Server => "diagrams-reason-server",
        Reason::DependsOn => "diagrams-reason-depends-on",
        Reason::Host => "diagrams-reason-host",
        Reason::Uplink => "diagrams-reason-uplink",
        Reason::EndDevice => "diagrams-reason-end-device",
        Reason::Line => "diagrams-reason-line",
    })
}

/// How important something is.
pub(crate) fn level(t: &Translator, level: Level) -> &str {
    t.t(match level {
        Level::Unknown => "diagrams-level-unknown",
        Level::Low => "diagrams-level-low",
        Level::Medium => "diagrams-level-medium",
        Level::High => "diagrams-level-high",
    })
}

/// What kind of record it is.
pub(crate) fn record_kind(t: &Translator, kind: RecordKind) -> &str {
    t.t(match kind {
        RecordKind::System => "diagrams-kind-system",
        RecordKind::Connection => "diagrams-kind-connection",
        RecordKind::Asset => "diagrams-kind-asset",
    })
}

fn class(t: &Translator, class: DeviceClass) -> &str {
    t.t(match class {
        DeviceClass::Terminal => "diagrams-class-terminal",
        DeviceClass::Server => "diagrams-class-server",
        DeviceClass::NetworkDevice => "diagrams-class-network-device",
        DeviceClass::MedicalDevice => "diagrams-class-medical-device",
        DeviceClass::Other => "diagrams-class-other",
    })
}

/// The name of a node in full.
pub(crate) fn name(t: &Translator, node: &Node) -> String {
    match &node.kind {
        NodeKind::Vendor if node.name.is_empty() => t.t("diagrams-vendor-unnamed").to_owned(),
        NodeKind::Device {
            class: of,
            fold: Some(fold),
            ..
        } => t
            .t_args(
                "diagrams-devices",
                args![("class", class(t, *of)), ("count", count(fold.devices))],
            )
            .into_owned(),
        _ => clean(&node.name),
    }
}

fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("・")
}

/// What is said of a node beside its name, one fact a line; `short` leaves out what a box has no
/// room for and says how much that is.
pub(crate) fn facts(t: &Translator, node: &Node, is_short: bool) -> Vec<(Style, String)> {
    let detail = |text: String| (Style::Detail, text);
    let mut found = Vec::new();
    match &node.kind {
        NodeKind::Vendor => {}
        NodeKind::Connection {
            mechanism,
            connected,
            line,
        } => {
            let mechanism = mechanism.code().replace('_', "-");
            let mechanism = t.find(&format!("inventory-mechanism-{mechanism}"));
            let connected = t.t(match connected {
                Availability::Always => "diagrams-connected-always",
                Availability::OnDemand => "diagrams-connected-on-demand",
            });
            found.push(detail(joined(&[mechanism.unwrap_or_default(), connected])));
            found.push(detail(clean(line)));
        }
        NodeKind::EndDevice { place } => found.push(detail(clean(place))),
        NodeKind::System {
            kind,
            department,
            vendor,
            members,
            others,
        } => {
            let kind = match kind {
                SystemKind::InformationSystem => "",
                SystemKind::MedicalDevice => t.t("diagrams-class-medical-device"),
            };
            found.push(detail(joined(&[kind, &clean(department)])));
            if !vendor.is_empty() {
                let vendor = t.t_args("diagrams-vendor", args![("name", clean(vendor))]);
                found.push(detail(vendor.into_owned()));
            }
            let most = if is_short { MEMBERS } else { members.len() };
            for member in members.iter().take(most) {
                let marks: Vec<&str> = member
                    .marks
                    .iter()
                    .filter(|one| !is_short || **one != Mark::Unconfirmed)
                    .map(|one| mark(t, *one))
                    .collect();
                let is_bad = member.marks.iter().any(|mark| mark.is_bad());
                let mut text = format!("▪ {}", clean(&member.name));
                if !marks.is_empty() {
                    text = format!("▪ [{}] {}", marks.join("・"), clean(&member.name));
                }
                found.push((if is_bad { Style::Alarm } else { Style::Detail }, text));
            }
            let further = members.len().saturating_sub(most);
            if further > 0 {
                let further = t.t_args("diagrams-further", args![("count", count(further))]);
                found.push(detail(further.into_owned()));
            }
            let others: Vec<String> = others
                .iter()
                .map(|(of, number)| {
                    let words = t.t_args(
                        "diagrams-devices",
                        args![("class", class(t, *of)), ("count", count(*number))],
                    );
                    words.into_owned()
                })
                .collect();
            found.push(detail(others.join("、")));
        }
        NodeKind::Device {
            class: of,
            acts_as_server,
            model,
            addresses,
            has_more_addresses,
            place,
            fold,
        } => {
            let role = if *acts_as_server {
                t.t("diagrams-acts-as-server")
            } else {
                ""
            };
            match fold {
                None => found.push(detail(joined(&[class(t, *of), role, &clean(model)]))),
                Some(fold) if fold.models > 1 => {
                    let models = t.t_args("diagrams-models", args![("count", count(fold.models))]);
                    found.push(detail(models.into_owned()));
                }
                Some(_) => found.push(detail(clean(model))),
            }
            let mut listed = addresses.join(", ");
            if *has_more_addresses {
                listed.push_str(t.t("diagrams-and-more"));
            }
            found.push(detail(listed));
            if !is_short {
                found.push(detail(clean(place)));
            }
        }
    }
    found.retain(|(_, text)| !text.is_empty());
    found
}

fn lines(t: &Translator, node: &Node) -> Vec<Line> {
    let line = |style, text, most| Line { text, style, most };
    let mut found = vec![line(Style::Name, name(t, node), 3)];
    let alarm = marks(t, node, Mark::is_bad);
    let other = marks(t, node, |mark| !mark.is_bad());
    for (style, text) in [(Style::Alarm, alarm), (Style::Mark, other)] {
        if !text.is_empty() {
            found.push(line(style, text, 2));
        }
    }
    let is_system = matches!(node.kind, NodeKind::System { .. });
    for (style, text) in facts(t, node, true) {
        let most = if is_system && text.starts_with('▪') {
            1
        } else {
            2
        };
        found.push(line(style, text, most));
    }
    found
}

/// Everything that is said of a node, in one text.
fn tip(t: &Translator, node: &Node) -> String {
    let facts = facts(t, node, false).into_iter().map(|(_, text)| text);
    let parts: Vec<String> = std::iter::once(name(t, node))
        .chain(Some(all_marks(t, node)).filter(|marks| !marks.is_empty()))
        .chain(facts)
        .collect();
    parts.join(" / ")
}

fn note(t: &Translator, note: Note) -> String {
    match note {
        Note::Folded { devices, boxes } => t.t_args(
            "diagrams-note-folded",
            args![("devices", count(devices)), ("boxes", count(boxes))],
        ),
        Note::Spares(number) => t.t_args("diagrams-note-spares", args![("count", count(number))]),
        Note::WithoutSystem(number) => t.t_args(
            "diagrams-note-without-system",
            args![("count", count(number))],
        ),
        Note::WithoutZone(number) => t.t_args(
            "diagrams-note-without-zone",
            args![("count", count(number))],
        ),
    }
    .into_owned()
}

/// A diagram of an institution in words.
pub(crate) fn write(
    t: &Translator,
    graph: &Graph,
    register: &Register,
    institution: &str,
) -> Written {
    let title = diagram(t, graph.diagram).to_owned();
    let number =
        |key: &str, number: usize| t.t_args(key, args![("count", count(number))]).into_owned();
    let facts = vec![
        number("diagrams-fact-systems", register.systems.len()),
        number("diagrams-fact-connections", register.connections.len()),
        number("diagrams-fact-assets", register.assets.len()),
        number("diagrams-fact-unconfirmed", register.unconfirmed()),
    ];
    let description = t.t_args(
        "diagrams-description",
        args![
            ("institution", clean(institution)),
            ("diagram", title.as_str()),
            ("date", t.date(register.today)),
            ("nodes", count(graph.nodes.len())),
            ("links", count(graph.links.len()))
        ],
    );
    Written {
        description: description.into_owned(),
        bands: graph
            .bands
            .iter()
            .map(|band| place(t, &band.place))
            .collect(),
        lines: graph.nodes.iter().map(|node| lines(t, node)).collect(),
        tips: graph.nodes.iter().map(|node| tip(t, node)).collect(),
        legend: legend(graph.diagram)
            .into_iter()
            .map(|(_, key)| t.t(key).to_owned())
            .collect(),
        notes: graph.notes.iter().map(|one| note(t, *one)).collect(),
        title,
        facts,
    }
}

/// The day of a drawing in both writings, and by what it was made.
pub(crate) fn made(t: &Translator, register: &Register) -> String {
    t.t_args(
        "diagrams-made",
        args![
            ("era", format_japanese(register.today)),
            ("date", format_iso(register.today))
        ],
    )
    .into_owned()
}
