"""docs/img: each diagram is what its data draws, can be read, and names only what there is."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lab.core.paths import CHECKOUT
from lab.diagrams.catalogue import DIAGRAMS, FOLDER, files
from lab.diagrams.drawing import Arrow, Box, Diagram, svg
from lab.flows import diagrams

_WIDE, _ROOM = 8.3, 154.0  # of a bold character, at most; of a box; SVG units


@pytest.mark.parametrize("name", files())
def test_the_file_is_what_the_data_draws(name: str) -> None:
    assert (CHECKOUT / FOLDER / name).read_text() == files()[name], "./inv docs.diagrams writes it anew"


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    assert diagrams.write(tmp_path) == [f"{FOLDER}/{name}" for name in files()]
    assert diagrams.write(tmp_path) == []


@pytest.mark.parametrize("diagram", DIAGRAMS.values(), ids=list(DIAGRAMS))
def test_boxes_have_room_and_do_not_lie_on_each_other(diagram: Diagram) -> None:
    for one, other in combinations(diagram.boxes, 2):
        (left, top, right, bottom), (left2, top2, right2, bottom2) = one.rect, other.rect
        apart = right < left2 or right2 < left or bottom < top2 or bottom2 < top
        assert apart, f"{one.name} lies on {other.name}"
    assert [box.name for box in diagram.boxes if len(box.name) * _WIDE > _ROOM + 20] == []


@pytest.mark.parametrize("diagram", DIAGRAMS.values(), ids=list(DIAGRAMS))
def test_every_box_has_a_way_to_it_or_from_it(diagram: Diagram) -> None:
    ends = {end for arrow in diagram.arrows for end in (arrow.start, arrow.end)}
    assert {box.name for box in diagram.boxes} - ends == set()


@pytest.mark.parametrize("name", files())
def test_a_picture_is_well_formed_and_loads_nothing(name: str) -> None:
    root = ET.fromstring(files()[name])  # noqa: S314 - our own text
    assert root.get("aria-label")
    assert not [value for part in root.iter() for value in part.attrib.values() if "http" in value]


def test_an_arrow_to_nowhere_is_refused() -> None:
    wrong = Diagram("wrong", (Box("here", 0, 0),), (), (Arrow("here", "right", "nowhere", "left"),))
    with pytest.raises(KeyError, match="nowhere"):
        svg(wrong)


def test_words_are_escaped() -> None:
    assert "a &lt; b" in svg(Diagram("t", (Box("a < b", 0, 0),), (), ()))
