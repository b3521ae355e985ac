//! A change that is sent again is answered again and not done again.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Json;
use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, actions};
use yagura_store::{Migration, params, row};
use yagura_web::api::JsonBody;
use yagura_web::testing::{TestApp, TestPerson, apps};
use yagura_web::{Access, Context, Feature, Routes, WebError, idempotency};

use crate::support::{Answer, send};

/// Records things, and stops or fails where it is told to.
struct Things(Arc<Gate>);

struct Gate {
    reached: Notify,
    open: Semaphore,
}

#[derive(Deserialize)]
struct NewThing {
    name: String,
    #[serde(default)]
    how: String,
}

async fn make(
    gate: Arc<Gate>,
    context: Context,
    JsonBody(thing): JsonBody<NewThing>,
) -> Result<(StatusCode, Json<Value>), WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    match thing.how.as_str() {
        "refuse" => return Err(WebError::invalid("error-json")),
        "panic" => panic!("as it was told"),
        "wait" => {
            gate.reached.notify_one();
            gate.open.acquire().await.unwrap().forget();
        }
        _ => {}
    }
    let id = context.app.ids().id();
    let mut tx = context.database().begin().await?;
    tx.execute(
        "INSERT INTO things (id, name) VALUES ($1, $2)",
        params![id, &thing.name],
    )
    .await?;
    context
        .audit(&mut tx, &proof, "thing", id, json!({}))
        .await?;
    tx.commit().await?;
    if thing.how == "fail after" {
        return Err(WebError::Internal("as it was told".to_owned()));
    }
    let padding = match thing.how.as_str() {
        "large" => "x".repeat(300 * 1024),
        _ => String::new(),
    };
    let body = json!({ "id": id, "padding": padding });
    Ok((StatusCode::CREATED, Json(body)))
}

#[async_trait]
impl Feature for Things {
    fn name(&self) -> &'static str {
        "things"
    }

    fn migrations(&self) -> &'static [Migration] {
        &[Migration {
            name: "things_0001",
            sql: "CREATE TABLE things (id {uuid} PRIMARY KEY, name TEXT NOT NULL);",
        }]
    }

    fn routes(&self) -> Routes {
        let access = Access::Action(Action::ManagePeople);
        let mut routes = Routes::new();
        for path in ["/api/v1/things", "/api/v1/other-things"] {
            let gate = Arc::clone(&self.0);
            let handler = move |context: Context, body: JsonBody<NewThing>| {
                make(Arc::clone(&gate), context, body)
            };
            routes = routes
                .post(path, access, handler.clone())
                .put(path, access, handler);
        }
        let gate = Arc::clone(&self.0);
        routes.post(
            "/things",
            access,
            move |context: Context, body: JsonBody<NewThing>| {
                make(Arc::clone(&gate), context, body)
            },
        )
    }
}

struct World {
    app: TestApp,
    gate: Arc<Gate>,
    director: TestPerson,
    colleague: TestPerson,
}

async fn worlds() -> Vec<World> {
    let gate = Arc::new(Gate {
        reached: Notify::new(),
        open: Semaphore::new(0),
    });
    let features = || vec![Arc::new(Things(Arc::clone(&gate))) as Arc<dyn Feature>];
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空医院", None)
            .await;
        worlds.push(World {
            director: app.person(&clinic, Role::Director).await,
            colleague: app.person(&clinic, Role::SafetyManager).await,
            gate: Arc::clone(&gate),
            app,
        });
    }
    worlds
}

fn thing(name: &str, how: &str) -> String {
    json!({ "name": name, "how": how }).to_string()
}

impl World {
    async fn ask(&self, key: &str, body: &str) -> Answer {
        self.ask_as(self.director, Method::POST, "/api/v1/things", key, body)
            .await
    }

    async fn ask_as(
        &self,
        whom: TestPerson,
        method: Method,
        path: &str,
        key: &str,
        body: &str,
    ) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        send(
            &self.app,
            Some(whom),
            method,
            path,
            &headers,
            body.to_owned(),
        )
        .await
    }

    async fn things(&self) -> i64 {
        self.app
            .app
            .database()
            .count("SELECT count(*) AS n FROM things", params![])
            .await
            .unwrap()
    }

    async fn change(&self, sql: &'static str) -> u64 {
        let mut tx = self.app.app.database().begin().await.unwrap();
        let touched = tx.execute(sql, params![]).await.unwrap();
        tx.commit().await.unwrap();
        touched
    }
}

fn assert_problem(answer: &Answer, status: StatusCode, kind: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(
        answer
            .header("content-type")
            .starts_with("application/problem+json")
    );
    let problem = answer.json();
    assert_eq!(
        problem["type"],
        format!("https://yagura.invalid/problems/{kind}")
    );
    assert_eq!(problem["status"], status.as_u16());
}

#[tokio::test]
async fn the_same_request_is_answered_again_and_not_done_again() {
    for world in worlds().await {
        let body = thing("机", "");
        let first = world.ask("key-1", &body).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
        assert_eq!(first.header("idempotency-replayed"), "");
        for _ in 0..3 {
            let again = world.ask("key-1", &body).await;
            assert_eq!((again.status, &again.body), (first.status, &first.body));
            assert_eq!(again.header("content-type"), first.header("content-type"));
            assert_eq!(again.header("idempotency-replayed"), "true");
        }
        assert_eq!(world.things().await, 1);
        let other = world.ask("key-2", &body).await;
        assert_ne!(other.body, first.body);
        let colleague = world.colleague;
        let theirs = world
            .ask_as(colleague, Method::POST, "/api/v1/things", "key-1", &body)
            .await;
        assert_eq!(
            theirs.header("idempotency-replayed"),
            "",
            "another person's key is another"
        );
        assert_eq!(world.things().await, 3);
        // Pages have no keys, and a request without one is done each time.
        for _ in 0..2 {
            let page = world
                .ask_as(world.director, Method::POST, "/things", "key-1", &body)
                .await;
            assert_eq!(page.header("idempotency-replayed"), "");
        }
        assert_eq!(world.things().await, 5);
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    for world in worlds().await {
        world.ask("key", &thing("机", "")).await;
        let reused = "error-idempotency-reused";
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        for body in [
            thing("椅子", ""),
            format!("{} ", thing("机", "")),
            String::new(),
        ] {
            assert_problem(&world.ask("key", &body).await, unprocessable, reused);
        }
        let director = world.director;
        for (method, path) in [
            (Method::PUT, "/api/v1/things"),
            (Method::POST, "/api/v1/other-things"),
            (Method::POST, "/api/v1/things?x=1"),
        ] {
            let answer = world
                .ask_as(director, method, path, "key", &thing("机", ""))
                .await;
            assert_problem(&answer, unprocessable, reused);
        }
        assert_eq!(world.things().await, 1);
    }
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    for world in worlds().await {
        for key in ["", "a b", "鍵", &"k".repeat(256)] {
            let answer = world.ask(key, &thing("机", "")).await;
            assert_problem(&answer, StatusCode::BAD_REQUEST, "error-idempotency-key");
        }
        assert_eq!(world.things().await, 0);
        let longest = world.ask(&"k".repeat(255), &thing("机", "")).await;
        assert_eq!(longest.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn a_refusal_changed_nothing_and_keeps_nothing() {
    for world in worlds().await {
        let refused = world.ask("key", &thing("机", "refuse")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        let broken = world.ask("key", &thing("机", "panic")).await;
        assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
        let mended = world.ask("key", &thing("机", "")).await;
        assert_eq!(mended.status, StatusCode::CREATED, "{}", mended.body);
        assert_eq!(world.things().await, 1);
        // A stranger learns nothing of keys.
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "key"),
        ];
        let body = thing("机", "");
        let stranger = send(
            &world.app,
            None,
            Method::POST,
            "/api/v1/things",
            &headers,
            body,
        )
        .await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_change_whose_answer_failed_is_not_doubled() {
    for world in worlds().await {
        let body = thing("机", "fail after");
        let first = world.ask("key", &body).await;
        assert_eq!(first.status, StatusCode::INTERNAL_SERVER_ERROR);
        for _ in 0..2 {
            let again = world.ask("key", &body).await;
            assert_problem(&again, StatusCode::CONFLICT, "error-answer-lost");
        }
        let large = thing("棚", "large");
        assert_eq!(world.ask("large", &large).await.status, StatusCode::CREATED);
        let again = world.ask("large", &large).await;
        assert_problem(&again, StatusCode::CONFLICT, "error-answer-lost");
        assert_eq!(world.things().await, 2);
    }
}

#[tokio::test]
async fn while_a_request_is_handled_the_same_one_waits() {
    for world in worlds().await {
        let body = thing("机", "wait");
        let (first, during) = tokio::join!(world.ask("key", &body), async {
            world.gate.reached.notified().await;
            let during = world.ask("key", &body).await;
            world.gate.open.add_permits(1);
            during
        });
        assert_problem(&during, StatusCode::CONFLICT, "error-in-flight");
        assert_eq!(during.header("retry-after"), "2");
        assert_eq!(first.status, StatusCode::CREATED);
        let after = world.ask("key", &body).await;
        assert_eq!((after.status, &after.body), (first.status, &first.body));
        assert_eq!(world.things().await, 1);
    }
}

#[tokio::test]
async fn of_many_that_come_together_one_is_done() {
    for world in worlds().await {
        let body = thing("机", "");
        let answers =
            futures_util::future::join_all((0..24).map(|_| world.ask("key", &body))).await;
        assert_eq!(world.things().await, 1);
        let mut made = Vec::new();
        for answer in &answers {
            match answer.status {
                StatusCode::CREATED => made.push(&answer.body),
                status => assert_eq!(status, StatusCode::CONFLICT, "{}", answer.body),
            }
        }
        assert!(!made.is_empty() && made.iter().all(|body| *body == made[0]));
        let replayed = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::CREATED)
            .filter(|answer| answer.header("idempotency-replayed").is_empty())
            .count();
        assert_eq!(replayed, 1, "one of them did it");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_finds_its_answer_when_it_comes_back() {
    for world in worlds().await {
        let body = thing("机", "wait");
        tokio::select! {
            _ = world.ask("key", &body) => panic!("it waits"),
            () = world.gate.reached.notified() => {}
        }
        assert_eq!(world.things().await, 0);
        world.gate.open.add_permits(1);
        let answer = loop {
            let answer = world.ask("key", &body).await;
            if answer.status != StatusCode::CONFLICT {
                break answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.header("idempotency-replayed"), "true");
        assert_eq!(world.things().await, 1);
    }
}

#[tokio::test]
async fn after_a_crash_the_record_knows_whether_it_was_done() {
    for world in worlds().await {
        let body = thing("机", "");
        world.ask("done", &body).await;
        // As a crash between the change and the answer leaves it.
        world
            .change("UPDATE idempotency_keys SET finished = 0, answer = NULL, body_hash = NULL")
            .await;
        let at_once = world.ask("done", &body).await;
        assert_problem(&at_once, StatusCode::CONFLICT, "error-in-flight");
        // As a crash before the change leaves it.
        world.ask("not-done", &body).await;
        world
            .change(
                "UPDATE idempotency_keys SET finished = 0, answer = NULL, changed = 0
                 WHERE finished = 1",
            )
            .await;
        world.app.clock.advance_seconds(131);
        let done = world.ask("done", &body).await;
        assert_problem(&done, StatusCode::CONFLICT, "error-answer-lost");
        let unknown = world.ask("not-done", &body).await;
        assert_problem(&unknown, StatusCode::CONFLICT, "error-outcome-unknown");
        assert_eq!(world.things().await, 2);
    }
}

#[tokio::test]
async fn a_key_is_known_for_a_day() {
    for world in worlds().await {
        let body = thing("机", "");
        let database = world.app.app.database();
        let purge = async || {
            idempotency::purge(database, world.app.app.now())
                .await
                .unwrap()
        };
        world.ask("key", &body).await;
        world.app.clock.advance_seconds(idempotency::KEPT_SECONDS);
        assert_eq!(purge().await, 0);
        assert_eq!(
            world.ask("key", &body).await.header("idempotency-replayed"),
            "true"
        );
        world.app.clock.advance_seconds(1);
        assert_eq!(
            world.ask("key", &body).await.header("idempotency-replayed"),
            ""
        );
        assert_eq!(world.things().await, 2);
        assert_eq!(purge().await, 0, "the new one stays");
        world
            .app
            .clock
            .advance_seconds(idempotency::KEPT_SECONDS + 1);
        assert_eq!(purge().await, 1);
    }
}

#[tokio::test]
async fn neither_keys_nor_answers_can_be_read_in_the_database() {
    row! {
        struct Kept { key_hash: Vec<u8>, answer: Vec<u8> }
    }
    for world in worlds().await {
        let first = world.ask("a-key-like-a-secret", &thing("机", "")).await;
        let kept: Vec<Kept> = world
            .app
            .app
            .database()
            .rows("SELECT key_hash, answer FROM idempotency_keys", params![])
            .await
            .unwrap();
        assert_eq!(kept.len(), 1);
        let id = first.json()["id"].as_str().unwrap().to_owned();
        let holds = |bytes: &[u8], text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        assert!(!holds(&kept[0].answer, &id) && kept[0].answer.len() > id.len());
        assert!(!holds(&kept[0].key_hash, "a-key"));
    }
}
