use yagura_identity::invitations::{self, Authority, NewInvitation, Purpose};
use yagura_kernel::id::AssignmentId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::time::{FiscalYear, parse_date};
use yagura_store::directory::{self, NewAssignment};

use super::support::{Browser, clinic, member, services};

#[tokio::test]
async fn only_those_with_several_organisations_are_offered_to_switch() {
    for app in services().await {
        let clinic = clinic(&app).await;
        let login = "director@clinic.example.jp";
        let director = member(&app, &clinic, Role::Director, login).await;
        let mut browser = Browser::signed_in(&app, login).await;
        let switch = r#"href="/account/organizations""#;
        browser.get("/").await.says_not(switch);

        let hospital = app
            .organization(OrganizationKind::Hospital, "見本病院", Some(120))
            .await;
        let mut tx = app.app.database().begin().await.unwrap();
        let second = NewAssignment {
            id: AssignmentId::from(app.app.ids().id()),
            person: director.person,
            organization: hospital.id,
            role: Role::Staff,
            validity: Validity {
                from: parse_date("2026-11-21").unwrap(),
                until: None,
            },
        };
        directory::assign(&mut tx, second).await.unwrap();
        tx.commit().await.unwrap();
        browser.get("/").await.says(switch);
        browser.get("/account/organizations").await.says("見本病院");
        let id = hospital.id.to_string();
        browser
            .post("/account/organizations", &[("organization", &id)])
            .await
            .leads_to("/");
        browser.get("/account").await.says("見本病院");
    }
}

#[tokio::test]
async fn the_holder_of_an_inspection_link_is_called_something() {
    for app in services().await {
        let clinic = clinic(&app).await;
        let mut tx = app.app.database().begin().await.unwrap();
        let new = NewInvitation {
            purpose: Purpose::InspectionPack {
                fiscal_year: FiscalYear::new(2026).unwrap(),
            },
            organization: Some(clinic.id),
            addressee: None,
            expires_at: None,
        };
        let act = app.app.identity().act_of_program();
        let link = invitations::invite(&mut tx, act, Authority::Program, new)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut browser = Browser::new(&app);
        let path = format!("/invitations/{}", link.token.reveal());
        browser.get(&path).await.leads_to("/inspection");
        let page = browser.get("/menu").await;
        page.says("閲覧リンク");
        page.says("閲覧を終える");
        page.says_not(r#"href="/account""#);
        browser
            .get("/account")
            .await
            .leads_to("/sign-in?back=/account");
        browser.post("/sign-out", &[]).await.leads_to("/sign-in");
        browser.get("/menu").await.leads_to("/sign-in?back=/menu");
    }
}
