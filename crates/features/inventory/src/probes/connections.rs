//! `remote-maintenance-confirmed`: whether every vendor has confirmed this year by which remote
//! maintenance it reaches in, or that there is none (2-②). `source-restricted`: whether every
//! external connection takes calls from known sources only, with proof (2-⑬).

use std::collections::BTreeSet;

use async_trait::async_trait;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::probe::{Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_kernel::time::FiscalYear;
use yagura_store::{Database, StoreError, directory};

use super::{failed, measurement, own_proof};
use crate::attachments;
use crate::model::{Connection, Known, MOST_RECORDS, Purpose, Record, Word};
use crate::store::{self, Filter, VendorWord};

/// The id by which packs name the confirmation by vendors.
pub const REMOTE_MAINTENANCE_CONFIRMED: &str = "remote-maintenance-confirmed";
/// The id by which packs name the restriction of the source.
pub const SOURCE_RESTRICTED: &str = "source-restricted";

async fn connections(
    database: &Database,
    proof: &Authorized<actions::ReadInventory>,
) -> Result<Vec<Record<Connection>>, StoreError> {
    store::list(database, proof, &Filter::default(), None, MOST_RECORDS).await
}

/// Asks the vendors' words.
pub(super) struct RemoteMaintenanceConfirmed {
    pub(super) database: Database,
}

#[async_trait]
impl Probe for RemoteMaintenanceConfirmed {
    fn id(&self) -> &'static str {
        REMOTE_MAINTENANCE_CONFIRMED
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let proof = own_proof(subject.organization, REMOTE_MAINTENANCE_CONFIRMED)?;
        let read = async {
            let year = FiscalYear::of(subject.today);
            let connections = connections(&self.database, &proof).await?;
            let words = store::words_at(&self.database, &proof, year).await?;
            let vendors =
                directory::suppliers_of(&self.database, subject.organization, subject.today)
                    .await?;
            let vendors: Vec<OrganizationId> =
                vendors.into_iter().map(|(_, vendor)| vendor.id).collect();
            Ok::<_, StoreError>(confirmed(&connections, &words, &vendors))
        };
        let found = read
            .await
            .map_err(|error| failed(REMOTE_MAINTENANCE_CONFIRMED, error))?;
        Ok(judge_confirmed(found, subject))
    }
}

/// What vendors have said of remote maintenance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Confirmed {
    /// Connections for remote maintenance, and vendors of which the register names none.
    asked: i64,
    /// Of them, those that the vendor confirmed this year.
    confirmed: i64,
    /// Words of vendors that contradict the register.
    contradicted: i64,
    /// Connections whose vendor is not on record, so that nobody can be asked.
    without_vendor: i64,
}

fn confirmed(
    connections: &[Record<Connection>],
    words: &[VendorWord],
    vendors: &[OrganizationId],
) -> Confirmed {
    let mut found = Confirmed {
        contradicted: number(words.iter().filter(|word| word.word.contradicts()).count()),
        ..Confirmed::default()
    };
    for record in connections {
        if record.content.purpose != Purpose::RemoteMaintenance {
            continue;
        }
        found.asked += 1;
        let vendor = record.content.vendor;
        found.without_vendor += i64::from(vendor.is_none());
        let is_right = |word: &&VendorWord| {
            word.word == Word::Right
                && word.connection == Some(record.id)
                && Some(word.vendor) == vendor
        };
        found.confirmed += i64::from(words.iter().any(|word| is_right(&word)));
    }
    for vendor in vendors {
        let is_named = |record: &Record<Connection>| record.content.vendor == Some(*vendor);
        if connections.iter().any(is_named) {
            continue;
        }
        found.asked += 1;
        let says_none = |word: &VendorWord| word.vendor == *vendor && word.word == Word::None;
        found.confirmed += i64::from(words.iter().any(says_none));
    }
    found
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn judge_confirmed(found: Confirmed, subject: Subject) -> Measurement {
    let (outcome, message) = if found.contradicted > 0 {
        (Outcome::Violated, "inventory-probe-vendors-contradict")
    } else if found.asked == 0 {
        (Outcome::Unknown, "inventory-probe-vendors-none")
    } else if found.without_vendor > 0 {
        (Outcome::Unknown, "inventory-probe-vendors-unnamed")
    } else if found.confirmed < found.asked {
        (Outcome::Unknown, "inventory-probe-vendors-waiting")
    } else {
        (Outcome::Satisfied, "inventory-probe-vendors-confirmed")
    };
    let arguments = [
        ("asked", found.asked),
        ("confirmed", found.confirmed),
        ("contradicted", found.contradicted),
        ("unnamed", found.without_vendor),
    ];
    let covered = (found.confirmed, found.asked);
    measurement(subject, outcome, message, &arguments, covered)
}

/// Looks at every external connection.
pub(super) struct SourceRestricted {
    pub(super) database: Database,
}

#[async_trait]
impl Probe for SourceRestricted {
    fn id(&self) -> &'static str {
        SOURCE_RESTRICTED
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let proof = own_proof(subject.organization, SOURCE_RESTRICTED)?;
        let read = async {
            let connections = connections(&self.database, &proof).await?;
            let evidenced = attachments::evidenced(&self.database, &proof, subject.today).await?;
            Ok::<_, StoreError>(restricted(&connections, &evidenced))
        };
        let found = read
            .await
            .map_err(|error| failed(SOURCE_RESTRICTED, error))?;
        Ok(judge_restricted(found, subject))
    }
}

/// What is known of the restriction of sources.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Restricted {
    /// External connections.
    connections: i64,
    /// Of them, those that take calls from anywhere.
    open: i64,
    /// Of them, those of which nobody has said it.
    unknown: i64,
    /// Of them, those that are restricted and have current evidence.
    evidenced: i64,
}

fn restricted(connections: &[Record<Connection>], evidenced: &BTreeSet<Uuid>) -> Restricted {
    let mut found = Restricted::default();
    for record in connections {
        found.connections += 1;
        match record.content.source_restricted {
            Known::No => found.open += 1,
            Known::Unknown => found.unknown += 1,
            Known::Yes => found.evidenced += i64::from(evidenced.contains(&record.id)),
        }
    }
    found
}

fn judge_restricted(found: Restricted, subject: Subject) -> Measurement {
    let (outcome, message) = if found.open > 0 {
        (Outcome::Violated, "inventory-probe-source-open")
    } else if found.connections == 0 {
        (Outcome::Unknown, "inventory-probe-source-none")
    } else if found.unknown > 0 {
        (Outcome::Unknown, "inventory-probe-source-unknown")
    } else if found.evidenced < found.connections {
        (Outcome::Unknown, "inventory-probe-source-declared")
    } else {
        (Outcome::Satisfied, "inventory-probe-source-restricted")
    };
    let arguments = [
        ("connections", found.connections),
        ("open", found.open),
        ("unknown", found.unknown),
        ("evidenced", found.evidenced),
    ];
    let covered = (found.evidenced, found.connections);
    measurement(subject, outcome, message, &arguments, covered)
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::Instant;

    use super::*;
    use crate::probes::subject_on;

    fn vendor(n: u128) -> OrganizationId {
        Uuid::from_u128(n).into()
    }

    fn record(n: u128, content: Connection) -> Record<Connection> {
        Record {
            id: Uuid::from_u128(n),
            organization: Uuid::nil().into(),
            content,
            confirmed: None,
            revision: 1,
            updated_at: Instant::from_micros(0),
            removed_at: None,
        }
    }

    fn word(of: u128, connection: Option<u128>, word: Word) -> VendorWord {
        VendorWord {
            id: Uuid::nil(),
            organization: Uuid::nil().into(),
            vendor: vendor(of),
            vendor_name: String::new(),
            connection: connection.map(Uuid::from_u128),
            word,
            text: String::new(),
            said_at: Instant::from_micros(0),
            by_name: None,
        }
    }

    fn line(of: Option<u128>) -> Connection {
        Connection {
            vendor: of.map(vendor),
            ..Connection::default()
        }
    }

    #[test]
    fn each_vendor_must_have_said_how_it_reaches_in_or_that_it_does_not() {
        let outcome =
            |connections: &[Record<Connection>], words: &[VendorWord], vendors: &[u128]| {
                let vendors: Vec<OrganizationId> = vendors.iter().copied().map(vendor).collect();
                let found = confirmed(connections, words, &vendors);
                judge_confirmed(found, subject_on("2026-11-22")).outcome
            };
        let one = [record(10, line(Some(1)))];
        let right = word(1, Some(10), Word::Right);
        assert_eq!(outcome(&one, &[], &[1]), Outcome::Unknown);
        assert_eq!(
            outcome(&one, std::slice::from_ref(&right), &[1]),
            Outcome::Satisfied
        );
        let by_another = word(2, Some(10), Word::Right);
        assert_eq!(outcome(&one, &[by_another], &[1]), Outcome::Unknown);
        assert_eq!(
            outcome(&one, std::slice::from_ref(&right), &[1, 2]),
            Outcome::Unknown
        );
        let none = word(2, None, Word::None);
        assert_eq!(
            outcome(&one, &[right.clone(), none], &[1, 2]),
            Outcome::Satisfied
        );
        let another = word(2, None, Word::Another);
        assert_eq!(outcome(&one, &[right, another], &[1, 2]), Outcome::Violated);
        let wrong = word(1, Some(10), Word::Wrong);
        assert_eq!(outcome(&one, &[wrong], &[1]), Outcome::Violated);
        assert_eq!(outcome(&[], &[], &[]), Outcome::Unknown);
        let nobody = [record(10, line(None))];
        assert_eq!(outcome(&nobody, &[], &[]), Outcome::Unknown);
        let other_purpose = Connection {
            purpose: Purpose::Other,
            ..line(Some(1))
        };
        let found = confirmed(&[record(11, other_purpose)], &[], &[vendor(1)]);
        assert_eq!(
            found,
            Confirmed::default(),
            "only remote maintenance is asked for"
        );
    }

    #[test]
    fn that_the_source_is_restricted_is_proven_by_evidence_only() {
        let of = |said: Known| Connection {
            source_restricted: said,
            ..Connection::default()
        };
        let outcome = |said: &[Known], evidenced: &[u128]| {
            let connections: Vec<_> = (1..)
                .zip(said)
                .map(|(n, said)| record(n, of(*said)))
                .collect();
            let evidenced = evidenced.iter().copied().map(Uuid::from_u128).collect();
            judge_restricted(
                restricted(&connections, &evidenced),
                subject_on("2026-11-22"),
            )
            .outcome
        };
        assert_eq!(
            outcome(&[Known::Yes, Known::Yes], &[1, 2]),
            Outcome::Satisfied
        );
        assert_eq!(outcome(&[Known::Yes, Known::Yes], &[1]), Outcome::Unknown);
        assert_eq!(
            outcome(&[Known::Yes, Known::Unknown], &[1, 2]),
            Outcome::Unknown
        );
        assert_eq!(
            outcome(&[Known::Yes, Known::No], &[1, 2]),
            Outcome::Violated
        );
        assert_eq!(outcome(&[], &[]), Outcome::Unknown);
    }
}
