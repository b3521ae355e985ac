//! Two rows of the register that are one device: which rows may be, what they say otherwise, and
//! making one of them.

use discovery::reconcile::duplicates;
use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::{Context, Records, WebError};

use crate::import::{self, Surroundings};
use crate::model::{Asset, Content, FieldProblem, FieldSpec, Input, Record};
use crate::store::{self, AsRead};

/// Whose value is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// That of the row that stays.
    Kept,
    /// That of the row that goes.
    Gone,
    /// Both together; only for fields of several values.
    Both,
}

impl Side {
    /// As forms send it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Gone => "gone",
            Self::Both => "both",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Kept, Self::Gone, Self::Both]
            .into_iter()
            .find(|side| side.code() == code)
    }
}

/// A field of which two rows say different things.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    /// The key of the field.
    pub(crate) key: &'static str,
    /// What the row says that stays.
    pub(crate) kept: Json,
    /// What the row says that goes.
    pub(crate) gone: Json,
    /// What is proposed.
    pub(crate) proposed: Side,
}

impl Difference {
    /// Whether both values can stand together.
    pub(crate) fn can_join(&self) -> bool {
        self.kept.is_array()
    }
}

/// Whether a value says nothing: empty, or the choice that nobody made.
fn says_nothing(spec: &FieldSpec, value: &Json) -> bool {
    match (spec.input, value) {
        (_, Json::Null | Json::Bool(false)) => true,
        (Input::Choice(_), Json::String(code)) => code == "unknown",
        (_, Json::String(text)) => text.is_empty(),
        (_, Json::Array(parts)) => parts.is_empty(),
        _ => false,
    }
}

/// The fields of which two rows say different things. What says something is proposed before what
/// says nothing, and several addresses together.
pub(crate) fn differences(kept: &Asset, gone: &Asset) -> Vec<Difference> {
    let (own, theirs) = (kept.fields_of(), gone.fields_of());
    Asset::FIELDS
        .iter()
        .filter_map(|spec| {
            let kept = own.get(spec.key).cloned().unwrap_or_default();
            let gone = theirs.get(spec.key).cloned().unwrap_or_default();
            if kept == gone {
                return None;
            }
            let proposed = match (says_nothing(spec, &kept), says_nothing(spec, &gone)) {
                (true, false) => Side::Gone,
                (false, false) if kept.is_array() => Side::Both,
                _ => Side::Kept,
            };
            Some(Difference {
                key: spec.key,
                kept,
                gone,
                proposed,
            })
        })
        .collect()
}

/// What the row says that stays. `chosen` gives the sides that a person chose, by field; what they
/// did not choose is as proposed.
///
/// # Errors
/// What does not fit together, such as more addresses than a row may have.
pub(crate) fn merged(
    kept: &Record<Asset>,
    gone: &Record<Asset>,
    chosen: impl Fn(&str) -> String,
) -> Result<Asset, Vec<FieldProblem>> {
    let mut fields = kept.content.fields_of();
    for difference in differences(&kept.content, &gone.content) {
        let side = Side::from_code(&chosen(difference.key)).unwrap_or(difference.proposed);
        let value = match (side, difference.kept, difference.gone) {
            (Side::Kept, kept, _) => kept,
            (Side::Both, Json::Array(mut kept), Json::Array(gone)) => {
                for value in gone {
                    if !kept.contains(&value) {
                        kept.push(value);
                    }
                }
                Json::Array(kept)
            }
            (_, _, gone) => gone,
        };
        fields.insert(difference.key.to_owned(), value);
    }
    // A device does not hang on itself.
    let own = [kept.id.to_string(), gone.id.to_string()];
    for spec in Asset::FIELDS {
        if let (Input::Asset, Some(value)) = (spec.input, fields.get_mut(spec.key))
            && value
                .as_str()
                .is_some_and(|id| own.iter().any(|own| own == id))
        {
            *value = Json::Null;
        }
    }
    let typed = |key: &str| {
        fields
            .get(key)
            .map(crate::model::text_of)
            .unwrap_or_default()
    };
    crate::model::read(Asset::FIELDS, typed).and_then(Asset::from_fields)
}

/// Makes one row of two.
pub(crate) async fn merge(
    context: &Context,
    proof: &Authorized<actions::EditInventory>,
    (kept, gone): (AsRead, AsRead),
    content: &Asset,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let moved = store::merge(&mut tx, proof, ids, (kept, gone), content, context.now).await?;
    let detail = json!({ "act": "merge", "gone": gone.id, "moved": moved });
    context
        .audit(&mut tx, proof, "inventory_asset", kept.id, detail)
        .await?;
    let organization = proof.organization();
    context
        .app
        .records_changed(&mut tx, organization, Records::Inventory)
        .await?;
    Ok(tx.commit().await?)
}

/// Remembers that two rows are two devices, so that nobody is asked again, or forgets it.
pub(crate) async fn tell_apart(
    context: &Context,
    proof: &Authorized<actions::EditInventory>,
    pair: (Uuid, Uuid),
    are_two: bool,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::tell_apart(&mut tx, proof, pair, are_two, context.now).await?;
    let detail = json!({ "act": "tell_apart", "other": pair.1, "are_two": are_two });
    context
        .audit(&mut tx, proof, "inventory_asset", pair.0, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Two rows that may be one device.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// The older row with its name: it is proposed to stay.
    pub(crate) kept: (Uuid, String),
    /// The newer row with its name.
    pub(crate) gone: (Uuid, String),
    /// The keys that both bear.
    pub(crate) keys: Vec<discovery::reconcile::Key>,
    /// Whether a stronger key speaks against it.
    pub(crate) is_contradicted: bool,
}

/// The pairs of rows of the register that may be one device, the surest first.
pub(crate) async fn pairs(
    context: &Context,
    proof: &Authorized<actions::ReadInventory>,
) -> Result<Vec<Pair>, WebError> {
    let apart = store::told_apart(context.database(), proof).await?;
    let reader = store::Reader::Database(context.database());
    let register = store::known(reader, proof.organization()).await?;
    let around = Surroundings {
        seen_days: crate::store::SEEN_DAYS,
        register,
        names: import::Names::default(),
        records: import::sheet::Records::default(),
        now: context.now,
    };
    let work = move || {
        let found = duplicates(&import::registered(&around));
        let names: std::collections::HashMap<String, (Uuid, String)> = around
            .register
            .into_iter()
            .map(|known| (known.id.to_string(), (known.id, known.asset.name)))
            .collect();
        found
            .into_iter()
            .filter_map(|pair| {
                let [one, other] = &pair.rows;
                Some(Pair {
                    kept: names.get(one)?.clone(),
                    gone: names.get(other)?.clone(),
                    keys: pair.keys,
                    is_contradicted: pair.is_contradicted,
                })
            })
            .filter(|pair: &Pair| !apart.are(pair.kept.0, pair.gone.0))
            .collect()
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| WebError::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use yagura_kernel::id::OrganizationId;
    use yagura_kernel::time::Instant;

    use super::*;
    use crate::model::DeviceClass;

    fn record(content: Asset) -> Record<Asset> {
        Record {
            id: Uuid::nil(),
            organization: OrganizationId::from(Uuid::nil()),
            content,
            confirmed: None,
            revision: 1,
            updated_at: Instant::from_micros(0),
            removed_at: None,
        }
    }

    #[test]
    fn what_says_something_wins_and_addresses_stand_together() {
        let kept = record(Asset {
            name: "受付".to_owned(),
            ip_addresses: vec!["192.0.2.1".to_owned()],
            ..Asset::default()
        });
        let gone = record(Asset {
            name: "PC-01".to_owned(),
            serial_number: "S1".to_owned(),
            class: DeviceClass::Server,
            ip_addresses: vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()],
            ..Asset::default()
        });
        let asset = merged(&kept, &gone, |_| String::new()).unwrap();
        assert_eq!(asset.name, "受付");
        assert_eq!(asset.serial_number, "S1");
        assert_eq!(asset.ip_addresses, ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(asset.class, DeviceClass::Terminal);
        let asset = merged(&kept, &gone, |key| match key {
            "name" | "class" | "ip_addresses" => "gone".to_owned(),
            _ => "kept".to_owned(),
        })
        .unwrap();
        assert_eq!(asset.name, "PC-01");
        assert_eq!(asset.serial_number, "");
        assert_eq!(asset.class, DeviceClass::Server);
        let many: Vec<String> = (0..20).map(|n| format!("198.51.100.{n}")).collect();
        let full = record(Asset {
            ip_addresses: many,
            ..gone.content
        });
        assert!(merged(&kept, &full, |_| "both".to_owned()).is_err());
    }
}
