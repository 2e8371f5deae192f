"""One's squads, the board, one athlete, settings, leaving and removing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from plans.domain import board
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.given import with_warm_up
from plans.domain.squad_roles import archive_squad, bring_back_squad, change_role, hand_over
from plans.domain.squads import (
    change_squad,
    end_membership,
    found_squad,
    share_health,
)
from plans.forms.squads import FoundForm, HandOverForm, RoleForm, SquadForm
from plans.models import Membership, Run, Squad
from plans.models.squads import Role
from plans.querysets import PLANNERS, READERS

WEEKS_AHEAD = 4
COMING_AT_MOST = 20


@login_required
@require_safe
def squads(request: HttpRequest) -> HttpResponse:
    """The squads that one is in, and as what."""
    athletes = Count("squad__memberships", Q(squad__memberships__ended_at=None, squad__memberships__role=Role.ATHLETE))
    mine = Membership.objects.visible_to(request.user).filter(person=_person(request)).select_related("squad")
    rows = list(mine.annotate(athletes=athletes).order_by("squad__name", "pk"))
    context = {
        "memberships": [each for each in rows if not each.squad.archived_at],
        "archived": [each for each in rows if each.squad.archived_at],
    }
    return render(request, "plans/squads.html", context)


@login_required
def squad_new(request: HttpRequest) -> HttpResponse:
    """Found a squad."""
    person = _person(request)
    data = request.POST if request.method == "POST" else None
    form = FoundForm(data, person=person, initial={"time_zone": person.time_zone})
    if form.is_valid():
        try:
            squad = found_squad(founder=person, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%(name)s is ready. Invite your athletes next.") % {"name": squad.name})
            return redirect("squad-invite", squad.slug)
    return render(request, "plans/squad_new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def squad(request: HttpRequest, slug: str) -> HttpResponse:
    """A squad: the board for its coaches and assistants, what concerns oneself for its athletes."""
    squad, mine = _squad(request, slug)
    if squad.archived_at:
        return render(request, "plans/squad_archived.html", {"squad": squad, "mine": mine})
    if mine.role in READERS:
        return _board(request, squad, mine)
    return _own_page(request, squad, mine)


def _board(request: HttpRequest, squad: Squad, mine: Membership) -> HttpResponse:
    now = timezone.now()
    today = now.astimezone(squad.time_zone).date()
    shown = board.read_board(
        squad=squad,
        memberships=list(board.athletes_of(squad, _person(request))),
        reader=_person(request),
        first=today - timedelta(days=board.DAYS_BACK - 1),
        last=today + timedelta(days=board.DAYS_AHEAD),
        now=now,
    )
    context = {
        "squad": squad,
        "board": shown,
        "today": [outing for day, outings in shown.days if day == today for outing in outings],
        "coming": [outing for day, outings in shown.days if day > today for outing in outings],
        "may_plan": mine.role in PLANNERS,
        "tomorrow": today + timedelta(days=1),
    }
    return render(request, "plans/squad.html", context)


def _own_page(request: HttpRequest, squad: Squad, mine: Membership) -> HttpResponse:
    now = timezone.now()
    coaches = Membership.objects.visible_to(request.user).filter(squad=squad, role__in=READERS)
    runs = Run.objects.visible_to(request.user).planned().filter(squad=squad, athlete=mine.person, starts_at__gt=now)
    runs = with_warm_up(runs).prefetch_related(SESSIONS_OF_RUN)
    context = {
        "squad": squad,
        "mine": mine,
        "coaches": coaches.select_related("person"),
        "coming": [board.run_line(run, now) for run in runs[:COMING_AT_MOST]],
    }
    return render(request, "plans/squad_own.html", context)


@login_required
def squad_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, zone, default routine, reminder time; who coaches."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    person = _person(request)
    now_is = {field: getattr(squad, field) for field in SquadForm.base_fields}
    form = SquadForm(request.POST if request.method == "POST" else None, person=person, squad=squad, initial=now_is)
    if form.is_valid():
        try:
            change_squad(squad=squad, actor=person, now=timezone.now(), changes=form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The squad's settings are saved."))
            return redirect("squad", squad.slug)
    coaches = Membership.objects.visible_to(request.user).filter(squad=squad, role__in=READERS)
    context = {"squad": squad, "form": form, "coaches": coaches.select_related("person")}
    return render(request, "plans/squad_settings.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def squad_athlete(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """One athlete for coaches and assistants: runs to come, the last four weeks, what they share."""
    squad, mine = _squad(request, slug)
    membership = _member(request, squad, person_id)
    if mine.role not in READERS:
        raise PermissionDenied
    if membership.role != Role.ATHLETE:
        return redirect("squad", squad.slug)
    now = timezone.now()
    today = now.astimezone(squad.time_zone).date()
    first, last = today - timedelta(days=board.DAYS_BACK - 1), today + timedelta(weeks=WEEKS_AHEAD)
    reader = _person(request)
    lines, sessions = board.read_athlete(
        squad=squad, athlete=membership.person, reader=reader, first=first, last=last, now=now
    )
    newest = sessions[0] if sessions else None
    context = {
        "squad": squad,
        "row": board.athlete_line(membership, lines, sessions, newest, now),
        "concerns": board.concerns(membership.person, lines, sessions, newest, squad=squad, now=now),
        "coming": [line for line in lines if line.run.starts_at > now],
        "away": board.away_dates(reader, [membership.person_id]).filter(until__gte=today),
        "today": today,
        "history": board.history([line for line in lines if line.run.starts_at <= now], sessions),
        "may_plan": mine.role in PLANNERS,
    }
    return render(request, "plans/athlete.html", context)


@login_required
def squad_remove(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """A coach removes somebody: GET asks, POST acts."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    membership = _member(request, squad, person_id)
    if membership.person_id == request.user.pk:
        return redirect("squad-leave", squad.slug)
    name = membership.person.name
    consequences = [_("You no longer see their runs and warm-ups. What %(name)s logged stays theirs.")]
    if membership.role == Role.ATHLETE:
        consequences.append(_("The squad's runs that have not begun are cancelled for %(name)s."))
        back = reverse("squad-athlete", args=[squad.slug, person_id])
    else:
        consequences = [_("%(name)s no longer sees the squad's athletes.")]
        back = reverse("squad-settings", args=[squad.slug])
    question = {
        "title": _("Remove %(name)s from %(squad)s?") % {"name": name, "squad": squad.name},
        "consequences": [line % {"name": name} for line in consequences],
        "button": _("Remove %(name)s") % {"name": name},
        "back": back,
    }
    done = _("%(name)s is no longer in the squad.") % {"name": name}
    return _ask_and_end(request, membership, question, done=done, then=squad.get_absolute_url())


@login_required
def squad_leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave a squad oneself: GET asks, POST acts."""
    squad, mine = _squad(request, slug)
    consequences = [_("You no longer see the squad's athletes.")]
    if mine.role == Role.ATHLETE:
        consequences = [
            _("Its coaches see your runs and warm-ups no more, from this moment on."),
            _("The squad's runs that have not begun are cancelled for you."),
            _("Everything you logged stays yours."),
        ]
    question = {
        "title": _("Leave %(squad)s?") % {"squad": squad.name},
        "consequences": consequences,
        "button": _("Leave the squad"),
        "back": squad.get_absolute_url(),
    }
    done = _("You have left %(squad)s.") % {"squad": squad.name}
    return _ask_and_end(request, mine, question, done=done, then=reverse("squads"))


@login_required
def squad_role(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """A coach makes a member coach or assistant: GET asks, POST acts."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    membership = _member(request, squad, person_id)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": membership.role})
    if form.is_valid():
        try:
            change_role(
                membership=membership, role=form.cleaned_data["role"], actor=_person(request), now=timezone.now()
            )
        except ValidationError as error:
            form.add_error("role", error.messages)
        else:
            messages.success(request, _("%(name)s has a new role.") % {"name": membership.person.name})
            return redirect("squad-settings" if membership.person_id != request.user.pk else "squad", squad.slug)
    consequences = [
        _("A coach plans, invites and may remove people; an assistant sees the athletes and plans nothing.")
    ]
    if membership.role == Role.ATHLETE:
        consequences.append(_("Their runs with the squad that have not begun are cancelled. What they logged stays."))
    context = {
        "title": _("What is %(name)s in %(squad)s?") % {"name": membership.person.name, "squad": squad.name},
        "consequences": consequences,
        "button": _("Save"),
        "form": form,
        "back": reverse("squad-settings", args=[squad.slug]),
    }
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)


@login_required
def squad_hand_over(request: HttpRequest, slug: str) -> HttpResponse:
    """A coach hands the squad over to somebody of it: GET asks, POST acts."""
    squad, person = Squad.objects.for_change(request.user, slug=slug), _person(request)
    others = Membership.objects.visible_to(person).filter(squad=squad).exclude(person=person)
    form = HandOverForm(request.POST if request.method == "POST" else None, members=others)
    if form.is_valid():
        to: Membership = form.cleaned_data["to"]
        leaves = form.cleaned_data["then"] == "leave"
        try:
            hand_over(squad=squad, to=to, actor=person, leaves=leaves, now=timezone.now())
        except ValidationError as error:
            form.add_error("to", error.messages)
        else:
            values = {"name": to.person.name, "squad": squad.name}
            messages.success(request, _("%(name)s coaches %(squad)s now.") % values)
            return redirect("squads" if leaves else squad)
    context = {
        "title": _("Hand %(squad)s over") % {"squad": squad.name},
        "text": _("Whom you choose becomes its coach. An athlete who becomes coach runs here no more."),
        "button": _("Hand over"),
        "form": form,
        "back": reverse("squad-settings", args=[squad.slug]),
    }
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)


@login_required
def squad_archive(request: HttpRequest, slug: str) -> HttpResponse:
    """A coach lays the squad to rest: GET asks, POST acts."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    if request.method == "POST":
        archive_squad(squad=squad, actor=_person(request), now=timezone.now())
        messages.success(request, _("%(squad)s is archived.") % {"squad": squad.name})
        return redirect(squad)
    context = {
        "title": _("Archive %(squad)s?") % {"squad": squad.name},
        "consequences": [
            _("All its runs that have not begun are cancelled, and no reminder goes out for them."),
            _("Its invitations and links stop working, and nobody reads its board."),
            _("What its athletes logged stays theirs. You can bring the squad back."),
        ],
        "button": _("Archive the squad"),
        "danger": True,
        "back": reverse("squad-settings", args=[squad.slug]),
    }
    return render(request, "components/confirm.html", context)


@login_required
def squad_bring_back(request: HttpRequest, slug: str) -> HttpResponse:
    """A coach wakes an archived squad: GET asks, POST acts."""
    squad, _mine = _squad(request, slug)
    if not squad.archived_at:
        return redirect(squad)
    if not Squad.objects.returnable_by(_person(request)).filter(pk=squad.pk).exists():
        raise PermissionDenied
    if request.method == "POST":
        bring_back_squad(squad=squad, actor=_person(request), now=timezone.now())
        messages.success(request, _("%(squad)s is back.") % {"squad": squad.name})
        return redirect(squad)
    context = {
        "title": _("Bring %(squad)s back?") % {"squad": squad.name},
        "text": _("What was cancelled with it and is still to come is on again. Invitations have to be sent anew."),
        "button": _("Bring it back"),
        "back": squad.get_absolute_url(),
    }
    return render(request, "components/confirm.html", context)


def _ask_and_end(
    request: HttpRequest, membership: Membership, question: dict[str, Any], *, done: str, then: str
) -> HttpResponse:
    refused = ""
    if request.method == "POST":
        try:
            end_membership(membership=membership, actor=_person(request), now=timezone.now())
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            messages.success(request, done)
            return redirect(then)
    context = {**question, "danger": True, "refused": refused}
    return render(request, "plans/squad_end.html", context, status=422 if refused else 200)


@login_required
@require_POST
def squad_share(request: HttpRequest, slug: str) -> HttpResponse:
    """An athlete says anew whether the squad's coaches see their pain and notes."""
    squad, mine = _squad(request, slug)
    if mine.role != Role.ATHLETE:
        raise PermissionDenied
    shares = request.POST.get("shares_health") == "yes"
    share_health(membership=mine, shares=shares, now=timezone.now())
    if shares:
        messages.success(request, _("The coaches of %(squad)s see your pain and notes.") % {"squad": squad.name})
    else:
        messages.success(request, _("Your pain and notes are yours alone in %(squad)s.") % {"squad": squad.name})
    return redirect(squad)


def _squad(request: HttpRequest, slug: str) -> tuple[Squad, Membership]:
    """A squad that one is in, and one's own membership of it. Raises Http404."""
    squad = Squad.objects.for_reading(request.user, slug=slug)
    return squad, _member(request, squad, _person(request).pk)


def _member(request: HttpRequest, squad: Squad, person_id: int) -> Membership:
    """Somebody's membership, if one sees it. Raises Http404."""
    rows = Membership.objects.select_related("person")
    return rows.for_reading(request.user, squad=squad, person_id=person_id)


def _person(request: HttpRequest) -> User:
    """Who asks; login_required lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
