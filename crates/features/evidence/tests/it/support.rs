//! A service with a few sheets to stand behind.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use futures_util::stream;
use yagura_evidence::{
    Evidence, EvidenceHost, EvidenceKind, HostItem, HostSheet, ItemRef, MediaType, NewPiece,
};
use yagura_kernel::id::{EvidenceId, OrganizationId, SheetId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_kernel::time::{Date, Instant, parse_date};
use yagura_packs::Library;
use yagura_store::directory::Organization;
use yagura_store::{Database, StoreError, Transaction};
use yagura_web::testing::{TestApp, TestPerson, apps, text};
use yagura_web::{Feature, Translator};

/// Sheets of each organisation, and which of them were told of changes.
#[derive(Default)]
pub(crate) struct Sheets {
    sheets: Mutex<Vec<(OrganizationId, SheetId)>>,
    told: Mutex<Vec<SheetId>>,
}

impl Sheets {
    pub(crate) fn add(&self, organization: OrganizationId, sheet: SheetId) {
        self.sheets.lock().unwrap().push((organization, sheet));
    }

    /// Which sheets were told since the last time.
    pub(crate) fn told(&self) -> Vec<SheetId> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

#[async_trait]
impl EvidenceHost for Sheets {
    async fn sheets(
        &self,
        _: &Database,
        _: &Library,
        organization: OrganizationId,
        _: &Translator,
    ) -> Result<Vec<HostSheet>, StoreError> {
        let item = |number: &str| HostItem {
            key: number.to_owned(),
            number: number.to_owned(),
            label: format!("項目{number}"),
            path: format!("/checklists/x/{number}"),
        };
        let sheets = self.sheets.lock().unwrap();
        let own = sheets.iter().filter(|(owner, _)| *owner == organization);
        Ok(own
            .map(|(_, sheet)| HostSheet {
                sheet: *sheet,
                label: "令和8年度".to_owned(),
                items: vec![item("2-1"), item("2-6"), item("3-1")],
                is_offered: true,
            })
            .collect())
    }

    async fn evidence_changed(
        &self,
        _: &mut Transaction,
        _: OrganizationId,
        sheets: &[SheetId],
        _: Date,
        _: Instant,
    ) -> Result<(), StoreError> {
        self.told.lock().unwrap().extend_from_slice(sheets);
        Ok(())
    }
}

/// A clinic with its sheet and two of its people, in a running service.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) sheets: Arc<Sheets>,
    pub(crate) clinic: Organization,
    pub(crate) director: TestPerson,
    pub(crate) staff: TestPerson,
    pub(crate) sheet: SheetId,
}

pub(crate) async fn worlds() -> Vec<World> {
    let sheets = Arc::new(Sheets::default());
    let host: Arc<dyn EvidenceHost> = Arc::clone(&sheets) as _;
    let apps = apps(|| vec![Arc::new(Evidence::new(Arc::clone(&host))) as Arc<dyn Feature>]).await;
    let mut worlds = Vec::new();
    for app in apps {
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空クリニック", None)
            .await;
        let director = app.person(&clinic, Role::Director).await;
        let staff = app.person(&clinic, Role::Staff).await;
        let sheet = SheetId::new(app.app.ids());
        sheets.add(clinic.id, sheet);
        worlds.push(World {
            app,
            sheets: Arc::clone(&sheets),
            clinic,
            director,
            staff,
            sheet,
        });
    }
    worlds
}

pub(crate) fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

/// A proof for an organisation's own director.
pub(crate) fn proof<A: ActionType>(whom: TestPerson) -> Authorized<A> {
    let principal = Principal {
        actor: Actor::Person {
            person: whom.person,
            account: whom.person.uuid().into(),
        },
        organization: whom.organization,
        organization_kind: OrganizationKind::Clinic,
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

impl World {
    pub(crate) fn at(&self, item: &str) -> ItemRef {
        ItemRef::new(self.sheet, item)
    }

    /// Records a piece by the store.
    pub(crate) async fn piece(&self, title: &str, expires_on: Option<&str>) -> EvidenceId {
        let app = &self.app.app;
        let content = format!("%PDF-1.7 {title} %%EOF").into_bytes();
        let parts = stream::iter([Ok::<_, String>(bytes::Bytes::from(content))]);
        let blob = app.blobs().put(parts, 1_000).await.unwrap();
        let id = EvidenceId::new(app.ids());
        let new = NewPiece {
            id,
            title: title.to_owned(),
            kind: EvidenceKind::Contract,
            file_name: format!("{title}.pdf"),
            media_type: MediaType::Pdf,
            issued_on: None,
            expires_on: expires_on.map(day),
            note: None,
        };
        let mut tx = app.database().begin().await.unwrap();
        let manage = proof(self.director);
        yagura_evidence::insert(&mut tx, &manage, app.ids(), new, &blob, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn attach(&self, id: EvidenceId, items: &[ItemRef]) -> u64 {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let manage = proof(self.director);
        let new = yagura_evidence::attach(&mut tx, &manage, app.ids(), id, items, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        new
    }

    /// How many entries of the audit log have an action or an outcome.
    pub(crate) async fn audited(&self, action: &str) -> i64 {
        let sql = "SELECT count(*) AS n FROM audit_entries WHERE action = $1 OR outcome = $1";
        self.app
            .app
            .database()
            .count(sql, yagura_store::params![action])
            .await
            .unwrap()
    }

    /// Sends a multipart form.
    pub(crate) async fn upload(
        &self,
        whom: TestPerson,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<(&str, &[u8])>,
    ) -> (StatusCode, String) {
        let (content_type, body) = multipart(fields, file);
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(body))
            .unwrap();
        let response = self.app.send(Some(whom), request).await;
        let to = response.headers().get(header::LOCATION).cloned();
        let (status, page) = text(response).await;
        match to {
            Some(to) => (status, to.to_str().unwrap().to_owned()),
            None => (status, page),
        }
    }

    pub(crate) async fn pieces(&self) -> i64 {
        let sql = "SELECT count(*) AS n FROM evidence";
        self.app.app.database().count(sql, vec![]).await.unwrap()
    }
}

pub(crate) fn multipart(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> (String, Vec<u8>) {
    let boundary = "yagura-test-boundary-7c3f";
    let mut body = Vec::new();
    // Fields stand before and after the file: browsers keep the order of the page.
    let (before, after) = fields.split_at(fields.len() / 2);
    let field = |body: &mut Vec<u8>, name: &str, value: &str| {
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .as_bytes(),
        );
    };
    for (name, value) in before {
        field(&mut body, name, value);
    }
    if let Some((name, content)) = file {
        let name = name.replace('"', "%22");
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    for (name, value) in after {
        field(&mut body, name, value);
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A small PDF.
pub(crate) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n";

/// The id at the end of an address.
pub(crate) fn id_of(address: &str) -> EvidenceId {
    let id: Uuid = address.rsplit('/').next().unwrap().parse().unwrap();
    id.into()
}
