-- The tables of the M2M stand-in (reference/m2m.md 3 to 7). Instants are texts in the partner's format
-- (UTC with milliseconds), which sort in time order. There is no column for card numbers: a card is a
-- vault token, a brand and the last four digits.

CREATE TABLE IF NOT EXISTS partners (
    partner_id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    default_minutes INTEGER NOT NULL CHECK (default_minutes BETWEEN 5 AND 10080),
    theme TEXT,
    language TEXT CHECK (language IN ('en', 'es')),
    payment_methods TEXT NOT NULL,
    webhook_url TEXT,
    webhook_secret TEXT NOT NULL,
    given_secret TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS api_keys (
    digest TEXT PRIMARY KEY,
    partner_id TEXT NOT NULL REFERENCES partners,
    prefix TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS users (
    user_id TEXT PRIMARY KEY,
    partner_id TEXT NOT NULL REFERENCES partners,
    reference_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'pending', 'data_incomplete', 'data_complete', 'cip_pending', 'cip_verified', 'cip_failed')),
    blocked INTEGER NOT NULL DEFAULT 0,
    blocked_reason TEXT,
    blocked_at TEXT,
    created_at TEXT NOT NULL,
    last_activity_at TEXT NOT NULL,
    next_verdict TEXT CHECK (next_verdict IN ('verified', 'failed', 'pending')),
    UNIQUE (partner_id, reference_id)
) STRICT;

CREATE TABLE IF NOT EXISTS user_fields (
    user_id TEXT NOT NULL REFERENCES users,
    path TEXT NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('partner_api', 'partner_webhook', 'widget')),
    PRIMARY KEY (user_id, path)
) STRICT;

CREATE TABLE IF NOT EXISTS payout_methods (
    payout_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users,
    method TEXT NOT NULL,
    UNIQUE (user_id, method)
) STRICT;

CREATE TABLE IF NOT EXISTS cards (
    card_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users,
    token TEXT NOT NULL,
    brand TEXT NOT NULL,
    last_four TEXT NOT NULL CHECK (length(last_four) = 4),
    UNIQUE (user_id, token)
) STRICT;

CREATE TABLE IF NOT EXISTS links (
    link_id TEXT PRIMARY KEY,
    partner_id TEXT NOT NULL REFERENCES partners,
    user_id TEXT NOT NULL REFERENCES users,
    status TEXT NOT NULL CHECK (status IN ('created', 'opened', 'revoked')),
    token TEXT NOT NULL UNIQUE,
    flow TEXT NOT NULL,
    theme TEXT,
    language TEXT CHECK (language IN ('en', 'es')),
    callback_url TEXT,
    metadata TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    opened_at TEXT,
    revoked_at TEXT,
    revoke_reason TEXT,
    payout_id TEXT REFERENCES payout_methods,
    card_id TEXT REFERENCES cards
) STRICT;
CREATE INDEX IF NOT EXISTS links_of_user ON links (user_id);

CREATE TABLE IF NOT EXISTS activity (
    link_id TEXT NOT NULL REFERENCES links,
    type TEXT NOT NULL,
    at TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS activity_of_link ON activity (link_id);

CREATE TABLE IF NOT EXISTS operations (
    operation_id TEXT PRIMARY KEY,
    partner_id TEXT NOT NULL REFERENCES partners,
    link_id TEXT NOT NULL UNIQUE REFERENCES links,
    status TEXT NOT NULL CHECK (status IN ('created', 'processing', 'completed', 'failed', 'cancelled')),
    amount TEXT,
    funding TEXT,
    payout TEXT,
    created_at TEXT NOT NULL,
    completed_at TEXT,
    failed_at TEXT,
    failure_reason TEXT,
    cancelled_at TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS data_requests (
    request_id TEXT PRIMARY KEY,
    link_id TEXT NOT NULL UNIQUE REFERENCES links,
    required TEXT NOT NULL,
    created_at TEXT NOT NULL,
    fulfilled_at TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS cip_tickets (
    ticket_id TEXT PRIMARY KEY,
    link_id TEXT NOT NULL REFERENCES links,
    status TEXT NOT NULL CHECK (status IN ('pending', 'verified', 'failed')),
    created_at TEXT NOT NULL,
    scanned_at TEXT,
    liveness_at TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS deliveries (
    delivery_id TEXT PRIMARY KEY,
    link_id TEXT NOT NULL REFERENCES links,
    event TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    url TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    response_status INTEGER,
    error TEXT,
    created_at TEXT NOT NULL,
    last_attempt_at TEXT,
    next_attempt_at TEXT,
    delivered_at TEXT
) STRICT;
