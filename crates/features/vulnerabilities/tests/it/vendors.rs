//! Questions to vendors: who sees what, what an answer does and does not do, documents.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use yagura_inventory::model::Asset;
use yagura_kernel::id::RelationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::Date;
use yagura_store::directory::{self, Organization};
use yagura_vulnerabilities::model::State;
use yagura_vulnerabilities::model::request::RequestState;
use yagura_vulnerabilities::{Filter, Finding, events};
use yagura_web::testing::{TestPerson, text};

use crate::support::{World, feed, gateway, nvd, proof, worlds};

const FORTIOS: &str = "cpe:2.3:o:fortinet:fortios:*:*:*:*:*:*:*:*";
const WORK: &str = "/customers/vulnerabilities";
const API: &str = "/api/v1/customers/vulnerabilities";

struct Supplied {
    world: World,
    clinic: Organization,
    vendor: Organization,
    manager: TestPerson,
    rival: TestPerson,
    supply: RelationId,
    asset: uuid::Uuid,
}

/// A hospital and a clinic with the same appliance, which the same vendor maintains, and another
/// vendor of the hospital.
async fn supplied() -> Vec<Supplied> {
    let mut all = Vec::new();
    for world in worlds().await {
        let app = &world.app;
        let vendor = app
            .organization(OrganizationKind::Vendor, "架空保守株式会社", None)
            .await;
        let rival = app
            .organization(OrganizationKind::Vendor, "見本保守株式会社", None)
            .await;
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空クリニック", None)
            .await;
        let level = SharingLevel::Status;
        let supply = app
            .relate(RelationKind::Supplies, vendor.id, world.hospital.id, level)
            .await;
        app.relate(RelationKind::Supplies, vendor.id, clinic.id, level)
            .await;
        app.relate(RelationKind::Supplies, rival.id, world.hospital.id, level)
            .await;
        let at = "2026-11-10T00:00:00.000";
        let records = [
            nvd("CVE-2026-1000", FORTIOS, "7.0.6", 9.8, at),
            nvd("CVE-2026-1001", FORTIOS, "7.0.6", 5.0, at),
        ];
        world.load("nvd.json", &feed(&records)).await;
        let maintained = Asset {
            vendor: Some(vendor.id),
            ..gateway("7.0.5")
        };
        let asset = world.add(&maintained).await;
        world.add_for(clinic.id, &maintained).await;
        world
            .add(&Asset {
                name: "院内だけの装置".to_owned(),
                ..gateway("7.0.5")
            })
            .await;
        world.round().await;
        all.push(Supplied {
            manager: app.person(&vendor, Role::VendorManager).await,
            rival: app.person(&rival, Role::VendorManager).await,
            clinic,
            vendor,
            supply,
            asset,
            world,
        });
    }
    all
}

impl Supplied {
    async fn ask_all(&self) {
        let form = [("scope", "all")];
        let ask = "/vulnerabilities/ask";
        let (status, page) = self.world.app.post(self.world.operator, ask, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let director = self.world.app.person(&self.clinic, Role::Director).await;
        let (status, page) = self.world.app.post(director, ask, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    }

    async fn get(&self, whom: TestPerson, path: &str) -> (StatusCode, Json) {
        self.world
            .app
            .api(Some(whom), Method::GET, path, None)
            .await
    }

    async fn post(&self, whom: TestPerson, path: &str, body: Json) -> (StatusCode, Json) {
        self.world
            .app
            .api(Some(whom), Method::POST, path, Some(body))
            .await
    }

    async fn questions(&self, whom: TestPerson) -> Vec<Json> {
        let (status, page) = self.get(whom, API).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page["items"].as_array().unwrap().clone()
    }

    async fn finding(&self, vulnerability: &str) -> Finding {
        let filter = Filter {
            vulnerability: Some(vulnerability.parse().unwrap()),
            asset: Some(self.asset),
            ..Filter::default()
        };
        self.world.found(&filter).await.remove(0)
    }

    async fn end_supply(&self, last_day: Date) {
        let mut tx = self.world.app.app.database().begin().await.unwrap();
        directory::end_relation(&mut tx, self.supply, last_day)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn upload(&self, whom: TestPerson, document: &str) -> (StatusCode, String, String) {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"vex.json\"\r\n\r\n\
             {document}\r\n--b--\r\n"
        );
        let request = Request::post("/customers/vulnerabilities/documents")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .unwrap();
        let response = self.world.app.send(Some(whom), request).await;
        let to = response
            .headers()
            .get(header::LOCATION)
            .map(|to| to.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let (status, page) = text(response).await;
        (status, to, page)
    }
}

fn vex(statements: &[Json]) -> String {
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:x", "author": "架空保守",
        "timestamp": "2026-11-21T00:00:00Z", "version": 1, "statements": statements,
    })
    .to_string()
}

fn statement(vulnerability: &str, cpe: &str, status: &str) -> Json {
    json!({
        "vulnerability": { "name": vulnerability },
        "products": [{ "@id": "x", "identifiers": { "cpe23": cpe } }],
        "status": status, "justification": "vulnerable_code_not_in_execute_path",
        "action_statement": "7.0.6 に更新します",
    })
}

#[tokio::test]
async fn a_vendor_sees_what_it_is_asked_about_devices_that_it_maintains() {
    for it in supplied().await {
        let app = &it.world.app;
        assert!(
            it.questions(it.manager).await.is_empty(),
            "nobody asked yet"
        );
        it.ask_all().await;
        let questions = it.questions(it.manager).await;
        assert_eq!(questions.len(), 4, "two vulnerabilities of two customers");
        assert!(
            questions
                .iter()
                .all(|one| one["asset_name"] == "外来VPN装置"),
            "what nobody maintains is nobody's: {questions:?}"
        );
        assert!(it.questions(it.rival).await.is_empty());
        assert_eq!(
            it.get(it.world.director, API).await.0,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            app.get(it.world.director, WORK).await.0,
            StatusCode::FORBIDDEN
        );
        let path = format!("{API}/{}", questions[0]["id"].as_str().unwrap());
        assert_eq!(it.get(it.manager, &path).await.0, StatusCode::OK);
        assert_eq!(it.get(it.rival, &path).await.0, StatusCode::NOT_FOUND);
        // The state and the history say so, and nobody is asked twice.
        let finding = it.finding("CVE-2026-1000").await;
        assert_eq!(finding.state(), State::Investigating);
        assert_eq!(finding.request(), Some(RequestState::Asked));
        it.ask_all().await;
        let read = proof::<actions::ReadVulnerabilities>(it.world.hospital.id);
        let told = events(app.app.database(), &read, finding.id, 10)
            .await
            .unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].event.as_str(), &told[0].detail["vendor"]),
            ("asked", &json!("架空保守株式会社"))
        );
        // The worklist: one line per vulnerability and version, over both customers.
        let (_, page) = app.get(it.manager, WORK).await;
        assert!(
            page.contains("CVE-2026-1000") && page.contains("fortios:7.0.5"),
            "{page}"
        );
        let (_, page) = app
            .get(it.manager, &format!("{WORK}?vulnerability=CVE-2026-1001"))
            .await;
        assert!(
            page.contains("CVE-2026-1001") && !page.contains(">CVE-2026-1000<"),
            "{page}"
        );
        let (_, page) = app
            .get(it.manager, &format!("{WORK}?customer={}", it.clinic.id))
            .await;
        assert!(page.contains("1 施設の 2 台"), "{page}");
        let (_, home) = app.get(it.manager, "/").await;
        assert!(home.contains("脆弱性の確認の依頼に回答する"), "{home}");
        // Another vendor maintains the device from now on.
        let rival_id = it.rival.organization;
        let theirs = Asset {
            vendor: Some(rival_id),
            ..gateway("7.0.5")
        };
        it.world.change(it.asset, 1, &theirs).await;
        it.world.round().await;
        assert_eq!(
            it.questions(it.manager).await.len(),
            2,
            "the clinic's are left"
        );
        assert!(
            it.questions(it.rival).await.is_empty(),
            "and it is asked anew"
        );
        it.ask_all().await;
        assert_eq!(it.questions(it.rival).await.len(), 2);
    }
}

#[tokio::test]
async fn supply_that_has_ended_shows_nothing() {
    for it in supplied().await {
        it.ask_all().await;
        let questions = it.questions(it.manager).await;
        let hospitals = questions
            .iter()
            .find(|one| one["customer_name"] == "架空総合病院")
            .unwrap();
        let path = format!("{API}/{}", hospitals["id"].as_str().unwrap());
        let yesterday = it.world.app.app.today().previous_day().unwrap();
        it.end_supply(yesterday).await;
        assert_eq!(it.get(it.manager, &path).await.0, StatusCode::NOT_FOUND);
        let body = json!({ "status": "fixed", "revision": hospitals["revision"] });
        let (status, _) = it.post(it.manager, &format!("{path}/answer"), body).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(it.questions(it.manager).await.len(), 2);
        let page = it.world.app.get(it.manager, WORK).await.1;
        assert!(!page.contains("架空総合病院"), "{page}");
        let form = [
            ("vulnerability", "CVE-2026-1000"),
            ("product", "cpe:2.3:o:fortinet:fortios:7.0.5:*:*:*:*:*:*:*"),
            ("request", hospitals["id"].as_str().unwrap()),
            ("status", "fixed"),
        ];
        let answer = "/customers/vulnerabilities/answer";
        let (status, _) = it.world.app.post(it.manager, answer, &form).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        // Nobody is left to be asked.
        it.ask_all().await;
        assert_eq!(it.questions(it.manager).await.len(), 2);
    }
}

#[tokio::test]
async fn one_answer_for_all_customers_is_a_proposal_until_it_is_taken_over() {
    for it in supplied().await {
        let app = &it.world.app;
        it.ask_all().await;
        let questions = it.questions(it.manager).await;
        let ids: Vec<&str> = questions
            .iter()
            .filter(|one| one["vulnerability"] == "CVE-2026-1000")
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), 2);
        let product = questions[0]["products"][0].as_str().unwrap();
        let answer = "/customers/vulnerabilities/answer";
        let base = [
            ("vulnerability", "CVE-2026-1000"),
            ("product", product),
            ("request", ids[0]),
            ("request", ids[1]),
        ];
        let mut incomplete = base.to_vec();
        incomplete.push(("status", "not_affected"));
        let (status, page) = app.post(it.manager, answer, &incomplete).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("非該当の理由を選ぶか"), "{page}");
        let mut form = incomplete.clone();
        form.push(("justification", "vulnerable_code_not_in_execute_path"));
        form.push(("statement", "SSL-VPN を使わない設定です"));
        let (status, page) = app.post(it.rival, answer, &form).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{page}");
        let (status, page) = app.post(it.world.director, answer, &form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
        let (status, page) = app.post(it.manager, answer, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let finding = it.finding("CVE-2026-1000").await;
        assert_eq!(
            finding.state(),
            State::Investigating,
            "a word closes nothing"
        );
        assert_eq!(finding.request(), Some(RequestState::Answered));
        let here = format!("/vulnerabilities/findings/{}", finding.id);
        let (_, page) = app.get(it.world.operator, &here).await;
        assert!(page.contains("SSL-VPN を使わない設定です"), "{page}");
        let take = format!("{here}/take-over");
        assert_eq!(
            app.post(it.world.staff, &take, &[]).await.0,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            app.post(it.manager, &take, &[]).await.0,
            StatusCode::FORBIDDEN
        );
        let home = app.get(it.world.operator, "/").await.1;
        assert!(home.contains("保守事業者の回答を反映する"), "{home}");
        // In bulk, by the filter.
        let form = [("scope", "all"), ("_vendor", "answered")];
        let bulk = "/vulnerabilities/take-over";
        let told = || std::mem::take(&mut *it.world.told.lock().unwrap());
        told();
        let (status, _) = app.post(it.world.operator, bulk, &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(told(), [it.world.hospital.id]);
        let finding = it.finding("CVE-2026-1000").await;
        assert_eq!(finding.state(), State::NotAffected);
        assert_eq!(finding.request(), Some(RequestState::Taken));
        assert!(
            finding.note.contains("架空保守株式会社"),
            "{}",
            finding.note
        );
        assert!(finding.decided_by_name.is_some(), "somebody answers for it");
        assert_eq!(
            it.finding("CVE-2026-1001").await.state(),
            State::Investigating
        );
        let read = proof::<actions::ReadVulnerabilities>(it.world.hospital.id);
        let told = events(app.app.database(), &read, finding.id, 10)
            .await
            .unwrap();
        let told: Vec<&str> = told.iter().map(|one| one.event.as_str()).collect();
        assert_eq!(told, ["decided", "answered", "asked"]);
        // The clinic decides for itself.
        let theirs = it.world.found_for(it.clinic.id, &Filter::default()).await;
        assert!(theirs.iter().all(|one| one.state() == State::Investigating));
    }
}

#[tokio::test]
async fn answers_by_the_api_say_what_is_missing_and_what_changed() {
    for it in supplied().await {
        it.ask_all().await;
        let one = it.questions(it.manager).await.remove(0);
        let path = format!("{API}/{}/answer", one["id"].as_str().unwrap());
        let (status, problem) = it
            .post(
                it.manager,
                &path,
                json!({ "status": "affected", "revision": 1 }),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let body = json!({
            "status": "affected", "fixed_version": "7.0.6", "planned_on": "2026-12-01",
            "revision": one["revision"],
        });
        let (status, done) = it.post(it.manager, &path, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["answer"]["planned_on"], "2026-12-01");
        assert_eq!(
            it.post(it.manager, &path, body).await.0,
            StatusCode::CONFLICT
        );
        // What says 「非該当」 in words only is left to a person.
        let two = it.questions(it.manager).await;
        let two = two
            .iter()
            .find(|one| one["state"] == "asked" && one["customer_name"] == "架空総合病院")
            .unwrap();
        let path = format!("{API}/{}/answer", two["id"].as_str().unwrap());
        let body = json!({ "status": "not_affected", "statement": "影響しません", "revision": 1 });
        assert_eq!(it.post(it.manager, &path, body).await.0, StatusCode::OK);
        let finding = it.finding(two["vulnerability"].as_str().unwrap()).await;
        let here = format!("/vulnerabilities/findings/{}", finding.id);
        let page = it.world.app.get(it.world.operator, &here).await.1;
        assert!(page.contains("非該当の理由」の分類がありません"), "{page}");
        let take = format!("/api/v1{here}/answer-taken");
        let (status, kept) = it.post(it.world.operator, &take, json!({})).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&kept["state"], &kept["question"]),
            (&json!("investigating"), &json!("answered"))
        );
        // The institution may ask again.
        let again = format!("/api/v1{here}/question");
        let body = json!({ "due_on": "2026-12-24", "message": "理由の分類をお願いします" });
        let (status, asked) = it.post(it.world.operator, &again, body).await;
        assert_eq!(status, StatusCode::OK, "{asked}");
        assert_eq!(asked["question"], "asked");
        let past = json!({ "due_on": "2020-01-01" });
        assert_eq!(
            it.post(it.world.operator, &again, past).await.0,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn a_document_is_shown_before_it_answers_and_answers_once() {
    for it in supplied().await {
        let app = &it.world.app;
        it.ask_all().await;
        let fits = "cpe:2.3:o:fortinet:fortios:7.0.5:*:*:*:*:*:*:*";
        let document = vex(&[
            statement("CVE-2026-1000", fits, "not_affected"),
            statement("CVE-2026-1001", "cpe:2.3:o:fortinet:fortios:7.2.0", "fixed"),
            statement("CVE-2020-0001", fits, "fixed"),
            json!({ "vulnerability": { "name": "x" }, "products": ["p"], "status": "fixed" }),
        ]);
        let (status, _, _) = it.upload(it.world.director, &document).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _, page) = it.upload(it.manager, "{\n\"a\": nothing}").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("2 行目"), "{page}");
        let (status, to, page) = it.upload(it.manager, &document).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        assert_eq!(app.get(it.rival, &to).await.0, StatusCode::NOT_FOUND);
        let (_, page) = app.get(it.manager, &to).await;
        for there in [
            "架空総合病院",
            "架空クリニック",
            "依頼のある製品やバージョンと違います",
            "この脆弱性の依頼は届いていません",
            "/statements/3",
        ] {
            assert!(page.contains(there), "{there} is not on {page}");
        }
        assert_eq!(
            it.finding("CVE-2026-1000").await.request(),
            Some(RequestState::Asked)
        );
        let fingerprint = page.split("name=\"fingerprint\" value=\"").nth(1).unwrap();
        let fingerprint = fingerprint.split('"').next().unwrap().to_owned();
        let wrong = [("fingerprint", "x")];
        assert_eq!(
            app.post(it.manager, &to, &wrong).await.0,
            StatusCode::CONFLICT
        );
        let right = [("fingerprint", fingerprint.as_str())];
        let (status, page) = app.post(it.manager, &to, &right).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let finding = it.finding("CVE-2026-1000").await;
        assert_eq!(
            (finding.state(), finding.request()),
            (State::Investigating, Some(RequestState::Answered))
        );
        assert_eq!(
            it.finding("CVE-2026-1001").await.request(),
            Some(RequestState::Asked)
        );
        // Sent again by the API: the same, and then something else.
        let documents = "/api/v1/customers/vulnerability-documents";
        let send = async |path: &str, document: String| {
            let request = Request::post(path)
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(Body::from(document))
                .unwrap();
            let (status, answer) = text(app.send(Some(it.manager), request).await).await;
            (status, serde_json::from_str::<Json>(&answer).unwrap())
        };
        let (status, report) = send(documents, document).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        assert_eq!(
            (&report["same"], &report["set_aside"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(report["unmatched_in_all"], 2);
        let other = vex(&[statement("CVE-2026-1000", fits, "affected")]);
        let apply = format!("{documents}?apply=true");
        let (_, report) = send(&apply, other.clone()).await;
        assert_eq!(report["contradicting"].as_array().unwrap().len(), 2);
        assert_eq!(
            report["answered"], 0,
            "nothing is replaced unless it is said"
        );
        let (_, report) = send(&format!("{apply}&replace=true"), other).await;
        assert_eq!(report["answered"], 2);
        let disputed = vex(&[
            statement("CVE-2026-1001", fits, "affected"),
            statement(
                "CVE-2026-1001",
                "cpe:2.3:o:fortinet:fortios",
                "not_affected",
            ),
        ]);
        let (_, report) = send(&apply, disputed).await;
        assert_eq!(report["disputed"].as_array().unwrap().len(), 2);
        assert_eq!(report["answered"], 0);
        let (status, problem) = send(documents, "[]".to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    }
}

#[tokio::test]
async fn the_program_asks_where_it_is_told_to_and_both_sides_get_mail() {
    for it in supplied().await {
        let app = &it.world.app;
        assert!(it.questions(it.manager).await.is_empty());
        let switch = "/vulnerabilities/ask-by-itself";
        let on = [("on", "yes")];
        assert_eq!(
            app.post(it.world.staff, switch, &on).await.0,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            app.post(it.world.operator, switch, &on).await.0,
            StatusCode::SEE_OTHER
        );
        let at = "2026-11-20T00:00:00.000";
        let new = nvd("CVE-2026-1002", FORTIOS, "7.0.6", 7.0, at);
        it.world.load("new.json", &feed(&[new])).await;
        it.world.round().await;
        let questions = it.questions(it.manager).await;
        assert_eq!(questions.len(), 3, "all that is open at the hospital");
        let finding = it.finding("CVE-2026-1002").await;
        assert_eq!(finding.state(), State::New, "nobody has looked at it");
        let database = app.app.database();
        let mut tx = database.begin().await.unwrap();
        for (address, whose) in [
            ("v@example.jp", it.vendor.id),
            ("h@example.jp", it.world.hospital.id),
        ] {
            tx.execute(
                "UPDATE organizations SET email = $1 WHERE id = $2",
                yagura_store::params![address, whose],
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let digest = async || {
            let mut tx = database.begin().await.unwrap();
            let now = app.app.now();
            let job = yagura_store::jobs::NewJob::now("vulnerabilities-digest", json!({}), now);
            yagura_store::jobs::enqueue(&mut tx, app.app.ids(), job, now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            while app.run_jobs().await > 0 {}
            it.world
                .mails()
                .iter()
                .filter(|mail| mail.contains("@example.jp"))
                .count()
        };
        assert_eq!(
            digest().await,
            2,
            "the vendor's questions, the hospital's findings"
        );
        assert_eq!(digest().await, 2, "once");
        let one = questions
            .iter()
            .find(|one| one["vulnerability"] == "CVE-2026-1002")
            .unwrap();
        let path = format!("{API}/{}/answer", one["id"].as_str().unwrap());
        let body = json!({ "status": "fixed", "revision": one["revision"] });
        assert_eq!(it.post(it.manager, &path, body).await.0, StatusCode::OK);
        assert_eq!(digest().await, 3, "the hospital is told of the answer");
        let (_, notices) = app.get(it.world.director, "/notices").await;
        assert!(notices.contains("保守事業者の回答が"), "{notices}");
        let off = [("on", "no")];
        assert_eq!(
            app.post(it.world.operator, switch, &off).await.0,
            StatusCode::SEE_OTHER
        );
        let later = nvd("CVE-2026-1003", FORTIOS, "7.0.6", 7.0, at);
        it.world.load("later.json", &feed(&[later])).await;
        it.world.round().await;
        assert_eq!(it.finding("CVE-2026-1003").await.request(), None);
    }
}
