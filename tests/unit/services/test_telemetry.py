"""The end of telemetry: the last spans are exported, unless that takes longer than a service has."""

import threading

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.common.telemetry import shut_down


async def test_the_last_spans_are_exported() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    provider.get_tracer("test").start_span("last").end()
    await shut_down(provider)
    assert [span.name for span in exporter.get_finished_spans()] == ["last"]


async def test_a_collector_that_hangs_is_not_waited_for() -> None:
    answers, ended = threading.Event(), threading.Event()

    class Hanging(TracerProvider):
        def shutdown(self) -> None:
            answers.wait()
            ended.set()

    await shut_down(Hanging(shutdown_on_exit=False))
    assert not ended.is_set()
    answers.set()
    assert ended.wait(10)
