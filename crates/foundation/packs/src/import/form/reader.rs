//! Goes through the rows of a form table and builds the pack.

use yagura_kernel::time::FiscalYear;

use super::marks::{Mark, cleaned, heading, mark, names_answers, names_items, section};
use super::{FormRow, FormTable, column_letters};
use crate::import::{
    ImportError, ImportOptions, ImportPlace, ImportProblem, Imported, Limits, Notice, NoticeKind,
};
use crate::model::{
    Block, Body, Checklist, DeviceClass, FormText, Gate, Item, NotApplicable, Pack, PackVersion,
    Section, Sheet, SheetRules, Source, Subject, Text, Wording,
};

/// Texts up to here, in characters, are quoted in a notice.
const QUOTED: usize = 60;

pub(in crate::import) fn read(
    table: &FormTable,
    options: &ImportOptions,
    limits: &Limits,
) -> Result<Imported, ImportError> {
    check_size(table, limits)?;
    let everything: String = table
        .rows
        .iter()
        .take(12)
        .flat_map(|row| &row.cells)
        .map(|cell| cleaned(cell))
        .collect();
    let fiscal_year = options
        .fiscal_year
        .or_else(|| year_in(&everything))
        .ok_or_else(|| ImportError::file(ImportProblem::UnknownFiscalYear))?;
    let sheet = options
        .sheet
        .or_else(|| sheet_in(&everything))
        .ok_or_else(|| ImportError::file(ImportProblem::UnknownSheet))?;
    let mut reader = Reader {
        table,
        options,
        limits,
        fiscal_year,
        answers_from: None,
        header_found: false,
        required: true,
        form: Form::default(),
        sections: Vec::new(),
        keys: std::collections::BTreeMap::new(),
        notices: Vec::new(),
        class: None,
    };
    for row in &table.rows {
        reader.row(row)?;
    }
    if !reader.header_found {
        return Err(ImportError::file(ImportProblem::NoHeaderRow));
    }
    if reader.keys.is_empty() {
        return Err(ImportError::file(ImportProblem::NoItems));
    }
    reader.mark_not_applicable();
    let mut notices = std::mem::take(&mut reader.notices);
    if options.source.is_none() && options.valid_from.is_none() {
        notices.push(Notice {
            kind: NoticeKind::AssumedDate,
            place: ImportPlace::File,
        });
    }
    Ok(Imported {
        pack: reader.pack(fiscal_year, sheet),
        notices,
    })
}

fn check_size(table: &FormTable, limits: &Limits) -> Result<(), ImportError> {
    let mut text_bytes = 0_usize;
    for row in &table.rows {
        let place = |column: usize| ImportPlace::Cell {
            sheet: table.sheet.clone(),
            row: row.number,
            column: column_letters(column),
        };
        if table.rows.len() > limits.rows || row.cells.len() > limits.columns {
            let problem = ImportProblem::TooManyValues {
                limit: limits.rows * limits.columns,
            };
            return Err(ImportError::at(place(row.cells.len()), problem));
        }
        for (column, cell) in row.cells.iter().enumerate() {
            text_bytes = text_bytes.saturating_add(cell.len());
            let limit = limits.text_characters;
            if cell.len() > limit && cell.chars().count() > limit {
                return Err(ImportError::at(
                    place(column),
                    ImportProblem::TextTooLong { limit },
                ));
            }
            if text_bytes > limits.text_bytes {
                let problem = ImportProblem::TooMuchText {
                    limit_bytes: limits.text_bytes,
                };
                return Err(ImportError::at(place(column), problem));
            }
        }
    }
    Ok(())
}

/// The fiscal year that the form names: 令和8年度, R8年度, 2026年度.
fn year_in(text: &str) -> Option<FiscalYear> {
    text.match_indices("年度").find_map(|(at, _)| {
        let before = text.get(..at)?;
        let start = before
            .char_indices()
            .rev()
            .take(6)
            .take_while(|(_, c)| c.is_ascii_digit() || matches!(c, '令' | '和' | 'R' | '元'))
            .last()?
            .0;
        FiscalYear::parse(before.get(start..)?).ok()
    })
}

fn sheet_in(text: &str) -> Option<Sheet> {
    if text.contains("事業者確認用") {
        Some(Sheet::Vendor)
    } else if text.contains("機関確認用") || text.contains("薬局確認用") {
        Some(Sheet::Institution)
    } else {
        None
    }
}

/// What the form says outside its rows.
#[derive(Default)]
struct Form {
    title: String,
    sheet_title: String,
    inspection_note: Option<String>,
    goal: Option<String>,
    instructions: Vec<String>,
    gate: Option<(String, String)>,
}

struct Reader<'t> {
    table: &'t FormTable,
    options: &'t ImportOptions,
    limits: &'t Limits,
    fiscal_year: FiscalYear,
    /// First column that belongs to answers, from the last header row seen.
    answers_from: Option<usize>,
    header_found: bool,
    required: bool,
    form: Form,
    sections: Vec<(u32, Section)>,
    /// Keys given, with their place.
    keys: std::collections::BTreeMap<String, u32>,
    notices: Vec<Notice>,
    /// Class of the heading row above, in this section.
    class: Option<DeviceClass>,
}

impl Reader<'_> {
    fn place(&self, row: &FormRow, column: usize) -> ImportPlace {
        ImportPlace::Cell {
            sheet: self.table.sheet.clone(),
            row: row.number,
            column: column_letters(column),
        }
    }

    fn notice(&mut self, row: &FormRow, column: usize, kind: fn(String) -> NoticeKind, text: &str) {
        let kind = kind(text.chars().take(QUOTED).collect());
        let place = self.place(row, column);
        self.notices.push(Notice { kind, place });
    }

    fn row(&mut self, row: &FormRow) -> Result<(), ImportError> {
        let cells: Vec<(usize, String)> = row
            .cells
            .iter()
            .enumerate()
            .map(|(column, cell)| (column, cleaned(cell)))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        if self.header(&cells) {
            return Ok(());
        }
        let answers_from = self.answers_from.unwrap_or(usize::MAX);
        let (left, right): (Vec<_>, Vec<_>) = cells
            .into_iter()
            .partition(|(column, _)| *column < answers_from);
        let mut rest = left.as_slice();
        while let Some(((column, cell), after)) = rest.split_first() {
            rest = after;
            if let Some((number, title)) = self.header_found.then(|| section(cell)).flatten() {
                let next = after.first().filter(|(_, next)| {
                    title.is_empty() && mark(next).is_none() && heading(next).is_none()
                });
                if let Some((_, next)) = next {
                    rest = after.get(1..).unwrap_or_default();
                    self.open_section(number, next);
                } else {
                    self.open_section(number, &title);
                }
            } else if let Some(class) = heading(cell) {
                self.open_block(cell, class);
            } else if let Some(found) = self.header_found.then(|| mark(cell)).flatten() {
                let mut text = vec![found.rest.clone()];
                text.extend(rest.iter().map(|(_, more)| more.clone()));
                let place = self.place(row, *column);
                self.item(&found, text.concat().trim(), place)?;
                return Ok(());
            } else if cell.contains("導入、運用している") || cell.contains("導入・運用している")
            {
                let title = self
                    .form
                    .gate
                    .take()
                    .map(|(title, _)| title)
                    .unwrap_or_default();
                self.form.gate = Some((title, cell.clone()));
            } else if cell.contains("システムの有無") {
                self.form.gate = Some((cell.clone(), String::new()));
            } else {
                self.loose(row, *column, cell, &right);
            }
        }
        Ok(())
    }

    /// Whether the row is a header row; then the columns of answers are known.
    fn header(&mut self, cells: &[(usize, String)]) -> bool {
        let items = cells
            .iter()
            .find(|(_, cell)| names_items(cell))
            .map(|(column, _)| *column);
        let answers = cells
            .iter()
            .filter(|(column, cell)| names_answers(cell) && items.is_none_or(|item| *column > item))
            .map(|(column, _)| *column)
            .min();
        match (items, answers) {
            (Some(_), Some(answers)) => {
                self.answers_from = Some(answers);
                self.header_found = true;
                true
            }
            // The second line of a header: 1回目, 目標日, 2回目.
            (None, Some(_)) => {
                self.header_found
                    && cells.iter().all(|(_, cell)| {
                        names_answers(cell) || !cell.chars().any(char::is_alphabetic)
                    })
            }
            _ => false,
        }
    }

    fn open_section(&mut self, number: u32, title: &str) {
        self.class = None;
        if let Some((_, known)) = self.sections.iter_mut().find(|(known, _)| *known == number) {
            if known.title.ja.is_empty() {
                title.clone_into(&mut known.title.ja);
            }
            known.blocks.push(Block::default());
        } else {
            self.sections.push((
                number,
                Section {
                    number: number.to_string(),
                    title: Text {
                        ja: title.to_owned(),
                        en: String::new(),
                    },
                    blocks: vec![Block::default()],
                },
            ));
        }
        self.bring_last(number);
    }

    /// Makes a section the one that rows without a section number belong to.
    fn bring_last(&mut self, number: u32) {
        if let Some(at) = self.sections.iter().position(|(known, _)| *known == number) {
            let section = self.sections.remove(at);
            self.sections.push(section);
        }
    }

    fn open_block(&mut self, text: &str, class: DeviceClass) {
        self.class = Some(class);
        if let Some((_, section)) = self.sections.last_mut() {
            let heading = Some(Text {
                ja: text.to_owned(),
                en: String::new(),
            });
            section.blocks.push(Block {
                heading,
                items: Vec::new(),
            });
        }
    }

    fn item(&mut self, mark: &Mark, text: &str, place: ImportPlace) -> Result<(), ImportError> {
        if let Some(number) = mark.section
            && self.sections.last().is_none_or(|(open, _)| *open != number)
        {
            self.open_section(number, "");
        }
        if self.sections.is_empty() {
            self.open_section(1, "");
        }
        let Some((number, _)) = self.sections.last() else {
            return Ok(());
        };
        let number = *number;
        let class = match self.class {
            Some(class) => class,
            // Section 2 is about systems, the others about the organization.
            None if number == 2 => DeviceClass::All,
            None => DeviceClass::Organization,
        };
        let printed_id = mark.printed_id(number);
        let key = match class {
            DeviceClass::Organization | DeviceClass::All => format!("{number}-{}", mark.number),
            _ => format!("{number}-{}-{}", mark.number, class.as_str()),
        };
        if self.keys.len() >= self.limits.items {
            let limit = self.limits.items;
            return Err(ImportError::at(
                place,
                ImportProblem::TooManyItems { limit },
            ));
        }
        let row = match &place {
            ImportPlace::Cell { row, .. } => *row,
            _ => 0,
        };
        if self.keys.insert(key.clone(), row).is_some() {
            return Err(ImportError::at(
                place,
                ImportProblem::DuplicateRow { printed_id },
            ));
        }
        let item = Item {
            key,
            short_label: Text::new(printed_id.clone(), printed_id.clone()),
            printed_id,
            device_class: class,
            text: Text {
                ja: text.to_owned(),
                en: String::new(),
            },
            required: self.required,
            since: self.fiscal_year,
            predecessors: Vec::new(),
            change_note: None,
            not_applicable_when: None,
            probes: Vec::new(),
            supporting_probes: vec!["evidence-current".to_owned()],
            wording: self.options.wording.unwrap_or(Wording::Unverified),
            wording_source: self.options.wording_source.clone().unwrap_or_else(|| {
                Text::new(
                    format!("取り込んだ表「{}」", self.table.sheet),
                    format!("From the imported table \"{}\"", self.table.sheet),
                )
            }),
            counterpart: None,
            guidance: None,
        };
        if let Some((_, section)) = self.sections.last_mut() {
            if section.blocks.is_empty() {
                section.blocks.push(Block::default());
            }
            if let Some(block) = section.blocks.last_mut() {
                block.items.push(item);
            }
        }
        Ok(())
    }

    /// A text that is no row: an instruction, the rest of the row above, or nothing known.
    fn loose(&mut self, row: &FormRow, column: usize, cell: &str, right: &[(usize, String)]) {
        let plain = cell
            .trim_start_matches(['*', '※', '・', '○', '●', ' ', '〇'])
            .to_owned();
        if cell.contains("参考項目") {
            self.required = false;
        } else if cell.contains("立入検査") && cell.contains("確認します") {
            self.form.inspection_note = Some(plain);
        } else if cell.contains("すべての項目で") && cell.contains("はい") {
            self.form.goal = Some(plain);
            self.required = true;
        } else if cell.contains("記入不要") || cell.contains("目標日を記入") {
            self.form.instructions.push(plain);
        } else if cell.contains("チェックリスト") && self.form.title.is_empty() {
            self.form.title = plain;
        } else if cell.ends_with("確認用") {
            self.form.sheet_title = plain;
        } else if names_items(cell) || (cell.starts_with('※') && self.append(cell)) {
            // A header without answers, or the rest of the row above.
        } else if cell.chars().count() <= 12 && year_in(cell).is_some() {
            // 「令和5年度中」 above a part of the form.
        } else if self.header_found && answered(right) {
            self.notice(row, column, NoticeKind::RowWithoutId, cell);
        } else if self.header_found {
            self.notice(row, column, NoticeKind::TextLeftOut, cell);
        }
    }

    /// Adds a note to the wording of the row above.
    fn append(&mut self, note: &str) -> bool {
        let last = self
            .sections
            .last_mut()
            .and_then(|(_, section)| section.blocks.last_mut())
            .and_then(|block| block.items.last_mut());
        last.map(|item| item.text.ja.push_str(note)).is_some()
    }

    /// Rows that the form excuses: "2-②及び2-③については、事業者と契約していない場合には、記入不要".
    fn mark_not_applicable(&mut self) {
        let mut excused = Vec::new();
        for text in &self.form.instructions {
            if !(text.contains("契約していない") && text.contains("記入不要")) {
                continue;
            }
            let named = text.split(['及', 'び', '、', '・', ',']).filter_map(mark);
            excused.extend(named.filter_map(|mark| mark.section.map(|s| (s, mark.number))));
        }
        for (number, section) in &mut self.sections {
            for item in section.blocks.iter_mut().flat_map(|block| &mut block.items) {
                let is_excused = excused.iter().any(|(section, row)| {
                    section == number && item.key == format!("{section}-{row}")
                });
                if is_excused {
                    item.not_applicable_when = Some(NotApplicable::NoVendorContract);
                }
            }
        }
    }

    fn pack(mut self, fiscal_year: FiscalYear, sheet: Sheet) -> Pack {
        let wording = self.options.wording.unwrap_or(Wording::Unverified);
        let form_text = |ja: String| FormText {
            ja,
            en: String::new(),
            wording,
        };
        for (_, section) in &mut self.sections {
            section.blocks.retain(|block| !block.items.is_empty());
        }
        self.sections
            .retain(|(_, section)| !section.blocks.is_empty());
        self.sections.sort_by_key(|(number, _)| *number);
        for (_, section) in &mut self.sections {
            if section.title.is_empty() {
                section.title = Text::new(section.number.clone(), section.number.clone());
            }
        }
        let sheet_title = match sheet {
            _ if !self.form.sheet_title.is_empty() => self.form.sheet_title.clone(),
            Sheet::Vendor => "事業者確認用".to_owned(),
            Sheet::Institution => "医療機関確認用".to_owned(),
            Sheet::General => "確認用".to_owned(),
        };
        let title = if self.form.title.is_empty() {
            "サイバーセキュリティ対策チェックリスト".to_owned()
        } else {
            self.form.title.clone()
        };
        let title = self.options.title.clone().unwrap_or_else(|| {
            Text::new(
                format!("{} {title} {sheet_title}", fiscal_year.label_ja()),
                format!(
                    "{} cybersecurity checklist, {} sheet",
                    fiscal_year.label_en(),
                    sheet.as_str()
                ),
            )
        });
        let valid_from = self
            .options
            .valid_from
            .unwrap_or_else(|| fiscal_year.start());
        Pack {
            id: self
                .options
                .id
                .clone()
                .unwrap_or_else(|| default_id(fiscal_year, sheet)),
            version: self.options.version.unwrap_or(PackVersion {
                major: 1,
                minor: 0,
                patch: 0,
            }),
            valid_from,
            valid_to: Some(fiscal_year.end()),
            fiscal_year: Some(fiscal_year),
            source: self.options.source.clone().unwrap_or_else(|| Source {
                title: title.clone(),
                publisher: Text::new(
                    "取り込んだ人による確認が必要",
                    "To be confirmed by whoever imported it",
                ),
                url: String::new(),
                date: valid_from.into(),
                retrieved_note: Text::new(
                    format!("表「{}」から取り込み", self.table.sheet),
                    format!("Imported from the table \"{}\"", self.table.sheet),
                ),
                files: Vec::new(),
            }),
            title,
            notes: Vec::new(),
            body: Body::Checklist(Box::new(Checklist {
                sheet,
                subjects: match sheet {
                    Sheet::Vendor => vec![Subject::Vendor],
                    Sheet::Institution if sheet_title.contains("薬局") => {
                        vec![Subject::MedicalInstitution, Subject::Pharmacy]
                    }
                    Sheet::Institution => vec![Subject::MedicalInstitution],
                    Sheet::General => Vec::new(),
                },
                sheet_title: form_text(sheet_title),
                inspection_note: self.form.inspection_note.take().map(form_text),
                goal: self.form.goal.take().map(form_text),
                instructions: std::mem::take(&mut self.form.instructions)
                    .into_iter()
                    .map(form_text)
                    .collect(),
                gate: self
                    .form
                    .gate
                    .take()
                    .filter(|(_, text)| !text.is_empty())
                    .map(|(heading, text)| Gate {
                        heading: form_text(if heading.is_empty() {
                            "医療情報システムの有無".to_owned()
                        } else {
                            heading
                        }),
                        text: form_text(text),
                        when_no: form_text(
                            "「いいえ」の場合、以下すべての項目は確認不要".to_owned(),
                        ),
                    }),
                rules: SheetRules {
                    confirmation_date: fiscal_year.year() >= 2025,
                    ..SheetRules::default()
                },
                sections: self
                    .sections
                    .into_iter()
                    .map(|(_, section)| section)
                    .collect(),
            })),
        }
    }
}

/// The id that the ministry's sheets have among the built-in packs.
fn default_id(fiscal_year: FiscalYear, sheet: Sheet) -> String {
    let era_year = fiscal_year.year() - 2018;
    if era_year > 0 {
        format!("mhlw-checklist-r{era_year:02}-{}", sheet.as_str())
    } else {
        format!("checklist-{}-{}", fiscal_year.year(), sheet.as_str())
    }
}

/// Whether cells right of the items look like boxes for an answer.
fn answered(right: &[(usize, String)]) -> bool {
    right
        .iter()
        .any(|(_, cell)| cell.contains("はい") || cell.contains("いいえ"))
}
