use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use serde_json::json;
use uuid::Uuid;
use yagura_kernel::audit::{AuditActor, AuditEntry, AuditOutcome, SigningKey};
use yagura_kernel::id::{IdGenerator, PersonId, RelationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_store::backup::{
    self, ArchiveSecret, BackupError, BackupReport, BackupSource, KeyFile, RestoreTarget, Stage,
    VerifiedArchive,
};
use yagura_store::blobs::{self, BlobKey, BlobStore, StoredBlob};
use yagura_store::directory::{self, NewPerson, NewRelation};
use yagura_store::jobs::{self, NewJob};
use yagura_store::testing::{TestDatabase, databases, empty_databases, empty_sqlite, ids};
use yagura_store::{Database, Engine, Migration, StoreError, audit, params};

use crate::support::{NOTES, date, insert_note, notes, now, organization, write_note};

/// What a feature could have: every type, NULL, a row that refers to another of its table, and
/// rows that the migration itself puts in.
const KINDS: &[Migration] = &[Migration {
    name: "test_0002_kinds",
    sql: "CREATE TABLE \"kinds\" (
        id {uuid} PRIMARY KEY, above {uuid} REFERENCES kinds (id), \"order\" BIGINT, words TEXT,
        bytes {blob}, fraction DOUBLE PRECISION);
        CREATE TABLE constants (name TEXT PRIMARY KEY, value TEXT NOT NULL);
        INSERT INTO constants (name, value) VALUES ('a', 'first'), ('b', 'second')",
}];

fn lists() -> Vec<&'static [Migration]> {
    let mut lists = yagura_store::MIGRATIONS.to_vec();
    lists.extend([NOTES, KINDS]);
    lists
}

fn audit_key() -> SigningKey {
    SigningKey::from_seed("yagura.example/audit", &[5; 32]).unwrap()
}

fn secret() -> ArchiveSecret {
    ArchiveSecret::from_key_text(&"5a".repeat(32)).unwrap()
}

fn blob_key() -> BlobKey {
    BlobKey::new([3; 32])
}

struct Installation {
    test: TestDatabase,
    folder: tempfile::TempDir,
    blobs: BlobStore,
    ids: Arc<dyn IdGenerator>,
}

impl Installation {
    fn on(test: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ids = ids();
        let blobs = BlobStore::in_folder(folder.path(), blob_key(), Arc::clone(&ids)).unwrap();
        Self {
            test,
            folder,
            blobs,
            ids,
        }
    }

    fn db(&self) -> &Database {
        &self.test.database
    }

    async fn put(&self, content: &[u8]) -> StoredBlob {
        let parts: Vec<Result<Bytes, String>> = content
            .chunks(30_000)
            .map(|part| Ok(Bytes::copy_from_slice(part)))
            .collect();
        let stored = self.blobs.put(stream::iter(parts), 1 << 30).await.unwrap();
        let mut tx = self.db().begin().await.unwrap();
        blobs::record(&mut tx, &stored, now()).await.unwrap();
        tx.commit().await.unwrap();
        stored
    }

    async fn back_up(&self, out: &Path) -> Result<BackupReport, BackupError> {
        self.back_up_with(out, &secret()).await
    }

    async fn back_up_with(
        &self,
        out: &Path,
        secret: &ArchiveSecret,
    ) -> Result<BackupReport, BackupError> {
        let keys = [
            KeyFile::new("files.key", blob_key().bytes().to_vec()),
            KeyFile::new("audit.key", audit_key().to_secret_text()),
        ];
        let source = BackupSource {
            database: self.db(),
            blobs: &self.blobs,
            keys: &keys,
            program_version: "0.1.0",
        };
        backup::backup(&source, out, secret, &*self.ids, now(), &mut |_| {}).await
    }

    async fn restore(&self, path: &Path) -> Result<backup::RestoreReport, BackupError> {
        let verified = verify(path).await?;
        self.restore_verified(verified, &lists()).await
    }

    async fn restore_verified(
        &self,
        verified: VerifiedArchive,
        migrations: &[&[Migration]],
    ) -> Result<backup::RestoreReport, BackupError> {
        let target = RestoreTarget {
            database: self.db(),
            blobs: &self.blobs,
            migrations,
        };
        backup::restore(verified, &target, now(), &mut |_| {}).await
    }

    async fn tables(&self) -> i64 {
        let sql = match self.db().engine() {
            Engine::Sqlite => "SELECT count(*) AS n FROM sqlite_schema",
            Engine::Postgres => {
                "SELECT count(*) AS n FROM information_schema.tables
                 WHERE table_schema = current_schema()"
            }
        };
        self.db().count(sql, params![]).await.unwrap()
    }
}

async fn verify(path: &Path) -> Result<VerifiedArchive, BackupError> {
    backup::verify(path, &secret(), &mut |_| {}).await
}

/// An installation with something in every table.
async fn filled(test: TestDatabase) -> Installation {
    let it = Installation::on(test);
    let (db, ids) = (it.db(), &it.ids);
    let clinic = organization(db, ids, OrganizationKind::Clinic, "架空診療所 '\"; 🏥").await;
    let network = organization(db, ids, OrganizationKind::Network, "架空ネット").await;
    let mut tx = db.begin().await.unwrap();
    let relation = NewRelation {
        id: RelationId::new(ids),
        kind: RelationKind::MemberOf,
        from: clinic,
        to: network,
        sharing: SharingLevel::Evidence,
        valid_from: date("2026-04-01"),
        valid_until: None,
        note: None,
    };
    directory::relate(&mut tx, relation, date("2026-11-21"))
        .await
        .unwrap();
    let person = NewPerson {
        id: PersonId::new(ids),
        name: "架空 花子".to_owned(),
        name_kana: None,
        email: None,
        phone: None,
    };
    directory::insert_person(&mut tx, person, now())
        .await
        .unwrap();
    jobs::enqueue(
        &mut tx,
        &**ids,
        NewJob::now("x", json!({"a": 1}), now()).once("k"),
        now(),
    )
    .await
    .unwrap();
    for number in 0..700 {
        insert_note(&mut tx, number).await.unwrap();
    }
    // The one below comes first, so its reference leads forward.
    let (upper, lower) = (Uuid::from_u128(9), Uuid::from_u128(1));
    let kinds = [
        params![
            lower,
            None::<Uuid>,
            i64::MIN,
            "",
            vec![0_u8, 255],
            f64::MIN_POSITIVE
        ],
        params![
            upper,
            Some(lower),
            None::<i64>,
            None::<String>,
            None::<Vec<u8>>,
            None::<f64>
        ],
    ];
    tx.insert_many(
        "kinds",
        &["id", "above", "\"order\"", "words", "bytes", "fraction"],
        kinds,
    )
    .await
    .unwrap();
    tx.execute(
        "UPDATE kinds SET above = $1 WHERE id = $2",
        params![upper, lower],
    )
    .await
    .unwrap();
    tx.execute("DELETE FROM constants WHERE name = 'a'", params![])
        .await
        .unwrap();
    for number in 0..5 {
        let entry = AuditEntry {
            id: ids.id().into(),
            at: now().plus_seconds(number),
            actor: AuditActor::System,
            acting_organization: None,
            action: "x".to_owned(),
            resource_kind: "y".to_owned(),
            resource_id: None,
            organization: Some(clinic),
            outcome: AuditOutcome::Done,
            detail: json!({"n": number}).into(),
        };
        audit::append(&mut tx, &entry).await.unwrap();
    }
    tx.commit().await.unwrap();
    audit::sequence(db, &audit_key(), now()).await.unwrap();
    for size in [0, 10, 65_536, 150_000] {
        it.put(&vec![7; size]).await;
    }
    it
}

fn out(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("backup.yagura")
}

#[tokio::test]
async fn everything_comes_back_on_either_engine_from_either_engine() {
    for source in databases(&[NOTES, KINDS]).await {
        let source = filled(source).await;
        let folder = tempfile::tempdir().unwrap();
        let path = out(&folder);
        let made = source.back_up(&path).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), made.bytes);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing else remains"
        );
        assert!(made.manifest.rows() > 700);
        assert_eq!(
            (made.manifest.files, made.manifest.file_bytes),
            (4, 215_546)
        );
        let verified = verify(&path).await.unwrap();
        assert_eq!(verified.manifest(), &made.manifest);
        assert_eq!(verified.header(), &made.header);
        assert_eq!(verified.keys()[0], KeyFile::new("files.key", [3; 32]));
        assert_eq!(
            verified.keys()[1].content.as_slice(),
            audit_key().to_secret_text().as_bytes()
        );
        let raw = std::fs::read(&path).unwrap();
        for word in ["note 12", "架空", "sqlite", "audit.key", "CREATE"] {
            assert!(
                !raw.windows(word.len()).any(|part| part == word.as_bytes()),
                "{word}"
            );
        }

        for target in empty_databases().await {
            let target = Installation::on(target);
            let report = target.restore(&path).await.unwrap();
            assert_eq!((report.rows, report.files), (made.manifest.rows(), 4));
            assert_eq!((report.migrated, report.damaged.len()), (0, 0));
            assert_eq!(notes(target.db()).await, (0..700).collect::<Vec<_>>());
            let keys = [audit_key().verifying_key()];
            let log = audit::verify(target.db(), &keys, None, |_| {})
                .await
                .unwrap();
            assert!(log.is_intact() && log.log.proven == 5, "{log:?}");
            for known in blobs::known(target.db(), "", 10).await.unwrap() {
                assert_eq!(
                    target.blobs.verify(&known.hash).await.unwrap(),
                    known.size as u64
                );
            }
            // What the restored one holds is to the byte what the first one held.
            let again = folder
                .path()
                .join(format!("again-{:?}", target.db().engine()));
            let second = target.back_up(&again).await.unwrap();
            assert_eq!(
                second.manifest, made.manifest,
                "{} {}",
                source.test.url, target.test.url
            );
            assert_eq!(second.header.migrations, made.header.migrations);
            // References hold again.
            let mut tx = target.db().begin().await.unwrap();
            let missing = tx
                .execute(
                    "INSERT INTO kinds (id, above) VALUES ($1, $2)",
                    params![Uuid::from_u128(77), Uuid::from_u128(78)],
                )
                .await;
            assert!(
                matches!(missing, Err(StoreError::MissingReference(_))),
                "{missing:?}"
            );
            drop(tx);
            write_note(target.db(), 5_000).await.unwrap();
            assert_eq!(
                yagura_store::migration::migrate(target.db(), &lists(), now())
                    .await
                    .unwrap(),
                0
            );
        }
    }
}

#[tokio::test]
async fn an_older_backup_is_migrated_and_a_newer_one_refused() {
    const LATER: &[Migration] = &[Migration {
        name: "test_0003_colour",
        sql: "ALTER TABLE notes ADD COLUMN colour TEXT; UPDATE notes SET colour = 'red'",
    }];
    const ALTERED: &[Migration] = &[Migration {
        name: "test_0002_kinds",
        sql: "CREATE TABLE kinds (id {uuid} PRIMARY KEY)",
    }];
    for source in databases(&[NOTES, KINDS]).await {
        let source = filled(source).await;
        let folder = tempfile::tempdir().unwrap();
        source.back_up(&out(&folder)).await.unwrap();
        for target in empty_databases().await {
            let target = Installation::on(target);
            let older = [yagura_store::MIGRATIONS, &[NOTES]].concat();
            let refused = target.restore_verified(verify(&out(&folder)).await.unwrap(), &older);
            let refused = refused.await;
            assert!(
                matches!(&refused, Err(BackupError::NewerProgram(name)) if name == "test_0002_kinds"),
                "{refused:?}"
            );
            let other = [yagura_store::MIGRATIONS, &[NOTES, ALTERED]].concat();
            let refused = target.restore_verified(verify(&out(&folder)).await.unwrap(), &other);
            assert!(matches!(refused.await, Err(BackupError::OtherProgram(_))));
            assert_eq!(target.tables().await, 0);
            let mut newer = lists();
            newer.push(LATER);
            let report = target
                .restore_verified(verify(&out(&folder)).await.unwrap(), &newer)
                .await
                .unwrap();
            assert_eq!(report.migrated, 1);
            let red = target
                .db()
                .count(
                    "SELECT count(*) AS n FROM notes WHERE colour = 'red'",
                    params![],
                )
                .await
                .unwrap();
            assert_eq!(red, 700);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_during_writes_is_of_one_moment() {
    for source in databases(&[NOTES, KINDS]).await {
        let source = Arc::new(filled(source).await);
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = Vec::new();
        for writer in 1..=4_i64 {
            let (source, stop) = (Arc::clone(&source), Arc::clone(&stop));
            writers.push(tokio::spawn(async move {
                let mut number = writer * 1_000_000;
                while !stop.load(Ordering::SeqCst) {
                    // Two rows and a file that belong together.
                    let content = number.to_string().into_bytes();
                    let part: Result<Bytes, String> = Ok(Bytes::from(content));
                    let stored = source.blobs.put(stream::iter([part]), 100).await.unwrap();
                    let mut tx = source.db().begin().await.unwrap();
                    insert_note(&mut tx, number).await.unwrap();
                    blobs::record(&mut tx, &stored, now()).await.unwrap();
                    insert_note(&mut tx, number + 1).await.unwrap();
                    tx.commit().await.unwrap();
                    number += 2;
                }
            }));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = notes(source.db()).await;
        let folder = tempfile::tempdir().unwrap();
        let made = source.back_up(&out(&folder)).await.unwrap();
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.await.unwrap();
        }
        assert!(made.manifest.damaged.is_empty());
        let target = Installation::on(empty_sqlite().await);
        target.restore(&out(&folder)).await.unwrap();
        let restored = notes(target.db()).await;
        for number in before {
            assert!(
                restored.contains(&number),
                "{number} was acknowledged before"
            );
        }
        let pairs: Vec<_> = restored
            .iter()
            .filter(|number| **number >= 1_000_000)
            .collect();
        assert_eq!(pairs.len() % 2, 0);
        for pair in pairs.chunks(2) {
            assert_eq!(*pair[0] + 1, *pair[1], "half of a transaction");
        }
        let files = blobs::known(target.db(), "", 100_000).await.unwrap();
        assert_eq!(files.len(), 4 + pairs.len() / 2);
        for file in files {
            target.blobs.verify(&file.hash).await.unwrap();
        }
    }
}

/// Something to be damaged: some 300 kB, which is five chunks.
async fn archive() -> (Installation, tempfile::TempDir, PathBuf, Vec<u8>) {
    let test = empty_sqlite().await;
    yagura_store::migration::migrate(&test.database, &lists(), now())
        .await
        .unwrap();
    let source = filled(test).await;
    let folder = tempfile::tempdir().unwrap();
    let path = out(&folder);
    source.back_up(&path).await.unwrap();
    let raw = std::fs::read(&path).unwrap();
    (source, folder, path, raw)
}

#[tokio::test]
async fn every_altered_byte_and_every_cut_is_refused() {
    let (_source, _folder, path, raw) = archive().await;
    let last = raw.len() - 1;
    let head = 0..100;
    let middle = (100..raw.len()).step_by(raw.len() / 40);
    for at in head.chain(middle).chain([last - 20, last - 1, last]) {
        let mut altered = raw.clone();
        altered[at] ^= if at % 2 == 0 { 0x01 } else { 0x80 };
        std::fs::write(&path, altered).unwrap();
        let refused = verify(&path).await;
        let told = match at {
            0..8 => matches!(
                refused,
                Err(BackupError::NotAnArchive | BackupError::NewerFormat)
            ),
            _ => matches!(refused, Err(BackupError::Damaged { .. })),
        };
        assert!(told, "byte {at}: {refused:?}");
    }
    let chunk = 65_536 + 16;
    let ends = [
        0,
        1,
        7,
        79,
        80,
        81,
        96,
        80 + chunk,
        80 + 2 * chunk,
        last - 16,
        last - 1,
        last,
    ];
    for end in ends {
        std::fs::write(&path, &raw[..end]).unwrap();
        let refused = verify(&path).await;
        assert!(
            matches!(
                refused,
                Err(BackupError::Damaged { .. } | BackupError::NotAnArchive)
            ),
            "cut at {end}: {refused:?}"
        );
    }
    std::fs::write(&path, [&raw[..], b"x"].concat()).unwrap();
    assert!(matches!(
        verify(&path).await,
        Err(BackupError::Damaged { .. })
    ));
    // A chunk taken out, and two exchanged.
    let (first, rest) = raw[80..].split_at(chunk);
    let (second, third) = rest.split_at(chunk);
    for parts in [[second, first, third], [first, third, b""]] {
        std::fs::write(&path, [&raw[..80], &parts.concat()].concat()).unwrap();
        assert!(matches!(
            verify(&path).await,
            Err(BackupError::Damaged { .. })
        ));
    }
    for other in [&b""[..], b"PK\x03\x04", &[0; 500]] {
        std::fs::write(&path, other).unwrap();
        assert!(matches!(
            verify(&path).await,
            Err(BackupError::NotAnArchive)
        ));
    }
    let mut newer = raw.clone();
    newer[6] = b'2';
    std::fs::write(&path, &newer).unwrap();
    assert!(matches!(verify(&path).await, Err(BackupError::NewerFormat)));
    std::fs::write(&path, &raw).unwrap();
    verify(&path).await.unwrap();
    let absent = verify(&path.with_extension("none")).await;
    assert!(matches!(absent, Err(BackupError::File { .. })));
}

#[tokio::test]
async fn an_archive_that_changes_after_it_was_verified_restores_nothing() {
    let (_source, _folder, path, raw) = archive().await;
    for target in empty_databases().await {
        let target = Installation::on(target);
        std::fs::write(&path, &raw).unwrap();
        let verified = verify(&path).await.unwrap();
        let mut altered = raw.clone();
        altered[raw.len() - 40] ^= 1;
        std::fs::write(&path, &altered).unwrap();
        let refused = target.restore_verified(verified, &lists()).await;
        assert!(
            matches!(refused, Err(BackupError::Damaged { .. })),
            "{refused:?}"
        );
        assert_eq!(target.tables().await, 0);
        std::fs::write(&path, &raw).unwrap();
        // The files that were written already do no harm.
        target.restore(&path).await.unwrap();
    }
}

#[tokio::test]
async fn secrets_are_told_apart() {
    let (source, folder, path, _) = archive().await;
    let other = ArchiveSecret::from_key_text(&"5b".repeat(32)).unwrap();
    let refused = backup::verify(&path, &other, &mut |_| {}).await;
    assert!(
        matches!(refused, Err(BackupError::WrongSecret)),
        "{refused:?}"
    );
    let words = ArchiveSecret::passphrase("  correct horse battery staple ");
    let refused = backup::verify(&path, &words, &mut |_| {}).await;
    assert!(matches!(
        refused,
        Err(BackupError::OtherSecret {
            needs_passphrase: false
        })
    ));

    let by_words = folder.path().join("by-words");
    source.back_up_with(&by_words, &words).await.unwrap();
    let same = ArchiveSecret::passphrase("correct horse battery staple");
    backup::verify(&by_words, &same, &mut |_| {}).await.unwrap();
    let wrong = ArchiveSecret::passphrase("correct horse battery stable");
    let refused = backup::verify(&by_words, &wrong, &mut |_| {}).await;
    assert!(
        matches!(refused, Err(BackupError::WrongSecret)),
        "{refused:?}"
    );
    let refused = backup::verify(&by_words, &other, &mut |_| {}).await;
    assert!(matches!(
        refused,
        Err(BackupError::OtherSecret {
            needs_passphrase: true
        })
    ));

    let short = folder.path().join("short");
    let refused = source
        .back_up_with(&short, &ArchiveSecret::passphrase("短い"))
        .await;
    assert!(matches!(
        refused,
        Err(BackupError::PassphraseTooShort { .. })
    ));
    assert!(!short.exists());
    assert!(matches!(
        ArchiveSecret::from_key_text("5a5a"),
        Err(BackupError::Key)
    ));
    assert!(matches!(
        ArchiveSecret::from_key_text(&"zz".repeat(32)),
        Err(BackupError::Key)
    ));
    let made = ArchiveSecret::generate_key(&*ids());
    let text = made.key_text().unwrap();
    assert_eq!(
        ArchiveSecret::from_key_text(&text)
            .unwrap()
            .key_text()
            .unwrap(),
        text
    );
    assert!(!format!("{made:?}{words:?}").contains("correct"));
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let (source, folder, path, raw) = archive().await;
    let refused = source.back_up(&path).await;
    assert!(
        matches!(&refused, Err(BackupError::Exists(it)) if *it == path),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), raw);
    for target in databases(&[]).await {
        let target = Installation::on(target);
        let refused = target.restore(&path).await;
        assert!(
            matches!(refused, Err(BackupError::DatabaseNotEmpty(_))),
            "{refused:?}"
        );
    }
    for target in empty_databases().await {
        let target = Installation::on(target);
        // Another installation's file, and the same file under another key.
        let parts: [Result<Bytes, String>; 1] = [Ok(Bytes::from_static(b"somebody's"))];
        let foreign = target.blobs.put(stream::iter(parts), 100).await.unwrap();
        let refused = target.restore(&path).await;
        assert!(matches!(&refused, Err(BackupError::FilesNotEmpty(it)) if *it == foreign.hash));
        assert_eq!(target.tables().await, 0);
        target.blobs.verify(&foreign.hash).await.unwrap();
    }
    for target in empty_databases().await {
        let mut target = Installation::on(target);
        let known = blobs::known(source.db(), "", 10).await.unwrap();
        let address = format!("blobs/{}/{}", &known[0].hash[..2], known[0].hash);
        let place = target.folder.path().join(&address);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(source.folder.path().join(&address), &place).unwrap();
        let own_key = std::mem::replace(
            &mut target.blobs,
            BlobStore::in_folder(target.folder.path(), BlobKey::new([9; 32]), ids()).unwrap(),
        );
        let refused = target.restore(&path).await;
        assert!(
            matches!(refused, Err(BackupError::FilesNotEmpty(_))),
            "{refused:?}"
        );
        // With the key of the archive it is the archive's own file.
        target.blobs = own_key;
        target.restore(&path).await.unwrap();
    }
    let nowhere = source.back_up(&folder.path().join("none/backup")).await;
    assert!(matches!(nowhere, Err(BackupError::File { .. })));
}

#[tokio::test]
async fn a_damaged_file_is_told_and_all_others_are_saved() {
    for source in databases(&[NOTES, KINDS]).await {
        let source = filled(source).await;
        let known = blobs::known(source.db(), "", 10).await.unwrap();
        let place = |at: usize| {
            let hash = &known[at].hash;
            source
                .folder
                .path()
                .join(format!("blobs/{}/{hash}", &hash[..2]))
        };
        std::fs::remove_file(place(0)).unwrap();
        let mut content = std::fs::read(place(2)).unwrap();
        let last = content.len() - 1;
        content[last] ^= 1;
        std::fs::write(place(2), content).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let made = source.back_up(&out(&folder)).await.unwrap();
        let damaged: Vec<_> = made.manifest.damaged.iter().map(|it| &it.hash).collect();
        assert_eq!(damaged, [&known[0].hash, &known[2].hash]);
        assert_eq!(made.manifest.files, 2);
        let target = Installation::on(empty_sqlite().await);
        let report = target.restore(&out(&folder)).await.unwrap();
        assert_eq!((report.files, report.damaged.len()), (2, 2));
        for (at, file) in known.iter().enumerate() {
            assert_eq!(
                target.blobs.verify(&file.hash).await.is_ok(),
                at % 2 == 1,
                "{at}"
            );
        }
    }
}

#[tokio::test]
async fn progress_grows_up_to_the_whole() {
    let (source, folder, path, raw) = archive().await;
    let mut told = Vec::new();
    let keys = [];
    let backing = BackupSource {
        database: source.db(),
        blobs: &source.blobs,
        keys: &keys,
        program_version: "0.1.0",
    };
    let second = folder.path().join("second");
    backup::backup(&backing, &second, &secret(), &*ids(), now(), &mut |it| {
        told.push(it)
    })
    .await
    .unwrap();
    backup::verify(&path, &secret(), &mut |it| told.push(it))
        .await
        .unwrap();
    let target = Installation::on(empty_sqlite().await);
    let target = RestoreTarget {
        database: target.db(),
        blobs: &target.blobs,
        migrations: &lists(),
    };
    let verified = verify(&path).await.unwrap();
    backup::restore(verified, &target, now(), &mut |it| told.push(it))
        .await
        .unwrap();
    for stage in [
        Stage::Rows,
        Stage::Files,
        Stage::Verifying,
        Stage::Restoring,
    ] {
        let of_stage: Vec<_> = told.iter().filter(|it| it.stage == stage).collect();
        assert!(of_stage.is_sorted_by_key(|it| it.done), "{stage:?}");
        let last = of_stage.last().unwrap();
        assert_eq!(last.done, last.total, "{stage:?}");
        if matches!(stage, Stage::Verifying | Stage::Restoring) {
            assert_eq!(last.total, raw.len() as u64);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_or_restore_that_is_broken_off_leaves_nothing() {
    let (source, folder, path, _) = archive().await;
    let begun = tokio::sync::Notify::new();
    let keys = [];
    let backing = BackupSource {
        database: source.db(),
        blobs: &source.blobs,
        keys: &keys,
        program_version: "0.1.0",
    };
    let second = folder.path().join("second");
    tokio::select! {
        biased;
        () = begun.notified() => {}
        _ = async {
            let tell = &mut |_| begun.notify_one();
            backup::backup(&backing, &second, &secret(), &*ids(), now(), tell).await
        } => panic!("it should have been broken off"),
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    for target in empty_databases().await {
        let target = Installation::on(target);
        let verified = verify(&path).await.unwrap();
        let into = RestoreTarget {
            database: target.db(),
            blobs: &target.blobs,
            migrations: &lists(),
        };
        let begun = tokio::sync::Notify::new();
        tokio::select! {
            biased;
            () = begun.notified() => {}
            _ = async {
                backup::restore(verified, &into, now(), &mut |_| begun.notify_one()).await
            } => panic!("it should have been broken off"),
        }
        assert_eq!(target.tables().await, 0);
        target.restore(&path).await.unwrap();
    }
}

/// What the next test starts as a process of its own, to be killed.
#[tokio::test]
#[ignore = "a part of the next one"]
async fn child_that_restores_slowly() {
    let Ok(what) = std::env::var("YAGURA_TEST_RESTORE") else {
        return;
    };
    let (url, rest) = what.split_once('\n').unwrap();
    let (folder, path) = rest.split_once('\n').unwrap();
    let database = Database::open(&url.parse().unwrap()).await.unwrap();
    let blobs = BlobStore::in_folder(Path::new(folder), blob_key(), ids()).unwrap();
    let verified = verify(Path::new(path)).await.unwrap();
    let lists = lists();
    let target = RestoreTarget {
        database: &database,
        blobs: &blobs,
        migrations: &lists,
    };
    let mark = Path::new(path).with_extension("begun");
    backup::restore(verified, &target, now(), &mut |_| {
        std::fs::write(&mark, b"").unwrap();
        std::thread::sleep(Duration::from_secs(60));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_leaves_an_empty_database() {
    let (_source, _folder, path, _) = archive().await;
    for target in empty_databases().await {
        let target = Installation::on(target);
        let mark = path.with_extension("begun");
        let folder = target.folder.path().display();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "backup::child_that_restores_slowly"])
            .env(
                "YAGURA_TEST_RESTORE",
                format!("{}\n{folder}\n{}", target.test.url, path.display()),
            )
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..600 {
            if mark.exists() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(mark.exists(), "the child did not begin");
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_file(&mark).unwrap();
        assert_eq!(target.tables().await, 0, "{}", target.test.url);
        target.restore(&path).await.unwrap();
        assert_eq!(notes(target.db()).await.len(), 700);
    }
}
