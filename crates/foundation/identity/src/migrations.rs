//! The tables.

use yagura_store::Migration;

/// The tables, after those of `yagura-store`.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "identity_0001_accounts",
        sql: "
    CREATE TABLE accounts (
        id {uuid} PRIMARY KEY,
        person_id {uuid} NOT NULL REFERENCES people (id),
        login TEXT NOT NULL,
        login_verified BIGINT NOT NULL,
        password_hash TEXT,
        password_changed_at BIGINT,
        status TEXT NOT NULL,
        last_organization_id {uuid} REFERENCES organizations (id),
        last_sign_in_at BIGINT,
        created_at BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX accounts_by_login ON accounts (login);
    CREATE UNIQUE INDEX accounts_by_person ON accounts (person_id);
    CREATE TABLE totp_secrets (
        account_id {uuid} PRIMARY KEY REFERENCES accounts (id),
        sealed {blob},
        confirmed_at BIGINT,
        last_step BIGINT NOT NULL,
        pending {blob},
        pending_since BIGINT
    );
    CREATE TABLE passkeys (
        id {uuid} PRIMARY KEY,
        account_id {uuid} NOT NULL REFERENCES accounts (id),
        credential_id {blob} NOT NULL,
        credential TEXT NOT NULL,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        last_used_at BIGINT
    );
    CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (credential_id);
    CREATE INDEX passkeys_by_account ON passkeys (account_id);
    CREATE TABLE recovery_codes (
        id {uuid} PRIMARY KEY,
        account_id {uuid} NOT NULL REFERENCES accounts (id),
        hash {blob} NOT NULL,
        created_at BIGINT NOT NULL,
        used_at BIGINT
    );
    CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id);
    ",
    },
    Migration {
        name: "identity_0002_sessions",
        sql: "
    CREATE TABLE sessions (
        id {uuid} PRIMARY KEY,
        token_hash {blob} NOT NULL,
        account_id {uuid} NOT NULL REFERENCES accounts (id),
        organization_id {uuid} REFERENCES organizations (id),
        confined_to {uuid} REFERENCES organizations (id),
        level TEXT NOT NULL,
        method TEXT NOT NULL,
        second_factor BIGINT NOT NULL,
        second_factor_at BIGINT,
        authenticated_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        last_seen_at BIGINT NOT NULL,
        idle_micros BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        user_agent TEXT NOT NULL,
        address_family TEXT NOT NULL
    );
    CREATE UNIQUE INDEX sessions_by_token ON sessions (token_hash);
    CREATE INDEX sessions_by_account ON sessions (account_id);
    CREATE INDEX sessions_by_expiry ON sessions (expires_at);
    CREATE TABLE ceremonies (
        token_hash {blob} PRIMARY KEY,
        kind TEXT NOT NULL,
        session_id {uuid},
        binding_hash {blob},
        state {blob} NOT NULL,
        expires_at BIGINT NOT NULL
    );
    CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);
    CREATE TABLE sign_in_attempts (
        kind TEXT NOT NULL,
        subject {blob} NOT NULL,
        failures BIGINT NOT NULL,
        last_failure_at BIGINT NOT NULL,
        blocked_until BIGINT NOT NULL,
        PRIMARY KEY (kind, subject)
    );
    CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (last_failure_at);
    ",
    },
    Migration {
        name: "identity_0003_invitations_and_tokens",
        sql: "
    CREATE TABLE invitations (
        id {uuid} PRIMARY KEY,
        token_hash {blob} NOT NULL,
        kind TEXT NOT NULL,
        purpose TEXT NOT NULL,
        organization_id {uuid} REFERENCES organizations (id),
        addressee TEXT,
        created_by {uuid},
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        used_at BIGINT,
        used_by {uuid},
        revoked_at BIGINT,
        opens BIGINT NOT NULL,
        last_opened_at BIGINT
    );
    CREATE UNIQUE INDEX invitations_by_token ON invitations (token_hash);
    CREATE INDEX invitations_by_organization ON invitations (organization_id, created_at);
    CREATE TABLE api_tokens (
        id {uuid} PRIMARY KEY,
        hash {blob} NOT NULL,
        prefix TEXT NOT NULL,
        name TEXT NOT NULL,
        account_id {uuid} NOT NULL REFERENCES accounts (id),
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        scopes TEXT NOT NULL,
        second_factor BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        last_used_at BIGINT,
        revoked_at BIGINT
    );
    CREATE UNIQUE INDEX api_tokens_by_hash ON api_tokens (hash);
    CREATE INDEX api_tokens_by_account ON api_tokens (account_id);
    CREATE INDEX api_tokens_by_organization ON api_tokens (organization_id);
    ",
    },
    Migration {
        name: "identity_0004_identity_providers",
        sql: "
    CREATE TABLE identity_providers (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        name TEXT NOT NULL,
        issuer TEXT NOT NULL,
        client_id TEXT NOT NULL,
        client_secret {blob},
        allowed_domains TEXT NOT NULL,
        trusts_second_factor BIGINT NOT NULL,
        enabled BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    );
    CREATE INDEX identity_providers_by_organization ON identity_providers (organization_id);
    CREATE TABLE identity_provider_links (
        provider_id {uuid} NOT NULL REFERENCES identity_providers (id),
        subject TEXT NOT NULL,
        account_id {uuid} NOT NULL REFERENCES accounts (id),
        linked_at BIGINT NOT NULL,
        PRIMARY KEY (provider_id, subject)
    );
    CREATE INDEX identity_provider_links_by_account ON identity_provider_links (account_id);
    ",
    },
];
