//! The organisations, people and records that the walk finds.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use yagura_checklists::model::{AnswerInput, ChangeSource, SheetSubject, YesNo};
use yagura_checklists::store::{self, AnswerChange, WriteProof};
use yagura_identity::password::Passwords;
use yagura_identity::tokens::{self, NewToken};
use yagura_identity::{Login, Visitor, accounts};
use yagura_kernel::audit::SigningKey;
use yagura_kernel::id::{AccountId, OrganizationId, PersonId, SheetId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    Action, Actor, Authorized, Decision, Principal, Resource, Standing, actions, authorize, decide,
};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::FiscalYear;
use yagura_packs::Sheet;
use yagura_store::directory::{self, Organization};
use yagura_store::jobs::NewJob;
use yagura_store::{blobs, params, settings};
use yagura_web::RouteInfo;
use yagura_web::testing::{TestApp, TestPerson, text};

use super::{BOUNDARY, parameter, parameters};

/// Stands in every text that a person of this world wrote; no page may show it unescaped.
pub(super) const MARKUP: &str = "<i>&'架空\"</i>";

/// The ids by which an address names records of one organisation.
#[derive(Debug, Clone, Default)]
pub(super) struct Records(pub(super) BTreeMap<&'static str, String>);

impl Records {
    pub(super) fn put(&mut self, name: &'static str, id: impl ToString) {
        self.0.insert(name, id.to_string());
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

pub(super) struct Institution {
    pub(super) organization: Organization,
    pub(super) director: TestPerson,
    pub(super) records: Records,
}

pub(super) struct Regional {
    pub(super) organization: Organization,
    pub(super) records: Records,
}

pub(super) struct World {
    pub(super) app: TestApp,
    /// The institution of the institution's roles.
    pub(super) own: usize,
    pub(super) institutions: Vec<Institution>,
    /// How much the prefecture sees of each institution that it oversees.
    pub(super) overseen: BTreeMap<OrganizationId, SharingLevel>,
    pub(super) prefecture: Regional,
    pub(super) other_prefecture: Regional,
    pub(super) vendor: Organization,
    pub(super) people: BTreeMap<Role, TestPerson>,
    pub(super) kinds: BTreeMap<OrganizationId, OrganizationKind>,
    sessions: BTreeMap<PersonId, String>,
    tokens: BTreeMap<PersonId, Uuid>,
    /// What each person of the institution has at the desk of requests.
    desks: BTreeMap<PersonId, Records>,
    shared: Records,
}

async fn id_of(app: &TestApp, whom: TestPerson, path: &str, body: Value) -> String {
    let (status, answer) = app.api(Some(whom), Method::POST, path, Some(body)).await;
    assert!(
        status.is_success(),
        "{path} was answered {status}: {answer}"
    );
    ["id", "sheet"]
        .iter()
        .find_map(|name| answer[name].as_str())
        .unwrap_or_else(|| panic!("{path} named no id: {answer}"))
        .to_owned()
}

/// Where the browser was sent after a form, without what stands before the id.
fn id_behind(to: &str, path: &str) -> String {
    let rest = to.strip_prefix(path);
    rest.unwrap_or_else(|| panic!("{to} is not under {path}"))
        .to_owned()
}

/// The fields of a request for an export of data, with a file.
fn export_form() -> Request<Body> {
    let mut body = String::new();
    for (name, value) in [
        ("person", marked("架空 花子")),
        ("department", marked("内科")),
        ("information", marked("検査値")),
        ("purpose", "conference".to_owned()),
        ("personal", "no".to_owned()),
        ("method", "paper".to_owned()),
        ("terminal", "1番".to_owned()),
        ("recipient", "学会".to_owned()),
        ("outside", "no".to_owned()),
        ("from", "2026-12-01".to_owned()),
        ("until", "2026-12-31".to_owned()),
        ("end", "erase".to_owned()),
    ] {
        body.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(&format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file-attachment\"; \
         filename=\"a.txt\"\r\n\r\n承認 第12号\r\n--{BOUNDARY}--\r\n"
    ));
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::builder()
        .method(Method::POST)
        .uri("/requests/new/form-data-export")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap()
}

/// A draft and a delegation of somebody's own.
async fn begun_at_desk(app: &TestApp, whom: TestPerson) -> Records {
    let mut records = Records::default();
    let response = app.send(Some(whom), export_form()).await;
    let to = response.headers()[header::LOCATION].to_str().unwrap();
    records.put("own-draft", id_behind(to, "/requests/drafts/"));
    let (_, page) = app.get(whom, "/requests/delegations").await;
    let people = &page[page.find("<select").unwrap()..];
    let other = people.split("value=\"").nth(2).unwrap();
    let other = &other[..other.find('"').unwrap()];
    let fields = [
        ("to", other),
        ("first", "2027-01-04"),
        ("last", "2027-01-05"),
    ];
    let (_, to) = app.post(whom, "/requests/delegations", &fields).await;
    assert_eq!(to, "/requests/delegations");
    let (_, page) = app.get(whom, "/requests/delegations").await;
    let end = page.split("/requests/delegations/").last().unwrap();
    records.put("own-delegation", &end[..end.find('/').unwrap()]);
    records
}

/// What somebody has at the desk of requests: one that was filed with a file, a draft, a delegation.
async fn desk_of(app: &TestApp, whom: TestPerson) -> Records {
    let mut records = begun_at_desk(app, whom).await;
    let draft = records.get("own-draft").unwrap().to_owned();
    let (_, filed) = app
        .post(whom, &format!("/requests/drafts/{draft}/file"), &[])
        .await;
    let (_, page) = app.get(whom, &filed).await;
    let file = page.split("/files/").nth(1).unwrap();
    records.put("own-attachment", &file[..file.find('"').unwrap()]);
    records.put("own-request", id_behind(&filed, "/requests/"));
    let begun = begun_at_desk(app, whom).await;
    records.0.extend(begun.0);
    records
}

/// The beginning of a picture, which is what its type is judged by.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";

fn marked(text: &str) -> String {
    format!("{text} {MARKUP}")
}

pub(super) fn evidence_form() -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in [("title", marked("契約書").as_str()), ("kind", "contract")] {
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .as_bytes(),
        );
    }
    body.extend_from_slice(
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(PICTURE);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

async fn evidence_of(app: &TestApp, director: TestPerson) -> String {
    let (kind, body) = evidence_form();
    let request = Request::post("/api/v1/evidence")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap();
    let (status, answer) = text(app.send(Some(director), request).await).await;
    assert!(
        status.is_success(),
        "the evidence was answered {status}: {answer}"
    );
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

/// The parts of the register.
const INVENTORY: [&str; 3] = ["system", "connection", "asset"];

async fn inventory_of(app: &TestApp, director: TestPerson, kind: &str) -> String {
    let body = json!({ "content": { "name": marked("架空の装置") } });
    let path = format!("/api/v1/inventory/{kind}s");
    id_of(app, director, &path, body).await
}

/// What a permission says.
pub(super) fn permission() -> Value {
    json!({ "name": marked("架空 花子"), "system_name": marked("架空カルテ"),
        "open_ended_reason": "常勤" })
}

async fn ledger_entry_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "content": permission() });
    id_of(app, director, "/api/v1/ledgers/permissions", body).await
}

/// The form that sends a list to a ledger.
pub(super) fn ledger_form() -> (String, Vec<u8>) {
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"a.csv\"\r\n\r\n氏名,システム,期限なしの理由\n架空 花子,架空カルテ,常勤\n\r\n--{BOUNDARY}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    (kind, body.into_bytes())
}

async fn ledger_import_of(app: &TestApp, director: TestPerson) -> String {
    let (kind, body) = ledger_form();
    let request = Request::post("/ledgers/permissions/import")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap();
    let response = app.send(Some(director), request).await;
    let to = response.headers().get(header::LOCATION);
    let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
    assert!(to.starts_with("/ledgers/import/"), "{to}");
    to.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The same list as a program sends it.
pub(super) const LEDGER_LIST: &[u8] =
    "氏名,システム,期限なしの理由\n架空 花子,架空カルテ,常勤\n".as_bytes();

/// Two of one name, of whom the first has left.
pub(super) const STAFF_LIST: &[u8] =
    "職員番号,氏名,フリガナ,退職日\n0001,架空 同名,カクウ,2026/10/31\n0002,架空 同名,カクウ,\n"
        .as_bytes();

async fn staff_taken(app: &TestApp, director: TestPerson, list: Vec<u8>) {
    let request = Request::post("/api/v1/accounts/staff/imports?file_name=a.csv")
        .header(header::CONTENT_TYPE, "text/csv")
        .body(Body::from(list))
        .unwrap();
    let (status, answer) = text(app.send(Some(director), request).await).await;
    assert!(status.is_success(), "{status}: {answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let id = answer["id"].as_str().unwrap();
    let path = format!("/api/v1/accounts/imports/{id}/confirmation");
    let (status, answer) = app.api(Some(director), Method::POST, &path, None).await;
    assert!(status.is_success(), "{status}: {answer}");
}

/// A leaver with a permission that may be a namesake's.
async fn account_leaver_of(app: &TestApp, director: TestPerson) -> String {
    let content = json!({ "name": "架空 同名", "system_name": marked("架空カルテ"),
        "open_ended_reason": "常勤" });
    let body = json!({ "content": content });
    id_of(app, director, "/api/v1/ledgers/permissions", body).await;
    let here = String::from_utf8_lossy(STAFF_LIST).replace("2026/10/31", "");
    staff_taken(app, director, here.into_bytes()).await;
    staff_taken(app, director, STAFF_LIST.to_vec()).await;
    let path = "/api/v1/accounts/leavers";
    let (_, found) = app.api(Some(director), Method::GET, path, None).await;
    let id = found["items"][0]["id"].as_str();
    id.unwrap_or_else(|| panic!("no leaver: {found}"))
        .to_owned()
}

/// Accounts: one that is nobody's.
pub(super) const ACCOUNTS: &[u8] =
    "利用者ID,利用者氏名,停止フラグ\nkakuu,<i>&'架空\"</i>,\n".as_bytes();

/// The form that sends accounts or a staff list.
pub(super) fn account_form() -> (String, Vec<u8>) {
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; \
         filename=\"a.csv\"\r\n\r\n利用者ID,氏名\nkakuu,架空 花子\n\r\n--{BOUNDARY}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    (kind, body.into_bytes())
}

async fn account_source_of(app: &TestApp, director: TestPerson) -> String {
    let name = marked("架空カルテ");
    let fields = [("name", name.as_str()), ("kind", "any")];
    let body: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("{key}={}", yagura_web::percent_encoded(value)))
        .collect();
    let request = Request::post("/accounts/sources")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.join("&")))
        .unwrap();
    let response = app.send(Some(director), request).await;
    let to = response.headers().get(header::LOCATION);
    let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
    assert!(to.starts_with("/accounts/sources/"), "{to}");
    to.rsplit('/').next().unwrap_or_default().to_owned()
}

async fn account_import_of(app: &TestApp, director: TestPerson, source: &str) -> String {
    let path = format!("/api/v1/accounts/sources/{source}/imports?file_name=a.csv");
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(ACCOUNTS))
        .unwrap();
    let (status, answer) = text(app.send(Some(director), request).await).await;
    assert!(status.is_success(), "{status}: {answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

/// A source with an account that is nobody's, and what was found of it.
async fn accounts_of(app: &TestApp, director: TestPerson, records: &mut Records) {
    let source = account_source_of(app, director).await;
    let import = account_import_of(app, director, &source).await;
    let path = format!("/api/v1/accounts/imports/{import}/confirmation");
    let (status, answer) = app.api(Some(director), Method::POST, &path, None).await;
    assert!(status.is_success(), "{status}: {answer}");
    app.run_jobs().await;
    records.put("account-leaver", account_leaver_of(app, director).await);
    let (_, page) = app.get(director, "/accounts/list").await;
    let account = page
        .split("/accounts/of/")
        .nth(1)
        .and_then(|rest| rest.get(..36));
    let (_, found) = app
        .api(
            Some(director),
            Method::GET,
            "/api/v1/accounts/findings",
            None,
        )
        .await;
    records.put(
        "account",
        account.unwrap_or_else(|| panic!("no account: {page}")),
    );
    let finding = found["items"][0]["id"].as_str();
    records.put(
        "account-finding",
        finding.unwrap_or_else(|| panic!("nothing found: {found}")),
    );
    let waiting = account_import_of(app, director, &source).await;
    records.put("account-import", waiting);
    records.put("account-source", source);
}

/// A list of devices: one that would be recognised again, and that nobody registered.
pub(super) const LEDGER: &[u8] = "機器名,製造番号\n架空の装置,SN-90001\n".as_bytes();

/// The form that sends it to the register.
pub(super) fn inventory_form() -> (String, Vec<u8>) {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; \
         filename=\"a.csv\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(LEDGER);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

async fn inventory_import_of(app: &TestApp, director: TestPerson) -> String {
    // Another device each time: what stands in the register already is not new.
    let list = format!("機器名,製造番号\n架空の装置,SN-{}\n", app.app.ids().id());
    let request = Request::post("/api/v1/inventory/imports?file_name=a.csv")
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(list))
        .unwrap();
    let (status, answer) = text(app.send(Some(director), request).await).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

/// A device that stands in no row: an import from which it was left out.
/// A verdict on passwords, signed with a key that nobody has compared yet.
pub(super) fn signed_verdict() -> Value {
    let key = SigningKey::from_seed(yagura_credentials::model::KEY_NAME, &[9; 32]).unwrap();
    let opened = credentialcheck::Opened {
        entries: vec![credentialcheck::Entry {
            number: 1,
            title: marked("架空の装置"),
            user: "operator".into(),
            password: "operator".into(),
            ..credentialcheck::Entry::default()
        }],
        file_sha256: "0".repeat(64),
        ..credentialcheck::Opened::default()
    };
    let at = time::OffsetDateTime::UNIX_EPOCH;
    let verdict = credentialcheck::check(&opened, &credentialcheck::Options::at(at));
    let signed = yagura_credentials::model::SignedVerdict::sign(&verdict, &key).unwrap();
    serde_json::to_value(signed).unwrap()
}

async fn credential_of(app: &TestApp, director: TestPerson) -> (String, String) {
    let path = "/api/v1/credentials/verdicts";
    let (status, said) = app
        .api(Some(director), Method::POST, path, Some(signed_verdict()))
        .await;
    assert!(status.is_success(), "{path} was answered {status}: {said}");
    let id = |name: &str| said[name].as_str().unwrap().to_owned();
    (id("id"), id("key"))
}

async fn stranger_of(app: &TestApp, director: TestPerson) -> String {
    let import = inventory_import_of(app, director).await;
    let path = format!("/inventory/import/{import}");
    app.post(director, &format!("{path}/decisions"), &[("scope", "all")])
        .await;
    let (_, page) = app.get(director, &path).await;
    let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap();
    let seen = seen.split('"').next().unwrap();
    let (status, answer) = app
        .post(director, &format!("{path}/confirm"), &[("seen", seen)])
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{answer}");
    let (_, page) = app.get(director, "/inventory/strangers").await;
    let id = page.split("/inventory/strangers/").nth(1);
    let shown = page.split("<main").nth(1).unwrap_or_default();
    let id = id.unwrap_or_else(|| panic!("no stranger: {shown}"));
    id.split('/').next().unwrap().to_owned()
}

/// What a new vendor says of its external connections to an institution.
async fn vendor_word_of(app: &TestApp, customer: OrganizationId, director: TestPerson) -> String {
    let vendor = app
        .organization(OrganizationKind::Vendor, "回線の会社", None)
        .await;
    let sharing = SharingLevel::Status;
    app.relate(RelationKind::Supplies, vendor.id, customer, sharing)
        .await;
    let person = app.person(&vendor, Role::VendorStaff).await;
    let body = json!({ "word": "another", "text": "台帳にない回線" });
    let path = format!("/api/v1/customers/{customer}/connections");
    let (status, answer) = app.api(Some(person), Method::POST, &path, Some(body)).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    let path = "/api/v1/inventory/vendor-words";
    let (_, words) = app.api(Some(director), Method::GET, path, None).await;
    let words = words.as_array().unwrap();
    let id = words.last().unwrap()["id"].as_str().unwrap();
    id.to_owned()
}

/// Gives every institution a device with a published hole, found by the feeds.
async fn vulnerabilities_of(app: &TestApp, institutions: &mut [Institution]) {
    let nvd =
        include_bytes!("../../../../crates/features/vulnerabilities/tests/data/nvd-extract.json");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nvd.json");
    std::fs::write(&file, nvd).unwrap();
    let principal = Principal {
        actor: Actor::System,
        organization: uuid::Uuid::nil().into(),
        organization_kind: OrganizationKind::Operator,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    };
    let resource = Resource {
        organization: principal.organization,
        standing: Standing::Installation,
    };
    let manage = authorize::<actions::ManageFeeds>(&Arc::new(principal), &resource).unwrap();
    yagura_vulnerabilities::import::Importer::new(&app.app, &manage)
        .load(&file, &[], &mut |_| {})
        .await
        .unwrap();
    for institution in institutions.iter() {
        let content = json!({
            "name": marked("外来VPN装置"), "manufacturer": "Fortinet", "model": "FortiGate 60F",
            "os_version": "6.0.3", "vendor": institution.records.get("supplier"),
        });
        let body = json!({ "content": content });
        id_of(app, institution.director, "/api/v1/inventory/assets", body).await;
    }
    let mut tx = app.app.database().begin().await.unwrap();
    let now = app.app.now();
    let round = NewJob::now(yagura_vulnerabilities::refresh::ROUND, json!({}), now);
    yagura_store::jobs::enqueue(&mut tx, app.app.ids(), round, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    while app.run_jobs().await > 0 {}
    for institution in institutions {
        let path = "/api/v1/vulnerabilities/findings";
        let (_, page) = app
            .api(Some(institution.director), Method::GET, path, None)
            .await;
        let finding = page["items"][0]["id"].as_str().unwrap();
        institution.records.put("finding", finding);
        let question = format!("{path}/{finding}/question");
        let (status, answer) = app
            .api(
                Some(institution.director),
                Method::POST,
                &question,
                Some(json!({})),
            )
            .await;
        assert_eq!(answer["question"], "asked", "{status}: {answer}");
        let requests = app
            .app
            .database()
            .raw_rows(
                "SELECT id FROM vuln_requests WHERE organization_id = $1",
                yagura_store::params![institution.organization.id],
            )
            .await
            .unwrap();
        let request: uuid::Uuid = requests[0].get("id").unwrap();
        institution.records.put("vendor-request", request);
        let (_, page) = app
            .get(institution.director, "/vulnerabilities/products")
            .await;
        let product = page
            .split("/vulnerabilities/products/")
            .nth(1)
            .and_then(|rest| rest.get(..36))
            .unwrap();
        institution.records.put("product", product);
    }
}

async fn entry_of(app: &TestApp, director: TestPerson) -> String {
    let body =
        json!({ "category": "police", "name": marked("架空警察署"), "day_phone": "000-000-0000" });
    id_of(app, director, "/api/v1/contacts/entries", body).await
}

async fn vendor_invitation_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "name": marked("見本の新しい事業者"), "email": "new@example.jp" });
    id_of(app, director, "/api/v1/vendors/invitations", body).await
}

async fn people_invitation_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "email": "new@example.jp", "role": "staff" });
    id_of(app, director, "/api/v1/people/invitations", body).await
}

/// An identity provider that refuses every connection at once.
pub(super) fn provider_json() -> Value {
    json!({
        "name": "職員アカウント", "issuer": "http://127.0.0.1:1", "client_id": "yagura",
        "allowed_domains": ["example.jp"], "enabled": true,
    })
}

async fn provider_of(app: &TestApp, director: TestPerson) -> String {
    id_of(app, director, "/api/v1/identity-providers", provider_json()).await
}

async fn inspection_link_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "last_day": "2026-12-01" });
    id_of(app, director, "/api/v1/inspection-links", body).await
}

async fn assignment_of(app: &TestApp, organization: &Organization, role: Role) -> String {
    let person = app.person(organization, role).await;
    directory::assignments_of(app.app.database(), person.person, app.app.today())
        .await
        .unwrap()[0]
        .id
        .to_string()
}

async fn supplier_of(app: &TestApp, organization: OrganizationId) -> String {
    let vendor = app
        .organization(OrganizationKind::Vendor, &marked("見本保守株式会社"), None)
        .await;
    let sharing = SharingLevel::Status;
    app.relate(RelationKind::Supplies, vendor.id, organization, sharing)
        .await
        .to_string()
}

async fn import_of(app: &TestApp, manager: TestPerson) -> String {
    let name = marked("架空第二クリニック").replace('"', "\"\"");
    let table = format!("施設名,種別\n\"{name}\",診療所\n");
    let request = Request::post("/api/v1/imports?file_name=roll.csv")
        .header(header::CONTENT_TYPE, "text/csv")
        .body(Body::from(table))
        .unwrap();
    let (status, answer) = text(app.send(Some(manager), request).await).await;
    assert!(
        status.is_success(),
        "the import was answered {status}: {answer}"
    );
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

impl World {
    pub(super) async fn new(app: TestApp) -> Self {
        let prefecture = app
            .organization(OrganizationKind::Prefecture, &marked("架空県"), None)
            .await;
        let other = app
            .organization(OrganizationKind::Prefecture, &marked("見本県"), None)
            .await;
        let vendor = app
            .organization(
                OrganizationKind::Vendor,
                &marked("架空レセコン株式会社"),
                None,
            )
            .await;
        let strange = app
            .organization(OrganizationKind::Vendor, &marked("見本システムズ"), None)
            .await;
        let operator = app
            .organization(OrganizationKind::Operator, &marked("架空運用室"), None)
            .await;
        let vendor_person = app.person(&vendor, Role::VendorManager).await;
        let strange_person = app.person(&strange, Role::VendorManager).await;
        let mut institutions = Vec::new();
        let mut overseen = BTreeMap::new();
        for (number, level) in [None, None]
            .into_iter()
            .chain(SharingLevel::ALL.map(Some))
            .enumerate()
        {
            let name = marked(&format!("架空病院 第{number}"));
            let organization = app
                .organization(OrganizationKind::Hospital, &name, Some(120))
                .await;
            let overseer = if level.is_some() { &prefecture } else { &other };
            let sharing = level.unwrap_or(SharingLevel::Status);
            let seen = app
                .relate(
                    RelationKind::Oversees,
                    overseer.id,
                    organization.id,
                    sharing,
                )
                .await;
            if let Some(level) = level {
                overseen.insert(organization.id, level);
            }
            let (supplier, supplier_person) = if number == 0 {
                (&vendor, vendor_person)
            } else {
                (&strange, strange_person)
            };
            let status = SharingLevel::Status;
            app.relate(RelationKind::Supplies, supplier.id, organization.id, status)
                .await;
            let director = app.person(&organization, Role::Director).await;
            let mut records = Records::default();
            records.put("organization", organization.id);
            records.put("member", organization.id);
            records.put("supplier", supplier.id);
            records.put("sharing", seen);
            records.put("supply", supplier_of(&app, organization.id).await);
            for (name, year) in [("sheet-before", 2025), ("sheet", 2026)] {
                let year = json!({ "fiscal_year": year });
                records.put(name, id_of(&app, director, "/api/v1/sheets", year).await);
            }
            let open = format!("/customers/{}/open", organization.id);
            let (status, to) = app.post(supplier_person, &open, &[]).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
            let sheet = to
                .split('/')
                .find(|part| part.len() == 36)
                .unwrap_or_else(|| panic!("{open} led to {to}, which names no sheet"));
            records.put("vendor-sheet", sheet);
            let supplied = Supplied {
                vendor: supplier,
                person: supplier_person,
                customer: organization.id,
            };
            supplied.open(&app, 2025).await;
            records.put(
                "source-customer",
                source_of(&app, supplier, supplier_person).await,
            );
            records.put("evidence", evidence_of(&app, director).await);
            records.put("entry", entry_of(&app, director).await);
            for kind in INVENTORY {
                records.put(kind, inventory_of(&app, director, kind).await);
            }
            records.put("stranger", stranger_of(&app, director).await);
            records.put(
                "vendor-word",
                vendor_word_of(&app, organization.id, director).await,
            );
            records.put("ledger-entry", ledger_entry_of(&app, director).await);
            records.put("ledger-import", ledger_import_of(&app, director).await);
            records.put(
                "inventory-import",
                inventory_import_of(&app, director).await,
            );
            let (verdict, key) = credential_of(&app, director).await;
            records.put("verdict", verdict);
            records.put("credential-key", key);
            accounts_of(&app, director, &mut records).await;
            records.put(
                "vendor-invitation",
                vendor_invitation_of(&app, director).await,
            );
            records.put("inspection-link", inspection_link_of(&app, director).await);
            records.put("provider", provider_of(&app, director).await);
            records.put(
                "people-invitation",
                people_invitation_of(&app, director).await,
            );
            records.put(
                "assignment",
                assignment_of(&app, &organization, Role::Staff).await,
            );
            institutions.push(Institution {
                organization,
                director,

                records,
            });
        }
        vulnerabilities_of(&app, &mut institutions).await;
        let mut regionals = Vec::new();
        for organization in [&prefecture, &other] {
            let manager = app.person(organization, Role::RegionalManager).await;
            let mut records = Records::default();
            records.put("organization", organization.id);
            records.put(
                "assignment",
                assignment_of(&app, organization, Role::RegionalStaff).await,
            );
            records.put("import", import_of(&app, manager).await);
            let reminder = json!({
                "audience": "not_opened", "subject": marked("お願い"), "body": marked("ご回答ください。"),
            });
            let (status, answer) = app
                .api(
                    Some(manager),
                    Method::POST,
                    "/api/v1/reminders",
                    Some(reminder),
                )
                .await;
            assert!(
                status.is_success(),
                "the reminder was answered {status}: {answer}"
            );
            let reminder = answer["id"]
                .as_str()
                .unwrap_or_else(|| panic!("no id: {answer}"));
            records.put("reminder", reminder);
            records.put("export", export_of(&app, organization.id).await);
            records.put("new-reminder", app.app.ids().id());
            regionals.push(Regional {
                organization: organization.clone(),
                records,
            });
        }
        let other_prefecture = regionals.pop().unwrap();
        let prefecture = regionals.pop().unwrap();
        let mut people = BTreeMap::new();
        let mut kinds = BTreeMap::new();
        let mut sessions = BTreeMap::new();
        let mut tokens = BTreeMap::new();
        let mut tx = app.app.database().begin().await.unwrap();
        // Lets people be signed in by their account alone.
        settings::set(&mut tx, settings::DEMONSTRATION, "1")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for role in Role::ALL {
            let organization = match role {
                Role::VendorManager | Role::VendorStaff => &vendor,
                Role::RegionalManager | Role::RegionalStaff | Role::Inspector => {
                    &prefecture.organization
                }
                Role::Administrator => &operator,
                _ => &institutions[0].organization,
            };
            kinds.insert(organization.id, organization.kind);
            let whom = app.person(organization, role).await;
            people.insert(role, whom);
            let session = session_of(&app, whom, role).await;
            if let Some((id, _)) = token_of(&app, &session, &[Action::ReadPeople]).await {
                tokens.insert(whom.person, id);
            }
            sessions.insert(whom.person, session);
        }
        let mut desks = BTreeMap::new();
        for whom in people.values() {
            if whom.organization == institutions[0].organization.id {
                desks.insert(whom.person, desk_of(&app, *whom).await);
            }
        }
        let mut shared = Records::default();
        let administrator = people[&Role::Administrator];
        shared.put("pack-import", pack_import_of(&app, administrator).await);
        let mut tx = app.app.database().begin().await.unwrap();
        tx.execute("UPDATE people SET name = name || $1", params![MARKUP])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // The figures of regions are made by a job, some seconds after the change.
        app.clock.advance_seconds(60);
        app.run_jobs().await;
        Self {
            app,
            own: 0,
            institutions,
            overseen,
            prefecture,
            other_prefecture,
            vendor,
            people,
            kinds,
            sessions,
            tokens,
            desks,
            shared,
        }
    }

    /// The session's cookie of one of [`Self::people`].
    pub(super) fn session(&self, whom: TestPerson) -> &str {
        &self.sessions[&whom.person]
    }

    /// The records of an institution or a regional body.
    pub(super) fn records_of(&self, organization: OrganizationId) -> Option<&Records> {
        let institution = self
            .institutions
            .iter()
            .find(|institution| institution.organization.id == organization);
        let region = [&self.prefecture, &self.other_prefecture]
            .into_iter()
            .find(|region| region.organization.id == organization);
        institution
            .map(|institution| &institution.records)
            .or_else(|| region.map(|region| &region.records))
    }

    /// What belongs to no organisation or to the reader alone.
    pub(super) fn shared_of(&self, whom: TestPerson) -> Records {
        let mut records = self.shared.clone();
        let token = self.tokens.get(&whom.person);
        records.put("own-token", token.map_or(Uuid::nil(), |id| *id));
        for key in [
            "own-request",
            "own-attachment",
            "own-draft",
            "own-delegation",
        ] {
            records.put(key, Uuid::nil());
        }
        if let Some(desk) = self.desks.get(&whom.person) {
            records.0.extend(desk.0.clone());
        }
        records
    }

    pub(super) fn standing(&self, whom: TestPerson, target: OrganizationId) -> Standing {
        if whom.organization == target {
            return Standing::Own;
        }
        if whom.organization == self.prefecture.organization.id
            && let Some(level) = self.overseen.get(&target)
        {
            return Standing::Overseen(*level);
        }
        let customer = self.institutions[self.own].organization.id;
        if whom.organization == self.vendor.id && target == customer {
            return Standing::Supplied;
        }
        Standing::Foreign
    }

    pub(super) fn allows(
        &self,
        role: Role,
        action: Action,
        organization: OrganizationId,
        standing: Standing,
        scope: Option<&[Action]>,
    ) -> bool {
        let whom = self.people[&role];
        let principal = Principal {
            actor: Actor::Person {
                person: whom.person,
                account: AccountId::from(whom.person.uuid()),
            },
            organization: whom.organization,
            organization_kind: self.kinds[&whom.organization],
            roles: vec![role],
            second_factor: true,
            token_actions: scope.map(<[Action]>::to_vec),
        };
        decide(
            &principal,
            action,
            &Resource {
                organization,
                standing,
            },
        ) == Decision::Allow
    }
}

/// A vendor's work for a customer, by the public functions of the feature where no address leads
/// to it: last year's sheet.
struct Supplied<'w> {
    vendor: &'w Organization,
    person: TestPerson,
    customer: OrganizationId,
}

impl Supplied<'_> {
    fn proof(&self) -> Authorized<actions::AnswerVendorSheet> {
        let principal = Arc::new(Principal {
            actor: Actor::Person {
                person: self.person.person,
                account: AccountId::from(self.person.person.uuid()),
            },
            organization: self.vendor.id,
            organization_kind: self.vendor.kind,
            roles: vec![Role::VendorManager],
            second_factor: true,
            token_actions: None,
        });
        let resource = Resource {
            organization: self.customer,
            standing: Standing::Supplied,
        };
        authorize(&principal, &resource).unwrap()
    }

    async fn open(&self, app: &TestApp, year: i32) -> SheetId {
        let app = &app.app;
        let proof = self.proof();
        let mut tx = app.database().begin().await.unwrap();
        let header = store::open_sheet(
            &mut tx,
            WriteProof::Vendor(&proof),
            &app.packs(),
            app.ids(),
            FiscalYear::new(year).unwrap(),
            SheetSubject::Vendor(self.vendor.id),
            app.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        header.id
    }

    async fn answer(&self, app: &TestApp, sheet: SheetId) {
        let app = &app.app;
        let packs = app.packs();
        let pack = packs.checklist(app.fiscal_year(), Sheet::Vendor).unwrap();
        let change = AnswerChange {
            item_key: pack.items().next().unwrap().key.clone(),
            expected_version: 0,
            input: AnswerInput {
                first: Some(YesNo::Yes),
                first_on: Some(app.today()),
                remark: marked("導入済み"),
                ..AnswerInput::default()
            },
            source: ChangeSource::Api,
        };
        let saved = store::save_answers(
            app.database(),
            &packs,
            app.ids(),
            WriteProof::Vendor(&self.proof()),
            sheet,
            &[change],
            app.now(),
        )
        .await;
        let Ok((tx, _)) = saved else {
            panic!("the vendor's answer was not taken")
        };
        tx.commit().await.unwrap();
    }
}

/// Another customer of a vendor, whose sheet has answers that can be offered.
async fn source_of(app: &TestApp, vendor: &Organization, person: TestPerson) -> OrganizationId {
    let customer = app
        .organization(OrganizationKind::Clinic, &marked("架空の先客診療所"), None)
        .await;
    let level = SharingLevel::Status;
    app.relate(RelationKind::Supplies, vendor.id, customer.id, level)
        .await;
    let supplied = Supplied {
        vendor,
        person,
        customer: customer.id,
    };
    let sheet = supplied.open(app, 2026).await;
    supplied.answer(app, sheet).await;
    customer.id
}

/// An export that is finished.
async fn export_of(app: &TestApp, overseer: OrganizationId) -> Uuid {
    let app = &app.app;
    let id = app.ids().id();
    let content = Body::from(format!("workbook {id}")).into_data_stream();
    let stored = app.blobs().put(content, 1_000).await.unwrap();
    let mut tx = app.database().begin().await.unwrap();
    blobs::record(&mut tx, &stored, app.now()).await.unwrap();
    tx.execute(
        "INSERT INTO region_exports
            (id, overseer_id, created_at, expires_at, format, fiscal_year, filter, lang, state,
             members, file_name, blob)
         VALUES ($1, $2, $3, $4, 'xlsx', 2026, '', 'ja', 'made', 1, 'matrix.xlsx', $5)",
        params![id, overseer, app.now(), app.now().plus_days(1), stored.hash],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    id
}

/// A begun import of a pack: the built-in one of this year in a newer version.
async fn pack_import_of(app: &TestApp, administrator: TestPerson) -> String {
    let packs = app.app.packs();
    let newest = packs.get("mhlw-checklist-r08-institution").unwrap();
    let mut pack = yagura_packs::Pack::clone(newest);
    pack.version.minor += 1;
    let request = Request::post("/api/v1/packs/imports?file_name=r8.toml")
        .header(header::CONTENT_TYPE, "application/toml")
        .body(Body::from(yagura_packs::export::toml(&pack).unwrap()))
        .unwrap();
    let (status, answer) = text(app.send(Some(administrator), request).await).await;
    assert!(
        status.is_success(),
        "the import of a pack was answered {status}: {answer}"
    );
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

/// The cookie of a person who signed in with two factors.
async fn session_of(app: &TestApp, whom: TestPerson, role: Role) -> String {
    let identity = app.app.identity();
    let hash = Passwords::with_parameters(64, 1, 1)
        .renew("a passphrase nobody types", app.app.ids())
        .await
        .unwrap();
    let login = format!("walk-{}@example.jp", role.code().replace('_', "-"));
    let login = Login::parse(&login).unwrap();
    let mut tx = app.app.database().begin().await.unwrap();
    let act = identity.act_of_program();
    let made = accounts::insert_demonstration(&mut tx, act, &hash, [(whom.person, login)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let visitor = Visitor::new(None, "role walk");
    let opened = identity
        .sign_in_to_demonstration(made[0], &visitor)
        .await
        .unwrap();
    opened.token.reveal()
}

/// A token with these scopes for the holder of a session; `None` where their role gives none.
pub(super) async fn token_of(
    app: &TestApp,
    session: &str,
    scopes: &[Action],
) -> Option<(Uuid, String)> {
    let identity = app.app.identity();
    let session = identity.session(session).await.unwrap().unwrap();
    let principal = Arc::new(session.principal().unwrap());
    let resource = Resource {
        organization: principal.organization,
        standing: Standing::Own,
    };
    let proof = authorize::<actions::ManageTokens>(&principal, &resource).ok()?;
    let mut tx = app.app.database().begin().await.unwrap();
    let new = NewToken {
        name: "walk",
        scopes,
        expires_at: app.app.now().plus_days(1),
    };
    let (id, token) = tokens::create(&mut tx, identity.act(&session), &proof, &session, new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Some((id.uuid(), token.reveal().to_owned()))
}

/// The secret part of a link to the inspection pack of a director's institution.
pub(super) async fn link_of(app: &TestApp, director: TestPerson) -> String {
    let body = json!({ "last_day": "2026-12-01" });
    let (status, answer) = app
        .api(
            Some(director),
            Method::POST,
            "/api/v1/inspection-links",
            Some(body),
        )
        .await;
    assert!(status.is_success(), "{status}: {answer}");
    let link = answer["link"].as_str().unwrap();
    link.rsplit('/').next().unwrap().to_owned()
}

impl World {
    /// Records made anew for an act that may end or remove them.
    pub(super) async fn renewed(
        &self,
        whom: TestPerson,
        route: &RouteInfo,
        target: OrganizationId,
        records: &Records,
    ) -> Records {
        let mut records = records.clone();
        let app = &self.app;
        records.put("new-reminder", app.app.ids().id());
        let institution = self
            .institutions
            .iter()
            .find(|institution| institution.organization.id == target);
        for name in parameters(route.path) {
            let Some((_, key)) = parameter(route.path, name) else {
                continue;
            };
            match (key, institution) {
                ("evidence", Some(own)) => records.put(key, evidence_of(app, own.director).await),
                ("entry", Some(own)) => records.put(key, entry_of(app, own.director).await),
                (kind, Some(own)) if INVENTORY.contains(&kind) => {
                    records.put(kind, inventory_of(app, own.director, kind).await);
                }
                ("stranger", Some(own)) => records.put(key, stranger_of(app, own.director).await),
                ("vendor-word", Some(own)) => {
                    let (id, director) = (own.organization.id, own.director);
                    records.put(key, vendor_word_of(app, id, director).await);
                }
                ("ledger-entry", Some(own)) => {
                    records.put(key, ledger_entry_of(app, own.director).await);
                }
                ("ledger-import", Some(own)) => {
                    records.put(key, ledger_import_of(app, own.director).await);
                }
                ("inventory-import", Some(own)) => {
                    records.put(key, inventory_import_of(app, own.director).await);
                }
                ("supply", Some(own)) => {
                    records.put(key, supplier_of(app, own.organization.id).await)
                }
                ("vendor-invitation", Some(own)) => {
                    records.put(key, vendor_invitation_of(app, own.director).await);
                }
                ("people-invitation", Some(own)) => {
                    records.put(key, people_invitation_of(app, own.director).await);
                }
                // As many as an organisation may have would be too few for all cases.
                ("provider", Some(own))
                    if route.method == Method::DELETE || route.path.ends_with("/remove") =>
                {
                    records.put(key, provider_of(app, own.director).await);
                }
                ("inspection-link", Some(own)) => {
                    records.put(key, inspection_link_of(app, own.director).await);
                }
                ("assignment", Some(own)) => {
                    records.put(
                        key,
                        assignment_of(app, &own.organization, Role::Staff).await,
                    );
                }
                ("assignment", None) => {
                    let region = [&self.prefecture, &self.other_prefecture]
                        .into_iter()
                        .find(|region| region.organization.id == target);
                    if let Some(region) = region {
                        let role = Role::RegionalStaff;
                        let id = assignment_of(app, &region.organization, role).await;
                        records.put(key, id);
                    }
                }
                ("member", _) => {
                    let member = app
                        .organization(OrganizationKind::Clinic, "架空会員", None)
                        .await;
                    let prefecture = self.prefecture.organization.id;
                    let level = SharingLevel::Status;
                    app.relate(RelationKind::Oversees, prefecture, member.id, level)
                        .await;
                    records.put(key, member.id);
                }
                ("pack-import", _) => {
                    let administrator = self.people[&Role::Administrator];
                    records.put(key, pack_import_of(app, administrator).await);
                }
                ("own-token", _) => {
                    if let Some((id, _)) =
                        token_of(app, self.session(whom), &[Action::ReadPeople]).await
                    {
                        records.put(key, id);
                    }
                }
                ("own-draft" | "own-delegation", Some(_)) => {
                    records.0.extend(begun_at_desk(app, whom).await.0);
                }
                ("import", _) => {
                    let manager = self.people[&Role::RegionalManager];
                    records.put(key, import_of(app, manager).await);
                }
                _ => {}
            }
        }
        records
    }
}
