//! Entries: opened, changed and ended; what is past its last day; and what other features ask.

use axum::http::Method;
use serde_json::json;
use yagura_kernel::policy::actions;
use yagura_kernel::probe::Outcome;
use yagura_ledgers::model::{
    Carrier, Content, End, Ending, Exception, Export, Known, Medium, Owner, Permission, Source,
    Standing, State,
};
use yagura_ledgers::{GrantFilter, LedgerError, Whom};
use yagura_store::StoreError;

use crate::support::{day, permission, proof, worlds};

fn taken_away(on: &str) -> End {
    End {
        ending: Ending::TakenAway,
        on: day(on),
        confirmed_by: "情報係".to_owned(),
        note: "画面の写し".to_owned(),
    }
}

#[tokio::test]
async fn an_entry_is_written_changed_once_and_ended_with_its_history() {
    for world in worlds().await {
        let app = &world.app.app;
        let keep = proof::<actions::KeepLedgers>(world.director);
        let id = world.open(permission("架空 花子")).await;
        let (ids, now) = (app.ids(), app.now());
        let changed = Permission {
            function: "参照".to_owned(),
            ..permission("架空 花子")
        };
        let change = async |revision: i64, content: Permission| {
            let mut tx = app.database().begin().await.unwrap();
            let content = Content::from(content);
            let done =
                yagura_ledgers::change(&mut tx, &keep, ids, id, revision, content, now).await;
            if done.is_ok() {
                tx.commit().await.unwrap();
            }
            done
        };
        assert_eq!(change(1, changed.clone()).await.unwrap().revision, 2);
        let again = change(1, changed.clone()).await.unwrap();
        assert!(again.changed.is_empty(), "sent twice, written once");
        let other = change(1, permission("別の 人")).await.unwrap_err();
        assert!(
            matches!(other, LedgerError::Store(StoreError::Conflict)),
            "{other:?}"
        );
        let end = async |end: End| {
            let mut tx = app.database().begin().await.unwrap();
            let done = yagura_ledgers::end(&mut tx, &keep, ids, id, Some(2), &end, now).await;
            if done.is_ok() {
                tx.commit().await.unwrap();
            }
            done
        };
        let returned = End {
            ending: Ending::Returned,
            ..taken_away("2026-11-21")
        };
        assert!(matches!(
            end(returned).await.unwrap_err(),
            LedgerError::CannotEnd
        ));
        end(taken_away("2026-11-21")).await.unwrap();
        end(taken_away("2026-11-21")).await.unwrap();
        let entry = world.get(id).await;
        assert_eq!(entry.state, State::Ended);
        assert_eq!(entry.end, Some(taken_away("2026-11-21")));
        assert_eq!(world.events(id).await, ["opened", "changed", "ended"]);
        let late = change(3, permission("別の 人")).await.unwrap_err();
        assert!(matches!(late, LedgerError::CannotEnd), "{late:?}");
    }
}

#[tokio::test]
async fn what_is_named_is_the_institutions_own_and_keeps_its_name() {
    for world in worlds().await {
        let unknown = Permission {
            system: Some(uuid::Uuid::from_u128(1)),
            ..permission("架空 花子")
        };
        let error = world.try_open(unknown).await.unwrap_err();
        assert!(
            matches!(error, LedgerError::Reference("system")),
            "{error:?}"
        );
        let stranger = Permission {
            superior: Some(uuid::Uuid::from_u128(1).into()),
            ..permission("架空 花子")
        };
        let error = world.try_open(stranger).await.unwrap_err();
        assert!(
            matches!(error, LedgerError::Reference("superior")),
            "{error:?}"
        );
        let system = world.system("架空電子カルテ").await;
        let right = Permission {
            system: Some(system),
            system_name: String::new(),
            superior: Some(world.head.person),
            ..permission("架空 花子")
        };
        let id = world.open(right).await;
        assert_eq!(world.get(id).await.content.system_name(), "架空電子カルテ");
    }
}

#[tokio::test]
async fn a_leavers_permissions_are_to_be_taken_away_and_nobody_elses() {
    for world in worlds().await {
        let app = &world.app.app;
        let decide = proof::<actions::DecideRequests>(world.director);
        let numbered = |number: &str| Permission {
            staff_number: number.to_owned(),
            ..permission("同姓 同名")
        };
        let first = world.open(numbered("001")).await;
        let second = world.open(numbered("002")).await;
        let without = world.open(permission("架空　花子")).await;
        let of_either = world.open(permission("同姓 同名")).await;
        let leave = async |number: &str, name: &str| {
            let whom = Whom {
                staff_number: number.to_owned(),
                name: name.to_owned(),
            };
            let mut tx = app.database().begin().await.unwrap();
            let (ids, now) = (app.ids(), app.now());
            let done =
                yagura_ledgers::end_permissions_of(&mut tx, &decide, ids, &whom, "退職", now).await;
            if done.is_ok() {
                tx.commit().await.unwrap();
            }
            done
        };
        let error = leave("", "同姓同名").await.unwrap_err();
        assert!(matches!(error, LedgerError::Ambiguous), "{error:?}");
        assert_eq!(leave("００１", "同姓同名").await.unwrap(), [first]);
        assert_eq!(leave("009", "架空花子").await.unwrap(), [without]);
        assert_eq!(world.get(first).await.state, State::ToEnd);
        assert_eq!(world.get(second).await.state, State::Open);
        let unnumbered = world.get(of_either).await.state;
        assert_eq!(unnumbered, State::Open, "it may be the namesake's");
        let read = proof::<actions::ReadAccounts>(world.director);
        let filter = GrantFilter::default();
        let grants = yagura_ledgers::permissions_in_force(app.database(), &read, &filter)
            .await
            .unwrap();
        let today = app.today();
        let in_force: Vec<_> = grants
            .iter()
            .filter(|grant| grant.is_in_force(today))
            .map(|grant| grant.id)
            .collect();
        assert_eq!((grants.len(), in_force), (4, vec![second, of_either]));
    }
}

#[tokio::test]
async fn the_daily_round_tells_once_of_what_is_past_its_last_day() {
    for world in worlds().await {
        let until = |days: i64| Permission {
            until: Some(world.days_from_now(days)),
            open_ended_reason: String::new(),
            ..permission("架空 花子")
        };
        let past = world.open(until(-1)).await;
        let last_day = world.open(until(0)).await;
        let export = Export {
            name: "検査結果".to_owned(),
            person: "架空 太郎".to_owned(),
            purpose: "学会".to_owned(),
            carrier: Carrier::Institution,
            until: Some(world.days_from_now(-3)),
            ..Export::default()
        };
        let export = world.open(export).await;
        let notices = "SELECT count(*) AS n FROM notifications";
        let before = world.count(notices).await;
        world.run("ledgers-daily").await;
        assert_eq!(world.get(past).await.state, State::ToEnd);
        assert_eq!(world.get(last_day).await.state, State::Open);
        let today = world.app.app.today();
        let overdue = world.get(export).await;
        assert_eq!(overdue.standing(today), Standing::Overdue);
        let after = world.count(notices).await;
        assert!(after > before, "{before} {after}");
        world.run("ledgers-daily").await;
        assert_eq!(world.count(notices).await, after, "told once");
        assert_eq!(world.events(past).await, ["opened", "to_end"]);

        // With a later last day it runs again.
        let app = &world.app.app;
        let keep = proof::<actions::KeepLedgers>(world.director);
        let mut tx = app.database().begin().await.unwrap();
        let longer = Content::from(until(30));
        let (ids, now) = (app.ids(), app.now());
        yagura_ledgers::change(&mut tx, &keep, ids, past, 2, longer, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.get(past).await.state, State::Open);
    }
}

#[tokio::test]
async fn the_probe_of_permissions_wants_every_system_and_its_administrator() {
    for world in worlds().await {
        const PROBE: &str = "permissions-recertified";
        let outcome = async || world.measured(PROBE).await.outcome;
        assert_eq!(outcome().await, Outcome::Unknown);
        let system = world.system("架空電子カルテ").await;
        let on = |name: &str, privileged: bool, by: &str| Permission {
            system: Some(system),
            privileged,
            permitted_by: by.to_owned(),
            ..permission(name)
        };
        world.open(on("架空 花子", false, "院長")).await;
        assert_eq!(outcome().await, Outcome::Unknown, "nobody administers it");
        let id = world.open(on("架空 太郎", true, "院長")).await;
        assert_eq!(outcome().await, Outcome::Unknown, "nobody certified them");
        let due = json!({ "due_on": "2026-12-20" });
        let path = "/api/v1/recertification";
        world.api(world.director, Method::POST, path, due).await;
        let rows = format!("{path}/rows");
        let (_, page) = world
            .api(world.director, Method::GET, &rows, json!(null))
            .await;
        let said = page["items"].as_array().unwrap().iter().map(|row| {
            json!({
                "entry": row["entry"], "revision": row["revision"], "verdict": "needed",
            })
        });
        let said = json!({ "decisions": said.collect::<Vec<_>>() });
        let (_, said) = world.api(world.director, Method::POST, &rows, said).await;
        assert_eq!(said["decided"], 2);
        let found = world.measured(PROBE).await;
        assert_eq!(found.outcome, Outcome::Satisfied);
        assert_eq!((found.covered, found.total), (1, 1));
        // Who came after the recertification was permitted then.
        world.open(on("架空 三郎", false, "院長")).await;
        assert_eq!(outcome().await, Outcome::Satisfied);
        world.open(on("架空 次郎", true, "")).await;
        assert_eq!(outcome().await, Outcome::Violated, "nothing shows a grant");
        assert!(world.get(id).await.is_permitted());
    }
}

#[tokio::test]
async fn the_probe_of_media_knows_exceptions_that_are_in_force() {
    for world in worlds().await {
        let outcome = async || world.measured("media-kept").await.outcome;
        assert_eq!(outcome().await, Outcome::Unknown);
        let medium = |name: &str, owner, encrypted| Medium {
            name: name.to_owned(),
            owner,
            encrypted,
            seen_on: Some(world.days_from_now(-300)),
            ..Medium::default()
        };
        let good = medium("USB-01", Owner::Institution, Known::Yes);
        world.open(good).await;
        assert_eq!(outcome().await, Outcome::Satisfied);
        let own = medium("私物", Owner::Personal, Known::Yes);
        let own = world.open(own).await;
        assert_eq!(outcome().await, Outcome::Violated);
        let exception = Exception {
            name: "私物USBの使用禁止".to_owned(),
            reason: "機器の更新まで".to_owned(),
            medium: Some(own),
            until: Some(world.days_from_now(0)),
            ..Exception::default()
        };
        world.open(exception).await;
        assert_eq!(outcome().await, Outcome::Satisfied);
        let app = &world.app.app;
        let read = proof::<actions::ReadAccounts>(world.director);
        let today = app.today();
        let held = yagura_ledgers::exceptions_in_force(app.database(), &read, today)
            .await
            .unwrap();
        assert_eq!(held.len(), 1);
        let tomorrow = world.days_from_now(1);
        let held = yagura_ledgers::exceptions_in_force(app.database(), &read, tomorrow)
            .await
            .unwrap();
        assert!(held.is_empty(), "its last day was yesterday");
    }
}

#[tokio::test]
async fn many_entries_are_written_in_few_statements_with_their_request() {
    for world in worlds().await {
        let app = &world.app.app;
        let decide = proof::<actions::DecideRequests>(world.director);
        let contents: Vec<Content> = (0..700)
            .map(|n| Content::from(permission(&format!("職員 {n:03}"))))
            .collect();
        let source = Source::Request {
            id: uuid::Uuid::from_u128(5),
            number: "R8-12".to_owned(),
        };
        let mut tx = app.database().begin().await.unwrap();
        let (ids, now) = (app.ids(), app.now());
        let opened = yagura_ledgers::open_many(&mut tx, &decide, ids, contents, &source, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(opened.len(), 700);
        assert_eq!(world.get(opened[699]).await.source, source);
    }
}
