"""The page on which a curator writes an exercise: always its latest version, never what readers see at once."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from warmups.domain.exercise_documents import EMPTY, Document, check_document, known_here
from warmups.domain.exercises import Outdated, save_draft, start_exercise
from warmups.domain.reach import reach_of
from warmups.domain.version_differences import Difference, differences, names_here
from warmups.domain.version_merging import merge
from warmups.models import Exercise, ExerciseVersion
from warmups.workshop.access import page_context, workshop_page
from warmups.workshop.exercise_form import ExercisePage
from warmups.workshop.poses import figure_shown
from warmups.workshop.review import workflow_of

FIELDSETS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (None, {"fields": ("name", "slug", "aliases")}),
    (
        gettext_lazy("How to do it"),
        {"fields": ("summary", "set_up", "steps", "cues", "feel", "mistakes", "leave_out", "contraindications")},
    ),
    (
        gettext_lazy("What it is"),
        {
            "fields": (
                ("category", "phase", "running_role"),
                ("position", "space", "difficulty"),
                "lying",
                "movement",
            )
        },
    ),
    (
        gettext_lazy("Usual dose"),
        {
            "fields": (
                "mode",
                ("sets", "reps", "hold_seconds", "metres"),
                ("tempo", "seconds_per_rep"),
                ("unilateral", "alternating"),
            )
        },
    ),
    (gettext_lazy("What it needs"), {"fields": ("equipment", "equipment_substitutes")}),
    (gettext_lazy("Easier and harder"), {"fields": (("easier", "harder"),)}),
    (
        gettext_lazy("Evidence and review"),
        {"fields": ("evidence_level", "reviewed_by", ("reviewed_on", "review_due"))},
    ),
)


@workshop_page
def add(request: HttpRequest) -> HttpResponse:
    """A new exercise, empty or `?like=<slug>`: with the poses and the kind of another one."""
    like = Exercise.objects.visible_to(request.user).filter(slug=request.GET.get("like", "")).first()
    document = _like(like) if like else EMPTY
    if request.method != "POST":
        return _page(request, ExercisePage(document=document, slug=None, based_on=None), like=like)
    page = ExercisePage(document=document, slug=None, based_on=None, data=request.POST)
    if page.is_valid() and (exercise := _started(page, cast(User, request.user))):
        return _after(request, exercise, _("%(name)s is saved as a draft. Readers see nothing of it."))
    return _page(request, page, like=like, status=422)


def _started(page: ExercisePage, person: User) -> Exercise | None:
    """The exercise, or None if something was refused, which then stands beside its field."""
    document = page.sent
    slug = page.form.cleaned_data["slug"] or slugify(document["name"])[:60].strip("-")
    reason = page.form.cleaned_data["reason"]
    try:
        return start_exercise(slug=slug, document=document, actor=person, now=timezone.now(), reason=reason)
    except ValidationError as error:
        page.refuse(_by_path(error))
        return None


def _like(other: Exercise) -> Document:
    """What a new exercise takes over from another one: its figure and its kind, but no words and no claims."""
    document = cast(ExerciseVersion, other.latest).document
    words = (
        "name",
        "aliases",
        "summary",
        "set_up",
        "steps",
        "cues",
        "feel",
        "mistakes",
        "leave_out",
        "review",
        "media",
    )
    return document | {key: EMPTY[key] for key in (*words, "evidence_level", "easier", "harder", "substitutes")}


@workshop_page
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """The latest version of an exercise. Saving makes the next one, and never publishes.

    If somebody saved meanwhile nothing is saved; the form comes back with both changes in one (409).
    """
    rows = Exercise.objects.select_related("latest__author", "published_version")
    exercise = rows.for_change(request.user, pk=pk)
    latest = cast(ExerciseVersion, exercise.latest)
    if request.method != "POST":
        page = ExercisePage(document=latest.document, slug=exercise.slug, based_on=latest.number)
        return _page(request, page, exercise=exercise)
    base = _base(exercise, request.POST.get("based_on", ""))
    if base is None:
        return _page(request, _of_nothing(request, exercise, latest), exercise=exercise, status=422)
    page = ExercisePage(document=base.document, slug=exercise.slug, based_on=base.number, data=request.POST)
    if not page.is_valid():
        return _page(request, page, exercise=exercise, status=422)
    try:
        version = save_draft(
            exercise=exercise,
            document=page.sent,
            actor=cast(User, request.user),
            now=timezone.now(),
            reason=page.form.cleaned_data["reason"],
            based_on=base.number,
        )
    except Outdated as error:
        return _merged(request, exercise, page, base, error)
    except ValidationError as error:
        page.refuse(_by_path(error))
        return _page(request, page, exercise=exercise, status=422)
    saved = _("Version %(number)d is saved. Readers see nothing of it until it is published.")
    same = _("Nothing was different, so there is no new version.")
    words = same if version == latest else saved % {"number": version.number}
    return _after(request, exercise, words)


def _by_path(error: ValidationError) -> dict[str, list[str]]:
    """What the domain refused; what is about no field stands above all of them."""
    return error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}


def _base(exercise: Exercise, number: str) -> ExerciseVersion | None:
    """The version that the form began with; None where it says none, or nonsense."""
    known = number.isascii() and number.isdigit() and len(number) < 10
    return exercise.versions.filter(number=int(number)).first() if known else None


def _of_nothing(request: HttpRequest, exercise: Exercise, latest: ExerciseVersion) -> ExercisePage:
    """What was typed, to be looked at beside the latest version: saving at once might undo what somebody else wrote."""
    data = request.POST.copy()
    data["based_on"] = str(latest.number)
    page = ExercisePage(document=latest.document, slug=exercise.slug, based_on=latest.number, data=data)
    page.is_valid()
    message = _("We can't tell which version you began with. Compare this with version %(number)d, and save once more.")
    page.refuse({NON_FIELD_ERRORS: [message % {"number": latest.number}]})
    return page


def _merged(
    request: HttpRequest, exercise: Exercise, page: ExercisePage, base: ExerciseVersion, error: Outdated
) -> HttpResponse:
    """Nothing is saved: the form comes back with what was typed and what the other one saved, to be looked at."""
    mine, theirs = page.sent, error.latest
    checked, problems = check_document(exercise.slug, mine, known_here())
    if problems:
        # As it was typed and still based on the old version, so that theirs comes in once it can be read.
        page.refuse(problems)
        return _page(request, page, exercise=exercise, theirs=theirs, status=409)
    document, conflicts = merge(base.document, checked, theirs.document)
    names = names_here()
    disputed = [row for row in differences(document, theirs.document, names=names) if row.field in conflicts]
    added = [row for row in differences(base.document, theirs.document, names=names) if row.field not in conflicts]
    page = ExercisePage(
        document=document,
        slug=exercise.slug,
        based_on=theirs.number,
        reason=page.form.cleaned_data["reason"],
    )
    return _page(request, page, exercise=exercise, theirs=theirs, disputed=disputed, added=added, status=409)


def _after(request: HttpRequest, exercise: Exercise, words: str) -> HttpResponse:
    """Where the button leads that was pressed."""
    messages.success(request, words % {"name": str(Exercise.objects.get(pk=exercise.pk))} if "%(" in words else words)
    if "_preview" in request.POST:
        latest = Exercise.objects.select_related("latest").get(pk=exercise.pk).latest
        return redirect("admin:warmups_exercise_version", exercise.pk, cast(ExerciseVersion, latest).number)
    if "_submit" in request.POST:
        return redirect("admin:warmups_exercise_submit", exercise.pk)
    return redirect("admin:warmups_exercise_change", exercise.pk)


def _page(
    request: HttpRequest,
    page: ExercisePage,
    *,
    exercise: Exercise | None = None,
    like: Exercise | None = None,
    theirs: ExerciseVersion | None = None,
    disputed: list[Difference] | None = None,
    added: list[Difference] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form in the admin's frame. Context: adminform, page, exercise, workflow, reach, figure, theirs …"""
    fieldsets = [(name, dict(said)) for name, said in FIELDSETS]
    if exercise is not None:
        fieldsets[0] = (None, {"fields": ("name", "aliases")})
    new = exercise is None
    person = cast(User, request.user)
    context = page_context(
        request,
        _("A new exercise") if new else _("Exercise: %(name)s") % {"name": page.document["name"]},
        opts=Exercise._meta,
        adminform=AdminForm(cast(Any, page.form), fieldsets, {}),
        page=page,
        exercise=exercise,
        latest=exercise.latest if exercise else None,
        workflow=workflow_of(exercise, person) if exercise else None,
        reach=reach_of(exercise, now=timezone.now()) if exercise else None,
        figure=figure_shown(page),
        drawn=Exercise.objects.exclude(poses_digest="").order_by("name").only("slug", "name"),
        like=like,
        theirs=theirs,
        disputed=disputed,
        added=added,
        names=page.form.fields,
        back=reverse("admin:warmups_exercise_changelist"),
    )
    return TemplateResponse(request, "admin/warmups/exercise/change_form.html", context, status=status)
