//! The tables of this feature, and every query on them.
//!
//! What feeds say belongs to the installation and to nobody's institution; it is written with
//! `ManageFeeds` and read inside the program. What is found on devices belongs to the institution.

pub(crate) mod dictionary;
pub(crate) mod feeds;
pub(crate) mod findings;
pub(crate) mod matches;
pub(crate) mod products;
pub(crate) mod region;
pub(crate) mod requests;

use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{ActionType, Actor, Authorized};
use yagura_store::{Migration, StoreError};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "vulnerabilities_0001_feeds_and_findings",
        sql: "
    CREATE TABLE vuln_feeds (
        feed TEXT PRIMARY KEY,
        attempted_at BIGINT,
        succeeded_at BIGINT,
        as_of BIGINT,
        records BIGINT NOT NULL,
        set_aside BIGINT NOT NULL,
        examples TEXT NOT NULL,
        error TEXT,
        resume TEXT
    );
    CREATE TABLE vuln_counters (
        name TEXT PRIMARY KEY,
        value BIGINT NOT NULL
    );
    INSERT INTO vuln_counters (name, value) VALUES ('generation', 0), ('matched', 0), ('names', 0),
        ('busy', 0);
    CREATE TABLE vulnerabilities (
        id BIGINT PRIMARY KEY,
        title_ja TEXT,
        title_en TEXT,
        description_ja TEXT,
        description_en TEXT,
        cvss_tenths BIGINT,
        cvss_version TEXT,
        cvss_vector TEXT,
        published_at BIGINT,
        modified_at BIGINT,
        rejected BIGINT NOT NULL,
        jvn TEXT,
        links TEXT NOT NULL,
        kev_added TEXT,
        kev_due TEXT,
        kev_ransomware BIGINT NOT NULL,
        kev_action TEXT,
        epss DOUBLE PRECISION,
        epss_percentile DOUBLE PRECISION,
        weight BIGINT NOT NULL,
        changed_in BIGINT NOT NULL,
        weighed_in BIGINT NOT NULL
    );
    CREATE INDEX vulnerabilities_by_change ON vulnerabilities (changed_in, id);
    CREATE INDEX vulnerabilities_by_weighing ON vulnerabilities (weighed_in, id);
    CREATE INDEX vulnerabilities_by_kev ON vulnerabilities (kev_added) WHERE kev_added IS NOT NULL;
    CREATE TABLE vuln_statements (
        vulnerability_id BIGINT NOT NULL,
        source BIGINT NOT NULL,
        document TEXT NOT NULL,
        modified_at BIGINT,
        digest TEXT NOT NULL,
        body {blob} NOT NULL,
        PRIMARY KEY (vulnerability_id, source, document)
    );
    CREATE TABLE vuln_listed_products (
        vendor TEXT NOT NULL,
        product TEXT NOT NULL,
        cpe TEXT NOT NULL,
        PRIMARY KEY (vendor, product, cpe)
    );
    CREATE TABLE vuln_dictionary (
        id {uuid} PRIMARY KEY,
        organization_id {uuid},
        text_key TEXT NOT NULL,
        text TEXT NOT NULL,
        cpes TEXT NOT NULL,
        decided_at BIGINT NOT NULL,
        decided_by {uuid}
    );
    CREATE UNIQUE INDEX vuln_dictionary_own
        ON vuln_dictionary (organization_id, text_key) WHERE organization_id IS NOT NULL;
    CREATE UNIQUE INDEX vuln_dictionary_shared
        ON vuln_dictionary (text_key) WHERE organization_id IS NULL;
    CREATE INDEX vuln_dictionary_by_text ON vuln_dictionary (text_key, id);
    CREATE TABLE vuln_organizations (
        organization_id {uuid} PRIMARY KEY REFERENCES organizations (id),
        last_event {uuid},
        names_generation BIGINT NOT NULL,
        refreshed_at BIGINT
    );
    CREATE TABLE vuln_sets (
        id {uuid} PRIMARY KEY,
        digest TEXT NOT NULL,
        cpes TEXT NOT NULL
    );
    CREATE UNIQUE INDEX vuln_sets_by_digest ON vuln_sets (digest);
    CREATE TABLE vuln_assets (
        asset_id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        name TEXT NOT NULL,
        department TEXT NOT NULL,
        system_id {uuid},
        vendor_id {uuid},
        exposure BIGINT NOT NULL,
        importance BIGINT NOT NULL,
        support_until TEXT,
        set_id {uuid} REFERENCES vuln_sets (id),
        set_changed BIGINT NOT NULL,
        undecided BIGINT NOT NULL,
        present BIGINT NOT NULL,
        texts TEXT NOT NULL
    );
    CREATE INDEX vuln_assets_by_organization ON vuln_assets (organization_id, asset_id);
    CREATE INDEX vuln_assets_by_set ON vuln_assets (set_id, asset_id);
    CREATE INDEX vuln_assets_by_change ON vuln_assets (set_changed, asset_id);
    CREATE TABLE vuln_texts (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        text_key TEXT NOT NULL,
        text TEXT NOT NULL,
        kind TEXT NOT NULL,
        state BIGINT NOT NULL,
        score BIGINT NOT NULL,
        devices BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX vuln_texts_by_key ON vuln_texts (organization_id, text_key, kind);
    CREATE INDEX vuln_texts_by_state ON vuln_texts (organization_id, state, id);
    CREATE TABLE vuln_findings (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        asset_id {uuid} NOT NULL REFERENCES vuln_assets (asset_id),
        vulnerability_id BIGINT NOT NULL,
        state TEXT NOT NULL,
        is_open BIGINT NOT NULL,
        justification TEXT,
        note TEXT NOT NULL,
        accepted_until TEXT,
        decided_by {uuid},
        decided_at BIGINT,
        source BIGINT NOT NULL,
        confidence BIGINT NOT NULL,
        reason TEXT NOT NULL,
        conditional BIGINT NOT NULL,
        certainty BIGINT NOT NULL,
        detail TEXT NOT NULL,
        urgency BIGINT NOT NULL,
        asset_weight BIGINT NOT NULL,
        due_on TEXT NOT NULL,
        found_at BIGINT NOT NULL,
        told BIGINT NOT NULL,
        revision BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX vuln_findings_by_asset ON vuln_findings (asset_id, vulnerability_id);
    CREATE INDEX vuln_findings_by_urgency
        ON vuln_findings (organization_id, is_open, urgency, id);
    CREATE INDEX vuln_findings_by_vulnerability
        ON vuln_findings (vulnerability_id, organization_id, id);
    CREATE INDEX vuln_findings_by_due ON vuln_findings (organization_id, is_open, due_on);
    CREATE INDEX vuln_findings_untold ON vuln_findings (organization_id, id) WHERE told = 0;
    CREATE INDEX vuln_findings_accepted ON vuln_findings (accepted_until)
        WHERE accepted_until IS NOT NULL;
    CREATE TABLE vuln_finding_events (
        id {uuid} PRIMARY KEY,
        finding_id {uuid} NOT NULL REFERENCES vuln_findings (id),
        at BIGINT NOT NULL,
        by_person {uuid},
        event TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX vuln_finding_events_by_finding ON vuln_finding_events (finding_id, id);
    ",
    },
    Migration {
        // Programs join the matching, so that every register is looked through and every device is
        // matched once more; vendors are asked.
        name: "vulnerabilities_0002_programs_and_vendors",
        sql: "
    ALTER TABLE vuln_assets ADD COLUMN identified BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE vuln_assets ADD COLUMN in_use BIGINT NOT NULL DEFAULT 1;
    ALTER TABLE vuln_assets ADD COLUMN patch_known BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE vuln_assets ADD COLUMN packages BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE vuln_findings ADD COLUMN product TEXT NOT NULL DEFAULT '';
    ALTER TABLE vuln_organizations ADD COLUMN asks_by_itself BIGINT NOT NULL DEFAULT 0;
    DROP INDEX vuln_texts_by_state;
    CREATE INDEX vuln_texts_by_state ON vuln_texts (organization_id, state, devices, id);
    UPDATE vuln_assets SET set_changed = set_changed + 1 WHERE set_id IS NOT NULL;
    UPDATE vuln_counters SET value = value + 1 WHERE name = 'names';
    CREATE TABLE vuln_requests (
        id {uuid} PRIMARY KEY,
        finding_id {uuid} NOT NULL REFERENCES vuln_findings (id),
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        vendor_id {uuid} NOT NULL REFERENCES organizations (id),
        state TEXT NOT NULL,
        due_on TEXT NOT NULL,
        message TEXT NOT NULL,
        asked_at BIGINT NOT NULL,
        asked_by {uuid},
        told BIGINT NOT NULL,
        status TEXT,
        justification TEXT,
        statement TEXT NOT NULL,
        fixed_version TEXT NOT NULL,
        planned_on TEXT,
        answered_at BIGINT,
        answered_by {uuid},
        told_back BIGINT NOT NULL,
        revision BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX vuln_requests_by_finding ON vuln_requests (finding_id);
    CREATE INDEX vuln_requests_by_vendor ON vuln_requests (vendor_id, state, due_on, id);
    CREATE INDEX vuln_requests_by_organization ON vuln_requests (organization_id, state, id);
    CREATE TABLE vuln_vex_uploads (
        id {uuid} PRIMARY KEY,
        vendor_id {uuid} NOT NULL REFERENCES organizations (id),
        created_at BIGINT NOT NULL,
        created_by {uuid},
        file_name TEXT NOT NULL,
        content TEXT NOT NULL,
        applied_at BIGINT,
        answered BIGINT NOT NULL
    );
    CREATE INDEX vuln_vex_uploads_by_vendor ON vuln_vex_uploads (vendor_id, id);
    ",
    },
];

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum VulnerabilityError {
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// What was stored of a feed cannot be read again.
    #[error(transparent)]
    Body(#[from] crate::model::body::BodyError),
    /// The compiled index could not be made.
    #[error("the index of vulnerabilities could not be made: {0}")]
    Index(String),
    /// The store failed, or somebody else changed the record meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VulnerabilityError> for yagura_web::WebError {
    fn from(error: VulnerabilityError) -> Self {
        match error {
            VulnerabilityError::NotFound => Self::NotFound,
            VulnerabilityError::Store(error) => error.into(),
            error => Self::Internal(error.to_string()),
        }
    }
}

pub(crate) fn person_of<A: ActionType>(proof: &Authorized<A>) -> Option<PersonId> {
    match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    }
}
