"""An empty queue is asked by one consumer at a time, a full one by all; whose turn it is not knows of a failure."""

import asyncio

import pytest

from services.notification.turns import Turns


class Line:
    """Consumers that ask a queue of `messages`, each receive taking `wait` seconds where there are none."""

    def __init__(self, messages: int, wait: float = 0.05) -> None:
        self.turns, self.messages, self.wait = Turns(), messages, wait
        self.asked = self.at_once = self.most = 0
        self.broken = False

    async def step(self) -> bool:
        async with self.turns.one(self.wait) as mine:
            if not mine:
                return False
            self.asked += 1
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            try:
                await asyncio.sleep(0 if self.messages else self.wait)
                if self.broken:
                    raise ConnectionError("gone")
            finally:
                self.at_once -= 1
            got, self.messages = bool(self.messages), max(self.messages - 1, 0)
            self.turns.found(got)
        return got

    async def work(self, until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            await self.step()
            await asyncio.sleep(0)

    async def all(self, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(*(self.work(until) for _ in range(8)))


async def test_one_consumer_at_a_time_asks_an_empty_queue() -> None:
    line = Line(0)
    await line.all(1)
    assert line.most == 1
    assert 0 < line.asked < 25


async def test_all_ask_a_queue_that_has_messages() -> None:
    line = Line(100_000)
    await line.step()
    await line.all(0.2)
    assert line.most == 8


async def test_what_arrives_in_an_empty_queue_wakes_the_others() -> None:
    line = Line(0, wait=0.2)
    working = asyncio.create_task(line.all(1.5))
    await asyncio.sleep(0.5)
    assert line.most == 1
    line.messages = 100_000
    await working
    assert line.most == 8


async def test_whose_turn_it_is_not_fails_as_long_as_the_queue_does() -> None:
    line = Line(0, wait=0.1)
    line.broken = True
    with pytest.raises(ConnectionError):
        await line.step()
    asking = asyncio.create_task(line.step())
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError):
            async with line.turns.one(0.01):
                pass
    line.broken = False
    assert await asking is False
    assert await line.step() is False
