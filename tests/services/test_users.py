"""The REST API of users."""

from uuid import uuid4

import pytest

from tests.services.conftest import Stack


def email() -> str:
    return f"{uuid4().hex}@example.org"


async def test_a_user_is_created_read_changed_and_deleted(stack: Stack) -> None:
    created = await stack.user.post("/users", json={"name": " Ada ", "email": email()})
    url = created.headers["location"]
    assert (created.status_code, created.json()["name"]) == (201, "Ada")
    assert (await stack.user.get(url)).json() == created.json()
    assert (await stack.user.patch(url, json={"name": "Grace"})).json()["name"] == "Grace"
    assert (await stack.user.get(url)).json()["email"] == created.json()["email"]
    assert [(await stack.user.delete(url)).status_code for _ in range(2)] == [204, 404]
    assert (await stack.user.get(url)).status_code == 404


async def test_an_email_address_belongs_to_one_user_whatever_its_case(stack: Stack) -> None:
    taken = email()
    await stack.user.post("/users", json={"name": "Ada", "email": taken})
    again = await stack.user.post("/users", json={"name": "Eve", "email": taken.upper()})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "email")
    other = await stack.user.post("/users", json={"name": "Eve", "email": email()})
    assert (await stack.user.patch(other.headers["location"], json={"email": taken})).status_code == 409


@pytest.mark.parametrize(
    ("user", "field"),
    [
        ({"email": "a@example.org"}, "name"),
        ({"name": "", "email": "a@example.org"}, "name"),
        ({"name": "n" * 201, "email": "a@example.org"}, "name"),
        ({"name": "A\x00da", "email": "a@example.org"}, "name"),
        ({"name": "Ada"}, "email"),
        ({"name": "Ada", "email": "not an address"}, "email"),
        ({"name": "Ada", "email": f"{'a' * 300}@example.org"}, "email"),
        ({"name": "Ada", "email": "a@example.org", "admin": True}, "admin"),
    ],
)
async def test_bad_input_is_refused_with_the_field_named(stack: Stack, user: dict[str, object], field: str) -> None:
    answer = await stack.user.post("/users", json=user)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_pages_go_through_all_users_once(stack: Stack) -> None:
    made = {(await stack.user.post("/users", json={"name": "P", "email": email()})).json()["id"] for _ in range(5)}
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await stack.user.get("/users", params=params)).json()
        seen += [user["id"] for user in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert made <= set(seen)
    assert len(seen) == len(set(seen))
