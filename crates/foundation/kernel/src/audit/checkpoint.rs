//! Signed states of the log: C2SP tlog-checkpoint (v1) inside a C2SP signed-note (v1), with
//! Ed25519 (RFC 8032). Other tools of that family can read and verify them.

use super::{Frontier, NodeHash};
use crate::id::IdGenerator;
use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer};
use serde::Serialize;
use sha2_for_merkle::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The signature type "Ed25519 as specified by signed-note".
const ED25519: u8 = 0x01;
const SIGNATURE_PREFIX: &str = "\u{2014} ";
const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";
/// signed-note: verifiers limit the size, but accept at least 16 signatures.
const LONGEST_NOTE: usize = 64 * 1024;
const LONGEST_NAME: usize = 200;

/// What is wrong with a signed checkpoint or with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteError {
    /// The name of a key is empty, too long, or contains blanks, plus or control characters.
    #[error(
        "a key's name must have 1 to {LONGEST_NAME} bytes without blanks, plus signs and control characters"
    )]
    Name,
    /// The text is not a key.
    #[error("the text is not a key of the form name+id+data")]
    Key,
    /// The text is not a signed note.
    #[error("the text is not a signed note")]
    Note,
    /// The note's text is not a checkpoint of this log.
    #[error("the signed text is not a checkpoint: origin, number of entries, root")]
    Checkpoint,
    /// None of the known keys signed it.
    #[error("no known key signed the checkpoint")]
    UnknownKey,
    /// A known key's signature does not fit the text.
    #[error("the signature does not fit the checkpoint")]
    Signature,
    /// The checkpoint names another log than the key that signed it.
    #[error("the checkpoint names another log than its key")]
    Origin,
}

/// The state of a log at a size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// The log's name, which is also the name of its key.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: NodeHash,
}

impl Checkpoint {
    /// The three lines that are signed. We sign no extension lines, which the specification
    /// advises against.
    pub fn to_text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(self.root.as_bytes())
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        if lines.next().is_some() || origin.is_empty() {
            return None;
        }
        let number: u64 = size.parse().ok()?;
        if number.to_string() != size {
            return None;
        }
        let root = NodeHash::from_slice(&BASE64.decode(root.as_bytes()).ok()?)?;
        Some(Self {
            origin: origin.to_owned(),
            size: number,
            root,
        })
    }
}

/// A checkpoint and the signed note that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
}

impl SignedCheckpoint {
    /// Reads a note and verifies it with those of `keys` that signed it.
    ///
    /// Signatures of unknown keys are passed over, so that keys can be renewed and others can
    /// add their witness; a wrong signature of a known key refuses the whole note.
    pub fn open(note: &str, keys: &[VerifyingKey]) -> Result<Self, NoteError> {
        let (text, key) = verified(note, keys)?;
        let checkpoint = Checkpoint::parse(text).ok_or(NoteError::Checkpoint)?;
        if checkpoint.origin != key.name {
            return Err(NoteError::Origin);
        }
        Ok(Self {
            checkpoint,
            note: note.to_owned(),
        })
    }

    /// What was signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed note, to be stored, printed or sent.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// The text of a note that [`SigningKey::sign_note`] signed, verified with one of `keys`.
///
/// # Errors
/// [`NoteError`] where it is none, or none of the keys signed it.
pub fn open_note<'n>(note: &'n str, keys: &[VerifyingKey]) -> Result<&'n str, NoteError> {
    let (text, key) = verified(note, keys)?;
    if text.lines().next() == Some(key.name.as_str()) {
        return Err(NoteError::Origin);
    }
    Ok(text)
}

/// The text of a note and the key that signed it.
fn verified<'n, 'k>(
    note: &'n str,
    keys: &'k [VerifyingKey],
) -> Result<(&'n str, &'k VerifyingKey), NoteError> {
    let (text, signatures) = split_note(note)?;
    let mut signed_by = None;
    for (name, id, signature) in &signatures {
        let Some(key) = keys.iter().find(|key| key.name == *name && key.id() == *id) else {
            continue;
        };
        let signature = Signature::from_slice(signature).map_err(|_| NoteError::Signature)?;
        key.key
            .verify_strict(text.as_bytes(), &signature)
            .map_err(|_| NoteError::Signature)?;
        signed_by = Some(key);
    }
    Ok((text, signed_by.ok_or(NoteError::UnknownKey)?))
}

type NoteSignature<'a> = (&'a str, [u8; 4], Vec<u8>);

fn split_note(note: &str) -> Result<(&str, Vec<NoteSignature<'_>>), NoteError> {
    let forbidden = |c: char| c < ' ' && c != '\n';
    if note.len() > LONGEST_NOTE || note.contains(forbidden) {
        return Err(NoteError::Note);
    }
    let blank_line = note.rfind("\n\n").ok_or(NoteError::Note)?;
    let (text, rest) = note
        .split_at_checked(blank_line + 1)
        .ok_or(NoteError::Note)?;
    let lines = rest
        .strip_prefix('\n')
        .and_then(|rest| rest.strip_suffix('\n'));
    let signature = |line| {
        let (name, encoded) = str::strip_prefix(line, SIGNATURE_PREFIX)?.split_once(' ')?;
        check_name(name).ok()?;
        let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        Some((name, *id, signature.to_vec()))
    };
    let signatures: Option<Vec<_>> = lines
        .ok_or(NoteError::Note)?
        .split('\n')
        .map(signature)
        .collect();
    Ok((text, signatures.ok_or(NoteError::Note)?))
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let unfit = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.len() > LONGEST_NAME || name.contains(unfit) {
        return Err(NoteError::Name);
    }
    Ok(())
}

/// The public key that verifies a log's checkpoints, with the log's name. Its text form
/// (`name+id+data`) is the one of the Go checksum database's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifyingKey {
    /// The log's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's number (signed-note: key ID), by which a signature finds its key.
    pub fn id(&self) -> [u8; 4] {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(
            f,
            "{}+{}+{}",
            self.name,
            HEXLOWER.encode(&self.id()),
            BASE64.encode(&data)
        )
    }
}

impl FromStr for VerifyingKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, id, data) = split_key(text.trim())?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&data).map_err(|_| NoteError::Key)?;
        let key = Self {
            name: name.to_owned(),
            key,
        };
        if HEXLOWER.encode(&key.id()) == id {
            Ok(key)
        } else {
            Err(NoteError::Key)
        }
    }
}

fn split_key(text: &str) -> Result<(&str, &str, [u8; 32]), NoteError> {
    let (name, rest) = text.split_once('+').ok_or(NoteError::Key)?;
    let (id, data) = rest.split_once('+').ok_or(NoteError::Key)?;
    check_name(name)?;
    let data = BASE64.decode(data.as_bytes()).map_err(|_| NoteError::Key)?;
    match data.split_first() {
        Some((&ED25519, key)) => Ok((name, id, key.try_into().map_err(|_| NoteError::Key)?)),
        _ => Err(NoteError::Key),
    }
}

/// The secret key that signs a log's checkpoints. It must be kept outside the database that holds
/// the log, or who can rewrite the log can also sign it anew. Neither `Debug` nor `Display` show
/// the secret, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// Makes a new key for the log `name`, which should look like an address without a scheme:
    /// `yagura.example.jp/audit`.
    pub fn generate(name: &str, ids: &dyn IdGenerator) -> Result<Self, NoteError> {
        let mut seed = [0; 32];
        ids.fill_secret(&mut seed);
        Self::from_seed(name, &seed)
    }

    /// The key that follows from the 32 secret bytes of RFC 8032 §5.1.5.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// Reads what [`Self::to_secret_text`] wrote.
    pub fn from_secret_text(text: &str) -> Result<Self, NoteError> {
        let rest = text
            .trim()
            .strip_prefix(PRIVATE_PREFIX)
            .ok_or(NoteError::Key)?;
        let (name, id, seed) = split_key(rest)?;
        let key = Self::from_seed(name, &seed)?;
        if HEXLOWER.encode(&key.verifying_key().id()) == id {
            Ok(key)
        } else {
            Err(NoteError::Key)
        }
    }

    /// The secret as one line for a file that only the program's user may read:
    /// `PRIVATE+KEY+name+id+data`, the form of the Go checksum database's tools.
    pub fn to_secret_text(&self) -> String {
        let data = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        let id = HEXLOWER.encode(&self.verifying_key().id());
        format!(
            "{PRIVATE_PREFIX}{}+{id}+{}",
            self.name,
            BASE64.encode(&data)
        )
    }

    /// The log's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// Signs the state of the log. The caller must never have signed a state that this one does
    /// not continue.
    pub fn sign(&self, state: &Frontier) -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: self.name.clone(),
            size: state.size(),
            root: state.root(),
        };
        let text = checkpoint.to_text();
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let stamped = [self.verifying_key().id().as_slice(), &signature].concat();
        let note = format!(
            "{text}\n{SIGNATURE_PREFIX}{} {}\n",
            self.name,
            BASE64.encode(&stamped)
        );
        SignedCheckpoint { checkpoint, note }
    }

    /// Signs a text that is no checkpoint, as a signed note: a manifest of what is handed over.
    /// Its first line says what it is.
    ///
    /// # Errors
    /// [`NoteError::Note`] where the first line is this key's name, which would be a state of the log,
    /// or where the text is none of a note.
    pub fn sign_note(&self, text: &str) -> Result<String, NoteError> {
        let first = text.lines().next().unwrap_or_default();
        if first.is_empty() || first == self.name || !text.ends_with('\n') {
            return Err(NoteError::Note);
        }
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let stamped = [self.verifying_key().id().as_slice(), &signature].concat();
        Ok(format!(
            "{text}\n{SIGNATURE_PREFIX}{} {}\n",
            self.name,
            BASE64.encode(&stamped)
        ))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("name", &self.name)
            .field("id", &HEXLOWER.encode(&self.verifying_key().id()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeededIds;
    use crate::time::{FixedClock, Instant};
    use proptest::prelude::*;

    const NAME: &str = "yagura.example/audit";

    fn log_of_three() -> Frontier {
        let mut frontier = Frontier::new();
        for leaf in [b"a", b"b", b"c"] {
            frontier.append(NodeHash::of_leaf(leaf));
        }
        frontier
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(NAME, &std::array::from_fn(|index| index as u8)).unwrap()
    }

    // Computed with Python's `cryptography` and `hashlib` from the two specifications.
    const NOTE: &str = "yagura.example/audit\n3\n\
        NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n\
        — yagura.example/audit /P1LskEtt7PEg+5bVuXYU+/JCyI+Ja2yZi6YhqXxym9FYqNkqR5THw4D0ZoDWi4NBs9o\
        Ms1Oh2mLnscBlm2iuxAwbAE=\n";
    const PUBLIC: &str =
        "yagura.example/audit+fcfd4bb2+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    const SECRET: &str = "PRIVATE+KEY+yagura.example/audit+fcfd4bb2+\
        AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn notes_and_keys_are_those_of_an_independent_implementation() {
        assert_eq!(key().sign(&log_of_three()).note(), NOTE);
        assert_eq!(key().verifying_key().to_string(), PUBLIC);
        assert_eq!(key().to_secret_text(), SECRET);
        let opened = SignedCheckpoint::open(NOTE, &[PUBLIC.parse().unwrap()]).unwrap();
        assert_eq!(opened.checkpoint().size, 3);
        assert_eq!(opened.checkpoint().root, log_of_three().root());
        assert_eq!(
            SigningKey::from_secret_text(SECRET)
                .unwrap()
                .sign(&log_of_three()),
            opened
        );
    }

    #[test]
    fn no_character_of_a_note_can_be_changed() {
        let keys = [key().verifying_key()];
        for (at, _) in NOTE.char_indices() {
            let mut changed = NOTE.to_owned();
            let old = changed.remove(at);
            changed.insert(at, if old == 'A' { 'B' } else { 'A' });
            assert!(
                SignedCheckpoint::open(&changed, &keys).is_err(),
                "{changed}"
            );
        }
        for end in (0..NOTE.len()).filter(|end| NOTE.is_char_boundary(*end)) {
            assert!(
                SignedCheckpoint::open(&NOTE[..end], &keys).is_err(),
                "{end}"
            );
        }
    }

    #[test]
    fn unknown_keys_are_passed_over_and_known_ones_must_fit() {
        let ids = SeededIds::new(1, FixedClock::at(Instant::from_seconds(0)));
        let renewed = SigningKey::generate(NAME, &ids).unwrap();
        let witness = SigningKey::generate("witness.example/w", &ids).unwrap();
        let both = [renewed.verifying_key(), key().verifying_key()];
        let signed_by_new = renewed.sign(&log_of_three());
        let line = signed_by_new.note().lines().last().unwrap();
        let twice = format!("{NOTE}{line}\n");
        assert!(SignedCheckpoint::open(&twice, &both).is_ok());
        assert!(SignedCheckpoint::open(&twice, &both[..1]).is_ok());
        assert_eq!(
            SignedCheckpoint::open(&twice, &[witness.verifying_key()]),
            Err(NoteError::UnknownKey)
        );
        assert_eq!(
            SignedCheckpoint::open(NOTE, &both[..1]),
            Err(NoteError::UnknownKey)
        );
        let other_state = renewed.sign(&Frontier::new());
        let wrong = format!("{NOTE}{}\n", other_state.note().lines().last().unwrap());
        assert_eq!(
            SignedCheckpoint::open(&wrong, &both),
            Err(NoteError::Signature)
        );
        assert!(SignedCheckpoint::open(&wrong, &both[1..]).is_ok());
    }

    #[test]
    fn only_checkpoints_of_the_keys_own_log_count() {
        let signed = |text: &str| {
            let signature = key().key.sign(text.as_bytes()).to_bytes();
            let stamped = [key().verifying_key().id().as_slice(), &signature].concat();
            format!("{text}\n— {NAME} {}\n", BASE64.encode(&stamped))
        };
        let root = BASE64.encode(log_of_three().root().as_bytes());
        let open = |text: &str| {
            SignedCheckpoint::open(&signed(text), &[key().verifying_key()])
                .map(|opened| opened.checkpoint().size)
        };
        assert_eq!(open(&format!("{NAME}\n0\n{root}\n")), Ok(0));
        assert_eq!(
            open(&format!("other.example\n3\n{root}\n")),
            Err(NoteError::Origin)
        );
        for text in [
            format!("{NAME}\n03\n{root}\n"),
            format!("{NAME}\n+3\n{root}\n"),
            format!("{NAME}\n-3\n{root}\n"),
            format!("{NAME}\n3\n{}\n", &root[4..]),
            format!("{NAME}\n3\n{root}\nextension\n"),
            format!("{NAME}\n3\n"),
            format!("\n3\n{root}\n"),
            format!("{NAME}\n99999999999999999999\n{root}\n"),
        ] {
            assert_eq!(open(&text), Err(NoteError::Checkpoint), "{text}");
        }
        assert_eq!(
            open(&format!("{NAME}\r\n3\n{root}\n")),
            Err(NoteError::Note)
        );
    }

    #[test]
    fn damaged_keys_are_refused() {
        assert!(" \n".parse::<VerifyingKey>().is_err());
        assert_eq!(format!("  {PUBLIC}\n").parse(), Ok(key().verifying_key()));
        for at in 0..PUBLIC.len() {
            let mut changed = PUBLIC.to_owned();
            let old = changed.remove(at);
            changed.insert(at, if old == 'A' { 'B' } else { 'A' });
            assert!(changed.parse::<VerifyingKey>().is_err(), "{changed}");
        }
        assert_eq!(
            SigningKey::from_secret_text(PUBLIC).unwrap_err(),
            NoteError::Key
        );
        for name in [
            "",
            "a b",
            "a+b",
            "a\n",
            "全角\u{3000}空白",
            &"a".repeat(201),
        ] {
            assert_eq!(
                SigningKey::from_seed(name, &[0; 32]).unwrap_err(),
                NoteError::Name
            );
        }
    }

    #[test]
    fn the_secret_is_never_shown_by_debug() {
        let shown = format!("{:?} {:#?}", key(), key());
        assert!(shown.contains(NAME) && shown.contains("fcfd4bb2"));
        assert!(!shown.contains("AQAB") && !shown.contains("0001") && !shown.contains("[0, 1"));
        assert!(!shown.contains("secret"));
    }

    proptest! {
        #[test]
        fn no_text_brings_the_readers_down(
            text in "[a-z0-9+/=— \n]{0,60}|.{0,60}",
            end in "\n\n— [a-z]{1,4} [A-Za-z0-9+/]{4,96}={0,2}\n",
        ) {
            let keys = [key().verifying_key()];
            let with_signature = format!("{text}{end}");
            let secret = format!("{PRIVATE_PREFIX}{text}");
            prop_assert!(SignedCheckpoint::open(&text, &keys).is_err());
            prop_assert!(SignedCheckpoint::open(&with_signature, &keys).is_err());
            prop_assert!(text.parse::<VerifyingKey>().is_err());
            prop_assert!(SigningKey::from_secret_text(&secret).is_err());
        }
    }

    #[test]
    fn a_note_of_another_kind_is_signed_and_never_taken_for_a_checkpoint() {
        let key = key();
        let text = "yagura-feeds/1\n{\"files\":[]}\n";
        let note = key.sign_note(text).unwrap();
        let keys = [key.verifying_key()];
        assert_eq!(open_note(&note, &keys).unwrap(), text);
        assert_eq!(
            SignedCheckpoint::open(&note, &keys).unwrap_err(),
            NoteError::Checkpoint
        );
        let altered = note.replace("files", "flies");
        assert_eq!(
            open_note(&altered, &keys).unwrap_err(),
            NoteError::Signature
        );
        let checkpoint = key.sign(&log_of_three());
        assert_eq!(
            open_note(checkpoint.note(), &keys).unwrap_err(),
            NoteError::Origin
        );
        for text in ["", "yagura.example/audit\n3\nAAAA\n", "no line end"] {
            assert_eq!(key.sign_note(text).unwrap_err(), NoteError::Note, "{text}");
        }
    }
}
