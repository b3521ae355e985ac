//! Bounds on outside files, held before anything of them is kept.
//!
//! A value is counted every time it is visited. A YAML alias that repeats a large structure a
//! thousand times costs a thousand times, so an alias bomb meets the bound before it meets memory.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{ImportError, ImportPlace, ImportProblem};

/// How much an outside file may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub bytes: usize,
    /// Depth of nesting.
    pub depth: usize,
    /// Values of any kind, map keys included.
    pub values: usize,
    /// Bytes of all texts together.
    pub text_bytes: usize,
    /// Characters of one text.
    pub text_characters: usize,
    /// Items of a checklist.
    pub items: usize,
    /// Rows of a table.
    pub rows: usize,
    /// Columns of a table.
    pub columns: usize,
}

impl Default for Limits {
    /// Room for the largest frameworks in circulation (some 3 MB, 6,000 nodes) and no more.
    fn default() -> Self {
        Self {
            bytes: 4 * 1024 * 1024,
            depth: 40,
            values: 300_000,
            text_bytes: 12 * 1024 * 1024,
            text_characters: 20_000,
            items: 8_000,
            rows: 5_000,
            columns: 200,
        }
    }
}

impl Limits {
    /// The bytes as text, unless there are too many or they are not UTF-8. A byte order mark is
    /// dropped.
    pub(super) fn text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, ImportError> {
        if bytes.len() > self.bytes {
            return Err(ImportError::file(ImportProblem::TooLarge {
                actual_bytes: bytes.len(),
                limit_bytes: self.bytes,
            }));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
            Err(error) => {
                let read = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let place = place_at(&String::from_utf8_lossy(read), read.len());
                Err(ImportError::at(place, ImportProblem::NotUtf8))
            }
        }
    }
}

/// Line and column of a byte offset, from 1.
pub(super) fn place_at(text: &str, offset: usize) -> ImportPlace {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    ImportPlace::Line {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
    }
}

/// What is left of the limits while one file is read.
pub(super) struct Budget<'l> {
    limits: &'l Limits,
    values: Cell<usize>,
    text_bytes: Cell<usize>,
    exceeded: RefCell<Option<ImportProblem>>,
}

impl<'l> Budget<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            values: Cell::new(0),
            text_bytes: Cell::new(0),
            exceeded: RefCell::new(None),
        }
    }

    /// The bound that was met, if a reader failed because of one.
    pub(super) fn exceeded(&self) -> Option<ImportProblem> {
        self.exceeded.borrow_mut().take()
    }

    fn refuse<E: Error>(&self, problem: ImportProblem) -> E {
        let message = problem.to_string();
        self.exceeded.replace(Some(problem));
        E::custom(message)
    }

    fn value<E: Error>(&self) -> Result<(), E> {
        let values = self.values.get().saturating_add(1);
        self.values.set(values);
        if values > self.limits.values {
            return Err(self.refuse(ImportProblem::TooManyValues {
                limit: self.limits.values,
            }));
        }
        Ok(())
    }

    fn text<E: Error>(&self, text: &str) -> Result<(), E> {
        self.value()?;
        let bytes = self.text_bytes.get().saturating_add(text.len());
        self.text_bytes.set(bytes);
        if bytes > self.limits.text_bytes {
            let problem = ImportProblem::TooMuchText {
                limit_bytes: self.limits.text_bytes,
            };
            return Err(self.refuse(problem));
        }
        let limit = self.limits.text_characters;
        if text.len() > limit && text.chars().count() > limit {
            return Err(self.refuse(ImportProblem::TextTooLong { limit }));
        }
        Ok(())
    }
}

/// Reads any value inside a budget. With `keep` it gives the value, else it only counts.
pub(super) struct Bounded<'b, 'l> {
    budget: &'b Budget<'l>,
    depth: usize,
    keep: bool,
}

impl<'b, 'l> Bounded<'b, 'l> {
    pub(super) fn keeping(budget: &'b Budget<'l>) -> Self {
        Self {
            budget,
            depth: 0,
            keep: true,
        }
    }

    pub(super) fn counting(budget: &'b Budget<'l>) -> Self {
        Self {
            budget,
            depth: 0,
            keep: false,
        }
    }

    fn inner<E: Error>(&self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > self.budget.limits.depth {
            let limit = self.budget.limits.depth;
            return Err(self.budget.refuse(ImportProblem::TooDeep { limit }));
        }
        Ok(Self {
            budget: self.budget,
            depth,
            keep: self.keep,
        })
    }

    fn kept(&self, value: impl FnOnce() -> Value) -> Value {
        if self.keep { value() } else { Value::Null }
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.budget.value()?;
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        self.deserialize(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        let seed = self.inner()?;
        seed.deserialize(inner)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.budget.value()?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.budget.value()?;
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.budget.value()?;
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.budget.value()?;
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.budget.text(text)?;
        Ok(self.kept(|| Value::from(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        self.budget.value()?;
        let mut kept = Vec::new();
        while let Some(value) = sequence.next_element_seed(self.inner()?)? {
            if self.keep {
                kept.push(value);
            }
        }
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.budget.value()?;
        let mut kept = Map::new();
        while let Some(key) = map.next_key_seed(Self {
            keep: true,
            ..self.inner()?
        })? {
            let value = map.next_value_seed(self.inner()?)?;
            if self.keep {
                let key = match key {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                kept.insert(key, value);
            }
        }
        Ok(Value::Object(kept))
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        use serde::de::VariantAccess;
        let inner = self.inner()?;
        let (_, variant) = tagged.variant_seed(Self {
            keep: false,
            ..self.inner()?
        })?;
        variant.newtype_variant_seed(inner)
    }
}
