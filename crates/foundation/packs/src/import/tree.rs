//! A value with its JSON pointer, so that every complaint says where.

use serde_json::Value;

use super::{ImportError, ImportPlace, ImportProblem};

/// A place in a read document.
#[derive(Debug, Clone)]
pub(super) struct Node<'v> {
    value: &'v Value,
    pointer: String,
}

impl<'v> Node<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self {
            value,
            pointer: String::new(),
        }
    }

    pub(super) fn error(&self, problem: ImportProblem) -> ImportError {
        ImportError::at(ImportPlace::Pointer(self.pointer.clone()), problem)
    }

    fn expected(&self, what: &str) -> ImportError {
        self.error(ImportProblem::Shape {
            detail: format!("expected {what}"),
        })
    }

    /// The member, unless missing or null.
    pub(super) fn member(&self, key: &str) -> Option<Node<'v>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        let escaped = key.replace('~', "~0").replace('/', "~1");
        Some(Node {
            value,
            pointer: format!("{}/{escaped}", self.pointer),
        })
    }

    pub(super) fn required(&self, key: &'static str) -> Result<Node<'v>, ImportError> {
        self.member(key)
            .ok_or_else(|| self.error(ImportProblem::Missing { field: key }))
    }

    /// The elements of a member that is a list; none where it is missing.
    pub(super) fn list(&self, key: &str) -> Result<Vec<Node<'v>>, ImportError> {
        self.member(key)
            .map_or(Ok(Vec::new()), |member| member.elements())
    }

    pub(super) fn elements(&self) -> Result<Vec<Node<'v>>, ImportError> {
        let elements = self
            .value
            .as_array()
            .ok_or_else(|| self.expected("a list"))?;
        Ok(elements
            .iter()
            .enumerate()
            .map(|(at, value)| Node {
                value,
                pointer: format!("{}/{at}", self.pointer),
            })
            .collect())
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// The text of this node; numbers and truth values as they are written.
    pub(super) fn text(&self) -> Result<String, ImportError> {
        match self.value {
            Value::String(text) => Ok(text.trim().to_owned()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            _ => Err(self.expected("a text")),
        }
    }

    /// The text of a member; empty where it is missing.
    pub(super) fn text_of(&self, key: &str) -> Result<String, ImportError> {
        self.member(key)
            .map_or(Ok(String::new()), |member| member.text())
    }

    pub(super) fn bool_of(&self, key: &str) -> Option<bool> {
        self.member(key)?.value.as_bool()
    }
}
