use yagura_store::Migration;

/// The tables of this feature.
pub const MIGRATIONS: &[Migration] = &[SHEETS, FEW_AMONG_MANY];

const SHEETS: Migration = Migration {
    name: "checklists_0001_sheets",
    // vendor_id is the nil UUID on an institution's own sheet: a unique key takes NULLs for
    // different. item_keys are the keys of the rows in the order of cells, so that a change of
    // evidence needs no pack.
    sql: "
    CREATE TABLE sheets (
        id {uuid} PRIMARY KEY,
        owner_id {uuid} NOT NULL REFERENCES organizations (id),
        fiscal_year BIGINT NOT NULL,
        kind TEXT NOT NULL,
        vendor_id {uuid} NOT NULL,
        pack_id TEXT NOT NULL,
        pack_version TEXT NOT NULL,
        item_keys TEXT NOT NULL,
        gate BIGINT,
        gate_on TEXT,
        vendor_contract BIGINT,
        vendor_contract_on TEXT,
        confirmed_on TEXT,
        header_version BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        cells TEXT NOT NULL,
        verified BIGINT NOT NULL,
        documented BIGINT NOT NULL,
        declared BIGINT NOT NULL,
        no_count BIGINT NOT NULL,
        contradiction BIGINT NOT NULL,
        unanswered BIGINT NOT NULL,
        not_applicable BIGINT NOT NULL,
        urgency BIGINT NOT NULL,
        next_target TEXT,
        opened_at BIGINT NOT NULL,
        opened_by {uuid},
        changed_at BIGINT NOT NULL,
        round1_done_at BIGINT
    );
    CREATE UNIQUE INDEX sheets_by_owner ON sheets (owner_id, fiscal_year, kind, vendor_id);
    CREATE INDEX sheets_by_vendor ON sheets (vendor_id, fiscal_year, owner_id)
        WHERE kind = 'vendor';
    CREATE TABLE answers (
        sheet_id {uuid} NOT NULL REFERENCES sheets (id),
        item_key TEXT NOT NULL,
        version BIGINT NOT NULL,
        first_answer BIGINT,
        first_on TEXT,
        first_by {uuid},
        target_on TEXT,
        second_answer BIGINT,
        second_on TEXT,
        second_by {uuid},
        remark TEXT NOT NULL,
        changed_at BIGINT NOT NULL,
        changed_by {uuid},
        PRIMARY KEY (sheet_id, item_key)
    );
    CREATE TABLE answer_history (
        id {uuid} PRIMARY KEY,
        sheet_id {uuid} NOT NULL REFERENCES sheets (id),
        item_key TEXT NOT NULL,
        changed_at BIGINT NOT NULL,
        changed_by {uuid},
        organization_id {uuid} NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        source TEXT NOT NULL
    );
    CREATE INDEX answer_history_by_sheet ON answer_history (sheet_id, id);
    CREATE INDEX answer_history_by_item ON answer_history (sheet_id, item_key, id);
    CREATE TABLE declined_drafts (
        sheet_id {uuid} NOT NULL REFERENCES sheets (id),
        item_key TEXT NOT NULL,
        declined_at BIGINT NOT NULL,
        declined_by {uuid},
        PRIMARY KEY (sheet_id, item_key)
    );
    CREATE TABLE probe_results (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        probe TEXT NOT NULL,
        decides BIGINT NOT NULL,
        outcome TEXT NOT NULL,
        finding TEXT NOT NULL,
        covered BIGINT NOT NULL,
        total BIGINT NOT NULL,
        measured_at BIGINT NOT NULL,
        valid_until BIGINT NOT NULL,
        PRIMARY KEY (organization_id, probe)
    );
    CREATE TABLE self_checks (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        person_id {uuid} NOT NULL REFERENCES people (id),
        pack_id TEXT NOT NULL,
        pack_version TEXT NOT NULL,
        audience TEXT NOT NULL,
        checked_on TEXT NOT NULL,
        ticked TEXT NOT NULL,
        ticked_count BIGINT NOT NULL,
        boxes BIGINT NOT NULL,
        recorded_at BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX self_checks_by_person
        ON self_checks (organization_id, person_id, pack_id, audience, checked_on);
    CREATE TABLE overseen_sheets (
        overseer_id {uuid} NOT NULL,
        fiscal_year BIGINT NOT NULL,
        member_id {uuid} NOT NULL,
        kind TEXT NOT NULL,
        size_group TEXT NOT NULL,
        name TEXT NOT NULL,
        search_key TEXT NOT NULL,
        region_code TEXT,
        permitted_beds BIGINT,
        sharing BIGINT NOT NULL,
        sheet_id {uuid},
        pack_id TEXT,
        pack_version TEXT,
        cells TEXT NOT NULL,
        verified BIGINT NOT NULL,
        documented BIGINT NOT NULL,
        declared BIGINT NOT NULL,
        no_count BIGINT NOT NULL,
        contradiction BIGINT NOT NULL,
        unanswered BIGINT NOT NULL,
        not_applicable BIGINT NOT NULL,
        answered BIGINT NOT NULL,
        applicable BIGINT NOT NULL,
        urgency BIGINT NOT NULL,
        next_target TEXT,
        opened_at BIGINT,
        round1_done_at BIGINT,
        changed_at BIGINT NOT NULL,
        PRIMARY KEY (overseer_id, fiscal_year, member_id)
    );
    CREATE INDEX overseen_sheets_by_urgency
        ON overseen_sheets (overseer_id, fiscal_year, urgency DESC, member_id);
    CREATE INDEX overseen_sheets_by_group
        ON overseen_sheets (overseer_id, fiscal_year, size_group, urgency DESC, member_id);
    CREATE INDEX overseen_sheets_by_name
        ON overseen_sheets (overseer_id, fiscal_year, search_key, member_id);
    CREATE INDEX overseen_sheets_by_member ON overseen_sheets (member_id, fiscal_year);
    CREATE TABLE region_statistics (
        overseer_id {uuid} NOT NULL,
        fiscal_year BIGINT NOT NULL,
        size_group TEXT NOT NULL,
        figures TEXT NOT NULL,
        computed_at BIGINT NOT NULL,
        PRIMARY KEY (overseer_id, fiscal_year, size_group)
    );
    ",
};

/// Those who never opened it, or contradict, are few among the members of a country: without these
/// a page of them is looked for among all.
const FEW_AMONG_MANY: Migration = Migration {
    name: "checklists_0002_few_among_many",
    sql: "
    CREATE INDEX overseen_sheets_not_opened
        ON overseen_sheets (overseer_id, fiscal_year, urgency DESC, member_id)
        WHERE opened_at IS NULL;
    CREATE INDEX overseen_sheets_contradicting
        ON overseen_sheets (overseer_id, fiscal_year, urgency DESC, member_id)
        WHERE contradiction > 0;
    ",
};
