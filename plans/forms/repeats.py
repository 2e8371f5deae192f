"""How often a run is to be: what the forms of runs ask about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.humanize.templatetags.humanize import ordinal
from django.core.exceptions import ValidationError
from django.utils import dates
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import TimeZoneField
from plans.domain.recurrence import COUNT_AT_MOST, INTERVAL_AT_MOST, WEEKDAYS, clean_rule
from plans.repeats import (
    DAY,
    LAST,
    MONTH,
    MONTH_DAYS,
    NTHS,
    WEEK,
    Preview,
    Repeats,
    nth_words,
    preview,
    repeats_of,
    rule_of,
    rule_words,
)

KEEP = "keep"
EVERY = [
    ("never", gettext_lazy("Only once")),
    (DAY, gettext_lazy("Daily")),
    (WEEK, gettext_lazy("Weekly")),
    (MONTH, gettext_lazy("Monthly")),
]
ON_DAY, ON_WEEKDAY = "day", "weekday"
ENDLESS, ENDS_ON, ENDS_AFTER = "never", "on", "after"
AS_FIRST = ("", gettext_lazy("From the day"))


def _month_day_choices() -> list[tuple[Any, Any]]:
    return [AS_FIRST, *((number, _("Last") if number == LAST else ordinal(number)) for number in MONTH_DAYS)]


def _nth_choices() -> list[tuple[Any, Any]]:
    return [AS_FIRST, *((number, capfirst(nth_words(number))) for number in NTHS)]


def _weekday_choices() -> list[tuple[Any, Any]]:
    return [(name, dates.WEEKDAYS[number]) for number, name in enumerate(WEEKDAYS)]


def _short_weekday_choices() -> list[tuple[Any, Any]]:
    return [(name, dates.WEEKDAYS_ABBR[number]) for number, name in enumerate(WEEKDAYS)]


class WhenForm(forms.Form):
    """When a run begins, in whose time, and how often it comes back.

    What is asked of repeating is read only as far as it is chosen; what stands in the other fields is no fault.
    """

    local_date = forms.DateField(
        label=gettext_lazy("Day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    local_time = forms.TimeField(
        label=gettext_lazy("Start"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    time_zone = TimeZoneField(help_text=gettext_lazy("The run keeps this zone's time, wherever you are."))

    repeats = forms.ChoiceField(
        label=gettext_lazy("How often?"), choices=EVERY, required=False, initial="never", widget=forms.RadioSelect
    )
    interval = forms.IntegerField(
        label=gettext_lazy("Every how many?"),
        required=False,
        min_value=1,
        max_value=INTERVAL_AT_MOST,
        initial=1,
        help_text=gettext_lazy("1 is every one, 2 every second one."),
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On which days of the week?"),
        choices=_short_weekday_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    month_by = forms.ChoiceField(
        label=gettext_lazy("On which day of the month?"),
        choices=[(ON_DAY, gettext_lazy("By the date")), (ON_WEEKDAY, gettext_lazy("By the weekday"))],
        required=False,
        initial=ON_DAY,
        widget=forms.RadioSelect,
    )
    month_day = forms.TypedChoiceField(
        label=gettext_lazy("Day of the month"), choices=_month_day_choices, coerce=int, empty_value=None, required=False
    )
    nth = forms.TypedChoiceField(
        label=gettext_lazy("Which one"), choices=_nth_choices, coerce=int, empty_value=None, required=False
    )
    nth_weekday = forms.ChoiceField(
        label=gettext_lazy("Day of the week"), choices=lambda: [AS_FIRST, *_weekday_choices()], required=False
    )
    ends = forms.ChoiceField(
        label=gettext_lazy("Until when?"),
        choices=[
            (ENDLESS, gettext_lazy("No end")),
            (ENDS_ON, gettext_lazy("Until a day")),
            (ENDS_AFTER, gettext_lazy("A number of times")),
        ],
        required=False,
        initial=ENDLESS,
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    times = forms.IntegerField(
        label=gettext_lazy("How many times"), required=False, min_value=1, max_value=COUNT_AT_MOST
    )

    ASKED_FOR = {  # which answer each of the fields depends on
        "interval": ("repeats", {DAY, WEEK, MONTH}),
        "weekdays": ("repeats", {WEEK}),
        "month_by": ("repeats", {MONTH}),
        "month_day": ("month_by", {ON_DAY}),
        "nth": ("month_by", {ON_WEEKDAY}),
        "nth_weekday": ("month_by", {ON_WEEKDAY}),
        "ends": ("repeats", {DAY, WEEK, MONTH}),
        "until": ("ends", {ENDS_ON}),
        "times": ("ends", {ENDS_AFTER}),
    }
    kept_rule: str | None = None  # of the series at hand; None where there is none

    def asked_for(self, name: str) -> bool:
        """Whether a field of repeating matters, as the others are answered."""
        if name not in self.ASKED_FOR:
            return True
        other, answers = self.ASKED_FOR[name]
        return self.asked_for(other) and self[other].value() in answers

    def clean(self) -> dict[str, Any] | None:
        """Without faults of what is not asked for; with an end where one was chosen."""
        cleaned = super().clean()
        for name in self.ASKED_FOR:
            if name in self.fields and not self.asked_for(name):
                self.errors.pop(name, None)
        if "repeats" in self.fields and not self.errors.keys() & self.ASKED_FOR.keys():
            self._check_end()
        return cleaned

    def _check_end(self) -> None:
        values = self.cleaned_data
        if self.asked_for("until"):
            first, until = values.get("local_date"), values.get("until")
            if until is None:
                self.add_error("until", _("Choose the last day."))
            elif first and until < first:
                self.add_error("until", _("Choose a day that is not before the first run."))
        elif self.asked_for("times") and values.get("times") is None:
            self.add_error("times", _("Write how many times, 10 say."))

    @property
    def start(self) -> datetime:
        """The wall time of the first run, or from which on it repeats."""
        return datetime.combine(self.cleaned_data["local_date"], self.cleaned_data["local_time"])

    @property
    def chosen(self) -> Repeats:
        """How often, as was chosen; what was left open as on the first day."""
        values, every = self.cleaned_data, self.cleaned_data.get("repeats") or "never"
        if every in {"never", KEEP}:
            return Repeats()
        by_weekday = values.get("month_by") == ON_WEEKDAY
        repeats = Repeats(
            every=every,
            interval=values.get("interval") or 1,
            weekdays=tuple(day for day in WEEKDAYS if every == WEEK and day in values["weekdays"]),
            month_day=values.get("month_day") if every == MONTH and not by_weekday else None,
            nth=values.get("nth") if every == MONTH and by_weekday else None,
            weekday=values.get("nth_weekday", "") if every == MONTH and by_weekday else "",
            until=values.get("until") if values.get("ends") == ENDS_ON else None,
            times=values.get("times") if values.get("ends") == ENDS_AFTER else None,
        )
        return repeats.on(self.start.date(), by_weekday=by_weekday)

    @property
    def preview(self) -> Preview | None:
        """What comes of it, as far as it is filled in."""
        if not self.is_bound:
            return None
        if self.errors.keys() & WhenForm.base_fields.keys():
            return None
        try:
            return preview(self.plain_rule(), self.start, self.cleaned_data["time_zone"])
        except ValidationError:
            return None

    def rule(self) -> str:
        """What the domain calls it."""
        return self.kept_rule or "" if self.cleaned_data.get("repeats") == KEEP else rule_of(self.chosen)

    def plain_rule(self) -> str:
        """The same as a series would keep it, with its end worked out. Raises ValidationError."""
        return clean_rule(self.rule(), self.start)


def repeats_initial(rule: str) -> dict[str, Any]:
    """What the fields show of a rule; one that they cannot ask for is offered to be kept."""
    repeats = repeats_of(rule)
    if repeats is None:
        return {"repeats": KEEP}
    ends = ENDS_ON if repeats.until else ENDS_AFTER if repeats.times else ENDLESS
    return {
        "repeats": repeats.every or "never",
        "interval": repeats.interval,
        "weekdays": list(repeats.weekdays),
        "month_by": ON_WEEKDAY if repeats.nth else ON_DAY,
        "month_day": repeats.month_day,
        "nth": repeats.nth,
        "nth_weekday": repeats.weekday,
        "ends": ends,
        "until": repeats.until,
        "times": repeats.times,
    }


class ChangesRepeats(WhenForm):
    """The same of a series that is there, whose rule it may keep as it is. No answer at all keeps it too."""

    def __init__(self, *args: Any, rule: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept_rule = rule
        if not rule:
            for name in ("repeats", *self.ASKED_FOR):
                del self.fields[name]
            return
        self.initial = repeats_initial(rule) | dict(self.initial)
        choices: list[tuple[str, Any]] = [choice for choice in EVERY if choice[0] != "never"]
        if self.initial["repeats"] == KEEP:
            choices = [(KEEP, _("As now: %(words)s") % {"words": rule_words(rule)}), *choices]
        self.fields["repeats"].choices = choices  # type: ignore[attr-defined]

    @property
    def preview(self) -> Preview | None:
        """What comes of it; what is, as long as nothing is typed."""
        if self.is_bound or not self.kept_rule or self.initial.get("scope") not in {"following", "all"}:
            return super().preview
        start = datetime.combine(self.initial["local_date"], self.initial["local_time"])
        return preview(self.kept_rule, start, self.initial["time_zone"])

    def changed_rule(self) -> str | None:
        """The rule to have from now on; None to keep the one that is."""
        if not self.kept_rule or self.cleaned_data.get("repeats") in {None, "", KEEP}:
            return None
        now = repeats_of(self.kept_rule)
        return None if self.chosen == now else rule_of(self.chosen)
