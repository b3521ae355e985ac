//! The configurations of NVD as they usually are, read in one pass while the record is gone over, and
//! kept as places in it.
//!
//! Most of a build is reading these. Whatever is out of the ordinary — another member, a member
//! twice, children, `null`, an escape other than of `\`, `"` and `/`, anything beyond ASCII — is left
//! to the reader of [`super::nvd`], which knows all of it: the answer is then [`None`]. What is read
//! here is read as there.

use super::json::Members;
use crate::index::{Kind, Leaf, Plain, Tree};
use crate::model::Operator;

/// The configurations of the record that is gone over. Its memory is used again for the next.
#[derive(Debug, Default)]
pub(super) struct Configurations {
    /// Where in the record what is held begins and ends, when something is.
    place: Option<(usize, usize)>,
    configurations: Vec<Joint>,
    nodes: Vec<Joint>,
    criteria: Vec<Criterion>,
    /// Texts that stand otherwise in the record, one behind the other.
    unescaped: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Joint {
    operator: Operator,
    negate: bool,
    /// Which nodes or criteria it joins.
    first: u32,
    end: u32,
}

#[derive(Debug, Clone, Copy)]
struct Criterion {
    name: Text,
    start: Option<(Text, bool)>,
    end: Option<(Text, bool)>,
    vulnerable: bool,
}

/// Where a text stands: in the record, or in what is unescaped.
#[derive(Debug, Clone, Copy)]
struct Text {
    begin: u32,
    length: u32,
    unescaped: bool,
}

impl Members for Configurations {
    fn begin(&mut self) {
        self.place = None;
    }

    fn member(&mut self, key: &[u8], record: &[u8], at: usize) -> Option<usize> {
        if key != b"\"configurations\"" {
            return None;
        }
        self.read(record, at)
    }
}

impl Configurations {
    /// Reads the value that begins in the record there, and gives its length.
    pub(super) fn read(&mut self, record: &[u8], at: usize) -> Option<usize> {
        self.place = None;
        self.configurations.clear();
        self.nodes.clear();
        self.criteria.clear();
        self.unescaped.clear();
        // Places are held in 32 bits.
        u32::try_from(record.len()).ok()?;
        let mut reader = Reader {
            text: record,
            at,
            into: self,
        };
        reader.configurations()?;
        let end = reader.at;
        self.place = Some((at, end));
        Some(end - at)
    }

    /// What is held of the value that stands there in the record.
    pub(super) fn of<'a>(&'a self, record: &'a [u8], value: &[u8], at: usize) -> Option<Parts<'a>> {
        let (begin, end) = self.place?;
        // Behind the value may be white space.
        let rest = value.get(end.checked_sub(at)?..)?;
        let whole = begin == at && rest.iter().all(u8::is_ascii_whitespace);
        whole.then_some(Parts {
            held: Held {
                configurations: self,
                record,
            },
            level: Level::Configuration,
            next: 0,
            end: u32::try_from(self.configurations.len()).ok()?,
        })
    }
}

#[derive(Clone, Copy)]
struct Held<'a> {
    configurations: &'a Configurations,
    record: &'a [u8],
}

impl<'a> Held<'a> {
    fn bytes(self, text: Text) -> &'a [u8] {
        let (begin, length) = (text.begin as usize, text.length as usize);
        let all = if text.unescaped {
            &self.configurations.unescaped
        } else {
            self.record
        };
        all.get(begin..begin + length).unwrap_or_default()
    }

    fn bound(self, bound: Option<(Text, bool)>) -> Option<(&'a [u8], bool)> {
        bound.map(|(text, inclusive)| (self.bytes(text), inclusive))
    }
}

#[derive(Clone, Copy)]
enum Level {
    Configuration,
    Node,
    Criterion,
}

/// Conditions that are held side by side.
#[derive(Clone)]
pub(super) struct Parts<'a> {
    held: Held<'a>,
    level: Level,
    next: u32,
    end: u32,
}

/// A condition that is held.
#[derive(Clone, Copy)]
pub(super) struct Part<'a>(Which<'a>);

#[derive(Clone, Copy)]
enum Which<'a> {
    Joined(Held<'a>, Joint, Level),
    Criterion(Held<'a>, &'a Criterion),
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.next >= self.end {
            return None;
        }
        let (held, number) = (self.held, self.next as usize);
        self.next += 1;
        Some(Part(match self.level {
            Level::Configuration => Which::Joined(
                held,
                *held.configurations.configurations.get(number)?,
                Level::Node,
            ),
            Level::Node => Which::Joined(
                held,
                *held.configurations.nodes.get(number)?,
                Level::Criterion,
            ),
            Level::Criterion => Which::Criterion(held, held.configurations.criteria.get(number)?),
        }))
    }
}

impl<'a> Tree<'a> for Part<'a> {
    type Parts = Parts<'a>;

    fn kind(self) -> Kind<'a, Self> {
        match self.0 {
            Which::Joined(held, joint, level) => Kind::Joined(
                joint.operator,
                joint.negate,
                Parts {
                    held,
                    level,
                    next: joint.first,
                    end: joint.end,
                },
            ),
            Which::Criterion(held, criterion) => Kind::Leaf(Leaf::Raw(Plain {
                name: held.bytes(criterion.name),
                start: held.bound(criterion.start),
                end: held.bound(criterion.end),
                vulnerable: criterion.vulnerable,
            })),
        }
    }
}

fn once<T>(slot: &mut Option<T>, value: Option<T>) -> Option<()> {
    if slot.is_some() {
        return None;
    }
    *slot = Some(value?);
    Some(())
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    into: &'a mut Configurations,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                other => return Some(*other),
            }
        }
    }

    fn sign(&mut self, sign: u8) -> Option<()> {
        (self.peek()? == sign).then(|| self.at += 1)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text
            .get(self.at..)?
            .starts_with(word)
            .then(|| self.at += word.len())
    }

    /// What stands between brackets, separated by commas.
    #[inline]
    fn list(
        &mut self,
        (begin, end): (u8, u8),
        mut each: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.sign(begin)?;
        if self.peek()? == end {
            self.at += 1;
            return Some(());
        }
        loop {
            each(self)?;
            let sign = self.peek()?;
            self.at += 1;
            if sign == end {
                return Some(());
            }
            if sign != b',' {
                return None;
            }
        }
    }

    fn key(&mut self) -> Option<Text> {
        let key = self.string()?;
        self.sign(b':')?;
        (!key.unescaped).then_some(key)
    }

    fn boolean(&mut self) -> Option<bool> {
        match self.peek()? {
            b't' => self.word(b"true").map(|()| true),
            b'f' => self.word(b"false").map(|()| false),
            _ => None,
        }
    }

    fn bytes(&self, text: Text) -> &[u8] {
        let (begin, length) = (text.begin as usize, text.length as usize);
        let all = if text.unescaped {
            &self.into.unescaped
        } else {
            self.text
        };
        all.get(begin..begin + length).unwrap_or_default()
    }

    fn operator(&mut self) -> Option<Operator> {
        let text = self.string()?;
        match self.bytes(text) {
            b"AND" => Some(Operator::And),
            b"OR" => Some(Operator::Or),
            _ => None,
        }
    }

    fn string(&mut self) -> Option<Text> {
        self.sign(b'"')?;
        let begin = self.at;
        let length = special(self.text.get(begin..)?)?;
        if self.text.get(begin + length) == Some(&b'"') {
            self.at = begin + length + 1;
            return text(begin, length, false);
        }
        let first = self.into.unescaped.len();
        let mut from = begin;
        loop {
            let rest = self.text.get(from..)?;
            let length = special(rest)?;
            self.into.unescaped.extend_from_slice(rest.get(..length)?);
            match (rest.get(length)?, rest.get(length + 1)) {
                (b'"', _) => {
                    self.at = from + length + 1;
                    return text(first, self.into.unescaped.len() - first, true);
                }
                (b'\\', Some(sign @ (b'\\' | b'"' | b'/'))) => self.into.unescaped.push(*sign),
                _ => return None,
            }
            from += length + 2;
        }
    }

    fn configurations(&mut self) -> Option<()> {
        self.list((b'[', b']'), |reader| {
            let (mut operator, mut negate, mut nodes) = (None, None, None);
            reader.list((b'{', b'}'), |reader| {
                let key = reader.key()?;
                match reader.bytes(key) {
                    b"operator" => once(&mut operator, reader.operator()),
                    b"negate" => once(&mut negate, reader.boolean()),
                    b"nodes" => once(&mut nodes, reader.nodes()),
                    _ => None,
                }
            })?;
            let (first, end) = nodes.unwrap_or_default();
            reader.into.configurations.push(Joint {
                operator: operator.unwrap_or(Operator::Or),
                negate: negate.unwrap_or(false),
                first,
                end,
            });
            Some(())
        })
    }

    fn nodes(&mut self) -> Option<(u32, u32)> {
        let first = u32::try_from(self.into.nodes.len()).ok()?;
        self.list((b'[', b']'), |reader| {
            let (mut operator, mut negate, mut criteria) = (None, None, None);
            reader.list((b'{', b'}'), |reader| {
                let key = reader.key()?;
                match reader.bytes(key) {
                    b"operator" => once(&mut operator, reader.operator()),
                    b"negate" => once(&mut negate, reader.boolean()),
                    b"cpeMatch" => once(&mut criteria, reader.criteria()),
                    _ => None,
                }
            })?;
            // A node without criteria says nothing; it must not keep an AND from being met.
            if let Some((first, end)) = criteria.filter(|(first, end)| first < end) {
                reader.into.nodes.push(Joint {
                    operator: operator.unwrap_or(Operator::Or),
                    negate: negate.unwrap_or(false),
                    first,
                    end,
                });
            }
            Some(())
        })?;
        Some((first, u32::try_from(self.into.nodes.len()).ok()?))
    }

    fn criteria(&mut self) -> Option<(u32, u32)> {
        let first = u32::try_from(self.into.criteria.len()).ok()?;
        self.list((b'[', b']'), Self::criterion)?;
        Some((first, u32::try_from(self.into.criteria.len()).ok()?))
    }

    fn criterion(&mut self) -> Option<()> {
        let (mut vulnerable, mut name, mut id) = (None, None, None);
        let [mut start_in, mut start_ex, mut end_in, mut end_ex] = [None, None, None, None];
        // How nearly all begin.
        if self.word(br#"{"vulnerable":true,"criteria":"#).is_some() {
            vulnerable = Some(true);
        } else if self.word(br#"{"vulnerable":false,"criteria":"#).is_some() {
            vulnerable = Some(false);
        }
        let mut more = true;
        if vulnerable.is_some() {
            name = Some(self.string()?);
            more = self.is_more()?;
        } else {
            self.sign(b'{')?;
            if self.peek()? == b'}' {
                return None;
            }
        }
        while more {
            if self.word(br#""matchCriteriaId":"#).is_some() {
                once(&mut id, self.string())?;
            } else {
                let key = self.key()?;
                match self.bytes(key) {
                    b"vulnerable" => once(&mut vulnerable, self.boolean()),
                    b"criteria" => once(&mut name, self.string()),
                    b"versionStartIncluding" => once(&mut start_in, self.string()),
                    b"versionStartExcluding" => once(&mut start_ex, self.string()),
                    b"versionEndIncluding" => once(&mut end_in, self.string()),
                    b"versionEndExcluding" => once(&mut end_ex, self.string()),
                    b"matchCriteriaId" => once(&mut id, self.string()),
                    _ => None,
                }?;
            }
            more = self.is_more()?;
        }
        let start = self.bound(start_in, start_ex)?;
        let end = self.bound(end_in, end_ex)?;
        self.into.criteria.push(Criterion {
            name: name?,
            start,
            end,
            vulnerable: vulnerable.unwrap_or(false),
        });
        Some(())
    }

    /// Whether the object goes on behind a member.
    fn is_more(&mut self) -> Option<bool> {
        let sign = self.peek()?;
        self.at += 1;
        match sign {
            b',' => Some(true),
            b'}' => Some(false),
            _ => None,
        }
    }

    /// The outer [`None`]: not to be read here.
    #[expect(
        clippy::option_option,
        reason = "one as everywhere here, one of the feed"
    )]
    fn bound(
        &mut self,
        including: Option<Text>,
        excluding: Option<Text>,
    ) -> Option<Option<(Text, bool)>> {
        let says = |text: &Text| !self.bytes(*text).trim_ascii().is_empty();
        let found = including
            .filter(says)
            .map(|text| (text, true))
            .or_else(|| Some((excluding.filter(says)?, false)));
        let Some((bound, inclusive)) = found else {
            return Some(None);
        };
        // Some bounds are escaped as names are: `8.0\(5\)` is `8.0(5)`.
        if !bound.unescaped {
            return Some(Some((bound, inclusive)));
        }
        let plain: Vec<u8> = self
            .bytes(bound)
            .iter()
            .copied()
            .filter(|byte| *byte != b'\\')
            .collect();
        let first = self.into.unescaped.len();
        self.into.unescaped.extend_from_slice(&plain);
        Some(Some((text(first, plain.len(), true)?, inclusive)))
    }
}

fn text(begin: usize, length: usize, unescaped: bool) -> Option<Text> {
    Some(Text {
        begin: u32::try_from(begin).ok()?,
        length: u32::try_from(length).ok()?,
        unescaped,
    })
}

/// Where the first byte stands that ends a text or is not simply part of it: a quote, a backslash, a
/// control character, a byte beyond ASCII.
#[inline]
fn special(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word;
    let (words, rest) = text.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * u64::from(b'"'));
        let slash = word ^ (ONES * u64::from(b'\\'));
        let found = (below(quote, 1) | below(slash, 1) | below(word, 0x20) | word) & HIGH;
        if found != 0 {
            return Some(number * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20 | 0x80..);
    Some(words.len() * 8 + rest.iter().position(is_special)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{RawCondition, RawCriterion};
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn read(text: &str) -> Option<Vec<RawCondition<'static>>> {
        fn owned<'a>(part: Part<'a>) -> RawCondition<'static> {
            let bound = |bound: Option<(&str, bool)>| {
                bound.map(|(text, inclusive)| (Cow::Owned(text.to_owned()), inclusive))
            };
            match part.kind() {
                Kind::Joined(operator, negate, parts) => {
                    RawCondition::Joined(operator, negate, parts.map(owned).collect())
                }
                Kind::Leaf(leaf) => RawCondition::Criterion(RawCriterion {
                    name: match &leaf {
                        Leaf::Raw(plain) => {
                            Cow::Owned(String::from_utf8_lossy(plain.name).into_owned())
                        }
                        Leaf::Read(_) => Cow::Borrowed(""),
                    },
                    start: bound(leaf.start()),
                    end: bound(leaf.end()),
                    vulnerable: leaf.vulnerable(),
                }),
            }
        }
        let mut held = Configurations::default();
        held.read(text.as_bytes(), 0)?;
        let parts = held.of(text.as_bytes(), text.as_bytes(), 0)?;
        Some(parts.map(owned).collect())
    }

    fn by_serde(text: &str) -> Option<Vec<RawCondition<'_>>> {
        serde_json::from_str(text)
            .ok()
            .map(crate::feeds::nvd::configurations)
    }

    #[test]
    fn usual_ones_are_read_and_others_left() {
        let usual = r#" [ {"operator":"AND","nodes":[{"operator":"OR","negate":false,"cpeMatch":[
            {"vulnerable":true,"criteria":"cpe:2.3:o:cisco:ios:15.0\\(3\\)ew:*:*:*:*:*:*:*","matchCriteriaId":"x"},
            {"vulnerable":false,"criteria":"cpe:2.3:h:v:p:-","versionStartIncluding":" ","versionStartExcluding":"8.0\\(5\\)","versionEndExcluding":"9"}]},
            {"operator":"OR","cpeMatch":[]}]},{}]"#;
        assert!(read(usual).is_some());
        assert_eq!(read(usual), by_serde(usual));
        for left in [
            "",
            "[",
            "[}",
            "null",
            "[{}] x",
            "[{},]",
            r#"[{"nodes":null}]"#,
            r#"[{"nodes":[{"cpeMatch":[{"vulnerable":true}]}]}]"#,
            r#"[{"negate":false,"negate":true}]"#,
            r#"[{"nodes":[{"children":[]}]}]"#,
            r#"[{"operator":"\u0041ND"}]"#,
            r#"[{"operator":"XOR"}]"#,
            "[{\"operator\":\"A\nD\"}]",
        ] {
            assert_eq!(read(left), None, "{left}");
        }
    }

    #[test]
    fn a_special_byte_is_found_wherever_it_stands() {
        for byte in [b'"', b'\\', 0, 0x1f, 0x80, 0xff] {
            for place in 0..40 {
                let mut text = vec![b'a'; 40];
                text[place] = byte;
                assert_eq!(special(&text), Some(place));
                // The first counts.
                text.push(byte);
                assert_eq!(special(&text), Some(place));
            }
        }
        assert_eq!(special("!#[] ~\u{7f}abc".as_bytes()), None);
    }

    proptest! {
        /// Whatever it reads, serde reads in the same way.
        #[test]
        fn as_serde_reads(parts in proptest::collection::vec(prop_oneof![
            Just("["), Just("]"), Just("{"), Just("}"), Just(","), Just(":"), Just("\"nodes\""), Just("\"cpeMatch\""),
            Just("\"criteria\":\"c\\\\x\""), Just("\"operator\":\"AND\""), Just("\"negate\":true"), Just("\"vulnerable\":false"),
            Just("[{\"nodes\":[{\"cpeMatch\":[{"), Just("}]}]}]"), Just("\"versionEndIncluding\":\"1\\n\""), Just(" "),
            Just("\"versionEndExcluding\":\"2\""), Just("{\"criteria\":\"x\"}"), Just("null"),
        ], 0..12)) {
            let text = parts.concat();
            if let Some(read) = read(&text) {
                prop_assert_eq!(Some(read), by_serde(&text));
            }
        }
    }
}
