use accountmatch::columns::{AccountField, Field, Mapping, StaffField};
use accountmatch::model::{Aspect, Moment, SourceFormat};
use accountmatch::problem::{ReadError, Reason};
use accountmatch::readers::{File, detect, read_accounts, read_staff};
use encoding_rs::SHIFT_JIS;

use super::{accounts, day, options, staff};

const STAFF: &str = "令和8年度 職員名簿,,,,,,,,\n\
    職員番号,氏名,フリガナ,所属,職種,入職日,退職日,雇用区分,旧姓\n\
    0001,鈴木 花子,スズキ ハナコ,外来,看護師,平成30年4月1日,,常勤,佐藤\n\
    0002,髙橋 太郎,タカハシ タロウ,医事課,事務,2015/4/1,2026/3/31,常勤,\n\
    0003,田中 一郎,タナカ イチロウ,放射線科,技師,R2.4.1,,非常勤,\n\
    0002,髙橋 太郎,タカハシ タロウ,医事課,事務,2026/10/1,,嘱託,\n\
    ,,,,,,,,\n\
    0004,,,,,,,,\n";

#[test]
fn a_staff_list_is_understood_in_every_encoding() {
    let (cp932, _, lossy) = SHIFT_JIS.encode(STAFF);
    assert!(!lossy);
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(STAFF.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let bom = [b"\xEF\xBB\xBF", STAFF.as_bytes()].concat();
    for bytes in [STAFF.as_bytes(), &cp932, &utf16, &bom] {
        let files = [File {
            name: "名簿.csv",
            bytes,
        }];
        let list = read_staff(&files, None, &options()).unwrap();
        assert_eq!(list.staff.len(), 3);
        let hanako = &list.staff[0];
        assert_eq!(hanako.number.as_deref(), Some("0001"));
        assert_eq!(hanako.former_names, ["佐藤"]);
        assert_eq!(hanako.periods[0].from, Some(day("2018-04-01")));
        // Retired and hired again: one person, two periods.
        let taro = &list.staff[1];
        assert_eq!(taro.periods.len(), 2);
        assert!(!taro.has_left(day("2026-11-22")));
        assert!(taro.has_left(day("2026-06-01")) || !taro.is_employed(day("2026-06-01")));
        assert_eq!(taro.employment.as_deref(), Some("嘱託"));
        // The row without a name is set aside with its place.
        let problem = &list.problems[0];
        assert_eq!(problem.place.row, Some(8));
        assert!(matches!(&problem.reason, Reason::Missing { what } if what == "name"));
    }
}

#[test]
fn a_workbook_is_read_with_its_dates() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let notes = book.add_worksheet();
    notes.write(0, 0, "この名簿について").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("名簿").unwrap();
    for (column, heading) in ["社員番号", "姓", "名", "セイ", "メイ", "採用年月日"]
        .iter()
        .enumerate()
    {
        sheet
            .write(2, u16::try_from(column).unwrap(), *heading)
            .unwrap();
    }
    for (column, value) in ["山﨑", "翔", "ヤマザキ", "ショウ"].iter().enumerate() {
        sheet
            .write(3, u16::try_from(column + 1).unwrap(), *value)
            .unwrap();
    }
    sheet.write(3, 0, 12.0).unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy/mm/dd");
    let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2024, 4, 1).unwrap();
    sheet.write_with_format(3, 5, &date, &format).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let files = [File {
        name: "名簿.xlsx",
        bytes: &bytes,
    }];
    let list = read_staff(&files, None, &options()).unwrap();
    assert_eq!(list.staff.len(), 1);
    assert_eq!(list.staff[0].name, "山﨑 翔");
    assert_eq!(list.staff[0].number.as_deref(), Some("12"));
    assert_eq!(list.staff[0].kana.as_deref(), Some("ヤマザキ ショウ"));
    assert_eq!(list.staff[0].periods[0].from, Some(day("2024-04-01")));
}

#[test]
fn a_missing_column_is_named_with_its_sheet_and_what_is_there() {
    let files = [File {
        name: "名簿.csv",
        bytes: "職員番号,所属,入職日\n1,外来,2020/4/1\n".as_bytes(),
    }];
    let error = read_staff(&files, None, &options()).unwrap_err();
    let ReadError::MissingColumn {
        sheet,
        column,
        usual,
        seen,
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(sheet, "名簿.csv");
    assert_eq!(column, StaffField::Name.code());
    assert!(usual.starts_with("氏名"));
    assert_eq!(seen, "職員番号, 所属, 入職日");
    // A mapping that was made before and a column that is gone since.
    let mapping =
        Mapping::suggest::<AccountField>(&["利用者ID".to_owned(), "最終ログイン".to_owned()]);
    let files = [File {
        name: "利用者.csv",
        bytes: "利用者ID,氏名\nA01,鈴木 花子\n".as_bytes(),
    }];
    let format = Some(SourceFormat::Table);
    let error = read_accounts(&files, format, Some(&mapping), &options()).unwrap_err();
    assert!(
        matches!(&error, ReadError::MissingColumn { column, usual, .. }
            if column == "last_sign_in" && usual == "最終ログイン"),
        "{error}"
    );
}

const LDIFDE: &str = "dn: CN=Domain Admins,CN=Users,DC=example,DC=jp\n\
changetype: add\nobjectClass: top\nobjectClass: group\ncn: Domain Admins\n\n\
dn: CN=IT,OU=Groups,DC=example,DC=jp\nobjectClass: group\ncn: IT\n\
memberOf: CN=Domain Admins,CN=Users,DC=example,DC=jp\n\n\
dn: DC=example,DC=jp\nobjectClass: domainDNS\nlockoutThreshold: 0\n\n\
dn:: Q0495Yi05pyoIOiKseWtkCxPVT3nnIvorbfpg6gsREM9ZXhhbXBsZSxEQz1qcA==\n\
objectClass: user\ndisplayName:: 6Yi05pyoIOiKseWtkA==\nsAMAccountName: suzuki.h\n\
employeeNumber: 0001\nuserAccountControl: 66048\nlastLogonTimestamp: 134396874000000000\n\
pwdLastSet: 131000000000000000\naccountExpires: 9223372036854775807\n\
memberOf: CN=IT,OU=Groups,DC=example,DC=jp\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\n\
whenCreated: 20200401000000.0Z\n\n\
dn: CN=PC01,DC=example,DC=jp\nobjectClass: user\nobjectClass: computer\nsAMAccountName: PC01$\n\n\
dn: CN=old,DC=example,DC=jp\nobjectClass: user\nsAMAccountName: old\nuserAccountControl: 514\nlastLogon: 0\n";

#[test]
fn ldifde_gives_flags_moments_nested_groups_and_the_policy() {
    let list = accounts("ad.ldf", LDIFDE);
    assert_eq!(list.format, SourceFormat::Ldif);
    assert_eq!(list.accounts.len(), 2);
    assert_eq!(list.lockout, Some(false));
    let hanako = &list.accounts[0];
    assert_eq!(hanako.name.as_deref(), Some("鈴木 花子"));
    assert_eq!(hanako.staff_number.as_deref(), Some("0001"));
    assert_eq!(hanako.enabled, Some(true));
    assert_eq!(hanako.password_never_expires, Some(true));
    assert_eq!(hanako.expires, Moment::Never);
    assert_eq!(
        hanako.last_sign_in.at().unwrap().unix_timestamp(),
        1_795_213_800
    );
    assert_eq!(hanako.groups, ["Domain Admins", "IT"]);
    assert_eq!(hanako.privileged_by, ["Domain Admins"]);
    assert_eq!(
        hanako.stable_id.as_deref(),
        Some("000102030405060708090a0b0c0d0e0f")
    );
    let old = &list.accounts[1];
    assert_eq!(old.enabled, Some(false));
    assert_eq!(old.last_sign_in, Moment::Never);
    assert_eq!(old.privileged(), Some(false));
}

#[test]
fn a_file_that_stops_in_the_middle_says_so() {
    let cut = LDIFDE.get(..LDIFDE.len() - 1).unwrap();
    let list = accounts("ad.ldf", cut);
    assert!(list.cut_off);
    assert!(!accounts("ad.ldf", LDIFDE).cut_off);
}

#[test]
fn get_ad_user_is_read_in_both_locales_and_type_names_are_not_groups() {
    let heading = "\"DistinguishedName\",\"SamAccountName\",\"DisplayName\",\"Enabled\",\"LastLogonDate\",\"PasswordLastSet\",\"PasswordNeverExpires\",\"AccountExpirationDate\",\"MemberOf\",\"EmployeeID\",\"ObjectClass\",\"Created\"";
    for (sign_in, set) in [
        ("2026/11/21 19:30:00", "2016/02/12 1:00:00"),
        ("11/21/2026 7:30:00 PM", "2/12/2016 1:00:00 AM"),
        ("21/11/2026 19:30:00", "12/02/2016 01:00:00"),
    ] {
        let text = format!(
            "#TYPE Microsoft.ActiveDirectory.Management.ADUser\r\n{heading}\r\n\"CN=鈴木,DC=x\",\"suzuki.h\",\"鈴木 花子\",\"True\",\"{sign_in}\",\"{set}\",\"False\",,\"Microsoft.ActiveDirectory.Management.ADPropertyValueCollection\",\"0001\",\"user\",\"{set}\"\r\n"
        );
        let list = accounts("users.csv", &text);
        assert_eq!(list.format, SourceFormat::DirectoryTable);
        let account = &list.accounts[0];
        assert_eq!(account.enabled, Some(true));
        assert_eq!(
            account.last_sign_in.at().unwrap().unix_timestamp(),
            1_795_257_000,
            "{sign_in}"
        );
        assert_eq!(
            account.password_set.at().unwrap().date(),
            day("2016-02-11"),
            "{set}"
        );
        assert_eq!(account.staff_number.as_deref(), Some("0001"));
        assert!(!account.groups_known, "a type name is no group");
        assert!(list.untold().contains(&Aspect::Groups));
        assert!(list.problems.iter().any(|problem| matches!(
            &problem.reason,
            Reason::TypeName { .. }
        ) && problem.place.field.as_deref()
            == Some("MemberOf")));
        assert_eq!(account.place.row, Some(3));
    }
}

#[test]
fn csvde_divides_groups_by_semicolons() {
    let text = "DN,objectClass,sAMAccountName,userAccountControl,memberOf,lastLogonTimestamp\n\
        \"CN=a,DC=x\",user,a,512,\"CN=Domain Admins,CN=Users,DC=x;CN=医師,DC=x\",134396874000000000\n\
        \"CN=b,DC=x\",user,b,514,,0\n";
    let list = accounts("export.csv", text);
    assert_eq!(list.accounts[0].groups, ["Domain Admins", "医師"]);
    assert_eq!(list.accounts[0].privileged(), Some(true));
    assert_eq!(list.accounts[1].privileged(), Some(false));
    assert_eq!(list.accounts[1].enabled, Some(false));
}

#[test]
fn open_ldap_entries_and_their_groups_are_read() {
    let text = "dn: uid=suzuki,ou=people,dc=example,dc=jp\nobjectClass: inetOrgPerson\n\
        objectClass: posixAccount\nuid: suzuki\ncn: Suzuki Hanako\nuidNumber: 1001\ngidNumber: 500\n\
        entryUUID: 6f1e\npwdChangedTime: 20240101000000Z\n\n\
        dn: uid=gone,ou=people,dc=example,dc=jp\nobjectClass: inetOrgPerson\nuid: gone\n\
        pwdAccountLockedTime: 000001010000Z\n\n\
        dn: cn=sudo,ou=groups,dc=example,dc=jp\nobjectClass: posixGroup\ncn: sudo\ngidNumber: 27\nmemberUid: suzuki\n";
    let list = accounts("people.ldif", text);
    assert_eq!(list.accounts[0].privileged_by, ["sudo"]);
    assert_eq!(list.accounts[0].enabled, Some(true));
    assert_eq!(list.accounts[1].enabled, Some(false));
    // Without operational attributes silence says nothing.
    let plain = accounts(
        "p.ldif",
        "dn: uid=a,dc=x\nobjectClass: inetOrgPerson\nuid: a\n",
    );
    assert_eq!(plain.accounts[0].enabled, None);
    assert_eq!(plain.accounts[0].privileged(), None);
}

#[test]
fn local_users_of_windows_come_with_their_administrators() {
    let users = "\"AccountExpires\",\"Description\",\"Enabled\",\"FullName\",\"PasswordChangeableDate\",\"PasswordExpires\",\"UserMayChangePassword\",\"PasswordRequired\",\"PasswordLastSet\",\"LastLogon\",\"Name\",\"SID\",\"PrincipalSource\",\"ObjectClass\"\r\n,,\"True\",\"検査室\",,,\"True\",\"True\",\"2020/04/01 9:00:00\",\"2026/11/21 19:30:00\",\"kensa\",\"S-1-5-21-1-2-3-1001\",\"Local\",\"ユーザー\"\r\n,,\"False\",,,,\"True\",\"True\",,,\"Administrator\",\"S-1-5-21-1-2-3-500\",\"Local\",\"ユーザー\"\r\n";
    let members = "\"Name\",\"SID\",\"PrincipalSource\",\"ObjectClass\"\r\n\"PC01\\kensa\",\"S-1\",\"Local\",\"ユーザー\"\r\n";
    let policy = "Force user logoff how long after time expires?:       Never\r\nLockout threshold:                                    Never\r\n";
    let files = [
        File {
            name: "users.csv",
            bytes: users.as_bytes(),
        },
        File {
            name: "admins.csv",
            bytes: members.as_bytes(),
        },
        File {
            name: "accounts.txt",
            bytes: policy.as_bytes(),
        },
    ];
    assert_eq!(
        detect(&files, &options()).unwrap(),
        SourceFormat::WindowsLocal
    );
    let list = read_accounts(&files, None, None, &options()).unwrap();
    assert_eq!(list.accounts[0].privileged_by, ["Administrators"]);
    assert_eq!(list.accounts[0].password_never_expires, Some(true));
    assert_eq!(list.accounts[1].last_sign_in, Moment::Never);
    assert_eq!(list.accounts[1].enabled, Some(false));
    assert_eq!(list.lockout, Some(false));
}

#[test]
fn net_user_is_read_in_japanese_and_english() {
    let english = "User name                    kensa\nFull Name                    Lab\nComment                      \nAccount active               Yes\nAccount expires              Never\n\nPassword last set            11/21/2026 7:30:00 PM\nPassword expires             Never\nPassword required            Yes\n\nLast logon                   Never\n\nLocal Group Memberships      *Administrators       *Users\nGlobal Group memberships     *None\nThe command completed successfully.\n";
    let japanese = "ユーザー名                         kensa\nフル ネーム                        検査\nコメント\nアカウント有効                     Yes\nアカウントの期限                   無期限\n\n最終パスワード変更日時             2026/11/21 19:30:00\nパスワード有効期間                 無期限\n必要なパスワード                   Yes\n\n最終ログオン日時                   なし\n\n所属しているローカル グループ      *Administrators       *Users\nコマンドは正常に終了しました。\n";
    for text in [english, japanese] {
        let list = accounts("net.txt", text);
        let account = &list.accounts[0];
        assert_eq!(account.id, "kensa");
        assert_eq!(account.enabled, Some(true));
        assert_eq!(account.password_never_expires, Some(true));
        assert_eq!(account.last_sign_in, Moment::Never);
        assert_eq!(account.privileged_by, ["Administrators"]);
        assert_eq!(
            account.password_set.at().unwrap().unix_timestamp(),
            1_795_257_000
        );
    }
    let names = "\nUser accounts for \\\\PC01\n\n-------------------------------------------------------------------------------\nAdministrator            Guest                    kensa\nThe command completed successfully.\n";
    let list = accounts("net.txt", names);
    assert_eq!(list.accounts.len(), 3);
    assert_eq!(list.accounts[2].enabled, None);
}

#[test]
fn linux_files_come_as_one_or_as_several() {
    let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\nsuzuki:x:1001:1001:Suzuki Hanako,,,:/home/suzuki:/bin/bash\nold:x:1002:1002::/home/old:/bin/bash\n";
    let shadow = "root:*:19000:0:99999:7:::\nsuzuki:$y$hash:20000:0:90:7:::\nold:!$y$hash:19000:0:99999:7::20000:\n";
    let group = "sudo:x:27:suzuki\nsuzuki:x:1001:\n";
    let lastlog = "Username         Port     From             Latest\nroot                                       **Never logged in**\nsuzuki           pts/0    10.0.0.1         Sat Nov 21 19:30:00 +0900 2026\n";
    let all =
        format!("==> /etc/passwd <==\n{passwd}\n==> /etc/shadow <==\n{shadow}\n{group}\n{lastlog}");
    let list = accounts("server.txt", &all);
    assert_eq!(list.format, SourceFormat::Linux);
    assert_eq!(list.accounts.len(), 3, "the daemon opens nothing");
    let suzuki = &list.accounts[1];
    assert_eq!(suzuki.name.as_deref(), Some("Suzuki Hanako"));
    assert_eq!(suzuki.privileged_by, ["sudo"]);
    assert_eq!(suzuki.password_never_expires, Some(false));
    assert_eq!(
        suzuki.last_sign_in.at().unwrap().unix_timestamp(),
        1_795_257_000
    );
    assert_eq!(list.accounts[2].enabled, Some(false));
    assert_eq!(list.accounts[0].privileged_by, ["uid 0"]);
    let text = serde_json::to_string(&list).unwrap();
    assert!(!text.contains("hash"), "nothing of a password is kept");
    // passwd alone: whether an account is locked, and who is administrator, is not known.
    let alone = accounts("passwd", passwd);
    assert_eq!(alone.accounts[1].enabled, None);
    assert_eq!(alone.accounts[1].privileged(), None);
}

#[test]
fn a_chart_systems_table_is_mapped() {
    let text = "利用者ID,利用者氏名,職種,停止フラグ,有効期限,最終ログイン日時,パスワード変更日,管理者区分\n\
        A001,鈴木 花子,看護師,,9999/12/31,2026/11/21 19:30,2020/1/1,一般\n\
        A002,田中 一郎,医師,1,2026/3/31,,,一般\n\
        A003,管理者,,0,2099/12/31,2026/11/1,2019/4/1,管理者\n\
        A003,管理者,,0,2099/12/31,2026/11/1,2019/4/1,管理者\n";
    let (cp932, _, _) = SHIFT_JIS.encode(text);
    let files = [File {
        name: "利用者.csv",
        bytes: &cp932,
    }];
    let list = read_accounts(&files, None, None, &options()).unwrap();
    assert_eq!(list.format, SourceFormat::Table);
    assert_eq!(list.accounts.len(), 3);
    assert_eq!(list.accounts[0].enabled, Some(true));
    assert_eq!(list.accounts[0].expires, Moment::Never);
    assert_eq!(list.accounts[0].groups, ["看護師"]);
    assert_eq!(list.accounts[1].enabled, Some(false));
    assert_eq!(list.accounts[1].last_sign_in, Moment::Never);
    assert_eq!(list.accounts[2].privileged(), Some(true));
    assert_eq!(list.accounts[0].privileged(), Some(false));
    assert!(
        list.problems
            .iter()
            .any(|problem| matches!(problem.reason, Reason::Duplicate { .. }))
    );
    assert!(list.untold().contains(&Aspect::Lockout));
    assert!(!list.untold().contains(&Aspect::LastSignIn));
}

#[test]
fn one_number_for_two_people_is_a_problem_and_two_people_of_one_name_stay_two() {
    let list = staff("職員番号,氏名\n1,鈴木 花子\n1,田中 一郎\n");
    assert_eq!(list.staff.len(), 2);
    assert!(matches!(
        list.problems[0].reason,
        Reason::NumberShared { .. }
    ));
    let list = staff("氏名,フリガナ\n鈴木 花子,スズキ ハナコ\n鈴木 花子,スズキ ハナコ\n");
    assert_eq!(list.staff.len(), 2);
    assert_ne!(list.staff[0].key, list.staff[1].key);
}
