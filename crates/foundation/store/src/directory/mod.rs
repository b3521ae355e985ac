//! Organisations, their relations, people and their assignments.
//!
//! Every feature stands on these tables, so they belong to the foundation. Functions that change
//! something take a proof from the policy where a person asks for it; the ones that only the
//! program itself uses (imports, set-up, demonstration) are marked so.

mod organizations;
mod people;
mod relations;

pub use organizations::{
    HistoryEntry, NewOrganization, Organization, OrganizationChange, change, count, find_by_code,
    get, history, insert, insert_all, of_kind, search,
};
pub use people::{
    Assignment, AssignmentWithPerson, NewAssignment, NewPerson, Person, assign, assignments_of,
    assignments_of_organization, end_assignment, holders, insert_assignments, insert_people,
    insert_person, names_of, person,
};
pub use relations::{
    NewRelation, Overseer, Relation, customers_of, end_relation, insert_relations, overseen_ids,
    overseers_of, relate, set_sharing, standing, suppliers_of,
};

use crate::Migration;

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "directory_0001_organizations_and_people",
    sql: "
    CREATE TABLE organizations (
        id {uuid} PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        search_key TEXT NOT NULL,
        code TEXT,
        region_code TEXT,
        permitted_beds BIGINT,
        address TEXT,
        phone TEXT,
        email TEXT,
        closed_on TEXT,
        version BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX organizations_by_code ON organizations (code);
    CREATE INDEX organizations_by_search_key ON organizations (search_key);
    CREATE INDEX organizations_by_kind ON organizations (kind, id);
    CREATE TABLE organization_history (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        attribute TEXT NOT NULL,
        value TEXT,
        valid_from TEXT NOT NULL,
        recorded_at BIGINT NOT NULL,
        recorded_by {uuid}
    );
    CREATE INDEX organization_history_by_organization
        ON organization_history (organization_id, attribute, valid_from);
    CREATE TABLE relations (
        id {uuid} PRIMARY KEY,
        kind TEXT NOT NULL,
        from_id {uuid} NOT NULL REFERENCES organizations (id),
        to_id {uuid} NOT NULL REFERENCES organizations (id),
        sharing BIGINT NOT NULL,
        valid_from TEXT NOT NULL,
        valid_until TEXT,
        note TEXT
    );
    CREATE INDEX relations_by_from ON relations (from_id, kind, to_id);
    CREATE INDEX relations_by_to ON relations (to_id, kind, from_id);
    CREATE TABLE people (
        id {uuid} PRIMARY KEY,
        name TEXT NOT NULL,
        name_kana TEXT,
        email TEXT,
        phone TEXT,
        created_at BIGINT NOT NULL
    );
    CREATE TABLE assignments (
        id {uuid} PRIMARY KEY,
        person_id {uuid} NOT NULL REFERENCES people (id),
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        role TEXT NOT NULL,
        valid_from TEXT NOT NULL,
        valid_until TEXT
    );
    CREATE INDEX assignments_by_person ON assignments (person_id);
    CREATE INDEX assignments_by_organization ON assignments (organization_id, role);
    ",
}];
