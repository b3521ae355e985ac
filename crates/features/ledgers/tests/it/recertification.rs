//! Recertification by superiors.

use axum::http::{Method, StatusCode};
use serde_json::json;
use yagura_kernel::person::Role;
use yagura_ledgers::model::{Permission, State};

use crate::support::{permission, worlds};

const API: &str = "/api/v1/recertification";
const ROWS: &str = "/api/v1/recertification/rows";

#[tokio::test]
async fn superiors_are_asked_about_their_people_and_what_they_say_is_done() {
    for world in worlds().await {
        let under = |name: &str| Permission {
            superior: Some(world.head.person),
            ..permission(name)
        };
        let needed = world.open(under("架空 花子")).await;
        let leaving = world.open(under("架空 太郎")).await;
        let moved = world.open(under("架空 次郎")).await;
        let nobodys = world.open(permission("架空 三郎")).await;
        let notices = "SELECT count(*) AS n FROM notifications";
        let before = world.count(notices).await;
        let due = json!({ "due_on": "2026-12-20" });
        let (status, _) = world.api(world.staff, Method::POST, API, due.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, begun) = world
            .api(world.director, Method::POST, API, due.clone())
            .await;
        assert_eq!(status, StatusCode::CREATED, "{begun}");
        assert_eq!(begun["permissions"], 4);
        assert_eq!(world.count(notices).await, before + 2, "head and director");
        let (status, _) = world.api(world.director, Method::POST, API, due).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "one at a time");

        let say = async |whom, entry: uuid::Uuid, verdict: &str, note: &str| {
            let body = json!({ "decisions": [
                { "entry": entry, "revision": 1, "verdict": verdict, "note": note }
            ] });
            world.api(whom, Method::POST, ROWS, body).await
        };
        let (status, _) = say(world.head, nobodys, "needed", "").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "none of their people");
        let (status, _) = say(world.head, leaving, "take_away", "").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "why?");
        let (status, said) = say(world.head, needed, "needed", "").await;
        assert_eq!((status, &said["decided"]), (StatusCode::OK, &json!(1)));
        let (_, said) = say(world.head, needed, "take_away", "気が変わった").await;
        assert_eq!(said["left"], 1, "answered already");
        say(world.head, leaving, "take_away", "異動").await;
        say(world.head, moved, "change", "参照だけに").await;
        assert!(world.get(needed).await.certified_at.is_some());
        assert_eq!(world.get(leaving).await.state, State::ToEnd);
        assert_eq!(world.get(leaving).await.to_end_reason, "異動");
        assert!(world.get(moved).await.certified_at.is_none());
        let path = "/ledgers/permissions?due=change_wanted";
        let (_, list) = world.app.get(world.director, path).await;
        assert!(
            list.contains("架空 次郎") && !list.contains("架空 花子"),
            "{list}"
        );

        // What was wanted is done: the superior's word counts for it.
        let edit = format!("/api/v1/ledgers/permissions/{moved}");
        let content = json!({ "name": "架空 次郎", "system_name": "電子カルテ",
            "function": "参照", "open_ended_reason": "常勤のため", "permitted_by": "院長" });
        let body = json!({ "content": content, "revision": 1 });
        let (status, answer) = world.api(world.director, Method::PUT, &edit, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(world.get(moved).await.certified_at.is_some());

        // The director answers for what nobody answers for; the last word closes it.
        let (status, _) = say(world.director, nobodys, "needed", "").await;
        assert_eq!(status, StatusCode::OK);
        let (_, running) = world
            .api(world.director, Method::GET, API, json!(null))
            .await;
        assert_eq!(running, json!(null), "closed by itself");
        assert_eq!(
            world.events(moved).await,
            ["opened", "change_wanted", "changed"]
        );
    }
}

#[tokio::test]
async fn a_page_of_permissions_is_judged_by_form_administrators_one_by_one() {
    for world in worlds().await {
        let usual = world.open(permission("架空 花子")).await;
        let admin = Permission {
            privileged: true,
            ..permission("架空 太郎")
        };
        let admin = world.open(admin).await;
        let app = &world.app;
        let path = "/ledgers/recertification";
        let (status, _) = app
            .post(world.director, path, &[("due_on", "2026-12-20")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let rows = format!("{path}/rows");
        let (status, page) = app.get(world.director, &rows).await;
        assert_eq!(status, StatusCode::OK);
        let campaign = page
            .split("name=\"campaign\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap()
            .to_owned();
        let (first, second) = (format!("{usual}:1:0"), format!("{admin}:1:1"));
        let verdict = format!("verdict-{usual}");
        let without_reason = [
            ("campaign", campaign.as_str()),
            ("shown", first.as_str()),
            (verdict.as_str(), "take_away"),
        ];
        let (status, page) = app.post(world.director, &rows, &without_reason).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        let all = [
            ("campaign", campaign.as_str()),
            ("shown", first.as_str()),
            ("shown", second.as_str()),
            ("all", "yes"),
        ];
        let (status, to) = app.post(world.director, &rows, &all).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        assert!(world.get(usual).await.certified_at.is_some());
        assert!(
            world.get(admin).await.certified_at.is_none(),
            "administrator rights are judged one by one"
        );
        let (_, home) = app.get(world.director, path).await;
        assert!(home.contains("2件中 1件"), "{home}");
        let safety = app.person(&world.clinic, Role::SafetyManager).await;
        let (status, _) = app.get(safety, &rows).await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = app.get(world.staff, &rows).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn people_are_reminded_weekly_while_something_waits() {
    for world in worlds().await {
        world.open(permission("架空 花子")).await;
        let due = json!({ "due_on": "2026-12-20" });
        world.api(world.director, Method::POST, API, due).await;
        let notices = "SELECT count(*) AS n FROM notifications";
        let begun = world.count(notices).await;
        world.run("ledgers-recertification-reminders").await;
        assert_eq!(world.count(notices).await, begun, "not yet a week");
        world.app.clock.advance_days(8);
        world.run("ledgers-recertification-reminders").await;
        assert_eq!(world.count(notices).await, begun + 1);
        world.run("ledgers-recertification-reminders").await;
        assert_eq!(world.count(notices).await, begun + 1, "once a week");
    }
}

#[tokio::test]
async fn departments_heads_answer_and_others_in_their_place() {
    for world in worlds().await {
        // The register says who answers for a department; its record names it.
        let app = &world.app;
        let head = world.head.person.to_string();
        world.department("薬剤部").await;
        let (status, page) = app
            .post(
                world.director,
                "/inventory/confirmation/responsible",
                &[("department", "薬剤部"), ("person", &head)],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let of = |name: &str, department: &str| Permission {
            department: department.to_owned(),
            ..permission(name)
        };
        let pharmacy = world.open(of("薬剤 花子", "薬剤部")).await;
        let own = world.open(of("架空 department_head", "薬剤部")).await;
        let ward = world.open(of("病棟 花子", "病棟")).await;
        let due = json!({ "due_on": "2026-12-20" });
        world.api(world.director, Method::POST, API, due).await;
        let rows = async || {
            let (_, page) = world
                .api(world.director, Method::GET, ROWS, json!(null))
                .await;
            page["items"].as_array().unwrap().clone()
        };
        let asked = async |entry: uuid::Uuid| {
            let rows = rows().await;
            let row = rows.iter().find(|row| row["entry"] == entry.to_string());
            let row = row.unwrap();
            (row["reviewer"].clone(), row["asked_as"].clone())
        };
        assert_eq!(asked(pharmacy).await, (json!(head), json!("head")));
        assert_eq!(asked(own).await, (json!(null), json!("cannot_answer")));
        assert_eq!(asked(ward).await, (json!(null), json!("no_head")));
        let (_, page) = app.get(world.director, "/ledgers/recertification").await;
        for words in [
            "部署の責任者の登録がないため",
            "部署の責任者</td>",
            "担当を変える",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }

        // What nobody answers for is handed over, but nobody's own permission to them.
        let path = "/api/v1/recertification/reassignment";
        let to_staff = json!({ "from": null, "to": world.staff.person });
        let (status, _) = world
            .api(world.director, Method::POST, path, to_staff)
            .await;
        assert_eq!(
            status,
            StatusCode::BAD_REQUEST,
            "their role does not let them"
        );
        let to_head = json!({ "from": null, "to": head });
        let (status, _) = world
            .api(world.staff, Method::POST, path, to_head.clone())
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let other = app
            .organization(
                yagura_kernel::organization::OrganizationKind::Clinic,
                "別の診療所",
                None,
            )
            .await;
        let other = app.person(&other, Role::Director).await;
        let (status, _) = world.api(other, Method::POST, path, to_head.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "theirs has none under way");
        let notices = "SELECT count(*) AS n FROM notifications";
        let before = world.count(notices).await;
        let (status, moved) = world.api(world.director, Method::POST, path, to_head).await;
        assert_eq!((status, &moved["permissions"]), (StatusCode::OK, &json!(1)));
        assert_eq!(
            world.count(notices).await,
            before + 1,
            "only the new one is told"
        );
        assert_eq!(asked(ward).await, (json!(head), json!("reassigned")));
        assert_eq!(asked(own).await.0, json!(null), "not their own");
        let campaign = page
            .split("name=\"campaign\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap();
        let director = world.director.person.to_string();
        let fields = [
            ("campaign", campaign),
            ("from", head.as_str()),
            ("department", "薬剤部"),
            ("to", director.as_str()),
        ];
        let form = "/ledgers/recertification/reassign";
        let (status, page) = app.post(world.director, form, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        assert_eq!(
            asked(pharmacy).await,
            (json!(director), json!("reassigned"))
        );
        assert_eq!(asked(ward).await.0, json!(head), "of another department");
        let (status, page) = app.post(world.director, form, &fields).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "nothing is left: {page}");

        // Everybody with something open is reminded at once.
        let before = world.count(notices).await;
        let remind = "/ledgers/recertification/remind";
        let (status, _) = app
            .post(world.director, remind, &[("campaign", campaign)])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(world.count(notices).await, before + 2, "head and director");
        let reminder = "/api/v1/recertification/reminder";
        let (_, told) = world
            .api(world.director, Method::POST, reminder, json!(null))
            .await;
        assert_eq!(told["people"], 2);
        let (_, page) = app.get(world.head, "/ledgers/recertification/rows").await;
        for id in page.split("aria-labelledby=\"").skip(1) {
            let ids = id.split('"').next().unwrap();
            for id in ids.split(' ') {
                assert!(page.contains(&format!("id=\"{id}\"")), "{id}: {page}");
            }
        }
        assert!(page.contains("<label"), "{page}");
        assert!(
            !page.contains("aria-label=\"病棟"),
            "labels are visible: {page}"
        );
    }
}
