//! Devices with the products that they have, and the texts of the register that name products.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, Value, escape_like, params,
    placeholders, row,
};

use crate::model::Exposure;
use crate::model::products::{Products, Resolved, TextKind, TextState, text_key};

type Assess = Authorized<actions::AssessVulnerabilities>;
type Read = Authorized<actions::ReadVulnerabilities>;

/// A device as it is to be held against the feeds.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    /// Its id in the register.
    pub id: Uuid,
    /// By what people know it.
    pub name: String,
    /// 所管部署.
    pub department: String,
    /// Its system.
    pub system: Option<Uuid>,
    /// Who maintains it, or else its system.
    pub vendor: Option<OrganizationId>,
    /// How it is reached from outside.
    pub exposure: Exposure,
    /// From 0 to 3.
    pub importance: i64,
    /// Until when its maker supports it, or else its system.
    pub support_until: Option<Date>,
    /// Whether it is in use; spare ones stand in a cupboard.
    pub in_use: bool,
    /// Whether the register says how its corrections stand.
    pub patch_known: bool,
    /// How many packages of distributions and libraries were left out.
    pub packages: i64,
    /// Its products.
    pub products: Products,
}

impl Device {
    /// Whether what the device itself is, and not only some program on it, is known.
    fn is_identified(&self) -> bool {
        self.products
            .texts
            .iter()
            .any(|text| text.kind != TextKind::Software && !text.cpes.is_empty())
    }

    /// What is kept of the texts: what is held against the feeds, and what the device is. Hundreds
    /// of programs that nobody knows would be kept on every device otherwise.
    fn kept_texts(&self) -> Vec<&Resolved> {
        self.products
            .texts
            .iter()
            .filter(|text| text.kind != TextKind::Software || !text.cpes.is_empty())
            .collect()
    }
}

row! {
    struct KnownRow {
        asset_id: Uuid, name: String, department: String, system_id: Option<Uuid>,
        vendor_id: Option<OrganizationId>, exposure: i64, importance: i64,
        support_until: Option<Date>, set_id: Option<Uuid>, present: bool, identified: bool,
        in_use: bool, patch_known: bool, packages: i64, texts: String,
    }
}

row! {
    struct SetRow { id: Uuid, digest: String }
}

async fn sets_of(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    devices: &[Device],
) -> Result<HashMap<Uuid, Uuid>, StoreError> {
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    let mut of_device: Vec<(Uuid, String)> = Vec::new();
    for device in devices {
        if device.products.names.is_empty() {
            continue;
        }
        let cpes: Vec<String> = device
            .products
            .names
            .iter()
            .map(ToString::to_string)
            .collect();
        let text = serde_json::json!(cpes).to_string();
        let digest = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
        of_device.push((device.id, digest.clone()));
        wanted.insert(digest, text);
    }
    let mut known: HashMap<String, Uuid> = HashMap::new();
    for (digest, text) in &wanted {
        tx.execute_later(
            "INSERT INTO vuln_sets (id, digest, cpes) VALUES ($1, $2, $3)
             ON CONFLICT (digest) DO NOTHING",
            params![ids.id(), digest, text],
        )
        .await?;
    }
    let digests: Vec<&String> = wanted.keys().collect();
    for part in digests.chunks(400) {
        let sql = format!(
            "SELECT id, digest FROM vuln_sets WHERE digest IN ({})",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|digest| Value::from(*digest)).collect();
        let rows: Vec<SetRow> = tx.rows(ComposedSql(sql), values).await?;
        known.extend(rows.into_iter().map(|row| (row.digest, row.id)));
    }
    Ok(of_device
        .into_iter()
        .filter_map(|(device, digest)| Some((device, *known.get(&digest)?)))
        .collect())
}

/// Writes devices as they stand now; those whose products, exposure or importance changed are to
/// be matched again.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn put_devices(
    tx: &mut Transaction,
    proof: &Assess,
    ids: &dyn IdGenerator,
    devices: &[Device],
) -> Result<usize, StoreError> {
    let mut known: HashMap<Uuid, KnownRow> = HashMap::new();
    let all: Vec<Uuid> = devices.iter().map(|device| device.id).collect();
    for part in all.chunks(400) {
        let sql = format!(
            "SELECT asset_id, name, department, system_id, vendor_id, exposure, importance,
                    support_until, set_id, present, identified, in_use, patch_known, packages,
                    texts
             FROM vuln_assets WHERE asset_id IN ({})",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|id| Value::from(*id)).collect();
        let rows: Vec<KnownRow> = tx.rows(ComposedSql(sql), values).await?;
        known.extend(rows.into_iter().map(|row| (row.asset_id, row)));
    }
    let sets = sets_of(tx, ids, devices).await?;
    let mut written = 0;
    for device in devices {
        let set = sets.get(&device.id).copied();
        let texts = serde_json::to_string(&device.kept_texts())?;
        let identified = device.is_identified();
        let (mut same, mut matched) = (false, false);
        if let Some(row) = known.get(&device.id) {
            matched = row.present
                && row.set_id == set
                && row.exposure == device.exposure.rank()
                && row.importance == device.importance
                && row.texts == texts;
            same = matched
                && row.name == device.name
                && row.department == device.department
                && row.system_id == device.system
                && row.vendor_id == device.vendor
                && row.support_until == device.support_until
                && row.identified == identified
                && row.in_use == device.in_use
                && row.patch_known == device.patch_known
                && row.packages == device.packages;
        }
        if same {
            continue;
        }
        written += 1;
        tx.execute_later(
            "INSERT INTO vuln_assets (asset_id, organization_id, name, department, system_id,
                vendor_id, exposure, importance, support_until, set_id, set_changed, undecided,
                present, texts, identified, in_use, patch_known, packages)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 1, $12, $13, $14, $15, $16)
             ON CONFLICT (asset_id) DO UPDATE SET name = excluded.name,
                department = excluded.department, system_id = excluded.system_id,
                vendor_id = excluded.vendor_id, exposure = excluded.exposure,
                importance = excluded.importance, support_until = excluded.support_until,
                set_id = excluded.set_id, texts = excluded.texts, present = 1,
                identified = excluded.identified, in_use = excluded.in_use,
                patch_known = excluded.patch_known, packages = excluded.packages,
                set_changed = CASE WHEN excluded.set_changed = 1 THEN vuln_assets.set_changed + 1
                                   ELSE vuln_assets.set_changed END",
            params![
                device.id,
                proof.organization(),
                &device.name,
                &device.department,
                device.system,
                device.vendor,
                device.exposure.rank(),
                device.importance,
                device.support_until,
                set,
                !matched,
                texts,
                identified,
                device.in_use,
                device.patch_known,
                device.packages
            ],
        )
        .await?;
    }
    Ok(written)
}

/// Takes away sets of products that no device has any more; lists of software change with every
/// update.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn forget_sets(tx: &mut Transaction) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM vuln_sets
         WHERE NOT EXISTS (SELECT 1 FROM vuln_assets a WHERE a.set_id = vuln_sets.id)",
        params![],
    )
    .await
}

/// Devices that are no longer in the register: they have no products any more, so that their
/// findings come to an end.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn drop_others(
    tx: &mut Transaction,
    proof: &Assess,
    present: &std::collections::HashSet<Uuid>,
) -> Result<(), StoreError> {
    row! { struct IdRow { asset_id: Uuid } }
    let rows: Vec<IdRow> = tx
        .rows(
            "SELECT asset_id FROM vuln_assets WHERE organization_id = $1 AND present = 1",
            params![proof.organization()],
        )
        .await?;
    for row in rows {
        if !present.contains(&row.asset_id) {
            tx.execute_later(
                "UPDATE vuln_assets SET set_id = NULL, set_changed = set_changed + 1, texts = '[]',
                    present = 0
                 WHERE asset_id = $1",
                params![row.asset_id],
            )
            .await?;
        }
    }
    Ok(())
}

/// A text of an institution's register with what it came to.
#[derive(Debug, Clone)]
pub(crate) struct NewText {
    /// The words.
    pub text: String,
    /// Where it stands.
    pub kind: TextKind,
    /// How sure it is.
    pub state: TextState,
    /// From 0 to 100.
    pub score: i64,
    /// On how many devices it stands.
    pub devices: i64,
}

row! {
    /// A text of an institution's register.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct TextRow {
        /// Its id.
        pub id: Uuid,
        /// Whose register.
        pub organization_id: OrganizationId,
        /// Its key.
        pub text_key: String,
        /// The words.
        pub text: String,
        /// Where it stands, by code.
        pub kind: String,
        /// How sure it is, by number.
        pub state: i64,
        /// From 0 to 100.
        pub score: i64,
        /// On how many devices it stands.
        pub devices: i64,
    }
}

/// Replaces an institution's texts. A text keeps its id.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn put_texts(
    tx: &mut Transaction,
    proof: &Assess,
    ids: &dyn IdGenerator,
    texts: &[NewText],
) -> Result<(), StoreError> {
    let organization = proof.organization();
    let known: Vec<TextRow> = tx
        .rows(
            "SELECT * FROM vuln_texts WHERE organization_id = $1",
            params![organization],
        )
        .await?;
    let mut old: HashMap<(String, String), TextRow> = known
        .into_iter()
        .map(|row| ((row.text_key.clone(), row.kind.clone()), row))
        .collect();
    let mut new_rows = Vec::new();
    for text in texts {
        let key = (text_key(&text.text), text.kind.code().to_owned());
        match old.remove(&key) {
            Some(row)
                if row.state == text.state.rank()
                    && row.score == text.score
                    && row.devices == text.devices => {}
            Some(row) => {
                tx.execute_later(
                    "UPDATE vuln_texts SET text = $2, state = $3, score = $4, devices = $5
                     WHERE id = $1",
                    params![
                        row.id,
                        &text.text,
                        text.state.rank(),
                        text.score,
                        text.devices
                    ],
                )
                .await?;
            }
            None => new_rows.push(params![
                ids.id(),
                organization,
                key.0,
                &text.text,
                key.1,
                text.state.rank(),
                text.score,
                text.devices
            ]),
        }
    }
    let columns = [
        "id",
        "organization_id",
        "text_key",
        "text",
        "kind",
        "state",
        "score",
        "devices",
    ];
    tx.insert_many("vuln_texts", &columns, new_rows).await?;
    let gone: Vec<Uuid> = old.into_values().map(|row| row.id).collect();
    for part in gone.chunks(400) {
        let sql = format!(
            "DELETE FROM vuln_texts WHERE id IN ({})",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|id| Value::from(*id)).collect();
        tx.execute_later(ComposedSql(sql), values).await?;
    }
    Ok(())
}

/// To which institution a text belongs, before anything is authorised.
///
/// # Errors
/// [`super::VulnerabilityError::NotFound`].
pub(crate) async fn owner_of_text(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, super::VulnerabilityError> {
    let row: Option<TextRow> = database
        .optional("SELECT * FROM vuln_texts WHERE id = $1", params![id])
        .await?;
    row.map(|row| row.organization_id)
        .ok_or(super::VulnerabilityError::NotFound)
}

/// A text of the institution.
///
/// # Errors
/// [`super::VulnerabilityError::NotFound`].
pub(crate) async fn text(
    database: &Database,
    proof: &Read,
    id: Uuid,
) -> Result<TextRow, super::VulnerabilityError> {
    let row: Option<TextRow> = database
        .optional(
            "SELECT * FROM vuln_texts WHERE id = $1 AND organization_id = $2",
            params![id, proof.organization()],
        )
        .await?;
    row.ok_or(super::VulnerabilityError::NotFound)
}

/// Which texts are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TextFilter {
    /// Of this state.
    pub state: Option<TextState>,
    /// Of this kind.
    pub kind: Option<TextKind>,
    /// With this in it.
    pub search: Option<String>,
}

impl TextFilter {
    fn conditions(&self, values: &mut Params) -> String {
        let mut sql = String::new();
        let mut with = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&condition.replace('?', &format!("${}", values.len())));
        };
        if let Some(state) = self.state {
            with(" AND state = ?", state.rank().into());
        }
        if let Some(kind) = self.kind {
            with(" AND kind = ?", kind.code().into());
        }
        if let Some(search) = &self.search {
            let pattern = format!("%{}%", escape_like(&text_key(search)));
            with(" AND text_key LIKE ? ESCAPE '!'", pattern.into());
        }
        sql
    }
}

/// The place after which a list of texts goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextCursor {
    state: i64,
    devices: i64,
    id: Uuid,
}

impl TextCursor {
    /// The place after a text.
    pub(crate) const fn after(row: &TextRow) -> Self {
        Self {
            state: row.state,
            devices: row.devices,
            id: row.id,
        }
    }
}

impl std::fmt::Display for TextCursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}_{}_{}", self.state, self.devices, self.id)
    }
}

impl std::str::FromStr for TextCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '_');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            state: part()?.parse().map_err(|_| ())?,
            devices: part()?.parse().map_err(|_| ())?,
            id: yagura_kernel::id::parse_uuid(part()?).map_err(|_| ())?,
        })
    }
}

/// The texts of an institution, those of which nobody knows what they mean first, and of them those
/// on the most devices.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn texts(
    database: &Database,
    proof: &Read,
    filter: &TextFilter,
    after: Option<TextCursor>,
    limit: i64,
) -> Result<Vec<TextRow>, StoreError> {
    let mut values: Params = params![proof.organization(), limit];
    let mut sql = format!(
        "SELECT * FROM vuln_texts WHERE organization_id = $1{}",
        filter.conditions(&mut values)
    );
    if let Some(after) = after {
        values.extend(params![after.state, after.devices, after.id]);
        let place = values.len();
        sql.push_str(&format!(
            " AND (state > ${0} OR (state = ${0} AND (devices < ${1}
                OR (devices = ${1} AND id > ${place}))))",
            place - 2,
            place - 1
        ));
    }
    sql.push_str(" ORDER BY state, devices DESC, id LIMIT $2");
    database.rows(ComposedSql(sql), values).await
}

/// How many texts a filter finds.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn count_texts(
    database: &Database,
    proof: &Read,
    filter: &TextFilter,
) -> Result<i64, StoreError> {
    let mut values: Params = params![proof.organization()];
    let sql = format!(
        "SELECT count(*) AS n FROM vuln_texts WHERE organization_id = $1{}",
        filter.conditions(&mut values)
    );
    database.count(ComposedSql(sql), values).await
}

/// How many names of devices and of their OS nobody confirmed. Programs are not counted: nobody
/// can look at thousands of them, and what counts of them is on the page.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn unconfirmed(database: &Database, proof: &Read) -> Result<i64, StoreError> {
    database
        .count(
            "SELECT count(*) AS n FROM vuln_texts
             WHERE organization_id = $1 AND state < $2 AND kind <> 'software'",
            params![proof.organization(), TextState::Shared.rank()],
        )
        .await
}

/// How many packages of distributions and libraries on devices were left out.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn packages(database: &Database, proof: &Read) -> Result<i64, StoreError> {
    database
        .count(
            "SELECT CAST(COALESCE(sum(packages), 0) AS BIGINT) AS n FROM vuln_assets
             WHERE organization_id = $1 AND present = 1",
            params![proof.organization()],
        )
        .await
}

row! {
    /// A device that cannot be judged because its version is not known.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Undecided {
        /// The device.
        pub asset_id: Uuid,
        /// Its name.
        pub name: String,
        /// Until when its maker supports it.
        pub support_until: Option<Date>,
        /// How many vulnerabilities depend on the version.
        pub undecided: i64,
    }
}

/// Devices whose version is not known, those with the most possible vulnerabilities first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn undecided(
    database: &Database,
    proof: &Read,
    limit: i64,
) -> Result<Vec<Undecided>, StoreError> {
    database
        .rows(
            "SELECT asset_id, name, support_until, undecided FROM vuln_assets
             WHERE organization_id = $1 AND undecided > 0
             ORDER BY undecided DESC, asset_id LIMIT $2",
            params![proof.organization(), limit],
        )
        .await
}

row! {
    /// Up to where an institution's register was looked through.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Refreshed {
        /// The newest event of the register at that time.
        pub last_event: Option<Uuid>,
        /// The generation of what was known of products.
        pub names_generation: i64,
        /// When.
        pub refreshed_at: Option<Instant>,
    }
}

/// Up to where an institution's register was looked through.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn refreshed(
    database: &Database,
    organization: OrganizationId,
) -> Result<Option<Refreshed>, StoreError> {
    database
        .optional(
            "SELECT last_event, names_generation, refreshed_at FROM vuln_organizations
             WHERE organization_id = $1",
            params![organization],
        )
        .await
}

/// Notes up to where the register was looked through.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn note_refreshed(
    tx: &mut Transaction,
    proof: &Assess,
    last_event: Option<Uuid>,
    names_generation: i64,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO vuln_organizations (organization_id, last_event, names_generation,
            refreshed_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id) DO UPDATE SET last_event = excluded.last_event,
            names_generation = excluded.names_generation, refreshed_at = excluded.refreshed_at",
        params![proof.organization(), last_event, names_generation, now],
    )
    .await
}
