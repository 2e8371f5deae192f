"""The page of an exercise's photos and videos: add one, say what is to be seen, put them in order, take one out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from warmups.domain.exercise_documents import MOST_MEDIA
from warmups.domain.exercise_media import describe_media, move_media, place_media, remove_media
from warmups.domain.exercises import Outdated
from warmups.domain.media import LARGEST_PHOTO, LARGEST_VIDEO, Shown, add_media, shown_media
from warmups.models import Exercise, ExerciseVersion, MediaFile
from warmups.workshop.access import page_context, workshop_page
from warmups.workshop.refusals import tell


class BasedOnForm(forms.Form):
    """Which version one looked at when one changed something."""

    based_on = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)


class WordsForm(BasedOnForm):
    """What is said about a photo or video."""

    alt = forms.CharField(
        label=gettext_lazy("What is to be seen"),
        help_text=gettext_lazy("For people who don't see it: say what the body does, not that it is a photo."),
        max_length=200,
        error_messages={"required": gettext_lazy("Say what is to be seen. Screen readers read it aloud.")},
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
    )
    caption = forms.CharField(
        label=gettext_lazy("Caption"),
        help_text=gettext_lazy("If there is something to add that everyone should read."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class AddForm(WordsForm):
    """A photo or video with its words. `kept`: the file's name, if it was sent before and only words were wrong."""

    kept = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    file = forms.FileField(
        label=gettext_lazy("Photo or video"),
        required=False,
        allow_empty_file=True,  # the domain says it in its own words
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,video/mp4,video/webm"}),
    )

    field_order = ["file", "kept", "alt", "caption", "based_on"]


@dataclass
class Item:
    """One photo or video on the page, with the form of its words."""

    shown: Shown
    form: WordsForm
    first: bool
    last: bool


@workshop_page
def media(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what the latest version has (GET), and add one (POST)."""
    exercise = _exercise(request, pk)
    if request.method != "POST":
        return _page(request, exercise)
    form = AddForm(request.POST, request.FILES)
    form.is_valid()
    file = _sent(request, form)
    if file and form.is_valid() and _done(request, form, exercise, place_media, file=file):
        messages.success(request, _("Added. Readers see it once this version is published."))
        return _back(exercise, file.name)
    return _page(request, exercise, add=form, sent=file)


@workshop_page
@require_POST
def media_words(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Change what is said about one."""
    exercise = _exercise(request, pk)
    form = WordsForm(request.POST, prefix=_prefix(name))
    if form.is_valid() and _done(request, form, exercise, describe_media, name=name):
        messages.success(request, _("Saved."))
        return _back(exercise, name)
    return _page(request, exercise, words=(name, form))


@workshop_page
@require_POST
def media_move(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Show one earlier or later."""
    by = -1 if request.POST.get("to") == "earlier" else 1
    return _deed(request, pk, name, move_media, _("Moved."), by=by)


@workshop_page
@require_POST
def media_remove(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Take one out."""
    return _deed(request, pk, name, remove_media, _("Removed. Earlier versions keep it."))


def _deed(
    request: HttpRequest, pk: int, name: str, do: Callable[..., ExerciseVersion], said: str, **values: Any
) -> HttpResponse:
    exercise = _exercise(request, pk)
    form = BasedOnForm(request.POST)
    if form.is_valid() and _done(request, form, exercise, do, name=name, **values):
        messages.success(request, said)
        return _back(exercise, name)
    return _page(request, exercise, refused=form)


def _exercise(request: HttpRequest, pk: int) -> Exercise:
    return Exercise.objects.select_related("latest__author").for_change(cast(User, request.user), pk=pk)


def _sent(request: HttpRequest, form: AddForm) -> MediaFile | None:
    """The file that came with a form, now or before; the form says why not."""
    person = cast(User, request.user)
    if file := form.cleaned_data.get("file"):
        try:
            return add_media(file=file, actor=person, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
            return None
    kept = MediaFile.objects.visible_to(person).filter(name=form.cleaned_data.get("kept") or "").first()
    if kept is None and "file" not in form.errors:
        form.add_error("file", _("Choose a photo or a video."))
    return kept


def _done(
    request: HttpRequest, form: forms.Form, exercise: Exercise, do: Callable[..., ExerciseVersion], **values: Any
) -> bool:
    """Whether a deed was done; if not, the form says why."""
    said = {key: value for key, value in form.cleaned_data.items() if key not in ("file", "kept")}
    try:
        do(exercise=exercise, actor=cast(User, request.user), now=timezone.now(), **values, **said)
    except Outdated as error:
        advice = _("What you wrote is still here. Look at how it stands now, and send it once more.")
        form.add_error(None, f"{' '.join(error.messages)} {advice}")
        return False
    except ValidationError as error:
        tell(form, error)
        return False
    return True


def _back(exercise: Exercise, name: str) -> HttpResponse:
    return redirect(f"{reverse('admin:warmups_exercise_media', args=[exercise.pk])}#{_prefix(name)}")


def _prefix(name: str) -> str:
    """What a photo's part of the page is called."""
    return f"m-{name.partition('.')[0][:12]}"


def _page(
    request: HttpRequest,
    exercise: Exercise,
    *,
    add: AddForm | None = None,
    sent: MediaFile | None = None,
    words: tuple[str, WordsForm] | None = None,
    refused: forms.Form | None = None,
) -> TemplateResponse:
    """The page: as it stands now, or with what was refused (422)."""
    exercise = Exercise.objects.select_related("latest__author").get(pk=exercise.pk)  # as it is by now
    latest = cast(ExerciseVersion, exercise.latest)
    shown = shown_media(latest.document["media"])
    items = [
        Item(one, _words_form(one, latest.number, words), first=index == 0, last=index == len(shown) - 1)
        for index, one in enumerate(shown)
    ]
    form = add or AddForm(initial={"based_on": latest.number})
    _as_of(form, latest.number, kept=sent.name if sent else "")
    told = [
        problem
        for one in (add, words[1] if words else None, refused)
        if one
        for problem in [*one.non_field_errors(), *one.errors.get("based_on", [])]
    ]
    context = page_context(
        request,
        _("Photos and videos of %(name)s") % {"name": exercise.name},
        opts=Exercise._meta,
        exercise=exercise,
        latest=latest,
        items=items,
        form=form,
        sent=sent,
        told=told,
        room=MOST_MEDIA - len(items),
        most={"photo": LARGEST_PHOTO, "video": LARGEST_VIDEO},
    )
    status = 422 if add or words or refused else 200
    return TemplateResponse(request, "admin/warmups/exercise/media.html", context, status=status)


def _words_form(shown: Shown, number: int, words: tuple[str, WordsForm] | None) -> WordsForm:
    if words and words[0] == shown.file.name:
        form = words[1]
        _as_of(form, number)
        return form
    initial = {"alt": shown.alt, "caption": shown.caption, "based_on": number}
    return WordsForm(initial=initial, prefix=_prefix(shown.file.name))


def _as_of(form: forms.Form, number: int, **hidden: str) -> None:
    """A form that was refused is sent once more as of now: what it says beside its words is ours to say."""
    if not form.is_bound:
        return
    said = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict, as views have it
    for name, value in {"based_on": str(number), **hidden}.items():
        said[form.add_prefix(name)] = value
    form.data = said


media_urls = [
    path("<int:pk>/media/", media, name="warmups_exercise_media"),
    path("<int:pk>/media/<str:name>/", media_words, name="warmups_exercise_media_words"),
    path("<int:pk>/media/<str:name>/move/", media_move, name="warmups_exercise_media_move"),
    path("<int:pk>/media/<str:name>/remove/", media_remove, name="warmups_exercise_media_remove"),
]
