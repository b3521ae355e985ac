use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;
use yagura_kernel::time::{Clock, FixedClock};
use yagura_store::jobs::{self, Job, JobHandler, NewJob, Progress, Runner};
use yagura_store::testing::{clock, databases, ids};
use yagura_store::{Database, Engine, StoreError, Transaction, params};

use crate::support::{NOTES, insert_note, notes};

/// Runs a closure for every job.
struct Handler<F>(&'static str, F);

#[async_trait]
impl<F> JobHandler for Handler<F>
where
    F: Fn(&Job) -> Result<(), String> + Send + Sync,
{
    fn kind(&self) -> &'static str {
        self.0
    }

    async fn run(&self, job: &Job, _: &Progress) -> Result<(), String> {
        tokio::task::yield_now().await;
        (self.1)(job)
    }
}

fn runner(database: &Database, clock: &FixedClock, handler: impl JobHandler + 'static) -> Runner {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    Runner::new(
        database.clone(),
        clock,
        vec![Arc::new(handler)],
        Arc::new(Notify::new()),
    )
}

async fn enqueue(database: &Database, job: NewJob, clock: &FixedClock) -> Uuid {
    let mut tx = database.begin().await.unwrap();
    let id = jobs::enqueue(&mut tx, &*shared_ids(), job, clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

fn shared_ids() -> Arc<dyn yagura_kernel::id::IdGenerator> {
    static IDS: std::sync::OnceLock<Arc<dyn yagura_kernel::id::IdGenerator>> =
        std::sync::OnceLock::new();
    Arc::clone(IDS.get_or_init(ids))
}

#[tokio::test]
async fn a_job_exists_exactly_when_its_change_does() {
    for test in databases(&[NOTES]).await {
        let clock = clock();
        let run = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&run);
        let runner = runner(
            &test.database,
            &clock,
            Handler("count", move |job: &Job| {
                seen.lock()
                    .unwrap()
                    .push(job.payload["n"].as_i64().unwrap());
                Ok(())
            }),
        );
        let job = |n: i64| NewJob::now("count", json!({ "n": n }), clock.now());
        let mut undone = test.database.begin().await.unwrap();
        insert_note(&mut undone, 1).await.unwrap();
        jobs::enqueue(&mut undone, &*shared_ids(), job(1), clock.now())
            .await
            .unwrap();
        drop(undone);
        let done = enqueue(&test.database, job(2), &clock).await;
        let mut later = job(3);
        later.run_at = clock.now().plus_seconds(60);
        enqueue(&test.database, later, &clock).await;

        assert_eq!(
            jobs::backlog(&test.database, clock.now().plus_seconds(1))
                .await
                .unwrap(),
            (1, 0)
        );
        assert_eq!(runner.run_due().await.unwrap(), 1);
        assert_eq!(*run.lock().unwrap(), [2]);
        assert_eq!(
            jobs::get(&test.database, done)
                .await
                .unwrap()
                .unwrap()
                .state,
            "done"
        );
        assert_eq!(runner.run_due().await.unwrap(), 0);
        clock.advance_seconds(60);
        assert_eq!(runner.run_due().await.unwrap(), 1);
        assert_eq!(*run.lock().unwrap(), [2, 3]);
        assert!(notes(&test.database).await.is_empty());
        assert!(
            jobs::get(&test.database, Uuid::nil())
                .await
                .unwrap()
                .is_none()
        );
        // Finished ones are forgotten after a month.
        clock.advance_days(31);
        enqueue(&test.database, job(4), &clock).await;
        runner.run_due().await.unwrap();
        assert!(jobs::get(&test.database, done).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_key_that_waits_is_not_added_again() {
    for test in databases(&[]).await {
        let clock = clock();
        let count = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&count);
        let runner = runner(
            &test.database,
            &clock,
            Handler("statistics", move |_: &Job| {
                seen.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }),
        );
        let mut job = NewJob::now("statistics", json!({}), clock.now()).once("statistics/region");
        job.run_at = clock.now().plus_seconds(30);
        let first = enqueue(&test.database, job.clone(), &clock).await;
        assert_eq!(enqueue(&test.database, job.clone(), &clock).await, first);
        assert_eq!(runner.run_due().await.unwrap(), 0);
        // The earlier time counts.
        job.run_at = clock.now();
        assert_eq!(enqueue(&test.database, job.clone(), &clock).await, first);
        job.run_at = clock.now().plus_seconds(90);
        assert_eq!(enqueue(&test.database, job.clone(), &clock).await, first);
        assert_eq!(runner.run_due().await.unwrap(), 1);
        // It waits no longer, so the next change needs another run.
        assert_ne!(enqueue(&test.database, job, &clock).await, first);
        clock.advance_seconds(90);
        assert_eq!(runner.run_due().await.unwrap(), 1);
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}

/// The second change asks for a run that the first one has asked for already; the run must not
/// happen between the second one's question and its commit.
#[tokio::test]
async fn a_run_for_two_changes_sees_both() {
    for test in databases(&[NOTES]).await {
        if test.database.engine() == Engine::Sqlite {
            // There the one writer keeps the runner out by itself.
            continue;
        }
        let clock = clock();
        let runner = runner(
            &test.database,
            &clock,
            Handler("statistics", |_: &Job| Ok(())),
        );
        let job = || NewJob::now("statistics", json!({}), clock.now()).once("key");
        enqueue(&test.database, job(), &clock).await;
        let mut second = test.database.begin().await.unwrap();
        insert_note(&mut second, 1).await.unwrap();
        jobs::enqueue(&mut second, &*shared_ids(), job(), clock.now())
            .await
            .unwrap();
        assert_eq!(
            runner.run_due().await.unwrap(),
            0,
            "it would not see the second change"
        );
        second.commit().await.unwrap();
        assert_eq!(runner.run_due().await.unwrap(), 1);
    }
}

/// Everybody who saves asks for the same run; nobody waits for another, and the run for all.
#[tokio::test]
async fn those_who_ask_for_one_run_at_the_same_time_do_not_wait_for_each_other() {
    for test in databases(&[NOTES]).await {
        let clock = clock();
        let runner = runner(
            &test.database,
            &clock,
            Handler("statistics", |_: &Job| Ok(())),
        );
        let job = || NewJob::now("statistics", json!({}), clock.now()).once("key");
        let ask = async |tx: &mut Transaction, job: NewJob| {
            jobs::ensure_waiting(tx, &*shared_ids(), job, clock.now())
                .await
                .unwrap();
        };
        let waiting = async || {
            let sql = "SELECT count(*) AS n FROM jobs WHERE state = 'waiting'";
            test.database.count(sql, params![]).await.unwrap()
        };
        let mut first = test.database.begin().await.unwrap();
        ask(&mut first, job()).await;
        assert_eq!(waiting().await, 0, "not before the change is there");
        first.commit().await.unwrap();
        assert_eq!(waiting().await, 1);

        // SQLite has one writer.
        if test.database.engine() == Engine::Postgres {
            let mut both = Vec::new();
            for number in 0..2 {
                let mut tx = test.database.begin().await.unwrap();
                insert_note(&mut tx, number).await.unwrap();
                let asking = ask(&mut tx, job());
                tokio::time::timeout(Duration::from_secs(5), asking)
                    .await
                    .unwrap();
                both.push(tx);
            }
            for tx in both {
                let early = runner.run_due().await.unwrap();
                assert_eq!(early, 0, "it would not see a change that is under way");
                tx.commit().await.unwrap();
            }
        }
        let mut earlier = job();
        earlier.run_at = clock.now().plus_seconds(-60);
        let mut tx = test.database.begin().await.unwrap();
        ask(&mut tx, earlier).await;
        tx.commit().await.unwrap();
        let moved = test
            .database
            .count(
                "SELECT count(*) AS n FROM jobs WHERE run_at < $1",
                params![clock.now()],
            )
            .await
            .unwrap();
        assert_eq!((waiting().await, moved), (1, 1), "the earlier time counts");
        assert_eq!(runner.run_due().await.unwrap(), 1);
        let mut tx = test.database.begin().await.unwrap();
        ask(&mut tx, job()).await;
        tx.commit().await.unwrap();
        assert_eq!(runner.run_due().await.unwrap(), 1, "it waited no longer");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_runners_run_one_job() {
    for test in databases(&[]).await {
        let clock = clock();
        let run = Arc::new(Mutex::new(Vec::new()));
        for n in 0..60 {
            enqueue(
                &test.database,
                NewJob::now("count", json!({ "n": n }), clock.now()),
                &clock,
            )
            .await;
        }
        let other = Database::open(&test.url.parse().unwrap()).await.unwrap();
        let mut tasks = Vec::new();
        for database in [&test.database, &other, &test.database, &other] {
            let seen = Arc::clone(&run);
            let runner = runner(
                database,
                &clock,
                Handler("count", move |job: &Job| {
                    seen.lock()
                        .unwrap()
                        .push(job.payload["n"].as_i64().unwrap());
                    Ok(())
                }),
            );
            tasks.push(tokio::spawn(async move { runner.run_due().await.unwrap() }));
        }
        let mut total = 0;
        for task in tasks {
            total += task.await.unwrap();
        }
        let mut run = run.lock().unwrap().clone();
        run.sort_unstable();
        assert_eq!((total, run), (60, (0..60).collect()), "{}", test.url);
        other.close().await;
    }
}

#[tokio::test]
async fn a_failure_is_tried_again_later_and_given_up_in_the_end() {
    for test in databases(&[]).await {
        let clock = clock();
        let runner = runner(
            &test.database,
            &clock,
            Handler("mail", |_: &Job| Err("no server".to_owned())),
        );
        let id = enqueue(
            &test.database,
            NewJob::now("mail", json!({}), clock.now()),
            &clock,
        )
        .await;
        let mut pauses = Vec::new();
        for attempt in 1..=8 {
            assert_eq!(runner.run_due().await.unwrap(), 1, "attempt {attempt}");
            let job = jobs::get(&test.database, id).await.unwrap().unwrap();
            assert_eq!(job.attempts, attempt);
            assert_eq!(job.last_error.as_deref(), Some("no server"));
            let mut pause = 0;
            while job.state == "waiting" && runner_would_run(&test.database, &clock).await == 0 {
                clock.advance_seconds(10);
                pause += 10;
            }
            pauses.push(pause);
        }
        assert_eq!(pauses, [20, 40, 80, 160, 320, 640, 1_280, 0]);
        let job = jobs::get(&test.database, id).await.unwrap().unwrap();
        assert_eq!(job.state, "failed");
        assert_eq!(
            jobs::backlog(&test.database, clock.now()).await.unwrap(),
            (0, 1)
        );
        clock.advance_days(2);
        assert_eq!(runner.run_due().await.unwrap(), 0);
    }
}

async fn runner_would_run(database: &Database, clock: &FixedClock) -> i64 {
    database
        .count(
            "SELECT count(*) AS n FROM jobs WHERE state = 'waiting' AND run_at <= $1",
            params![clock.now()],
        )
        .await
        .unwrap()
}

#[tokio::test]
async fn a_panic_is_a_failure_and_other_kinds_are_left_to_others() {
    for test in databases(&[]).await {
        let clock = clock();
        let strange = enqueue(
            &test.database,
            NewJob::now("unknown", json!({}), clock.now()),
            &clock,
        )
        .await;
        let id = enqueue(
            &test.database,
            NewJob::now("bad", json!({}), clock.now()),
            &clock,
        )
        .await;
        let runner = runner(
            &test.database,
            &clock,
            Handler("bad", |_: &Job| panic!("a mistake")),
        );
        assert_eq!(runner.run_due().await.unwrap(), 1);
        let job = jobs::get(&test.database, id).await.unwrap().unwrap();
        assert_eq!(
            (job.state.as_str(), job.last_error.as_deref()),
            ("waiting", Some("the job panicked"))
        );
        let job = jobs::get(&test.database, strange).await.unwrap().unwrap();
        assert_eq!((job.state.as_str(), job.attempts), ("waiting", 0));
    }
}

/// Reports progress, then waits until it is let go, then reports again.
struct Slow {
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    lost: Arc<AtomicBool>,
}

#[async_trait]
impl JobHandler for Slow {
    fn kind(&self) -> &'static str {
        "slow"
    }

    async fn run(&self, _: &Job, progress: &Progress) -> Result<(), String> {
        progress
            .report(3, 10)
            .await
            .map_err(|error| error.to_string())?;
        self.begun.notify_one();
        self.go_on.notified().await;
        match progress.report(10, 10).await {
            Ok(()) => Ok(()),
            Err(StoreError::Conflict) => {
                self.lost.store(true, Ordering::SeqCst);
                Err("lost".to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

fn slow() -> (Slow, Arc<Notify>, Arc<Notify>, Arc<AtomicBool>) {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let lost = Arc::new(AtomicBool::new(false));
    let handler = Slow {
        begun: Arc::clone(&begun),
        go_on: Arc::clone(&go_on),
        lost: Arc::clone(&lost),
    };
    (handler, begun, go_on, lost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_process_is_silent_is_taken_over_and_the_first_cannot_end_it() {
    for test in databases(&[]).await {
        let clock = clock();
        let id = enqueue(
            &test.database,
            NewJob::now("slow", json!({}), clock.now()),
            &clock,
        )
        .await;
        let (handler, begun, go_on, lost) = slow();
        let first = runner(&test.database, &clock, handler);
        let first = tokio::spawn(async move { first.run_due().await });
        begun.notified().await;
        let job = jobs::get(&test.database, id).await.unwrap().unwrap();
        assert_eq!(
            (job.state.as_str(), job.done, job.total),
            ("running", 3, 10)
        );

        let (handler, second_begun, second_go_on, second_lost) = slow();
        let second = Arc::new(runner(&test.database, &clock, handler));
        assert_eq!(second.run_due().await.unwrap(), 0, "the first has a lease");
        clock.advance_seconds(301);
        let taking = Arc::clone(&second);
        let taking = tokio::spawn(async move { taking.run_due().await });
        second_begun.notified().await;
        // The first wakes up: it is told, and what it says counts no longer.
        go_on.notify_one();
        first.await.unwrap().unwrap();
        assert!(lost.load(Ordering::SeqCst));
        let job = jobs::get(&test.database, id).await.unwrap().unwrap();
        assert_eq!((job.state.as_str(), job.attempts), ("running", 2));
        second_go_on.notify_one();
        assert_eq!(taking.await.unwrap().unwrap(), 1);
        assert!(!second_lost.load(Ordering::SeqCst));
        let job = jobs::get(&test.database, id).await.unwrap().unwrap();
        assert_eq!((job.state.as_str(), job.done), ("done", 10));
    }
}

#[tokio::test]
async fn a_job_that_takes_its_process_with_it_is_given_up() {
    for test in databases(&[]).await {
        let clock = clock();
        let id = enqueue(
            &test.database,
            NewJob::now("bad", json!({}), clock.now()),
            &clock,
        )
        .await;
        let mut tx = test.database.begin().await.unwrap();
        tx.execute(
            "UPDATE jobs SET state = 'running', attempts = 8, leased_until = $1 WHERE id = $2",
            params![clock.now().plus_seconds(-1), id],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let runner = runner(&test.database, &clock, Handler("bad", |_: &Job| Ok(())));
        assert_eq!(runner.run_due().await.unwrap(), 0);
        assert_eq!(
            jobs::get(&test.database, id).await.unwrap().unwrap().state,
            "failed"
        );
    }
}

#[tokio::test]
async fn when_the_program_stops_an_unfinished_job_is_given_back() {
    let stopping: Vec<_> = databases(&[])
        .await
        .into_iter()
        .map(|test| async move {
            // Whole, or the closure takes only the connection and drops the database.
            let test = test;
            let _whole = &test;
            let clock = clock();
            let job = NewJob::now("slow", json!({}), clock.now());
            let id = enqueue(&test.database, job.clone(), &clock).await;
            let next = enqueue(&test.database, job, &clock).await;
            let (handler, begun, _, _) = slow();
            let runner = runner(&test.database, &clock, handler);
            let stop = Arc::new(Notify::new());
            let stopped = Arc::clone(&stop);
            let running = tokio::spawn(async move { runner.run_until(stopped.notified()).await });
            begun.notified().await;
            stop.notify_one();
            tokio::time::timeout(Duration::from_secs(60), running)
                .await
                .unwrap()
                .unwrap();
            for id in [id, next] {
                let job = jobs::get(&test.database, id).await.unwrap().unwrap();
                assert_eq!((job.state.as_str(), job.attempts), ("waiting", 0));
            }
        })
        .collect();
    futures_util::future::join_all(stopping).await;
}
