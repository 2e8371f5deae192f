"""What an exercise said over time: its versions, two of them compared, one as readers would see it, one restored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page

from accounts.models import User
from warmups import figures
from warmups.domain import exercises as domain
from warmups.domain.exercise_documents import Document, Known, known_here, named_exercises
from warmups.domain.figures import figure_file, figure_url, figures_from, poses_digest
from warmups.domain.version_differences import LABELS, changed_fields, differences, in_short, names_here
from warmups.models import Exercise, ExerciseVersion, ReviewComment
from warmups.querysets import VersionQuerySet
from warmups.views.exercises import exercise_page
from warmups.workshop.access import page_context, workshop_page

PER_PAGE = 20
PRIVATE = cache_control(private=True, no_store=True)
# What the domain puts before a reason takes room from it.
LONGEST_REASON = domain.LONGEST_REASON - 40


@dataclass(frozen=True)
class Entry:
    """A line of the history. `changed`: the fields that differ from the version before, in short."""

    version: ExerciseVersion
    changed: str
    is_first: bool
    is_latest: bool
    is_read: bool  # by everyone, now


@workshop_page
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """All versions of an exercise, the newest first, to be looked at, compared and restored. `?page=2`."""
    exercise = _exercise(request, pk)
    comments = ReviewComment.objects.select_related("author").order_by("made_at", "pk")
    versions = _versions(request, exercise).select_related("author", "published_by")
    paginator = Paginator(versions.prefetch_related(Prefetch("comments", comments)), PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    context = page_context(
        request,
        _("History of %(name)s") % {"name": _name(exercise)},
        opts=Exercise._meta,
        exercise=exercise,
        page=page,
        pages=paginator.get_elided_page_range(page.number),
        entries=_entries(exercise, page, versions),
        chosen=_usual_pair(exercise),
    )
    return render(request, "admin/warmups/exercise/history.html", context)


def _entries(exercise: Exercise, page: Page[ExerciseVersion], versions: QuerySet[ExerciseVersion]) -> list[Entry]:
    """The lines of a page; what the last of them changed is told by the version before, which is on the next page."""
    shown = list(page)
    before = versions.filter(number__lt=shown[-1].number).first() if shown else None
    return [
        Entry(
            version=version,
            changed=in_short(differences(older.document, version.document)) if older else "",
            is_first=older is None,
            is_latest=version.pk == exercise.latest_id,
            is_read=version.pk == exercise.published_version_id,
        )
        for version, older in zip(shown, [*shown[1:], before], strict=True)
    ]


# --- Two versions -----------------------------------------------------------------------------------------------------


class VersionField(forms.ModelChoiceField):
    """A version of an exercise, by its number."""

    default_error_messages = {
        "required": gettext_lazy("Choose a version."),
        "invalid_choice": gettext_lazy("There is no such version. Choose one of these."),
    }

    def label_from_instance(self, version: Any) -> str:
        """Its number, when and by whom."""
        return _("%(number)d: %(day)s, %(name)s") % {
            "number": version.number,
            "day": date_format(timezone.localtime(version.made_at), "DATE_FORMAT"),
            "name": _writer(version),
        }


class CompareForm(forms.Form):
    """Which two versions to compare."""

    def __init__(self, *args: Any, versions: QuerySet[ExerciseVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", _("From version")), ("to", _("To version"))):
            self.fields[name] = VersionField(versions, to_field_name="number", label=label, empty_label=None)


@workshop_page
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """What differs from one version to another: `?from=3&to=5`; without both, from what readers see to the latest."""
    exercise = _exercise(request, pk)
    versions = _versions(request, exercise).light()
    asked = request.GET if {"from", "to"} & request.GET.keys() else _usual_pair(exercise)
    form = CompareForm(asked, versions=versions)
    found = _compared(form.cleaned_data["from"], form.cleaned_data["to"]) if form.is_valid() else {}
    context = page_context(
        request,
        _("Compare versions of %(name)s") % {"name": _name(exercise)},
        opts=Exercise._meta,
        exercise=exercise,
        form=form,
        **found,
    )
    return render(request, "admin/warmups/exercise/compare.html", context, status=200 if form.is_valid() else 422)


def _usual_pair(exercise: Exercise) -> dict[str, int]:
    """What one mostly wants to compare: what readers see, or else what was before, with the latest."""
    latest, read = cast(ExerciseVersion, exercise.latest), exercise.published_version
    before = read.number if read is not None and read.pk != latest.pk else max(1, latest.number - 1)
    return {"from": before, "to": latest.number}


def _compared(before: ExerciseVersion, after: ExerciseVersion) -> dict[str, Any]:
    changed = changed_fields(before.document, after.document)
    return {
        "before": before,
        "after": after,
        "backwards": before.number > after.number,
        "differences": differences(before.document, after.document, names=names_here()),
        "pictures": [_picture(before), _picture(after)] if "poses" in changed else None,
    }


@dataclass(frozen=True)
class Picture:
    """The figure of a version, by kind and theme; none without poses."""

    version: ExerciseVersion
    moving: Mapping[str, str] | None = None
    still: Mapping[str, str] | None = None
    description: str = ""


def _picture(version: ExerciseVersion) -> Picture:
    if not version.document.get("poses"):
        return Picture(version)
    row = drawn(version)
    with figures_from({row.slug: figure_address(version)}):
        moving, still = (
            {theme: figure_url(row, kind=kind, theme=theme) for theme in ("light", "dark")}
            for kind in ("moving", "still")
        )
    return Picture(version, moving, still, f"{row.name}. {figures.desc(row.poses)}")


# --- One version ------------------------------------------------------------------------------------------------------


@workshop_page
@PRIVATE
def preview(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version exactly as readers would see it, with a bar above it. `?side=left|right` turns the figure."""
    version = _version(request, pk, number)
    if gone := _gone(version.document, known_here()):
        context = page_context(
            request,
            _("Version %(number)d of %(name)s") % {"number": number, "name": version.document["name"]},
            opts=Exercise._meta,
            exercise=version.exercise,
            version=version,
            gone=gone,
        )
        return render(request, "admin/warmups/exercise/preview_impossible.html", context, status=409)
    exercise = version.exercise
    bar = {
        "version": version,
        "is_read": version.pk == exercise.published_version_id,
        "is_latest": version.pk == exercise.latest_id,
        "standing": exercise.get_next_status_display() if exercise.next_status else "",
    }
    with domain.as_published(version) as row, figures_from({row.slug: figure_address(version)}):
        response = exercise_page(request, row, keep=False, template="admin/warmups/exercise/preview.html", preview=bar)
    response["X-Robots-Tag"] = "noindex"
    return response


def _gone(document: Document, known: Known) -> list[str]:
    """What a document names that is not there any more, by slug: nothing can be shown of those."""
    muscles = [slug for slugs in document["muscles"].values() for slug in slugs]
    return sorted(
        named_exercises(document) - set(known.exercises)
        | set(muscles) - set(known.muscles)
        | set(document["equipment"]) - set(known.equipment)
    )


@workshop_page
@PRIVATE
@gzip_page
def figure(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The figure of one version, an SVG: `?still=1`, `?still=1&phases=1`, `?side=left|right`, `?theme=dark`."""
    version = _version(request, pk, number)
    if not version.document.get("poses"):
        raise Http404
    asked = request.GET
    kind = "moving" if asked.get("still") != "1" else "small" if asked.get("phases") == "1" else "still"
    side = asked.get("side", "")
    theme = "dark" if asked.get("theme") == "dark" else "light"
    try:
        file = figure_file(drawn(version), kind=kind, side=side if side in ("left", "right") else "", theme=theme)
    except figures.PoseError as error:
        raise Http404 from error
    response = HttpResponse(file, content_type="image/svg+xml")
    response["X-Robots-Tag"] = "noindex"
    return response


def drawn(version: ExerciseVersion) -> Exercise:
    """What the drawing asks of an exercise, as a version says it; never saved."""
    poses = version.document["poses"]
    return Exercise(
        slug=version.exercise.slug, name=version.document["name"], poses=poses, poses_digest=poses_digest(poses)
    )


def figure_address(version: ExerciseVersion) -> str:
    """Where the figure of a version is."""
    return reverse("admin:warmups_exercise_version_figure", args=[version.exercise_id, version.number])


class RestoreForm(forms.Form):
    """Why a version is restored, and on which one that is based."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("It stands in the history, behind “Restored version …”."),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.TextInput(attrs={"size": 80}),
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1, required=False)


@workshop_page
def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show what restoring a version would change (GET); make it the next draft (POST), or say why that can't be."""
    version = _version(request, pk, number)
    latest = cast(ExerciseVersion, version.exercise.latest)
    if request.method != "POST":
        return _restore_page(request, version, RestoreForm(), 200)
    form = RestoreForm(request.POST)
    made = _restored(version, cast(User, request.user), form) if form.is_valid() else None
    if made is None:
        return _restore_page(request, version, form, 422)
    if made.pk == latest.pk:
        messages.info(request, _("The latest version says the same already. Nothing was changed."))
    else:
        words = _("What version %(number)d said is the next draft again, as version %(made)d.")
        messages.success(request, words % {"number": version.number, "made": made.number})
    return redirect("admin:warmups_exercise_change", pk)


def _restored(version: ExerciseVersion, person: User, form: RestoreForm) -> ExerciseVersion | None:
    """The new version; None if the domain refused, and the form says why."""
    try:
        return domain.restore_version(version=version, actor=person, now=timezone.now(), **form.cleaned_data)
    except domain.Outdated as error:
        form.add_error(None, error.messages[0])
        form.add_error(None, _("Below is what restoring would change now. Restore it once more if you still want to."))
    except ValidationError as error:
        for message in _with_labels(error):
            form.add_error(None, message)
    return None


def _with_labels(error: ValidationError) -> Iterator[str]:
    """What the domain refused, each with the field's name before it."""
    if not hasattr(error, "error_dict"):
        yield from error.messages
        return
    for name, said in error.message_dict.items():
        label = str(LABELS.get(name.partition(".")[0], "")).capitalize()
        yield from (f"{label}: {message}" if label else message for message in said)


def _restore_page(request: HttpRequest, version: ExerciseVersion, form: RestoreForm, status: int) -> HttpResponse:
    """The page that asks; after a refusal, with the exercise as it is by now."""
    exercise = _exercise(request, version.exercise_id)
    latest = cast(ExerciseVersion, exercise.latest)
    context = page_context(
        request,
        _("Restore version %(number)d of %(name)s") % {"number": version.number, "name": _name(exercise)},
        opts=Exercise._meta,
        exercise=exercise,
        version=version,
        latest=latest,
        form=form,
        is_latest=latest.pk == version.pk,
        in_review=exercise.next_status == Exercise.NextStatus.IN_REVIEW,
        differences=differences(latest.document, version.document, names=names_here()),
    )
    return render(request, "admin/warmups/exercise/restore.html", context, status=status)


# --- What the pages share ---------------------------------------------------------------------------------------------


def _exercise(request: HttpRequest, pk: int) -> Exercise:
    """An exercise that somebody may change. Raises Http404."""
    rows = Exercise.objects.select_related("latest", "published_version")
    return rows.for_change(cast(User, request.user), pk=pk)


def _versions(request: HttpRequest, exercise: Exercise) -> VersionQuerySet:
    """Its versions, the newest first."""
    rows = ExerciseVersion.objects.visible_to(cast(User, request.user))
    return rows.filter(exercise=exercise).order_by("-number")


def _version(request: HttpRequest, pk: int, number: int) -> ExerciseVersion:
    """One version, with its exercise. Raises Http404."""
    rows = ExerciseVersion.objects.select_related("exercise__latest", "author", "published_by")
    return rows.for_reading(cast(User, request.user), exercise_id=pk, number=number)


def _name(exercise: Exercise) -> str:
    """What it is called by now, published or not."""
    return str(cast(ExerciseVersion, exercise.latest).document["name"])


def _writer(version: ExerciseVersion) -> str:
    """Who wrote a version, or where it came from."""
    if version.from_release:
        return _("came with a release")
    return str(version.author) if version.author else _("somebody")


history_urls = [
    path("<int:pk>/history/", history, name="warmups_exercise_history"),
    path("<int:pk>/compare/", compare, name="warmups_exercise_compare"),
    path("<int:pk>/versions/<int:number>/", preview, name="warmups_exercise_version"),
    path("<int:pk>/versions/<int:number>/figure.svg", figure, name="warmups_exercise_version_figure"),
    path("<int:pk>/versions/<int:number>/restore/", restore, name="warmups_exercise_restore"),
]
