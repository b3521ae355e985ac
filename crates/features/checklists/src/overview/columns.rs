//! The columns of the matrix of members and rows.

use std::collections::HashMap;
use std::sync::Arc;

use yagura_kernel::proof::CellState;
use yagura_kernel::time::FiscalYear;
use yagura_packs::{DeviceClass, Library, Pack, Sheet, Text};

/// A column: one row of the institution's sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemColumn {
    /// Key of the row.
    pub key: String,
    /// Its id as printed: 2-⑥.
    pub printed_id: String,
    /// What it is asked about, where the id is printed several times.
    pub device_class: Option<DeviceClass>,
    /// One or two words.
    pub short_label: Text,
    /// The wording.
    pub text: Text,
    /// Printed number of its section.
    pub section: String,
}

/// The columns of a fiscal year, in the order of the cells.
#[must_use]
pub fn columns(packs: &Library, year: FiscalYear) -> Vec<ItemColumn> {
    let Some(checklist) = packs
        .checklist_for(year, Sheet::Institution)
        .and_then(|pack| pack.checklist())
    else {
        return Vec::new();
    };
    let items = || {
        checklist
            .sections
            .iter()
            .flat_map(|section| section.items())
    };
    let is_repeated = |id: &str| items().filter(|item| item.printed_id == id).count() > 1;
    checklist
        .sections
        .iter()
        .flat_map(|section| {
            section.items().map(|item| ItemColumn {
                key: item.key.clone(),
                printed_id: item.printed_id.clone(),
                device_class: is_repeated(&item.printed_id).then_some(item.device_class),
                short_label: item.short_label.clone(),
                text: item.text.clone(),
                section: section.number.clone(),
            })
        })
        .collect()
}

/// Brings the cells of sheets that are bound to different versions of an edition into one order.
pub(crate) struct Alignment<'p> {
    packs: &'p Library,
    present: Option<Arc<Pack>>,
    /// For each other edition, the place of every column among its rows.
    known: HashMap<(String, String), Vec<Option<usize>>>,
}

impl<'p> Alignment<'p> {
    pub(crate) fn of(packs: &'p Library, year: FiscalYear) -> Self {
        let present = packs.checklist_for(year, Sheet::Institution).cloned();
        Self {
            packs,
            present,
            known: HashMap::new(),
        }
    }

    pub(crate) fn columns(&self) -> usize {
        self.present.as_ref().map_or(0, |pack| pack.items().count())
    }

    pub(crate) fn align(
        &mut self,
        pack_id: &str,
        pack_version: &str,
        cells: Vec<CellState>,
    ) -> Vec<CellState> {
        let Some(present) = &self.present else {
            return cells;
        };
        if present.id == pack_id && present.version.to_string() == pack_version {
            return cells;
        }
        let packs = self.packs;
        let places = self
            .known
            .entry((pack_id.to_owned(), pack_version.to_owned()))
            .or_insert_with(|| places(packs, present, pack_id, pack_version));
        places
            .iter()
            .map(|place| {
                place
                    .and_then(|place| cells.get(place))
                    .copied()
                    .unwrap_or(CellState::Unanswered)
            })
            .collect()
    }
}

fn places(
    packs: &Library,
    present: &Pack,
    pack_id: &str,
    pack_version: &str,
) -> Vec<Option<usize>> {
    let bound = pack_version
        .parse()
        .ok()
        .and_then(|version| packs.version(pack_id, version))
        .or_else(|| packs.get(pack_id));
    let keys: Vec<&str> = bound
        .map(|pack| pack.items().map(|item| item.key.as_str()).collect())
        .unwrap_or_default();
    present
        .items()
        .map(|item| {
            if pack_id == present.id {
                return keys.iter().position(|key| *key == item.key);
            }
            packs
                .ancestors_of(&present.id, &item.key)
                .into_iter()
                .find(|ancestor| ancestor.pack == pack_id)
                .and_then(|ancestor| keys.iter().position(|key| *key == ancestor.key))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::proof::{decode_cells, encode_cells};

    fn year(year: i32) -> FiscalYear {
        FiscalYear::new(year).unwrap()
    }

    #[test]
    fn the_columns_are_the_rows_of_the_form() {
        let columns = columns(Library::builtin(), year(2026));
        assert_eq!(columns.len(), 19);
        assert_eq!(columns[0].printed_id, "1-①");
        assert_eq!(
            columns.last().map(|column| column.section.as_str()),
            Some("4")
        );
    }

    #[test]
    fn a_sheet_on_last_years_form_is_read_through_lineage() {
        let mut alignment = Alignment::of(Library::builtin(), year(2026));
        let own = decode_cells("vdsxcenvdsxcenvdsxc");
        let aligned = alignment.align("mhlw-checklist-r08-institution", "1.0.0", own.clone());
        assert_eq!(aligned, own);
        let older = alignment.align("mhlw-checklist-r07-institution", "1.0.0", own.clone());
        assert_eq!(
            encode_cells(&older),
            encode_cells(&own),
            "令和8 carries the rows of 令和7 on"
        );
        let unknown = alignment.align("gone", "1.0.0", own);
        assert!(unknown.iter().all(|cell| *cell == CellState::Unanswered));
        assert_eq!(unknown.len(), 19);
    }
}
