"""What can be wrong with pose data, said so that whoever wrote them can mend them."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from django.utils.translation import gettext as _

# More than this helps nobody, and data from outside may hold any number.
MOST = 50
LONGEST_NAME = 40
# What JSON may hold and neither XML nor a database takes: control characters and halves of characters.
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Problem(NamedTuple):
    """`where` is a path into the data ("keys.1.pose.hip_l.rot"), `seconds` the moment of the loop, if there is one."""

    where: str
    message: str
    seconds: float | None = None

    def __str__(self) -> str:
        moment = "" if self.seconds is None else _(" (at %(seconds).1f s)") % {"seconds": self.seconds}
        return f"{self.where}{moment}: {self.message}" if self.where else f"{self.message}{moment}"


class PoseError(ValueError):
    """Pose data that can't be drawn; `problems` says why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems(list[Problem]):
    """Problems as they are found, up to a limit."""

    @property
    def full(self) -> bool:
        return len(self) >= MOST

    def add(self, where: str, message: str, seconds: float | None = None) -> None:
        if not self.full:
            self.append(Problem(where, message, seconds))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ ": did you mean hip_l?", or nothing when no known name is near."""
    near = get_close_matches(name[:LONGEST_NAME], list(known), 1)
    return _(": did you mean %(name)s?") % {"name": near[0]} if near else ""


def quoted(value: object) -> str:
    """A value from outside, short enough for a sentence."""
    try:
        text = str(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list in itself
        return "…"
    text = NO_TEXT.sub("\ufffd", text)
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"
