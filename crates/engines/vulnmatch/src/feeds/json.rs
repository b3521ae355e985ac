//! Finding the records of a JSON stream, without holding more than one of them.

use std::io::{ErrorKind, Read};

use super::{FeedError, Limits, Place};

const CHUNK: usize = 1 << 18;

/// Where the records stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// In the array of this name in the object that is the file, or in an array that is the file.
    ArrayNamed(&'static str),
    /// One value after the other, each on a line or not.
    Sequence,
}

/// Takes the bytes of a record and its place.
pub type Each<'a> = dyn FnMut(&[u8], Place) -> Result<(), FeedError> + 'a;

/// Reads values of members while a record is gone over, so that nobody goes over them again.
pub(super) trait Members {
    /// Another record begins.
    fn begin(&mut self);

    /// The value of a member of an object within the record begins there in it; of the record no more
    /// may be known than its beginning. Answers how long the value is when it was read to its end, and
    /// its brackets fit. `key` is with its quotes. Nesting of [`DEEPEST_READ`] is allowed for.
    fn member(&mut self, key: &[u8], record: &[u8], at: usize) -> Option<usize>;
}

/// Reads nothing.
impl Members for () {
    fn begin(&mut self) {}

    fn member(&mut self, _: &[u8], _: &[u8], _: usize) -> Option<usize> {
        None
    }
}

/// How deep values are nested that [`Members`] read.
const DEEPEST_READ: usize = 6;

/// How deep members of a record are noted.
const NOTED: usize = 2;

/// A record of which it is known where the members of its outer objects stand.
pub(super) struct Found<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) place: Place,
    members: &'a [Member],
    /// Whether every bracket is closed by one of its kind.
    pub(super) fits: bool,
}

/// A member of an object, by places in the record.
#[derive(Debug, Clone, Copy)]
struct Member {
    depth: usize,
    key: (usize, usize),
    value: (usize, usize),
}

/// What became of the search for a member.
pub(super) enum Sought<'a> {
    /// No member has the name.
    Absent,
    /// Exactly one has it; these are the bytes of its value, and where they begin.
    Once(&'a [u8], usize),
    /// Several have it.
    Repeated,
}

impl<'a> Found<'a> {
    /// The member of the object that the member `outer` of the record is.
    pub(super) fn inner(&self, outer: &str, name: &str) -> Sought<'a> {
        let (Some(around), None) = self.two(1, outer, (0, self.bytes.len())) else {
            return Sought::Repeated;
        };
        match self.two(NOTED, name, around) {
            (None, _) => Sought::Absent,
            (Some((begin, end)), None) => {
                Sought::Once(self.bytes.get(begin..end).unwrap_or_default(), begin)
            }
            (Some(_), Some(())) => Sought::Repeated,
        }
    }

    /// The first member of a name at a depth, and whether there is another.
    fn two(
        &self,
        depth: usize,
        name: &str,
        within: (usize, usize),
    ) -> (Option<(usize, usize)>, Option<()>) {
        let mut found = self.members.iter().filter(|member| {
            member.depth == depth
                && member.key.0 >= within.0
                && member.value.1 <= within.1
                && member.key.1 - member.key.0 == name.len() + 2
                && self.bytes.get(member.key.0 + 1..member.key.1 - 1) == Some(name.as_bytes())
        });
        (
            found.next().map(|member| member.value),
            found.next().map(|_| ()),
        )
    }
}

/// Takes a record with its members, and what was read of them.
pub(super) type EachFound<'a, M> = dyn FnMut(&Found<'_>, &mut M) -> Result<(), FeedError> + 'a;

/// Hands out every record of a stream as its bytes.
///
/// # Errors
///
/// [`FeedError`] where no further record can be found, and what `each` returns.
pub fn records(
    reader: impl Read,
    which: Records,
    limits: &Limits,
    each: &mut Each<'_>,
) -> Result<u64, FeedError> {
    found(reader, which, limits, (), &mut |found, ()| {
        each(found.bytes, found.place)
    })
}

/// As [`records`], with where the members of each record stand, so that a reader need not go over
/// what it does not want a second time.
pub(super) fn found<M: Members>(
    reader: impl Read,
    which: Records,
    limits: &Limits,
    read: M,
    each: &mut EachFound<'_, M>,
) -> Result<u64, FeedError> {
    let mut scanner = Scanner {
        reader,
        buffer: Vec::new(),
        at: 0,
        end: 0,
        offset: 0,
        finished: false,
        limits,
        keep: None,
        members: Vec::new(),
        read,
        fits: true,
    };
    match which {
        Records::Sequence => {
            let mut record = 0;
            while scanner.next_token()?.is_some() {
                record += 1;
                scanner.record(record, each)?;
            }
            Ok(record)
        }
        Records::ArrayNamed(name) => {
            let records = scanner.array_in_file(name, each)?;
            // To the very end, so that a compressed stream is checked against its sum.
            match scanner.next_token()? {
                None => Ok(records),
                Some(_) => Err(FeedError::Malformed {
                    offset: scanner.place(),
                    expected: "the end of the file",
                }),
            }
        }
    }
}

struct Scanner<'a, R, M> {
    reader: R,
    buffer: Vec<u8>,
    /// Where in the buffer the scanner stands, and where what was read ends.
    at: usize,
    end: usize,
    /// Where in the stream the buffer begins.
    offset: u64,
    finished: bool,
    limits: &'a Limits,
    /// Where the record begins that must be kept.
    keep: Option<usize>,
    /// The members of the last container, what was read of them, and whether its brackets fit.
    members: Vec<Member>,
    read: M,
    fits: bool,
}

impl<R: Read, M: Members> Scanner<'_, R, M> {
    fn place(&self) -> u64 {
        self.offset + self.at as u64
    }

    /// Reads more; false at the end of the stream.
    fn fill(&mut self) -> Result<bool, FeedError> {
        if self.finished {
            return Ok(false);
        }
        let from = self.keep.unwrap_or(self.at);
        if from > 0 {
            self.buffer.copy_within(from..self.end, 0);
            self.offset += from as u64;
            self.end -= from;
            self.at -= from;
            self.keep = self.keep.map(|_| 0);
        }
        if self.end > self.limits.longest_record {
            return Err(FeedError::TooLong {
                offset: self.offset,
                limit: self.limits.longest_record as u64,
            });
        }
        if self.offset + self.end as u64 > self.limits.most_bytes {
            return Err(FeedError::TooMuch {
                limit: self.limits.most_bytes,
            });
        }
        if self.buffer.len() < self.end + CHUNK {
            self.buffer.resize(self.end + CHUNK, 0);
        }
        loop {
            let place = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.reader.read(place) {
                Ok(0) => {
                    self.finished = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.end += read;
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Err(FeedError::Truncated {
                        offset: self.offset + self.end as u64,
                        within: "the compressed stream",
                    });
                }
                Err(error) => {
                    return Err(FeedError::Read {
                        offset: self.offset + self.end as u64,
                        error,
                    });
                }
            }
        }
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.at..self.end).unwrap_or_default()
    }

    fn byte(&mut self) -> Result<Option<u8>, FeedError> {
        loop {
            if let Some(byte) = self.unread().first() {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The next byte that is no white space and no byte order mark, left where it is.
    fn next_token(&mut self) -> Result<Option<u8>, FeedError> {
        while let Some(byte) = self.byte()? {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                0xef | 0xbb | 0xbf if self.place() < 3 => self.at += 1,
                _ => return Ok(Some(byte)),
            }
        }
        Ok(None)
    }

    fn expect(&mut self, wanted: u8, expected: &'static str) -> Result<(), FeedError> {
        match self.next_token()? {
            Some(byte) if byte == wanted => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(FeedError::Malformed {
                offset: self.place(),
                expected,
            }),
            None => Err(self.truncated("the file")),
        }
    }

    fn truncated(&self, within: &'static str) -> FeedError {
        FeedError::Truncated {
            offset: self.place(),
            within,
        }
    }

    fn array_in_file(
        &mut self,
        name: &'static str,
        each: &mut EachFound<'_, M>,
    ) -> Result<u64, FeedError> {
        match self.next_token()? {
            Some(b'[') => return self.array(each),
            Some(b'{') => self.at += 1,
            Some(_) => {
                return Err(FeedError::Malformed {
                    offset: self.place(),
                    expected: "an object or an array",
                });
            }
            None => return Err(FeedError::Missing { what: "content" }),
        }
        let mut found = None;
        loop {
            match self.next_token()? {
                Some(b'}') => {
                    self.at += 1;
                    return found.ok_or(FeedError::Missing { what: name });
                }
                Some(b',') => self.at += 1,
                Some(b'"') => {
                    let begin = self.at;
                    self.keep = Some(begin);
                    self.value()?;
                    let begin = self.keep.take().unwrap_or(begin);
                    let key = self.buffer.get(begin..self.at).unwrap_or_default();
                    let wanted = key.len() == name.len() + 2
                        && key.get(1..key.len() - 1) == Some(name.as_bytes());
                    self.expect(b':', "a colon")?;
                    match self.next_token()? {
                        Some(b'[') if wanted => {
                            found = Some(found.unwrap_or_default() + self.array(each)?);
                        }
                        Some(_) => self.value()?,
                        None => return Err(self.truncated("the file")),
                    }
                }
                Some(_) => {
                    return Err(FeedError::Malformed {
                        offset: self.place(),
                        expected: "a name in quotes",
                    });
                }
                None => return Err(self.truncated("the file")),
            }
        }
    }

    fn array(&mut self, each: &mut EachFound<'_, M>) -> Result<u64, FeedError> {
        self.expect(b'[', "an array")?;
        let mut record = 0;
        loop {
            match self.next_token()? {
                Some(b']') => {
                    self.at += 1;
                    return Ok(record);
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    record += 1;
                    self.record(record, each)?;
                }
                None => return Err(self.truncated("the list of records")),
            }
        }
    }

    fn record(&mut self, record: u64, each: &mut EachFound<'_, M>) -> Result<(), FeedError> {
        self.keep = Some(self.at);
        let offset = self.place();
        self.read.begin();
        self.value()?;
        let begin = self.keep.take().unwrap_or_default();
        let bytes = self.buffer.get(begin..self.at).unwrap_or_default();
        if bytes.len() > self.limits.longest_record {
            return Err(FeedError::TooLong {
                offset,
                limit: self.limits.longest_record as u64,
            });
        }
        let found = Found {
            bytes,
            place: Place { record, offset },
            members: &self.members,
            fits: self.fits,
        };
        each(&found, &mut self.read)
    }

    /// Goes over one value.
    fn value(&mut self) -> Result<(), FeedError> {
        self.members.clear();
        self.fits = true;
        match self.byte()? {
            None => Err(self.truncated("a record")),
            Some(b'{' | b'[') => self.container(),
            Some(b'"') => {
                self.at += 1;
                self.string()
            }
            Some(b',' | b'}' | b']' | b':') => Err(FeedError::Malformed {
                offset: self.place(),
                expected: "a value",
            }),
            Some(_) => self.scalar(),
        }
    }

    /// To the end of a number or word.
    fn scalar(&mut self) -> Result<(), FeedError> {
        while let Some(byte) = self.byte()? {
            if b",}] \n\r\t:\"{[".contains(&byte) {
                break;
            }
            self.at += 1;
        }
        Ok(())
    }

    /// To behind the quote that ends a string, from behind the one that begins it.
    fn string(&mut self) -> Result<(), FeedError> {
        loop {
            match string_end(self.unread()) {
                Ok(length) => {
                    self.at += length;
                    return Ok(());
                }
                Err(over) => self.at += over,
            }
            if !self.fill()? {
                return Err(self.truncated("a record"));
            }
        }
    }

    /// Goes over an object or array, and notes the members of its outer objects.
    fn container(&mut self) -> Result<(), FeedError> {
        let mut depth = 0usize;
        // A bit per open bracket, the innermost last: whether it is an object.
        let mut objects = 0u128;
        let mut text = (0, 0);
        let mut open: [Option<usize>; NOTED + 1] = [None; NOTED + 1];
        'filled: loop {
            let rest = self.buffer.get(self.at..self.end).unwrap_or_default();
            let before = self.at - self.keep.unwrap_or_default();
            let mut place = 0;
            while let Some(byte) = rest.get(place) {
                match byte {
                    b'"' => {
                        let begin = before + place;
                        place += 1;
                        match string_end(rest.get(place..).unwrap_or_default()) {
                            Ok(length) => {
                                place += length;
                                text = (begin, before + place);
                            }
                            Err(over) => {
                                self.at += place + over;
                                self.string()?;
                                text = (begin, self.at - self.keep.unwrap_or_default());
                                continue 'filled;
                            }
                        }
                        continue;
                    }
                    b'{' | b'[' => {
                        depth += 1;
                        if depth > self.limits.deepest {
                            return Err(FeedError::TooDeep {
                                offset: self.offset + (self.at + place) as u64,
                                limit: self.limits.deepest,
                            });
                        }
                        objects = objects << 1 | u128::from(*byte == b'{');
                    }
                    b'}' | b']' => {
                        close(&mut self.members, &mut open, depth, before + place);
                        // Beyond as many brackets as there are bits the kind is not known.
                        self.fits &= objects & 1 == u128::from(*byte == b'}') || depth > 128;
                        objects >>= 1;
                        depth -= 1;
                        if depth == 0 {
                            self.at += place + 1;
                            return Ok(());
                        }
                    }
                    b':' if depth <= NOTED && objects & 1 == 1 => {
                        close(&mut self.members, &mut open, depth, before + place);
                        if let Some(open) = open.get_mut(depth) {
                            *open = Some(self.members.len());
                        }
                        self.members.push(Member {
                            depth,
                            key: text,
                            value: (before + place + 1, usize::MAX),
                        });
                        if depth == NOTED
                            && depth + DEEPEST_READ <= self.limits.deepest
                            && let Some(begin) = self.keep
                        {
                            let record = self.buffer.get(begin..self.end).unwrap_or_default();
                            let key = record.get(text.0..text.1).unwrap_or_default();
                            if let Some(length) = self.read.member(key, record, before + place + 1)
                            {
                                place += length;
                            }
                        }
                    }
                    b',' if depth <= NOTED => {
                        close(&mut self.members, &mut open, depth, before + place)
                    }
                    _ => {}
                }
                place += 1;
            }
            self.at += place;
            if !self.fill()? {
                return Err(self.truncated("a record"));
            }
        }
    }
}

/// The value of the open member at a depth ends here.
fn close(members: &mut [Member], open: &mut [Option<usize>], depth: usize, end: usize) {
    if let Some(open) = open.get_mut(depth).and_then(Option::take)
        && let Some(member) = members.get_mut(open)
    {
        member.value.1 = end;
    }
}

/// How long a string is that begins behind its quote, with the quote that ends it; otherwise how
/// much may be stepped over before more is read.
fn string_end(text: &[u8]) -> Result<usize, usize> {
    let mut place = 0;
    loop {
        let tail = text.get(place..).unwrap_or_default();
        let Some(found) = quote_or_backslash(tail) else {
            return Err(text.len());
        };
        if tail.get(found) == Some(&b'"') {
            return Ok(place + found + 1);
        }
        if found + 1 == tail.len() {
            return Err(place + found);
        }
        place += found + 2;
    }
}

/// Most strings are short, and a call of memchr costs more than a few words.
fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const WORDS: usize = 4;
    let has = |word: u64, byte: u8| {
        let zero = word ^ (ONES * u64::from(byte));
        zero.wrapping_sub(ONES) & !zero & (ONES << 7)
    };
    let (words, _) = text.as_chunks::<8>();
    for (number, word) in words.iter().take(WORDS).enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = has(word, b'"') | has(word, b'\\');
        if found != 0 {
            return Some(number * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    let begin = words.len().min(WORDS) * 8;
    memchr::memchr2(b'"', b'\\', text.get(begin..)?).map(|place| begin + place)
}
