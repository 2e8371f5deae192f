"""Which warm-up runs get: rules of a squad, of an athlete, of one's own; what is usual; many runs given one by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from plans.domain import by_hand
from plans.domain import warm_up_preview as previews
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.assignments import assign
from plans.domain.given import Given, given, with_warm_up
from plans.domain.squads import change_squad
from plans.domain.standing import change_standing, end_standing, not_over, set_own_default, set_standing
from plans.forms.standing import GiveForm, LookFirstForm, RuleForm, RunsFilterForm, UsualForm
from plans.models import Membership, OwnDefault, Run, Squad, StandingAssignment
from plans.models.squads import Role
from plans.querysets import PLANNERS, READERS, RunQuerySet, SquadQuerySet, StandingAssignmentQuerySet
from plans.shown import show
from plans.standing_shown import Rung, day_words, kinds_words, rule_sentence, show_preview, show_rules
from warmups.models import Routine

RUNS_A_PAGE = 200


@dataclass(frozen=True)
class Whose:
    """Whose rules a page is about: a squad's, or an athlete's (one's own, or seen from a squad that one coaches)."""

    reader: User
    squad: Squad | None = None
    athlete: User | None = None

    @property
    def own(self) -> bool:
        """Whether they are the reader's own."""
        return self.athlete == self.reader

    @property
    def owner(self) -> dict[str, Any]:
        """Whose, as the domain asks."""
        return {"athlete": self.athlete} if self.athlete else {"squad": self.squad}

    @property
    def name(self) -> str:
        """The squad's, or the athlete's."""
        return str(self.athlete or self.squad)

    @property
    def page(self) -> str:
        """Where their rules are."""
        return self._reverse("warm-ups")

    @property
    def new(self) -> str:
        """Where a new one is set."""
        return self._reverse("rule-new")

    def today(self, now: datetime) -> date:
        """The date where their runs are."""
        zone = self.athlete.time_zone if self.athlete else self.squad.time_zone  # type: ignore[union-attr]
        return now.astimezone(zone).date()

    def _reverse(self, name: str) -> str:
        if self.own:
            return reverse(f"own-{name}")
        assert self.squad  # noqa: S101  # others are seen from a squad
        if self.athlete:
            return reverse(f"athlete-{name}", args=[self.squad.slug, self.athlete.pk])
        return reverse(f"squad-{name}", args=[self.squad.slug])


# --- What is set on each level ----------------------------------------------------------------------------------------
@login_required
@require_safe
def squad_warm_ups(request: HttpRequest, slug: str) -> HttpResponse:
    """A squad's rules and its usual, among all that may say what a run gets."""
    squad, mine = _read_squad(request, slug)
    whose = Whose(reader=_person(request), squad=squad)
    now, planner = timezone.now(), mine.role in PLANNERS
    members = squad.memberships.active().filter(role=Role.ATHLETE)
    chosen = previews.coming(now).filter(squad=squad).exclude(assignment=None).count()
    having = members.filter(person__own_default__isnull=False).count()
    rungs = [
        _by_hand(chosen, _("Choose for many runs"), reverse("squad-warm-ups-runs", args=[slug]) if planner else ""),
        Rung(_("An athlete's own rules"), _("Set by the athlete, or by a coach for them."), lines=_of_athletes(whose)),
        _rules_rung(_("The squad's rules"), whose, now, may_set=planner),
        Rung(
            _("The squad's usual"),
            lines=[_usual_line(squad.default_routine)],
            href=reverse("squad-usual", args=[slug]) if planner else "",
            label=_("Change the usual"),
            here=True,
        ),
        Rung(_("An athlete's own usual"), lines=[(_count_words(having), "")]),
    ]
    return _ladder(request, whose, rungs, back=(squad.get_absolute_url(), squad.name))


@login_required
@require_safe
def athlete_warm_ups(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """An athlete's rules for who coaches or assists them."""
    squad, mine = _read_squad(request, slug)
    whose = Whose(reader=_person(request), squad=squad, athlete=_athlete(request, squad, person_id))
    now, planner = timezone.now(), mine.role in PLANNERS
    runs = Run.objects.visible_to(whose.reader).filter(athlete=whose.athlete)
    chosen = runs.filter(pk__in=previews.coming(now).exclude(assignment=None).values("pk")).count()
    own = OwnDefault.objects.filter(person=whose.athlete).select_related("routine").first()
    squads = Whose(reader=whose.reader, squad=squad)
    query = f"?athletes={person_id}"
    rungs = [
        _by_hand(
            chosen, _("Choose for many runs"), reverse("squad-warm-ups-runs", args=[slug]) + query if planner else ""
        ),
        _rules_rung(_("The athlete's own rules"), whose, now, may_set=planner),
        Rung(_("The squad's rules"), lines=_sentences(squads, now), href=squads.page, label=_("See the squad's")),
        Rung(_("The squad's usual"), lines=[_usual_line(squad.default_routine)]),
        Rung(_("The athlete's own usual"), lines=[_usual_line(own.routine if own else None)]),
    ]
    back = (reverse("squad-athlete", args=[slug, person_id]), whose.name)
    return _ladder(request, whose, rungs, back=back)


@login_required
@require_safe
def own_warm_ups(request: HttpRequest) -> HttpResponse:
    """One's own rules and one's own usual."""
    person, now = _person(request), timezone.now()
    whose = Whose(reader=person, athlete=person)
    chosen = previews.coming(now).filter(athlete=person).exclude(assignment=None).count()
    squads = [
        membership.squad
        for membership in Membership.objects.active()
        .filter(person=person, role=Role.ATHLETE, squad__archived_at=None)
        .select_related("squad__default_routine")
        .order_by("began_at", "pk")
    ]
    own = OwnDefault.objects.filter(person=person).select_related("routine").first()
    usual = [(f"{squad}: {squad.default_routine or _('none')}", squad.get_absolute_url()) for squad in squads]
    rungs = [_by_hand(chosen), _rules_rung(_("Your own rules"), whose, now, may_set=True)]
    if squads:
        told = _("Set by your coaches. Each run's page says when it is one of these.")
        rungs += [Rung(_("Your squad's rules"), told), Rung(_("Your squad's usual"), lines=usual)]
    rungs.append(
        Rung(
            _("Your own usual"),
            lines=[_usual_line(own.routine if own else None)],
            href=reverse("own-usual"),
            label=_("Change your usual"),
            here=True,
        )
    )
    return _ladder(request, whose, rungs, back=(reverse("today"), _("Today")))


def _ladder(request: HttpRequest, whose: Whose, rungs: list[Rung], *, back: tuple[str, str]) -> HttpResponse:
    return render(request, "plans/warm_ups.html", {"whose": whose, "rungs": rungs, "back": back})


def _by_hand(chosen: int, label: str = "", href: str = "") -> Rung:
    words = ngettext("%(count)d coming run has one.", "%(count)d coming runs have one.", chosen) % {"count": chosen}
    line = words if chosen else _("No coming run has one.")
    return Rung(_("Chosen for one run"), lines=[(line, "")], href=href, label=label)


def _rules_rung(title: str, whose: Whose, now: datetime, *, may_set: bool) -> Rung:
    rules = _rules(whose)
    editable = StandingAssignment.objects.editable_by(whose.reader).filter(pk__in=[rule.pk for rule in rules])
    shown = show_rules(
        rules,
        reader=whose.reader,
        today=whose.today(now),
        may_change=set(editable.values_list("pk", flat=True)),
    )
    return Rung(title, rules=shown, href=whose.new if may_set else "", label=_("Add a rule"), here=True)


def _rules(whose: Whose) -> StandingAssignmentQuerySet:
    rows = StandingAssignment.objects.visible_to(whose.reader).filter(**whose.owner)
    return rows.select_related("routine", "assigned_by")


def _sentences(whose: Whose, now: datetime) -> list[tuple[str, str]]:
    today = whose.today(now)
    return [(rule_sentence(rule, today), "") for rule in not_over(_rules(whose), today)] or [(_("None."), "")]


def _of_athletes(whose: Whose) -> list[tuple[str, str]]:
    """Who of a squad has rules, each with how many."""
    assert whose.squad  # noqa: S101
    members = whose.squad.memberships.active().filter(role=Role.ATHLETE).values("person_id")
    rules = not_over(StandingAssignment.objects.filter(athlete__in=members), whose.today(timezone.now()))
    counts = rules.order_by().values_list("athlete_id", "athlete__name").annotate(Count("pk"))
    return [
        (
            ngettext("%(name)s: %(count)d rule", "%(name)s: %(count)d rules", count) % {"name": name, "count": count},
            reverse("athlete-warm-ups", args=[whose.squad.slug, pk]),
        )
        for pk, name, count in sorted(counts, key=lambda row: (row[1].lower(), row[0]))
    ] or [(_("None."), "")]


def _usual_line(routine: Routine | None) -> tuple[str, str]:
    return (routine.name, reverse("routine", args=[routine.pk])) if routine else (_("None yet."), "")


def _count_words(count: int) -> str:
    if not count:
        return _("Nobody has one.")
    return ngettext("%(count)d athlete has one.", "%(count)d athletes have one.", count) % {"count": count}


# --- Rules ------------------------------------------------------------------------------------------------------------
@login_required
def squad_rule_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Set a rule for a squad: what it would do is shown before it is saved."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    return _rule_new(request, Whose(reader=_person(request), squad=squad))


@login_required
def athlete_rule_new(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """Set a rule for an athlete of a squad that one coaches."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    whose = Whose(reader=_person(request), squad=squad, athlete=_athlete(request, squad, person_id))
    return _rule_new(request, whose)


@login_required
def own_rule_new(request: HttpRequest) -> HttpResponse:
    """Set a rule for oneself."""
    person = _person(request)
    return _rule_new(request, Whose(reader=person, athlete=person))


def _rule_new(request: HttpRequest, whose: Whose) -> HttpResponse:
    now = timezone.now()
    form = RuleForm(_posted(request), person=whose.reader, initial={"since": whose.today(now)})
    deed: dict[str, Any] = {"actor": whose.reader, "now": now, **whose.owner}
    return _look_then_save(
        request,
        whose,
        form,
        title=_("A new rule"),
        look=lambda: previews.preview_new_standing(**deed, **form.cleaned_data),
        save=lambda: set_standing(**deed, **form.cleaned_data),
        done=_("The rule is set."),
    )


@login_required
def rule_change(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule."""
    rule, whose = _rule(request, rule_id)
    now = timezone.now()
    initial = {name: getattr(rule, name) for name in ("routine", "kinds", "since", "until", "note")}
    form = RuleForm(_posted(request), person=whose.reader, standing=rule, initial=initial)
    deed: dict[str, Any] = {"standing": rule, "actor": whose.reader, "now": now}
    return _look_then_save(
        request,
        whose,
        form,
        title=_("Change the rule"),
        look=lambda: previews.preview_standing_change(**deed, changes=form.cleaned_data),
        save=lambda: change_standing(**deed, changes=form.cleaned_data),
        done=_("The rule is changed."),
    )


@login_required
def rule_end(request: HttpRequest, rule_id: int) -> HttpResponse:
    """End a rule: GET asks and tells what that does, POST acts."""
    rule, whose = _rule(request, rule_id)
    now = timezone.now()
    deed: dict[str, Any] = {"standing": rule, "actor": whose.reader, "now": now}
    if request.method == "POST":
        end_standing(**deed)
        messages.success(request, _("The rule is ended."))
        return redirect(whose.page)
    today = whose.today(now)
    told = show_preview(previews.preview_standing_end(**deed), today=today, own=whose.own)
    context = {
        "title": _("End this rule?"),
        "text": rule_sentence(rule, today),
        "told": told,
        "button": _("End it"),
        "back": whose.page,
    }
    return render(request, "plans/rule_end.html", context)


# --- The usual --------------------------------------------------------------------------------------------------------
@login_required
def squad_usual(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a squad's usual warm-up: what that would do is shown before it is saved."""
    squad = Squad.objects.select_related("default_routine").for_change(request.user, slug=slug)
    whose, now = Whose(reader=_person(request), squad=squad), timezone.now()
    kept = squad.default_routine
    form = UsualForm(_posted(request), person=whose.reader, kept=kept, initial={"routine": kept})

    def save() -> object:
        changes = {"default_routine": form.cleaned_data["routine"]}
        return change_squad(squad=squad, actor=whose.reader, now=now, changes=changes)

    return _look_then_save(
        request,
        whose,
        form,
        title=_("The squad's usual warm-up"),
        text=_("For its runs where nobody chose another and no rule says otherwise."),
        look=lambda: previews.preview_squad_default(squad=squad, routine=form.cleaned_data["routine"], now=now),
        save=save,
        done=_("The usual warm-up is changed."),
    )


@login_required
def own_usual(request: HttpRequest) -> HttpResponse:
    """Change one's own usual warm-up."""
    person, now = _person(request), timezone.now()
    own = OwnDefault.objects.filter(person=person).select_related("routine").first()
    kept = own.routine if own else None
    form = UsualForm(_posted(request), person=person, kept=kept, initial={"routine": kept})
    return _look_then_save(
        request,
        Whose(reader=person, athlete=person),
        form,
        title=_("Your usual warm-up"),
        text=_("For your runs where nobody chose another and no rule says otherwise."),
        look=lambda: previews.preview_own_default(person=person, routine=form.cleaned_data["routine"], now=now),
        save=lambda: set_own_default(person=person, routine=form.cleaned_data["routine"], now=now),
        done=_("Your usual warm-up is changed."),
    )


def _look_then_save(
    request: HttpRequest,
    whose: Whose,
    form: LookFirstForm,
    *,
    title: str,
    text: str = "",
    look: Callable[[], previews.Preview],
    save: Callable[[], object],
    done: str,
) -> HttpResponse:
    """A form that is saved once what it does was shown: the page carries what it showed, and other values show anew."""
    told = None
    if form.is_valid():
        looked_at = "save" in request.POST and request.POST.get("looked") == form.digest
        try:
            if looked_at:
                save()
            else:
                told = look()
        except ValidationError as error:
            form.refuse(error)
        else:
            if looked_at:
                messages.success(request, done)
                return redirect(whose.page)
    context = {
        "whose": whose,
        "form": form,
        "title": title,
        "text": text,
        "told": show_preview(told, today=whose.today(timezone.now()), own=whose.own) if told else None,
        "looked": form.digest if told else "",
    }
    return render(request, "plans/rule_form.html", context, status=422 if form.errors else 200)


# --- By hand to many --------------------------------------------------------------------------------------------------
@login_required
def squad_warm_ups_runs(request: HttpRequest, slug: str) -> HttpResponse:
    """Give many of a squad's coming runs a warm-up by hand, or take it back: choose, look whom it touches, do it."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    person, now = _person(request), timezone.now()
    whose = Whose(reader=person, squad=squad)
    members = squad.memberships.active().filter(role=Role.ATHLETE).select_related("person")
    athletes = [each.person for each in members.order_by("person__name", "pk")]
    asked = RunsFilterForm(request.GET, athletes=athletes)
    found = _runs_asked_for(squad, person, asked, now) if asked.is_valid() else []
    form = GiveForm(_posted(request), person=person)
    chosen, problem = _chosen(request, squad, person, found, now)
    deed = request.POST.get("deed", "")
    if request.method == "POST" and not problem and (deed == "withdraw" or form.is_valid()):
        if "do" in request.POST:
            return _do_by_hand(request, squad, form, chosen, deed, now)
        context = {"squad": squad, "form": form, "deed": deed, "touched": by_hand.touched(chosen)}
        context |= {"keys": ",".join(str(run.pk) for run in chosen), "query": request.GET.urlencode()}
        return render(request, "plans/warm_ups_runs_look.html", context)
    query = request.GET.copy()
    query.pop("page", None)
    page = Paginator(found, RUNS_A_PAGE).get_page(request.GET.get("page"))
    ticked = {run.pk for run in chosen} if request.method == "POST" else {run.pk for run in page}
    context = {
        "squad": squad,
        "asked": asked,
        "form": form,
        "problem": problem,
        "page_obj": page,
        "rows": [(show(run, reader=person, now=now), run.pk in ticked) for run in page],
        "query": query.urlencode(),
        "most": by_hand.RUNS_AT_MOST,
        "weeks": previews.WEEKS_AHEAD,
        "filtered": bool(query),
        "words": _asked_words(asked, whose.today(now)) if asked.is_valid() else "",
    }
    wrong = request.method == "POST" and (problem or asked.errors or form.errors)
    return render(request, "plans/warm_ups_runs.html", context, status=422 if wrong else 200)


def _asked_words(asked: RunsFilterForm, today: date) -> str:
    """Which runs are shown: "hills · from 1 Dec · 3 athletes"; "all" where nothing was asked for."""
    wanted = asked.cleaned_data
    athletes = len(wanted["athletes"])
    words = [
        kinds_words(wanted["kinds"]) if wanted["kinds"] else "",
        _("from %(day)s") % {"day": day_words(wanted["since"], today)} if wanted["since"] else "",
        _("until %(day)s") % {"day": day_words(wanted["until"], today)} if wanted["until"] else "",
        ngettext("%(count)d athlete", "%(count)d athletes", athletes) % {"count": athletes} if athletes else "",
        _("without a warm-up") if wanted["without"] else "",
    ]
    return " · ".join(filter(None, words)) or _("all")


def _coming_of(squad: Squad, person: User, now: datetime) -> RunQuerySet:
    """The squad's athletes' coming runs that `person` may give a warm-up."""
    runs = previews.coming_of(athlete=None, squad=squad, now=now)
    return Run.objects.assignable_by(person).filter(pk__in=runs.values("pk"))


def _runs_asked_for(squad: Squad, person: User, asked: RunsFilterForm, now: datetime) -> RunQuerySet | list[Run]:
    runs = asked.apply(_coming_of(squad, person, now)).order_by("starts_at", "athlete__name", "pk")
    runs = with_warm_up(runs).prefetch_related(SESSIONS_OF_RUN)
    return [run for run in runs if given(run) is None] if asked.cleaned_data["without"] else runs


def _chosen(
    request: HttpRequest, squad: Squad, person: User, found: RunQuerySet | list[Run], now: datetime
) -> tuple[list[Run], str]:
    """The runs that a POST chose, and what is wrong with the choice."""
    if request.method != "POST":
        return [], ""
    if request.POST.get("which") == "all":
        chosen = list(found[: by_hand.RUNS_AT_MOST + 1])
    else:
        texts = request.POST.getlist("run") + request.POST.get("keys", "").split(",")
        keys = {int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19}
        if len(keys) > by_hand.RUNS_AT_MOST:
            return [], _too_many()
        rows = _coming_of(squad, person, now).filter(pk__in=keys)
        chosen = list(rows.select_related("athlete").order_by("starts_at", "pk"))
        if len(chosen) < len(keys):
            return chosen, _("Some of these runs have begun, or are no longer there. Look again and repeat it.")
    if not chosen:
        return [], _("Tick at least one run.")
    return chosen, "" if len(chosen) <= by_hand.RUNS_AT_MOST else _too_many()


def _too_many() -> str:
    return _("At most %(most)d runs at a time. Narrow the list down by kind, dates or athletes.") % {
        "most": by_hand.RUNS_AT_MOST
    }


def _do_by_hand(
    request: HttpRequest, squad: Squad, form: GiveForm, chosen: list[Run], deed: str, now: datetime
) -> HttpResponse:
    person = _person(request)
    if deed == "withdraw":
        count = by_hand.withdraw_from_runs(runs=chosen, actor=person, now=now)
        words = ngettext(
            "What was chosen for %(count)d run is taken back.",
            "What was chosen for %(count)d runs is taken back.",
            count,
        )
    else:
        count = len(assign(runs=chosen, actor=person, now=now, **form.cleaned_data))
        words = ngettext("%(count)d run has its warm-up.", "%(count)d runs have their warm-up.", count)
    messages.success(request, words % {"count": count})
    return redirect("squad-warm-ups", squad.slug)


def rules_address(run: Run, what: Given, reader: User) -> str:
    """Where it is set what a run gets, as far as `reader` gets there; "" for what was given by hand, and for none."""
    if what.source == "run":
        return ""
    if reader == run.athlete:
        return reverse("own-warm-ups")
    read = Squad.objects.readable_by_staff_of(reader)
    if what.squad:
        slug = read.filter(pk=what.squad.pk).values_list("slug", flat=True).first()
        return reverse("squad-warm-ups", args=[slug]) if slug else ""
    slug = _seen_from(read, run.athlete).values_list("slug", flat=True).first()
    return reverse("athlete-warm-ups", args=[slug, run.athlete_id]) if slug else ""


# --- Who and what -----------------------------------------------------------------------------------------------------
def _rule(request: HttpRequest, rule_id: int) -> tuple[StandingAssignment, Whose]:
    """A rule that one may change, and whose it is. Raises Http404, PermissionDenied."""
    person = _person(request)
    rows = StandingAssignment.objects.select_related("squad", "athlete", "routine")
    rule = rows.for_change(person, pk=rule_id)
    if rule.squad or rule.athlete == person:
        return rule, Whose(reader=person, squad=rule.squad, athlete=rule.athlete)
    assert rule.athlete  # noqa: S101  # a constraint of the table
    seen_from = _seen_from(Squad.objects.editable_by(person), rule.athlete).first()
    return rule, Whose(reader=person, squad=seen_from, athlete=rule.athlete)


def _seen_from(squads: SquadQuerySet, athlete: User) -> SquadQuerySet:
    return squads.filter(memberships__person=athlete, memberships__ended_at=None, memberships__role=Role.ATHLETE)


def _read_squad(request: HttpRequest, slug: str) -> tuple[Squad, Membership]:
    """A squad that one coaches or assists. Raises Http404; PermissionDenied for its athletes."""
    squad = Squad.objects.select_related("default_routine").for_reading(request.user, slug=slug)
    mine = Membership.objects.visible_to(request.user).filter(squad=squad, person=_person(request)).first()
    if mine is None or mine.role not in READERS or squad.archived_at:
        raise PermissionDenied
    return squad, mine


def _athlete(request: HttpRequest, squad: Squad, person_id: int) -> User:
    """An athlete of the squad, as one sees it. Raises Http404."""
    rows = Membership.objects.select_related("person")
    membership = rows.for_reading(request.user, squad=squad, person_id=person_id)
    if membership.role != Role.ATHLETE:
        raise Http404
    return membership.person


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _person(request: HttpRequest) -> User:
    """Who asks; login_required lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


standing_urls = [
    path("warm-ups/", own_warm_ups, name="own-warm-ups"),
    path("warm-ups/new/", own_rule_new, name="own-rule-new"),
    path("warm-ups/usual/", own_usual, name="own-usual"),
    path("warm-ups/<int:rule_id>/", rule_change, name="rule-change"),
    path("warm-ups/<int:rule_id>/end/", rule_end, name="rule-end"),
    path("squads/<slug:slug>/warm-ups/", squad_warm_ups, name="squad-warm-ups"),
    path("squads/<slug:slug>/warm-ups/new/", squad_rule_new, name="squad-rule-new"),
    path("squads/<slug:slug>/warm-ups/usual/", squad_usual, name="squad-usual"),
    path("squads/<slug:slug>/warm-ups/runs/", squad_warm_ups_runs, name="squad-warm-ups-runs"),
    path("squads/<slug:slug>/athletes/<int:person_id>/warm-ups/", athlete_warm_ups, name="athlete-warm-ups"),
    path("squads/<slug:slug>/athletes/<int:person_id>/warm-ups/new/", athlete_rule_new, name="athlete-rule-new"),
]
