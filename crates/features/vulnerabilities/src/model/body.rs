//! Conditions in a compact form, from which they can be read again: what is stored of each source.

use std::io::{Read as _, Write as _};

use serde::{Deserialize, Serialize};
use vulnmatch::cpe::Name;
use vulnmatch::model::{Bound, Condition, Confidence, Criterion, Operator, Range};
use vulnmatch::versions::Scheme;

/// The largest body, in bytes before compression.
const LARGEST: u64 = 64 << 20;

/// What is wrong with a stored body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It could not be compressed or decompressed.
    #[error("what a feed says could not be read again: {0}")]
    Compressed(#[from] std::io::Error),
    /// It is not of the form.
    #[error("what a feed says could not be read again: {0}")]
    Form(#[from] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct Leaf {
    /// The name, without the prefix and without trailing ANY.
    n: String,
    /// Where the range starts, and where it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    s: Option<(String, bool)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<(String, bool)>,
    /// Only what the vulnerable one runs on or with.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    p: bool,
    /// How versions are ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<u8>,
    /// The most confidence, where it is not exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    m: Option<Confidence>,
}

#[derive(Serialize, Deserialize)]
enum Node {
    #[serde(rename = "l")]
    Leaf(Leaf),
    #[serde(rename = "a")]
    All(Vec<Node>),
    #[serde(rename = "o")]
    Any(Vec<Node>),
    #[serde(rename = "na")]
    NotAll(Vec<Node>),
    #[serde(rename = "no")]
    NotAny(Vec<Node>),
}

const PREFIX: &str = "cpe:2.3:";

fn short(name: &Name) -> String {
    let text = name.to_string();
    let mut text = text.strip_prefix(PREFIX).unwrap_or(&text);
    while let Some(rest) = text.strip_suffix(":*") {
        text = rest;
    }
    text.to_owned()
}

fn node(condition: &Condition) -> Node {
    match condition {
        Condition::Criterion(criterion) => {
            let bound = |bound: &Option<Bound>| {
                bound
                    .as_ref()
                    .map(|bound| (bound.version.clone(), bound.inclusive))
            };
            Node::Leaf(Leaf {
                n: short(&criterion.name),
                s: bound(&criterion.range.start),
                e: bound(&criterion.range.end),
                p: !criterion.vulnerable,
                o: criterion.scheme.map(Scheme::code),
                m: (criterion.at_most != Confidence::Exact).then_some(criterion.at_most),
            })
        }
        Condition::Joined {
            operator,
            negate,
            conditions,
        } => {
            let parts = conditions.iter().map(node).collect();
            match (operator, negate) {
                (Operator::And, false) => Node::All(parts),
                (Operator::Or, false) => Node::Any(parts),
                (Operator::And, true) => Node::NotAll(parts),
                (Operator::Or, true) => Node::NotAny(parts),
            }
        }
    }
}

fn condition(node: Node) -> Option<Condition> {
    let joined = |operator, negate, parts: Vec<Node>| {
        Some(Condition::Joined {
            operator,
            negate,
            conditions: parts.into_iter().filter_map(condition).collect(),
        })
    };
    match node {
        Node::Leaf(leaf) => {
            let bound = |bound: Option<(String, bool)>| {
                bound.map(|(version, inclusive)| Bound { version, inclusive })
            };
            let name = Name::parse_lenient(&format!("{PREFIX}{}", leaf.n)).ok()?;
            let range = Range {
                start: bound(leaf.s),
                end: bound(leaf.e),
            };
            Some(Condition::Criterion(Criterion {
                vulnerable: !leaf.p,
                scheme: leaf.o.and_then(Scheme::from_code),
                at_most: leaf.m.unwrap_or(Confidence::Exact),
                ..Criterion::vulnerable(name, range)
            }))
        }
        Node::All(parts) => joined(Operator::And, false, parts),
        Node::Any(parts) => joined(Operator::Or, false, parts),
        Node::NotAll(parts) => joined(Operator::And, true, parts),
        Node::NotAny(parts) => joined(Operator::Or, true, parts),
    }
}

/// The compact form of conditions.
///
/// # Errors
/// [`BodyError`], which does not happen in memory.
pub fn pack(conditions: &[Condition]) -> Result<Vec<u8>, BodyError> {
    let nodes: Vec<Node> = conditions.iter().map(node).collect();
    let text = serde_json::to_vec(&nodes)?;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&text)?;
    Ok(encoder.finish()?)
}

/// The conditions of a compact form.
///
/// # Errors
/// [`BodyError`] where it is none.
pub fn unpack(body: &[u8]) -> Result<Vec<Condition>, BodyError> {
    let mut text = Vec::new();
    flate2::read::DeflateDecoder::new(body)
        .take(LARGEST)
        .read_to_end(&mut text)?;
    let nodes: Vec<Node> = serde_json::from_slice(&text)?;
    Ok(nodes.into_iter().filter_map(condition).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_come_back_as_they_were() {
        let name = |text: &str| Name::parse_lenient(text).unwrap();
        let range = Range {
            start: Some(Bound::including("7.0.0")),
            end: Some(Bound::excluding("7.0.14")),
        };
        let conditions = vec![
            Condition::all(vec![
                Condition::any([Criterion {
                    scheme: Some(Scheme::Fortinet),
                    ..Criterion::vulnerable(name("cpe:2.3:o:fortinet:fortios:*"), range)
                }]),
                Condition::Joined {
                    operator: Operator::Or,
                    negate: true,
                    conditions: vec![Condition::Criterion(Criterion::platform(name(
                        "cpe:2.3:h:fortinet:fortigate-60f:-:*:*:*:*:*:*:*",
                    )))],
                },
            ]),
            Condition::Criterion(Criterion {
                at_most: Confidence::ProductOnly,
                ..Criterion::vulnerable(
                    name(r"cpe:2.3:a:b\:c:d\*:1.0:\*:*:*:*:*:*:*"),
                    Range::default(),
                )
            }),
        ];
        assert_eq!(unpack(&pack(&conditions).unwrap()).unwrap(), conditions);
        assert_eq!(unpack(&pack(&[]).unwrap()).unwrap(), Vec::new());
        assert!(unpack(b"nonsense").is_err());
    }
}
