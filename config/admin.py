"""The admin as a workshop: one way in, and a start page by what one wants to do instead of by app and table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from warmups.models import Exercise, ExerciseVersion

LATELY = 6  # rows in each list beside the shelves


@dataclass(frozen=True)
class Entry:
    """A line on a shelf: a model ("warmups.exercise", by its own name unless there is a `name`) or a page's address."""

    target: str
    about: Promise
    name: Promise | None = None


@dataclass(frozen=True)
class Shelf:
    """What belongs together for those who work here."""

    name: Promise
    icon: str
    entries: tuple[Entry, ...]


SHELVES = (
    Shelf(
        _("Exercises and routines"),
        "notebook-pen",
        (
            Entry("workshop", _("What waits for review, what is overdue, what is missing."), _("Content board")),
            Entry("warmups.exercise", _("Write them, have them reviewed, publish and retire them.")),
            Entry("warmups.routine", _("Warm-ups for all: describe, publish and archive them."), _("Library routines")),
            Entry("workshop-poses", _("The numbers behind the figures, with examples to try."), _("How poses work")),
        ),
    ),
    Shelf(
        _("Evidence"),
        "book-open-check",
        (
            Entry("warmups.study", _("Where figures come from. Each lists what was taken from it.")),
            Entry("warmups.activation", _("How hard a muscle worked in an exercise, in %MVIC.")),
            Entry("warmups.outcome", _("What trials, reviews and gait studies found.")),
            Entry("warmups.glutealindex", _("Gluteal muscles beside the TFL: an index, no percentage.")),
        ),
    ),
    Shelf(
        _("Words that exercises use"),
        "tags",
        (
            Entry("warmups.muscle", _("Names, where they are and what they do in running.")),
            Entry("warmups.equipment", _("What one needs at hand: a mini-band, a step.")),
        ),
    ),
    Shelf(
        _("In and out"),
        "arrow-right-left",
        (
            Entry("workshop-import", _("Bring files; see what would change before it does."), _("Import content")),
            Entry("workshop-export", _("Take the whole content along, as files or tables."), _("Export content")),
        ),
    ),
    Shelf(
        _("People"),
        "users",
        (
            Entry("accounts.user", _("Who may sign in, and who is a curator.")),
            Entry("account.emailaddress", _("Which addresses are proven.")),
            Entry("accounts.apitoken", _("Which programs people let in.")),
            Entry("accounts.auditentry", _("Who changed what, and when.")),
        ),
    ),
    Shelf(
        _("Squads and runs"),
        "calendar-days",
        (
            Entry("plans.squad", _("To look at.")),
            Entry("plans.membership", _("Who is or was in which squad.")),
            Entry("plans.invitation", _("Who was asked to join, and whether the mail went out.")),
            Entry("plans.joinlink", _("Links with which people may join a squad.")),
            Entry("plans.series", _("What makes runs.")),
            Entry("plans.occurrence", _("The dates of series.")),
            Entry("plans.run", _("To look at.")),
            Entry("plans.assignment", _("What runs were given by hand.")),
            Entry("plans.standingassignment", _("The rules by which runs are given a warm-up.")),
            Entry("plans.away", _("When athletes are away.")),
            Entry("plans.reminder", _("Why a mail came, or did not.")),
        ),
    ),
)


class Workshop(AdminSite):
    """Django's admin, arranged for curators. What a person may not do is not shown."""

    site_title = site_header = "Prestride"
    index_title = _("Workshop")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in, with its limits, its proof of the address and, one day, its second factor.

        Who is signed in and no curator is told so, instead of being sent round in a circle.
        """
        if request.user.is_authenticated and not self.has_permission(request):
            return TemplateResponse(request, "admin/not_yours.html", status=403)
        return cast(HttpResponse, secure_admin_login(super().login)(request, extra_context=extra_context))

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where everyone changes theirs, so that the same rules and the same mail hold."""
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The shelves, what waits for this person's review, and what they wrote last."""
        return super().index(request, {**(extra_context or {}), **_desk(cast(User, request.user))})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The shelves with what this person may open; one app's models where one is asked for.

        Each: {"name", "icon", "models"}, with models as the admin has them and "about" beside.
        """
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        models = {
            f"{app['app_label']}.{model['object_name'].lower()}": model for app in apps for model in app["models"]
        }
        shelves = [_shelf(shelf, models, request) for shelf in SHELVES]
        if models:  # of apps that no shelf knows
            shelves.append({"name": _("More"), "icon": "ellipsis", "models": list(models.values())})
        return [shelf for shelf in shelves if shelf["models"]]


def _shelf(shelf: Shelf, models: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """A shelf as templates have it. Takes what it holds out of `models`."""
    held = []
    for entry in shelf.entries:
        found = models.pop(entry.target, None) if "." in entry.target else _page(entry, request)
        if found:
            held.append(found | {"about": entry.about, "name": entry.name or found["name"]})
    return {"name": shelf.name, "icon": shelf.icon, "models": held}


def _page(entry: Entry, request: HttpRequest) -> dict[str, Any] | None:
    """A page of the workshop as the admin has models; None if it isn't this person's."""
    if not request.user.has_perm("warmups.change_exercise"):
        return None
    return {"name": entry.name, "object_name": entry.target, "admin_url": reverse(entry.target), "add_url": None}


def _desk(person: User) -> dict[str, Any]:
    """{"waiting": exercises in review, by others; "mine": this person's last versions, newest first}; two queries."""
    if not person.has_perm("warmups.change_exercise"):
        return {}
    in_review = Exercise.objects.editable_by(person).filter(next_status=Exercise.NextStatus.IN_REVIEW)
    waiting = in_review.exclude(latest__author=person).select_related("latest__author").order_by("latest__made_at")
    written = ExerciseVersion.objects.filter(author=person).select_related("exercise").order_by("-made_at", "-pk")
    return {
        "waiting": waiting.only("name", "latest__made_at", "latest__number", "latest__author__name")[:LATELY],
        "mine": written.only("number", "made_at", "reason", "exercise__name")[:LATELY],
    }
