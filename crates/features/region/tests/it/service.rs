//! The pages and the API of a small prefecture, without a socket.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use yagura_checklists::model::{HeaderValues, Round, SheetSubject, YesNo};
use yagura_checklists::overview::{rebuild_overseer, refresh_statistics};
use yagura_checklists::store::{BulkSheet, insert_sheets};
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::proof::{CellState, decode_cells};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_packs::Sheet;
use yagura_region::Region;
use yagura_store::Migration;
use yagura_store::directory::Organization;
use yagura_web::Feature;
use yagura_web::testing::{TestApp, TestPerson, apps, text};

/// The tables of the checklists without their pages.
struct SheetTables;

impl Feature for SheetTables {
    fn name(&self) -> &'static str {
        "checklists"
    }

    fn migrations(&self) -> &'static [Migration] {
        yagura_checklists::store::MIGRATIONS
    }
}

/// A name that tries everything at once.
pub(crate) const EVIL: &str = "<script>alert(1)</script>\"'&医院";

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) region: Organization,
    pub(crate) manager: TestPerson,
    pub(crate) staff: TestPerson,
    pub(crate) inspector: TestPerson,
    pub(crate) director: TestPerson,
    pub(crate) vendor: TestPerson,
    /// Shares its answers, has a contradiction.
    pub(crate) hospital: Organization,
    /// Shares its status only.
    pub(crate) clinic: Organization,
    /// Never opened its checklist; its name is [`EVIL`].
    pub(crate) pharmacy: Organization,
    /// No member.
    pub(crate) stranger: Organization,
}

/// The cells of a year's sheet, the first ones as given and the rest はい by word.
pub(crate) fn cells(first: &str) -> Vec<CellState> {
    let mut cells = decode_cells(first);
    cells.resize(19, CellState::Declared);
    cells
}

impl World {
    pub(crate) async fn all() -> Vec<Self> {
        let mut worlds = Vec::new();
        for app in apps(|| vec![Arc::new(SheetTables), Arc::new(Region)]).await {
            worlds.push(Self::new(app).await);
        }
        worlds
    }

    async fn new(app: TestApp) -> Self {
        use OrganizationKind::{Clinic, Hospital, Pharmacy, Prefecture, Vendor};
        let region = app.organization(Prefecture, "架空県", None).await;
        let hospital = app
            .organization(Hospital, "架空みなと病院", Some(120))
            .await;
        let clinic = app.organization(Clinic, "架空さくら医院", None).await;
        let pharmacy = app.organization(Pharmacy, EVIL, None).await;
        let stranger = app.organization(Clinic, "よその医院", None).await;
        let supplier = app.organization(Vendor, "架空システムズ", None).await;
        let oversees = RelationKind::Oversees;
        app.relate(oversees, region.id, hospital.id, SharingLevel::Answers)
            .await;
        app.relate(oversees, region.id, clinic.id, SharingLevel::Status)
            .await;
        app.relate(oversees, region.id, pharmacy.id, SharingLevel::Answers)
            .await;
        let world = Self {
            manager: app.person(&region, Role::RegionalManager).await,
            staff: app.person(&region, Role::RegionalStaff).await,
            inspector: app.person(&region, Role::Inspector).await,
            director: app.person(&hospital, Role::Director).await,
            vendor: app.person(&supplier, Role::VendorStaff).await,
            app,
            region,
            hospital,
            clinic,
            pharmacy,
            stranger,
        };
        world.sheet(world.hospital.id, cells("cxev")).await;
        world.sheet(world.clinic.id, cells("cx")).await;
        world.refresh().await;
        world
    }

    /// Gives an institution a checklist of this year.
    pub(crate) async fn sheet(&self, owner: OrganizationId, cells: Vec<CellState>) -> SheetId {
        let id = SheetId::from(self.app.app.ids().id());
        let year = self.app.app.fiscal_year();
        let packs = self.app.app.packs();
        let pack = packs
            .checklist_for(year, Sheet::Institution)
            .unwrap()
            .clone();
        let sheet = BulkSheet {
            id,
            owner,
            year,
            subject: SheetSubject::Institution,
            pack,
            values: HeaderValues {
                gate: Some(Round {
                    answer: YesNo::Yes,
                    on: self.app.app.today(),
                }),
                ..HeaderValues::default()
            },
            opened_at: self.app.app.now(),
            opened_by: None,
            answers: Vec::new(),
            cells: Some(cells),
        };
        let mut tx = self.app.app.database().begin().await.unwrap();
        insert_sheets(&mut tx, self.app.app.ids(), [sheet])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Makes rows and figures anew.
    pub(crate) async fn refresh(&self) {
        let app = &self.app.app;
        let year = app.fiscal_year();
        let mut tx = app.database().begin().await.unwrap();
        rebuild_overseer(&mut tx, self.region.id, year, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let packs = app.packs();
        refresh_statistics(app.database(), &packs, self.region.id, year, app.now())
            .await
            .unwrap();
    }

    /// Opens a page that must be there.
    pub(crate) async fn page(&self, whom: TestPerson, path: &str) -> String {
        let (status, page) = self.app.get(whom, path).await;
        assert_eq!(status, StatusCode::OK, "{} {path}: {page}", self.app.engine);
        assert!(
            !page.contains("<script>alert"),
            "{path} lets markup through"
        );
        page
    }

    /// The bytes of a file that must be there.
    pub(crate) async fn file(&self, whom: TestPerson, path: &str) -> Vec<u8> {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = self.app.send(Some(whom), request).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(response.headers().contains_key(header::CONTENT_DISPOSITION));
        axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec()
    }

    /// Sends a file by the form of the import; gives back status and where it leads or what it
    /// says.
    pub(crate) async fn upload(&self, whom: TestPerson, file: &[u8]) -> (StatusCode, String) {
        let boundary = "------------------------b0undary";
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"../../roll.csv\"\r\nContent-Type: text/csv\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let request = Request::builder()
            .method(Method::POST)
            .uri("/members/import")
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .body(Body::from(body))
            .unwrap();
        let response = self.app.send(Some(whom), request).await;
        let to = response.headers().get(header::LOCATION).cloned();
        let (status, page) = text(response).await;
        (
            status,
            to.map_or(page, |to| to.to_str().unwrap().to_owned()),
        )
    }
}
