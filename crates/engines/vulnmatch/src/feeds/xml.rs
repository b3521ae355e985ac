//! Reading XML as a stream of elements with their texts, without document types and entities.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{FeedError, Limits};

/// What happens in a document. Names are local names: the prefixes and even the addresses of JVN's
/// namespaces differ between its feeds and its API.
pub(super) enum Happening<'a> {
    /// An element begins, with its attributes.
    Begin(&'a str, &'a [(String, String)]),
    /// An element ends; its own text, trimmed.
    End(&'a str, &'a str),
}

/// Stops a reader that gives more than a limit for one element.
struct Counted<R> {
    reader: R,
    used: Rc<Cell<usize>>,
    limit: usize,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used.get() > self.limit {
            return Err(io::Error::other("too long"));
        }
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.used.set(self.used.get().saturating_add(amount));
        self.reader.consume(amount);
    }
}

/// Goes through a document; hands out every beginning and end with its place.
pub(super) fn document(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Happening<'_>, u64),
) -> Result<(), FeedError> {
    let used = Rc::new(Cell::new(0));
    let counted = Counted {
        reader: BufReader::with_capacity(1 << 16, reader),
        used: Rc::clone(&used),
        limit: limits.longest_record,
    };
    let mut reader = Reader::from_reader(counted);
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    let mut open: Vec<(String, String)> = Vec::new();
    let mut any = false;
    loop {
        buffer.clear();
        used.set(0);
        let offset = reader.buffer_position();
        if offset > limits.most_bytes {
            return Err(FeedError::TooMuch {
                limit: limits.most_bytes,
            });
        }
        let event = match reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(_)) if used.get() > limits.longest_record => {
                return Err(FeedError::TooLong {
                    offset,
                    limit: limits.longest_record as u64,
                });
            }
            Err(quick_xml::Error::Io(error)) => {
                return Err(match error.kind() {
                    io::ErrorKind::UnexpectedEof => FeedError::Truncated {
                        offset,
                        within: "the compressed stream",
                    },
                    _ => FeedError::Read {
                        offset,
                        error: io::Error::new(error.kind(), error.to_string()),
                    },
                });
            }
            Err(_) => {
                return Err(FeedError::Malformed {
                    offset: reader.error_position(),
                    expected: "well-formed XML",
                });
            }
        };
        match event {
            Event::Start(start) => {
                any = true;
                if open.len() >= limits.deepest {
                    return Err(FeedError::TooDeep {
                        offset,
                        limit: limits.deepest,
                    });
                }
                let name = local(start.name().as_ref());
                let attributes = attributes(&start);
                each(Happening::Begin(&name, &attributes), offset);
                open.push((name, String::new()));
            }
            Event::End(_) => {
                if let Some((name, text)) = open.pop() {
                    each(Happening::End(&name, text.trim()), offset);
                }
            }
            Event::Text(text) => append(&mut open, &text, limits, offset)?,
            Event::CData(text) => append(&mut open, &text, limits, offset)?,
            Event::GeneralRef(name) => {
                let name = name.to_string();
                let Some(character) = reference(&name) else {
                    return Err(FeedError::Malformed {
                        offset,
                        expected: "no entity but those of XML itself",
                    });
                };
                append(&mut open, &character.to_string(), limits, offset)?;
            }
            Event::DocType(_) => return Err(FeedError::DocumentType { offset }),
            Event::Eof => {
                return if !open.is_empty() {
                    Err(FeedError::Truncated {
                        offset,
                        within: "an element",
                    })
                } else if any {
                    Ok(())
                } else {
                    Err(FeedError::Missing { what: "content" })
                };
            }
            _ => {}
        }
    }
}

fn append(
    open: &mut [(String, String)],
    text: &str,
    limits: &Limits,
    offset: u64,
) -> Result<(), FeedError> {
    if let Some((_, all)) = open.last_mut() {
        if all.len() + text.len() > limits.longest_record {
            return Err(FeedError::TooLong {
                offset,
                limit: limits.longest_record as u64,
            });
        }
        all.push_str(text);
    }
    Ok(())
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    start
        .attributes()
        .flatten()
        .map(|attribute| (local(attribute.key.as_ref()), unescape(&attribute.value)))
        .collect()
}

/// The predefined entities and characters by number; whatever else stays as it is written.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        let (before, from) = rest.split_at_checked(place).unwrap_or((rest, ""));
        out.push_str(before);
        let end = from.find(';').filter(|end| *end < 12);
        match end.and_then(|end| Some((end, reference(from.get(1..end)?)?))) {
            Some((end, character)) => {
                out.push(character);
                rest = from.get(end + 1..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
