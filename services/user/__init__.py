"""user-service: who may order."""
