//! The attributes of a name, as far as filing needs them.

use crate::cpe::{Attribute, Name, Value};

/// One attribute of a name, as far as filing needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Any,
    Na,
    Literal(&'a str),
    Pattern,
}

/// The attributes of a name.
pub(super) struct Pieces<'a>([Piece<'a>; Attribute::ALL.len()]);

impl<'a> Pieces<'a> {
    pub(super) fn get(&self, attribute: Attribute) -> Piece<'a> {
        self.0
            .get(attribute as usize)
            .copied()
            .unwrap_or(Piece::Any)
    }

    pub(super) fn of(name: &'a Name) -> Self {
        Self(Attribute::ALL.map(|attribute| match name.get(attribute) {
            Value::Any => Piece::Any,
            Value::Na => Piece::Na,
            Value::Text(text) if text.has_wildcard() => Piece::Pattern,
            Value::Text(text) => Piece::Literal(text.literal()),
        }))
    }

    /// The attributes of a formatted string that has all eleven and nothing in them that is escaped
    /// or in capitals, which it therefore already is when it is written again.
    pub(super) fn plain(text: &'a str) -> Option<Self> {
        let mut pieces = [Piece::Any; Attribute::ALL.len()];
        let mut rest = Some(text.strip_prefix("cpe:2.3:")?);
        for piece in &mut pieces {
            let body = rest?;
            let plain = body.bytes().take_while(|byte| crate::cpe::is_plain(*byte));
            let (component, after) = match body.as_bytes() {
                [b'*', ..] => body.split_at_checked(1)?,
                _ => body.split_at_checked(plain.count())?,
            };
            *piece = match component {
                "" => return None,
                "*" => Piece::Any,
                "-" => Piece::Na,
                component => Piece::Literal(component),
            };
            rest = match after {
                "" => None,
                after => Some(after.strip_prefix(':')?),
            };
        }
        let whole = rest.is_none()
            && matches!(
                pieces.first(),
                Some(Piece::Any | Piece::Na | Piece::Literal("a" | "o" | "h"))
            );
        whole.then_some(Self(pieces))
    }
}
