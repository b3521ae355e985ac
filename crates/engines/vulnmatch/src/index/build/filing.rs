//! Filing a criterion where a search for its product finds it.

use std::fmt::Write as _;

use super::pieces::{Piece, Pieces};
use super::tree::Leaf;
use super::{BuildError, Builder, Entry, Filed, Product, Ranged, Seen, Wild, count, is_product};
use crate::cpe::{Attribute, Name};
use crate::index::{NONE, bits};
use crate::model::Confidence;
use crate::versions::{Key, Scheme};

impl Builder {
    /// Where the name of a leaf is filed, and the number of the name as the feed writes it.
    pub(super) fn filed(&mut self, leaf: &Leaf<'_>) -> Result<(Option<Filed>, u32), BuildError> {
        match leaf {
            Leaf::Raw(raw) => self.raw_name(raw.name),
            Leaf::Read(criterion) => {
                let name = &criterion.name;
                let filed = self.name(
                    &Pieces::of(name),
                    |line| write!(line, "{name}"),
                    criterion.scheme,
                )?;
                Ok((filed, NONE))
            }
        }
    }

    /// The text of a leaf's name; of one that cannot be read, what stands there.
    fn name_text(&mut self, leaf: &Leaf<'_>, name: u32) -> Result<u32, BuildError> {
        let raw = match leaf {
            Leaf::Raw(raw) => raw,
            Leaf::Read(criterion) => {
                return self.written(|line| write!(line, "{}", criterion.name));
            }
        };
        if let Some(seen) = self.seen_names.get(name as usize)
            && seen.text != NONE
        {
            return Ok(seen.text);
        }
        let raw = std::str::from_utf8(raw.name).unwrap_or_default();
        let read = match Pieces::plain(raw) {
            Some(_) => None,
            None => Name::parse_lenient(raw).ok(),
        };
        let text = match read {
            Some(name) => self.written(|line| write!(line, "{name}"))?,
            None => self.texts.put(0, raw.as_bytes())?.0,
        };
        if let Some(seen) = self.seen_names.get_mut(name as usize) {
            seen.text = text;
        }
        Ok(text)
    }

    /// The text of a leaf's criterion: its name and its range.
    pub(super) fn leaf_text(&mut self, leaf: &Leaf<'_>, name: u32) -> Result<u32, BuildError> {
        let name = self.name_text(leaf, name)?;
        let (start, end) = (leaf.start().map(trimmed), leaf.end().map(trimmed));
        if start.is_none() && end.is_none() {
            return Ok(name);
        }
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.push_str(std::str::from_utf8(self.texts.get(name)).unwrap_or_default());
        // Writing into a text cannot fail.
        let _ = crate::model::write_bounds(&mut line, start, end);
        let put = self.texts.put(0, line.as_bytes());
        self.line = line;
        Ok(put?.0)
    }

    /// Holds what is written into a line that is used again.
    fn written(
        &mut self,
        write: impl FnOnce(&mut String) -> std::fmt::Result,
    ) -> Result<u32, BuildError> {
        self.line.clear();
        // Writing into a text cannot fail.
        let _ = write(&mut self.line);
        Ok(self.texts.put(0, self.line.as_bytes())?.0)
    }

    /// Files one criterion where a search for its product finds it.
    pub(super) fn file(
        &mut self,
        leaf: &Leaf<'_>,
        filed: Option<Filed>,
        name: u32,
        statement: u32,
        word: u32,
    ) -> Result<(), BuildError> {
        let at_most = match leaf {
            Leaf::Raw(_) => Confidence::Exact,
            Leaf::Read(criterion) => criterion.at_most,
        };
        let Some(filed) = filed else {
            self.set_aside += 1;
            return Ok(());
        };
        let mut entry = Entry {
            statement,
            word: word | filed.word | ((at_most as u32) << bits::AT_MOST_SHIFT),
            rest: filed.rest,
        };
        if filed.product == NONE {
            let (start, end) = (leaf.start(), leaf.end());
            if start.is_some_and(|(_, inclusive)| inclusive) {
                entry.word |= bits::START_INCLUSIVE;
            }
            if end.is_some_and(|(_, inclusive)| inclusive) {
                entry.word |= bits::END_INCLUSIVE;
            }
            let mut held = |bound: Option<(&str, bool)>| match bound {
                Some((version, _)) => Ok(self.texts.put(0, version.trim().as_bytes())?.0),
                None => Ok::<_, BuildError>(NONE),
            };
            let (start, end) = (held(start)?, held(end)?);
            let name = self.name_text(leaf, name)?;
            let scheme = match leaf {
                Leaf::Raw(_) => None,
                Leaf::Read(criterion) => criterion.scheme,
            };
            self.wild.push(Wild {
                name,
                start,
                end,
                scheme: scheme.map_or(NONE, |scheme| u32::from(scheme.code())),
                entry,
            });
            return Ok(());
        }
        if self.touched.last() != Some(&(statement, filed.product)) {
            self.touched.push((statement, filed.product));
        }
        let (start, end) = (leaf.start(), leaf.end());
        if start.is_none() && end.is_none() {
            if filed.key == NONE {
                self.always.push((filed.product, entry));
            } else {
                self.exact.push((filed.key, entry));
                if filed.bare != NONE {
                    entry.word |= bits::UPDATE_CHILD;
                    self.exact.push((filed.bare, entry));
                }
            }
            return Ok(());
        }
        // The version of the name does not count where there is a range.
        entry.word &= !(bits::UPDATE | bits::VERSION_NA | bits::VERSION_PATTERN);
        let mut key = |bound: Option<(&str, bool)>| match bound {
            Some((version, _)) => self.bound(filed.product, version),
            None => Ok(NONE),
        };
        let (start_key, end_key) = (key(start)?, key(end)?);
        let guessed = [start_key, end_key]
            .iter()
            .any(|key| self.guessed.get(*key as usize) == Some(&true));
        if guessed {
            entry.word |= bits::GUESSED;
        }
        if end.is_some_and(|(_, inclusive)| inclusive) {
            entry.word |= bits::END_INCLUSIVE;
        }
        self.ranged.push(Ranged {
            product: filed.product,
            start: start_key,
            end: end_key,
            start_inclusive: start.is_some_and(|(_, inclusive)| inclusive),
            entry,
        });
        Ok(())
    }

    fn bound(&mut self, product: u32, version: &str) -> Result<u32, BuildError> {
        let version = version.trim();
        let (number, new) = self.bounds.put(product, version.as_bytes())?;
        if !new {
            return Ok(self
                .bound_keys
                .get(number as usize)
                .copied()
                .unwrap_or(NONE));
        }
        let scheme = self
            .products
            .get(product as usize)
            .map_or(Scheme::Loose, |product| product.scheme);
        let key = self.key(product, &scheme.key(version, None))?;
        self.bound_keys.push(key);
        Ok(key)
    }

    fn key(&mut self, product: u32, key: &Key) -> Result<u32, BuildError> {
        let (number, new) = self.keys.put(product, key.bytes())?;
        if new {
            self.guessed.push(key.is_guessed());
        }
        Ok(number)
    }

    fn raw_name(&mut self, text: &[u8]) -> Result<(Option<Filed>, u32), BuildError> {
        let expected = self
            .seen_names
            .get(self.last_name as usize)
            .map_or(NONE, |seen| seen.next);
        if expected != NONE && self.names.get(expected) == text {
            self.last_name = expected;
            let seen = self.seen_names.get(expected as usize);
            return Ok((seen.and_then(|seen| seen.filed), expected));
        }
        let (number, new) = self.names.put(0, text)?;
        if let Some(before) = self.seen_names.get_mut(self.last_name as usize) {
            before.next = number;
        }
        self.last_name = number;
        if !new {
            let seen = self.seen_names.get(number as usize);
            return Ok((seen.and_then(|seen| seen.filed), number));
        }
        let text = std::str::from_utf8(text).unwrap_or_default();
        let filed = match Pieces::plain(text) {
            Some(pieces) => self.name(
                &pieces,
                |line| {
                    line.push_str(text);
                    Ok(())
                },
                None,
            )?,
            None => match Name::parse_lenient(text) {
                Ok(name) => self.name(&Pieces::of(&name), |line| write!(line, "{name}"), None)?,
                Err(_) => None,
            },
        };
        self.seen_names.push(Seen {
            filed,
            text: NONE,
            next: NONE,
        });
        Ok((filed, number))
    }

    fn name(
        &mut self,
        name: &Pieces<'_>,
        text: impl FnOnce(&mut String) -> std::fmt::Result,
        scheme: Option<Scheme>,
    ) -> Result<Option<Filed>, BuildError> {
        let is_text = |attribute| matches!(name.get(attribute), Piece::Literal(_) | Piece::Pattern);
        if !is_text(Attribute::Vendor) || !is_text(Attribute::Product) {
            return Ok(None);
        }
        let environment = Attribute::ENVIRONMENT
            .iter()
            .any(|attribute| name.get(*attribute) != Piece::Any);
        let mut filed = Filed {
            product: NONE,
            key: NONE,
            bare: NONE,
            word: 0,
            rest: NONE,
        };
        let (Piece::Literal(part), Piece::Literal(vendor), Piece::Literal(product)) = (
            name.get(Attribute::Part),
            name.get(Attribute::Vendor),
            name.get(Attribute::Product),
        ) else {
            return Ok(Some(filed));
        };
        let scheme = scheme.unwrap_or_else(|| Scheme::of_product(vendor, product));
        filed.product = self.product(part, vendor, product, scheme)?;
        let (version, update) = (name.get(Attribute::Version), name.get(Attribute::Update));
        let odd = version == Piece::Pattern || update == Piece::Pattern;
        match version {
            Piece::Literal(version) if !odd => {
                let bare = scheme.key(version, None);
                match update {
                    Piece::Literal(update) => {
                        let whole = scheme.key(version, Some(update));
                        filed.key = self.key(filed.product, &whole)?;
                        filed.bare = self.key(filed.product, &bare)?;
                        filed.word |= bits::UPDATE_NAMED;
                    }
                    Piece::Na => {
                        filed.key = self.key(filed.product, &bare)?;
                        filed.word |= bits::UPDATE_NA;
                    }
                    Piece::Any | Piece::Pattern => {
                        filed.key = self.key(filed.product, &bare)?;
                    }
                }
            }
            Piece::Na => filed.word |= bits::VERSION_NA,
            Piece::Literal(_) | Piece::Pattern => filed.word |= bits::VERSION_PATTERN,
            Piece::Any => {}
        }
        // An update beside no version is compared by name.
        let update_alone = filed.key == NONE && update != Piece::Any;
        if environment || odd || update_alone {
            let text = self.written(text)?;
            filed.rest = match self.rest_numbers.get(&text) {
                Some(number) => *number,
                None => {
                    let number = count("environments", self.rests.len())?;
                    self.rests.push(text);
                    self.rest_numbers.insert(text, number);
                    number
                }
            };
        }
        Ok(Some(filed))
    }

    fn product(
        &mut self,
        part: &str,
        vendor: &str,
        product: &str,
        scheme: Scheme,
    ) -> Result<u32, BuildError> {
        // Most names have the product of the one before.
        if let Some(last) = self.products.get(self.last_product as usize)
            && last.scheme == scheme
            && is_product(self.texts.get(last.name), part, vendor, product)
        {
            return Ok(self.last_product);
        }
        let number = self.find_product(part, vendor, product, scheme)?;
        self.last_product = number;
        Ok(number)
    }

    fn find_product(
        &mut self,
        part: &str,
        vendor: &str,
        product: &str,
        scheme: Scheme,
    ) -> Result<u32, BuildError> {
        let name = self.written(|line| write!(line, "{part}\u{1f}{vendor}\u{1f}{product}"))?;
        let new = count("products", self.products.len())?;
        let first = *self.first_of_name.entry(name).or_insert(new);
        let mut place = first;
        while let Some(product) = self.products.get_mut(place as usize) {
            if product.scheme == scheme {
                return Ok(place);
            }
            if product.next == NONE {
                product.next = new;
                break;
            }
            place = product.next;
        }
        self.products.push(Product {
            name,
            scheme,
            next: NONE,
            first: first == new,
        });
        Ok(new)
    }
}

fn trimmed((version, inclusive): (&str, bool)) -> (&str, bool) {
    (version.trim(), inclusive)
}
