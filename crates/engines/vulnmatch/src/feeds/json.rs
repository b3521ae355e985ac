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
    let mut scanner = Scanner {
        reader,
        buffer: Vec::new(),
        at: 0,
        end: 0,
        offset: 0,
        finished: false,
        limits,
        keep: None,
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

struct Scanner<'a, R> {
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
}

impl<R: Read> Scanner<'_, R> {
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

    fn array_in_file(&mut self, name: &'static str, each: &mut Each<'_>) -> Result<u64, FeedError> {
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

    fn array(&mut self, each: &mut Each<'_>) -> Result<u64, FeedError> {
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

    fn record(&mut self, record: u64, each: &mut Each<'_>) -> Result<(), FeedError> {
        self.keep = Some(self.at);
        let offset = self.place();
        self.value()?;
        let begin = self.keep.take().unwrap_or_default();
        let bytes = self.buffer.get(begin..self.at).unwrap_or_default();
        if bytes.len() > self.limits.longest_record {
            return Err(FeedError::TooLong {
                offset,
                limit: self.limits.longest_record as u64,
            });
        }
        each(bytes, Place { record, offset })
    }

    /// Goes over one value.
    fn value(&mut self) -> Result<(), FeedError> {
        let mut depth = 0usize;
        let mut in_string = false;
        let mut escaped = false;
        let mut scalar = false;
        loop {
            let rest = self.buffer.get(self.at..self.end).unwrap_or_default();
            let mut place = 0;
            while let Some(byte) = rest.get(place) {
                if in_string {
                    if escaped {
                        escaped = false;
                        place += 1;
                        continue;
                    }
                    let tail = rest.get(place..).unwrap_or_default();
                    let Some(found) = memchr::memchr2(b'"', b'\\', tail) else {
                        place = rest.len();
                        break;
                    };
                    place += found + 1;
                    if tail.get(found) == Some(&b'\\') {
                        escaped = true;
                        continue;
                    }
                    in_string = false;
                    if depth == 0 {
                        self.at += place;
                        return Ok(());
                    }
                    continue;
                }
                match byte {
                    b'"' if !scalar => in_string = true,
                    b'{' | b'[' if !scalar => {
                        depth += 1;
                        if depth > self.limits.deepest {
                            return Err(FeedError::TooDeep {
                                offset: self.offset + (self.at + place) as u64,
                                limit: self.limits.deepest,
                            });
                        }
                    }
                    b'}' | b']' if depth > 0 => {
                        depth -= 1;
                        if depth == 0 {
                            self.at += place + 1;
                            return Ok(());
                        }
                    }
                    b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | b':' | b'"' | b'{'
                    | b'['
                        if depth == 0 =>
                    {
                        if !scalar {
                            return Err(FeedError::Malformed {
                                offset: self.offset + (self.at + place) as u64,
                                expected: "a value",
                            });
                        }
                        self.at += place;
                        return Ok(());
                    }
                    _ if depth == 0 => scalar = true,
                    _ => {}
                }
                place += 1;
            }
            self.at += place;
            if !self.fill()? {
                if scalar {
                    return Ok(());
                }
                return Err(self.truncated("a record"));
            }
        }
    }
}
