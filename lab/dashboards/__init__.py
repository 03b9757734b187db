"""Grafana's dashboards as code: one module each, built from lab.dashboards.parts; gitops/ holds what they make."""
