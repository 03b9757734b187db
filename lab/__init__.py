"""The lab: raises the system on a rung of the ladder, breaks it, and proves that it recovered.

Imports go one way: core <- tools <- checks <- stages <- drills <- flows <- tasks (contracts in pyproject.toml).
"""
