"""Text that PostgreSQL can hold."""

from pydantic import AfterValidator


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("text must not contain NUL characters")
    return value


NO_NUL = AfterValidator(_no_nul)
