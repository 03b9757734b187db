CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE, -- one notification for each event, however often it is delivered
    event_type text NOT NULL,
    order_id uuid NOT NULL,
    user_id uuid NOT NULL,
    version int NOT NULL,
    body text NOT NULL,
    occurred_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    deliveries int NOT NULL DEFAULT 1
);
CREATE INDEX notifications_by_order ON notifications (order_id, version);
CREATE INDEX notifications_page ON notifications (sent_at, id);
