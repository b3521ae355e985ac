//! Who works there, as the personnel office lists them.

use yagura_kernel::time::Date;

use super::House;
use crate::names;

/// Somebody on the personnel office's list.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// 職員番号.
    pub(super) number: String,
    pub(super) name: String,
    pub(super) department: &'static str,
    pub(super) profession: &'static str,
    pub(super) joined: Date,
    /// The last day, where they have left.
    pub(super) left: Option<Date>,
}

impl Person {
    /// By what they sign in.
    pub(super) fn account(&self) -> String {
        format!("u{}", self.number)
    }

    pub(super) fn is_here(&self, today: Date) -> bool {
        self.left.is_none_or(|left| left >= today)
    }
}

/// The first name of this list: names before it belong to people with roles.
const FIRST_NAME: usize = 7_000;

const HOSPITAL: [(&str, &str, usize); 12] = [
    ("内科", "医師", 6),
    ("外科", "医師", 4),
    ("看護部", "看護師", 18),
    ("薬剤部", "薬剤師", 5),
    ("放射線科", "診療放射線技師", 4),
    ("検査科", "臨床検査技師", 4),
    ("医事課", "事務職", 6),
    ("総務課", "事務職", 3),
    ("医療情報部", "事務職", 3),
    ("地域連携室", "事務職", 2),
    ("栄養科", "管理栄養士", 2),
    ("健診センター", "看護師", 3),
];
const CLINIC: [(&str, &str, usize); 3] = [
    ("診察室", "医師", 2),
    ("診察室", "看護師", 3),
    ("事務", "事務職", 3),
];

/// The list. At the hospital two bear one name, and three have left this year.
pub(super) fn of(house: &House<'_>) -> Vec<Person> {
    let groups: &[(&'static str, &'static str, usize)] = if house.is_hospital {
        &HOSPITAL
    } else {
        &CLINIC
    };
    let mut staff: Vec<Person> = Vec::new();
    for (department, profession, count) in groups {
        for _ in 0..*count {
            let place = staff.len();
            let years = 300 + i64::try_from(place).unwrap_or_default() * 97 % 4_000;
            staff.push(Person {
                number: format!("{:04}", 1_001 + place),
                name: names::person(FIRST_NAME + place),
                department,
                profession,
                joined: house.day(-years),
                left: None,
            });
        }
    }
    if house.is_hospital {
        let name = staff.get(2).map(|person| person.name.clone());
        if let (Some(name), Some(namesake)) = (name, staff.get_mut(30)) {
            namesake.name = name;
        }
        for (place, days) in [(9, 20), (21, 55), (41, 130)] {
            if let Some(person) = staff.get_mut(place) {
                person.left = Some(house.day(-days));
            }
        }
    }
    staff
}
