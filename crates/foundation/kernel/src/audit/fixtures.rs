//! Entries for the tests of this folder.

use super::{AuditActor, AuditEntry, AuditOutcome};
use crate::id::Uuid;
use crate::time::Instant;
use serde_json::json;

/// A plausible entry that differs from those of other numbers.
pub(super) fn entry(number: u64) -> AuditEntry {
    let id = |kind: u128| Uuid::from_u128((kind << 64) | u128::from(number));
    AuditEntry {
        id: id(1).into(),
        at: Instant::from_seconds(1_800_000_000 + number as i64),
        actor: match number % 4 {
            0 => AuditActor::System,
            1 => AuditActor::Stranger,
            2 => AuditActor::Account {
                account: id(2).into(),
            },
            _ => AuditActor::Person {
                person: id(3).into(),
                account: id(2).into(),
            },
        },
        acting_organization: number.is_multiple_of(3).then(|| id(4).into()),
        action: "sheet.answer".to_owned(),
        resource_kind: "sheet".to_owned(),
        resource_id: number.is_multiple_of(2).then(|| id(5).to_string()),
        organization: (!number.is_multiple_of(5)).then(|| id(4).into()),
        outcome: AuditOutcome::ALL[number as usize % 4],
        detail: json!({"item": "1-①", "from": null, "to": "はい", "round": number}).into(),
    }
}
