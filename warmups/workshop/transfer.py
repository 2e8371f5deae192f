"""Content out as files, and in again: a look at the difference first, then all of it or nothing."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from warmups.domain import content_import as domain
from warmups.domain.content_cells import guarded
from warmups.domain.content_export import LATEST, PUBLISHED, content_files, table_files, zipped
from warmups.domain.content_files import ContentError, Problem
from warmups.domain.content_import import ADDED, CHANGED, Change, ImportPlan, PlanChanged
from warmups.domain.version_differences import Difference, Names, differences, names_here
from warmups.models import ContentImport, Exercise, Routine
from warmups.workshop.access import page_context, workshop_page

MOST_SHOWN = 100  # changes of one kind told in full
MOST_PROBLEMS_SHOWN = 200

FORMS = {"content": content_files, "csv": table_files}


# --- Export -----------------------------------------------------------------------------------------------------------


class ExportForm(forms.Form):
    """Which versions, in which form."""

    which = forms.ChoiceField(
        label=gettext_lazy("Which versions"),
        choices=[
            (LATEST, gettext_lazy("The latest of each exercise, drafts too")),
            (PUBLISHED, gettext_lazy("What readers see")),
        ],
        initial=LATEST,
        widget=forms.RadioSelect,
    )
    form = forms.ChoiceField(
        label=gettext_lazy("In which form"),
        choices=[
            ("csv", gettext_lazy("CSV, for a spreadsheet: exercises, muscles, equipment, evidence")),
            ("content", gettext_lazy("Content files, for another Prestride: all of it, routines too")),
        ],
        initial="csv",
        widget=forms.RadioSelect,
    )


@workshop_page
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Choose what to take along; with a choice made, the zip."""
    form = ExportForm(request.GET) if "form" in request.GET or "which" in request.GET else ExportForm()
    if form.is_valid():
        which, kind = form.cleaned_data["which"], form.cleaned_data["form"]
        name = f"prestride-{kind}-{timezone.localdate():%Y-%m-%d}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        return HttpResponse(zipped(FORMS[kind](which=which)), content_type="application/zip", headers=headers)
    context = page_context(request, _("Export the content"), form=form)
    return TemplateResponse(request, "admin/workshop/export.html", context, status=422 if form.is_bound else 200)


# --- Import -----------------------------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    """A file to look at."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("A zip, a CSV or a YAML file as the export writes them, of at most 5 MB."),
        allow_empty_file=True,  # the domain says what is wrong with it
        widget=forms.FileInput(attrs={"accept": ".zip,.csv,.yaml,.yml,.json"}),
    )


@workshop_page
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file. Bringing it changes nothing yet: one is led to the difference."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file, person = form.cleaned_data["file"], cast(User, request.user)
        content = file.read(domain.MOST_BYTES + 1)
        try:
            kept = domain.keep_upload(file_name=file.name, content=content, actor=person, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("workshop-import-one", kept.pk)
    context = page_context(request, _("Import content"), form=form)
    return TemplateResponse(request, "admin/workshop/import.html", context, status=422 if form.is_bound else 200)


@dataclass(frozen=True)
class Part:
    """What becomes of one kind of thing. `more`: names of changes that are not told in full."""

    name: str
    counts: Counter[str]
    added: list[Change]
    changed: list[tuple[Change, list[Difference] | list[Changed]]]
    more: list[Change]

    @property
    def of_exercises(self) -> bool:
        """Whether the changes are told as those of an exercise's versions."""
        return any(change.model is Exercise for change, _told in self.changed)


@dataclass(frozen=True)
class Changed:
    """What became of one field of a row."""

    label: str
    before: str
    after: str


@workshop_page
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an import would do, or what is wrong with its files; POST does what was shown, or forgets it."""
    person = cast(User, request.user)
    kept = get_object_or_404(ContentImport, pk=pk, by=person)
    if kept.done_at is not None:
        messages.info(request, _("This was imported already. Choose the file again to look at it anew."))
        return redirect("workshop-import")
    if request.method == "POST" and "forget" in request.POST:
        domain.set_aside(kept)
        messages.info(request, _("Nothing was imported."))
        return redirect("workshop-import")
    try:
        if request.method != "POST":
            return _plan_page(request, kept, domain.plan_import(kept, actor=person, now=timezone.now()))
        expected = str(request.POST.get("expected", ""))
        plan = domain.run_import(kept, actor=person, now=timezone.now(), expected=expected)
    except ContentError as error:
        return _problems_page(request, kept, error.problems)
    except PlanChanged as error:
        messages.warning(request, error.messages[0])
        return _plan_page(request, kept, error.plan, status=409)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("workshop-import")
    messages.success(request, _("Imported: %(what)s.") % {"what": _in_words(plan)})
    return redirect(reverse("admin:warmups_exercise_changelist") if plan.of(Exercise) else "workshop-import")


@workshop_page
@require_safe
def problems_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wrong with an import's files, as a CSV file to work through."""
    person = cast(User, request.user)
    kept = get_object_or_404(ContentImport, pk=pk, by=person, done_at=None)
    problems: list[Problem] = []
    try:
        domain.plan_import(kept, actor=person, now=timezone.now())
    except ContentError as error:
        problems = error.problems
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_("File"), _("Line"), _("Field"), _("What to do")])
    for problem in problems:
        cells = [problem.file, str(problem.line), problem.field, problem.message]
        writer.writerow([guarded(cell, spreadsheet=True) for cell in cells])
    headers = {
        "Content-Disposition": 'attachment; filename="import-problems.csv"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)


def _problems_page(request: HttpRequest, kept: ContentImport, problems: list[Problem]) -> HttpResponse:
    context = page_context(
        request,
        _("This can't be imported yet"),
        kept=kept,
        problems=problems[:MOST_PROBLEMS_SHOWN],
        count=len(problems),
        more=max(0, len(problems) - MOST_PROBLEMS_SHOWN),
    )
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "admin/workshop/import_problems.html", context, status=status)


def _plan_page(request: HttpRequest, kept: ContentImport, plan: ImportPlan, *, status: int = 200) -> HttpResponse:
    names = names_here()
    context = page_context(
        request,
        _("What this import does") if plan.changes else _("Nothing to import"),
        kept=kept,
        plan=plan,
        parts=[_part(model, counts, plan, names) for model, counts in plan.counts.items()],
        in_words=_in_words(plan),
        expected=plan.digest,
    )
    return TemplateResponse(request, "admin/workshop/import_plan.html", context, status=status)


def _part(model: type[models.Model], counts: Counter[str], plan: ImportPlan, names: Names) -> Part:
    changed = [change for change in plan.of(model) if change.fate == CHANGED]
    return Part(
        name=capfirst(str(model._meta.verbose_name_plural)),
        counts=counts,
        added=[change for change in plan.of(model) if change.fate == ADDED],
        changed=[(change, _told(change, names)) for change in changed[:MOST_SHOWN]],
        more=changed[MOST_SHOWN:],
    )


def _told(change: Change, names: Names) -> list[Difference] | list[Changed]:
    if change.model is Exercise:
        return differences(change.before, change.after, names=names)
    if change.model is Routine:
        return list(_routine_told(change))
    return [
        Changed(capfirst(str(_label(change.model, name))), _value(change.before.get(name)), _value(said))
        for name, said in change.after.items()
    ]


def _routine_told(change: Change) -> Iterable[Changed]:
    """Name and description, then the steps that differ."""
    for name in ("name", "description"):
        if name in change.after:
            yield Changed(capfirst(str(_label(Routine, name))), change.before[name], change.after[name])
    before, after = change.before.get("steps", []), change.after.get("steps", [])
    for index in range(max(len(before), len(after))):
        old, new = (side[index] if index < len(side) else {} for side in (before, after))
        if old != new:
            changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
            label = _("Step %(number)d") % {"number": index + 1}
            yield Changed(label, _step_words(old, changed), _step_words(new, changed))


def _step_words(step: Mapping[str, Any], keys: Iterable[str]) -> str:
    said = {key: step[key] for key in dict.fromkeys(["exercise", *keys]) if key in step}
    return ", ".join(_value(value) if key == "exercise" else f"{key}: {_value(value)}" for key, value in said.items())


def _label(model: type[models.Model], name: str) -> Any:
    return getattr(model._meta.get_field(name), "verbose_name", name)


def _value(value: Any) -> str:
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _in_words(plan: ImportPlan) -> str:
    """How much of what: "2 exercises new, 3 changed; 1 study changed"."""
    said = []
    for model, counts in plan.counts.items():
        words = []
        if counts[ADDED]:
            words.append(_("%(number)d new") % {"number": counts[ADDED]})
        if counts[CHANGED]:
            words.append(_("%(number)d changed") % {"number": counts[CHANGED]})
        if words:
            said.append(f"{model._meta.verbose_name_plural}: {', '.join(words)}")
    return "; ".join(said)


transfer_urls = [
    path("export/", export, name="workshop-export"),
    path("import/", upload, name="workshop-import"),
    path("import/<int:pk>/", one, name="workshop-import-one"),
    path("import/<int:pk>/problems.csv", problems_file, name="workshop-import-problems"),
]
