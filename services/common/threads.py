"""A few threads for calls that block; daemons, unlike an executor's: a call that hangs does not hold the exit."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any


class Threads:
    """Runs calls in up to `count` threads, which begin with the first calls."""

    def __init__(self, count: int, name: str) -> None:
        self._left, self._name, self._closed = count, name, False
        self._work: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)

    def run[T](self, call: Callable[[], T]) -> Future[T]:
        """Return what will be the call's result; its cancellation drops a call that has not begun.

        Raises RuntimeError after `close`.
        """
        if self._closed:
            raise RuntimeError(f"{self._name} is closed")
        result: Future[T] = Future()
        self._work.put((result, call))
        if not self._idle.acquire(blocking=False) and self._left:
            self._left -= 1
            threading.Thread(target=self._serve, name=f"{self._name}-{self._left}", daemon=True).start()
        return result

    def close(self) -> None:
        """Cancel calls that have not begun; the threads end, each after the call it is in."""
        self._closed = True
        while True:
            try:
                waiting = self._work.get_nowait()
            except Empty:
                break
            if waiting is not None:
                waiting[0].cancel()
        self._work.put(None)

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            result, call = item
            if result.set_running_or_notify_cancel():
                try:
                    result.set_result(call())
                except BaseException as error:  # noqa: BLE001 - it is the caller's
                    result.set_exception(error)
            del item, result, call  # a thread that rests keeps nothing alive
            self._idle.release()
        self._work.put(None)  # for the next thread
