//! Files for tests, and what opening says of them.

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockCipherEncrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use credentialcheck::{Key, Limits, OpenError, Opened, open};
use keepass::config::{DatabaseConfig, KdfConfig};
use keepass::db::{GroupMut, fields};
use keepass::{Database, DatabaseKey};
use sha2::{Digest, Sha256};

pub(crate) const PASSWORD: &str = "correct horse 馬";

/// An empty safe whose key costs a moment.
pub(crate) fn safe() -> Database {
    let kdf = DatabaseConfig::default().kdf_config;
    let KdfConfig::Argon2 { version, .. } = kdf else {
        panic!("another default");
    };
    let mut config = DatabaseConfig::default();
    config.kdf_config = KdfConfig::Argon2id {
        iterations: 1,
        memory: 64 << 10,
        parallelism: 1,
        version,
    };
    Database::with_config(config)
}

/// Puts an entry into a group.
pub(crate) fn add(group: &mut GroupMut<'_>, title: &str, user: &str, password: &str) {
    group.add_entry().edit(|entry| {
        entry.set_unprotected(fields::TITLE, title);
        entry.set_unprotected(fields::USERNAME, user);
        entry.set_protected(fields::PASSWORD, password);
    });
}

pub(crate) fn group<'g>(parent: &'g mut GroupMut<'_>, name: &str) -> GroupMut<'g> {
    let mut group = parent.add_group();
    group.name = name.to_owned();
    group
}

pub(crate) fn written(database: &Database, key: DatabaseKey) -> Vec<u8> {
    let mut file = Vec::new();
    database.save(&mut file, key).unwrap();
    file
}

pub(crate) fn key() -> Key {
    Key::new(Some(PASSWORD.to_owned()), None)
}

pub(crate) fn opened(database: &Database) -> Opened {
    let file = written(database, DatabaseKey::new().with_password(PASSWORD));
    open(&file, &key(), &Limits::default()).unwrap()
}

/// A file of KDBX 3.1 around a document, written after the format's description.
pub(crate) fn kdbx3(document: &str, password: &str, rounds: u64) -> Vec<u8> {
    kdbx3_of(document.as_bytes(), false, password, rounds)
}

/// The same around any content.
fn kdbx3_of(document: &[u8], is_packed: bool, password: &str, rounds: u64) -> Vec<u8> {
    let (master, seed, iv, start) = ([1_u8; 32], [2_u8; 32], [3_u8; 16], [4_u8; 32]);
    let mut file = vec![0x03, 0xD9, 0xA2, 0x9A, 0x67, 0xFB, 0x4B, 0xB5, 1, 0, 3, 0];
    let mut field = |kind: u8, content: &[u8]| {
        file.push(kind);
        file.extend(u16::try_from(content.len()).unwrap().to_le_bytes());
        file.extend(content);
    };
    let aes = [
        0x31, 0xC1, 0xF2, 0xE6, 0xBF, 0x71, 0x43, 0x50, 0xBE, 0x58, 0x05, 0x21, 0x6A, 0xFC, 0x5A,
        0xFF,
    ];
    field(2, &aes);
    field(3, &u32::from(is_packed).to_le_bytes());
    field(4, &master);
    field(5, &seed);
    field(6, &rounds.to_le_bytes());
    field(7, &iv);
    field(8, &[5; 32]);
    field(9, &start);
    field(10, &2_u32.to_le_bytes());
    field(0, b"\r\n\r\n");
    let composite = Sha256::digest(Sha256::digest(password.as_bytes()));
    let cipher = Aes256::new(&seed.into());
    let (mut one, mut two) = ([0; 16], [0; 16]);
    one.copy_from_slice(&composite[..16]);
    two.copy_from_slice(&composite[16..]);
    let (mut one, mut two) = (one.into(), two.into());
    for _ in 0..rounds {
        cipher.encrypt_block(&mut one);
        cipher.encrypt_block(&mut two);
    }
    let transformed = Sha256::new().chain_update(one).chain_update(two).finalize();
    let key: [u8; 32] = Sha256::new()
        .chain_update(master)
        .chain_update(transformed)
        .finalize()
        .into();
    let mut content = start.to_vec();
    content.extend(0_u32.to_le_bytes());
    content.extend(Sha256::digest(document));
    content.extend(u32::try_from(document.len()).unwrap().to_le_bytes());
    content.extend(document);
    content.extend(1_u32.to_le_bytes());
    content.extend([0; 36]);
    let encryptor = cbc::Encryptor::<Aes256>::new(&key.into(), &iv.into());
    file.extend(encryptor.encrypt_padded_vec::<Pkcs7>(&content));
    file
}

pub(crate) fn document(groups: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><KeePassFile><Meta><Generator>test</Generator></Meta>\
         <Root><Group><UUID>AAAAAAAAAAAAAAAAAAAAAA==</UUID><Name>Root</Name>{groups}</Group></Root></KeePassFile>"
    )
}

pub(crate) fn entry(id: u8, title: &str, password: &str) -> String {
    let id = data_encoding::BASE64.encode(&[id; 16]);
    format!(
        "<Entry><UUID>{id}</UUID><String><Key>Title</Key><Value>{title}</Value></String>\
         <String><Key>UserName</Key><Value>admin</Value></String>\
         <String><Key>Password</Key><Value>{password}</Value></String></Entry>"
    )
}

#[test]
fn a_file_of_version_4_opens_with_password_key_file_or_both() {
    let mut database = safe();
    add(&mut database.root_mut(), "NAS", "admin", "Kx9!rw-2Lp.Qm7");
    let key_file = b"any file can be a key".to_vec();
    let both = DatabaseKey::new()
        .with_password(PASSWORD)
        .with_keyfile(&mut key_file.as_slice())
        .unwrap();
    let file = written(&database, both);
    let with = |password: Option<&str>, key_file: Option<Vec<u8>>| {
        let key = Key::new(password.map(str::to_owned), key_file);
        open(&file, &key, &Limits::default()).map(|opened| opened.entries.len())
    };
    assert_eq!(with(Some(PASSWORD), Some(key_file.clone())), Ok(1));
    assert_eq!(with(Some(PASSWORD), None), Err(OpenError::WrongKey));
    assert_eq!(with(None, Some(key_file.clone())), Err(OpenError::WrongKey));
    assert_eq!(
        with(Some("x"), Some(key_file.clone())),
        Err(OpenError::WrongKey)
    );
    assert_eq!(with(None, None), Err(OpenError::NoKey));
    let only = DatabaseKey::new()
        .with_keyfile(&mut key_file.as_slice())
        .unwrap();
    let file = written(&database, only);
    let key = Key::new(None, Some(key_file));
    assert_eq!(
        open(&file, &key, &Limits::default()).unwrap().entries.len(),
        1
    );
}

#[test]
fn a_file_of_version_3_opens() {
    let document = document(&[entry(1, "RTX 1210", "a"), entry(2, "PC", "b")].concat());
    let file = kdbx3(&document, PASSWORD, 60);
    let opened = open(&file, &key(), &Limits::default()).unwrap();
    let read: Vec<_> = opened
        .entries
        .iter()
        .map(|entry| (entry.title.as_str(), entry.password.reveal()))
        .collect();
    assert_eq!(read, [("RTX 1210", "a"), ("PC", "b")]);
    assert_eq!(
        opened.file_sha256,
        data_encoding::HEXLOWER.encode(&Sha256::digest(&file))
    );
    let wrong = Key::new(Some("another".to_owned()), None);
    assert_eq!(
        open(&file, &wrong, &Limits::default()).unwrap_err(),
        OpenError::WrongKey
    );
}

#[test]
fn what_costs_too_much_is_refused_before_any_of_it_is_done() {
    let started = std::time::Instant::now();
    let dear = kdbx3(&document(""), PASSWORD, 1);
    let at = dear
        .windows(3)
        .position(|three| three == [6, 8, 0])
        .unwrap();
    let mut costly = dear.clone();
    costly[at + 3..at + 11].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(
        open(&costly, &key(), &Limits::default()).unwrap_err(),
        OpenError::TooCostly
    );
    let file = written(&safe(), DatabaseKey::new().with_password(PASSWORD));
    for (name, value) in [(b"M", 1_u64 << 50), (b"I", 1 << 40), (b"M", u64::MAX)] {
        // Name of one byte, its value of eight.
        let mark = [1, 0, 0, 0, name[0], 8, 0, 0, 0];
        let at = file.windows(9).position(|nine| nine == mark).unwrap() + 9;
        let mut costly = file.clone();
        costly[at..at + 8].copy_from_slice(&value.to_le_bytes());
        assert_eq!(
            open(&costly, &key(), &Limits::default()).unwrap_err(),
            OpenError::TooCostly
        );
    }
    let small = Limits {
        file: 100,
        ..Limits::default()
    };
    assert_eq!(
        open(&file, &key(), &small).unwrap_err(),
        OpenError::TooLarge { limit: 100 }
    );
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn what_is_no_such_file_is_said() {
    let open = |bytes: &[u8]| open(bytes, &key(), &Limits::default()).unwrap_err();
    assert_eq!(open(b""), OpenError::NotKeePass);
    assert_eq!(open(b"PK\x03\x04 a zip"), OpenError::NotKeePass);
    let old = [0x03, 0xD9, 0xA2, 0x9A, 0x65, 0xFB, 0x4B, 0xB5, 3, 0, 1, 0];
    assert_eq!(open(&old), OpenError::OldFormat);
    let mut file = written(&safe(), DatabaseKey::new().with_password(PASSWORD));
    assert!(matches!(open(&file[..40]), OpenError::Damaged));
    let end = file.len() - 1;
    file[end] ^= 1;
    assert_eq!(open(&file), OpenError::Damaged);
}

#[test]
fn groups_in_groups_to_any_depth_end_no_program() {
    let deep = 20_000;
    let inner = "<Group><UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID><Name>g</Name>".repeat(deep);
    let file = kdbx3(&document(&(inner + &"</Group>".repeat(deep))), PASSWORD, 1);
    // Refused or read: both are fine, as long as the program goes on.
    let _ = open(&file, &key(), &Limits::default());
}

#[test]
fn what_unpacks_too_far_is_not_read() {
    use std::io::Write as _;
    // 200 MB of one letter in some 200 kB.
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let filling = vec![b'a'; 1 << 20];
    packer.write_all(document("<Notes>").as_bytes()).unwrap();
    for _ in 0..200 {
        packer.write_all(&filling).unwrap();
    }
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let file = kdbx3_of(&bomb, true, PASSWORD, 1);
    let limits = Limits::default();
    assert_eq!(
        open(&file, &key(), &limits).unwrap_err(),
        OpenError::UnpacksTooFar {
            limit: limits.unpacked
        }
    );
    // Version 4, whose writer packs: the same file is read under one bound and not under another.
    let mut database = safe();
    add(
        &mut database.root_mut(),
        &"長い題名".repeat(2_000),
        "admin",
        "x",
    );
    let file = written(&database, DatabaseKey::new().with_password(PASSWORD));
    let small = Limits {
        unpacked: 10_000,
        ..limits
    };
    assert!(file.len() < 10_000, "{}", file.len());
    assert_eq!(
        open(&file, &key(), &small).unwrap_err(),
        OpenError::UnpacksTooFar { limit: 10_000 }
    );
    assert_eq!(open(&file, &key(), &limits).unwrap().entries.len(), 1);
    let wrong = Key::new(Some("another".to_owned()), None);
    assert_eq!(
        open(&file, &wrong, &small).unwrap_err(),
        OpenError::WrongKey
    );
}

#[test]
fn every_cipher_and_kind_of_key_file_is_measured_as_it_is_read() {
    use keepass::config::OuterCipherConfig;
    for cipher in [
        OuterCipherConfig::AES256,
        OuterCipherConfig::Twofish,
        OuterCipherConfig::ChaCha20,
    ] {
        let name = format!("{cipher:?}");
        let mut database = safe();
        database.config.outer_cipher_config = cipher;
        add(&mut database.root_mut(), "NAS", "admin", "x");
        let file = written(&database, DatabaseKey::new().with_password(PASSWORD));
        let opened = open(&file, &key(), &Limits::default());
        assert_eq!(opened.map(|opened| opened.entries.len()), Ok(1), "{name}");
    }
    let hex = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
    let xml = |version: &str, data: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<KeyFile>\n<Meta><Version>{version}</Version></Meta>\
             \n<Key><Data Hash=\"00\">{data}</Data></Key>\n</KeyFile>\n"
        )
    };
    for key_file in [
        vec![7; 32],
        hex.as_bytes().to_vec(),
        b"anything else".to_vec(),
        xml("1.00", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").into_bytes(),
        xml("2.0", "\n\t00112233 44556677\n\t8899AABB CCDDEEFF\n").into_bytes(),
    ] {
        let mut database = safe();
        add(&mut database.root_mut(), "NAS", "admin", "x");
        let with = DatabaseKey::new()
            .with_keyfile(&mut key_file.as_slice())
            .unwrap();
        let file = written(&database, with);
        let shown = String::from_utf8_lossy(&key_file).into_owned();
        let key = Key::new(None, Some(key_file));
        let opened = open(&file, &key, &Limits::default());
        assert_eq!(opened.map(|opened| opened.entries.len()), Ok(1), "{shown}");
    }
}
