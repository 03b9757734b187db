"""Boxes on a grid, frames around them, arrows between them; drawn as one SVG that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

type Side = Literal["left", "right", "top", "bottom"]
type Kind = Literal["ours", "theirs", "data", "outside"]

_COLUMN, _ROW = 214.0, 104.0  # from one box to the next, in SVG units
_WIDTH, _HEIGHT = 154.0, 52.0  # of a box
_EDGE, _TITLE, _PAD = 36.0, 46.0, 20.0  # around all; above the grid; around the boxes of a frame
_CHARACTER = 6.1  # width of one of an arrow's label, about
_FILL: dict[Kind, tuple[str, str]] = {
    "ours": ("#eff4ff", "#175cd3"),
    "theirs": ("#ffffff", "#98a2b3"),
    "data": ("#ecfdf3", "#067647"),
    "outside": ("#f2f4f7", "#667085"),
}
_STEP: dict[Side, tuple[int, int]] = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}


@dataclass(frozen=True)
class Box:
    """A thing at a place of the grid, counted from 0 and in parts too; `note` is its second line."""

    name: str
    column: float
    row: float
    kind: Kind = "theirs"
    note: str = ""

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        left, top = _EDGE + _PAD + self.column * _COLUMN, _TITLE + _EDGE + self.row * _ROW
        return left, top, left + _WIDTH, top + _HEIGHT


@dataclass(frozen=True)
class Frame:
    """What belongs together: a line around boxes, with a title."""

    title: str
    boxes: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
    """From a side of a box or frame to a side of another, with words beside its middle.

    `shift` moves where it leaves and arrives along those sides, in SVG units, so that two arrows do not meet.
    """

    start: str
    leaves: Side
    end: str
    arrives: Side
    words: str = ""
    dashed: bool = False
    shift: tuple[float, float] = (0, 0)


@dataclass(frozen=True)
class Diagram:
    """All of it; names of boxes and titles of frames are what arrows go between."""

    title: str
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    arrows: tuple[Arrow, ...]


def svg(diagram: Diagram) -> str:
    """Draw a diagram. Raises KeyError for an arrow or frame that names what is not there."""
    rects = {box.name: box.rect for box in diagram.boxes}
    frames = {frame.title: _around([rects[name] for name in frame.boxes]) for frame in diagram.frames}
    every = [*rects.values(), *frames.values()]
    width, height = max(r[2] for r in every) + _EDGE, max(r[3] for r in every) + _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"',
        f'  aria-label="{escape(diagram.title)}" font-family="system-ui, sans-serif" font-size="13" fill="#1c2430">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0 8 4 0 8z" fill="#475467"/></marker></defs>',
        f'<rect width="{width:g}" height="{height:g}" rx="12" fill="#f8f9fb"/>',
        f'<text x="{_EDGE:g}" y="38" font-size="19" font-weight="600">{escape(diagram.title)}</text>',
        *(_frame(title, rect) for title, rect in frames.items()),
        *(_box(box) for box in diagram.boxes),
        *(_arrow(arrow, rects | frames) for arrow in diagram.arrows),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _around(rects: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    left, top = min(r[0] for r in rects), min(r[1] for r in rects)
    right, bottom = max(r[2] for r in rects), max(r[3] for r in rects)
    return left - _PAD, top - _PAD - 12, right + _PAD, bottom + _PAD  # 12: for the title


def _frame(title: str, rect: tuple[float, float, float, float]) -> str:
    left, top, right, bottom = rect
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" rx="10" fill="none" '
        f'stroke="#d0d5dd" stroke-dasharray="5 4"/>\n'
        f'<text x="{left + 10:g}" y="{top + 18:g}" fill="#667085" font-size="12">{escape(title)}</text>'
    )


def _box(box: Box) -> str:
    left, top, right, bottom = box.rect
    fill, stroke = _FILL[box.kind]
    middle, centre = (left + right) / 2, (top + bottom) / 2
    first = centre - 3 if box.note else centre + 5
    lines = [
        f'<rect x="{left:g}" y="{top:g}" width="{_WIDTH:g}" height="{_HEIGHT:g}" rx="8"',
        f'  fill="{fill}" stroke="{stroke}"/>',
        f'<text x="{middle:g}" y="{first:g}" text-anchor="middle" font-weight="600">{escape(box.name)}</text>',
    ]
    if box.note:
        note = f'<text x="{middle:g}" y="{centre + 14:g}" text-anchor="middle" font-size="11" fill="#667085">'
        lines.append(f"{note}{escape(box.note)}</text>")
    return "\n".join(lines)


def _arrow(arrow: Arrow, rects: dict[str, tuple[float, float, float, float]]) -> str:
    points = _way(arrow, rects)
    path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
    dash = ' stroke-dasharray="4 3"' if arrow.dashed else ""
    line = f'<path d="{path}" fill="none" stroke="#475467" stroke-width="1.4"{dash} marker-end="url(#tip)"/>'
    if not arrow.words:
        return line
    longest = max(range(len(points) - 1), key=lambda n: _length(points[n], points[n + 1]))
    (x1, y1), (x2, y2) = points[longest], points[longest + 1]
    x, y, wide = (x1 + x2) / 2, (y1 + y2) / 2, len(arrow.words) * _CHARACTER + 8
    return (
        f'{line}\n<rect x="{x - wide / 2:g}" y="{y - 9:g}" width="{wide:g}" height="18" rx="4" fill="#f8f9fb"/>\n'
        f'<text x="{x:g}" y="{y + 4:g}" text-anchor="middle" font-size="11" fill="#475467">{escape(arrow.words)}</text>'
    )


def _way(arrow: Arrow, rects: dict[str, tuple[float, float, float, float]]) -> list[tuple[float, float]]:
    """Return the corners of an arrow: straight where it can be, else along the grid with one or two bends."""
    start = _port(rects[arrow.start], arrow.leaves, arrow.shift[0])
    end = _port(rects[arrow.end], arrow.arrives, arrow.shift[1])
    across, back = arrow.leaves in {"left", "right"}, arrow.arrives in {"left", "right"}
    if start[0] == end[0] or start[1] == end[1]:
        return [start, end]
    if across != back:
        return [start, (end[0], start[1]) if across else (start[0], end[1]), end]
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    bends = [(middle[0], start[1]), (middle[0], end[1])] if across else [(start[0], middle[1]), (end[0], middle[1])]
    return [start, *bends, end]


def _port(rect: tuple[float, float, float, float], side: Side, shift: float) -> tuple[float, float]:
    left, top, right, bottom = rect
    x, y = _STEP[side]
    middle, centre = (left + right) / 2, (top + bottom) / 2
    if x:
        return (left if x < 0 else right), centre + shift
    return middle + shift, (top if y < 0 else bottom)


def _length(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])
