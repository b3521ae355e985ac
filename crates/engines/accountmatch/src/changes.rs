//! Who joined, moved and left between two staff lists.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::Date;

use crate::model::Staff;
use crate::names;

/// What became of the people. Positions count in the lists that were compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// In the later list only.
    pub joined: Vec<usize>,
    /// Known as having left, and employed again.
    pub returned: Vec<Pair>,
    /// In both, with another department, profession, position or kind of employment.
    pub moved: Vec<Moved>,
    /// In both, with another name.
    pub renamed: Vec<Pair>,
    /// In the earlier list, and no longer here.
    pub left: Vec<Left>,
    /// One who vanished and one who is new, of the same name and reading but with other numbers:
    /// a person says whether they are one.
    pub perhaps_same: Vec<Pair>,
    /// In both without any change.
    pub unchanged: usize,
    /// More than a third of those employed before would have left: is it the whole list?
    pub suspicious: bool,
}

/// The same person in both lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Position in the earlier list.
    pub before: usize,
    /// Position in the later list.
    pub after: usize,
}

/// What changed for a person who stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The person.
    pub pair: Pair,
    /// The fields that changed, as [`crate::columns::StaffField`] codes.
    pub fields: Vec<String>,
}

/// Somebody who is no longer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Position in the earlier list.
    pub before: usize,
    /// Position in the later list, where it still names the person.
    pub after: Option<usize>,
    /// The last day, where a list says it. Without one the person is missing in the later list.
    pub on: Option<Date>,
}

/// Compares two lists on a day. People are the same by their key; the earlier list holds those who
/// left before too.
#[must_use]
pub fn changes(before: &[Staff], after: &[Staff], today: Date) -> Changes {
    let mut result = Changes::default();
    let by_key: HashMap<&str, usize> = after
        .iter()
        .enumerate()
        .map(|(index, staff)| (staff.key.as_str(), index))
        .collect();
    let known: HashMap<&str, usize> = before
        .iter()
        .enumerate()
        .map(|(index, staff)| (staff.key.as_str(), index))
        .collect();
    let mut employed_before = 0_usize;
    let mut vanished: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (index, old) in before.iter().enumerate() {
        let was_here = !old.has_left(today);
        employed_before += usize::from(was_here);
        let Some(position) = by_key.get(old.key.as_str()).copied() else {
            if was_here {
                result.left.push(Left {
                    before: index,
                    after: None,
                    on: None,
                });
                vanished.entry(name_key(old)).or_default().push(index);
            }
            continue;
        };
        let Some(new) = after.get(position) else {
            continue;
        };
        let pair = Pair {
            before: index,
            after: position,
        };
        match (was_here, new.left_on(today)) {
            (true, Some(on)) => {
                result.left.push(Left {
                    before: index,
                    after: Some(position),
                    on: Some(on),
                });
                continue;
            }
            (false, None) => {
                result.returned.push(pair);
                continue;
            }
            (false, Some(_)) => continue,
            (true, None) => {}
        }
        let mut quiet = true;
        if names::folded(&old.name) != names::folded(&new.name) {
            result.renamed.push(pair);
            quiet = false;
        }
        let fields: Vec<String> = [
            ("department", &old.department, &new.department),
            ("profession", &old.profession, &new.profession),
            ("position", &old.position, &new.position),
            ("employment", &old.employment, &new.employment),
        ]
        .into_iter()
        // A column that the later list lacks is no move.
        .filter(|(_, one, other)| other.is_some() && one != other)
        .map(|(code, _, _)| code.to_owned())
        .collect();
        if !fields.is_empty() {
            result.moved.push(Moved { pair, fields });
            quiet = false;
        }
        result.unchanged += usize::from(quiet);
    }
    for (index, new) in after.iter().enumerate() {
        if known.contains_key(new.key.as_str()) || new.has_left(today) {
            continue;
        }
        result.joined.push(index);
        if let Some(gone) = vanished.get(&name_key(new)) {
            result.perhaps_same.extend(gone.iter().map(|before| Pair {
                before: *before,
                after: index,
            }));
        }
    }
    let gone = result
        .left
        .iter()
        .filter(|left| left.after.is_none())
        .count();
    result.suspicious = employed_before >= 10 && gone * 3 > employed_before;
    result
}

fn name_key(staff: &Staff) -> (String, String) {
    (
        names::folded(&staff.name),
        staff.kana.as_deref().map(names::kana).unwrap_or_default(),
    )
}
