//! Exports of accounts as systems write them, held against the personnel office's list. At the
//! hospital somebody who left can still sign in, an administrator has no permission, and nobody
//! knows whose one account is.

use yagura_accounts::intake::{self, Export};
use yagura_accounts::model::SourceKind;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, format_iso};

use super::House;
use super::staff::Person;
use crate::DemonstrationError;

pub(super) async fn take(house: &House<'_>, staff: &[Person]) -> Result<(), DemonstrationError> {
    let story = |error: intake::IntakeError| DemonstrationError::Story(error.to_string());
    let proof = house.responsible.may::<actions::EditAccounts>()?;
    let app = house.app;
    let list = staff_list(staff).into_bytes();
    intake::take_staff(app, &proof, "職員名簿(見本).csv", list)
        .await
        .map_err(story)?;
    for export in exports(house, staff) {
        intake::take_accounts(app, &proof, export)
            .await
            .map_err(story)?;
    }
    intake::work_out(app, house.member.id)
        .await
        .map_err(DemonstrationError::Story)
}

fn slashed(day: Date) -> String {
    format_iso(day).replace('-', "/")
}

fn staff_list(staff: &[Person]) -> String {
    let mut text = String::from("職員番号,氏名,所属,職種,入職日,退職日\n");
    for person in staff {
        let left = person.left.map(slashed).unwrap_or_default();
        text.push_str(&format!(
            "{},{},{},{},{},{left}\n",
            person.number,
            person.name,
            person.department,
            person.profession,
            slashed(person.joined),
        ));
    }
    text
}

fn exports(house: &House<'_>, staff: &[Person]) -> Vec<Export> {
    let chart = if house.is_hospital {
        "電子カルテ"
    } else {
        "レセプトコンピュータ"
    };
    let mut found = vec![Export {
        name: format!("{chart} 利用者一覧(見本)"),
        kind: SourceKind::Table,
        system: house.system(chart).map(|(id, _)| id),
        file_name: "利用者一覧(見本).csv".to_owned(),
        bytes: chart_users(house, staff).into_bytes(),
    }];
    if house.is_hospital {
        found.push(Export {
            name: "Active Directory(見本)".to_owned(),
            kind: SourceKind::DirectoryTable,
            system: house.system("グループウェア").map(|(id, _)| id),
            file_name: "Get-ADUser(見本).csv".to_owned(),
            bytes: directory_users(house, staff).into_bytes(),
        });
    }
    found
}

/// As a chart system lists its users.
fn chart_users(house: &House<'_>, staff: &[Person]) -> String {
    let today = house.app.today();
    let mut text = String::from(
        "利用者ID,利用者氏名,職員番号,停止フラグ,最終ログイン日時,パスワード変更日,管理者区分\n",
    );
    for (place, person) in staff.iter().enumerate() {
        let number = i64::try_from(place).unwrap_or_default();
        // Two of those who left were locked; the last one was forgotten.
        let is_locked = !person.is_here(today) && place != 9;
        let last = match person.left {
            Some(_) if place == 9 => house.day(-3),
            Some(left) => left,
            None => house.day(-(number % 9)),
        };
        let is_administrator =
            person.department == "医療情報部" || (!house.is_hospital && place == 0);
        text.push_str(&format!(
            "{},{},{},{},{} 9:00,{},{}\n",
            person.account(),
            person.name,
            person.number,
            if is_locked { "停止" } else { "" },
            slashed(last),
            slashed(house.day(-20 - number % 60)),
            if is_administrator {
                "管理者"
            } else {
                "一般"
            },
        ));
    }
    if house.is_hospital {
        let (recent, old) = (slashed(house.day(-1)), slashed(house.day(-900)));
        text.push_str(&format!("kensa01,検査室共用,,,{recent} 8:00,{old},一般\n"));
        text.push_str(&format!("maint,保守,,,{recent} 22:10,{old},管理者\n"));
    }
    text
}

/// As PowerShell writes it: `Get-ADUser -Properties * | Export-Csv`.
fn directory_users(house: &House<'_>, staff: &[Person]) -> String {
    let today = house.app.today();
    let mut text = String::from(
        "\"SamAccountName\",\"DisplayName\",\"EmployeeID\",\"Enabled\",\"LastLogonDate\",\
         \"PasswordLastSet\",\"PasswordNeverExpires\",\"AccountExpirationDate\",\"ObjectClass\"\r\n",
    );
    for (place, person) in staff.iter().enumerate() {
        if !matches!(
            person.department,
            "総務課" | "医事課" | "医療情報部" | "地域連携室" | "内科" | "外科"
        ) {
            continue;
        }
        let number = i64::try_from(place).unwrap_or_default();
        let is_dormant = place % 13 == 4;
        let last = if is_dormant { -210 } else { -(number % 6) };
        text.push_str(&format!(
            "\"{}\",\"{}\",\"{}\",\"{}\",\"{} 8:30:00\",\"{} 8:30:00\",\"{}\",,\"user\"\r\n",
            person.account(),
            person.name,
            person.number,
            if person.is_here(today) {
                "True"
            } else {
                "False"
            },
            slashed(house.day(last)),
            slashed(house.day(-30 - number % 50)),
            if place % 17 == 3 { "True" } else { "False" },
        ));
    }
    text
}
