"""`docs.picture`: a real run of some tasks, recorded as the README's picture."""

import io
import re

from rich.console import Console
from rich.text import Text

from lab.core import proc
from lab.core.paths import Paths

_WIDTH = 112  # columns
_RUN = (("lab.up", "--runtime", "host", "--plain"), ("lab.verify", "--plain"), ("lab.down", "--plain"))
_STYLES = ((r"^ *[\d.]+s", "dim"), (r"done in [\d.]+ s", "green"), (r"✓|all is well", "bold green"))


def record() -> str:
    """Raise, verify and end the lab on the host rung; write what was said to docs/img/lab-up.svg, return its path.

    Raises CommandError when one of them fails, so that no failure becomes a picture.
    """
    paths = Paths()
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True)
    for words in _RUN:
        said: list[str] = []
        console.print(Text(f"$ ./inv {' '.join(words).removesuffix(' --plain')}", "bold cyan"))
        env = {"COLUMNS": str(_WIDTH), "LAB_BUNDLE": ""}
        proc.run(["./inv", *words], cwd=paths.checkout, env=env, timeout=300, on_line=said.append)
        for line in said:
            console.print(_coloured(line.replace(str(paths.checkout), "~/kubeflow-ops")))
        console.print()
    file = paths.checkout / "docs" / "img" / "lab-up.svg"
    file.parent.mkdir(exist_ok=True)
    console.save_svg(str(file), title="KubeFlow Ops")
    return str(file.relative_to(paths.checkout))


def _coloured(line: str) -> Text:
    text = Text(line)
    for pattern, style in _STYLES:
        for match in re.finditer(pattern, line):
            text.stylize(style, *match.span())
    return text
