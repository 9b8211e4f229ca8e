"""Options whose value is one of a few."""

import enum
from collections.abc import Callable
from typing import Any, TypeVar

import typer

Choice = TypeVar("Choice", bound=enum.StrEnum)


class Format(enum.StrEnum):
    """How reports are written down."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"


class TextOrJson(enum.StrEnum):
    """For people, or for scripts."""

    TEXT = "text"
    JSON = "json"


def choice(option: str, choices: type[enum.StrEnum], words: str) -> Any:  # noqa: ANN401 as typer's own has it
    """An option whose value is one of a few, which the shell completes."""
    return typer.Option(
        option,
        parser=_one_of(choices),
        autocompletion=_completion_of(choices),
        metavar=f"[{'|'.join(choices)}]",
        help=words,
    )


def _one_of(choices: type[Choice]) -> Callable[[str], Choice]:
    """A parser that names the choices where something else is given."""

    def parse(value: str) -> Choice:
        try:
            return choices(value)
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not one of {', '.join(choices)}") from None

    return parse


def _completion_of(choices: type[enum.StrEnum]) -> Callable[[str], list[str]]:
    """The choices that begin with what was typed, for the shell."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete
