"""What another project left in the user's shell, and the lab's programs must not see."""

from collections.abc import Iterable

AWS_PROFILE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")  # the profile has to be there


def without[W](names: Iterable[str], command: Iterable[W]) -> list[str | W]:
    """Return what runs `command` without the variables `names`."""
    return ["/usr/bin/env", *(word for name in names for word in ("-u", name)), *command]
