"""Grafana's HTTP API: the dashboards it has, its datasources, and what is asked of them through it."""

import weakref
from dataclasses import dataclass
from typing import Any

import httpx

from lab.tools.answers import expected
from lab.tools.fields import Body, bodies, body, text

_MOST = "5000"  # dashboards that one search answers
_FIX = "./inv lab.kubectl 'get pods --namespace monitoring'"


@dataclass(frozen=True)
class Datasource:
    """A datasource; `service_map` is the uid of the one that holds a Tempo's service graph, "" for none."""

    uid: str
    type: str
    service_map: str = ""


class Grafana:
    """A client of one Grafana, as a user who may see its datasources. Every method raises AnswerError."""

    def __init__(self, url: str, user: str, password: str, timeout: float = 30) -> None:
        self._client = httpx.Client(base_url=url, auth=(user, password), timeout=timeout, trust_env=False)
        weakref.finalize(self, self._client.close)

    def dashboards(self, tag: str = "") -> list[Body]:
        """Return the content of every dashboard, or of those with a tag."""
        found = self._get("/api/search", {"type": "dash-db", "limit": _MOST, **({"tag": tag} if tag else {})})
        uids = [text(item, "uid") for item in bodies({"found": found}, "found")]
        return [body(self._get(f"/api/dashboards/uid/{uid}", {}), "dashboard") for uid in uids]

    def datasources(self) -> dict[str, Datasource]:
        """Return every datasource by its uid."""
        found = bodies({"found": self._get("/api/datasources", {})}, "found")
        made = (
            Datasource(text(item, "uid"), text(item, "type"), text(item, "jsonData", "serviceMap", "datasourceUid"))
            for item in found
        )
        return {source.uid: source for source in made}

    def ask(self, uid: str, path: str, params: dict[str, str]) -> Any:
        """Return what a datasource answers to GET `path`, asked through Grafana."""
        return self._get(f"/api/datasources/proxy/uid/{uid}{path}", params)

    def _get(self, path: str, params: dict[str, str]) -> Any:
        with expected("Grafana", _FIX):
            return self._client.get(path, params=params).raise_for_status().json()
