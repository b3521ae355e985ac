//! The one-time link from the institution's page to the vendor's first sheet.

use axum::http::{StatusCode, header};
use axum::response::Response;
use yagura_identity::Visitor;
use yagura_kernel::id::{AccountId, PersonId};
use yagura_kernel::time::parse_date;
use yagura_store::{directory, params, row, settings};
use yagura_web::authentication::SESSION_COOKIE;
use yagura_web::testing::{TestPerson, text};

use crate::support::{World, link_on, worlds};

const PASSWORD: &str = "mado-kara-miemasu-yagura-7";

async fn invite(world: &World, whom: TestPerson, fields: &[(&str, &str)]) -> String {
    let (status, page) = world.app.post(whom, "/vendors/invite", fields).await;
    assert_eq!(status, StatusCode::OK, "{}", world.app.engine);
    link_on(&page)
}

async fn register(world: &World, link: &str, login: &str) -> Response {
    let fields = [
        ("name", "見本 花子"),
        ("login", login),
        ("password", PASSWORD),
    ];
    world.post_by(link, None, &fields).await
}

row! {
    struct AccountRow { id: uuid::Uuid, person_id: PersonId }
}

/// The account of a login, and a session of it in which two factors were passed.
async fn session_of(world: &World, login: &str) -> (PersonId, String) {
    let app = &world.app.app;
    let row: AccountRow = app
        .database()
        .one(
            "SELECT id, person_id FROM accounts WHERE login = $1",
            params![login],
        )
        .await
        .unwrap();
    let mut tx = app.database().begin().await.unwrap();
    settings::set(&mut tx, settings::DEMONSTRATION, "1")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let visitor = Visitor::new(None, "test");
    let opened = app
        .identity()
        .sign_in_to_demonstration(AccountId::from(row.id), &visitor)
        .await
        .unwrap();
    let cookie = format!("{SESSION_COOKIE}={}", opened.token.reveal());
    (row.person_id, cookie)
}

async fn said(response: Response) -> (StatusCode, String) {
    text(response).await
}

#[tokio::test]
async fn a_new_vendor_registers_by_the_link_and_answers() {
    for world in worlds().await {
        let app = &world.app;
        let fields = [
            ("name", "新設システム株式会社"),
            ("email", "tantou@example.jp"),
        ];
        let link = invite(&world, world.director, &fields).await;
        let mails = world.mails().await;
        assert_eq!(mails.len(), 1, "{}", app.engine);
        assert!(mails[0].contains("tantou@example.jp"));

        let (status, page) = world.get_by(&link, None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(&world.clinic.name) && page.contains("新設システム株式会社"));
        // Another address than the invited one: said beside the field, and the link still works.
        let (status, page) = said(register(&world, &link, "daredemo@example.jp").await).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("見本 花子"), "what was typed is kept");
        assert!(page.contains("aria-invalid"), "{page}");

        let made = register(&world, &link, "tantou@example.jp").await;
        assert_eq!(made.status(), StatusCode::SEE_OTHER);
        assert!(made.headers().contains_key(header::SET_COOKIE));
        // Used twice.
        let (status, page) = world.get_by(&link, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("使われ"), "{page}");
        let (status, _) = said(register(&world, &link, "tantou@example.jp").await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);

        let today = parse_date("2026-11-21").unwrap();
        let suppliers = directory::suppliers_of(app.app.database(), world.clinic.id, today)
            .await
            .unwrap();
        assert_eq!(suppliers.len(), 1);
        let vendor = &suppliers[0].1;
        let (person, _) = session_of(&world, "tantou@example.jp").await;
        let whom = TestPerson {
            person,
            organization: vendor.id,
        };
        let (status, page) = app.get(whom, "/customers").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(&world.clinic.name) && !page.contains(&world.hospital.name));
        let sheet = world.answer(whom, world.clinic.id, &[("1-1", "")]).await;
        assert_eq!(app.get(world.director, &sheet).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_link_that_expired_or_never_was_leads_to_a_page_that_says_so() {
    for world in worlds().await {
        let fields = [
            ("name", "新設システム株式会社"),
            ("email", "tantou@example.jp"),
        ];
        let link = invite(&world, world.director, &fields).await;
        world.app.clock.advance_days(31);
        let (status, page) = world.get_by(&link, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("期限"), "{page}");
        let (status, page) = said(register(&world, &link, "tantou@example.jp").await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("期限"));
        let (_, page) = world.app.get(world.director, "/vendors").await;
        assert!(
            !page.contains("新設システム株式会社"),
            "no vendor was made, no link waits"
        );
        for nonsense in ["/invitations/x", &format!("{link}x")] {
            let (status, _) = world.get_by(nonsense, None).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{nonsense}");
        }
    }
}

#[tokio::test]
async fn a_vendor_that_has_people_is_joined_by_nobody_and_serves_a_second_institution() {
    for world in worlds().await {
        let app = &world.app;
        // The vendor's first person registers by the clinic's link.
        let fields = [
            ("name", "新設システム株式会社"),
            ("email", "tantou@example.jp"),
        ];
        let link = invite(&world, world.director, &fields).await;
        assert_eq!(
            register(&world, &link, "tantou@example.jp").await.status(),
            StatusCode::SEE_OTHER
        );
        let today = parse_date("2026-11-21").unwrap();
        let vendor = directory::suppliers_of(app.app.database(), world.clinic.id, today)
            .await
            .unwrap()
            .remove(0)
            .1;
        // The hospital invites the same vendor: not as a new one …
        let fields = [("name", "新設システム株式会社"), ("email", "b@example.jp")];
        let (_, page) = app
            .post(world.hospital_director, "/vendors/invite", &fields)
            .await;
        assert!(page.contains("登録済み"), "{page}");
        // … and a stranger with the link does not get in.
        let id = vendor.id.to_string();
        let fields = [("vendor", id.as_str()), ("email", "b@example.jp")];
        let link = invite(&world, world.hospital_director, &fields).await;
        let (status, page) = said(register(&world, &link, "b@example.jp").await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let expected = world.words("sign-in-vendor-has-people");
        assert!(page.contains(&expected), "{page}");
        // Its own person opens the link signed in and has two customers.
        let (person, cookie) = session_of(&world, "tantou@example.jp").await;
        let (status, page) = world.get_by(&link, Some(&cookie)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(&world.hospital.name));
        let accepted = world
            .post_by(&link, Some(&cookie), &[("as", "signed-in")])
            .await;
        assert_eq!(accepted.status(), StatusCode::SEE_OTHER);
        let whom = TestPerson {
            person,
            organization: vendor.id,
        };
        let (_, page) = app.get(whom, "/customers").await;
        assert!(page.contains(&world.hospital.name) && page.contains(&world.clinic.name));
        // Each institution sees only what was answered for it.
        let sheet = world
            .answer(whom, world.hospital.id, &[("1-1", "病院だけの備考")])
            .await;
        assert_eq!(
            app.get(world.hospital_director, &sheet).await.0,
            StatusCode::OK
        );
        assert_eq!(
            app.get(world.director, &sheet).await.0,
            StatusCode::NOT_FOUND
        );
        let (status, page) = world.get_by(&link, Some(&cookie)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    }
}

#[tokio::test]
async fn somebody_of_another_company_cannot_accept_for_it() {
    for world in worlds().await {
        let app = &world.app;
        // A person of another vendor, with an account.
        let fields = [("name", "別会社"), ("email", "betsu@example.jp")];
        let link = invite(&world, world.director, &fields).await;
        register(&world, &link, "betsu@example.jp").await;
        let (_, cookie) = session_of(&world, "betsu@example.jp").await;
        let id = world.vendor.id.to_string();
        let fields = [("vendor", id.as_str()), ("email", "a@example.jp")];
        let link = invite(&world, world.hospital_director, &fields).await;
        let response = world
            .post_by(&link, Some(&cookie), &[("as", "signed-in")])
            .await;
        let (status, page) = said(response).await;
        assert!(status.is_client_error(), "{status}");
        assert!(
            page.contains(&world.words("invitation-not-yours")),
            "{page}"
        );
        let today = parse_date("2026-11-21").unwrap();
        let suppliers = directory::suppliers_of(app.app.database(), world.hospital.id, today)
            .await
            .unwrap();
        assert!(suppliers.is_empty());
        // The link was not used up by it.
        let (status, _) = world.get_by(&link, None).await;
        assert_eq!(status, StatusCode::OK);
    }
}
