//! The commands of the real binary on SQLite: exit codes, JSON, and words that say what to mend.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use yagura::config::{Config, ConfigArguments};
use yagura::installation::Installation;
use yagura_kernel::id::{OrganizationId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_packs::{Library, Pack, PackVersion, export};
use yagura_store::directory::{self, NewOrganization};

const R8: &str = "mhlw-checklist-r08-institution";

fn yagura(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yagura"))
        .arg("--data")
        .arg(data)
        .args(arguments)
        .env_remove("YAGURA_DATABASE")
        .env_remove("YAGURA_CONFIG")
        .env_remove("RUST_LOG")
        .env("YAGURA_LANG", "ja")
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}

/// An installation with a network that keeps a roll, and another whose name begins alike.
async fn installation(data: &Path) -> String {
    let arguments = ConfigArguments {
        data: data.to_owned(),
        database: None,
        config: None,
    };
    let config = Config::load(&arguments).unwrap();
    let installation = Installation::open(&config, false).await.unwrap();
    let app = &installation.app;
    let mut first = String::new();
    let mut tx = app.database().begin().await.unwrap();
    for (name, kind) in [
        ("架空医療ネットワーク", OrganizationKind::Network),
        ("架空県", OrganizationKind::Prefecture),
        ("架空県医師会", OrganizationKind::Association),
        ("架空病院", OrganizationKind::Hospital),
    ] {
        let id = OrganizationId::from(app.ids().id());
        if first.is_empty() {
            first = id.to_string();
        }
        let new = NewOrganization {
            id,
            kind,
            name: name.to_owned(),
            code: None,
            region_code: None,
            permitted_beds: (kind == OrganizationKind::Hospital).then_some(100),
            address: None,
            phone: None,
            email: None,
        };
        directory::insert(&mut tx, new, app.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    app.database().close().await;
    first
}

#[test]
fn a_wrong_use_is_told_from_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    assert_eq!(code(&yagura(&none, &["--help"])), 0);
    for wrong in [
        &["bogus"] as &[&str],
        &["backup"],
        &["members", "import"],
        &["packs", "verify", "--sheet", "x"],
        &["--lang", "fr", "doctor"],
    ] {
        assert_eq!(code(&yagura(&none, wrong)), 2, "{wrong:?}");
    }
    for failing in [
        &["audit", "verify"] as &[&str],
        &["audit", "checkpoint"],
        &["packs", "import", "Cargo.toml"],
        &["restore", "absent"],
        &["backup", "--out", "x"],
    ] {
        let output = yagura(&none, failing);
        assert_eq!(code(&output), 1, "{failing:?} {}", said(&output));
        assert!(
            said(&output).contains("ください"),
            "{failing:?} {}",
            said(&output)
        );
    }
    assert!(!none.exists(), "a command that fails makes no installation");
}

#[tokio::test]
async fn a_roll_is_imported_after_a_trial() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let region = installation(&data).await;
    let roll = folder.path().join("roll.csv");
    std::fs::write(
        &roll,
        "施設名,種別,許可病床数\n架空第一病院,病院,120\n架空クリニック,診療所,\n",
    )
    .unwrap();
    let roll = roll.to_str().unwrap();
    let import = |rest: &[&str]| {
        let mut arguments = vec!["members", "import", roll, "--region"];
        arguments.extend(rest);
        yagura(&data, &arguments)
    };
    let trial = import(&["架空医療ネットワーク", "--dry-run", "--json"]);
    assert_eq!(code(&trial), 0, "{}", said(&trial));
    let report = json(&trial);
    assert_eq!(
        (&report["applied"], &report["counts"]["new"]),
        (&false.into(), &2.into())
    );
    let real = import(&[&region, "--json"]);
    assert_eq!(code(&real), 0, "{}", said(&real));
    assert_eq!(json(&real)["applied"], true);
    let again = json(&import(&["架空医療", "--json"]));
    assert_eq!(again["counts"]["unchanged"], 2, "{again}");

    for (given, says) in [
        ("架空病院", "見つかりません"),
        ("架空", "複数"),
        ("なし", "見つかりません"),
    ] {
        let output = import(&[given]);
        assert_eq!(code(&output), 1);
        assert!(said(&output).contains(says), "{given}: {}", said(&output));
    }
    // The shorter of two names that begin alike is meant when it is given in full.
    assert_eq!(code(&import(&["架空県", "--dry-run"])), 0);

    let bad = folder.path().join("bad.csv");
    std::fs::write(&bad, "施設名,種別,許可病床数\n架空第二病院,病院,たくさん\n").unwrap();
    let bad = [
        "members",
        "import",
        bad.to_str().unwrap(),
        "--region",
        &region,
    ];
    let output = yagura(&data, &bad);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("2 行 C 列"), "{}", said(&output));
    let verified = yagura(&data, &["audit", "verify", "--json"]);
    assert_eq!(code(&verified), 0, "{}", said(&verified));
    assert_eq!(json(&verified)["unsequenced"], 0);
}

#[tokio::test]
async fn packs_are_listed_checked_and_imported() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let list = json(&yagura(&data, &["packs", "list", "--json"]));
    assert_eq!(
        list.as_array().unwrap().len(),
        Library::builtin().packs().count()
    );
    let all = yagura(&data, &["packs", "verify", "--json"]);
    assert_eq!((code(&all), &json(&all)["errors"]), (0, &0.into()));

    let mut pack = Pack::clone(Library::builtin().get(R8).unwrap());
    pack.version = PackVersion {
        major: pack.version.major + 1,
        minor: 0,
        patch: 0,
    };
    let file = folder.path().join("r8.toml");
    std::fs::write(&file, export::toml(&pack).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(code(&yagura(&data, &["packs", "verify", file])), 0);
    let early = yagura(&data, &["packs", "import", file]);
    assert_eq!(code(&early), 1, "there is no installation yet");

    installation(&data).await;
    let trial = yagura(&data, &["packs", "import", file, "--dry-run", "--json"]);
    assert_eq!((code(&trial), &json(&trial)["applied"]), (0, &false.into()));
    let real = yagura(&data, &["packs", "import", file, "--json"]);
    assert_eq!(code(&real), 0, "{}", said(&real));
    assert_eq!(json(&real)["standing"], "replaces");
    let again = yagura(&data, &["packs", "import", file, "--json"]);
    assert_eq!(
        (code(&again), &json(&again)["standing"]),
        (0, &"same".into())
    );
    let list = json(&yagura(&data, &["packs", "list", "--json"]));
    let imported: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|pack| pack["origin"] == "imported")
        .collect();
    assert_eq!(imported.len(), 1);
    assert_eq!(imported[0]["version"], pack.version.to_string());

    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "id = [").unwrap();
    let output = yagura(&data, &["packs", "import", broken.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("行目"), "{}", said(&output));
}

#[tokio::test]
async fn a_backup_is_restored_elsewhere_and_an_altered_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    installation(&data).await;
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "架空の長い合言葉です。誰も知りません。\n").unwrap();
    let secret = secret.to_str().unwrap();
    let archive = folder.path().join("yagura.backup");
    let out = archive.to_str().unwrap();
    let made = yagura(
        &data,
        &[
            "backup",
            "--out",
            out,
            "--passphrase-file",
            secret,
            "--verify",
            "--json",
        ],
    );
    assert_eq!(code(&made), 0, "{}", said(&made));
    assert_eq!(json(&made)["verified"], true);
    let twice = yagura(
        &data,
        &["backup", "--out", out, "--passphrase-file", secret],
    );
    assert_eq!(code(&twice), 1, "nothing is overwritten");

    let other = folder.path().join("other");
    let wrong = folder.path().join("wrong.txt");
    std::fs::write(&wrong, "ほかの長い合言葉です。合いません。").unwrap();
    let wrong = wrong.to_str().unwrap();
    let refused = yagura(&other, &["restore", out, "--passphrase-file", wrong]);
    assert_eq!(code(&refused), 1);
    assert!(
        said(&refused).contains("合言葉か鍵が"),
        "{}",
        said(&refused)
    );
    let mut bytes = std::fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = folder.path().join("altered");
    std::fs::write(&altered, bytes).unwrap();
    let altered = altered.to_str().unwrap();
    let refused = yagura(&other, &["restore", altered, "--passphrase-file", secret]);
    assert_eq!(code(&refused), 1);
    assert!(
        !other.exists(),
        "a backup that does not verify leaves nothing"
    );

    let checked = yagura(
        &other,
        &[
            "restore",
            out,
            "--passphrase-file",
            secret,
            "--verify",
            "--json",
        ],
    );
    assert_eq!(
        (code(&checked), &json(&checked)["restored"]),
        (0, &false.into())
    );
    assert!(!other.exists());
    let restored = yagura(
        &other,
        &["restore", out, "--passphrase-file", secret, "--json"],
    );
    assert_eq!(code(&restored), 0, "{}", said(&restored));
    assert_eq!(json(&restored)["restored"], true);
    assert_eq!(code(&yagura(&other, &["audit", "verify"])), 0);
    let doctor = json(&yagura(&other, &["doctor", "--json"]));
    assert_ne!(doctor["state"], "fail", "{doctor}");
    let again = yagura(&other, &["restore", out, "--passphrase-file", secret]);
    assert_eq!(code(&again), 1, "only into an empty database");
    let foreign = folder.path().join("foreign");
    installation(&foreign).await;
    let refused = yagura(&foreign, &["restore", out, "--passphrase-file", secret]);
    assert_eq!(code(&refused), 1);
    assert!(
        said(&refused).contains("上書きはしません"),
        "{}",
        said(&refused)
    );
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong_and_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let check = |output: &Output, name: &str| {
        let report = json(output);
        let checks = report["checks"].as_array().unwrap().clone();
        checks
            .into_iter()
            .find(|check| check["name"] == name && check["state"] != "ok")
            .unwrap_or_else(|| panic!("{name} in {report}"))
    };
    let absent = yagura(&data, &["doctor", "--json"]);
    assert_eq!(code(&absent), 1);
    assert_eq!(check(&absent, "data_folder")["state"], "fail");
    assert_eq!(check(&absent, "database")["state"], "fail");
    assert!(!data.exists(), "the doctor makes nothing");

    installation(&data).await;
    let well = yagura(&data, &["doctor", "--json"]);
    assert_eq!(code(&well), 0, "{}", said(&well));
    assert_eq!(check(&well, "mail")["state"], "warn");
    let left: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with(".doctor"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = data.join("keys").join("secrets.key");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let open = yagura(&data, &["doctor", "--json"]);
        assert_eq!(code(&open), 1);
        assert!(
            check(&open, "keys")["mend"]
                .as_str()
                .unwrap()
                .contains("chmod 600")
        );
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    let settings = data.join("yagura.toml");
    // Port 9 of loopback: nothing listens there.
    std::fs::write(
        &settings,
        "[mail]\nurl = 'smtp://u:geheim@127.0.0.1:9'\nfrom = 'a@example.jp'",
    )
    .unwrap();
    let mail = yagura(&data, &["doctor", "--json"]);
    assert_eq!(code(&mail), 1);
    assert_eq!(check(&mail, "mail")["state"], "fail");
    assert!(!said(&mail).contains("geheim"));
    std::fs::write(&settings, "listne = 1").unwrap();
    let broken = yagura(&data, &["doctor", "--json"]);
    assert_eq!(code(&broken), 1);
    assert!(
        check(&broken, "configuration")["found"]
            .as_str()
            .unwrap()
            .contains("listne")
    );
}

#[tokio::test]
async fn an_altered_audit_log_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let region = installation(&data).await;
    let roll = folder.path().join("roll.csv");
    std::fs::write(&roll, "施設名,種別,許可病床数\n架空第一病院,病院,120\n").unwrap();
    let roll = roll.to_str().unwrap();
    assert_eq!(
        code(&yagura(
            &data,
            &["members", "import", roll, "--region", &region]
        )),
        0
    );
    let note = yagura(&data, &["audit", "checkpoint"]);
    assert_eq!(code(&note), 0, "{}", said(&note));
    let held = folder.path().join("checkpoint.txt");
    std::fs::write(&held, &note.stdout).unwrap();
    let held = held.to_str().unwrap();
    assert_eq!(
        code(&yagura(&data, &["audit", "verify", "--checkpoint", held])),
        0
    );

    let arguments = ConfigArguments {
        data: data.clone(),
        database: None,
        config: None,
    };
    let config = Config::load(&arguments).unwrap();
    let database = yagura_store::Database::open(&config.database)
        .await
        .unwrap();
    let mut tx = database.begin().await.unwrap();
    let nobody = Uuid::nil();
    tx.execute(
        "UPDATE audit_entries SET organization_id = $1 WHERE position = 0",
        yagura_store::params![nobody],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    database.close().await;
    let altered = yagura(&data, &["audit", "verify", "--json"]);
    assert_eq!(code(&altered), 1, "{}", said(&altered));
    assert_eq!(json(&altered)["intact"], false);
}
