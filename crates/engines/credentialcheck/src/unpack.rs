//! How far the content of a file unpacks, measured before it is read into memory.
//!
//! The reader of the format unpacks as much as the file says. Deflate makes a thousand bytes of one,
//! so a small file can fill a machine; who wrote the file need not be who opens it. So the file is
//! decrypted here first and unpacked into nothing, up to a bound. Whatever cannot be measured is not
//! read at all.

use std::io::{Read, copy, sink};

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{Array, BlockCipherEncrypt, BlockModeDecrypt, KeyInit, KeyIvInit, StreamCipher};
use argon2::{Config, ThreadMode, Variant};
use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::header::{Derivation, Header, Sealed, Version, sealed};
use crate::limits::Limits;
use crate::open::OpenError;

const AES: [u8; 16] = [
    0x31, 0xC1, 0xF2, 0xE6, 0xBF, 0x71, 0x43, 0x50, 0xBE, 0x58, 0x05, 0x21, 0x6A, 0xFC, 0x5A, 0xFF,
];
const TWOFISH: [u8; 16] = [
    0xAD, 0x68, 0xF2, 0x9F, 0x57, 0x6F, 0x4B, 0xB9, 0xA3, 0x6A, 0xD4, 0x7A, 0xF9, 0x65, 0x34, 0x6C,
];
const CHACHA20: [u8; 16] = [
    0xD6, 0x03, 0x8A, 0x2B, 0x8B, 0x6F, 0x4C, 0xB5, 0xA5, 0x24, 0x33, 0x9A, 0x31, 0xDB, 0xB5, 0x9A,
];
/// The size of a block of SHA-256, to which the keys of its codes are as long.
const BLOCK: usize = 64;

/// Whether the content unpacks to no more than is allowed. `elements` are the parts of the key, each
/// hashed as the format asks.
///
/// # Errors
/// [`OpenError::UnpacksTooFar`]; [`OpenError::WrongKey`]; [`OpenError::Damaged`] where it cannot be
/// measured.
pub(crate) fn fits(
    data: &[u8],
    header: &Header,
    elements: &[Zeroizing<Vec<u8>>],
    limits: &Limits,
) -> Result<(), OpenError> {
    let sealed = sealed(data, header.version).ok_or(OpenError::Damaged)?;
    let mut composite = Sha256::new();
    for element in elements {
        composite.update(element.as_slice());
    }
    let composite: [u8; 32] = composite.finalize().into();
    let derived = derive(&composite, header, &sealed).ok_or(OpenError::Damaged)?;
    let key: [u8; 32] = Sha256::new()
        .chain_update(sealed.master_seed)
        .chain_update(derived.as_slice())
        .finalize()
        .into();
    let key = Zeroizing::new(key);
    let packed = match header.version {
        Version::Three => {
            let content = decrypted(&sealed, &key, sealed.body).ok_or(OpenError::WrongKey)?;
            let rest = content
                .strip_prefix(sealed.start)
                .ok_or(OpenError::WrongKey)?;
            hashed_blocks(rest).ok_or(OpenError::Damaged)?
        }
        Version::Four => {
            let encrypted = authenticated(&sealed, &derived)?;
            decrypted(&sealed, &key, &encrypted).ok_or(OpenError::Damaged)?
        }
    };
    if !sealed.is_packed {
        return within(packed.len() as u64, limits);
    }
    let mut unpacked = GzDecoder::new(packed.as_slice()).take(limits.unpacked.saturating_add(1));
    let size = copy(&mut unpacked, &mut sink()).map_err(|_| OpenError::Damaged)?;
    within(size, limits)
}

fn within(size: u64, limits: &Limits) -> Result<(), OpenError> {
    if size <= limits.unpacked {
        Ok(())
    } else {
        Err(OpenError::UnpacksTooFar {
            limit: limits.unpacked,
        })
    }
}

type Bytes = Zeroizing<Vec<u8>>;

fn derive(composite: &[u8; 32], header: &Header, sealed: &Sealed<'_>) -> Option<Bytes> {
    match header.derivation {
        Derivation::Aes { rounds } => {
            let seed: [u8; 32] = sealed.salt.try_into().ok()?;
            let cipher = Aes256::new(&seed.into());
            let (one, two) = composite.split_first_chunk::<16>()?;
            let two: [u8; 16] = two.try_into().ok()?;
            let (mut one, mut two) = (Array::from(*one), Array::from(two));
            for _ in 0..rounds {
                cipher.encrypt_block(&mut one);
                cipher.encrypt_block(&mut two);
            }
            let digest = Sha256::new().chain_update(one).chain_update(two).finalize();
            Some(Zeroizing::new(digest.to_vec()))
        }
        Derivation::Argon2 {
            memory,
            passes,
            lanes,
        } => {
            let config = Config {
                thread_mode: ThreadMode::Parallel,
                ad: &[],
                hash_length: 32,
                lanes,
                mem_cost: u32::try_from(memory / 1024).ok()?,
                secret: &[],
                time_cost: u32::try_from(passes).ok()?,
                variant: if sealed.is_argon2d {
                    Variant::Argon2d
                } else {
                    Variant::Argon2id
                },
                version: match sealed.argon2_version {
                    0x10 => argon2::Version::Version10,
                    0x13 => argon2::Version::Version13,
                    _ => return None,
                },
            };
            let key = argon2::hash_raw(composite, sealed.salt, &config).ok()?;
            Some(Zeroizing::new(key))
        }
    }
}

fn decrypted(sealed: &Sealed<'_>, key: &[u8; 32], encrypted: &[u8]) -> Option<Bytes> {
    let cipher: [u8; 16] = sealed.cipher.try_into().ok()?;
    let content = match cipher {
        AES => cbc::Decryptor::<Aes256>::new_from_slices(key, sealed.vector)
            .ok()?
            .decrypt_padded_vec::<Pkcs7>(encrypted)
            .ok()?,
        TWOFISH => cbc::Decryptor::<twofish::Twofish>::new_from_slices(key, sealed.vector)
            .ok()?
            .decrypt_padded_vec::<Pkcs7>(encrypted)
            .ok()?,
        CHACHA20 => {
            let mut content = encrypted.to_vec();
            chacha20::ChaCha20::new_from_slices(key, sealed.vector)
                .ok()?
                .try_apply_keystream(&mut content)
                .ok()?;
            content
        }
        _ => return None,
    };
    Some(Zeroizing::new(content))
}

/// A number of four bytes and what follows it.
fn number(data: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = data.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

/// The content of the blocks of version 3. Their hashes are left to the reader, which refuses the
/// file where one differs.
fn hashed_blocks(mut data: &[u8]) -> Option<Bytes> {
    let mut content = Zeroizing::new(Vec::new());
    loop {
        let (_, rest) = number(data)?;
        let (_, rest) = rest.split_first_chunk::<32>()?;
        let (size, rest) = number(rest)?;
        if size == 0 {
            return Some(content);
        }
        let (block, rest) = rest.split_at_checked(size)?;
        content.extend_from_slice(block);
        data = rest;
    }
}

/// HMAC-SHA-256 with a key of one block.
fn code(key: &[u8; BLOCK], parts: &[&[u8]]) -> [u8; 32] {
    let padded = |pad: u8| key.map(|byte| byte ^ pad);
    let mut inner = Sha256::new().chain_update(padded(0x36));
    for part in parts {
        inner.update(part);
    }
    let outer = Sha256::new().chain_update(padded(0x5C));
    outer.chain_update(inner.finalize()).finalize().into()
}

/// The encrypted content of the blocks of version 4, once the header shows that the key is right. The
/// codes of the blocks are left to the reader.
fn authenticated(sealed: &Sealed<'_>, derived: &[u8]) -> Result<Vec<u8>, OpenError> {
    let (_, rest) = sealed
        .body
        .split_first_chunk::<32>()
        .ok_or(OpenError::Damaged)?;
    let (shown, mut data) = rest.split_first_chunk::<32>().ok_or(OpenError::Damaged)?;
    let base = Sha512::new()
        .chain_update(sealed.master_seed)
        .chain_update(derived)
        .chain_update([1])
        .finalize();
    let key: [u8; BLOCK] = Sha512::new()
        .chain_update(u64::MAX.to_le_bytes())
        .chain_update(base)
        .finalize()
        .into();
    if code(&key, &[sealed.header]) != *shown {
        return Err(OpenError::WrongKey);
    }
    let mut content = Vec::new();
    while !data.is_empty() {
        let (_, rest) = data.split_first_chunk::<32>().ok_or(OpenError::Damaged)?;
        let (size, rest) = number(rest).ok_or(OpenError::Damaged)?;
        if size == 0 {
            break;
        }
        let (block, rest) = rest.split_at_checked(size).ok_or(OpenError::Damaged)?;
        content.extend_from_slice(block);
        data = rest;
    }
    Ok(content)
}

/// The part of the key that a key file is: XML of both versions, 32 bytes, 64 hexadecimal digits, or
/// the hash of anything else.
pub(crate) fn key_file(content: &[u8]) -> Zeroizing<Vec<u8>> {
    if let Some(element) = key_in_xml(content) {
        return element;
    }
    if content.len() == 32 {
        return Zeroizing::new(content.to_vec());
    }
    if content.len() == 64
        && let Ok(key) = data_encoding::HEXLOWER_PERMISSIVE.decode(content)
    {
        return Zeroizing::new(key);
    }
    Zeroizing::new(Sha256::digest(content).to_vec())
}

fn key_in_xml(content: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(content).ok()?;
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    if !text.starts_with('<') || !text.contains("<KeyFile") {
        return None;
    }
    let between = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}"))?;
        let (_, rest) = rest.split_once('>')?;
        let (inner, _) = rest.split_once(&format!("</{name}>"))?;
        Some(inner)
    };
    let data = between("Data")?;
    if between("Version") == Some("2.0") {
        let bare: Zeroizing<String> =
            Zeroizing::new(data.chars().filter(|c| !c.is_ascii_whitespace()).collect());
        let key = data_encoding::HEXLOWER_PERMISSIVE.decode(bare.as_bytes());
        return Some(Zeroizing::new(
            key.unwrap_or_else(|_| data.as_bytes().to_vec()),
        ));
    }
    let key = data_encoding::BASE64.decode(data.as_bytes());
    Some(Zeroizing::new(
        key.unwrap_or_else(|_| data.as_bytes().to_vec()),
    ))
}
