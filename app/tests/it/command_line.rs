//! The commands of the real binary on SQLite and PostgreSQL: exit codes, JSON, and words that say
//! what to mend.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use yagura::config::{Config, ConfigArguments};
use yagura::installation::Installation;
use yagura_kernel::id::{OrganizationId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_packs::{Library, Pack, PackVersion, export};
use yagura_store::directory::{self, NewOrganization};
use yagura_store::testing::{self, TestDatabase};

const R8: &str = "mhlw-checklist-r08-institution";

/// Where an installation is or will be.
struct Place {
    data: PathBuf,
    database: Option<TestDatabase>,
    folder: tempfile::TempDir,
}

impl Place {
    fn with(database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            data: folder.path().join("data"),
            database,
            folder,
        }
    }

    /// An empty place for each engine that this machine has.
    async fn each() -> Vec<Self> {
        let mut places = vec![Self::with(None)];
        if let Some(database) = testing::empty_postgres().await {
            places.push(Self::with(Some(database)));
        }
        places
    }

    /// Another empty place for the same engine.
    async fn another(&self) -> Self {
        Self::with(match self.database {
            Some(_) => testing::empty_postgres().await,
            None => None,
        })
    }

    fn url(&self) -> Option<String> {
        self.database.as_ref().map(|database| database.url.clone())
    }

    fn config(&self) -> Config {
        Config::load(&ConfigArguments {
            data: self.data.clone(),
            database: self.url(),
            config: None,
        })
        .unwrap()
    }

    /// A folder for the files of a test beside the data.
    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn yagura(place: &Place, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yagura"));
    command.arg("--data").arg(&place.data).args(arguments);
    match place.url() {
        Some(url) => command.env("YAGURA_DATABASE", url),
        None => command.env_remove("YAGURA_DATABASE"),
    };
    command
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
async fn installation(place: &Place) -> String {
    let installation = Installation::open(&place.config(), false).await.unwrap();
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
    let none = Place::with(None);
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
        &["packs", "withdraw", R8],
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
    assert!(
        !none.data.exists(),
        "a command that fails makes no installation"
    );
}

#[tokio::test]
async fn a_roll_is_imported_after_a_trial() {
    for place in Place::each().await {
        roll_is_imported(&place).await;
    }
}

async fn roll_is_imported(place: &Place) {
    let folder = place.folder();
    let region = installation(place).await;
    let roll = folder.join("roll.csv");
    std::fs::write(
        &roll,
        "施設名,種別,許可病床数\n架空第一病院,病院,120\n架空クリニック,診療所,\n",
    )
    .unwrap();
    let roll = roll.to_str().unwrap();
    let import = |rest: &[&str]| {
        let mut arguments = vec!["members", "import", roll, "--region"];
        arguments.extend(rest);
        yagura(place, &arguments)
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

    let bad = folder.join("bad.csv");
    std::fs::write(&bad, "施設名,種別,許可病床数\n架空第二病院,病院,たくさん\n").unwrap();
    let bad = [
        "members",
        "import",
        bad.to_str().unwrap(),
        "--region",
        &region,
    ];
    let output = yagura(place, &bad);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("2 行 C 列"), "{}", said(&output));
    let verified = yagura(place, &["audit", "verify", "--json"]);
    assert_eq!(code(&verified), 0, "{}", said(&verified));
    assert_eq!(json(&verified)["unsequenced"], 0);
}

#[tokio::test]
async fn packs_are_listed_checked_imported_and_withdrawn() {
    for place in Place::each().await {
        packs_are_imported(&place).await;
    }
}

async fn packs_are_imported(place: &Place) {
    let folder = place.folder();
    let list = json(&yagura(place, &["packs", "list", "--json"]));
    assert_eq!(
        list.as_array().unwrap().len(),
        Library::builtin().packs().count()
    );
    let all = yagura(place, &["packs", "verify", "--json"]);
    assert_eq!((code(&all), &json(&all)["errors"]), (0, &0.into()));

    let mut pack = Pack::clone(Library::builtin().get(R8).unwrap());
    pack.version = PackVersion {
        major: pack.version.major + 1,
        minor: 0,
        patch: 0,
    };
    let file = folder.join("r8.toml");
    std::fs::write(&file, export::toml(&pack).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(code(&yagura(place, &["packs", "verify", file])), 0);
    let early = yagura(place, &["packs", "import", file]);
    assert_eq!(code(&early), 1, "there is no installation yet");

    installation(place).await;
    let trial = yagura(place, &["packs", "import", file, "--dry-run", "--json"]);
    assert_eq!((code(&trial), &json(&trial)["applied"]), (0, &false.into()));
    let real = yagura(place, &["packs", "import", file, "--json"]);
    assert_eq!(code(&real), 0, "{}", said(&real));
    assert_eq!(json(&real)["standing"], "replaces");
    let again = yagura(place, &["packs", "import", file, "--json"]);
    assert_eq!(
        (code(&again), &json(&again)["standing"]),
        (0, &"same".into())
    );
    let list = json(&yagura(place, &["packs", "list", "--json"]));
    let imported: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|pack| pack["origin"] == "imported")
        .collect();
    assert_eq!(imported.len(), 1);
    assert_eq!(imported[0]["version"], pack.version.to_string());

    let broken = folder.join("broken.toml");
    std::fs::write(&broken, "id = [").unwrap();
    let output = yagura(place, &["packs", "import", broken.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("行目"), "{}", said(&output));

    let other = yagura(place, &["packs", "withdraw", R8, "--pack-version", "0.0.1"]);
    assert_eq!(code(&other), 1, "no such version was imported");
    let withdrawn = yagura(place, &["packs", "withdraw", R8, "--json"]);
    assert_eq!(code(&withdrawn), 0, "{}", said(&withdrawn));
    assert_eq!(json(&withdrawn)["version"], pack.version.to_string());
    let list = json(&yagura(place, &["packs", "list", "--json"]));
    let is_builtin = |pack: &Value| pack["origin"] == "builtin";
    assert!(list.as_array().unwrap().iter().all(is_builtin), "{list}");
    let shipped = yagura(place, &["packs", "withdraw", R8]);
    assert_eq!(code(&shipped), 1, "what ships with the program stays");
    assert!(said(&shipped).contains("同梱"), "{}", said(&shipped));
    let verified = yagura(place, &["audit", "verify"]);
    assert_eq!(code(&verified), 0, "{}", said(&verified));
}

#[tokio::test]
async fn a_backup_is_restored_elsewhere_and_an_altered_one_is_refused() {
    for place in Place::each().await {
        backup_is_restored(&place).await;
    }
}

async fn backup_is_restored(place: &Place) {
    let folder = place.folder();
    installation(place).await;
    let secret = folder.join("secret.txt");
    std::fs::write(&secret, "架空の長い合言葉です。誰も知りません。\n").unwrap();
    let secret = secret.to_str().unwrap();
    let archive = folder.join("yagura.backup");
    let out = archive.to_str().unwrap();
    let made = yagura(
        place,
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
        place,
        &["backup", "--out", out, "--passphrase-file", secret],
    );
    assert_eq!(code(&twice), 1, "nothing is overwritten");

    let other = place.another().await;
    let wrong = folder.join("wrong.txt");
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
    let altered = folder.join("altered");
    std::fs::write(&altered, bytes).unwrap();
    let altered = altered.to_str().unwrap();
    let refused = yagura(&other, &["restore", altered, "--passphrase-file", secret]);
    assert_eq!(code(&refused), 1);
    assert!(
        !other.data.exists(),
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
    assert!(!other.data.exists());
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
    let foreign = place.another().await;
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
    for place in Place::each().await {
        doctor_finds(&place).await;
    }
}

async fn doctor_finds(place: &Place) {
    let check = |output: &Output, name: &str| {
        let report = json(output);
        let checks = report["checks"].as_array().unwrap().clone();
        checks
            .into_iter()
            .find(|check| check["name"] == name && check["state"] != "ok")
            .unwrap_or_else(|| panic!("{name} in {report}"))
    };
    let absent = yagura(place, &["doctor", "--json"]);
    assert_eq!(code(&absent), 1);
    assert_eq!(check(&absent, "data_folder")["state"], "fail");
    assert_eq!(check(&absent, "database")["state"], "fail");
    assert!(!place.data.exists(), "the doctor makes nothing");

    installation(place).await;
    let well = yagura(place, &["doctor", "--json"]);
    assert_eq!(code(&well), 0, "{}", said(&well));
    assert_eq!(check(&well, "mail")["state"], "warn");
    let left: Vec<_> = std::fs::read_dir(&place.data)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with(".doctor"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = place.data.join("keys").join("secrets.key");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let open = yagura(place, &["doctor", "--json"]);
        assert_eq!(code(&open), 1);
        assert!(
            check(&open, "keys")["mend"]
                .as_str()
                .unwrap()
                .contains("chmod 600")
        );
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    let settings = place.data.join("yagura.toml");
    std::fs::write(&settings, "public_url = 'https://yagura.example.jp'").unwrap();
    let unproxied = yagura(place, &["doctor", "--json"]);
    assert_eq!(code(&unproxied), 0);
    assert_eq!(check(&unproxied, "configuration")["state"], "warn");
    std::fs::write(
        &settings,
        "public_url = 'https://yagura.example.jp'\ntrusted_proxies = ['127.0.0.1']",
    )
    .unwrap();
    let proxied = json(&yagura(place, &["doctor", "--json"]));
    let configuration = proxied["checks"][0].clone();
    assert_eq!(configuration["name"], "configuration");
    assert_eq!(configuration["state"], "ok", "{proxied}");
    // Port 9 of loopback: nothing listens there.
    std::fs::write(
        &settings,
        "[mail]\nurl = 'smtp://u:geheim@127.0.0.1:9'\nfrom = 'a@example.jp'",
    )
    .unwrap();
    let mail = yagura(place, &["doctor", "--json"]);
    assert_eq!(code(&mail), 1);
    assert_eq!(check(&mail, "mail")["state"], "fail");
    assert!(!said(&mail).contains("geheim"));
    std::fs::write(&settings, "listne = 1").unwrap();
    let broken = yagura(place, &["doctor", "--json"]);
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
    for place in Place::each().await {
        altered_log_is_found(&place).await;
    }
}

async fn altered_log_is_found(place: &Place) {
    let folder = place.folder();
    let region = installation(place).await;
    let roll = folder.join("roll.csv");
    std::fs::write(&roll, "施設名,種別,許可病床数\n架空第一病院,病院,120\n").unwrap();
    let roll = roll.to_str().unwrap();
    assert_eq!(
        code(&yagura(
            place,
            &["members", "import", roll, "--region", &region]
        )),
        0
    );
    let note = yagura(place, &["audit", "checkpoint"]);
    assert_eq!(code(&note), 0, "{}", said(&note));
    let held = folder.join("checkpoint.txt");
    std::fs::write(&held, &note.stdout).unwrap();
    let held = held.to_str().unwrap();
    assert_eq!(
        code(&yagura(place, &["audit", "verify", "--checkpoint", held])),
        0
    );

    let database = yagura_store::Database::open(&place.config().database)
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
    let altered = yagura(place, &["audit", "verify", "--json"]);
    assert_eq!(code(&altered), 1, "{}", said(&altered));
    assert_eq!(json(&altered)["intact"], false);
    let told = said(&yagura(place, &["audit", "verify"]));
    assert!(
        told.contains("記録 0") && !told.contains("was altered"),
        "{told}"
    );
}

/// A stored file that is damaged is not in the backup; that is said, and the exit code says it.
#[tokio::test]
async fn a_backup_without_a_damaged_file_does_not_pass_for_a_whole_one() {
    let place = Place::with(None);
    installation(&place).await;
    let opened = Installation::open(&place.config(), false).await.unwrap();
    let app = &opened.app;
    let content = axum::body::Body::from("evidence").into_data_stream();
    let stored = app.blobs().put(content, 1_000).await.unwrap();
    let mut tx = app.database().begin().await.unwrap();
    yagura_store::blobs::record(&mut tx, &stored, app.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.database().close().await;
    let file = place
        .data
        .join("files/blobs")
        .join(&stored.hash[..2])
        .join(&stored.hash);
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();

    let archive = place.folder().join("yagura.backup");
    let out = archive.to_str().unwrap();
    let made = yagura(&place, &["backup", "--out", out, "--json"]);
    assert_eq!(code(&made), 1, "{}", said(&made));
    assert_eq!(json(&made)["damaged"][0]["hash"], stored.hash);
    let words = said(&made);
    assert!(
        words.contains(&stored.hash) && words.contains("壊れているか失われています"),
        "{words}"
    );
    assert!(archive.exists(), "what is whole is kept");
    let key = place.data.join("keys/backup.key");
    let key = key.to_str().unwrap();
    let checked = yagura(&place, &["restore", out, "--key-file", key, "--verify"]);
    assert_eq!(code(&checked), 1, "{}", said(&checked));
    let other = place.another().await;
    let restored = yagura(&other, &["restore", out, "--key-file", key]);
    assert_eq!(code(&restored), 0, "{}", said(&restored));
    assert!(said(&restored).contains(&stored.hash));
}

/// A mail server that greets and says what it is told to.
fn mail_server(lines: &'static [(&'static str, &'static str)]) -> std::net::SocketAddr {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.write_all(b"220 mail.example.jp ESMTP\r\n");
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                let answer = lines
                    .iter()
                    .find(|(begins, _)| line.starts_with(begins))
                    .map_or("502 no", |(_, answer)| answer);
                if stream
                    .write_all(format!("{answer}\r\n").as_bytes())
                    .is_err()
                {
                    break;
                }
                line.clear();
            }
        }
    });
    address
}

/// The doctor speaks to the mail server as a sending would, and tells apart where it ends.
#[tokio::test]
async fn the_doctor_speaks_to_the_mail_server() {
    const WELL: &[(&str, &str)] = &[
        ("EHLO", "250-mail.example.jp\r\n250 AUTH PLAIN LOGIN"),
        ("AUTH", "235 ok"),
        ("NOOP", "250 ok"),
        ("QUIT", "221 bye"),
    ];
    const NO_PASSWORD: &[(&str, &str)] = &[
        ("EHLO", "250-mail.example.jp\r\n250 AUTH PLAIN LOGIN"),
        ("AUTH", "535 5.7.8 no"),
        ("QUIT", "221 bye"),
    ];
    const REFUSING: &[(&str, &str)] = &[("EHLO", "554 go away"), ("HELO", "554 go away")];
    let place = Place::with(None);
    installation(&place).await;
    let settings = place.data.join("yagura.toml");
    let cases = [
        (WELL, "smtp://u:geheim@", "", "ok", "認証"),
        (
            NO_PASSWORD,
            "smtp://u:geheim@",
            "",
            "fail",
            "パスワードを断られ",
        ),
        (REFUSING, "smtp://", "", "fail", "断られました"),
        (WELL, "smtp://", "?tls=required", "fail", "暗号化"),
    ];
    for (lines, scheme, query, state, words) in cases {
        let address = mail_server(lines);
        let text = format!("[mail]\nurl = '{scheme}{address}{query}'\nfrom = 'a@example.jp'");
        std::fs::write(&settings, text).unwrap();
        let output = yagura(&place, &["doctor", "--json"]);
        let report = json(&output);
        let checks = report["checks"].as_array().unwrap();
        let mail = checks.iter().find(|check| check["name"] == "mail").unwrap();
        assert_eq!(mail["state"], state, "{mail}");
        assert!(mail["found"].as_str().unwrap().contains(words), "{mail}");
        assert!(!said(&output).contains("geheim"));
    }
}

#[tokio::test]
async fn a_host_is_collected_into_a_file_that_the_register_reads() {
    let place = Place::each().await.remove(0);
    let root = place.folder().join("host");
    std::fs::create_dir_all(root.join("etc")).unwrap();
    std::fs::write(root.join("etc/hostname"), "kaku-server\n").unwrap();
    std::fs::write(
        root.join("etc/os-release"),
        "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\n",
    )
    .unwrap();
    let file = place.folder().join("host.json");
    let (root, to) = (root.to_str().unwrap(), file.to_str().unwrap());
    let output = yagura(&place, &["collect", to, "--root", root]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(
        said(&output).contains("書き出しました"),
        "{}",
        said(&output)
    );
    let bytes = std::fs::read(&file).unwrap();
    let files = yagura_inventory::import::read_file(
        &bytes,
        "host.json",
        &yagura_inventory::import::Remembered::default(),
    )
    .unwrap();
    let yagura_inventory::import::FileContent::Report(report) = &files[0].content else {
        panic!("{files:?}");
    };
    assert_eq!(report.source, discovery::model::SourceKind::Collect);
    assert_eq!(report.observations[0].device.label(), "kaku-server");
    let nowhere = place.folder().join("no/such/folder.json");
    let output = yagura(
        &place,
        &["collect", nowhere.to_str().unwrap(), "--root", root],
    );
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(said(&output).contains("folder.json"), "{}", said(&output));
    let here = yagura(&place, &["collect", "-"]);
    assert_eq!(json(&here)["format"], discovery::collect::FORMAT);
}

/// A bundle of feeds is taken from whom one trusts, who is remembered.
#[tokio::test]
async fn a_bundle_of_feeds_is_taken_from_a_trusted_maker_only() {
    let maker = Place::each().await.remove(0);
    installation(&maker).await;
    let kev = format!(
        "{}/../crates/features/vulnerabilities/tests/data/kev-extract.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let output = yagura(&maker, &["feeds", "import", &kev, "--json"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let status = json(&yagura(&maker, &["feeds", "status", "--json"]));
    let key = status["public_key"].as_str().unwrap().to_owned();
    let bundle = maker.folder().join("feeds.ybundle");
    let bundle = bundle.to_str().unwrap();
    let output = yagura(&maker, &["feeds", "bundle", bundle]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    for place in Place::each().await {
        installation(&place).await;
        let stranger = yagura(&place, &["feeds", "import", bundle]);
        assert_ne!(code(&stranger), 0, "{}", said(&stranger));
        let status = json(&yagura(&place, &["feeds", "status", "--json"]));
        assert_eq!(status["trusted_keys"], serde_json::json!([]));
        let nonsense = yagura(&place, &["feeds", "import", bundle, "--trust", "nonsense"]);
        assert_ne!(code(&nonsense), 0, "{}", said(&nonsense));
        assert!(said(&nonsense).contains("nonsense"), "{}", said(&nonsense));
        // Another key than the maker's is no help.
        let own = status["public_key"].as_str().unwrap();
        let other = yagura(&place, &["feeds", "import", bundle, "--trust", own]);
        assert_ne!(code(&other), 0, "{}", said(&other));
        let output = yagura(&place, &["feeds", "import", bundle, "--trust", &key]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let status = json(&yagura(&place, &["feeds", "status", "--json"]));
        let trusted = status["trusted_keys"].as_array().unwrap();
        assert!(trusted.contains(&serde_json::json!(key)), "{status}");
        let again = yagura(&place, &["feeds", "import", bundle]);
        assert_eq!(code(&again), 0, "remembered: {}", said(&again));
    }
}

/// A file of passwords is judged where it lies: no installation, no server, and what is written
/// names no password.
#[tokio::test]
async fn a_file_of_passwords_is_checked_here_and_the_verdict_is_signed() {
    use std::io::Write as _;
    let place = Place::each().await.remove(0);
    let folder = place.folder().to_owned();
    let file = folder.join("hospital.kdbx");
    std::fs::write(&file, password_file("master 馬", "k9#secret")).unwrap();
    let run = |arguments: &[&str], password: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_yagura"))
            .args(["--lang", "ja", "credentials", "check"])
            .arg(&file)
            .args(arguments)
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .env("YAGURA_DATA", folder.join("nothing-here"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(password.as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    };
    let refused = run(&["--password-stdin"], "wrong\n");
    assert_eq!(code(&refused), 1, "{}", said(&refused));
    assert!(said(&refused).contains("マスターパスワードかキーファイルが違います"));
    let refused = run(&[], "master 馬\n");
    assert_eq!(code(&refused), 1, "never silently from a pipe");
    assert!(
        said(&refused).contains("--password-stdin"),
        "{}",
        said(&refused)
    );
    let refused = run(&["--password-stdin", "--map", "検査室"], "master 馬\n");
    assert_eq!(code(&refused), 1, "{}", said(&refused));

    let out = folder.join("verdict.json");
    let to = out.to_str().unwrap();
    let arguments = ["--password-stdin", "--map", "検査室=medical", "--out", to];
    let output = run(&arguments, "master 馬\n");
    assert_eq!(code(&output), 0, "{}", said(&output));
    let words = said(&output);
    assert!(words.contains("医療機器 1 件(問題 1 件)"), "{words}");
    assert!(words.contains("検査室/分析 <1>"), "{words}");
    let key_file = folder.join("config/yagura/credential-check.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&key_file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = std::fs::read(&out).unwrap();
    let now = yagura_kernel::time::Instant::from_micros(4_000_000_000_000_000);
    let (_, verdict, key) = yagura_credentials::model::read(&text, now).unwrap();
    assert!(
        words.contains(&yagura_credentials::model::fingerprint(&key)),
        "{words}"
    );
    assert_eq!(verdict.entries(), 1);
    assert!(
        !folder.join("nothing-here").exists(),
        "it needs no data folder"
    );

    // Two files at once: what stands in both is reused, and each is known by its label.
    let other = folder.join("network.kdbx");
    std::fs::write(&other, password_file("other 馬", "k9#secret")).unwrap();
    let both = folder.join("both.json");
    let second = other.to_str().unwrap();
    let arguments = [
        second,
        "--password-stdin",
        "--label",
        "server-room",
        "--label",
        "network",
        "--out",
        both.to_str().unwrap(),
    ];
    let output = run(&arguments, "master 馬\nother 馬\n");
    assert_eq!(code(&output), 0, "{}", said(&output));
    let text_of_both = std::fs::read(&both).unwrap();
    let (_, together, _) = yagura_credentials::model::read(&text_of_both, now).unwrap();
    let labels: Vec<&str> = together
        .files
        .iter()
        .map(|file| file.label.as_str())
        .collect();
    assert_eq!(labels, ["server-room", "network"]);
    assert_eq!(together.entries(), 2);
    let output = run(
        &[second, "--password-stdin", "--label", "one"],
        "master 馬\n",
    );
    assert_eq!(code(&output), 1, "a label for each: {}", said(&output));
    let output = run(&[second, "--password-stdin"], "master 馬\n");
    assert_eq!(code(&output), 1, "one line is for all, and wrong for one");

    // The same key signs the next one, and titles stay away where they are not wanted.
    let arguments = ["--password-stdin", "--without-titles", "--out", to];
    let output = run(&arguments, "master 馬\n");
    assert_eq!(code(&output), 0, "{}", said(&output));
    let bare = std::fs::read(&out).unwrap();
    let (_, verdict, again) = yagura_credentials::model::read(&bare, now).unwrap();
    assert_eq!(again, key);
    assert!(!verdict.with_titles && !said(&output).contains("検査室"));
    for leaving in [
        &text,
        &bare,
        &output.stdout,
        &output.stderr,
        &words.into_bytes(),
    ] {
        let leaving = String::from_utf8_lossy(leaving);
        for secret in ["k9#secret", "master 馬", "operator-1"] {
            assert!(!leaving.contains(secret), "{secret}: {leaving}");
        }
    }
}

/// A KeePass file of one entry whose key costs a moment.
fn password_file(master: &str, password: &str) -> Vec<u8> {
    use keepass::config::{DatabaseConfig, KdfConfig};
    use keepass::db::fields;
    let mut config = DatabaseConfig::default();
    if let KdfConfig::Argon2 {
        iterations, memory, ..
    } = &mut config.kdf_config
    {
        (*iterations, *memory) = (1, 64 << 10);
    }
    let mut database = keepass::Database::with_config(config);
    let mut root = database.root_mut();
    let mut group = root.add_group();
    group.name = "検査室".to_owned();
    group.add_entry().edit(|entry| {
        entry.set_unprotected(fields::TITLE, "分析 <1>");
        entry.set_unprotected(fields::USERNAME, "operator-1");
        entry.set_protected(fields::PASSWORD, password);
    });
    let mut file = Vec::new();
    let key = keepass::DatabaseKey::new().with_password(master);
    database.save(&mut file, key).unwrap();
    file
}
