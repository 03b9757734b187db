"""Idempotent steps to a state, declared with what they need."""
