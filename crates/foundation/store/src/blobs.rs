//! Stored files: content-addressed, encrypted at rest, streamed in and out.
//!
//! A file's address is the SHA-256 of its content, which also proves later that it was not
//! altered. What lies in the object store (a folder by default, S3 at scale) is encrypted with
//! XChaCha20-Poly1305 in chunks (STREAM construction), so that neither reading nor writing needs
//! the whole file in memory. The key is a file of its own and never in the database.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use sha2::{Digest as _, Sha256};
use yagura_kernel::id::IdGenerator;
use yagura_kernel::time::Instant;

use crate::sealed::{self, Opener, Sealer};
use crate::{Database, Migration, StoreError, Transaction, params, row};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "blobs_0001_blobs",
    sql: "CREATE TABLE blobs (
        hash TEXT PRIMARY KEY,
        size BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    )",
}];

/// First bytes of every stored object: the format and its version.
const MAGIC: &[u8; 4] = b"YGB1";
/// How much of the beginning is handed back, to judge the type by the content.
pub const HEAD: usize = 8 * 1024;

/// The key by which stored files are encrypted. It never appears in a log.
#[derive(Clone)]
pub struct BlobKey([u8; 32]);

impl std::fmt::Debug for BlobKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BlobKey(…)")
    }
}

impl BlobKey {
    /// A key from its 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new random key.
    #[must_use]
    pub fn generate(ids: &dyn IdGenerator) -> Self {
        let mut bytes = [0; 32];
        ids.fill_secret(&mut bytes);
        Self(bytes)
    }

    /// The 32 bytes, to be written to the key file.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What came of storing a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Lower-case hexadecimal SHA-256 of the content.
    pub hash: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its first bytes, at most [`HEAD`].
    pub head: Bytes,
}

/// Why an incoming file was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It is larger than allowed.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The sender stopped in the middle.
    #[error("the upload broke off: {0}")]
    Interrupted(String),
    /// It could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The object store with its key.
#[derive(Clone)]
pub struct BlobStore {
    objects: Arc<dyn ObjectStore>,
    key: BlobKey,
    ids: Arc<dyn IdGenerator>,
}

impl std::fmt::Debug for BlobStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BlobStore({})", self.objects)
    }
}

fn broken(error: impl std::fmt::Display) -> StoreError {
    let text = error.to_string();
    if text.contains("No space left") {
        StoreError::DiskFull
    } else {
        StoreError::Blob(text)
    }
}

/// One content has one address, so the digits are lower case only.
fn address(hash: &str) -> Result<ObjectPath, StoreError> {
    let valid = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match hash.get(..2) {
        Some(folder) if valid => Ok(ObjectPath::from(format!("blobs/{folder}/{hash}"))),
        _ => Err(StoreError::Blob("the address is not a SHA-256".to_owned())),
    }
}

impl BlobStore {
    /// A store in a local folder, which is made where there is none.
    ///
    /// # Errors
    /// [`StoreError::Blob`] where the folder cannot be made.
    pub fn in_folder(
        folder: &Path,
        key: BlobKey,
        ids: Arc<dyn IdGenerator>,
    ) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(broken)?;
        let objects =
            object_store::local::LocalFileSystem::new_with_prefix(folder).map_err(broken)?;
        Ok(Self {
            objects: Arc::new(objects.with_fsync(true)),
            key,
            ids,
        })
    }

    /// A store on any object store, for S3 at scale.
    #[must_use]
    pub fn on(objects: Arc<dyn ObjectStore>, key: BlobKey, ids: Arc<dyn IdGenerator>) -> Self {
        Self { objects, key, ids }
    }

    /// Stores what a stream brings. The file is not known to the database before [`record`].
    ///
    /// # Errors
    /// [`PutError`]; nothing of the file remains.
    pub async fn put<S, E>(&self, mut content: S, limit: u64) -> Result<StoredBlob, PutError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let incoming = ObjectPath::from(format!("incoming/{}", self.ids.id()));
        let upload = self
            .objects
            .put_multipart(&incoming)
            .await
            .map_err(broken)?;
        let mut writer = WriteMultipart::new(upload);
        let mut nonce = [0_u8; sealed::NONCE];
        self.ids.fill_secret(&mut nonce);
        let mut sealer = Sealer::new(&self.key.0, &nonce);
        writer.write(MAGIC);
        writer.write(&nonce);

        let mut hasher = Sha256::new();
        let mut size = 0_u64;
        let mut head = BytesMut::new();
        let outcome: Result<(), PutError> = async {
            while let Some(part) = content.next().await {
                let part = part.map_err(|error| PutError::Interrupted(error.to_string()))?;
                size += part.len() as u64;
                if size > limit {
                    return Err(PutError::TooLarge { limit });
                }
                hasher.update(&part);
                if head.len() < HEAD {
                    head.extend(part.iter().take(HEAD - head.len()));
                }
                for chunk in sealer.push(&part).map_err(broken)? {
                    writer.wait_for_capacity(4).await.map_err(broken)?;
                    writer.put(chunk.into());
                }
            }
            Ok(())
        }
        .await;
        if let Err(error) = outcome {
            let _ = writer.abort().await;
            return Err(error);
        }
        writer.put(sealer.finish().map_err(broken)?.into());
        writer.finish().await.map_err(broken)?;

        let hash = data_encoding::HEXLOWER.encode(&hasher.finalize());
        if let Err(error) = self.publish(&incoming, &hash, size).await {
            let _ = self.objects.delete(&incoming).await;
            return Err(error.into());
        }
        Ok(StoredBlob {
            hash,
            size,
            head: head.freeze(),
        })
    }

    /// Moves a finished upload to its address, unless the same content lies there already.
    async fn publish(
        &self,
        incoming: &ObjectPath,
        hash: &str,
        size: u64,
    ) -> Result<(), StoreError> {
        let target = address(hash)?;
        let expected = (MAGIC.len() + sealed::NONCE) as u64 + sealed::sealed_size(size);
        // A stored file that was cut is replaced by the whole one.
        let stored = self
            .objects
            .head(&target)
            .await
            .is_ok_and(|meta| meta.size == expected);
        if stored {
            self.objects.delete(incoming).await.map_err(broken)
        } else {
            self.objects.rename(incoming, &target).await.map_err(broken)
        }
    }

    /// Removes what uploads left that were broken off by the end of the process: everything in
    /// the folder of incoming files that is older than a day. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Blob`] where the store does not answer.
    pub async fn clear_incoming(&self, now: Instant) -> Result<usize, StoreError> {
        let mut list = self.objects.list(Some(&ObjectPath::from("incoming")));
        let mut removed = 0;
        while let Some(meta) = list.next().await {
            let meta = meta.map_err(broken)?;
            if meta.last_modified.timestamp() < now.plus_days(-1).as_seconds() {
                self.objects.delete(&meta.location).await.map_err(broken)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The addresses of every stored file, whether the database knows it or not.
    pub(crate) fn addresses(
        &self,
    ) -> impl Stream<Item = Result<String, StoreError>> + Send + use<> {
        self.objects
            .list(Some(&ObjectPath::from("blobs")))
            .map_err(broken)
            .map_ok(|meta| meta.location.filename().unwrap_or_default().to_owned())
    }

    /// The content of a stored file, decrypted as it is read.
    ///
    /// # Errors
    /// [`StoreError::Blob`] where it is absent; in the stream, where it was altered, cut or
    /// exchanged for another. What came before the error must not be taken for the whole.
    pub async fn open(
        &self,
        hash: &str,
    ) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>, StoreError> {
        let object = self.objects.get(&address(hash)?).await.map_err(broken)?;
        let mut input = object.into_stream().map_err(broken).boxed();
        let mut start = BytesMut::new();
        while start.len() < MAGIC.len() + sealed::NONCE {
            match input.next().await {
                Some(part) => start.extend_from_slice(&part?),
                None => return Err(broken("the stored file is cut")),
            }
        }
        if start.split_to(MAGIC.len()).as_ref() != MAGIC {
            return Err(broken("the stored file is of no known format"));
        }
        let mut nonce = [0_u8; sealed::NONCE];
        nonce.copy_from_slice(&start.split_to(sealed::NONCE));
        let mut opener = Opener::new(&self.key.0, &nonce);
        let first = opener.push(&start).map_err(broken)?;
        let reading = Reading {
            input,
            opener: Some(opener),
            ready: first.into(),
            hasher: Sha256::new(),
            expected: hash.to_owned(),
        };
        Ok(futures_util::stream::try_unfold(reading, Reading::next))
    }

    /// The whole content of a small stored file.
    ///
    /// # Errors
    /// [`StoreError::Blob`] where it is absent, altered or larger than `limit` bytes.
    pub async fn read(&self, hash: &str, limit: usize) -> Result<Vec<u8>, StoreError> {
        let mut content = std::pin::pin!(self.open(hash).await?);
        let mut all = Vec::new();
        while let Some(part) = content.next().await {
            all.extend_from_slice(&part?);
            if all.len() > limit {
                return Err(StoreError::Blob("the stored file is too large".to_owned()));
            }
        }
        Ok(all)
    }

    /// Reads a stored file, compares it with its address and returns its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::Blob`] where it is absent or altered.
    pub async fn verify(&self, hash: &str) -> Result<u64, StoreError> {
        let mut content = std::pin::pin!(self.open(hash).await?);
        let mut size = 0;
        while let Some(part) = content.next().await {
            size += part?.len() as u64;
        }
        Ok(size)
    }
}

/// A stored file that is being read.
struct Reading {
    input: BoxStream<'static, Result<Bytes, StoreError>>,
    opener: Option<Opener>,
    ready: VecDeque<Vec<u8>>,
    hasher: Sha256,
    expected: String,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        loop {
            if let Some(plain) = self.ready.pop_front() {
                self.hasher.update(&plain);
                return Ok(Some((Bytes::from(plain), self)));
            }
            let Some(opener) = &mut self.opener else {
                return Ok(None);
            };
            match self.input.next().await {
                Some(part) => self.ready.extend(opener.push(&part?).map_err(broken)?),
                None => {
                    let last = self.opener.take().map_or(Ok(Vec::new()), Opener::finish);
                    let last = last.map_err(broken)?;
                    // Every chunk was authentic; but is it this file, and not another's?
                    let hash = self.hasher.clone().chain_update(&last).finalize();
                    if data_encoding::HEXLOWER.encode(&hash) != self.expected {
                        return Err(broken("the stored file is not what its address says"));
                    }
                    self.ready.push_back(last);
                }
            }
        }
    }
}

/// Makes a stored file known, in the transaction of what refers to it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn record(
    tx: &mut Transaction,
    blob: &StoredBlob,
    now: Instant,
) -> Result<(), StoreError> {
    let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO blobs (hash, size, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO NOTHING",
        params![&blob.hash, size, now],
    )
    .await?;
    Ok(())
}

row! {
    /// A stored file that the database knows.
    #[derive(Debug, Clone)]
    pub struct KnownBlob {
        /// Its address.
        pub hash: String,
        /// Its size in bytes.
        pub size: i64,
    }
}

/// Every stored file that the database knows, in order of address, for backup and verification.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn known(
    database: &Database,
    after: &str,
    limit: i64,
) -> Result<Vec<KnownBlob>, StoreError> {
    database
        .rows(
            "SELECT hash, size FROM blobs WHERE hash > $1 ORDER BY hash LIMIT $2",
            params![after, limit],
        )
        .await
}
