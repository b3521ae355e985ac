//! What a file would do to the roll.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::{OrganizationKind, beds_fit_kind};
use yagura_kernel::time::Date;

use super::{Change, Counts, Issue, Issues, Parsed, ParsedRow, Remark, Step};
use crate::model::member::{Field, MemberDraft, Notice, Problem};

/// A member as it stands on the roll.
#[derive(Debug, Clone)]
pub struct RollMember {
    /// Its id.
    pub id: OrganizationId,
    /// What is on record.
    pub draft: MemberDraft,
    /// Its name folded.
    pub search_key: String,
    /// Counts changes of its records.
    pub version: i64,
    /// Since when it is a member.
    pub joined_on: Date,
}

/// An organisation of the installation that is no member.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its id.
    pub id: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name folded.
    pub search_key: String,
}

/// What a file is held against.
#[derive(Debug, Clone, Default)]
pub struct Roll {
    /// The members.
    pub members: Vec<RollMember>,
    /// Other organisations that have a code of the file.
    pub known: HashMap<String, Known>,
}

/// What a file would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// One step for each row of [`Parsed::rows`].
    pub steps: Vec<Step>,
    /// Members that the file does not name: id and name.
    pub not_in_file: Vec<(OrganizationId, String)>,
    /// Remarks that only the roll shows.
    pub issues: Issues,
}

impl Plan {
    /// The numbers, with the remarks of the file.
    #[must_use]
    pub fn counts(&self, parsed: &Parsed) -> Counts {
        let number = |wanted: fn(&Step) -> bool| self.steps.iter().filter(|s| wanted(s)).count();
        Counts {
            new: number(|step| matches!(step, Step::New)),
            joining: number(|step| matches!(step, Step::Join { .. })),
            changed: number(|step| matches!(step, Step::Change { .. })),
            unchanged: number(|step| matches!(step, Step::Unchanged { .. })),
            not_in_file: self.not_in_file.len(),
            errors: parsed.issues.errors + self.issues.errors,
            notices: parsed.issues.notices + self.issues.notices,
        }
    }

    /// A short text that is the same exactly when the file would do the same.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let steps = serde_json::to_vec(&self.steps).unwrap_or_default();
        data_encoding::HEXLOWER.encode(&Sha256::digest(steps))
    }
}

struct Index<'r> {
    by_code: HashMap<&'r str, usize>,
    by_name: HashMap<(&'r str, OrganizationKind), Vec<usize>>,
}

impl<'r> Index<'r> {
    fn of(roll: &'r Roll) -> Self {
        let mut by_code = HashMap::with_capacity(roll.members.len());
        let mut by_name: HashMap<_, Vec<usize>> = HashMap::with_capacity(roll.members.len());
        for (place, member) in roll.members.iter().enumerate() {
            if let Some(code) = &member.draft.code {
                by_code.insert(code.as_str(), place);
            }
            by_name
                .entry((member.search_key.as_str(), member.draft.kind))
                .or_default()
                .push(place);
        }
        Self { by_code, by_name }
    }
}

/// Holds the rows of a file against the roll.
#[must_use]
pub fn plan(parsed: &Parsed, roll: &Roll) -> Plan {
    let index = Index::of(roll);
    let mut plan = Plan {
        steps: Vec::with_capacity(parsed.rows.len()),
        ..Plan::default()
    };
    let mut named: HashSet<OrganizationId> = HashSet::new();
    for row in &parsed.rows {
        let mut remarks = Vec::new();
        let mut step = step_of(row, roll, &index, &mut remarks);
        // A row matched by name may mean a member that another row means by its code.
        if let Step::Change { member, .. } | Step::Unchanged { member } = &step
            && !named.insert(*member)
        {
            remarks.push((Field::Name, Remark::Error(Problem::Ambiguous { number: 2 })));
            step = Step::Refused;
        }
        for (field, remark) in remarks {
            plan.issues.add(issue(parsed, row, field, remark));
        }
        plan.steps.push(step);
    }
    plan.not_in_file = roll
        .members
        .iter()
        .filter(|member| !named.contains(&member.id))
        .map(|member| (member.id, member.draft.name.clone()))
        .collect();
    plan
}

fn issue(parsed: &Parsed, row: &ParsedRow, field: Field, remark: Remark) -> Issue {
    let sheet = parsed.sheets.get(row.sheet);
    Issue {
        sheet: sheet.map(|sheet| sheet.name.clone()).unwrap_or_default(),
        row: row.row,
        column: sheet.and_then(|sheet| {
            let column = sheet.columns.iter().find(|column| column.field == field)?;
            Some(column.letters.clone())
        }),
        field,
        remark,
    }
}

fn step_of(
    row: &ParsedRow,
    roll: &Roll,
    index: &Index<'_>,
    remarks: &mut Vec<(Field, Remark)>,
) -> Step {
    let new = &row.member;
    let key = new.folded_name();
    let same_name: &[usize] = index
        .by_name
        .get(&(key.as_str(), new.kind))
        .map_or(&[], Vec::as_slice);
    let member_at = |place: &usize| roll.members.get(*place);
    let matched = if let Some(code) = &new.code {
        match index.by_code.get(code.as_str()).and_then(member_at) {
            Some(member) => {
                if member.search_key != key || member.draft.kind != new.kind {
                    let from = member.draft.name.clone();
                    remarks.push((
                        Field::Name,
                        Remark::Notice(Notice::IdentityChanges { from }),
                    ));
                }
                Some(member)
            }
            None => {
                // Without a code on record the name decides; with another code it is another one.
                let without_code: Vec<&RollMember> = same_name
                    .iter()
                    .filter_map(member_at)
                    .filter(|member| member.draft.code.is_none())
                    .collect();
                match without_code.as_slice() {
                    [] => None,
                    [member] => Some(*member),
                    several => {
                        let number = several.len();
                        let problem = Problem::Ambiguous { number };
                        remarks.push((Field::Name, Remark::Error(problem)));
                        return Step::Refused;
                    }
                }
            }
        }
    } else {
        match same_name {
            [] => None,
            [place] => member_at(place),
            several => {
                let problem = Problem::Ambiguous {
                    number: several.len(),
                };
                remarks.push((Field::Name, Remark::Error(problem)));
                return Step::Refused;
            }
        }
    };
    match matched {
        Some(member) => change_of(member, new, remarks),
        None => addition(new, &key, roll, same_name, remarks),
    }
}

fn addition(
    new: &MemberDraft,
    key: &str,
    roll: &Roll,
    same_name: &[usize],
    remarks: &mut Vec<(Field, Remark)>,
) -> Step {
    if let Some(known) = new.code.as_ref().and_then(|code| roll.known.get(code)) {
        if known.kind != new.kind || known.search_key != key {
            remarks.push((Field::Code, Remark::Error(Problem::CodeTaken)));
            return Step::Refused;
        }
        remarks.push((Field::Code, Remark::Notice(Notice::Joins)));
        return Step::Join {
            organization: known.id,
        };
    }
    if !beds_fit_kind(new.kind, new.beds) {
        remarks.push((Field::Beds, Remark::Error(Problem::BedsOfHospital)));
        return Step::Refused;
    }
    for other in same_name
        .iter()
        .filter_map(|place| roll.members.get(*place))
    {
        let code = other.draft.code.clone().unwrap_or_default();
        remarks.push((Field::Name, Remark::Notice(Notice::SameNameOnRoll { code })));
    }
    Step::New
}

/// What of a member changes. A blank cell leaves the value on record, and the day of joining of a
/// member is never changed by a file.
fn change_of(member: &RollMember, new: &MemberDraft, remarks: &mut Vec<(Field, Remark)>) -> Step {
    let beds = new.beds.or(member.draft.beds);
    if !beds_fit_kind(new.kind, beds) {
        let problem = match (new.kind, beds) {
            (OrganizationKind::Pharmacy, Some(beds)) => Problem::BedsOfPharmacy { beds },
            (OrganizationKind::Hospital, _) => Problem::BedsOfHospital,
            (_, beds) => Problem::BedsOfClinic {
                beds: beds.unwrap_or_default(),
            },
        };
        remarks.push((Field::Beds, Remark::Error(problem)));
        return Step::Refused;
    }
    let changes: Vec<Change> = Field::ALL
        .into_iter()
        .filter(|field| *field != Field::JoinedOn)
        .filter_map(|field| {
            let to = new.text(field)?;
            let from = member.draft.text(field);
            (from.as_ref() != Some(&to)).then_some(Change { field, from, to })
        })
        .collect();
    if changes.is_empty() {
        Step::Unchanged { member: member.id }
    } else {
        Step::Change {
            member: member.id,
            changes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{SheetRead, Stage, parse};
    use yagura_kernel::time::parse_date;

    fn id(number: u128) -> OrganizationId {
        OrganizationId::from(uuid::Uuid::from_u128(number))
    }

    fn draft(name: &str, kind: OrganizationKind, code: Option<&str>) -> MemberDraft {
        MemberDraft {
            name: name.to_owned(),
            kind,
            code: code.map(str::to_owned),
            beds: (kind == OrganizationKind::Hospital).then_some(100),
            postal_code: None,
            address: None,
            phone: None,
            email: None,
            representative: None,
            region_code: None,
            member_number: None,
            joined_on: None,
            remark: None,
        }
    }

    fn member(number: u128, draft: MemberDraft) -> RollMember {
        RollMember {
            id: id(number),
            search_key: draft.folded_name(),
            draft,
            version: 1,
            joined_on: parse_date("2026-04-01").unwrap(),
        }
    }

    fn parsed(rows: Vec<MemberDraft>) -> Parsed {
        Parsed {
            sheets: vec![SheetRead {
                name: "名簿".into(),
                header_row: 1,
                columns: Vec::new(),
                ignored: Vec::new(),
            }],
            rows: rows
                .into_iter()
                .zip(2..)
                .map(|(member, row)| ParsedRow {
                    sheet: 0,
                    row,
                    member,
                })
                .collect(),
            issues: Issues::default(),
        }
    }

    use OrganizationKind::{Clinic, Hospital, Pharmacy};

    #[test]
    fn the_code_decides_before_the_name() {
        let roll = Roll {
            members: vec![
                member(1, draft("みなと病院", Hospital, Some("3710001"))),
                member(2, draft("みなと医院", Clinic, None)),
            ],
            known: HashMap::new(),
        };
        let mut renamed = draft("新みなと病院", Hospital, Some("3710001"));
        renamed.phone = Some("087-000-0000".into());
        let plan = plan(
            &parsed(vec![renamed, draft("ミナト医院", Clinic, Some("3719999"))]),
            &roll,
        );
        let Step::Change { member, changes } = &plan.steps[0] else {
            panic!("{plan:?}")
        };
        assert_eq!(*member, id(1));
        assert_eq!(
            changes.iter().map(|c| c.field).collect::<Vec<_>>(),
            [Field::Name, Field::Phone]
        );
        assert_eq!(changes[0].from.as_deref(), Some("みなと病院"));
        assert_eq!(plan.issues.notices, 1, "the change of name is pointed out");
        let Step::Change { member, changes } = &plan.steps[1] else {
            panic!("{plan:?}")
        };
        assert_eq!(*member, id(2), "kana fold, and there is no code on record");
        assert_eq!(
            changes.iter().map(|c| c.field).collect::<Vec<_>>(),
            [Field::Name, Field::Code]
        );
        assert!(plan.not_in_file.is_empty());
    }

    #[test]
    fn the_same_name_with_another_code_is_another_institution() {
        let roll = Roll {
            members: vec![member(1, draft("中央医院", Clinic, Some("3710001")))],
            known: HashMap::new(),
        };
        let plan = plan(
            &parsed(vec![draft("中央医院", Clinic, Some("3710002"))]),
            &roll,
        );
        assert_eq!(plan.steps, [Step::New]);
        assert!(matches!(
            &plan.issues.kept[0].remark,
            Remark::Notice(Notice::SameNameOnRoll { code }) if code == "3710001"
        ));
        assert_eq!(plan.not_in_file, [(id(1), "中央医院".to_owned())]);
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let roll = Roll {
            members: vec![
                member(1, draft("中央医院", Clinic, Some("1"))),
                member(2, draft("中央医院", Clinic, Some("2"))),
            ],
            known: HashMap::new(),
        };
        let plan = plan(&parsed(vec![draft("中央医院", Clinic, None)]), &roll);
        assert_eq!(
            (plan.steps.as_slice(), plan.issues.errors),
            ([Step::Refused].as_slice(), 1)
        );
    }

    #[test]
    fn two_rows_may_not_mean_one_member() {
        let roll = Roll {
            members: vec![member(1, draft("中央医院", Clinic, Some("1")))],
            known: HashMap::new(),
        };
        let rows = vec![
            draft("中央医院", Clinic, Some("1")),
            draft("中央医院", Clinic, None),
        ];
        let plan = plan(&parsed(rows), &roll);
        assert_eq!(plan.steps[0], Step::Unchanged { member: id(1) });
        assert_eq!(plan.steps[1], Step::Refused);
    }

    #[test]
    fn a_known_institution_joins_and_a_foreign_code_is_refused() {
        let known = |name: &str, kind| Known {
            id: id(9),
            kind,
            search_key: yagura_kernel::text::normalise_for_search(name),
        };
        let roll = Roll {
            members: Vec::new(),
            known: HashMap::from([
                ("1".to_owned(), known("中央医院", Clinic)),
                ("2".to_owned(), known("別の薬局", Pharmacy)),
            ]),
        };
        let rows = vec![
            draft("中央医院", Clinic, Some("1")),
            draft("中央病院", Hospital, Some("2")),
        ];
        let plan = plan(&parsed(rows), &roll);
        assert_eq!(
            plan.steps[0],
            Step::Join {
                organization: id(9)
            }
        );
        assert_eq!(plan.steps[1], Step::Refused);
        assert_eq!(
            plan.issues.kept[1].remark,
            Remark::Error(Problem::CodeTaken)
        );
        let said = serde_json::to_string(&plan.issues).unwrap();
        assert!(
            !said.contains("別の薬局"),
            "the name of a stranger is not told"
        );
    }

    #[test]
    fn blank_cells_leave_what_is_on_record() {
        let mut on_record = draft("みなと病院", Hospital, Some("1"));
        on_record.email = Some("info@example.jp".into());
        on_record.joined_on = parse_date("2020-04-01").ok();
        let roll = Roll {
            members: vec![member(1, on_record)],
            known: HashMap::new(),
        };
        let mut row = draft("みなと病院", Hospital, Some("1"));
        row.beds = None;
        row.joined_on = parse_date("2026-04-01").ok();
        let plan = plan(&parsed(vec![row]), &roll);
        assert_eq!(plan.steps, [Step::Unchanged { member: id(1) }]);
    }

    #[test]
    fn beds_must_fit_together_with_what_is_on_record() {
        let roll = Roll {
            members: vec![member(1, draft("みなと", Hospital, Some("1")))],
            known: HashMap::new(),
        };
        let plan = plan(
            &parsed(vec![
                draft("みなと", Pharmacy, Some("1")),
                MemberDraft {
                    beds: None,
                    ..draft("新しい病院", Hospital, None)
                },
            ]),
            &roll,
        );
        assert_eq!(plan.steps, [Step::Refused, Step::Refused]);
    }

    #[test]
    fn the_fingerprint_follows_what_would_happen() {
        let roll = Roll::default();
        let one = parsed(vec![draft("甲", Clinic, None)]);
        let same = plan(&one, &roll).fingerprint();
        assert_eq!(same, plan(&one, &roll).fingerprint());
        let after = Roll {
            members: vec![member(1, draft("甲", Clinic, None))],
            ..Roll::default()
        };
        assert_ne!(same, plan(&one, &after).fingerprint());
    }

    #[test]
    fn counts_add_up() {
        let csv = "名称,種別\n甲医院,診療所\n乙薬局,薬局\n丙,不明\n";
        let today = parse_date("2026-11-21").unwrap();
        let parsed = parse(csv.as_bytes(), "a.csv", today, &mut |_: Stage, _, _| {}).unwrap();
        let roll = Roll {
            members: vec![
                member(1, draft("甲医院", Clinic, None)),
                member(2, draft("丁医院", Clinic, None)),
            ],
            known: HashMap::new(),
        };
        let counts = plan(&parsed, &roll).counts(&parsed);
        assert_eq!(
            counts,
            Counts {
                new: 1,
                unchanged: 1,
                not_in_file: 1,
                errors: 1,
                ..Counts::default()
            }
        );
    }
}
