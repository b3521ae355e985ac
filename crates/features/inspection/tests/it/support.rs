//! A clinic with a filled sheet, evidence, a chart and a vendor that answered.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use yagura_checklists::{Checklists, EvidenceSheets};
use yagura_contacts::Contacts;
use yagura_evidence::Evidence;
use yagura_inspection::Inspection;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_store::directory::Organization;
use yagura_store::params;
use yagura_vendors::Vendors;
use yagura_web::Feature;
use yagura_web::testing::{TestApp, TestPerson, apps, text};

/// What spreadsheet programs would run.
pub(crate) const FORMULA: &str = "=HYPERLINK(\"http://evil.example\",\"x\")";

const BOUNDARY: &str = "inspection-tests";

fn features() -> Vec<Arc<dyn Feature>> {
    vec![
        Arc::new(Evidence::new(Arc::new(EvidenceSheets))),
        Arc::new(Checklists),
        Arc::new(Vendors),
        Arc::new(Contacts),
        Arc::new(Inspection),
    ]
}

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) clinic: Organization,
    pub(crate) vendor: Organization,
    pub(crate) director: TestPerson,
    pub(crate) staff: TestPerson,
    pub(crate) stranger: TestPerson,
    pub(crate) vendor_manager: TestPerson,
    pub(crate) overseer: TestPerson,
    pub(crate) sheet: String,
}

/// A finished file as a browser gets it.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Vec<u8>,
}

pub(crate) async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let clinic = app
            .organization(OrganizationKind::Clinic, "みどり坂内科/クリニック", None)
            .await;
        let other = app
            .organization(OrganizationKind::Clinic, "よその診療所", None)
            .await;
        let vendor = app
            .organization(OrganizationKind::Vendor, "架空レセコン../株式会社", None)
            .await;
        let region = app
            .organization(OrganizationKind::Network, "架空医療ネット", None)
            .await;
        app.relate(
            RelationKind::Supplies,
            vendor.id,
            clinic.id,
            SharingLevel::Status,
        )
        .await;
        app.relate(
            RelationKind::Oversees,
            region.id,
            clinic.id,
            SharingLevel::Answers,
        )
        .await;
        let director = app.person(&clinic, Role::Director).await;
        let mut world = World {
            staff: app.person(&clinic, Role::Staff).await,
            stranger: app.person(&other, Role::Director).await,
            vendor_manager: app.person(&vendor, Role::VendorManager).await,
            overseer: app.person(&region, Role::RegionalManager).await,
            director,
            app,
            clinic,
            vendor,
            sheet: String::new(),
        };
        world.fill().await;
        worlds.push(world);
    }
    worlds
}

impl World {
    /// Opens and answers the sheets, adds evidence.
    async fn fill(&mut self) {
        let year = json!({ "fiscal_year": 2026 });
        let (status, sheet) = self
            .app
            .api(
                Some(self.director),
                Method::POST,
                "/api/v1/sheets",
                Some(year),
            )
            .await;
        assert!(status.is_success(), "{sheet}");
        self.sheet = sheet["sheet"].as_str().unwrap().to_owned();
        self.answer("1-1", 0, "yes", "責任者を任命した").await;
        self.answer("2-1", 0, "no", FORMULA).await;
        let open = format!("/customers/{}/open", self.clinic.id);
        let (status, path) = self.app.post(self.vendor_manager, &open, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let body = json!({
            "version": 0, "first": { "answer": "yes", "on": "2026-11-19" }, "remark": "事業者の備考",
        });
        let path = format!("/api/v1{path}/items/1-1/answer");
        let (status, answer) = self
            .app
            .api(Some(self.vendor_manager), Method::PUT, &path, Some(body))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        self.evidence("台帳", "../../機器台帳:最終.txt").await;
        self.evidence("二つ目", "con.txt").await;
    }

    /// Answers a row of the clinic's sheet, from the version that was read.
    pub(crate) async fn answer(&self, item: &str, version: i64, answer: &str, remark: &str) {
        let body = json!({
            "version": version,
            "first": { "answer": answer, "on": "2026-11-20" },
            "remark": remark,
        });
        let path = format!("/api/v1/sheets/{}/items/{item}/answer", self.sheet);
        let (status, answer) = self
            .app
            .api(Some(self.director), Method::PUT, &path, Some(body))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    async fn evidence(&self, title: &str, file_name: &str) {
        let content = format!("{title}\n確認した日: 令和8年11月20日\n");
        let mut body = Vec::new();
        for (name, value) in [("title", title), ("kind", "document")] {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"{file_name}\"\r\nContent-Type: text/plain\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(content.as_bytes());
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = Request::post("/api/v1/evidence")
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(Body::from(body))
            .unwrap();
        let (status, answer) = text(self.app.send(Some(self.director), request).await).await;
        assert!(status.is_success(), "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let path = format!("/api/v1/evidence/{}/links", answer["id"].as_str().unwrap());
        let items = json!({ "items": [format!("{}:1-1", self.sheet)] });
        let (status, answer) = self
            .app
            .api(Some(self.director), Method::PUT, &path, Some(items))
            .await;
        assert!(status.is_success(), "{answer}");
    }

    pub(crate) fn base(&self) -> String {
        format!("/inspection/of/{}", self.clinic.id)
    }

    /// A file of the clinic's pack, as somebody who is signed in.
    pub(crate) async fn file(&self, whom: TestPerson, name: &str) -> Got {
        let request = Request::get(format!("{}/{name}", self.base()))
            .body(Body::empty())
            .unwrap();
        got(self.app.send(Some(whom), request).await).await
    }

    /// An address with a cookie, or as a stranger.
    pub(crate) async fn by_cookie(&self, path: &str, cookie: Option<&str>) -> Got {
        let mut request = Request::get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        got(self
            .app
            .send(None, request.body(Body::empty()).unwrap())
            .await)
        .await
    }

    /// A form with a cookie.
    pub(crate) async fn post_by_cookie(&self, path: &str, cookie: &str, body: &str) -> StatusCode {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.app.send(None, request).await.status()
    }

    /// How many entries the audit log has of an action on a kind of thing whose detail holds this.
    pub(crate) async fn audited(&self, resource_kind: &str, holds: &str) -> i64 {
        self.app
            .app
            .database()
            .count(
                "SELECT count(*) AS n FROM audit_entries
                 WHERE resource_kind = $1 AND detail LIKE $2",
                params![resource_kind, format!("%{holds}%")],
            )
            .await
            .unwrap()
    }
}

async fn got(response: axum::response::Response) -> Got {
    let status = response.status();
    let headers = response.headers().clone();
    let content = response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec();
    Got {
        status,
        headers,
        content,
    }
}

impl Got {
    pub(crate) fn page(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The text of a PDF without blanks, where poppler is installed.
    pub(crate) fn paper(&self) -> Option<String> {
        use std::io::Write as _;
        assert!(self.content.starts_with(b"%PDF-"), "{}", self.page());
        let mut child = Command::new("pdftotext")
            .args(["-layout", "-", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        child
            .stdin
            .take()
            .unwrap()
            .write_all(&self.content)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.chars().filter(|c| !c.is_whitespace()).collect())
    }

    /// Names and contents of a zip.
    pub(crate) fn unpacked(&self) -> Vec<(String, Vec<u8>)> {
        unzip(&self.content)
    }
}

/// Names and contents of a zip.
pub(crate) fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let name = file.name().unwrap().into_owned();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

/// Every cell of a workbook as text, and whether any holds a formula.
pub(crate) fn cells(bytes: &[u8]) -> (Vec<String>, bool) {
    use calamine::{Reader as _, Xlsx};
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let mut cells = Vec::new();
    let mut formulas = false;
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).unwrap();
        cells.extend(range.used_cells().map(|(_, _, cell)| cell.to_string()));
        let found = book.worksheet_formula(&name).unwrap();
        formulas |= found.used_cells().any(|(_, _, text)| !text.is_empty());
    }
    (cells, formulas)
}
