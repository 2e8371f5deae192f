"""A run's series as pages show it: how it repeats, what was changed by hand, the next dates, how far a deed goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from plans.domain.planning_runs import Touched
from plans.domain.series import may_reach
from plans.models import Run
from plans.repeats import rule_words

NEXT_DATES = 6
KEPT_WORDS = {
    "kind": gettext_lazy("the kind"),
    "local_start": gettext_lazy("day or start"),
    "time_zone": gettext_lazy("the time zone"),
    "planned_minutes": gettext_lazy("the minutes"),
    "planned_metres": gettext_lazy("the distance"),
    "place": gettext_lazy("the place"),
    "note": gettext_lazy("the note"),
    "routine": gettext_lazy("the warm-up"),
}


@dataclass(frozen=True)
class DateShown:
    """One of a series' next dates."""

    run: Run
    words: str

    @property
    def cancelled(self) -> bool:
        """Whether it is off."""
        return self.run.status == Run.Status.CANCELLED


@dataclass(frozen=True)
class SeriesShown:
    """The series of a run for one reader: its rule in `words`, what is particular about this date, the next dates.

    `may_change`: the reader may change it from this date on.
    """

    words: str
    by_hand: str
    ended: str
    dates: list[DateShown]
    may_change: bool


def show_series(run: Run, *, reader: User, now: datetime) -> SeriesShown | None:
    """The series of `run`, in two queries; None for a run that does not repeat."""
    series = run.series
    if series is None or not series.rule:
        return None
    ended = date_format(series.ended_on, _("j F Y")) if series.ended_on else ""
    coming = Run.objects.visible_to(reader).filter(series=series, athlete=run.athlete_id, starts_at__gt=now)
    coming = coming.exclude(pk=run.pk).exclude(occurrence__off_rule=True).order_by("starts_at", "pk")
    return SeriesShown(
        words=rule_words(series.rule, series.local_time),
        by_hand=by_hand_words(run),
        ended=_("The series has ended: nothing more from %(day)s on.") % {"day": ended} if ended else "",
        dates=[
            DateShown(each, date_format(each.starts_at.astimezone(each.time_zone), _("D j M, H:i")))
            for each in coming[:NEXT_DATES]
        ],
        may_change="following" in may_reach(run, reader),
    )


def by_hand_words(run: Run) -> str:
    """What of a series' date was changed by hand and so stays when the series is changed; "" for nothing."""
    kept = run.kept_fields | (run.occurrence.kept_fields if run.occurrence else set())
    off = run.occurrence is not None and run.occurrence.off_rule
    if off:
        return _("The series no longer has this date.")
    if kept == {"local_start"}:
        return _("This date was moved by hand. It stays where it is when the series is changed.")
    words = [str(word) for field, word in KEPT_WORDS.items() if field in kept]
    if not words:
        return ""
    return _("Changed by hand on this date: %(what)s. That stays when the series is changed.") % {
        "what": get_text_list(words, _("and"))
    }


# --- How far a deed goes ----------------------------------------------------------------------------------------------
def scope_choices(run: Run, touched: Iterable[Touched], *, reader: User, deed: str) -> list[tuple[str, str]]:
    """The scopes to choose from for a `deed` ("change", "cancel", "restore" or "assign"), each with what it does."""
    choices: list[tuple[str, str]] = []
    for each in touched:
        title, lines = _title(run, each.scope, reader), _lines(run, each, deed)
        words = " ".join(line for line in lines if line)
        choices.append(
            (
                each.scope,
                format_html('<span class="scope"><span>{}</span><small class="quiet">{}</small></span>', title, words),
            )
        )
    return choices


def _title(run: Run, scope: str, reader: User) -> str:
    if scope == "this" and run.athlete_id == reader.pk:
        return _("Only this run")
    if scope == "this":
        return _("Only %(name)s's") % {"name": run.athlete.get_short_name()}
    return {
        "date": _("Everyone's of that date"),
        "following": _("From this date on"),
        "all": _("The whole series"),
    }[scope]


def _lines(run: Run, touched: Touched, deed: str) -> Sequence[str]:
    if touched.scope == "this":
        return [""]
    count = {"count": touched.runs}
    if touched.scope == "date":
        return [ngettext("%(count)d run.", "%(count)d runs.", touched.runs) % count, _date_sentence(touched, deed)]
    reach = (
        ngettext(
            "This date and all after it: %(count)d run.", "This date and all after it: %(count)d runs.", touched.runs
        )
        if touched.scope == "following"
        else ngettext("All that is to come: %(count)d run.", "All that is to come: %(count)d runs.", touched.runs)
    )
    return [reach % count, _series_sentence(deed), _kept_sentence(touched, deed)]


def _date_sentence(touched: Touched, deed: str) -> str:
    if deed == "change" and touched.by_hand:
        return _("Those changed by hand get what you change here, too.")
    return ""


def _series_sentence(deed: str) -> str:
    return {
        "change": _("Dates that are still to be made follow."),
        "cancel": _("The series ends, and no more dates come."),
        "restore": _("The series goes on. What was cancelled alone stays off."),
        "assign": _("Dates that are still to be made get it, too."),
    }[deed]


def _kept_sentence(touched: Touched, deed: str) -> str:
    if not touched.by_hand:
        return ""
    words = {
        "change": ngettext(
            "%(count)d was changed by hand and keeps what was changed.",
            "%(count)d were changed by hand and keep what was changed.",
            touched.by_hand,
        ),
        "assign": _("Those that were given a warm-up by themselves keep it."),
    }
    return words.get(deed, "") % {"count": touched.by_hand} if deed in words else ""
