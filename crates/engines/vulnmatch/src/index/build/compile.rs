//! Putting what was collected in order, and into bytes.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::sections::{Sections, assemble, bytes_of, header, push, push_entry, sections_len};
use super::{BuildError, Builder, Compiled, Entry, count};
use crate::index::file::{Section, hash};
use crate::index::{NONE, bits, marks};
use crate::model::Source;
use crate::versions::Key;

impl Builder {
    /// Compiles everything into the bytes of an index.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooLarge`].
    pub fn finish(self) -> Result<Vec<u8>, BuildError> {
        Ok(assemble(&self.compile()?))
    }

    fn compile(mut self) -> Result<Sections, BuildError> {
        self.silence_replaced();
        let renumbered = self.renumber();
        let live = |entry: &Entry| {
            let number = *renumbered.get(entry.statement as usize)?;
            (number != NONE).then_some(Entry {
                statement: number,
                ..*entry
            })
        };
        let mut sections = Sections::default();

        // Keys in the order of product and bytes; positions are places in it.
        let numbers: Vec<u32> = (0..count("versions", self.keys.len())?).collect();
        let (starts, mut order) = gathered(&numbers, self.products.len(), |number| {
            self.keys.group(*number) as usize
        });
        let mut firsts = vec![(0u32, 0u32); self.products.len()];
        for (first, pair) in firsts.iter_mut().zip(starts.windows(2)) {
            if let [begin, end] = *pair {
                *first = (count("versions", begin)?, count("versions", end - begin)?);
                if let Some(keys) = order.get_mut(begin..end) {
                    keys.sort_unstable_by(|a, b| self.keys.get(*a).cmp(self.keys.get(*b)));
                }
            }
        }
        let mut places = vec![0u32; order.len()];
        for (place, number) in (0u32..).zip(&order) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = place;
            }
        }
        let place_of = |key: u32| places.get(key as usize).copied().unwrap_or(NONE);
        let key_of = |place: u32| {
            order
                .get(place as usize)
                .map_or(&[][..], |number| self.keys.get(*number))
        };

        // Postings of keys: the vulnerable first, each in the order of statements and leaves, which
        // is the order in which they were filed. There are a million and more: they go straight to
        // where they belong.
        let is_live = |entry: &Entry| {
            renumbered
                .get(entry.statement as usize)
                .is_some_and(|number| *number != NONE)
        };
        let half_of = |key: u32, entry: &Entry| place_of(key) as usize * 2 + not_vulnerable(entry);
        let exact = std::mem::take(&mut self.exact);
        let mut starts = vec![0u32; order.len() * 2 + 1];
        for (key, entry) in exact.iter().filter(|(_, entry)| is_live(entry)) {
            if let Some(count) = starts.get_mut(half_of(*key, entry) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0u32;
        for start in &mut starts {
            sum = count("entries", sum as usize + *start as usize)?;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut postings = vec![0u8; sum as usize * 12];
        let (rows, _) = postings.as_chunks_mut::<12>();
        for (key, entry) in &exact {
            if let Some(entry) = live(entry)
                && let Some(next) = next.get_mut(half_of(*key, &entry))
                && let Some(row) = rows.get_mut(*next as usize)
            {
                *row = entry.bytes();
                *next += 1;
            }
        }
        drop(exact);
        *bytes_of(&mut sections, Section::Postings) = postings;
        for (place, halves) in (0u32..).zip(starts.chunks(2)) {
            let begin = sections_len(&sections, Section::KeyBytes)?;
            let bytes = key_of(place);
            let at = halves.first().copied().unwrap_or(sum);
            let middle = halves.get(1).copied().unwrap_or(sum);
            push(
                &mut sections,
                Section::Keys,
                &[begin, count("bytes of versions", bytes.len())?, at, middle],
            );
            bytes_of(&mut sections, Section::KeyBytes).extend_from_slice(bytes);
        }
        // Ranges by product, class and vulnerability.
        let mut unordered: Vec<(u32, Entry)> = Vec::new();
        let mut ranges: Vec<Compiled<'_>> = Vec::new();
        for ranged in &self.ranged {
            let Some(entry) = live(&ranged.entry) else {
                continue;
            };
            let (first, _) = firsts
                .get(ranged.product as usize)
                .copied()
                .unwrap_or_default();
            let class = |key: u32| (key != NONE).then(|| Key::class_of(key_of(place_of(key))));
            let (start_class, end_class) = (class(ranged.start), class(ranged.end));
            let one = start_class.or(end_class).unwrap_or_default();
            if one.first() == Some(&0xff) || end_class.is_some_and(|class| class != one) {
                unordered.push((ranged.product, entry));
                continue;
            }
            let position = |key: u32| (place_of(key) - first) * 2 + 1;
            let low = match ranged.start {
                NONE => 0,
                key if ranged.start_inclusive => position(key),
                key => position(key) + 1,
            };
            let high = match ranged.end {
                NONE => NONE,
                key if entry.word & bits::END_INCLUSIVE != 0 => position(key),
                key => position(key) - 1,
            };
            let member = place_of(if ranged.start == NONE {
                ranged.end
            } else {
                ranged.start
            });
            ranges.push((ranged.product, one, entry, low, high, member));
        }
        let products = self.products.len();
        let (starts, mut ranges) = gathered(&ranges, products, |range| range.0 as usize);
        for pair in starts.windows(2) {
            if let [begin, end] = *pair
                && let Some(of_product) = ranges.get_mut(begin..end)
            {
                of_product.sort_by_key(|range| (range.1, not_vulnerable(&range.2)));
            }
        }
        let by_product = |all: &[(u32, Entry)]| {
            let slot =
                |(product, entry): &(u32, Entry)| *product as usize * 2 + not_vulnerable(entry);
            gathered(all, products * 2, slot).1
        };
        let unordered = by_product(&unordered);
        let always: Vec<(u32, Entry)> = self
            .always
            .iter()
            .filter_map(|(product, entry)| Some((*product, live(entry)?)))
            .collect();
        let always = by_product(&always);

        let (mut r, mut u, mut a) = (0, 0, 0);
        for (number, product) in (0u32..).zip(&self.products) {
            let (keys, key_count) = firsts.get(number as usize).copied().unwrap_or_default();
            let groups = sections_len(&sections, Section::Groups)? / 16;
            while let Some((_, class, .., member)) = ranges.get(r).filter(|range| range.0 == number)
            {
                let (class, member) = (*class, *member);
                let begin = r;
                while let Some((_, _, entry, low, high, _)) = ranges
                    .get(r)
                    .filter(|range| range.0 == number && range.1 == class)
                {
                    push(&mut sections, Section::Ranges, &[*low, *high]);
                    push_entry(&mut sections, Section::Ranges, entry);
                    r += 1;
                }
                let vulnerable = ranges
                    .get(begin..r)
                    .unwrap_or_default()
                    .partition_point(|range| range.2.word & bits::VULNERABLE != 0);
                push(
                    &mut sections,
                    Section::Groups,
                    &[
                        member,
                        count("ranges", begin)?,
                        count("ranges", begin + vulnerable)?,
                        count("ranges", r)?,
                    ],
                );
            }
            let group_end = sections_len(&sections, Section::Groups)? / 16;
            let mut list = |section, all: &[(u32, Entry)], at: &mut usize| {
                let begin = *at;
                while let Some((_, entry)) = all.get(*at).filter(|(p, _)| *p == number) {
                    push_entry(&mut sections, section, entry);
                    *at += 1;
                }
                let vulnerable = all
                    .get(begin..*at)
                    .unwrap_or_default()
                    .partition_point(|(_, entry)| entry.word & bits::VULNERABLE != 0);
                Ok::<_, BuildError>([
                    count("entries", begin)?,
                    count("entries", begin + vulnerable)?,
                    count("entries", *at)?,
                ])
            };
            let unordered_list = list(Section::Unordered, &unordered, &mut u)?;
            let always_list = list(Section::Always, &always, &mut a)?;
            let (begin, length) = self.texts.span(product.name);
            push(
                &mut sections,
                Section::Products,
                &[
                    begin,
                    length,
                    u32::from(product.scheme.code()),
                    product.next,
                    keys,
                    key_count,
                    groups,
                    group_end,
                ],
            );
            push(&mut sections, Section::Products, &unordered_list);
            push(&mut sections, Section::Products, &always_list);
        }

        self.write_slots(&mut sections)?;
        self.write_statements(&mut sections, &renumbered)?;
        for wild in &self.wild {
            let Some(entry) = live(&wild.entry) else {
                continue;
            };
            for text in [wild.name, wild.start, wild.end] {
                let (begin, length) = match text {
                    NONE => (NONE, 0),
                    text => self.texts.span(text),
                };
                push(&mut sections, Section::Wild, &[begin, length]);
            }
            push(&mut sections, Section::Wild, &[wild.scheme]);
            push_entry(&mut sections, Section::Wild, &entry);
        }
        for text in &self.rests {
            let (begin, length) = self.texts.span(*text);
            push(&mut sections, Section::Environments, &[begin, length]);
        }
        *bytes_of(&mut sections, Section::Strings) = std::mem::take(&mut self.texts.bytes);
        Ok(sections)
    }

    /// Writes the index to a file beside, and puts it in place when it is whole.
    ///
    /// # Errors
    ///
    /// [`BuildError`].
    pub fn write(self, path: &Path) -> Result<u64, BuildError> {
        let sections = self.compile()?;
        let beside = path.with_extension("part");
        let mut file = File::create(&beside)?;
        let (head, length) = header(&sections);
        file.write_all(&head)?;
        for section in &sections.parts {
            file.write_all(section)?;
        }
        file.sync_all()?;
        drop(file);
        std::fs::rename(&beside, path)?;
        Ok(length)
    }

    /// They stay in the index, since a delta may let them speak again.
    fn silence_replaced(&mut self) {
        let speaks = |number: u32| {
            self.statements
                .get(number as usize)
                .is_some_and(|meta| meta.marks & marks::WITHDRAWN == 0)
        };
        let replaced: Vec<u32> = self
            .seen
            .iter()
            .filter(|((_, source), number)| *source == Source::Overrides && speaks(**number))
            .filter_map(|((id, _), _)| self.seen.get(&(*id, Source::Nvd)).copied())
            .collect();
        for number in replaced {
            if let Some(meta) = self.statements.get_mut(number as usize) {
                meta.marks |= marks::SILENCED;
            }
        }
    }

    fn renumber(&self) -> Vec<u32> {
        let mut next = 0;
        self.statements
            .iter()
            .map(|meta| {
                if meta.live {
                    next += 1;
                    next - 1
                } else {
                    NONE
                }
            })
            .collect()
    }

    fn write_slots(&self, sections: &mut Sections) -> Result<(), BuildError> {
        let size = (self.products.len() * 2).next_power_of_two().max(2);
        let mut slots = vec![0u32; size];
        for (number, product) in (1u32..).zip(&self.products) {
            // The others with its name hang behind it.
            if !product.first {
                continue;
            }
            let name = self.texts.get(product.name);
            let mut place = hash(name) as usize & (size - 1);
            while slots.get(place).is_some_and(|slot| *slot != 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(slot) = slots.get_mut(place) {
                *slot = number;
            }
        }
        count("products", size)?;
        push(sections, Section::Slots, &slots);
        Ok(())
    }

    fn write_statements(
        &self,
        sections: &mut Sections,
        renumbered: &[u32],
    ) -> Result<(), BuildError> {
        let mut at = 0;
        for (number, meta) in (0u32..).zip(&self.statements) {
            let begin = count(
                "products",
                sections_len(sections, Section::Touched)? as usize / 4,
            )?;
            let live = renumbered.get(number as usize).is_some_and(|n| *n != NONE);
            while let Some((_, product)) = self.touched.get(at).filter(|(n, _)| *n == number) {
                if live {
                    push(sections, Section::Touched, &[*product]);
                }
                at += 1;
            }
            if !live {
                continue;
            }
            let next = self.statements.get(number as usize + 1);
            let tree_end = next.map_or(self.trees.len(), |meta| meta.tree as usize);
            let tree = self
                .trees
                .get(meta.tree as usize..tree_end)
                .unwrap_or_default();
            let tree_begin = sections_len(sections, Section::Trees)?;
            bytes_of(sections, Section::Trees).extend_from_slice(tree);
            let leaf_end = next.map_or(self.leaves.len(), |meta| meta.leaves as usize);
            let leaf_begin = sections_len(sections, Section::Leaves)? / 8;
            for text in self
                .leaves
                .get(meta.leaves as usize..leaf_end)
                .unwrap_or_default()
            {
                let (begin, length) = self.texts.span(*text);
                push(sections, Section::Leaves, &[begin, length]);
            }
            let code = meta.id.code();
            push(
                sections,
                Section::Statements,
                &[
                    (code & 0xffff_ffff) as u32,
                    (code >> 32) as u32,
                    meta.source as u32 | meta.marks,
                    tree_begin,
                    leaf_begin,
                    begin,
                ],
            );
        }
        let ends = [
            0,
            0,
            0,
            sections_len(sections, Section::Trees)?,
            sections_len(sections, Section::Leaves)? / 8,
            sections_len(sections, Section::Touched)? / 4,
        ];
        push(sections, Section::Statements, &ends);
        Ok(())
    }
}

/// The vulnerable stand before the others.
fn not_vulnerable(entry: &Entry) -> usize {
    usize::from(entry.word & bits::VULNERABLE == 0)
}

/// The items by slot, those of one slot in the order in which they come, and where each slot begins
/// (and the last one ends).
fn gathered<T: Copy>(
    items: &[T],
    slots: usize,
    slot: impl Fn(&T) -> usize,
) -> (Vec<usize>, Vec<T>) {
    let mut starts = vec![0usize; slots + 1];
    for item in items {
        if let Some(count) = starts.get_mut(slot(item) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut gathered = items.to_vec();
    for item in items {
        if let Some(place) = next.get_mut(slot(item)) {
            if let Some(target) = gathered.get_mut(*place) {
                *target = *item;
            }
            *place += 1;
        }
    }
    (starts, gathered)
}
