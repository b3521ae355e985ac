use super::*;
use crate::audit::fixtures::entry;
use crate::audit::{ConsistencyProver, NoteError, SigningKey};
use proptest::prelude::*;
use std::sync::LazyLock;

fn key() -> SigningKey {
    SigningKey::from_seed("yagura.example/audit", &[7; 32]).unwrap()
}

static KEYS: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| [key().verifying_key()]);

/// A log with a checkpoint at the start, after every `interval` entries and at the end.
struct Log {
    entries: Vec<AuditEntry>,
    leaves: Vec<NodeHash>,
    states: Vec<Frontier>,
    notes: Vec<String>,
}

impl Log {
    /// Without signatures, which take most of the time.
    fn unsigned(size: u64, interval: u64) -> Self {
        let entries: Vec<_> = (0..size).map(entry).collect();
        let leaves: Vec<_> = entries.iter().map(AuditEntry::leaf_hash).collect();
        let mut frontier = Frontier::new();
        let mut states = vec![frontier.clone()];
        for leaf in &leaves {
            frontier.append(*leaf);
            if frontier.size().is_multiple_of(interval) || frontier.size() == size {
                states.push(frontier.clone());
            }
        }
        Self {
            entries,
            leaves,
            states,
            notes: Vec::new(),
        }
    }

    fn new(size: u64, interval: u64) -> Self {
        let mut log = Self::unsigned(size, interval);
        log.notes = log
            .states
            .iter()
            .map(|state| key().sign(state).note().to_owned())
            .collect();
        log
    }

    fn checkpoints(&self) -> Vec<Checkpoint> {
        let checkpoint = |state: &Frontier| Checkpoint {
            origin: "unsigned".to_owned(),
            size: state.size(),
            root: state.root(),
        };
        self.states.iter().map(checkpoint).collect()
    }

    fn rows(&self) -> Vec<StoredEntry> {
        let rows = self.entries.len().max(self.leaves.len());
        (0..rows)
            .map(|at| StoredEntry {
                position: at as u64,
                leaf: self.leaves.get(at).copied(),
                entry: self.entries.get(at).cloned(),
            })
            .collect()
    }

    fn report(&self) -> VerifyReport {
        self.report_on(self.rows())
    }

    fn report_on(&self, rows: Vec<StoredEntry>) -> VerifyReport {
        verify_log(rows, self.notes.iter().map(String::as_str), &KEYS[..])
    }

    fn recompute_leaves(&mut self) {
        self.leaves = self.entries.iter().map(AuditEntry::leaf_hash).collect();
    }
}

fn truncated(position: u64, found: u64) -> Finding {
    Finding::Truncated {
        position,
        found,
        size: 20,
    }
}

fn first(log: &Log) -> Finding {
    log.report().first().cloned().unwrap()
}

#[test]
fn an_untouched_log_is_intact() {
    for size in [0, 1, 2, 15, 16, 17, 40] {
        let report = Log::new(size, 8).report();
        assert!(report.is_intact(), "{report:?}");
        assert_eq!((report.entries, report.proven), (size, size));
        assert_eq!(report.checkpoints as u64, 1 + size.div_ceil(8));
    }
}

#[test]
fn entries_after_the_last_checkpoint_are_not_proven() {
    let mut log = Log::new(20, 8);
    log.notes.pop();
    let report = log.report();
    assert!(report.is_intact());
    assert_eq!(
        (report.entries, report.proven, report.checkpoints),
        (20, 16, 3)
    );
}

#[test]
fn an_altered_entry_is_named() {
    let mut log = Log::new(20, 8);
    log.entries[10].detail = serde_json::json!({"to": "いいえ"}).into();
    let report = log.report();
    let expected = Finding::EntryAltered {
        position: 10,
        id: log.entries[10].id,
    };
    assert_eq!(report.findings, [expected]);
    assert_eq!(
        report.proven, 20,
        "the stored hashes are those that were signed"
    );
}

#[test]
fn an_altered_entry_with_its_hash_is_found_between_two_checkpoints() {
    let mut log = Log::new(20, 8);
    log.entries[10].action.push('x');
    log.recompute_leaves();
    let report = log.report();
    let expected = Finding::RootMismatch {
        position: 8,
        size: 16,
        backwards_at: None,
    };
    assert_eq!(report.findings, [expected]);
    assert_eq!(report.proven, 8);
}

#[test]
fn a_removed_entry_is_named() {
    let mut gap = Log::new(20, 8).rows();
    gap.remove(10);
    let log = Log::new(20, 8);
    let missing = |position, until| Finding::EntryMissing { position, until };
    assert_eq!(log.report_on(gap).findings, [missing(10, 11)]);

    let mut only_entry_gone = log.rows();
    only_entry_gone[10].entry = None;
    assert_eq!(log.report_on(only_entry_gone).findings, [missing(10, 11)]);

    let mut closed_up = Log::new(20, 8);
    closed_up.entries.remove(10);
    let report = closed_up.report();
    assert_eq!(report.first(), Some(&missing(10, 11)));
    assert!(matches!(
        report.findings[1],
        Finding::EntryMoved {
            position: 10,
            belongs_at: 11,
            ..
        }
    ));

    closed_up.recompute_leaves();
    assert_eq!(first(&closed_up).position(), Some(8));
    assert!(matches!(
        first(&closed_up),
        Finding::RootMismatch { size: 16, .. }
    ));
}

#[test]
fn a_shortened_log_is_found() {
    let mut log = Log::new(20, 8);
    log.entries.truncate(17);
    log.leaves.truncate(17);
    assert_eq!(log.report().findings, [truncated(16, 17)]);
    log.entries.clear();
    log.leaves.clear();
    assert_eq!(log.report().findings, [truncated(0, 0)]);
}

#[test]
fn reordered_entries_are_named() {
    let mut log = Log::new(20, 8);
    log.entries.swap(9, 12);
    let ids = (log.entries[9].id, log.entries[12].id);
    assert_eq!(
        log.report().findings,
        [
            Finding::EntryMoved {
                position: 9,
                belongs_at: 12,
                id: ids.0
            },
            Finding::EntryMoved {
                position: 12,
                belongs_at: 9,
                id: ids.1
            },
        ]
    );
    log.recompute_leaves();
    assert_eq!(
        log.report().findings,
        [Finding::RootMismatch {
            position: 8,
            size: 16,
            backwards_at: Some(10)
        }]
    );
}

#[test]
fn an_inserted_entry_is_named() {
    let mut log = Log::new(20, 8);
    log.entries.insert(10, entry(99));
    let report = log.report();
    assert_eq!(
        report.first(),
        Some(&Finding::EntryInserted {
            position: 10,
            id: entry(99).id
        })
    );
    assert!(
        report
            .findings
            .contains(&Finding::LeafMissing { position: 20 })
    );
}

#[test]
fn an_altered_hash_is_told_from_an_altered_entry() {
    let mut log = Log::new(20, 8);
    log.leaves[10] = NodeHash::of_leaf(b"forged");
    let report = log.report();
    assert_eq!(report.findings, [Finding::LeafAltered { position: 10 }]);
    assert_eq!(report.proven, 20);

    let mut lost = Log::new(20, 8).rows();
    lost[10].leaf = None;
    let report = log.report_on(lost);
    assert_eq!(report.findings, [Finding::LeafMissing { position: 10 }]);
    assert_eq!(report.proven, 20);
}

#[test]
fn a_forged_or_foreign_checkpoint_is_found() {
    let mut log = Log::new(20, 8);
    let foreign = SigningKey::from_seed("yagura.example/audit", &[8; 32]).unwrap();
    log.notes
        .push(foreign.sign(&Frontier::new()).note().to_owned());
    log.notes.push("nonsense".to_owned());
    let invalid = |number, error| Finding::CheckpointInvalid { number, error };
    assert_eq!(
        log.report().findings,
        [
            invalid(4, NoteError::UnknownKey),
            invalid(5, NoteError::Note)
        ]
    );
}

#[test]
fn two_different_logs_signed_at_one_size_are_found() {
    let mut log = Log::new(20, 8);
    log.notes.insert(0, Log::new(16, 16).notes.pop().unwrap());
    assert!(
        log.report().is_intact(),
        "the same state signed twice is no harm"
    );
    let mut other = Frontier::new();
    for number in 100..116 {
        other.append(entry(number).leaf_hash());
    }
    log.notes.push(key().sign(&other).note().to_owned());
    let report = log.report();
    let expected = Finding::RootMismatch {
        position: 8,
        size: 16,
        backwards_at: None,
    };
    assert_eq!((report.findings, report.proven), (vec![expected], 20));
}

#[test]
fn an_outside_checkpoint_shows_a_log_that_was_put_back() {
    let log = Log::new(20, 8);
    let mut put_back = Log::new(12, 8);
    put_back.notes.push(log.notes.last().unwrap().clone());
    assert_eq!(put_back.report().findings, [truncated(12, 12)]);
}

#[test]
fn absurd_positions_do_no_harm() {
    let log = Log::new(3, 8);
    let mut rows = log.rows();
    rows[2].position = u64::MAX;
    rows.push(rows[0].clone());
    let report = log.report_on(rows);
    assert_eq!(
        report.findings[0],
        Finding::PositionRepeated { position: 0 }
    );
    assert_eq!(
        report.findings[1],
        Finding::EntryMissing {
            position: 2,
            until: u64::MAX
        }
    );
}

#[test]
fn a_ruined_log_is_reported_with_bounded_memory() {
    let mut log = Log::new(3_000, 500);
    log.leaves.fill(NodeHash::of_leaf(b"ruined"));
    for entry in &mut log.entries {
        entry.action.clear();
    }
    let report = log.report();
    assert_eq!(report.findings.len(), MOST_FINDINGS);
    assert!(report.more >= 2_000);
}

#[test]
fn the_report_is_json_for_scripts() {
    let mut log = Log::new(3, 8);
    log.entries[1].action.clear();
    let json = serde_json::to_value(log.report()).unwrap();
    assert_eq!(json["findings"][0]["kind"], "entry_altered");
    assert_eq!(json["findings"][0]["kind"], log.report().findings[0].code());
    assert_eq!(json["proven"], 3);
}

#[derive(Debug, Clone)]
enum Tampering {
    Alter(usize),
    Remove(usize),
    Swap(usize, usize),
    Insert(usize),
    Append,
    Cut(usize),
}

fn tampering(size: usize) -> impl Strategy<Value = Tampering> {
    prop_oneof![
        (0..size).prop_map(Tampering::Alter),
        (0..size).prop_map(Tampering::Remove),
        (0..size, 1..size).prop_map(move |(a, step)| Tampering::Swap(a, (a + step) % size)),
        (0..size).prop_map(Tampering::Insert),
        Just(Tampering::Append),
        (0..size).prop_map(Tampering::Cut),
    ]
}

proptest! {
    #[test]
    fn every_tampering_is_found(
        (size, tampering) in (2..60_usize).prop_flat_map(|size| (Just(size), tampering(size))),
        interval in 1..20_u64,
        hide in any::<bool>(),
    ) {
        let mut log = Log::unsigned(size as u64, interval);
        let unproven_append = matches!(tampering, Tampering::Append) && hide;
        let position = match tampering {
            Tampering::Alter(at) => {
                log.entries[at].resource_kind.push('x');
                at
            }
            Tampering::Remove(at) => {
                log.entries.remove(at);
                at
            }
            Tampering::Swap(a, b) => {
                log.entries.swap(a, b);
                a.min(b)
            }
            Tampering::Insert(at) => {
                log.entries.insert(at, entry(999));
                at
            }
            Tampering::Append => {
                log.entries.push(entry(999));
                size
            }
            Tampering::Cut(at) => {
                log.entries.truncate(at);
                at
            }
        } as u64;
        if hide {
            log.recompute_leaves();
        }
        let mut verifier = LogVerifier::with_checkpoints(log.checkpoints(), Vec::new());
        log.rows().iter().for_each(|row| verifier.push(row));
        let report = verifier.finish();
        if unproven_append {
            // A log may grow: the new entry counts as not proven until the next checkpoint.
            prop_assert!(report.is_intact());
            prop_assert_eq!((report.entries, report.proven), (position + 1, position));
        } else {
            let first = report.first().unwrap();
            let found = first.position().unwrap();
            match first {
                Finding::RootMismatch { size: signed, .. } => {
                    prop_assert!(found <= position && position < *signed);
                    prop_assert!(signed - found <= interval);
                }
                Finding::Truncated { found: present, .. } => {
                    prop_assert!(found <= position && position <= *present);
                    prop_assert!(present - found < interval);
                }
                _ => prop_assert_eq!(found, position),
            }
            prop_assert!(hide || report.proven == size as u64 || log.entries.len() < size);
        }
    }

    #[test]
    fn checkpoints_are_consistent_with_each_other(size in 1..60_u64, interval in 3..20_u64) {
        let log = Log::unsigned(size, interval);
        let checkpoints = log.checkpoints();
        for (number, old) in checkpoints.iter().enumerate() {
            for new in &checkpoints[number..] {
                let mut prover = ConsistencyProver::new(old.size, new.size).unwrap();
                log.leaves.iter().for_each(|leaf| prover.push(*leaf));
                prop_assert_eq!(prover.finish().unwrap().verify(&old.root, &new.root), Ok(()));
            }
        }
    }
}
