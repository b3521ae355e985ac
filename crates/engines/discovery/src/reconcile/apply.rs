use std::collections::HashMap;

use super::{Diff, RegisterAsset, SeenDevice, changes};

/// The register after every proposed change was accepted and every new device entered. Nothing is
/// removed: what vanished or is ambiguous waits for a person.
///
/// `new_id` gives each new row its id, which must be unique.
#[must_use]
pub fn apply(
    register: &[RegisterAsset],
    diff: &Diff,
    mut new_id: impl FnMut(usize, &SeenDevice) -> String,
) -> Vec<RegisterAsset> {
    let by_asset: HashMap<&str, &super::Match> = diff
        .matched
        .iter()
        .map(|one| (one.asset.as_str(), one))
        .collect();
    let mut after: Vec<RegisterAsset> = register.to_vec();
    for asset in &mut after {
        let Some(found) = by_asset.get(asset.id.as_str()) else {
            continue;
        };
        for change in &found.changes {
            asset.device.set(change.field, &change.new);
        }
        let devices = if found.keys_wait {
            &[][..]
        } else {
            &found.devices
        };
        for seen in devices.iter().filter_map(|at| diff.devices.get(*at)) {
            changes::learn_assignments(&mut asset.device, &seen.device);
            if asset.device.machine_id_hash.is_none() {
                asset
                    .device
                    .machine_id_hash
                    .clone_from(&seen.device.machine_id_hash);
            }
        }
        asset.device.canonicalise();
        asset.last_seen = found.seen_at;
    }
    for index in &diff.new {
        let Some(seen) = diff.devices.get(*index) else {
            continue;
        };
        after.push(RegisterAsset {
            id: new_id(*index, seen),
            device: seen.device.clone(),
            in_use: true,
            last_seen: seen.seen_at,
            baseline: None,
        });
    }
    after
}
