//! Several people at one sheet at once: nothing is lost and the summary is true.

use std::sync::Arc;

use yagura_checklists::model::YesNo;
use yagura_checklists::store::{SaveError, save_answers};
use yagura_kernel::policy::actions;
use yagura_kernel::proof::CellCounts;

use crate::support::{change, worlds};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn savers_of_different_rows_of_one_sheet_do_not_disturb_each_other() {
    for world in worlds().await {
        let world = Arc::new(world);
        let opened = world.open(world.clinic).await;
        let keys: Vec<String> = world
            .packs()
            .get("mhlw-checklist-r08-institution")
            .unwrap()
            .items()
            .map(|item| item.key.clone())
            .collect();
        let tasks: Vec<_> = keys
            .iter()
            .cloned()
            .map(|key| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let yes = [change(&key, 0, YesNo::Yes, "2026-06-12")];
                    let saved = world.save(opened.id, world.clinic, &yes).await.unwrap();
                    assert_eq!(saved.items[0].version, 1);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let content = world.read(opened.id, world.clinic).await;
        assert_eq!(content.answers.len(), keys.len());
        assert_eq!(
            content.header.counts.declared, 19,
            "the last summary counts every row"
        );
        assert_eq!(content.header.counts, CellCounts::of(&content.header.cells));
        assert_eq!(content.header.revision, 19);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_save_one_row_at_once_one_wins_and_the_others_are_told() {
    for world in worlds().await {
        let world = Arc::new(world);
        let opened = world.open(world.clinic).await;
        let tasks: Vec<_> = (1..=20)
            .map(|day| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let mine = [change("1-1", 0, YesNo::Yes, &format!("2026-06-{day:02}"))];
                    match world.save(opened.id, world.clinic, &mine).await {
                        Ok(saved) => {
                            assert_eq!(saved.items[0].version, 1);
                            true
                        }
                        Err(SaveError::Conflict(conflicts)) => {
                            assert_eq!(conflicts[0].theirs.version, 1);
                            assert!(conflicts[0].theirs.names.changed.is_some());
                            false
                        }
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            winners += usize::from(task.await.unwrap());
        }
        assert_eq!(winners, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_who_tries_again_knowingly_gets_through() {
    for world in worlds().await {
        let world = Arc::new(world);
        let opened = world.open(world.clinic).await;
        let tasks: Vec<_> = (1..=8)
            .map(|day| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let mut version = 0;
                    loop {
                        let mine = [change(
                            "2-1",
                            version,
                            YesNo::Yes,
                            &format!("2026-07-{day:02}"),
                        )];
                        match world.save(opened.id, world.clinic, &mine).await {
                            Ok(_) => return,
                            Err(SaveError::Conflict(conflicts)) => {
                                version = conflicts[0].theirs.version;
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let proof = world.own::<actions::ReadHistory>(world.clinic);
        let history = yagura_checklists::store::history(
            &world.database,
            (&proof).into(),
            opened.id,
            Some("2-1"),
            None,
            50,
        )
        .await
        .unwrap();
        assert_eq!(history.len(), 8, "no version went missing");
        assert_eq!(
            world.read(opened.id, world.clinic).await.answers["2-1"].version,
            8
        );
    }
}

#[tokio::test]
async fn a_save_that_is_not_committed_leaves_nothing() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let proof = world.own::<actions::AnswerSheet>(world.clinic);
        let (tx, _) = save_answers(
            &world.database,
            world.packs(),
            &*world.ids,
            (&proof).into(),
            opened.id,
            &[change("1-1", 0, YesNo::Yes, "2026-06-12")],
            world.now(),
        )
        .await
        .unwrap();
        drop(tx);
        world
            .save(
                opened.id,
                world.clinic,
                &[change("2-1", 0, YesNo::Yes, "2026-06-12")],
            )
            .await
            .unwrap();
        let content = world.read(opened.id, world.clinic).await;
        assert_eq!(content.answers.keys().collect::<Vec<_>>(), ["2-1"]);
    }
}
