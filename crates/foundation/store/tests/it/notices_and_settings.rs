use serde_json::json;
use yagura_kernel::id::PersonId;
use yagura_kernel::organization::OrganizationKind;
use yagura_store::notifications::{self, NewNotification};
use yagura_store::settings;
use yagura_store::testing::{databases, ids};

use crate::support::{now, organization};

#[tokio::test]
async fn notices_reach_whom_they_are_for_and_the_first_reader_counts() {
    for test in databases(&[]).await {
        let ids = ids();
        let db = &test.database;
        let clinic = organization(db, &ids, OrganizationKind::Clinic, "架空診療所").await;
        let other = organization(db, &ids, OrganizationKind::Clinic, "別の診療所").await;
        let (anna, ben) = (PersonId::new(&ids), PersonId::new(&ids));
        let notice = |person, message| NewNotification {
            organization: clinic,
            person,
            message,
            arguments: json!({"days": "3"}),
            link: Some("/checklists".to_owned()),
        };
        let mut tx = db.begin().await.unwrap();
        let sent = notifications::send(
            &mut tx,
            &ids,
            [
                notice(None, "for-all"),
                notice(Some(anna), "for-anna"),
                notice(Some(ben), "for-ben"),
            ],
            now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(sent, 3);

        assert_eq!(notifications::unread(db, clinic, anna).await.unwrap(), 2);
        assert_eq!(notifications::unread(db, other, anna).await.unwrap(), 0);
        let list = notifications::list(db, clinic, anna, None, 10)
            .await
            .unwrap();
        let messages: Vec<_> = list.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, ["for-anna", "for-all"]);
        assert_eq!(list[0].arguments, json!({"days": "3"}));
        let older = notifications::list(db, clinic, anna, Some(list[0].id), 10)
            .await
            .unwrap();
        assert_eq!(older.len(), 1);
        assert_eq!(
            notifications::list(db, clinic, anna, None, 1)
                .await
                .unwrap()
                .len(),
            1
        );

        let for_all = list[1].id;
        for (reader, at) in [(anna, now()), (ben, now().plus_seconds(60))] {
            let mut tx = db.begin().await.unwrap();
            notifications::mark_read(&mut tx, clinic, reader, for_all, at)
                .await
                .unwrap();
            // Not theirs: nothing happens.
            notifications::mark_read(&mut tx, other, reader, list[0].id, at)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let list = notifications::list(db, clinic, ben, None, 10)
            .await
            .unwrap();
        assert_eq!(list[1].read_by, Some(anna));
        assert_eq!(list[1].read_at, Some(now()));
        // Ben cannot read Anna's for her.
        let hers = notifications::list(db, clinic, anna, None, 1)
            .await
            .unwrap();
        let mut tx = db.begin().await.unwrap();
        notifications::mark_read(&mut tx, clinic, ben, hers[0].id, now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(notifications::unread(db, clinic, anna).await.unwrap(), 1);
        assert_eq!(notifications::unread(db, clinic, ben).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn settings_are_replaced() {
    for test in databases(&[]).await {
        let db = &test.database;
        assert_eq!(settings::get(db, "colour").await.unwrap(), None);
        for value in ["red", "blue"] {
            let mut tx = db.begin().await.unwrap();
            settings::set(&mut tx, "colour", value).await.unwrap();
            settings::set(&mut tx, settings::DEMONSTRATION, "1")
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(
            settings::get(db, "colour").await.unwrap().as_deref(),
            Some("blue")
        );
    }
}
