use axum::http::StatusCode;
use yagura_store::{params, row};

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
