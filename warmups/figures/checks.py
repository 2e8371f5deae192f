"""Is pose data right? First its form; then, if that is right, whether a body can do it."""

from collections.abc import Mapping

from .figure import Figure
from .physics import find_physical_problems
from .problems import Problem
from .schema import find_form_problems


def examine(data: object) -> tuple[list[Problem], Figure | None]:
    """Every problem, and the figure if the form is right: it is solved by then, and needs no second time."""
    problems = find_form_problems(data)
    if problems or not isinstance(data, Mapping):
        return list(problems), None
    figure = Figure(data)
    return list(find_physical_problems(figure)), figure


def check(data: object) -> list[Problem]:
    """Every problem of pose data, whatever it is given; never raises."""
    return examine(data)[0]
