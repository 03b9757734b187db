"""Whom the pager lets in: by the token in its file, as the file is now."""

import pytest

from tests.unit.lab.served_pager import Running, notification, pager

__all__ = ["pager"]


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer", "Basic the-token", "the-token"])
def test_without_the_token_nothing_is_delivered(pager: Running, given: str | None) -> None:
    (pager.folder / "token").write_text("the-token\n")
    answer = pager.client.post("/webhook", json=notification(), headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "the-token" not in answer.text
    assert pager.items() == []


def test_a_token_that_is_rotated_counts_at_once_and_an_empty_one_lets_nobody_in(pager: Running) -> None:
    def code(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}".strip()}
        return pager.client.post("/webhook", json=notification(), headers=headers).status_code

    assert pager.told().status_code == 200
    (pager.folder / "token").write_text("first")
    assert (code("first"), code("second")) == (200, 401)
    (pager.folder / "token").write_text("second")
    assert (code("first"), code("second")) == (401, 200)
    (pager.folder / "token").write_text("second\nthird\n")
    assert (code("first"), code("second"), code("third"), code("second\tthird")) == (401, 200, 200, 401)
    (pager.folder / "token").write_text("")
    assert (code(""), code("any")) == (401, 401)


def test_whether_a_token_is_taken_can_be_asked_and_is_no_delivery(pager: Running) -> None:
    (pager.folder / "token").write_text("the-token")
    asked = [pager.client.get("/webhook", headers={"Authorization": f"Bearer {word}"}) for word in ("the-token", "x")]
    assert [answer.status_code for answer in asked] == [204, 401]
    assert pager.items() == []
    assert "pager_refused_total{" not in pager.client.get("/metrics").text
