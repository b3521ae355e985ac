use axum::http::StatusCode;
use yagura_store::{params, row};

use super::slapd::{BIND, PEOPLE, Slapd, interrupter};
use super::support::worlds;

#[tokio::test]
async fn the_password_of_a_directory_is_sealed_and_a_failed_reading_takes_nothing() {
    for world in worlds().await {
        let fields = [
            ("name", "院内ドメイン"),
            ("kind", "directory"),
            ("host", "127.0.0.1"),
            ("port", "1"),
            ("base", "DC=example,DC=jp"),
            ("bind_name", "reader"),
            ("password", "secret-of-reader"),
            (
                "authorities",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            ),
        ];
        let (status, page) = world
            .app
            .post(world.operator, "/accounts/sources", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        row! { struct Kept { id: uuid::Uuid, password: Option<Vec<u8>>, settings: String } }
        let sql = "SELECT id, password, settings FROM accounts_sources";
        let kept: Kept = world.app.app.database().one(sql, params![]).await.unwrap();
        let sealed = kept.password.unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("secret"));
        assert!(!kept.settings.contains("secret"));
        let here = format!("/accounts/sources/{}", kept.id);
        let (_, page) = world.app.get(world.operator, &format!("{here}/edit")).await;
        assert!(!page.contains("secret-of-reader"));
        // Another server does not get the password of this one.
        let mut moved = fields.to_vec();
        moved[2] = ("host", "evil.example");
        moved[6] = ("password", "");
        moved.push(("revision", "1"));
        let (status, _) = world
            .app
            .post(world.operator, &format!("{here}/edit"), &moved)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, _) = world
            .app
            .post(world.operator, &format!("{here}/read"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        world.app.run_jobs().await;
        let (_, page) = world.app.get(world.operator, &here).await;
        assert!(page.contains("認証局の証明書を読めません"), "{page}");
        let sql = "SELECT count(*) AS n FROM accounts_imports";
        assert_eq!(
            world
                .app
                .app
                .database()
                .count(sql, params![])
                .await
                .unwrap(),
            0
        );
    }
}

#[tokio::test]
async fn a_real_directory_is_read_and_what_was_last_complete_stays_in_force() {
    let Some(slapd) = Slapd::start("127.0.0.1") else {
        return;
    };
    let authority = String::from_utf8(slapd.authority.clone()).unwrap();
    for world in worlds().await {
        let database = world.app.app.database();
        let counted = async |sql: &'static str| database.count(sql, params![]).await.unwrap();
        let found = "SELECT count(*) AS n FROM accounts_found";
        let people = i64::try_from(PEOPLE).unwrap();
        let tls = slapd.tls.to_string();
        let fields = [
            ("name", "院内ドメイン"),
            ("kind", "directory"),
            ("host", "127.0.0.1"),
            ("port", tls.as_str()),
            ("base", "dc=example,dc=jp"),
            ("bind_name", BIND),
            ("password", "secret-of-reader"),
            ("authorities", authority.as_str()),
        ];
        let (status, page) = world
            .app
            .post(world.operator, "/accounts/sources", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        row! { struct Kept { id: uuid::Uuid, import_id: Option<uuid::Uuid>, revision: i64 } }
        let sql = "SELECT id, import_id, revision FROM accounts_sources";
        let kept = async || -> Kept { database.one(sql, params![]).await.unwrap() };
        let here = format!("/accounts/sources/{}", kept().await.id);
        let ask = async || {
            let (status, page) = world
                .app
                .post(world.operator, &format!("{here}/read"), &[])
                .await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
            world.app.run_jobs().await;
        };
        // A person looks at the first answer.
        ask().await;
        assert_eq!(counted(found).await, 0);
        let (_, page) = world.app.get(world.operator, &here).await;
        let import = page
            .split("/accounts/imports/")
            .nth(1)
            .and_then(|rest| rest.get(..36))
            .unwrap_or_else(|| panic!("no import waits: {page}"));
        let import = format!("/accounts/imports/{import}");
        let (_, preview) = world.app.get(world.operator, &import).await;
        assert!(preview.contains("user7"), "{preview}");
        let (status, _) = world
            .app
            .post(world.operator, &format!("{import}/confirm"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        world.app.run_jobs().await;
        assert_eq!(counted(found).await, people);
        // The next is taken over by itself.
        let first = kept().await.import_id;
        ask().await;
        let second = kept().await.import_id;
        assert_ne!(first, second);
        assert_eq!(counted(found).await, people);

        // It stops half way: what was last complete stays, and the page says so.
        for (closes, limit) in [(true, 40_000), (true, 20_000)] {
            let (port, cut) = interrupter(slapd.tls, limit, closes);
            let port = port.to_string();
            let revision = kept().await.revision.to_string();
            let mut broken = fields.to_vec();
            broken[3] = ("port", port.as_str());
            broken.push(("revision", revision.as_str()));
            let mut without = broken.clone();
            without[6] = ("password", "");
            let edit = format!("{here}/edit");
            let (status, _) = world.app.post(world.operator, &edit, &without).await;
            assert_eq!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "another port is another server: the password is needed again"
            );
            let (status, page) = world.app.post(world.operator, &edit, &broken).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
            ask().await;
            assert!(cut.load(std::sync::atomic::Ordering::Relaxed));
            assert_eq!(kept().await.import_id, second);
            assert_eq!(counted(found).await, people);
            let (_, page) = world.app.get(world.operator, &here).await;
            assert!(page.contains("最後にすべて読み取れたときの内容"), "{page}");
            assert!(!page.contains("secret-of-reader"));
        }
        let waiting = "SELECT count(*) AS n FROM accounts_imports WHERE state = 'pending'";
        assert_eq!(counted(waiting).await, 0, "half an answer is no import");

        // The password is nowhere but sealed.
        for sql in [
            "SELECT count(*) AS n FROM audit_entries WHERE detail LIKE '%secret-of-reader%'",
            "SELECT count(*) AS n FROM jobs WHERE payload LIKE '%secret-of-reader%'",
            "SELECT count(*) AS n FROM accounts_sources WHERE settings LIKE '%secret-of-reader%'",
            "SELECT count(*) AS n FROM accounts_imports WHERE files LIKE '%secret-of-reader%'",
        ] {
            assert_eq!(counted(sql).await, 0, "{sql}");
        }
    }
}
