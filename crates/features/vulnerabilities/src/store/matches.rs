//! What is found on devices, written by the job that holds the register against the feeds.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, Value, params, placeholders, row,
};

use super::feeds::{Manage, Vulnerability};
use crate::model::products::{Resolved, STATED, is_packaged};
use crate::model::{Exposure, Severity, State, asset_weight, due_on};

row! {
    struct IdRow { id: i64 }
}

/// The vulnerabilities of which something about products was said in generations after one and up
/// to another, at most so many.
pub(crate) async fn changed(
    database: &Database,
    after: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<IdRow> = database
        .rows(
            "SELECT id FROM vulnerabilities WHERE changed_in > $1 AND changed_in <= $2
             ORDER BY changed_in, id LIMIT $3",
            params![after, until, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

row! {
    /// A distinct set of products that some device has.
    #[derive(Debug, Clone)]
    pub(crate) struct SetRow {
        pub(crate) id: Uuid,
        pub(crate) cpes: Json,
    }
}

/// The sets that some device has, by id.
pub(crate) async fn sets(
    database: &Database,
    after: Uuid,
    limit: i64,
) -> Result<Vec<SetRow>, StoreError> {
    database
        .rows(
            "SELECT s.id AS id, s.cpes AS cpes FROM vuln_sets s
             WHERE s.id > $1 AND EXISTS (SELECT 1 FROM vuln_assets a WHERE a.set_id = s.id)
             ORDER BY s.id LIMIT $2",
            params![after, limit],
        )
        .await
}

row! {
    /// A device with its set of products.
    #[derive(Debug, Clone)]
    pub(crate) struct DeviceRow {
        pub(crate) asset_id: Uuid,
        pub(crate) organization_id: OrganizationId,
        pub(crate) exposure: i64,
        pub(crate) importance: i64,
        pub(crate) set_id: Option<Uuid>,
        pub(crate) set_changed: i64,
        pub(crate) cpes: Option<Json>,
        pub(crate) texts: Json,
    }
}

impl DeviceRow {
    fn weight(&self) -> i64 {
        asset_weight(Exposure::of_rank(self.exposure), self.importance)
    }

    /// How sure it is that the device has these products: as sure as the least sure of them.
    fn certainty(&self, carriers: &[String], of: &[Resolved]) -> i64 {
        carriers
            .iter()
            .filter_map(|carrier| {
                let of_texts = of.iter().filter(|text| text.cpes.contains(carrier));
                let packaged = is_packaged(carrier).then_some(STATED);
                of_texts.map(|text| text.certainty).chain(packaged).max()
            })
            .min()
            .unwrap_or(0)
    }
}

const DEVICE: &str = "SELECT a.asset_id AS asset_id, a.organization_id AS organization_id,
        a.exposure AS exposure, a.importance AS importance, a.set_id AS set_id,
        a.set_changed AS set_changed, s.cpes AS cpes, a.texts AS texts
     FROM vuln_assets a LEFT JOIN vuln_sets s ON s.id = a.set_id";

/// Devices whose products changed since they were last matched, those with the same set together.
pub(crate) async fn waiting(database: &Database, limit: i64) -> Result<Vec<DeviceRow>, StoreError> {
    let sql = format!(
        "{DEVICE} WHERE a.set_changed > 0 ORDER BY a.organization_id, a.set_id, a.asset_id LIMIT $1"
    );
    database.rows(ComposedSql(sql), params![limit]).await
}

/// Devices that have one of some sets, in the order of their ids.
pub(crate) async fn with_sets(
    database: &Database,
    sets: &[Uuid],
    after: Uuid,
    limit: i64,
) -> Result<Vec<DeviceRow>, StoreError> {
    let sql = format!(
        "{DEVICE} WHERE a.asset_id > $1 AND a.set_id IN ({}) ORDER BY a.asset_id LIMIT $2",
        placeholders(3, sets.len())
    );
    let mut values = params![after, limit];
    values.extend(sets.iter().map(|set| Value::from(*set)));
    database.rows(ComposedSql(sql), values).await
}

/// Devices that have a finding of one of some vulnerabilities.
pub(crate) async fn with_findings(
    database: &Database,
    vulnerabilities: &[i64],
    after: Uuid,
    limit: i64,
) -> Result<Vec<DeviceRow>, StoreError> {
    let sql = format!(
        "{DEVICE} WHERE a.asset_id > $1 AND a.asset_id IN
            (SELECT f.asset_id FROM vuln_findings f WHERE f.vulnerability_id IN ({}))
         ORDER BY a.asset_id LIMIT $2",
        placeholders(3, vulnerabilities.len())
    );
    let mut values = params![after, limit];
    values.extend(vulnerabilities.iter().map(|id| Value::from(*id)));
    database.rows(ComposedSql(sql), values).await
}

/// Marks every device to be matched anew.
pub(crate) async fn match_everything(
    tx: &mut Transaction,
    _proof: &Manage,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE vuln_assets SET set_changed = set_changed + 1 WHERE set_id IS NOT NULL",
        params![],
    )
    .await?;
    Ok(())
}

/// What the engine says of a vulnerability and a set of products.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    /// The best source.
    pub(crate) source: i64,
    /// Its confidence.
    pub(crate) confidence: i64,
    /// Why.
    pub(crate) reason: String,
    /// Whether something named would have to be present besides.
    pub(crate) conditional: bool,
    /// The products that carry it, as CPE names.
    pub(crate) carriers: Vec<String>,
    /// What else would have to be present, and who else says so.
    pub(crate) detail: Json,
}

impl Hit {
    /// The products that carry it as one text, by which findings of the same product and version
    /// are told to be the same.
    fn product(&self) -> String {
        let mut carriers = self.carriers.clone();
        carriers.sort();
        carriers.join(" ").chars().take(1_000).collect()
    }
}

/// What the order and the clock need of a vulnerability.
#[derive(Debug, Clone)]
pub(crate) struct Light {
    pub(crate) weight: i64,
    pub(crate) severity: Severity,
    pub(crate) published: Option<Date>,
    pub(crate) exploited: Option<Date>,
}

impl From<&Vulnerability> for Light {
    fn from(row: &Vulnerability) -> Self {
        Self {
            weight: row.weight,
            severity: row.severity(),
            published: row.published_at.map(Instant::jst_date),
            exploited: row.kev_added,
        }
    }
}

row! {
    struct LightRow {
        id: i64, weight: i64, cvss_tenths: Option<i64>, published_at: Option<Instant>,
        kev_added: Option<Date>,
    }
}

/// The same of some vulnerabilities that are not withdrawn.
pub(crate) async fn lights(
    database: &Database,
    ids: &[i64],
) -> Result<HashMap<i64, Light>, StoreError> {
    let mut found = HashMap::new();
    for part in ids.chunks(800) {
        let sql = format!(
            "SELECT id, weight, cvss_tenths, published_at, kev_added FROM vulnerabilities
             WHERE rejected = 0 AND id IN ({})",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|id| Value::from(*id)).collect();
        let rows: Vec<LightRow> = database.rows(ComposedSql(sql), values).await?;
        found.extend(rows.into_iter().map(|row| {
            let light = Light {
                weight: row.weight,
                severity: Severity::of_tenths(row.cvss_tenths),
                published: row.published_at.map(Instant::jst_date),
                exploited: row.kev_added,
            };
            (row.id, light)
        }));
    }
    Ok(found)
}

row! {
    struct Existing {
        id: Uuid, asset_id: Uuid, vulnerability_id: i64, state: String, decided_by: Option<Uuid>,
        source: i64, confidence: i64, reason: String, conditional: bool, certainty: i64,
        detail: Json, urgency: i64, asset_weight: i64, product: String,
    }
}

/// What was done to findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Findings that came to be.
    pub found: usize,
    /// Findings that say something else now.
    pub changed: usize,
    /// Findings that came to an end.
    pub ended: usize,
}

impl std::ops::AddAssign for Applied {
    fn add_assign(&mut self, other: Self) {
        self.found += other.found;
        self.changed += other.changed;
        self.ended += other.ended;
    }
}

/// What holds for a device, and of which vulnerabilities that was asked.
pub(crate) struct Holds<'a> {
    pub(crate) device: &'a DeviceRow,
    /// What was found, by vulnerability.
    pub(crate) hits: &'a HashMap<i64, Hit>,
    /// How many vulnerabilities could not be judged for want of a version; nothing where only some
    /// vulnerabilities were asked about.
    pub(crate) undecided: Option<i64>,
}

/// Who writes, and when.
pub(crate) struct Writer<'a> {
    pub(crate) ids: &'a dyn IdGenerator,
    pub(crate) now: Instant,
    pub(crate) lights: &'a HashMap<i64, Light>,
    /// Only these vulnerabilities were asked about; nothing: all.
    pub(crate) only: Option<&'a [i64]>,
}

const FINDING_COLUMNS: [&str; 19] = [
    "id",
    "organization_id",
    "asset_id",
    "vulnerability_id",
    "state",
    "is_open",
    "note",
    "source",
    "confidence",
    "reason",
    "conditional",
    "certainty",
    "detail",
    "urgency",
    "asset_weight",
    "due_on",
    "found_at",
    "told",
    "product",
];

/// Brings the findings of devices in line with what holds for them.
pub(crate) async fn apply(
    tx: &mut Transaction,
    _proof: &Manage,
    writer: &Writer<'_>,
    devices: &[Holds<'_>],
) -> Result<(Applied, BTreeSet<OrganizationId>), StoreError> {
    let mut existing: HashMap<Uuid, Vec<Existing>> = HashMap::new();
    let ids: Vec<Uuid> = devices.iter().map(|holds| holds.device.asset_id).collect();
    for part in ids.chunks(100) {
        let mut values: Params = part.iter().map(|id| Value::from(*id)).collect();
        let mut sql = format!(
            "SELECT id, asset_id, vulnerability_id, state, decided_by, source, confidence, reason,
                    conditional, certainty, detail, urgency, asset_weight, product
             FROM vuln_findings WHERE asset_id IN ({})",
            placeholders(1, part.len())
        );
        if let Some(only) = writer.only {
            sql.push_str(&format!(
                " AND vulnerability_id IN ({})",
                placeholders(part.len() + 1, only.len())
            ));
            values.extend(only.iter().map(|id| Value::from(*id)));
        }
        let rows: Vec<Existing> = tx.rows(ComposedSql(sql), values).await?;
        for row in rows {
            existing.entry(row.asset_id).or_default().push(row);
        }
    }
    let mut applied = Applied::default();
    let mut touched = BTreeSet::new();
    let mut new_rows: Vec<Params> = Vec::new();
    for holds in devices {
        let device = holds.device;
        let before = applied;
        let texts: Vec<Resolved> = serde_json::from_value(device.texts.clone()).unwrap_or_default();
        let mut known: HashMap<i64, Existing> = existing
            .remove(&device.asset_id)
            .unwrap_or_default()
            .into_iter()
            .map(|row| (row.vulnerability_id, row))
            .collect();
        for (id, hit) in holds.hits {
            let Some(light) = writer.lights.get(id) else {
                continue;
            };
            let certainty = device.certainty(&hit.carriers, &texts);
            match known.remove(id) {
                None => {
                    applied.found += 1;
                    new_rows.push(finding_row(writer, device, *id, hit, light, certainty));
                }
                Some(row) => {
                    if writer
                        .bring_up(tx, device, &row, hit, light, certainty)
                        .await?
                    {
                        applied.changed += 1;
                    }
                }
            }
        }
        for row in known.into_values() {
            if writer.end(tx, &row).await? {
                applied.ended += 1;
            }
        }
        if applied != before {
            touched.insert(device.organization_id);
        }
        if let Some(undecided) = holds.undecided {
            tx.execute_later(
                // What changed while this was found out is looked at again.
                "UPDATE vuln_assets SET undecided = $2,
                    set_changed = CASE WHEN set_changed = $3 THEN 0 ELSE set_changed END
                 WHERE asset_id = $1",
                params![device.asset_id, undecided, device.set_changed],
            )
            .await?;
        }
    }
    let rows = new_rows.into_iter().map(|mut row| {
        row.push(1i64.into());
        row
    });
    let mut columns = FINDING_COLUMNS.to_vec();
    columns.push("revision");
    tx.insert_many("vuln_findings", &columns, rows).await?;
    Ok((applied, touched))
}

fn finding_row(
    writer: &Writer<'_>,
    device: &DeviceRow,
    id: i64,
    hit: &Hit,
    light: &Light,
    certainty: i64,
) -> Params {
    let due = due_on(
        light.severity,
        light.published,
        light.exploited,
        writer.now.jst_date(),
    );
    params![
        writer.ids.id(),
        device.organization_id,
        device.asset_id,
        id,
        State::New.code(),
        true,
        "",
        hit.source,
        hit.confidence,
        &hit.reason,
        hit.conditional,
        certainty,
        &hit.detail,
        light.weight + device.weight(),
        device.weight(),
        due,
        writer.now,
        false,
        hit.product()
    ]
}

impl Writer<'_> {
    /// Brings a finding up to date; whether anything changed.
    async fn bring_up(
        &self,
        tx: &mut Transaction,
        device: &DeviceRow,
        row: &Existing,
        hit: &Hit,
        light: &Light,
        certainty: i64,
    ) -> Result<bool, StoreError> {
        let urgency = light.weight + device.weight();
        // What came to an end by itself and is there again is new again.
        let returns = row.decided_by.is_none()
            && State::from_code(&row.state).is_some_and(|state| !state.is_open());
        let same = !returns
            && row.source == hit.source
            && row.confidence == hit.confidence
            && row.reason == hit.reason
            && row.conditional == hit.conditional
            && row.certainty == certainty
            && row.detail == hit.detail
            && row.product == hit.product()
            && row.urgency == urgency
            && row.asset_weight == device.weight();
        if same {
            return Ok(false);
        }
        tx.execute_later(
            "UPDATE vuln_findings SET source = $2, confidence = $3, reason = $4, conditional = $5,
                certainty = $6, detail = $7, urgency = $8, asset_weight = $9,
                state = CASE WHEN $10 = 1 THEN 'new' ELSE state END,
                is_open = CASE WHEN $10 = 1 THEN 1 ELSE is_open END,
                told = CASE WHEN $10 = 1 THEN 0 ELSE told END, product = $11,
                revision = revision + 1
             WHERE id = $1",
            params![
                row.id,
                hit.source,
                hit.confidence,
                &hit.reason,
                hit.conditional,
                certainty,
                &hit.detail,
                urgency,
                device.weight(),
                returns,
                hit.product()
            ],
        )
        .await?;
        if returns {
            self.remember(tx, row.id, "returned", &json!({ "from": row.state }))
                .await?;
        }
        Ok(true)
    }

    /// Ends a finding that holds no more; whether it was open or undecided.
    async fn end(&self, tx: &mut Transaction, row: &Existing) -> Result<bool, StoreError> {
        let state = State::from_code(&row.state);
        if !state.is_some_and(State::is_open) {
            return Ok(false);
        }
        tx.execute_later(
            "UPDATE vuln_findings SET state = 'fixed', is_open = 0, justification = NULL,
                accepted_until = NULL, decided_by = NULL, decided_at = $2, told = 1,
                revision = revision + 1
             WHERE id = $1",
            params![row.id, self.now],
        )
        .await?;
        self.remember(tx, row.id, "ended", &json!({ "from": row.state }))
            .await?;
        Ok(true)
    }

    async fn remember(
        &self,
        tx: &mut Transaction,
        finding: Uuid,
        event: &str,
        detail: &Json,
    ) -> Result<(), StoreError> {
        tx.execute_later(
            "INSERT INTO vuln_finding_events (id, finding_id, at, event, detail)
             VALUES ($1, $2, $3, $4, $5)",
            params![self.ids.id(), finding, self.now, event, detail],
        )
        .await
    }
}

/// Vulnerabilities with findings whose weight or days changed in generations after one and up to
/// another, from after a number.
pub(crate) async fn weighed(
    database: &Database,
    generations: (i64, i64),
    after: i64,
    limit: i64,
) -> Result<Vec<Vulnerability>, StoreError> {
    database
        .rows(
            "SELECT v.* FROM vulnerabilities v
             WHERE v.weighed_in > $1 AND v.weighed_in <= $2 AND v.id > $3
               AND EXISTS (SELECT 1 FROM vuln_findings f WHERE f.vulnerability_id = v.id)
             ORDER BY v.id LIMIT $4",
            params![generations.0, generations.1, after, limit],
        )
        .await
}

/// Puts the findings of a vulnerability into the order and gives them the days of now.
pub(crate) async fn weigh(
    tx: &mut Transaction,
    _proof: &Manage,
    row: &Vulnerability,
    today: Date,
) -> Result<(), StoreError> {
    let light = Light::from(row);
    let due = due_on(light.severity, light.published, light.exploited, today);
    // Without a day of publication the clock runs from the day of the finding, which stays.
    let due = (light.published.is_some() || light.exploited.is_some()).then_some(due);
    tx.execute_later(
        "UPDATE vuln_findings SET urgency = asset_weight + $2, due_on = COALESCE($3, due_on)
         WHERE vulnerability_id = $1",
        params![row.id, row.weight, due],
    )
    .await
}
