//! Staff lists of personnel: CSV, workbooks, LDIF.

use std::collections::{BTreeMap, HashMap};

use time::Date;

use super::making::{Clock, Problems};
use super::{File, ldif, staff_sheets};
use crate::columns::{Mapping, StaffField, missing};
use crate::dates;
use crate::limits::Options;
use crate::model::{Period, Staff, StaffList};
use crate::names;
use crate::problem::{Place, ReadError, Reason};
use crate::table::Sheet;
use crate::text;

struct Making<'a> {
    options: &'a Options,
    problems: Problems,
    staff: Vec<Staff>,
    positions: HashMap<String, usize>,
    clock: Clock,
    cut_off: bool,
}

pub(super) fn read(
    files: &[File<'_>],
    mapping: Option<&Mapping>,
    options: &Options,
) -> Result<StaffList, ReadError> {
    let mut making = Making {
        options,
        problems: Problems::up_to(options.limits.problems),
        staff: Vec::new(),
        positions: HashMap::new(),
        clock: Clock::start(),
        cut_off: false,
    };
    let mut refused = None;
    for file in files {
        let head = file.bytes.get(..4_096).unwrap_or(file.bytes);
        if ldif::looks_like(&text::decode(head).text) {
            making.entries(file)?;
            continue;
        }
        for sheet in staff_sheets(file.bytes, file.name, options)? {
            let suggested;
            let mapping = match mapping {
                Some(mapping) => mapping,
                None => {
                    suggested = Mapping::suggest::<StaffField>(&sheet.headings);
                    &suggested
                }
            };
            let columns = mapping.positions::<StaffField>(&sheet.headings);
            if !columns.contains_key(&StaffField::Name)
                && !columns.contains_key(&StaffField::FamilyName)
            {
                // A workbook may hold a sheet of explanations beside the list.
                refused.get_or_insert_with(|| missing(&sheet, StaffField::Name));
                continue;
            }
            for (heading, code) in &mapping.0 {
                if !sheet.headings.contains(heading) {
                    let mut error = missing(&sheet, StaffField::Name);
                    if let ReadError::MissingColumn { column, usual, .. } = &mut error {
                        column.clone_from(code);
                        usual.clone_from(heading);
                    }
                    return Err(error);
                }
            }
            making.sheet(&sheet, &columns)?;
        }
    }
    if making.staff.is_empty() {
        return Err(refused.unwrap_or(ReadError::NoRecords));
    }
    Ok(making.finish())
}

impl Making<'_> {
    fn sheet(
        &mut self,
        sheet: &Sheet,
        columns: &BTreeMap<StaffField, usize>,
    ) -> Result<(), ReadError> {
        let whole = Place {
            sheet: Some(sheet.name.clone()),
            ..Place::default()
        };
        if let Some(encoding) = &sheet.undecodable {
            let encoding = encoding.clone();
            self.problems
                .push(whole.clone(), Reason::Undecodable { encoding });
        }
        if sheet.cut_off {
            self.cut_off = true;
            self.problems.push(whole, Reason::CutOff);
        }
        // One file is written in one locale.
        let columns_of_days = [StaffField::Joined, StaffField::Left];
        let order = dates::order(
            columns_of_days
                .iter()
                .filter_map(|field| columns.get(field))
                .flat_map(|column| sheet.rows.iter().map(|(_, row)| Sheet::cell(row, *column))),
        );
        for (number, row) in &sheet.rows {
            self.clock.tick(self.options)?;
            if row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let place = Place::row(&sheet.name, *number);
            let cell = |field: StaffField| {
                columns
                    .get(&field)
                    .map_or("", |column| Sheet::cell(row, *column))
            };
            let heading = |field: StaffField| {
                columns
                    .get(&field)
                    .and_then(|column| sheet.headings.get(*column))
                    .map_or("", String::as_str)
            };
            let problems = &mut self.problems;
            let mut text = |field: StaffField| {
                problems.text(self.options, &place, heading(field), cell(field))
            };
            let joined = |family: Option<String>, given: Option<String>| match (family, given) {
                (Some(family), Some(given)) => Some(format!("{family} {given}")),
                (one, other) => one.or(other),
            };
            let name = text(StaffField::Name)
                .or_else(|| joined(text(StaffField::FamilyName), text(StaffField::GivenName)));
            let kana = text(StaffField::Kana)
                .or_else(|| joined(text(StaffField::FamilyKana), text(StaffField::GivenKana)));
            let mut staff = Staff {
                number: text(StaffField::Number),
                kana,
                department: text(StaffField::Department),
                profession: text(StaffField::Profession),
                position: text(StaffField::Position),
                employment: text(StaffField::Employment),
                mail: text(StaffField::Mail),
                former_names: text(StaffField::FormerName).into_iter().collect(),
                user_names: text(StaffField::UserName).into_iter().collect(),
                place: place.clone(),
                ..Staff::default()
            };
            let Some(name) = name else {
                let what = "name".to_owned();
                self.problems.push(place, Reason::Missing { what });
                continue;
            };
            staff.name = name;
            let mut day = |field: StaffField| {
                let value = cell(field);
                if value.is_empty() || value == "-" {
                    return None;
                }
                let read = dates::date(value, order);
                if read.is_none() {
                    problems.malformed(&place, heading(field), value);
                }
                read
            };
            let from = day(StaffField::Joined);
            // Systems write the end of the calendar for "without end".
            let until = day(StaffField::Left).filter(|day| day.year() < 2099);
            self.push(staff, from, until)?;
        }
        Ok(())
    }

    fn entries(&mut self, file: &File<'_>) -> Result<(), ReadError> {
        let content = text::decode(file.bytes).text;
        let mut entries = ldif::Entries::of(&content, file.name, self.options);
        while let Some(entry) = entries.next() {
            self.clock.tick(self.options)?;
            for (place, reason) in entries.problems.drain(..) {
                self.problems.push(place, reason);
            }
            if !entry.is_account() && entry.one("sn").is_none() {
                continue;
            }
            let place = entry.place.clone();
            let problems = &mut self.problems;
            let mut text = |names: &[&str]| {
                names
                    .iter()
                    .find_map(|name| problems.text(self.options, &place, name, &entry.one(name)?))
            };
            let both = match (text(&["sn"]), text(&["givenname"])) {
                (Some(family), Some(given)) => Some(format!("{family} {given}")),
                _ => None,
            };
            let Some(name) = both.or_else(|| text(&["displayname", "cn"])) else {
                continue;
            };
            let staff = Staff {
                name,
                number: text(&["employeenumber", "employeeid"]),
                kana: text(&["msds-phoneticdisplayname"]),
                department: text(&["department", "departmentnumber", "ou"]),
                position: text(&["title"]),
                employment: text(&["employeetype"]),
                mail: text(&["mail"]),
                user_names: text(&["uid", "samaccountname"]).into_iter().collect(),
                place: place.clone(),
                ..Staff::default()
            };
            self.push(staff, None, None)?;
        }
        if entries.is_cut_off() {
            self.cut_off = true;
            self.problems.push(
                Place {
                    sheet: Some(file.name.to_owned()),
                    ..Place::default()
                },
                Reason::CutOff,
            );
        }
        Ok(())
    }

    /// Adds a person, or a further time of employment of one who is there already.
    fn push(
        &mut self,
        mut staff: Staff,
        from: Option<Date>,
        until: Option<Date>,
    ) -> Result<(), ReadError> {
        if let (Some(joined), Some(left)) = (from, until)
            && left < joined
        {
            self.problems.push(
                staff.place.clone(),
                Reason::EndsBeforeStart {
                    joined: joined.to_string(),
                    left: left.to_string(),
                },
            );
        }
        let (bare, former) = names::split_former(&staff.name);
        staff.name = bare;
        staff.former_names.extend(former);
        staff.key = match &staff.number {
            Some(number) => format!("n:{}", text::identifier(number)),
            None => format!(
                "p:{}/{}",
                names::folded(&staff.name),
                staff.kana.as_deref().map(names::kana).unwrap_or_default()
            ),
        };
        if from.is_some() || until.is_some() {
            staff.periods.push(Period { from, until });
        }
        if let Some(known) = self
            .positions
            .get(&staff.key)
            .and_then(|position| self.staff.get_mut(*position))
        {
            let same = names::same_person(known, &staff);
            if staff.number.is_some() && !same {
                self.problems.push(
                    staff.place.clone(),
                    Reason::NumberShared {
                        number: staff.number.clone().unwrap_or_default(),
                        names: format!("{}, {}", known.name, staff.name),
                    },
                );
                // Two people under one number: neither may be matched by it.
                staff.key = format!("{}#{}", staff.key, names::folded(&staff.name));
            } else if staff.number.is_none() || staff.periods.is_empty() {
                let (what, value) = match &staff.number {
                    Some(number) => ("staff number", number.clone()),
                    None => ("name", staff.name.clone()),
                };
                self.problems.push(
                    staff.place.clone(),
                    Reason::Duplicate {
                        what: what.to_owned(),
                        value: text::excerpt(&value),
                    },
                );
                if staff.number.is_some() {
                    let periods = std::mem::take(&mut known.periods);
                    *known = staff;
                    known.periods = periods;
                    return Ok(());
                }
                // Two people of one name in a list without numbers stay two.
                staff.key = format!("{}#{}", staff.key, staff.place.row.unwrap_or_default());
            } else {
                let mut periods = std::mem::take(&mut known.periods);
                let former = std::mem::take(&mut known.former_names);
                let later = staff.periods.last() >= periods.last();
                periods.append(&mut staff.periods);
                periods.sort();
                periods.dedup();
                if later {
                    *known = staff;
                }
                known.periods = periods;
                known.former_names.extend(former);
                known.former_names.dedup();
                return Ok(());
            }
        }
        while self.positions.contains_key(&staff.key) {
            staff.key = format!("{}#{}", staff.key, staff.place.row.unwrap_or_default());
        }
        let limit = self.options.limits.records;
        if self.staff.len() >= limit {
            return Err(ReadError::TooMany { limit });
        }
        self.positions.insert(staff.key.clone(), self.staff.len());
        self.staff.push(staff);
        Ok(())
    }

    fn finish(self) -> StaffList {
        StaffList {
            staff: self.staff,
            problems: self.problems.kept,
            further_problems: self.problems.further,
            cut_off: self.cut_off,
        }
    }
}
