//! The one byte encoding of an entry.

use super::{AuditActor, AuditEntry, AuditOutcome};
use crate::audit::NodeHash;
use crate::id::Uuid;
use serde_json::Value;

const FORMAT: &[u8] = b"yagura audit entry\n";
const FORMAT_VERSION: u8 = 1;

impl AuditEntry {
    /// The canonical encoding, version 1.
    ///
    /// A fixed head and the version, then the fields in the order of the struct. Identifiers take
    /// 16 bytes, the time 8 (big-endian), choices one byte, an optional field one byte 0 or 1
    /// before it, texts their length in 8 bytes before them. JSON is encoded value by value with
    /// a type byte; the members of an object are sorted by key, so that neither the order nor the
    /// spacing of the stored text matters. Every part tells its own length, hence two different
    /// entries never have the same encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Encoder(FORMAT.to_vec());
        out.byte(FORMAT_VERSION);
        out.uuid(self.id.uuid());
        out.0.extend_from_slice(&self.at.as_micros().to_be_bytes());
        out.actor(&self.actor);
        out.option(self.acting_organization, |out, id| out.uuid(id.uuid()));
        out.text(&self.action);
        out.text(&self.resource_kind);
        out.option(self.resource_id.as_deref(), Encoder::text);
        out.option(self.organization, |out, id| out.uuid(id.uuid()));
        out.byte(match self.outcome {
            AuditOutcome::Done => 0,
            AuditOutcome::Denied => 1,
            AuditOutcome::Failed => 2,
            AuditOutcome::Begun => 3,
        });
        out.json(&self.detail.0);
        out.0
    }

    /// The entry's leaf in the Merkle tree.
    pub fn leaf_hash(&self) -> NodeHash {
        NodeHash::of_leaf(&self.encode())
    }
}

struct Encoder(Vec<u8>);

impl Encoder {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn uuid(&mut self, uuid: Uuid) {
        self.0.extend_from_slice(uuid.as_bytes());
    }

    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&(length as u64).to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn option<T>(&mut self, value: Option<T>, encode: impl FnOnce(&mut Self, T)) {
        self.byte(value.is_some().into());
        if let Some(value) = value {
            encode(self, value);
        }
    }

    fn actor(&mut self, actor: &AuditActor) {
        match actor {
            AuditActor::System => self.byte(0),
            AuditActor::Stranger => self.byte(1),
            AuditActor::Account { account } => {
                self.byte(2);
                self.uuid(account.uuid());
            }
            AuditActor::Person { person, account } => {
                self.byte(3);
                self.uuid(person.uuid());
                self.uuid(account.uuid());
            }
            AuditActor::InspectionLink { link } => {
                self.byte(4);
                self.option(*link, Self::uuid);
            }
        }
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.byte(0),
            Value::Bool(false) => self.byte(1),
            Value::Bool(true) => self.byte(2),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(integer), _) => self.integer(integer.into()),
                (None, Some(integer)) => self.integer(integer.into()),
                // Detail lets none through; were there one, it would count as its text.
                (None, None) => self.json(&Value::String(number.to_string())),
            },
            Value::String(text) => {
                self.byte(4);
                self.text(text);
            }
            Value::Array(items) => {
                self.byte(5);
                self.length(items.len());
                items.iter().for_each(|item| self.json(item));
            }
            Value::Object(members) => {
                self.byte(6);
                self.length(members.len());
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_unstable_by_key(|(key, _)| key.as_bytes());
                for (key, member) in sorted {
                    self.text(key);
                    self.json(member);
                }
            }
        }
    }

    fn integer(&mut self, integer: i128) {
        self.byte(3);
        self.0.extend_from_slice(&integer.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixtures::entry;
    use crate::id::OrganizationId;
    use crate::time::Instant;
    use proptest::prelude::*;
    use serde_json::json;

    /// Reads an encoding back: what can be read back without loss is unambiguous.
    struct Decoder<'a>(&'a [u8]);

    impl Decoder<'_> {
        fn take<const N: usize>(&mut self) -> [u8; N] {
            let (head, rest) = self.0.split_first_chunk().unwrap();
            self.0 = rest;
            *head
        }

        fn byte(&mut self) -> u8 {
            self.take::<1>()[0]
        }

        fn uuid(&mut self) -> Uuid {
            Uuid::from_bytes(self.take())
        }

        fn length(&mut self) -> usize {
            u64::from_be_bytes(self.take()) as usize
        }

        fn text(&mut self) -> String {
            let length = self.length();
            let (head, rest) = self.0.split_at(length);
            self.0 = rest;
            String::from_utf8(head.to_vec()).unwrap()
        }

        fn option<T>(&mut self, decode: impl FnOnce(&mut Self) -> T) -> Option<T> {
            match self.byte() {
                0 => None,
                1 => Some(decode(self)),
                other => panic!("{other}"),
            }
        }

        fn actor(&mut self) -> AuditActor {
            match self.byte() {
                0 => AuditActor::System,
                1 => AuditActor::Stranger,
                2 => AuditActor::Account {
                    account: self.uuid().into(),
                },
                3 => AuditActor::Person {
                    person: self.uuid().into(),
                    account: self.uuid().into(),
                },
                4 => AuditActor::InspectionLink {
                    link: self.option(Self::uuid),
                },
                other => panic!("{other}"),
            }
        }

        fn json(&mut self) -> Value {
            match self.byte() {
                0 => Value::Null,
                1 => Value::Bool(false),
                2 => Value::Bool(true),
                3 => {
                    let integer = i128::from_be_bytes(self.take());
                    i64::try_from(integer).map_or_else(
                        |_| Value::from(u64::try_from(integer).unwrap()),
                        Value::from,
                    )
                }
                4 => Value::String(self.text()),
                5 => (0..self.length()).map(|_| self.json()).collect(),
                6 => (0..self.length())
                    .map(|_| (self.text(), self.json()))
                    .collect(),
                other => panic!("{other}"),
            }
        }

        fn entry(mut self) -> AuditEntry {
            self.0 = self.0.strip_prefix(FORMAT).unwrap();
            assert_eq!(self.byte(), FORMAT_VERSION);
            let entry = AuditEntry {
                id: self.uuid().into(),
                at: Instant::from_micros(i64::from_be_bytes(self.take())),
                actor: self.actor(),
                acting_organization: self.option(Self::uuid).map(Into::into),
                action: self.text(),
                resource_kind: self.text(),
                resource_id: self.option(Self::text),
                organization: self.option(Self::uuid).map(Into::into),
                outcome: AuditOutcome::ALL[usize::from(self.byte())],
                detail: self.json().into(),
            };
            assert!(self.0.is_empty());
            entry
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((".{0,6}", inner), 0..6)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    fn any_uuid() -> impl Strategy<Value = Uuid> {
        any::<u128>().prop_map(Uuid::from_u128)
    }

    fn any_actor() -> impl Strategy<Value = AuditActor> {
        (0..5, any_uuid(), any_uuid(), any::<bool>()).prop_map(|(kind, one, two, known)| match kind
        {
            0 => AuditActor::System,
            1 => AuditActor::Stranger,
            2 => AuditActor::Account {
                account: one.into(),
            },
            3 => AuditActor::Person {
                person: one.into(),
                account: two.into(),
            },
            _ => AuditActor::InspectionLink {
                link: known.then_some(one),
            },
        })
    }

    fn any_entry() -> impl Strategy<Value = AuditEntry> {
        let organization = || proptest::option::of(any_uuid().prop_map(OrganizationId::from));
        (
            (
                any_uuid(),
                any::<i64>(),
                any_actor(),
                organization(),
                organization(),
            ),
            (".{0,20}", ".{0,20}", proptest::option::of(".{0,20}")),
            (prop::sample::select(&AuditOutcome::ALL[..]), any_json()),
        )
            .prop_map(|(who, what, end)| AuditEntry {
                id: who.0.into(),
                at: Instant::from_micros(who.1),
                actor: who.2,
                acting_organization: who.3,
                organization: who.4,
                action: what.0,
                resource_kind: what.1,
                resource_id: what.2,
                outcome: end.0,
                detail: end.1.into(),
            })
    }

    proptest! {
        #[test]
        fn an_encoding_reads_back_as_the_entry(entry in any_entry()) {
            prop_assert_eq!(Decoder(&entry.encode()).entry(), entry);
        }

        #[test]
        fn storage_as_json_text_does_not_change_the_hash(entry in any_entry()) {
            let stored = serde_json::to_string(&entry).unwrap();
            let reread: AuditEntry = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(reread.leaf_hash(), entry.leaf_hash());
        }
    }

    #[test]
    fn the_encoding_stays_the_same_across_versions() {
        // Computed with Python from the description of `encode`. A change here breaks the
        // verification of every log written before: add a version instead.
        assert_eq!(entry(7).encode().len(), 233);
        assert_eq!(
            entry(7).leaf_hash().to_string(),
            "48bd006065baf581081cd202e24ad4a48bb47201e343f5ebe7132be42d0ab4bc"
        );
    }

    #[test]
    fn the_order_of_members_does_not_matter_and_their_nesting_does() {
        let hash = |detail: Value| {
            AuditEntry {
                detail: detail.into(),
                ..entry(1)
            }
            .leaf_hash()
        };
        assert_eq!(hash(json!({"a": 1, "b": 2})), hash(json!({"b": 2, "a": 1})));
        assert_ne!(hash(json!({"a": 1, "b": 2})), hash(json!({"a": 2, "b": 1})));
        assert_ne!(hash(json!([["a"], "b"])), hash(json!([["a", "b"]])));
        assert_ne!(hash(json!({"a": null})), hash(json!({})));
        assert_ne!(hash(json!(1)), hash(json!("1")));
    }

    #[test]
    fn neighbouring_texts_cannot_trade_characters() {
        let one = AuditEntry {
            action: "ab".into(),
            resource_kind: "c".into(),
            ..entry(1)
        };
        let other = AuditEntry {
            action: "a".into(),
            resource_kind: "bc".into(),
            ..entry(1)
        };
        assert_ne!(one.leaf_hash(), other.leaf_hash());
    }
}
