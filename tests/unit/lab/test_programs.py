"""Tools: taken from PATH when the version fits, else downloaded and verified; what can't be had is named."""

import hashlib
import platform
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.errors import CommandError, LabError, UsageError
from lab.core.versions import Lock, Tool
from lab.tools import programs
from tests.full_disk import full_disk

_URL = "https://example.org/v{version}/tool-{os}-{arch}"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty PATH but for one folder, and an empty .lab."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(programs, "Paths", lambda: type("P", (), {"bin": tmp_path / "lab-bin"}))
    programs.program.cache_clear()
    return folder


def pin(monkeypatch: pytest.MonkeyPatch, content: bytes = b"") -> Tool:
    every = {f"{system}-{arch}" for system in ("linux", "darwin") for arch in ("amd64", "arm64")}
    digest = hashlib.sha256(content).hexdigest()
    tool = Tool(
        name="labtool",
        version="1.34.5",
        fits="1.34",
        url=_URL,
        version_command=["version"],
        sha256=dict.fromkeys(every, digest),
    )
    monkeypatch.setattr(programs, "load_lock", lambda: Lock(image=[], chart=[], manifest=[], tool=[tool]))
    return tool


def install(folder: Path, version: str) -> Path:
    file = folder / "labtool"
    file.write_text(f"#!/bin/sh\n[ \"$1\" = version ] || exit 64\necho 'labtool v{version}'\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("version", ["1.34.0", "1.34.9", "1.36.1"])
def test_what_fits_on_path_is_taken(monkeypatch: pytest.MonkeyPatch, found: Path, version: str) -> None:
    pin(monkeypatch)
    installed = install(found, version)
    assert programs.program("labtool") == installed


def test_a_tool_may_have_another_name_on_path(monkeypatch: pytest.MonkeyPatch, found: Path) -> None:
    tool = pin(monkeypatch).model_copy(update={"also": ("kubectl-labtool",)})
    monkeypatch.setattr(programs, "load_lock", lambda: Lock(image=[], chart=[], manifest=[], tool=[], check=[tool]))
    installed = install(found, "1.34.9").rename(found / "kubectl-labtool")
    assert programs.program("labtool") == installed
    install(found, "1.2.3")  # another program, which has the name
    programs.program.cache_clear()
    assert programs.program("labtool") == installed


def test_a_tool_that_is_not_pinned_is_named(monkeypatch: pytest.MonkeyPatch, found: Path) -> None:
    pin(monkeypatch)
    with pytest.raises(UsageError, match="othertool is not pinned"):
        programs.program("othertool")


def test_a_download_may_name_the_machine_as_its_project_does(monkeypatch: pytest.MonkeyPatch, found: Path) -> None:
    tool = pin(monkeypatch).model_copy(update={"url": "https://example.org/tool_{os}_{machine}"})
    monkeypatch.setattr(programs, "load_lock", lambda: Lock(image=[], chart=[], manifest=[], tool=[tool]))
    asked: list[str] = []

    def get(url: str) -> bytes:
        asked.append(url)
        return b""

    monkeypatch.setattr(programs, "_get", get)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    for machine, named in (("x86_64", "x86_64"), ("aarch64", "arm64")):
        monkeypatch.setattr(platform, "machine", lambda machine=machine: machine)
        programs.program.cache_clear()
        programs.program("labtool").unlink()
        assert asked.pop() == f"https://example.org/tool_linux_{named}"


@pytest.mark.parametrize("version", ["1.33.9", "2.0.0", "0.34.5"])
def test_an_old_tool_is_named_with_what_is_wanted(monkeypatch: pytest.MonkeyPatch, found: Path, version: str) -> None:
    pin(monkeypatch)
    install(found, version)
    with pytest.raises(UsageError) as caught:
        programs.program("labtool", offline=True)
    assert f"PATH has labtool {version}, 1.34 or later is wanted" in caught.value.why
    assert "install labtool 1.34 on PATH" in caught.value.fix


@pytest.mark.parametrize("content", [b"#!/no/such/interpreter\n", b"\x7fELF of another machine"])
def test_one_on_path_that_can_not_be_run_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, found: Path, content: bytes
) -> None:
    tool = pin(monkeypatch)
    install(found, "1.34.5").write_bytes(content)
    assert programs.version_of(found / "labtool", tool) == ""
    monkeypatch.setattr(programs, "_get", lambda _url: b"")
    assert programs.program("labtool").name == "labtool-1.34.5"


def test_one_on_path_that_hangs_tells_no_version(monkeypatch: pytest.MonkeyPatch, found: Path) -> None:
    pin(monkeypatch)
    install(found, "1.34.5")

    def hangs(argv: list[str | Path], **_: object) -> proc.Completed:
        raise CommandError(tuple(map(str, argv)), None, why="stopped after its time limit of 20 s", detail="")

    monkeypatch.setattr(proc, "run", hangs)
    with pytest.raises(UsageError) as caught:
        programs.program("labtool", offline=True)
    assert "PATH has labtool that tells no version, 1.34 or later is wanted" in caught.value.why


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "socks://127.0.0.1:9"])
def test_a_proxy_that_can_not_be_spoken_to_is_named(monkeypatch: pytest.MonkeyPatch, found: Path, proxy: str) -> None:
    pin(monkeypatch)
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(UsageError, match="ALL_PROXY can't be used for a download"):
        programs.program("labtool")


def test_a_download_is_verified_and_kept(monkeypatch: pytest.MonkeyPatch, found: Path) -> None:
    content = b"#!/bin/sh\n"
    pin(monkeypatch, content)
    asked: list[str] = []

    def get(url: str) -> bytes:
        asked.append(url)
        return content

    monkeypatch.setattr(programs, "_get", get)
    first = programs.program("labtool")
    assert (first.read_bytes(), first.stat().st_mode & 0o777) == (content, 0o755)
    programs.program.cache_clear()
    assert programs.program("labtool") == first
    assert len(asked) == 1


def test_a_download_of_another_digest_is_refused(monkeypatch: pytest.MonkeyPatch, found: Path) -> None:
    pin(monkeypatch, b"what was released")
    monkeypatch.setattr(programs, "_get", lambda _url: b"something else")
    with pytest.raises(LabError) as caught:
        programs.program("labtool")
    assert "is not what lab.lock pins" in caught.value.what
    assert hashlib.sha256(b"something else").hexdigest() in caught.value.why
    assert not list(found.parent.glob("lab-bin/*"))


@pytest.mark.parametrize(("system", "machine"), [("Linux", "riscv64"), ("Windows", "AMD64")])
def test_an_unsupported_machine_is_told_what_it_can_do(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(UsageError) as caught:
        programs.here()
    assert machine in caught.value.what
    assert "--runtime host" in caught.value.fix


def test_a_tool_of_a_bundle_is_kept_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, found: Path, tmp_path: Path
) -> None:
    pin(monkeypatch)
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    bundled = install(bundle, "1.34.9")
    with full_disk(), pytest.raises(OSError, match="too large"):
        programs.program("labtool", bundle)
    kept = programs.program("labtool", bundle)
    assert kept.parent != found
    assert kept.read_bytes() == bundled.read_bytes()
    assert kept.stat().st_mode & 0o100
