//! The pages and the API in a whole service.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use yagura_checklists::{Checklists, EvidenceSheets};
use yagura_evidence::Evidence;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_store::directory::Organization;
use yagura_web::Feature;
use yagura_web::testing::{TestApp, TestPerson, apps};

const EVIL: &str = "<script>alert(1)</script>\"'&";

pub(crate) fn features() -> Vec<Arc<dyn Feature>> {
    vec![
        Arc::new(Evidence::new(Arc::new(EvidenceSheets))),
        Arc::new(Checklists),
    ]
}

struct Clinic {
    app: TestApp,
    organization: Organization,
    director: TestPerson,
    operator: TestPerson,
}

async fn clinics() -> Vec<Clinic> {
    let mut clinics = Vec::new();
    for app in apps(features).await {
        let organization = app
            .organization(OrganizationKind::Clinic, "みどり坂内科クリニック", None)
            .await;
        let director = app.person(&organization, Role::Director).await;
        let operator = app.person(&organization, Role::SystemOperator).await;
        clinics.push(Clinic {
            app,
            organization,
            director,
            operator,
        });
    }
    clinics
}

impl Clinic {
    /// Opens this year's sheet and returns its id.
    async fn open(&self) -> String {
        let year = self.app.app.fiscal_year().year();
        let body = json!({ "fiscal_year": year });
        let (status, state) = self
            .api(self.director, Method::POST, "/api/v1/sheets", Some(body))
            .await;
        assert_eq!(status, StatusCode::OK, "{state}");
        state["sheet"].as_str().unwrap().to_owned()
    }

    async fn api(
        &self,
        whom: TestPerson,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.app.api(Some(whom), method, path, body).await
    }

    async fn put(&self, sheet: &str, item: &str, body: Value) -> (StatusCode, Value) {
        let path = format!("/api/v1/sheets/{sheet}/items/{item}/answer");
        self.api(self.director, Method::PUT, &path, Some(body))
            .await
    }

    async fn state(&self, sheet: &str, item: &str) -> String {
        let path = format!("/api/v1/sheets/{sheet}/items/{item}");
        let (status, row) = self.api(self.director, Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::OK);
        row["state"].as_str().unwrap().to_owned()
    }
}

fn no_script(page: &str) {
    assert!(
        !page.contains("<script>alert"),
        "HTML that somebody typed came back as HTML"
    );
}

#[tokio::test]
async fn the_director_opens_answers_and_reads_the_sheet() {
    for clinic in clinics().await {
        let app = &clinic.app;
        let (status, page) = app.get(clinic.director, "/checklists").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("まだ始めていません"), "{page}");
        let (status, gate) = app
            .post(clinic.director, "/checklists", &[("year", "2026")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let sheet = gate.strip_suffix("/gate").unwrap().to_owned();
        let (status, to) = app
            .post(
                clinic.director,
                &gate,
                &[
                    ("version", "0"),
                    ("gate", "yes"),
                    ("gate_on", "令和8年6月12日"),
                    ("vendor_contract", "yes"),
                    ("vendor_contract_on", "2026-06-12"),
                ],
            )
            .await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, sheet.as_str())
        );
        let (_, page) = app.get(clinic.director, &sheet).await;
        assert!(page.contains("2-⑥"), "{page}");
        assert!(page.contains("続きから回答する"));
        let item = format!("{sheet}/items/2-6");
        let (status, page) = app.get(clinic.director, &item).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("value=\"2026-11-21\""),
            "dates are filled in with today"
        );
        assert!(page.contains("検査で聞かれること"));
        let (status, to) = app
            .post(
                clinic.director,
                &item,
                &[
                    ("version", "0"),
                    ("first", "no"),
                    ("first_on", "R8.6.12"),
                    ("target", "2026-12-20"),
                    ("second_on", "2026-11-21"),
                    ("remark", EVIL),
                    ("then", "next"),
                ],
            )
            .await;
        assert_eq!(
            (status, to),
            (StatusCode::SEE_OTHER, format!("{sheet}/items/2-7"))
        );
        let (_, page) = app.get(clinic.director, &item).await;
        no_script(&page);
        assert!(page.contains("value=\"2026-06-12\"") && page.contains("value=\"2026-12-20\""));
        for path in [
            "",
            "/quick",
            "/history",
            "/history?item=2-6",
            "/new",
            "/drafts",
        ] {
            let (status, page) = app.get(clinic.director, &format!("{sheet}{path}")).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            no_script(&page);
        }
        let (_, home) = app.get(clinic.director, "/").await;
        assert!(home.contains("未回答"), "{home}");
        let (status, page) = app.get(clinic.director, "/checklists").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_typed_is_lost() {
    for clinic in clinics().await {
        let sheet = clinic.open().await;
        let item = format!("/checklists/{sheet}/items/1-1");
        let (status, page) = clinic
            .app
            .post(
                clinic.director,
                &item,
                &[
                    ("version", "0"),
                    ("first", "yes"),
                    ("first_on", "2027-01-01"),
                    ("target", "らいねん"),
                    ("remark", EVIL),
                ],
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("らいねん"));
        no_script(&page);
        let (status, page) = clinic
            .app
            .post(
                clinic.director,
                &item,
                &[
                    ("version", "0"),
                    ("first", "yes"),
                    ("first_on", "2027-01-01"),
                    ("target", "2026-12-01"),
                    ("remark", EVIL),
                ],
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("今日(令和8年11月21日(土))までの日付"),
            "{page}"
        );
        assert!(page.contains("目標日は「いいえ」のときだけ"), "{page}");
        assert_eq!(clinic.state(&sheet, "1-1").await, "unanswered");
        let (status, _) = clinic
            .app
            .get(clinic.director, &format!("/checklists/{sheet}/items/9-9"))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_second_writer_sees_both_answers_and_decides() {
    for clinic in clinics().await {
        let sheet = clinic.open().await;
        let item = format!("/checklists/{sheet}/items/3-1");
        let fields = |version, first, remark| {
            [
                ("version", version),
                ("first", first),
                ("first_on", "2026-06-12"),
                ("remark", remark),
            ]
        };
        let theirs = fields("0", "yes", "金庫にあります");
        let (status, _) = clinic.app.post(clinic.operator, &item, &theirs).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let mine = fields("0", "no", "<b>見つかりません</b>");
        let (status, page) = clinic.app.post(clinic.director, &item, &mine).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("架空 system_operator"), "{page}");
        assert!(
            page.contains("金庫にあります\n&lt;b&gt;見つかりません"),
            "both remarks: {page}"
        );
        let mut merged = fields("1", "no", "両方").to_vec();
        merged.push(("merged", "yes"));
        let (status, _) = clinic.app.post(clinic.director, &item, &merged).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let history = format!("/api/v1/sheets/{sheet}/history?item=3-1");
        let (_, changes) = clinic
            .api(clinic.director, Method::GET, &history, None)
            .await;
        assert_eq!(changes["items"][0]["source"]["kind"], "merged");
        assert_eq!(changes["items"][1]["by"], "架空 system_operator");
    }
}

#[tokio::test]
async fn the_whole_sheet_can_be_answered_in_one_table() {
    for clinic in clinics().await {
        let sheet = clinic.open().await;
        let path = format!("/checklists/{sheet}/quick");
        let (status, page) = clinic.app.get(clinic.director, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("name=\"2-12-server.answer\""), "{page}");
        let fields = [
            ("on", "2026-06-12"),
            ("1-1.version", "0"),
            ("1-1.answer", "yes"),
            ("2-5.version", "0"),
            ("2-5.answer", "no"),
            ("2-5.target", "2026-12-20"),
            ("2-5.remark", EVIL),
        ];
        let (status, to) = clinic.app.post(clinic.director, &path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        assert_eq!(clinic.state(&sheet, "1-1").await, "declared");
        assert_eq!(clinic.state(&sheet, "2-5").await, "no");
        // The same table again, with one line that somebody else changed and one that is wrong.
        let (status, page) = clinic
            .app
            .post(
                clinic.operator,
                &path,
                &[
                    ("on", "2026-11-21"),
                    ("2-5.version", "0"),
                    ("2-5.answer", "yes"),
                    ("2-5.remark", "直しました"),
                ],
            )
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("直しました") && page.contains("架空 director"));
        no_script(&page);
        // A line that the reader did not touch is no conflict, though it was changed meanwhile.
        let (status, to) = clinic
            .app
            .post(
                clinic.operator,
                &path,
                &[
                    ("on", "2026-11-21"),
                    ("2-5.version", "0"),
                    ("2-5.was", r#"["","",""]"#),
                    ("2-1.version", "0"),
                    ("2-1.was", r#"["","",""]"#),
                    ("2-1.answer", "yes"),
                ],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        assert_eq!(clinic.state(&sheet, "2-1").await, "declared");
        assert_eq!(clinic.state(&sheet, "2-5").await, "no");
        let (status, page) = clinic
            .app
            .post(
                clinic.operator,
                &path,
                &[
                    ("on", "2026-11-22"),
                    ("2-2.version", "0"),
                    ("2-2.answer", "yes"),
                ],
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("2-②: "), "{page}");
    }
}

#[tokio::test]
async fn last_years_answers_are_offered_and_taken_over_by_a_person_only() {
    for clinic in clinics().await {
        let body = json!({ "fiscal_year": 2025 });
        let (_, last) = clinic
            .api(clinic.director, Method::POST, "/api/v1/sheets", Some(body))
            .await;
        let last = last["sheet"].as_str().unwrap();
        for item in ["2-1", "3-3"] {
            let (status, answer) = clinic
                .put(
                    last,
                    item,
                    json!({
                        "version": 0,
                        "first": { "answer": "yes", "on": "2025-06-12" },
                        "remark": EVIL,
                    }),
                )
                .await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        let sheet = clinic.open().await;
        assert_eq!(
            clinic.state(&sheet, "2-1").await,
            "unanswered",
            "nothing comes by itself"
        );
        let drafts = format!("/checklists/{sheet}/drafts");
        let (status, page) = clinic.app.get(clinic.director, &drafts).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("令和7年度") && page.contains("台帳管理"),
            "{page}"
        );
        no_script(&page);
        let (status, page) = clinic
            .app
            .post(clinic.director, &drafts, &[("on", "2026-11-21")])
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("引き継ぐ項目を選んでください"));
        let (status, _) = clinic
            .app
            .post(
                clinic.director,
                &drafts,
                &[("on", "2026-11-20"), ("item", "2-1"), ("act", "take")],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(clinic.state(&sheet, "2-1").await, "declared");
        assert_eq!(clinic.state(&sheet, "3-3").await, "unanswered");
        let (_, changes) = clinic
            .api(
                clinic.director,
                Method::GET,
                &format!("/api/v1/sheets/{sheet}/history?item=2-1"),
                None,
            )
            .await;
        let source = &changes["items"][0]["source"];
        assert_eq!(
            (&source["kind"], &source["year"]),
            (&json!("draft"), &json!(2025))
        );
        assert_eq!(
            changes["items"][0]["after"]["first"]["on"], "2026-11-20",
            "not last year's day"
        );
        let (status, _) = clinic
            .app
            .post(
                clinic.director,
                &drafts,
                &[("item", "3-3"), ("act", "decline")],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = clinic.app.get(clinic.director, &drafts).await;
        assert!(
            page.contains("使わないと記録済み"),
            "it can still be taken: {page}"
        );
        let (_, offered) = clinic
            .api(
                clinic.director,
                Method::GET,
                &format!("/api/v1/sheets/{sheet}/drafts"),
                None,
            )
            .await;
        assert_eq!(offered["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn probes_contradict_and_prove_after_a_change_of_roles() {
    for clinic in clinics().await {
        let sheet = clinic.open().await;
        let yes = json!({ "version": 0, "first": { "answer": "yes", "on": "2026-06-12" } });
        clinic.put(&sheet, "1-1", yes).await;
        clinic.app.clock.advance_seconds(60);
        clinic.app.run_jobs().await;
        assert_eq!(clinic.state(&sheet, "1-1").await, "contradiction");
        let (_, page) = clinic
            .app
            .get(clinic.director, &format!("/checklists/{sheet}"))
            .await;
        assert!(page.contains("食い違っています"), "{page}");
        let path = format!("/checklists/{sheet}/items/1-1");
        let (_, page) = clinic.app.get(clinic.director, &path).await;
        assert!(
            page.contains("安全管理責任者が登録されていません"),
            "{page}"
        );
        let (_, home) = clinic.app.get(clinic.director, "/").await;
        assert!(home.contains("1-① の食い違いを直す"), "{home}");
        clinic
            .app
            .person(&clinic.organization, Role::SafetyManager)
            .await;
        let app = &clinic.app.app;
        let mut tx = app.database().begin().await.unwrap();
        Checklists
            .organization_changed(app, &mut tx, clinic.organization.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        clinic.app.clock.advance_seconds(60);
        clinic.app.run_jobs().await;
        assert_eq!(clinic.state(&sheet, "1-1").await, "verified");
    }
}

#[tokio::test]
async fn the_api_saves_idempotently_and_shows_what_stands_in_a_conflict() {
    for clinic in clinics().await {
        let sheet = clinic.open().await;
        let yes = json!({ "version": 0, "first": { "answer": "yes", "on": "2026-06-12" } });
        let (status, saved) = clinic.put(&sheet, "2-1", yes.clone()).await;
        assert_eq!(
            (status, &saved["version"]),
            (StatusCode::OK, &json!(1)),
            "{saved}"
        );
        let (status, again) = clinic.put(&sheet, "2-1", yes).await;
        assert_eq!(
            (status, &again["version"], &again["changed"]),
            (StatusCode::OK, &json!(1), &json!(false))
        );
        let no = json!({ "version": 0, "first": { "answer": "no", "on": "2026-06-12" } });
        let (status, problem) = clinic.put(&sheet, "2-1", no).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(problem["current"]["first"]["answer"], "yes");
        assert_eq!(problem["version"], 1);
        let unversioned = json!({ "first": { "answer": "no", "on": "2026-06-12" } });
        assert_eq!(
            clinic.put(&sheet, "2-1", unversioned).await.0,
            StatusCode::BAD_REQUEST
        );
        let ahead = json!({ "version": 1, "first": { "answer": "no", "on": "2027-06-12" } });
        let (status, problem) = clinic.put(&sheet, "2-1", ahead).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["field"], "first_on");
        for rubbish in [
            json!({ "version": 1, "frist": null }),
            json!({ "version": 1, "first": { "answer": "maybe", "on": "2026-06-12" } }),
            json!({ "version": 1, "first": { "answer": "yes", "on": "2026-02-30" } }),
            json!([]),
        ] {
            assert_eq!(
                clinic.put(&sheet, "2-1", rubbish).await.0,
                StatusCode::BAD_REQUEST
            );
        }
        let head = json!({ "version": 0, "gate": { "answer": "no", "on": "2026-06-12" } });
        let path = format!("/api/v1/sheets/{sheet}/head");
        let (status, state) = clinic
            .api(clinic.director, Method::PUT, &path, Some(head))
            .await;
        assert_eq!(
            (status, &state["applicable"]),
            (StatusCode::OK, &json!(0)),
            "{state}"
        );
        let yes = json!({ "version": 1, "first": { "answer": "yes", "on": "2026-06-13" } });
        let (status, problem) = clinic.put(&sheet, "2-1", yes).await;
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("item"))
        );
        let (_, whole) = clinic
            .api(
                clinic.director,
                Method::GET,
                &format!("/api/v1/sheets/{sheet}"),
                None,
            )
            .await;
        assert_eq!(whole["items"].as_array().unwrap().len(), 19);
        assert_eq!(whole["head"]["gate"]["answer"], "no");
    }
}

#[tokio::test]
async fn others_reach_a_sheet_only_as_far_as_it_is_shared() {
    for clinic in clinics().await {
        let sheet = clinic.open().await;
        let with_remark = json!({
            "version": 0,
            "first": { "answer": "yes", "on": "2026-06-12" },
            "remark": "内線12",
        });
        clinic.put(&sheet, "2-1", with_remark).await;
        let app = &clinic.app;
        let prefecture = app
            .organization(OrganizationKind::Prefecture, "架空県", None)
            .await;
        let officer = app.person(&prefecture, Role::RegionalStaff).await;
        let stranger = app
            .organization(OrganizationKind::Clinic, "よその診療所", None)
            .await;
        let stranger = app.person(&stranger, Role::Director).await;
        let staff = app.person(&clinic.organization, Role::Staff).await;
        let page = format!("/checklists/{sheet}");
        let item = format!("/checklists/{sheet}/items/2-1");
        for path in [&page, &item] {
            assert_eq!(app.get(stranger, path).await.0, StatusCode::NOT_FOUND);
            assert_eq!(app.get(officer, path).await.0, StatusCode::NOT_FOUND);
            assert_eq!(app.get(staff, path).await.0, StatusCode::FORBIDDEN);
        }
        let fields = [
            ("version", "1"),
            ("first", "no"),
            ("first_on", "2026-06-12"),
        ];
        assert_eq!(
            app.post(stranger, &item, &fields).await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            app.post(staff, &item, &fields).await.0,
            StatusCode::FORBIDDEN
        );
        let relation = app
            .relate(
                RelationKind::Oversees,
                prefecture.id,
                clinic.organization.id,
                SharingLevel::Answers,
            )
            .await;
        let _ = relation;
        let (status, read) = app.get(officer, &item).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            !read.contains("内線12"),
            "remarks are not shared at this level"
        );
        assert!(read.contains("共有していません"), "{read}");
        assert_eq!(
            app.post(officer, &item, &fields).await.0,
            StatusCode::FORBIDDEN
        );
        let (status, _) = app.get(officer, &format!("{page}/history")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        // The list of an overseer, from the projection.
        let inner = &clinic.app.app;
        let mut tx = inner.database().begin().await.unwrap();
        Checklists
            .organization_changed(inner, &mut tx, clinic.organization.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (status, list) = app
            .api(Some(officer), Method::GET, "/api/v1/sheets?limit=500", None)
            .await;
        assert_eq!(status, StatusCode::OK, "{list}");
        assert_eq!(list["items"][0]["sheet"], json!(sheet));
        assert_eq!(list["items"][0]["counts"]["declared"], 1);
        let (status, _) = app
            .api(
                Some(officer),
                Method::GET,
                "/api/v1/sheets?cursor=%27",
                None,
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_vendor_answers_its_sheet_by_the_same_pages() {
    use yagura_checklists::model::SheetSubject;
    use yagura_checklists::store::open_sheet;
    use yagura_kernel::policy::{Actor, Principal, Resource, Standing, actions, authorize};
    for clinic in clinics().await {
        let app = &clinic.app;
        let vendor = app
            .organization(OrganizationKind::Vendor, "架空レセコン株式会社", None)
            .await;
        let other = app
            .organization(OrganizationKind::Vendor, "見本システムズ", None)
            .await;
        let worker = app.person(&vendor, Role::VendorStaff).await;
        let rival = app.person(&other, Role::VendorStaff).await;
        for from in [vendor.id, other.id] {
            let to = clinic.organization.id;
            app.relate(RelationKind::Supplies, from, to, SharingLevel::Status)
                .await;
        }
        let system = Arc::new(Principal {
            actor: Actor::System,
            organization: vendor.id,
            organization_kind: OrganizationKind::Vendor,
            roles: Vec::new(),
            second_factor: false,
            token_actions: None,
        });
        let resource = Resource {
            organization: clinic.organization.id,
            standing: Standing::Supplied,
        };
        let proof = authorize::<actions::AnswerVendorSheet>(&system, &resource).unwrap();
        let inner = &app.app;
        let mut tx = inner.database().begin().await.unwrap();
        let header = open_sheet(
            &mut tx,
            (&proof).into(),
            &inner.packs(),
            inner.ids(),
            inner.fiscal_year(),
            SheetSubject::Vendor(vendor.id),
            inner.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let page = format!("/vendor-sheets/{}", header.id);
        let item = format!("{page}/items/2-3");
        assert_eq!(app.get(worker, &page).await.0, StatusCode::OK);
        assert_eq!(app.get(rival, &page).await.0, StatusCode::NOT_FOUND);
        let elsewhere = format!("/checklists/{}", header.id);
        assert_eq!(app.get(worker, &elsewhere).await.0, StatusCode::SEE_OTHER);
        assert_eq!(app.get(rival, &elsewhere).await.0, StatusCode::NOT_FOUND);
        let fields = [
            ("version", "0"),
            ("first", "yes"),
            ("first_on", "2026-06-12"),
        ];
        assert_eq!(
            app.post(worker, &item, &fields).await.0,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            app.post(rival, &item, &fields).await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            app.get(worker, &format!("{page}/history")).await.0,
            StatusCode::OK
        );
        assert_eq!(
            app.get(rival, &format!("{page}/history")).await.0,
            StatusCode::NOT_FOUND
        );
        let (status, read) = app.get(clinic.director, &item).await;
        assert_eq!(status, StatusCode::OK);
        assert!(read.contains("はい"), "{read}");
        assert_eq!(
            app.post(clinic.director, &item, &fields).await.0,
            StatusCode::FORBIDDEN
        );
        let (_, list) = app
            .api(Some(worker), Method::GET, "/api/v1/sheets", None)
            .await;
        assert_eq!(
            list["items"][0]["organization_name"],
            "みどり坂内科クリニック"
        );
        let (status, _) = app
            .api(
                Some(rival),
                Method::GET,
                &format!("/api/v1/vendor-sheets/{}", header.id),
                None,
            )
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn evidence_raises_an_answer_and_its_end_lowers_it() {
    use yagura_evidence::{EvidenceKind, MediaType, NewPiece, insert};
    use yagura_kernel::id::EvidenceId;
    use yagura_kernel::policy::{Actor, Principal, Resource, Standing, actions, authorize};
    use yagura_kernel::time::parse_date;
    for clinic in clinics().await {
        let (_, last) = clinic
            .api(
                clinic.director,
                Method::POST,
                "/api/v1/sheets",
                Some(json!({ "fiscal_year": 2025 })),
            )
            .await;
        let last = last["sheet"].as_str().unwrap().to_owned();
        let sheet = clinic.open().await;
        for (sheet, on) in [(&last, "2025-06-12"), (&sheet, "2026-06-12")] {
            let yes = json!({ "version": 0, "first": { "answer": "yes", "on": on } });
            clinic.put(sheet, "2-6", yes).await;
        }
        let yes = json!({ "version": 0, "first": { "answer": "yes", "on": "2025-06-12" } });
        clinic.put(&last, "2-1", yes).await;
        let path = format!("/checklists/{sheet}/items/2-6");
        let (status, page) = clinic.app.get(clinic.director, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("/evidence/new?"), "{page}");
        let app = &clinic.app.app;
        let own = clinic.organization.id;
        let system = Arc::new(Principal {
            actor: Actor::System,
            organization: own,
            organization_kind: OrganizationKind::Clinic,
            roles: Vec::new(),
            second_factor: false,
            token_actions: None,
        });
        let resource = Resource {
            organization: own,
            standing: Standing::Own,
        };
        let proof = authorize::<actions::ManageEvidence>(&system, &resource).unwrap();
        let new = NewPiece {
            id: EvidenceId::new(app.ids()),
            title: EVIL.to_owned(),
            kind: EvidenceKind::Contract,
            file_name: "契約書.pdf".to_owned(),
            media_type: MediaType::Pdf,
            issued_on: None,
            expires_on: Some(parse_date("2026-11-30").unwrap()),
            note: None,
        };
        let piece = new.id;
        let mut tx = app.database().begin().await.unwrap();
        let blob = yagura_store::blobs::StoredBlob {
            hash: "ab".repeat(32),
            size: 3,
            head: Default::default(),
        };
        insert(&mut tx, &proof, app.ids(), new, &blob, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for at in [format!("{sheet}:2-6"), format!("{last}:2-1")] {
            let piece = piece.to_string();
            let fields = [
                ("evidence", piece.as_str()),
                ("item", at.as_str()),
                ("return", path.as_str()),
            ];
            let (status, to) = clinic
                .app
                .post(clinic.director, "/evidence/attach", &fields)
                .await;
            assert_eq!(
                (status, to.as_str()),
                (StatusCode::SEE_OTHER, path.as_str())
            );
        }
        assert_eq!(clinic.state(&sheet, "2-6").await, "documented");
        let (_, page) = clinic.app.get(clinic.director, &path).await;
        no_script(&page);
        assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
        // The evidence of last year comes along with its answer.
        let drafts = format!("/checklists/{sheet}/drafts");
        let fields = [("on", "2026-11-21"), ("item", "2-1"), ("act", "take")];
        let (status, _) = clinic.app.post(clinic.director, &drafts, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(clinic.state(&sheet, "2-1").await, "documented");
        // It ends on 30 November.
        clinic.app.clock.advance_days(10);
        let yes = json!({ "version": 0, "first": { "answer": "yes", "on": "2026-06-12" } });
        clinic.put(&sheet, "3-3", yes).await;
        assert_eq!(clinic.state(&sheet, "2-6").await, "declared");
        assert_eq!(clinic.state(&sheet, "2-1").await, "declared");
    }
}

#[tokio::test]
async fn the_self_check_is_answered_by_role() {
    for clinic in clinics().await {
        let staff = clinic.app.person(&clinic.organization, Role::Staff).await;
        let (status, page) = clinic.app.get(staff, "/self-check").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("電子メール"), "the third audience: {page}");
        let (_, page) = clinic.app.get(clinic.director, "/self-check").await;
        let key = page
            .split("name=\"ticked\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let audience = page
            .split("name=\"audience\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let fields = [
            ("audience", audience),
            ("on", "2026-11-21"),
            ("ticked", key),
        ];
        let (status, _) = clinic
            .app
            .post(clinic.director, "/self-check", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = clinic.app.get(clinic.director, "/self-check").await;
        assert!(page.contains("これまでの記録"), "{page}");
        for (field, value) in [("ticked", EVIL), ("audience", EVIL), ("on", "2027-01-01")] {
            let mut wrong = fields.to_vec();
            wrong.retain(|(name, _)| *name != field);
            wrong.push((field, value));
            let (status, page) = clinic
                .app
                .post(clinic.director, "/self-check", &wrong)
                .await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            no_script(&page);
        }
        let (_, kept) = clinic
            .api(clinic.director, Method::GET, "/api/v1/self-checks", None)
            .await;
        assert_eq!(kept["items"][0]["ticked"][0], json!(key));
    }
}
