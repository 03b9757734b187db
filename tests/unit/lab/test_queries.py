"""A dashboard's variables: what Grafana puts in their place when it is opened."""

from lab.checks.queries import built_in, chosen, resolve
from lab.tools.grafana import Datasource


def test_times_are_in_the_place_of_their_names() -> None:
    values = built_in(3600, 60)
    assert resolve("[$__range] [${__interval}] [$__rate_interval] [$__auto]", values) == "[3600s] [60s] [75s] [60s]"
    for kept in ('label_replace(up, "a", "$1", "b", "(.*)$")', 'label_replace(up, "a", "${1}x", "b", "(.*)")'):
        assert resolve(kept, values) == kept


def test_a_datasource_variable_keeps_its_choice_while_that_is_there() -> None:
    sources = {uid: Datasource(uid, "prometheus") for uid in ("one", "two")}
    for current, wanted in (("two", "two"), ("gone", "one")):
        one = {"name": "source", "type": "datasource", "query": "prometheus", "current": {"value": current}}
        assert chosen({"templating": {"list": [one]}}, sources) == {"source": wanted}
