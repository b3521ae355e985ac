//! A service with a clinic, its people, a staff list and sources.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use uuid::Uuid;
use yagura_inventory::model::System;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_store::directory::Organization;
use yagura_store::{Migration, params, row};
use yagura_web::Feature;
use yagura_web::i18n::Source;
use yagura_web::testing::{TestApp, TestPerson, apps, text};

/// The tables of the ledgers and the words of the reader of tables, which other features bring in
/// the program.
struct Neighbours;

impl Feature for Neighbours {
    fn name(&self) -> &'static str {
        "neighbours"
    }

    fn migrations(&self) -> &'static [Migration] {
        yagura_ledgers::MIGRATIONS
    }

    fn messages(&self) -> &'static [Source<'static>] {
        const {
            &[
                Source::ja("documents/ja.ftl", yagura_documents::messages::MESSAGES_JA),
                Source::en("documents/en.ftl", yagura_documents::messages::MESSAGES_EN),
            ]
        }
    }
}

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) clinic: Organization,
    pub(crate) director: TestPerson,
    pub(crate) operator: TestPerson,
    pub(crate) staff: TestPerson,
    pub(crate) stranger: TestPerson,
}

pub(crate) async fn worlds() -> Vec<World> {
    let features = || {
        let host = Arc::new(yagura_inventory::EvidenceRecords);
        vec![
            Arc::new(yagura_evidence::Evidence::new(host)) as Arc<dyn Feature>,
            Arc::new(yagura_inventory::Inventory),
            Arc::new(Neighbours),
            Arc::new(yagura_accounts::Accounts),
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let clinic = app
            .organization(OrganizationKind::Hospital, "架空病院", Some(100))
            .await;
        let other = app
            .organization(OrganizationKind::Clinic, "別のクリニック", None)
            .await;
        let director = app.person(&clinic, Role::Director).await;
        let operator = app.person(&clinic, Role::SystemOperator).await;
        let staff = app.person(&clinic, Role::Staff).await;
        let stranger = app.person(&other, Role::Director).await;
        worlds.push(World {
            app,
            clinic,
            director,
            operator,
            staff,
            stranger,
        });
    }
    worlds
}

pub(crate) const STAFF: &str = "職員番号,氏名,フリガナ,所属,退職日\n\
    0001,鈴木 花子,スズキ ハナコ,外来,\n\
    0002,髙橋 太郎,タカハシ タロウ,医事課,2026/3/31\n\
    0003,田中 一郎,タナカ イチロウ,放射線科,\n\
    0004,田中 一郎,タナカ イチロウ,薬剤部,\n";

pub(crate) const CHART: &str = "利用者ID,利用者氏名,職員番号,停止フラグ,最終ログイン日時,管理者区分\n\
    suzuki,鈴木 花子,0001,,2026/11/20 9:00,一般\n\
    takahashi,高橋 太郎,0002,,2026/3/30 9:00,一般\n\
    tanaka.i,田中 一郎,,,2026/11/19 9:00,一般\n\
    zz9,検証,,,2026/11/1,管理者\n";

/// A proof for the director.
pub(crate) fn proof<A: ActionType>(whom: TestPerson) -> Authorized<A> {
    let principal = Principal {
        actor: Actor::Person {
            person: whom.person,
            account: whom.person.uuid().into(),
        },
        organization: whom.organization,
        organization_kind: OrganizationKind::Hospital,
        roles: vec![Role::Director],
        second_factor: true,
        token_actions: None,
    };
    let resource = Resource {
        organization: whom.organization,
        standing: Standing::Own,
    };
    authorize::<A>(&Arc::new(principal), &resource).unwrap()
}

row! {
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Found {
        pub(crate) id: Uuid,
        pub(crate) account_key: String,
        pub(crate) kind: String,
        pub(crate) state: String,
        pub(crate) proof: Option<String>,
        pub(crate) revision: i64,
    }
}

impl World {
    pub(crate) async fn system(&self, name: &str) -> Uuid {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof(self.director);
        let system = System {
            name: name.to_owned(),
            ..System::default()
        };
        let id = yagura_inventory::add(&mut tx, &edit, app.ids(), &system, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Sends files and gives the page to which one is led.
    pub(crate) async fn upload(
        &self,
        path: &str,
        name: &str,
        bytes: &[u8],
    ) -> (StatusCode, String, String) {
        let boundary = "----boundary";
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(
                "content-type",
                format!("multipart/form-data; boundary={boundary}"),
            )
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        let response = self.app.send(Some(self.operator), request).await;
        let place = response
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let (status, page) = text(response).await;
        (status, place, page)
    }

    /// Takes files over: preview, then confirmation, then the job.
    pub(crate) async fn take(&self, path: &str, name: &str, content: &str) -> String {
        let (status, place, page) = self.upload(path, name, content.as_bytes()).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let (status, preview) = self.app.get(self.operator, &place).await;
        assert_eq!(status, StatusCode::OK);
        let (status, answer) = self
            .app
            .post(self.operator, &format!("{place}/confirm"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{answer}");
        self.app.run_jobs().await;
        preview
    }

    /// A source of the chart system, made by the form.
    pub(crate) async fn source(&self, system: Option<Uuid>) -> Uuid {
        let system = system.map(|id| id.to_string()).unwrap_or_default();
        let fields = [
            ("name", "電子カルテ"),
            ("kind", "any"),
            ("system", system.as_str()),
        ];
        let (status, page) = self
            .app
            .post(self.operator, "/accounts/sources", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        row! { struct Id { id: Uuid } }
        let sql =
            "SELECT id FROM accounts_sources WHERE removed_at IS NULL ORDER BY id DESC LIMIT 1";
        let row: Id = self.app.app.database().one(sql, params![]).await.unwrap();
        row.id
    }

    pub(crate) async fn chart(&self, source: Uuid, content: &str) -> String {
        self.take(
            &format!("/accounts/sources/{source}/import"),
            "利用者.csv",
            content,
        )
        .await
    }

    pub(crate) async fn findings(&self) -> Vec<Found> {
        let sql = "SELECT id, account_key, kind, state, proof, revision FROM accounts_findings
                   ORDER BY account_key, kind";
        self.app.app.database().rows(sql, params![]).await.unwrap()
    }

    pub(crate) async fn one(&self, account: &str, kind: &str) -> Found {
        let found = self.findings().await;
        found
            .iter()
            .find(|found| found.account_key == account && found.kind == kind)
            .unwrap_or_else(|| panic!("{account} {kind} in {found:?}"))
            .clone()
    }

    pub(crate) async fn account(&self, key: &str) -> Uuid {
        row! { struct Id { id: Uuid } }
        let sql = "SELECT id FROM accounts_found WHERE key = $1";
        let row: Id = self
            .app
            .app
            .database()
            .one(sql, params![key])
            .await
            .unwrap();
        row.id
    }
}
