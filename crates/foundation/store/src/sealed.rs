//! Streams encrypted in chunks: XChaCha20-Poly1305 in the STREAM construction (Hoang, Reyhanitabar,
//! Rogaway and Vizár, 2015). Altered, exchanged, missing or added chunks and a cut end are found.

use aead_stream::{DecryptorBE32, EncryptorBE32};
use bytes::BytesMut;
use chacha20poly1305::aead::Payload;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};

/// The random part of the nonce.
pub(crate) const NONCE: usize = 19;
/// How much plaintext one chunk holds.
pub(crate) const CHUNK: usize = 64 * 1024;
/// What the authentication adds to each chunk.
pub(crate) const TAG: usize = 16;

/// The stream cannot be sealed, or was altered or cut, or the key is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it was altered or cut, or encrypted with another key")]
pub(crate) struct SealError;

/// How many bytes a plaintext of this size has when sealed. (The last chunk is never left out, not
/// even where it is empty; a full one is last where nothing follows.)
pub(crate) const fn sealed_size(plain: u64) -> u64 {
    let chunks = plain.div_ceil(CHUNK as u64);
    plain + (if chunks == 0 { 1 } else { chunks }) * TAG as u64
}

/// Encrypts what is pushed.
pub(crate) struct Sealer {
    encryptor: EncryptorBE32<XChaCha20Poly1305>,
    context: Vec<u8>,
    pending: BytesMut,
}

impl Sealer {
    pub(crate) fn new(key: &[u8; 32], nonce: &[u8; NONCE]) -> Self {
        Self::in_context(key, nonce, Vec::new())
    }

    /// `context` is authenticated with every chunk: who opens must give the same.
    pub(crate) fn in_context(key: &[u8; 32], nonce: &[u8; NONCE], context: Vec<u8>) -> Self {
        let cipher = XChaCha20Poly1305::new(key.into());
        let encryptor = EncryptorBE32::from_aead(cipher, nonce.into());
        Self {
            encryptor,
            context,
            pending: BytesMut::with_capacity(2 * CHUNK),
        }
    }

    /// The chunks that are full. The last chunk is sealed differently, so one is always held back.
    pub(crate) fn push(&mut self, plain: &[u8]) -> Result<Vec<Vec<u8>>, SealError> {
        self.pending.extend_from_slice(plain);
        let mut sealed = Vec::new();
        while self.pending.len() > CHUNK {
            let chunk = self.pending.split_to(CHUNK);
            let payload = Payload {
                msg: &chunk,
                aad: &self.context,
            };
            sealed.push(
                self.encryptor
                    .encrypt_next(payload)
                    .map_err(|_| SealError)?,
            );
        }
        Ok(sealed)
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, SealError> {
        let payload = Payload {
            msg: &self.pending,
            aad: &self.context,
        };
        self.encryptor.encrypt_last(payload).map_err(|_| SealError)
    }
}

/// Decrypts what is pushed.
pub(crate) struct Opener {
    decryptor: DecryptorBE32<XChaCha20Poly1305>,
    context: Vec<u8>,
    pending: BytesMut,
}

impl Opener {
    pub(crate) fn new(key: &[u8; 32], nonce: &[u8; NONCE]) -> Self {
        Self::in_context(key, nonce, Vec::new())
    }

    pub(crate) fn in_context(key: &[u8; 32], nonce: &[u8; NONCE], context: Vec<u8>) -> Self {
        let cipher = XChaCha20Poly1305::new(key.into());
        let decryptor = DecryptorBE32::from_aead(cipher, nonce.into());
        Self {
            decryptor,
            context,
            pending: BytesMut::with_capacity(2 * CHUNK),
        }
    }

    pub(crate) fn push(&mut self, sealed: &[u8]) -> Result<Vec<Vec<u8>>, SealError> {
        self.pending.extend_from_slice(sealed);
        let mut plain = Vec::new();
        while self.pending.len() > CHUNK + TAG {
            let chunk = self.pending.split_to(CHUNK + TAG);
            let payload = Payload {
                msg: &chunk,
                aad: &self.context,
            };
            plain.push(
                self.decryptor
                    .decrypt_next(payload)
                    .map_err(|_| SealError)?,
            );
        }
        Ok(plain)
    }

    /// The rest; only now is it sure that nothing was cut off.
    pub(crate) fn finish(self) -> Result<Vec<u8>, SealError> {
        let payload = Payload {
            msg: &self.pending,
            aad: &self.context,
        };
        self.decryptor.decrypt_last(payload).map_err(|_| SealError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const OTHER: [u8; 32] = [8; 32];
    const START: [u8; NONCE] = [9; NONCE];

    fn seal(plain: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::in_context(&KEY, &START, b"header".to_vec());
        let mut sealed = Vec::new();
        for part in plain.chunks(50_000) {
            sealed.extend(sealer.push(part).unwrap().concat());
        }
        sealed.extend(sealer.finish().unwrap());
        sealed
    }

    fn open(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut opener = Opener::in_context(key, &START, context.to_vec());
        let mut plain = Vec::new();
        for part in sealed.chunks(70_001) {
            plain.extend(opener.push(part)?.concat());
        }
        plain.extend(opener.finish()?);
        Ok(plain)
    }

    #[test]
    fn every_size_around_the_chunks_comes_back() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5] {
            let plain: Vec<u8> = (0..size).map(|at| at as u8).collect();
            let sealed = seal(&plain);
            assert_eq!(sealed.len() as u64, sealed_size(size as u64), "{size}");
            assert_eq!(open(&KEY, b"header", &sealed), Ok(plain), "{size}");
        }
    }

    #[test]
    fn what_was_altered_is_refused() {
        let sealed = seal(&vec![5; 2 * CHUNK + 100]);
        assert!(open(&OTHER, b"header", &sealed).is_err());
        assert!(open(&KEY, b"another", &sealed).is_err());
        for at in [0, CHUNK, CHUNK + TAG + 3, sealed.len() - 1] {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(open(&KEY, b"header", &altered).is_err(), "byte {at}");
        }
        for end in [0, 10, CHUNK + TAG, 2 * (CHUNK + TAG), sealed.len() - 1] {
            assert!(
                open(&KEY, b"header", &sealed[..end]).is_err(),
                "cut at {end}"
            );
        }
        let (first, rest) = sealed.split_at(CHUNK + TAG);
        let (second, third) = rest.split_at(CHUNK + TAG);
        assert!(
            open(&KEY, b"header", &[second, first, third].concat()).is_err(),
            "exchanged"
        );
        assert!(
            open(&KEY, b"header", &[first, third].concat()).is_err(),
            "one is missing"
        );
        assert!(
            open(&KEY, b"header", &[&sealed[..], b"x"].concat()).is_err(),
            "one was added"
        );
    }
}
