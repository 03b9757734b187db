"""Who asks an empty queue: one consumer of a process, until it gets something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Turns:
    """Shared by a process's consumers. While the queue has messages each may ask; once it had none, one at a time.

    A receive that finds nothing costs as much as one that finds ten messages, here and in AWS's bill.
    """

    def __init__(self) -> None:
        self._full = asyncio.Event()
        self._asking = 0
        self._failed: Exception | None = None

    @asynccontextmanager
    async def one(self, seconds: float) -> AsyncIterator[bool]:
        """Yield whether to ask the queue now; waits up to `seconds` for another consumer's receive to find something.

        Raises what the last receive raised for a consumer whose turn it is not: it is not well either.
        """
        if self._asking and not self._full.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), seconds)
        if self._asking and not self._full.is_set():
            if self._failed is not None:
                raise self._failed.with_traceback(None)
            yield False
            return
        self._asking += 1
        try:
            yield True
            self._failed = None
        except Exception as error:
            self._failed = error
            raise
        finally:
            self._asking -= 1

    def found(self, messages: int) -> None:
        """Tell what a receive found."""
        if messages:
            self._full.set()
        else:
            self._full.clear()
