use std::collections::{BTreeMap, BTreeSet};

use super::{BaselineService, SeenDevice};
use crate::model::{PortRange, Service};

/// Services against a baseline.
#[derive(Default)]
pub(super) struct Comparison {
    pub(super) unexpected: Vec<Service>,
    pub(super) missing: Vec<BaselineService>,
    pub(super) compared: bool,
}

/// Services that only the device itself reaches, and ports of which the scanner cannot say
/// whether they are open, are no findings. A service counts as missing only where its port was
/// looked at.
pub(super) fn compare(baseline: Option<&[BaselineService]>, seen: &[&SeenDevice]) -> Comparison {
    let Some(baseline) = baseline else {
        return Comparison::default();
    };
    let examined: BTreeSet<PortRange> = seen
        .iter()
        .flat_map(|seen| seen.examined_ports.iter().copied())
        .collect();
    if examined.is_empty() {
        return Comparison::default();
    }
    let allowed: BTreeSet<BaselineService> = baseline.iter().copied().collect();
    let mut listening: BTreeMap<BaselineService, &Service> = BTreeMap::new();
    let mut maybe: BTreeSet<BaselineService> = BTreeSet::new();
    for service in seen.iter().flat_map(|seen| &seen.device.services) {
        if service.is_local_only() {
            continue;
        }
        let port = BaselineService {
            protocol: service.protocol,
            port: service.port,
        };
        if service.uncertain {
            maybe.insert(port);
        } else {
            listening.entry(port).or_insert(service);
        }
    }
    Comparison {
        unexpected: listening
            .iter()
            .filter(|(port, _)| !allowed.contains(port))
            .map(|(_, service)| (*service).clone())
            .collect(),
        missing: allowed
            .iter()
            .filter(|port| !listening.contains_key(port) && !maybe.contains(port))
            .filter(|port| {
                examined
                    .iter()
                    .any(|range| range.contains(port.protocol, port.port))
            })
            .copied()
            .collect(),
        compared: true,
    }
}
