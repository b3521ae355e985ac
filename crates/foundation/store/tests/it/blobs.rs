use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use yagura_store::StoreError;
use yagura_store::blobs::{self, BlobKey, BlobStore, PutError, StoredBlob};
use yagura_store::testing::{databases, ids};

use crate::support::now;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn store(folder: &Path) -> BlobStore {
    BlobStore::in_folder(folder, BlobKey::new([3; 32]), ids()).unwrap()
}

fn parts(
    content: &[u8],
    size: usize,
) -> impl futures_util::Stream<Item = Result<Bytes, String>> + Unpin {
    let parts: Vec<_> = content
        .chunks(size)
        .map(|part| Ok(Bytes::copy_from_slice(part)))
        .collect();
    stream::iter(parts)
}

async fn put(store: &BlobStore, content: &[u8]) -> StoredBlob {
    store
        .put(parts(content, 10_000), 100_000_000)
        .await
        .unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found
}

#[tokio::test]
async fn files_of_every_size_come_back_and_lie_there_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    for size in [0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000, 6_000_000] {
        let content: Vec<u8> = (0..size).map(|at| (at / 7) as u8).collect();
        let stored = put(&store, &content).await;
        assert_eq!(stored.size, size as u64);
        assert_eq!(stored.head, content[..size.min(blobs::HEAD)]);
        assert_eq!(
            store.read(&stored.hash, 20_000_000).await.unwrap(),
            content,
            "{size}"
        );
        assert_eq!(store.verify(&stored.hash).await.unwrap(), size as u64);
    }
    let empty = put(&store, b"").await;
    assert_eq!(empty.hash, EMPTY);
    let secret = put(&store, b"the patient's secret").await;
    for file in files(folder.path()) {
        let raw = std::fs::read(file).unwrap();
        assert!(!raw.windows(7).any(|part| part == b"patient"));
    }
    assert!(matches!(
        store.read(&secret.hash, 5).await,
        Err(StoreError::Blob(_))
    ));
}

#[tokio::test]
async fn the_same_content_is_stored_once_and_a_cut_file_is_made_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let content = vec![9; 200_000];
    let first = put(&store, &content).await;
    let before = files(folder.path());
    assert_eq!(before.len(), 1);
    let raw = std::fs::read(&before[0]).unwrap();
    assert_eq!(put(&store, &content).await, first);
    assert_eq!(files(folder.path()), before);
    assert_eq!(std::fs::read(&before[0]).unwrap(), raw, "the first stays");
    std::fs::write(&before[0], &raw[..1_000]).unwrap();
    assert!(store.verify(&first.hash).await.is_err());
    put(&store, &content).await;
    assert_eq!(store.verify(&first.hash).await.unwrap(), 200_000);
}

#[tokio::test]
async fn too_large_and_interrupted_uploads_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let exact = store.put(parts(&[1; 1_000], 100), 1_000).await;
    assert!(exact.is_ok());
    let kept = files(folder.path()).len();
    let content = vec![1; 300_000];
    let large = store.put(parts(&content, 1_000), 299_999).await;
    assert!(
        matches!(large, Err(PutError::TooLarge { limit: 299_999 })),
        "{large:?}"
    );
    let cut = parts(&content, 1_000).chain(stream::iter([Err("the line broke".to_owned())]));
    let cut = store.put(cut, 1_000_000).await;
    assert!(
        matches!(&cut, Err(PutError::Interrupted(why)) if why == "the line broke"),
        "{cut:?}"
    );
    // The browser goes away: nobody waits for the upload any more.
    let endless = parts(&content, 1_000).chain(stream::pending());
    let waited = tokio::time::timeout(
        std::time::Duration::from_millis(100),
        store.put(endless, 1 << 40),
    );
    assert!(waited.await.is_err());
    for _ in 0..100 {
        if files(folder.path()).len() == kept {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(
        files(folder.path()).len(),
        kept,
        "{:?}",
        files(folder.path())
    );
}

#[tokio::test]
async fn what_a_killed_process_left_is_cleared_after_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let kept = put(&store, b"kept").await;
    std::fs::create_dir_all(folder.path().join("incoming")).unwrap();
    std::fs::write(folder.path().join("incoming/left"), b"half a file").unwrap();
    let file_time = yagura_kernel::time::Clock::now(&yagura_kernel::time::SystemClock);
    assert_eq!(store.clear_incoming(file_time).await.unwrap(), 0);
    assert_eq!(
        store.clear_incoming(file_time.plus_days(2)).await.unwrap(),
        1
    );
    assert_eq!(files(folder.path()).len(), 1);
    assert!(store.verify(&kept.hash).await.is_ok());
}

#[tokio::test]
async fn altered_cut_and_exchanged_files_and_other_keys_are_detected() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let content: Vec<u8> = (0..200_000).map(|at| at as u8).collect();
    let stored = put(&store, &content).await;
    let path = files(folder.path()).remove(0);
    let raw = std::fs::read(&path).unwrap();
    for at in [0, 3, 4, 22, 23, 40_000, 65_560, raw.len() - 1] {
        let mut altered = raw.clone();
        altered[at] ^= 0x10;
        std::fs::write(&path, altered).unwrap();
        assert!(
            matches!(store.verify(&stored.hash).await, Err(StoreError::Blob(_))),
            "byte {at}"
        );
        assert!(store.read(&stored.hash, 1 << 30).await.is_err());
    }
    for end in [0, 3, 10, 23, 24, 23 + 65_552, raw.len() - 1] {
        std::fs::write(&path, &raw[..end]).unwrap();
        assert!(
            matches!(store.verify(&stored.hash).await, Err(StoreError::Blob(_))),
            "cut {end}"
        );
    }
    std::fs::write(&path, [&raw[..], b"more"].concat()).unwrap();
    assert!(store.verify(&stored.hash).await.is_err());

    std::fs::write(&path, &raw).unwrap();
    let wrong = BlobStore::in_folder(folder.path(), BlobKey::new([4; 32]), ids()).unwrap();
    assert!(matches!(
        wrong.verify(&stored.hash).await,
        Err(StoreError::Blob(_))
    ));
    assert!(store.verify(&stored.hash).await.is_ok());

    // Another authentic file of the same key in its place.
    let other = put(&store, b"another file").await;
    let other_path = files(folder.path())
        .into_iter()
        .find(|it| it.ends_with(&other.hash))
        .unwrap();
    std::fs::copy(other_path, &path).unwrap();
    assert!(matches!(
        store.verify(&stored.hash).await,
        Err(StoreError::Blob(_))
    ));
    assert!(store.read(&stored.hash, 1 << 30).await.is_err());
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        store.verify(&stored.hash).await,
        Err(StoreError::Blob(_))
    ));
}

#[tokio::test]
async fn an_address_is_a_hash_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    put(&store, b"").await;
    assert!(store.verify(EMPTY).await.is_ok());
    let upper = EMPTY.to_uppercase();
    let tricks = [
        "",
        "..",
        "../../etc/passwd",
        &upper,
        &EMPTY[1..],
        &format!("{EMPTY}0"),
        &format!("..%2f{}", &EMPTY[5..]),
        &EMPTY.replace('e', "/"),
        &format!("{}é", &EMPTY[2..]),
    ];
    for trick in tricks {
        assert!(
            matches!(store.verify(trick).await, Err(StoreError::Blob(_))),
            "{trick}"
        );
        assert!(store.open(trick).await.is_err(), "{trick}");
    }
}

#[tokio::test]
async fn known_files_are_listed_in_pages() {
    for test in databases(&[]).await {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut hashes = Vec::new();
        for number in 0..5_u8 {
            let stored = put(&store, &[number]).await;
            let mut tx = test.database.begin().await.unwrap();
            blobs::record(&mut tx, &stored, now()).await.unwrap();
            // A second reference to the same content is no second file.
            blobs::record(&mut tx, &stored, now()).await.unwrap();
            tx.commit().await.unwrap();
            hashes.push(stored.hash);
        }
        hashes.sort();
        let first = blobs::known(&test.database, "", 3).await.unwrap();
        let rest = blobs::known(&test.database, &first[2].hash, 3)
            .await
            .unwrap();
        let listed: Vec<_> = first
            .iter()
            .chain(&rest)
            .map(|it| it.hash.clone())
            .collect();
        assert_eq!(listed, hashes);
        assert!(first.iter().all(|it| it.size == 1));
    }
}
