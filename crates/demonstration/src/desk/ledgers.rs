//! Who may use which system, what left the house, what is on loan, which media there are, and which
//! rules are departed from.

use yagura_kernel::policy::actions;
use yagura_kernel::time::Date;
use yagura_ledgers::model::{
    Carrier, Content, End, Ending, Exception, Export, Known, Loan, Medium, Method, Owner,
    Permission, Source,
};

use super::House;
use super::staff::Person;
use crate::DemonstrationError;

pub(super) async fn write(house: &House<'_>, staff: &[Person]) -> Result<(), DemonstrationError> {
    let proof = house.responsible.may::<actions::KeepLedgers>()?;
    let ids = house.app.ids();
    let mut tx = house.app.database().begin().await?;
    for content in [permissions(house, staff), media(house, staff)] {
        let at = house.ago(120, 10, 20);
        yagura_ledgers::open_many(&mut tx, &proof, ids, content, &Source::ByHand, at).await?;
    }
    let mut returned = None;
    for (days, content) in lent_and_handed_out(house, staff) {
        let at = house.ago(days, 14, 5);
        let id = yagura_ledgers::open(&mut tx, &proof, ids, content, &Source::ByHand, at).await?;
        returned.get_or_insert(id);
    }
    // The first that was handed out came back.
    if let Some(id) = returned {
        let end = End {
            ending: Ending::Erased,
            on: house.day(-70),
            confirmed_by: house.responsible.name.clone(),
            note: "消去証明書を受領(見本)".to_owned(),
        };
        let at = house.ago(70, 16, 30);
        yagura_ledgers::end(&mut tx, &proof, ids, id, None, &end, at).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Everybody who is there has a permission; those who left have one that nobody took away.
fn permissions(house: &House<'_>, staff: &[Person]) -> Vec<Content> {
    let mut found = Vec::new();
    for (place, person) in staff.iter().enumerate() {
        for name in systems_of(house, person.department) {
            let Some((system, system_name)) = house.system(name) else {
                continue;
            };
            let privileged = person.department == "医療情報部"
                || (!house.is_hospital && place == 0)
                || (person.department == "放射線科" && place % 4 == 0);
            found.push(Content::Permission(Permission {
                name: person.name.clone(),
                staff_number: person.number.clone(),
                department: person.department.to_owned(),
                profession: person.profession.to_owned(),
                duty: "通常の業務".to_owned(),
                superior: Some(house.responsible.person),
                system: Some(system),
                system_name: system_name.to_owned(),
                function: if privileged {
                    "管理者権限".to_owned()
                } else {
                    "閲覧、記録・入力".to_owned()
                },
                account: person.account(),
                privileged,
                from: Some(person.joined),
                until: until(house, place),
                permitted_by: house.responsible.name.clone(),
                ..Permission::default()
            }));
        }
    }
    found
}

/// Until the end of the next fiscal year; at the hospital a few end soon, and one should have.
fn until(house: &House<'_>, place: usize) -> Option<Date> {
    Some(match place {
        5 if house.is_hospital => house.day(-12),
        7 | 11 if house.is_hospital => house.day(16),
        _ => house.app.fiscal_year().next().end(),
    })
}

fn systems_of(house: &House<'_>, department: &str) -> Vec<&'static str> {
    if !house.is_hospital {
        return match department {
            "診察室" => vec!["電子カルテ", "レセプトコンピュータ"],
            _ => vec!["レセプトコンピュータ"],
        };
    }
    match department {
        "薬剤部" => vec!["電子カルテ", "薬剤部門"],
        "放射線科" => vec!["電子カルテ", "画像管理"],
        "検査科" => vec!["電子カルテ", "検体検査"],
        "医事課" => vec!["医事会計"],
        "総務課" => vec!["グループウェア", "勤怠管理"],
        "栄養科" => vec!["給食管理"],
        "健診センター" => vec!["健診"],
        "地域連携室" => vec!["地域連携"],
        "医療情報部" => vec!["電子カルテ", "画像管理"],
        _ => vec!["電子カルテ"],
    }
}

fn media(house: &House<'_>, staff: &[Person]) -> Vec<Content> {
    let count = if house.is_hospital { 8 } else { 2 };
    let mut found = Vec::new();
    for (place, holder) in staff.iter().rev().take(count).enumerate() {
        let number = i64::try_from(place).unwrap_or_default();
        // Nobody has looked for one of the hospital's for more than a year, and one is not encrypted.
        let (seen, encrypted) = match place {
            3 if house.is_hospital => (-430, Known::Yes),
            6 if house.is_hospital => (-40, Known::No),
            _ => (-30 - number * 9, Known::Yes),
        };
        found.push(Content::Medium(Medium {
            name: format!("USB-{:03}(見本)", place + 1),
            serial: format!("KU{:06}", 104_729 * (place + 1) % 1_000_000),
            owner: Owner::Institution,
            person: holder.name.clone(),
            staff_number: holder.number.clone(),
            department: holder.department.to_owned(),
            encrypted,
            encryption: if encrypted == Known::Yes {
                "ハードウェア暗号化(AES-256)".to_owned()
            } else {
                String::new()
            },
            seen_on: Some(house.day(seen)),
            ..Medium::default()
        }));
    }
    found
}

/// With how many days ago they were written, the one that came back first.
fn lent_and_handed_out(house: &House<'_>, staff: &[Person]) -> Vec<(i64, Content)> {
    let name = |place: usize| {
        let person = staff.get(place).or_else(|| staff.first());
        person.map(|person| person.name.clone()).unwrap_or_default()
    };
    let permitted_by = house.responsible.name.clone();
    let export = |what: &str, place, from: i64, until: i64| {
        Content::Export(Export {
            name: what.to_owned(),
            person: name(place),
            purpose: "症例検討会".to_owned(),
            personal_information: Known::Yes,
            method: Method::Usb,
            terminal: "医局 2番端末".to_owned(),
            carrier: Carrier::Institution,
            permitted_by: permitted_by.clone(),
            from: Some(house.day(from)),
            until: Some(house.day(until)),
            ..Export::default()
        })
    };
    let mut found = vec![
        (100, export("心不全の症例 20例(見本)", 0, -100, -70)),
        (9, export("退院時要約 12件(見本)", 1, -9, 21)),
    ];
    if !house.is_hospital {
        return found;
    }
    found.push((60, export("造影CT 35件(見本)", 4, -60, -30)));
    let loan = |device: &str, chart, from: i64, until: i64| {
        Content::Loan(Loan {
            name: device.to_owned(),
            lender: "架空医療機器販売(見本)".to_owned(),
            chart_network: chart,
            person: name(12),
            department: "看護部".to_owned(),
            purpose: "導入前の試用".to_owned(),
            permitted_by: permitted_by.clone(),
            from: Some(house.day(from)),
            until: Some(house.day(until)),
            ..Loan::default()
        })
    };
    found.push((25, loan("携帯型超音波装置(見本)", Known::No, -25, 10)));
    found.push((50, loan("生体情報モニタ(見本)", Known::Yes, -50, -5)));
    let exception = Exception {
        name: "機器のサポート終了後の使用".to_owned(),
        person: name(40),
        department: "検査科".to_owned(),
        reason: "後継機の納入が年度末になるため".to_owned(),
        measures: "院内の他の区画から切り離し、USBの差し込み口を塞いだ".to_owned(),
        permitted_by,
        from: Some(house.day(-80)),
        until: Some(house.app.fiscal_year().end()),
        ..Exception::default()
    };
    found.push((80, Content::Exception(exception)));
    found
}
