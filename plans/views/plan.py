"""A squad's plan: a week or a month of it, the form to add to it; a date; deeds on what was chosen; copying a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from plans.days import day_of, month_days, month_of, month_word, months_from, row_of, week_of, week_word
from plans.domain import planning
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.given import given_to_all, with_rules, with_warm_up
from plans.domain.planning_runs import plan_for
from plans.domain.series import athletes_in
from plans.forms.planning import CopyWeekForm, PlanDeedForm
from plans.forms.runs import SquadRunForm
from plans.models import Squad
from plans.plan_shown import Counts, count_words, counted, gets_words, show_days, show_rows, week_words
from plans.repeats import rule_words
from plans.shown import show

ATHLETES_AT_ONCE = 25  # rows of a page


@dataclass(frozen=True)
class Span:
    """What of the plan is shown: a week, or a month (`month` is its number); the ways to before and after."""

    view: str
    word: str
    title: str
    days: list[date]
    before: str
    after: str
    month: int | None = None


# --- The plan ---------------------------------------------------------------------------------------------------------
@login_required
def squad_plan(request: HttpRequest, slug: str) -> HttpResponse:
    """A week of the squad's plan, or a month: `?week=2027-W13`, `?month=2027-04`, `?rows=athletes`.

    For its coaches, and for assistants to read. POST adds dates for everyone, or runs for some. What is no week is
    passed over.
    """
    person, now = _person(request), timezone.now()
    squad, may_plan = _squad(person, slug, writes=request.method == "POST")
    today = now.astimezone(squad.time_zone).date()
    day = day_of(request.GET.get("day", ""))
    if day:
        return redirect(f"{reverse('squad-plan', args=[slug])}?week={week_word(day)}")
    span = _span(request, today)
    form = _add_form(request, squad, person, span, today) if may_plan else None
    if form and form.is_valid():
        try:
            done = _schedule(squad, person, form, now)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, done)
            return redirect(f"{reverse('squad-plan', args=[slug])}?week={week_word(form.start.date())}")
    by_athlete = request.GET.get("rows") == "athletes" and span.view == "week"
    context: dict[str, Any] = {
        "squad": squad,
        "form": form,
        "span": span,
        "athletes": athletes_in(squad.pk).count(),
        "undo": _undo(request, squad, person) if may_plan else None,
        "back": _back(span),
        "links": _links(span, today),
        "shown": "athletes" if by_athlete else span.view,
    }
    if by_athlete:
        page = Paginator(_athletes(squad), ATHLETES_AT_ONCE).get_page(request.GET.get("page"))
        context |= {
            "page_obj": page,
            "query": f"week={span.word}&rows=athletes",
            "rows": show_rows(squad, span.days, page, reader=person, now=now),
        }
    context["days"] = show_days(squad, span.days, reader=person, now=now, month=span.month)
    return render(request, "plans/plan.html", context, status=422 if form and form.errors else 200)


def _span(request: HttpRequest, today: date) -> Span:
    month, week = month_of(request.GET.get("month", "")), week_of(request.GET.get("week", ""))
    if month:
        before, after = months_from(month, -1), months_from(month, 1)
        links = (f"?month={month_word(before)}", f"?month={month_word(after)}")
        return Span("month", month_word(month), date_format(month, "F Y"), month_days(month), *links, month.month)
    monday = week or today - timedelta(days=today.weekday())
    rows = "&rows=athletes" if request.GET.get("rows") == "athletes" else ""
    links = tuple(f"?week={week_word(monday + timedelta(weeks=step))}{rows}" for step in (-1, 1))  # type: ignore[assignment]
    return Span("week", week_word(monday), week_words(monday), row_of(monday, 7), *links)


def _links(span: Span, today: date) -> list[tuple[str, str, str]]:
    """The views with their names and addresses: of today where the span holds it, else of its middle."""
    day = today if today in span.days else span.days[7 if span.month else 3]
    week = f"?week={week_word(day)}"
    return [
        ("week", _("Week"), week),
        ("athletes", _("By athlete"), f"{week}&rows=athletes"),
        ("month", _("Month"), f"?month={month_word(day)}"),
    ]


def _back(span: Span) -> str:
    return f"{span.view}={span.word}"


def _add_form(request: HttpRequest, squad: Squad, person: User, span: Span, today: date) -> SquadRunForm:
    asked = day_of(request.GET.get("date", ""))
    initial = {
        "athletes": [request.GET.get("athlete") or SquadRunForm.EVERYONE],
        "local_date": asked or max(span.days[0], today + timedelta(days=1)),
        "time_zone": squad.time_zone,
    }
    data = request.POST if request.method == "POST" else None
    return SquadRunForm(data, person=person, squad=squad, athletes=_athletes(squad), initial=initial)


def _schedule(squad: Squad, person: User, form: SquadRunForm, now: datetime) -> str:
    """Do what the form asks for; returns what to say."""
    routine, athletes = form.cleaned_data["routine"], form.cleaned_data["athletes"]
    planned = plan_for(squad=squad, actor=person, now=now, athletes=athletes, routine=routine, **form.plan())
    if len(planned.runs) == 1:
        return _("The run of %(name)s is planned.") % {"name": planned.runs[0].athlete}
    count = planned.athletes
    if not count:
        return _("The date is planned. Whoever joins gets the run at once.")
    return ngettext(
        "The run is planned for %(count)d athlete.", "The run is planned for %(count)d athletes.", count
    ) % {"count": count}


# --- A date -----------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def squad_date(request: HttpRequest, slug: str, occurrence_id: int) -> HttpResponse:
    """One date of the plan: what it is, what it gives, who runs."""
    person, now = _person(request), timezone.now()
    squad, may_plan = _squad(person, slug)
    rows = planning.dates_of(squad).select_related("series", "routine__current")
    occurrence = rows.for_reading(person, pk=occurrence_id)
    runs = planning.runs_of(squad, person).filter(occurrence=occurrence).order_by("athlete__name", "pk")
    page = Paginator(with_warm_up(runs).prefetch_related(SESSIONS_OF_RUN), 50).get_page(request.GET.get("page"))
    item = counted([occurrence], squad, person).get(occurrence.pk, Counts())
    context = {
        "squad": squad,
        "date": occurrence,
        "clock": occurrence.starts_at.astimezone(occurrence.time_zone),
        "counts": item,
        "particular": count_words(item),
        "gets": gets_words(given_to_all(occurrence, squad)),
        "repeats": rule_words(occurrence.series.rule, occurrence.series.local_time) if occurrence.series.rule else "",
        "page_obj": page,
        "runs": [show(run, reader=person, now=now) for run in page],
        "first": page[0] if page else None,
        "may_plan": may_plan,
        "back": f"week={week_word(occurrence.local_date)}",
    }
    return render(request, "plans/plan_date.html", context)


# --- Deeds on what was chosen -----------------------------------------------------------------------------------------
@login_required
def squad_plan_change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change all that was chosen of the plan: GET asks what (`?chosen=d12&chosen=r5`), POST shows whom it touches.

    POST with `step` "do" does it, all or nothing; a summary comes first on the page, a drop in the grid goes at once.
    """
    person, now = _person(request), timezone.now()
    squad, _may = _squad(person, slug, writes=True)
    posted = request.method == "POST"
    initial = {"deed": request.GET.get("deed", "move"), "scope": "date"}
    data = request.POST if posted else None
    form = PlanDeedForm(data, person=person, initial=initial)
    keys = request.POST.getlist("chosen") if posted else request.GET.getlist("chosen")
    back = _asked_back(request)
    chosen = _chosen(squad, person, form, keys)
    step = request.POST.get("step", "look")
    if posted and step != "edit" and form.is_valid() and chosen:
        if step != "do":
            return render(request, "plans/plan_look.html", _look(squad, chosen, form, person, now, back, keys))
        try:
            reached = planning.carry_out(chosen, form.what(), actor=person, now=now, scope=form.chosen_scope)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _done_words(form, reached))
            return redirect(f"{reverse('squad-plan', args=[slug])}?{back}{_way_back(form, chosen, keys)}")
    context = {
        "squad": squad,
        "form": form,
        "keys": keys,
        "chosen": chosen,
        "repeats": chosen is not None and bool(chosen.repeating),
        "back": back,
    }
    status = 422 if posted and step != "edit" else 200
    return render(request, "plans/plan_change.html", context, status=status)


def _chosen(squad: Squad, person: User, form: PlanDeedForm, keys: list[str]) -> planning.Chosen | None:
    """What was ticked; None where it is nothing that can be changed."""
    try:
        found = form.fields["chosen"].clean(keys)
        return planning.choose(squad=squad, actor=person, **found)
    except ValidationError:
        return None


def _look(
    squad: Squad,
    chosen: planning.Chosen,
    form: PlanDeedForm,
    person: User,
    now: datetime,
    back: str,
    keys: list[str],
) -> dict[str, Any]:
    return {
        "squad": squad,
        "form": form,
        "title": form.words(),
        "summary": planning.summarise(chosen, actor=person, now=now, scope=form.chosen_scope),
        "chosen": chosen,
        "wide": form.chosen_scope != "date",
        "posted": _posted(form),
        "keys": keys,
        "back": back,
    }


def _posted(form: PlanDeedForm) -> list[tuple[str, str]]:
    """What was typed, as it was, for the page that only asks whether to do it."""
    values = ((name, form.data.get(name)) for name in form.fields if name != "chosen")
    return [(name, str(value)) for name, value in values if value]


def _done_words(form: PlanDeedForm, reached: int) -> str:
    words = {
        "move": ngettext("%(count)d run is moved.", "%(count)d runs are moved.", reached),
        "change": ngettext("%(count)d run is changed.", "%(count)d runs are changed.", reached),
        "warm-up": ngettext("%(count)d run has its warm-up.", "%(count)d runs have their warm-up.", reached),
        "cancel": ngettext("%(count)d run is cancelled.", "%(count)d runs are cancelled.", reached),
        "restore": ngettext("%(count)d run is on again.", "%(count)d runs are on again.", reached),
    }[form.cleaned_data["deed"]]
    return words % {"count": reached}


def _way_back(form: PlanDeedForm, chosen: planning.Chosen, keys: list[str]) -> str:
    """What the plan needs in its address to offer to undo a move of one thing."""
    deed = form.what()
    if deed.name != "move" or len(chosen.all) != 1:
        return ""
    return f"&moved={keys[0]}&days={-deed.days}&scope={form.chosen_scope}"


def _undo(request: HttpRequest, squad: Squad, person: User) -> dict[str, str] | None:
    """The fields that move back what was moved a moment ago, where the address says so and it is there."""
    data = {name: request.GET.get(name, "") for name in ("moved", "days", "scope")}
    if not data["moved"]:
        return None
    form = PlanDeedForm(
        {"chosen": [data["moved"]], "deed": "move", "days": data["days"], "scope": data["scope"]}, person=person
    )
    if _chosen(squad, person, form, [data["moved"]]) is None or not data["days"].lstrip("-").isdecimal():
        return None
    return {"chosen": data["moved"], "deed": "move", "days": data["days"], "scope": data["scope"] or "date"}


def _asked_back(request: HttpRequest) -> str:
    """Where in the plan one came from; nothing else gets into an address."""
    asked = request.POST if request.method == "POST" else request.GET
    for view, reads in (("week", week_of), ("month", month_of)):
        if reads(asked.get(view, "")):
            return f"{view}={asked[view]}"
    return ""


# --- Copying a week ---------------------------------------------------------------------------------------------------
@login_required
def squad_plan_copy(request: HttpRequest, slug: str) -> HttpResponse:
    """Copy the week `?week=2027-W13` onto others: GET asks which, POST shows what that makes; `step` "do" does it."""
    person, now = _person(request), timezone.now()
    squad, _may = _squad(person, slug, writes=True)
    posted = request.method == "POST"
    today = now.astimezone(squad.time_zone).date()
    monday = week_of((request.POST if posted else request.GET).get("week", ""))
    monday = monday or today - timedelta(days=today.weekday())
    week = planning.week_of(squad, monday, person)
    form = CopyWeekForm(request.POST if posted else None, targets=planning.targets(squad, monday, now))
    context: dict[str, Any] = {
        "squad": squad,
        "form": form,
        "week": week,
        "week_word": week_word(monday),
        "title": week_words(monday),
        "dates": len(week.dates),
        "singles": len(week.runs),
    }
    step = request.POST.get("step", "look")
    if posted and step != "edit" and form.is_valid():
        singles = form.cleaned_data["singles"]
        if step != "do":
            context |= {
                "copy": planning.copy_of(week, form.mondays(), singles=singles),
                "onto": [week_words(each) for each in form.mondays()],
                "mondays": form.cleaned_data["onto"],
            }
            return render(request, "plans/plan_copy_look.html", context)
        try:
            made = planning.copy_week(
                squad=squad, week=week, onto=form.mondays(), singles=singles, actor=person, now=now
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            words = ngettext("%(count)d date is planned.", "%(count)d dates are planned.", len(made))
            messages.success(request, words % {"count": len(made)})
            return redirect(f"{reverse('squad-plan', args=[slug])}?week={week_word(min(form.mondays()))}")
    return render(request, "plans/plan_copy.html", context, status=422 if form.errors and step != "edit" else 200)


# --- Who asks ---------------------------------------------------------------------------------------------------------
def _squad(person: User, slug: str, *, writes: bool = False) -> tuple[Squad, bool]:
    """The squad, and whether `person` may plan for it. Raises Http404 unseen, PermissionDenied for who may not."""
    squads = with_rules(Squad.objects.all())
    squad = squads.for_change(person, slug=slug) if writes else squads.for_reading(person, slug=slug)
    if not Squad.objects.readable_by_staff_of(person).filter(pk=squad.pk).exists():
        raise PermissionDenied
    return squad, writes or Squad.objects.editable_by(person).filter(pk=squad.pk).exists()


def _athletes(squad: Squad) -> Any:
    return User.objects.filter(pk__in=athletes_in(squad.pk).values("person_id")).order_by("name", "pk")


def _person(request: HttpRequest) -> User:
    """Who asks; login_required lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
