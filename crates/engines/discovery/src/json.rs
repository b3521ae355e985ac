//! JSON read element by element: a file of many records never stands in memory as a whole, and
//! what came before a cut-off end is kept.

use std::cell::Cell;
use std::fmt;
use std::ops::ControlFlow;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;

use crate::model::{Incomplete, Place, Reason};
use crate::readers::Reading;

/// What to do with a member of the outermost object.
pub(crate) enum Wanted {
    /// Leave it out unread.
    No,
    /// Hand it over as one value.
    Whole,
    /// Hand over the elements of the list one at a time.
    Elements,
}

/// A part of the document.
pub(crate) enum Part {
    /// A member of the outermost object that was wanted whole.
    Member(String, Value),
    /// An element of a list: its list's name (empty for an outermost list), its index from 0.
    Element(String, usize, Value),
}

/// How the walk ended.
pub(crate) enum Ended {
    /// At the end of the document.
    Complete,
    /// The receiver wanted no more.
    Stopped,
    /// The text stops in the middle.
    CutOff {
        /// Where.
        line: u64,
    },
    /// The text is not JSON from here.
    Syntax {
        /// Where.
        line: u64,
        /// What the parser says.
        detail: String,
    },
}

/// Walks through a document and hands its parts to `receive`.
pub(crate) fn walk(
    text: &[u8],
    wanted: &dyn Fn(&str) -> Wanted,
    receive: &mut dyn FnMut(Part) -> ControlFlow<()>,
) -> Ended {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let stopped = Cell::new(false);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let outer = Outer {
        wanted,
        receive,
        stopped: &stopped,
    };
    let ended = outer
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    match ended {
        Ok(()) => Ended::Complete,
        Err(_) if stopped.get() => Ended::Stopped,
        Err(error) if error.is_eof() => Ended::CutOff {
            line: u64::try_from(error.line()).unwrap_or(u64::MAX),
        },
        Err(error) => Ended::Syntax {
            line: u64::try_from(error.line()).unwrap_or(u64::MAX),
            detail: error.to_string(),
        },
    }
}

/// Notes in the report how a walk ended.
pub(crate) fn note_end(ended: Ended, reading: &mut Reading<'_>) {
    match ended {
        Ended::Complete => {}
        Ended::Stopped => reading.stop(Incomplete::Bound),
        Ended::CutOff { line } => {
            reading.problem(Place::Line(line), Reason::CutOff);
            reading.stop(Incomplete::CutOff);
        }
        Ended::Syntax { line, detail } => {
            reading.problem(Place::Line(line), Reason::Syntax { detail });
            reading.stop(Incomplete::CutOff);
        }
    }
}

struct Outer<'a> {
    wanted: &'a dyn Fn(&str) -> Wanted,
    receive: &'a mut dyn FnMut(Part) -> ControlFlow<()>,
    stopped: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Outer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Outer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match (self.wanted)(&key) {
                Wanted::No => {
                    map.next_value::<IgnoredAny>()?;
                }
                Wanted::Whole => {
                    let value = map.next_value()?;
                    if (self.receive)(Part::Member(key, value)).is_break() {
                        self.stopped.set(true);
                        return Err(A::Error::custom("stopped"));
                    }
                }
                Wanted::Elements => map.next_value_seed(Elements {
                    list: &key,
                    receive: self.receive,
                    stopped: self.stopped,
                })?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        Elements {
            list: "",
            receive: self.receive,
            stopped: self.stopped,
        }
        .visit_seq(seq)
    }
}

struct Elements<'a> {
    list: &'a str,
    receive: &'a mut dyn FnMut(Part) -> ControlFlow<()>,
    stopped: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    /// A single object where a list belongs is taken as a list of one.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let value: Value =
            serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        let part = Part::Element(self.list.to_owned(), 0, value);
        if (self.receive)(part).is_break() {
            self.stopped.set(true);
            return Err(A::Error::custom("stopped"));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = seq.next_element()? {
            let part = Part::Element(self.list.to_owned(), index, value);
            if (self.receive)(part).is_break() {
                self.stopped.set(true);
                return Err(A::Error::custom("stopped"));
            }
            index += 1;
        }
        Ok(())
    }
}

/// A member that is text, trimmed and not empty.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// A member that is text, a number or a truth value, as text.
pub(crate) fn scalar(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

/// The elements of a member that is a list; empty where it is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, stop_after: usize) -> (Vec<String>, Ended) {
        let mut seen = Vec::new();
        let ended = walk(
            text.as_bytes(),
            &|key| match key {
                "skip" => Wanted::No,
                "list" => Wanted::Elements,
                _ => Wanted::Whole,
            },
            &mut |part| {
                seen.push(match part {
                    Part::Member(key, value) => format!("{key}={value}"),
                    Part::Element(list, index, value) => format!("{list}[{index}]={value}"),
                });
                if seen.len() >= stop_after {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        (seen, ended)
    }

    #[test]
    fn parts_come_one_at_a_time_and_a_cut_keeps_what_came_before() {
        let (seen, ended) = parts(r#"{"skip":[1,{"a":2}],"list":[1,"b"],"x":{"y":1}}"#, 99);
        assert_eq!(seen, ["list[0]=1", "list[1]=\"b\"", "x={\"y\":1}"]);
        assert!(matches!(ended, Ended::Complete));
        let (seen, ended) = parts("{\"list\":[1,\n{\"a\":2},{\"b\"", 99);
        assert_eq!(seen.len(), 2);
        assert!(matches!(ended, Ended::CutOff { line: 2 }));
        let (seen, ended) = parts(r#"{"list":[1,2,3]}"#, 2);
        assert_eq!(seen.len(), 2);
        assert!(matches!(ended, Ended::Stopped));
        let (_, ended) = parts(r#"{"list":[1,nonsense]}"#, 99);
        assert!(matches!(ended, Ended::Syntax { .. }));
        let (_, ended) = parts(&"[".repeat(100_000), 99);
        assert!(matches!(ended, Ended::Syntax { .. }));
        let (_, ended) = parts("", 99);
        assert!(matches!(ended, Ended::CutOff { .. }));
    }
}
