"""Services as processes, as every rung runs them: for tests that speak HTTP and signals."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from lab.core.paths import CHECKOUT


@dataclass
class Running:
    """`python -m services.<name>` with `env`; ended with its context. `output` is what it wrote."""

    name: str
    env: dict[str, str]
    verb: str = "serve"
    output: str = ""
    process: asyncio.subprocess.Process = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"

    async def start(self) -> Self:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"services.{self.name}", self.verb,
            cwd=CHECKOUT, env={**kept, **self.env},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        return self

    async def ended(self) -> int:
        """Wait for the end; return the exit code."""
        out, _ = await asyncio.wait_for(self.process.communicate(), timeout=30)
        self.output += out.decode()
        code = self.process.returncode
        assert code is not None
        return code

    async def __aenter__(self) -> Self:
        await self.start()
        self._reader = asyncio.create_task(self._read())
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            for _ in range(300):
                try:
                    if (await client.get("/health/startup")).status_code == 200:
                        return self
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
        await self.__aexit__(None, None, None)
        raise AssertionError(f"{self.name} did not start: {self.output}")

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), timeout=20)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.output += line.decode()
