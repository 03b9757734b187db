"""order-service: accepts orders and tells of them through an outbox."""
