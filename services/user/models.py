"""What user-service takes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from services.common.text import NO_NUL

type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), NO_NUL]
type Email = Annotated[EmailStr, Field(max_length=254)]


class NewUser(BaseModel):
    """A user to create."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    email: Email


class UserChange(BaseModel):
    """What to change of a user; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    email: Email | None = None
