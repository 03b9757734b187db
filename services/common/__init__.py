"""What the services share: settings, telemetry, HTTP behaviour, data stores, background work."""
