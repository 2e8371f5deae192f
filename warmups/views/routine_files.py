"""A routine taken along as a file, and one brought in from a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from warmups.domain.durations import routine_seconds
from warmups.domain.fit import workout
from warmups.domain.routine_files import MOST_BYTES, RoutineFile, exported, import_routine, parsed, read
from warmups.forms.routine_files import RoutineFileForm
from warmups.models import Revision, Routine
from warmups.routine_shapes import ticks

MOST_FAULTS = 50  # told at once


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file: where, as its reader counts, and what to do."""

    where: str
    message: str


@require_safe
def routine_json(request: HttpRequest, routine_id: int) -> HttpResponse:
    """A routine in the open format."""
    routine = Routine.objects.select_related("current").for_reading(request.user, pk=routine_id)
    origin = request.build_absolute_uri(routine.get_absolute_url())
    document = exported(_current(routine), origin=origin)
    return _download(json.dumps(document, ensure_ascii=False, indent=2), routine, "json", "application/json")


@require_safe
def routine_fit(request: HttpRequest, routine_id: int) -> HttpResponse:
    """A routine as a workout for a Garmin watch."""
    routine = Routine.objects.select_related("current").for_reading(request.user, pk=routine_id)
    revision = _current(routine)
    steps = revision.steps.select_related("exercise")
    content = workout(name=revision.name, steps=steps, made_at=revision.created_at, serial=revision.pk)
    return _download(content, routine, "fit", "application/octet-stream")


def _current(routine: Routine) -> Revision:
    revision = cast(Revision, routine.current)
    revision.routine = routine
    return revision


def _download(content: str | bytes, routine: Routine, ending: str, kind: str) -> HttpResponse:
    name = f"{slugify(routine.name, allow_unicode=True) or 'warm-up'}.{ending}"
    disposition = content_disposition_header(True, name) or ""
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def routine_import(request: HttpRequest) -> HttpResponse:
    """Bring a routine in: first a look at what it would be, then, on a second POST, the routine."""
    form = RoutineFileForm(request.POST, request.FILES) if request.method == "POST" else RoutineFileForm()
    faults: list[Fault] = []
    if form.is_valid():
        content = form.cleaned_data["content"]
        try:
            data = parsed(content)
            if request.POST.get("do") == "make":
                routine, _notes = import_routine(owner=cast(User, request.user), data=data, now=timezone.now())
                messages.success(request, _("It is yours now. Look it over, and change what you like."))
                return redirect(_next(routine))
            return _preview(request, read(data), content.decode("utf-8-sig"))
        except ValidationError as error:
            faults = _faults(error)
            _refuse(form, _text(content), faults)
    context = {"form": form, "faults": faults[:MOST_FAULTS], "more": max(0, len(faults) - MOST_FAULTS)}
    return render(request, "warmups/routine_import.html", context, status=422 if form.errors else 200)


def _preview(request: HttpRequest, file: RoutineFile, text: str) -> HttpResponse:
    context = {"file": file, "seconds": routine_seconds(file.made), "ticks": ticks(file.made), "text": text}
    return render(request, "warmups/routine_import_preview.html", context)


def _refuse(form: RoutineFileForm, text: str, faults: list[Fault]) -> None:
    """Say beside the field that something is wrong, and put a file's text there: a file can't be mended in a page."""
    form.data = {**form.data, "text": text}
    form.add_error(
        "text" if text else "file", _("What needs another look stands above. Mend it, or choose another file.")
    )


def _next(routine: Routine) -> str:
    """Where one goes on: the builder, which is an app's above this one, else the routine's page."""
    try:
        return reverse("routine-edit", args=[routine.pk])
    except NoReverseMatch:
        return routine.get_absolute_url()


def _text(content: bytes) -> str:
    """A file's text as far as it is one."""
    try:
        text = content[:MOST_BYTES].decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    return text if "\x00" not in text else ""


def _faults(error: ValidationError) -> list[Fault]:
    """All that is wrong, in the order of the file."""
    if not hasattr(error, "error_dict"):
        return [Fault("", message) for message in error.messages]
    return [Fault(_where(path), message) for path, errors in error.message_dict.items() for message in errors]


def _where(path: str) -> str:
    """A path in words: "steps.2.reps" is “reps” in step 3."""
    if path == NON_FIELD_ERRORS:
        return ""
    words = path.split(".")
    if words[0] == "steps" and len(words) > 1 and words[1].isdecimal():
        said = {"number": int(words[1]) + 1, "field": ".".join(words[2:])}
        return _("Step %(number)d, “%(field)s”") % said if said["field"] else _("Step %(number)d") % said
    return f"“{path}”"
