//! The configurations of NVD as they usually are, read in one pass and without a value in between.
//!
//! Most of a build is reading these. Whatever is out of the ordinary — another member, a member
//! twice, children, `null`, an escape other than of `\`, `"` and `/` — is left to the reader of
//! [`super::nvd`], which knows all of it: the answer is then [`None`]. What is read here is read as
//! there.

use std::borrow::Cow;

use super::json::quote_or_backslash;
use super::nvd::unescaped;
use crate::index::{RawCondition, RawCriterion};
use crate::model::Operator;

/// The value of `configurations`.
pub(super) fn configurations(text: &str) -> Option<Vec<RawCondition<'_>>> {
    let mut reader = Reader { text, at: 0 };
    let mut found = Vec::new();
    reader.array(&mut |reader| {
        let (mut operator, mut negate, mut nodes) = (None, None, None);
        reader.object(&mut |reader, key| match key {
            "operator" => once(&mut operator, reader.operator()),
            "negate" => once(&mut negate, reader.boolean()),
            "nodes" => once(&mut nodes, reader.nodes()),
            _ => None,
        })?;
        found.push(RawCondition::Joined(
            operator.unwrap_or(Operator::Or),
            negate.unwrap_or(false),
            nodes.unwrap_or_default(),
        ));
        Some(())
    })?;
    reader.space();
    (reader.at == text.len()).then_some(found)
}

fn once<T>(slot: &mut Option<T>, value: Option<T>) -> Option<()> {
    if slot.is_some() {
        return None;
    }
    *slot = Some(value?);
    Some(())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    fn sign(&mut self, sign: u8) -> Option<()> {
        (self.peek()? == sign).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(word.as_bytes())
            .then(|| self.at += word.len())
    }

    /// What stands between brackets, separated by commas.
    fn list(&mut self, end: u8, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.peek()? == end {
            self.at += 1;
            return Some(());
        }
        loop {
            each(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                sign if sign == end => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    fn array(&mut self, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.sign(b'[')?;
        self.list(b']', each)
    }

    fn object(&mut self, each: &mut dyn FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.sign(b'{')?;
        self.list(b'}', &mut |reader| {
            let Cow::Borrowed(key) = reader.string()? else {
                return None;
            };
            reader.sign(b':')?;
            each(reader, key)
        })
    }

    fn boolean(&mut self) -> Option<bool> {
        match self.peek()? {
            b't' => self.word("true").map(|()| true),
            b'f' => self.word("false").map(|()| false),
            _ => None,
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        match &*self.string()? {
            "AND" => Some(Operator::And),
            "OR" => Some(Operator::Or),
            _ => None,
        }
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.sign(b'"')?;
        let begin = self.at;
        let rest = self.text.as_bytes().get(begin..)?;
        let length = quote_or_backslash(rest)?;
        if rest.get(length) == Some(&b'"') {
            let text = self.text.get(begin..begin + length)?;
            self.at = begin + length + 1;
            return (!has_control(text)).then_some(Cow::Borrowed(text));
        }
        let mut owned = String::with_capacity(length + 64);
        let mut from = begin;
        loop {
            let rest = self.text.as_bytes().get(from..)?;
            let length = quote_or_backslash(rest)?;
            owned.push_str(self.text.get(from..from + length)?);
            if rest.get(length) == Some(&b'"') {
                self.at = from + length + 1;
                return (!has_control(&owned)).then_some(Cow::Owned(owned));
            }
            match rest.get(length + 1)? {
                sign @ (b'\\' | b'"' | b'/') => owned.push(char::from(*sign)),
                _ => return None,
            }
            from += length + 2;
        }
    }

    fn nodes(&mut self) -> Option<Vec<RawCondition<'a>>> {
        let mut nodes = Vec::new();
        self.array(&mut |reader| {
            let (mut operator, mut negate, mut matches) = (None, None, None);
            reader.object(&mut |reader, key| match key {
                "operator" => once(&mut operator, reader.operator()),
                "negate" => once(&mut negate, reader.boolean()),
                "cpeMatch" => once(&mut matches, reader.matches()),
                _ => None,
            })?;
            // A node without criteria says nothing; it must not keep an AND from being met.
            if let Some(matches) = matches.filter(|matches| !matches.is_empty()) {
                nodes.push(RawCondition::Joined(
                    operator.unwrap_or(Operator::Or),
                    negate.unwrap_or(false),
                    matches,
                ));
            }
            Some(())
        })?;
        Some(nodes)
    }

    fn matches(&mut self) -> Option<Vec<RawCondition<'a>>> {
        let mut matches = Vec::new();
        self.array(&mut |reader| {
            let (mut vulnerable, mut name, mut id) = (None, None, None);
            let [mut start_in, mut start_ex, mut end_in, mut end_ex] = [None, None, None, None];
            reader.object(&mut |reader, key| match key {
                "vulnerable" => once(&mut vulnerable, reader.boolean()),
                "criteria" => once(&mut name, reader.string()),
                "versionStartIncluding" => once(&mut start_in, reader.string()),
                "versionStartExcluding" => once(&mut start_ex, reader.string()),
                "versionEndIncluding" => once(&mut end_in, reader.string()),
                "versionEndExcluding" => once(&mut end_ex, reader.string()),
                "matchCriteriaId" => once(&mut id, reader.string()),
                _ => None,
            })?;
            matches.push(RawCondition::Criterion(RawCriterion {
                name: name?,
                start: bound(start_in, start_ex),
                end: bound(end_in, end_ex),
                vulnerable: vulnerable.unwrap_or(false),
            }));
            Some(())
        })?;
        Some(matches)
    }
}

fn bound<'a>(
    including: Option<Cow<'a, str>>,
    excluding: Option<Cow<'a, str>>,
) -> Option<(Cow<'a, str>, bool)> {
    let says = |text: &Cow<'_, str>| !text.trim().is_empty();
    if let Some(version) = including.filter(says) {
        return Some((unescaped(version), true));
    }
    let version = excluding.filter(says)?;
    Some((unescaped(version), false))
}

/// Control characters may not stand in texts of JSON as they are.
fn has_control(text: &str) -> bool {
    // Without a way out in between the compiler looks at many at once.
    text.bytes()
        .fold(false, |found, byte| found | (byte < 0x20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        assert!(configurations(usual).is_some());
        assert_eq!(configurations(usual), by_serde(usual));
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
            assert_eq!(configurations(left), None, "{left}");
        }
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
            if let Some(read) = configurations(&text) {
                prop_assert_eq!(Some(read), by_serde(&text));
            }
        }
    }
}
