"""The style guide: every piece in every state on one page, for who builds pages. Only with DEBUG (config/urls.py)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from plans.ribbon import ribbon
from warmups.body_map import drawn_map
from warmups.coverage_ring import coverage_ring
from warmups.models import Exercise, Muscle

BERLIN = ZoneInfo("Europe/Berlin")
STARTS = datetime(2026, 11, 24, 7, 0, tzinfo=BERLIN)
STEPS = (60, 45, 45, 40, 70, 60, 40)
STATES = ("planned", "done", "short", "partial", "skipped", "missed", "pain", "cancelled")
KINDS = ("easy", "long", "tempo", "intervals", "hills", "strides", "race", "recovery")
POSITIONS = ("standing", "single-leg", "moving", "kneeling", "quadruped", "supine", "prone", "side-lying")
SURFACES = ("ground", "card", "figure-card", "sunken", "sky-high", "sky-mid", "sky-low")
COLOURS = (
    *("ink", "quiet", "action", "glow", "ember", "ember-soft", "teal", "teal-deep", "teal-soft", "sage", "band"),
    *("edge", "hairline", "done", "done-soft", "skipped", "skipped-soft", "missed", "missed-soft", "pain", "pain-soft"),
)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenlauftreffaufwärmgruppenleiterin"


class ExampleForm(forms.Form):
    """One field of each kind that our pages use."""

    name = forms.CharField(label="Name of the squad", max_length=80, help_text="What your runners call it.")
    email = forms.EmailField(label="E-mail", help_text="We write before runs, nothing else.")
    date = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(label="Time", widget=forms.TimeInput(attrs={"type": "time"}))
    kind = forms.ChoiceField(label="Kind of run", choices=[(kind, kind.capitalize()) for kind in KINDS])
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=600, required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    health = forms.ChoiceField(
        label="Who sees your pain and notes?",
        widget=forms.RadioSelect,
        choices=[("coaches", "My coaches"), ("me", "Only me")],
        help_text="You can change this at any time.",
    )
    kinds = forms.MultipleChoiceField(
        label="Only for these runs",
        widget=forms.CheckboxSelectMultiple,
        choices=[("intervals", "Intervals"), ("race", "Race")],
        required=False,
    )
    agree = forms.BooleanField(label="Send me reminders by e-mail", help_text="One click in each mail stops them.")


class EffortForm(forms.Form):
    """The two scales and the stepper."""

    rpe = forms.TypedChoiceField(
        label="How hard was it?", coerce=int, widget=forms.RadioSelect, choices=[(i, str(i)) for i in range(11)]
    )
    pain = forms.TypedChoiceField(
        label="Any pain?", coerce=int, widget=forms.RadioSelect, choices=[(i, str(i)) for i in range(11)]
    )
    readiness = forms.TypedChoiceField(
        label="How ready do you feel?",
        coerce=int,
        widget=forms.RadioSelect,
        choices=[(i, str(i)) for i in range(1, 6)],
        required=False,
    )
    sets = forms.IntegerField(label="Sets", min_value=1, max_value=10, initial=2)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the pieces of templates/components with invented data."""
    wrong = ExampleForm(
        {"name": "", "email": "mara@", "date": "2026-02-30", "time": "06:30", "kind": "easy", "minutes": "-3"},
        auto_id="wrong_%s",
    )
    wrong.add_error(None, "This run would begin before the squad existed.")
    effort = EffortForm(initial={"rpe": 3, "pain": 6})
    context = {
        "colours": SURFACES + COLOURS,
        "states": STATES,
        "kinds": KINDS,
        "drafts": {position: Exercise(name=position.capitalize(), position=position) for position in POSITIONS},
        "long": LONG,
        "form": ExampleForm(),
        "wrong": wrong,
        "effort": effort,
        "wrong_effort": EffortForm({"pain": "3"}, auto_id="wrong_%s"),
        "ribbons": [
            ("With a reminder, before it", _ribbon(minutes_before=90)),
            ("In the warm-up", _ribbon(minutes_before=3)),
            ("No reminder", _ribbon(minutes_before=30, reminder=None)),
            ("No warm-up", ribbon(starts_at=STARTS, now=STARTS - timedelta(minutes=30), reminder_at=_before(60))),
            ("The reminder falls into the warm-up", _ribbon(minutes_before=30, reminder=4)),
            ("After the run", _ribbon(minutes_before=-60)),
        ],
        "ring": coverage_ring(
            {"force": 60, "hip-extension": 120, "single-leg-stance": None, "mobility": 22.5, "stiffness": 0}
        ),
        "empty_ring": coverage_ring({}),
        "body": drawn_map(
            [_muscle("gluteus-medius", "glute med"), _muscle("gluteus-minimus", "glute min")],
            [_muscle("hamstrings-group", "hamstrings"), _muscle("quadratus-lumborum", "QL")],
        ),
        "page_obj": Paginator(range(90), 20).page(2),
    }
    return render(request, "styleguide.html", context)


def _muscle(slug: str, name: str) -> Muscle:
    return Muscle(slug=slug, name=name)


def _before(minutes: float) -> datetime:
    return STARTS - timedelta(minutes=minutes)


def _ribbon(*, minutes_before: float, reminder: float | None = 60) -> object:
    reminder_at = None if reminder is None else _before(reminder)
    return ribbon(starts_at=STARTS, now=_before(minutes_before), step_seconds=STEPS, reminder_at=reminder_at)
