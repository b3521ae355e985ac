//! Identifiers (UUID version 7) and the source of randomness.
//!
//! Code takes an [`IdGenerator`]; only [`SystemIds`] asks the machine. Version 7 (RFC 9562 §5.7)
//! begins with the time, so that rows which were written together lie together in an index.

use crate::time::{Clock, SystemClock};
use rand::rand_core::UnwrapErr;
use rand::{Rng, rngs::SysRng};
use sha2_for_merkle::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
pub use uuid::Uuid;

/// Makes identifiers and secrets.
pub trait IdGenerator: Send + Sync {
    /// A new identifier, greater than every one that this generator made before.
    fn id(&self) -> Uuid;

    /// Fills `buffer` with bytes that nobody can guess (tokens, keys, nonces).
    fn fill_secret(&self, buffer: &mut [u8]);
}

impl<G: IdGenerator + ?Sized> IdGenerator for Arc<G> {
    fn id(&self) -> Uuid {
        (**self).id()
    }

    fn fill_secret(&self, buffer: &mut [u8]) {
        (**self).fill_secret(buffer);
    }
}

/// The first 60 significant bits of a version 7 UUID: milliseconds in the upper 48, and in the
/// lower 12 the fraction of the millisecond (RFC 9562 §6.2, method 3). Never the same twice and
/// never backwards, whatever the clock does.
#[derive(Debug, Default)]
struct Ticks(AtomicU64);

impl Ticks {
    fn next(&self, clock: &dyn Clock) -> u64 {
        let micros = u64::try_from(clock.now().as_micros()).unwrap_or(0);
        let tick = ((micros / 1_000) << 12) | ((micros % 1_000) * 4_096 / 1_000);
        let following = |last: u64| tick.max(last.saturating_add(1));
        following(
            self.0
                .update(Ordering::Relaxed, Ordering::Relaxed, following),
        )
    }
}

fn version_7(tick: u64, random: [u8; 8]) -> Uuid {
    let mut tail = [0; 10];
    let (fraction, rest) = tail.split_at_mut(2);
    fraction.copy_from_slice(&((tick & 0xFFF) as u16).to_be_bytes());
    rest.copy_from_slice(&random);
    uuid::Builder::from_unix_timestamp_millis(tick >> 12, &tail).into_uuid()
}

/// Identifiers from the machine's clock and secrets from the operating system's generator.
///
/// Should the operating system refuse to give randomness, the call panics: going on with
/// guessable secrets would be worse, and no system that Yagura runs on refuses after boot.
#[derive(Debug, Default)]
pub struct SystemIds {
    ticks: Ticks,
}

impl SystemIds {
    /// A generator; one per process keeps the identifiers in order.
    pub fn new() -> Self {
        Self::default()
    }
}

impl IdGenerator for SystemIds {
    fn id(&self) -> Uuid {
        let mut random = [0; 8];
        self.fill_secret(&mut random);
        version_7(self.ticks.next(&SystemClock), random)
    }

    fn fill_secret(&self, buffer: &mut [u8]) {
        UnwrapErr(SysRng).fill_bytes(buffer);
    }
}

/// Identifiers that repeat from run to run: for tests and for the fictional demo region.
///
/// Its "secrets" can be computed by anyone who knows the seed, so it must never make a session,
/// a link or a key on a server that others can reach.
pub struct SeededIds {
    seed: u64,
    clock: Arc<dyn Clock>,
    ticks: Ticks,
    blocks: AtomicU64,
}

impl SeededIds {
    /// A generator whose whole output follows from `seed` and from what `clock` shows.
    pub fn new(seed: u64, clock: impl Clock + 'static) -> Self {
        Self {
            seed,
            clock: Arc::new(clock),
            ticks: Ticks::default(),
            blocks: AtomicU64::new(0),
        }
    }

    fn next_block(&self) -> [u8; 32] {
        let number = self.blocks.fetch_add(1, Ordering::Relaxed);
        Sha256::new()
            .chain_update(b"yagura seeded ids\0")
            .chain_update(self.seed.to_be_bytes())
            .chain_update(number.to_be_bytes())
            .finalize()
            .into()
    }
}

impl IdGenerator for SeededIds {
    fn id(&self) -> Uuid {
        let mut random = [0; 8];
        self.fill_secret(&mut random);
        version_7(self.ticks.next(&self.clock), random)
    }

    fn fill_secret(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            for (byte, random) in chunk.iter_mut().zip(self.next_block()) {
                *byte = random;
            }
        }
    }
}

#[doc(hidden)]
pub use serde as __serde;

/// Declares newtypes of [`Uuid`], so that a person's id cannot be given where an organization's
/// is wanted.
///
/// Each is `Copy`, ordered and hashable, is written and read as the UUID's text, converts from
/// and into [`Uuid`], and offers `.uuid()` and `::new(&generator)`.
///
/// ```
/// yagura_kernel::typed_id! {
///     /// One thing.
///     pub struct ThingId;
/// }
/// let id: ThingId = "019aa3f0-0000-7000-8000-000000000001".parse()?;
/// assert_eq!(ThingId::from(id.uuid()), id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! typed_id {
    ($($(#[$meta:meta])* $visibility:vis struct $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name($crate::id::Uuid);

        impl $name {
            /// A new identifier.
            $visibility fn new(ids: &dyn $crate::id::IdGenerator) -> Self {
                Self(ids.id())
            }

            /// The bare UUID, as the database stores it.
            $visibility const fn uuid(self) -> $crate::id::Uuid {
                self.0
            }
        }

        impl ::std::convert::From<$crate::id::Uuid> for $name {
            fn from(uuid: $crate::id::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl ::std::convert::From<$name> for $crate::id::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::id::parse_uuid(text).map(Self)
            }
        }

        impl $crate::id::__serde::Serialize for $name {
            fn serialize<S: $crate::id::__serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::id::__serde::Serialize::serialize(&self.0, serializer)
            }
        }

        impl<'de> $crate::id::__serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::__serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::id::__serde::Deserialize::deserialize(deserializer).map(Self)
            }
        }
    )+};
}

/// The text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form 019aa3f0-0000-7000-8000-000000000001")]
pub struct IdError;

/// Reads a UUID in its hyphenated form only, so that one thing has one address.
pub fn parse_uuid(text: &str) -> Result<Uuid, IdError> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(IdError);
    }
    Uuid::parse_str(text).map_err(|_| IdError)
}

typed_id! {
    /// An organization: institution, network, authority, vendor or department.
    pub struct OrganizationId;
    /// A dated relation between two organizations.
    pub struct RelationId;
    /// A human being, with or without an account.
    pub struct PersonId;
    /// A person's role in one organization from a date to a date.
    pub struct AssignmentId;
    /// A means to sign in.
    pub struct AccountId;
    /// A signed-in browser.
    pub struct SessionId;
    /// A checklist of one organization for one fiscal year.
    pub struct SheetId;
    /// One answer on a sheet.
    pub struct AnswerId;
    /// A piece of evidence.
    pub struct EvidenceId;
    /// A one-time link that invites somebody.
    pub struct InvitationId;
    /// A job of the queue.
    pub struct JobId;
    /// An entry of the audit log.
    pub struct AuditEntryId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{FixedClock, Instant};
    use std::collections::HashSet;

    fn seeded(seed: u64) -> SeededIds {
        SeededIds::new(seed, FixedClock::at(Instant::from_seconds(1_800_000_000)))
    }

    #[test]
    fn ids_are_version_7_ordered_and_unique() {
        let generators: [Box<dyn IdGenerator>; 2] =
            [Box::new(SystemIds::new()), Box::new(seeded(1))];
        for generator in generators {
            let ids: Vec<Uuid> = (0..20_000).map(|_| generator.id()).collect();
            assert!(ids.is_sorted());
            assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
            for id in ids {
                assert_eq!(id.get_version(), Some(uuid::Version::SortRand));
                assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            }
        }
    }

    #[test]
    fn an_id_carries_its_time() {
        let at = Instant::from_micros(1_800_000_000_123_500);
        let id = SeededIds::new(1, FixedClock::at(at)).id();
        let bytes = id.as_bytes();
        let millis = bytes[..6]
            .iter()
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        assert_eq!(millis, 1_800_000_000_123);
        assert_eq!(
            u16::from_be_bytes([bytes[6], bytes[7]]) & 0xFFF,
            2_048,
            "half a millisecond"
        );
    }

    #[test]
    fn ids_go_on_when_the_clock_goes_back() {
        let clock = FixedClock::at(Instant::from_seconds(1_800_000_000));
        let ids = SeededIds::new(1, clock.clone());
        let before = ids.id();
        clock.advance_days(-1);
        assert!(ids.id() > before);
        clock.set(Instant::from_micros(-5));
        assert!(SeededIds::new(1, clock).id().get_version().is_some());
    }

    #[test]
    fn the_seed_alone_decides() {
        let draw = |seed| {
            let generator = seeded(seed);
            let mut secret = [0; 45];
            generator.fill_secret(&mut secret);
            (generator.id(), secret, generator.id())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7).0, draw(8).0);
        assert_ne!(draw(7).1, draw(8).1);
    }

    #[test]
    fn seeded_output_stays_the_same_across_versions() {
        // Demo data and golden files rest on it.
        assert_eq!(
            seeded(1).id().to_string(),
            "01a3185c-5000-7000-b5f8-e2b42c35ca71"
        );
    }

    #[test]
    fn secrets_are_filled_to_the_last_byte() {
        for generator in [&SystemIds::new() as &dyn IdGenerator, &seeded(3)] {
            for length in [0, 1, 31, 32, 33, 100] {
                let mut ever_set = vec![0_u8; length];
                for _ in 0..40 {
                    let mut secret = vec![0; length];
                    generator.fill_secret(&mut secret);
                    ever_set
                        .iter_mut()
                        .zip(secret)
                        .for_each(|(sum, byte)| *sum |= byte);
                }
                assert!(ever_set.iter().all(|byte| *byte != 0), "{length}");
            }
        }
    }

    #[test]
    fn a_typed_id_is_its_uuid_in_text_and_json() {
        let text = "019aa3f0-0000-7000-8000-000000000001";
        let id: OrganizationId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        assert_eq!(
            serde_json::from_str::<OrganizationId>(&format!("\"{text}\"")).unwrap(),
            id
        );
        let by_id = std::collections::BTreeMap::from([(id, 1)]);
        assert_eq!(
            serde_json::to_string(&by_id).unwrap(),
            format!("{{\"{text}\":1}}")
        );
        for refused in [
            "",
            "019aa3f0000070008000000000000001",
            "../etc",
            &format!("{{{text}}}"),
        ] {
            assert_eq!(refused.parse::<OrganizationId>(), Err(IdError), "{refused}");
        }
    }
}
