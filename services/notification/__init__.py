"""notification-service: tells users of their orders, once for each event."""
