"""The commands as a user meets them: each and each option says what it is."""

import pytest
from invoke.parser.context import ParserContext

import tasks

COMMANDS = tasks.namespace.to_contexts()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_a_task_and_each_of_its_options_are_explained(command: ParserContext) -> None:
    assert (tasks.namespace[command.name].__doc__ or "").strip()
    assert [option.name for option in command.args.values() if not (option.help or "").strip()] == []
