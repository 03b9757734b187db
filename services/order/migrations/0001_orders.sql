CREATE TABLE orders (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled')),
    items jsonb NOT NULL,
    total numeric(18, 2) NOT NULL CHECK (total >= 0),
    version int NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL UNIQUE, -- of order.created: what the ledger follows
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX orders_page ON orders (created_at, id);
CREATE INDEX orders_by_user ON orders (user_id, created_at, id);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    event_type text NOT NULL,
    body text NOT NULL,
    traceparent text,
    created_at timestamptz NOT NULL,
    published_at timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE idempotency_keys (
    key text PRIMARY KEY,
    fingerprint text NOT NULL, -- of the request's body
    answer text NOT NULL,      -- the first answer's body
    created_at timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Which queue the relay published to last: another one has lost what was in it (docs/adr/0006).
CREATE TABLE relay_queue (
    name text PRIMARY KEY,
    identity text NOT NULL
);
