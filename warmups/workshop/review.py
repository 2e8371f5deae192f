"""The way of an exercise as pages: what a deed does, what changes for readers and what it touches; then it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from warmups.domain import exercises as domain
from warmups.domain.exercise_documents import missing
from warmups.domain.reach import Reach, reach_of
from warmups.domain.version_differences import Difference, differences, names_here
from warmups.models import Exercise, ExerciseVersion, ReviewComment
from warmups.workshop.access import page_context, workshop_page
from warmups.workshop.refusals import tell

Status, NextStatus = Exercise.Status, Exercise.NextStatus
COMMENTS_AT_MOST = 50


@dataclass(frozen=True)
class Kind:
    """A deed as all exercises have it. `title` and `done` have a %(name)s, the exercise's."""

    label: Promise
    title: Promise
    done: Promise
    do: Callable[..., object]
    look: str = ""  # primary or danger
    words: str = ""  # the domain's name for what one has to write with it
    reads: bool = False  # whether it is about the version that one has read, and no later one
    differs: bool = False  # whether the page shows what readers see now beside the latest version
    touches: bool = False  # whether the page shows what leans on the exercise


KINDS: dict[str, Kind] = {
    "submit": Kind(
        label=gettext_lazy("Send to review"),
        title=gettext_lazy("Send %(name)s to review"),
        done=gettext_lazy("%(name)s waits for another curator to read it."),
        do=domain.submit_for_review,
        look="primary",
        differs=True,
    ),
    "publish": Kind(
        label=gettext_lazy("Publish"),
        title=gettext_lazy("Publish %(name)s"),
        done=gettext_lazy("%(name)s is published. Readers see it now."),
        do=domain.publish_exercise,
        look="primary",
        words="alone_because",
        reads=True,
        differs=True,
        touches=True,
    ),
    "send-back": Kind(
        label=gettext_lazy("Send back"),
        title=gettext_lazy("Send %(name)s back"),
        done=gettext_lazy("%(name)s is a draft again, with your comment."),
        do=domain.send_back,
        words="comment",
        differs=True,
    ),
    "discard": Kind(
        label=gettext_lazy("Set the draft aside"),
        title=gettext_lazy("Set the draft of %(name)s aside"),
        done=gettext_lazy("The draft of %(name)s is set aside. It stays in the history."),
        do=domain.discard_draft,
        look="danger",
        reads=True,
        differs=True,
    ),
    "retire": Kind(
        label=gettext_lazy("Retire"),
        title=gettext_lazy("Retire %(name)s"),
        done=gettext_lazy("%(name)s is retired. You can bring it back at any time."),
        do=domain.retire_exercise,
        look="danger",
        touches=True,
    ),
    "bring-back": Kind(
        label=gettext_lazy("Bring back"),
        title=gettext_lazy("Bring %(name)s back"),
        done=gettext_lazy("%(name)s is published again."),
        do=domain.bring_back,
        look="primary",
        touches=True,
    ),
    "delete-draft": Kind(
        label=gettext_lazy("Delete"),
        title=gettext_lazy("Delete %(name)s"),
        done=gettext_lazy("%(name)s is deleted."),
        do=domain.delete_draft,
        look="danger",
        touches=True,
    ),
    "comment": Kind(
        label=gettext_lazy("Comment"),
        title=gettext_lazy("Comment on %(name)s"),
        done=gettext_lazy("Your comment stands beside %(name)s."),
        do=domain.comment_on,
        words="text",
    ),
}


@dataclass(frozen=True)
class Deed:
    """What can be done with an exercise as it stands. `why_not`: what this person would be told instead."""

    name: str
    label: str
    address: str
    look: str
    why_not: str

    @property
    def offered(self) -> bool:
        """Whether this person may do it now."""
        return not self.why_not


@dataclass(frozen=True)
class Workflow:
    """How an exercise stands, for templates/admin/warmups/exercise/_workflow.html. Comments: the newest first."""

    exercise: Exercise
    latest: ExerciseVersion
    published: ExerciseVersion | None
    deeds: list[Deed]
    open_comments: list[ReviewComment]
    older_comments: list[ReviewComment]
    comment_form: forms.Form

    @property
    def comment_address(self) -> str:
        """Where a comment goes."""
        return address_of("comment", self.exercise)

    @property
    def unfinished(self) -> bool:
        """Whether there is a version that readers don't see."""
        return bool(self.exercise.next_status)


def address_of(name: str, exercise: Exercise) -> str:
    """Where the page of a deed is."""
    return reverse(f"admin:warmups_exercise_{name.replace('-', '_')}", args=[exercise.pk])


def workflow_of(exercise: Exercise, person: User) -> Workflow:
    """How an exercise stands for a curator. Costs one query where `latest__author` and `published_version` came too."""
    published = exercise.published_version
    remarks = ReviewComment.objects.filter(version__exercise=exercise).select_related("author", "version")
    comments = list(remarks.defer("version__document")[:COMMENTS_AT_MOST])
    read = published.number if published else 0
    return Workflow(
        exercise=exercise,
        latest=cast(ExerciseVersion, exercise.latest),
        published=published,
        deeds=[deed for deed in deeds_for(exercise, person) if deed.name != "comment"],
        open_comments=[comment for comment in comments if comment.version.number > read],
        older_comments=[comment for comment in comments if comment.version.number <= read],
        comment_form=_form("comment", exercise, person)(),
    )


def deeds_for(exercise: Exercise, person: User) -> list[Deed]:
    """What can be done with an exercise as it stands; where this person can't, with the reason."""
    return [
        Deed(name, str(kind.label), address_of(name, exercise), kind.look, _why_not(name, exercise, person))
        for name, kind in KINDS.items()
        if _fits(name, exercise)
    ]


def _fits(name: str, exercise: Exercise) -> bool:
    """Whether an exercise is where a deed begins; the domain has the last word."""
    return {
        "submit": exercise.next_status == NextStatus.DRAFT,
        "publish": exercise.next_status == NextStatus.IN_REVIEW,
        "send-back": exercise.next_status == NextStatus.IN_REVIEW,
        "discard": exercise.ever_published and exercise.next_status != NextStatus.NONE,
        "retire": exercise.status == Status.PUBLISHED,
        "bring-back": exercise.status == Status.RETIRED,
        "delete-draft": not exercise.ever_published,
        "comment": True,
    }[name]


def _why_not(name: str, exercise: Exercise, person: User) -> str:
    """What this person would be told; empty if nothing stands against it."""
    latest = cast(ExerciseVersion, exercise.latest)
    if name in ("submit", "publish") and (lacking := missing(latest.document)):
        return _("Still missing: %(texts)s.") % {"texts": ", ".join(lacking)}
    if name == "publish" and latest.author_id == person.pk and not person.is_superuser:
        return _("You made the last change here. Ask another curator to read it and publish it.")
    return ""


# --- The page of one deed ---------------------------------------------------------------------------------------------


@workshop_page
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Say what a deed does and ask (GET); do it (POST), or say why not, and keep what was written."""
    person, kind = cast(User, request.user), KINDS[name]
    rows = Exercise.objects.select_related("latest__author", "published_version")
    exercise = rows.for_change(person, pk=pk)
    form_class = _form(name, exercise, person)
    if request.method != "POST":
        return _page(request, name, exercise, form_class(), 200)
    form = form_class(request.POST)
    if form.is_valid() and _done(kind, exercise, person, form):
        messages.success(request, str(kind.done) % {"name": exercise.name})
        return redirect(_after(name, exercise))
    return _page(request, name, exercise, form, 422)


def _done(kind: Kind, exercise: Exercise, person: User, form: forms.Form) -> bool:
    """Whether the domain did it; if not, the form says why."""
    said = {key: value for key, value in form.cleaned_data.items() if value not in (None, "")}
    if kind.words in form.fields:
        said.setdefault(kind.words, "")
    try:
        kind.do(exercise=exercise, actor=person, now=timezone.now(), **said)
    except ValidationError as error:
        tell(form, error)
        return False
    return True


def _after(name: str, exercise: Exercise) -> str:
    if name == "delete-draft":
        return reverse("admin:warmups_exercise_changelist")
    return reverse("admin:warmups_exercise_change", args=[exercise.pk])


def _page(request: HttpRequest, name: str, exercise: Exercise, form: forms.Form, status: int) -> HttpResponse:
    """The page of a deed; after a refusal with the exercise as it is by now, whose version it asks about."""
    person, kind = cast(User, request.user), KINDS[name]
    if status != 200:
        exercise = Exercise.objects.select_related("latest__author", "published_version").for_change(
            person, pk=exercise.pk
        )
    fits, why_not = _fits(name, exercise), _why_not(name, exercise, person)
    context = page_context(
        request,
        str(kind.title) % {"name": exercise.name},
        opts=Exercise._meta,
        exercise=exercise,
        latest=exercise.latest,
        kind=kind,
        name=name,
        explained=_explained(name, exercise),
        form=form,
        possible=fits and not why_not,
        why_not=why_not if fits else _("This can't be done as the exercise stands now."),
        differs=kind.differs and fits,
        differences=_changes(exercise) if kind.differs and fits else None,
        reach=_reach(kind, exercise) if fits else None,
        workflow=workflow_of(exercise, person) if name in ("publish", "send-back", "comment") else None,
    )
    return TemplateResponse(request, "admin/warmups/exercise/deed.html", context, status=status)


def _changes(exercise: Exercise) -> list[Difference] | None:
    """From what readers see to the latest version; None if they see nothing of it."""
    if exercise.published_version is None:
        return None
    latest = cast(ExerciseVersion, exercise.latest)
    return differences(exercise.published_version.document, latest.document, names=names_here())


def _reach(kind: Kind, exercise: Exercise) -> Reach | None:
    return reach_of(exercise, now=timezone.now()) if kind.touches else None


def _explained(name: str, exercise: Exercise) -> str:
    """In one or two sentences what will happen."""
    published = exercise.published_version
    numbers = {
        "latest": cast(ExerciseVersion, exercise.latest).number,
        "published": published.number if published else 0,
    }
    return _sentences(name, again=published is not None) % numbers


def _sentences(name: str, *, again: bool) -> str:
    if name == "publish" and again:
        return _("Version %(latest)d takes the place of version %(published)d, which readers see now.")
    return {
        "submit": _(
            "Another curator reads version %(latest)d, and publishes it or sends it back. "
            "Readers see nothing of it until then; a change makes it a draft again."
        ),
        "publish": _("Everyone can read version %(latest)d from now on, and new routines can have the exercise."),
        "send-back": _(
            "Version %(latest)d becomes a draft again. Say what is to be changed. Readers see nothing of this."
        ),
        "discard": _(
            "The next version says again what readers see in version %(published)d. "
            "Version %(latest)d stays in the history, from where it can be restored."
        ),
        "retire": _(
            "It can't be put into new routines any more. "
            "Routines and runs that have it keep it, and its page stays for those who logged it."
        ),
        "bring-back": _("Version %(published)d is published again, as it was, and new routines can have it."),
        "delete-draft": _(
            "It goes for good, with all its versions and comments. Nobody but curators has ever seen it."
        ),
        "comment": _("Your comment stands beside version %(latest)d, for curators only."),
    }[name]


def _form(name: str, exercise: Exercise, person: User) -> type[forms.Form]:
    """What one has to write with a deed; all but `based_on` is checked where it is done."""
    kind, fields = KINDS[name], dict[str, forms.Field]()
    if kind.reads:
        fields["based_on"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
    if kind.words and (name != "publish" or _alone(exercise, person)):
        fields[kind.words] = _words_field(name)
    return type("DeedForm", (forms.Form,), fields)


def _alone(exercise: Exercise, person: User) -> bool:
    """Whether somebody would publish their own words, which takes a reason."""
    return person.is_superuser and cast(ExerciseVersion, exercise.latest).author_id == person.pk


def _words_field(name: str) -> forms.CharField:
    if name == "publish":
        return forms.CharField(
            label=_("Why nobody else reads it"),
            help_text=_("You made the last change yourself. What you write stays in the history."),
            max_length=domain.LONGEST_REASON,
            required=False,
        )
    return forms.CharField(
        label=_("What is to be changed") if name == "send-back" else _("Your comment"),
        max_length=domain.LONGEST_COMMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


# --- A deed on several exercises, from the list -----------------------------------------------------------------------


@dataclass(frozen=True)
class OneOfSeveral:
    """An exercise of those that somebody chose in the list: whether the deed is possible, and what it touches."""

    exercise: Exercise
    address: str
    why_not: str
    reach: Reach | None


def several(request: HttpRequest, name: str, chosen: QuerySet[Exercise]) -> HttpResponse | None:
    """Ask before a deed is done to several exercises; then do what may be done and tell of the rest by name.

    None sends one back to the list, as the admin's actions have it.
    """
    person = cast(User, request.user)
    mine = Exercise.objects.editable_by(person).filter(pk__in=chosen)
    rows = list(mine.select_related("latest", "published_version"))
    if "confirmed" in request.POST:
        _do_to_each(request, name, rows, person)
        return None
    kind, shown = KINDS[name], [_one_of_several(name, row, person) for row in rows]
    context = page_context(
        request,
        str(kind.label),
        opts=Exercise._meta,
        kind=kind,
        name=name,
        explained=_sentences_of_several(name),
        rows=shown,
        possible=sum(not one.why_not for one in shown),
        action_checkbox_name=ACTION_CHECKBOX_NAME,
    )
    return TemplateResponse(request, "admin/warmups/exercise/deed_several.html", context)


def _one_of_several(name: str, exercise: Exercise, person: User) -> OneOfSeveral:
    why_not = _why_not(name, exercise, person)
    if not _fits(name, exercise):
        why_not = _("This can't be done as it stands now.")
    elif name == "publish" and _alone(exercise, person):
        why_not = _("You made the last change yourself. Publish it on its own page, where you can say why.")
    reach = None if why_not else _reach(KINDS[name], exercise)
    return OneOfSeveral(exercise, address_of(name, exercise), why_not, reach)


def _sentences_of_several(name: str) -> str:
    return {
        "submit": _("Another curator reads each of them, and publishes it or sends it back."),
        "publish": _("Readers see the new versions at once. Publish only what you have read: each name leads to it."),
        "retire": _(
            "They can't be put into new routines any more. Routines and runs that have them keep them, "
            "and their pages stay for those who logged them."
        ),
    }[name]


def _do_to_each(request: HttpRequest, name: str, rows: list[Exercise], person: User) -> None:
    done, now = 0, timezone.now()
    for row in rows:
        try:
            KINDS[name].do(exercise=row, actor=person, now=now, **_as_read(request.POST, name, row))
            done += 1
        except ValidationError as error:
            messages.error(request, f"{row.name}: {' '.join(error.messages)}")
    if done:
        message = ngettext("%(count)d exercise done.", "%(count)d exercises done.", done) % {"count": done}
        messages.success(request, message)


def _as_read(sent: Mapping[str, Any], name: str, exercise: Exercise) -> dict[str, int]:
    """The version that one agreed to, where that matters."""
    number = str(sent.get(f"version-{exercise.pk}", ""))
    return {"based_on": int(number)} if KINDS[name].reads and number.isdecimal() and len(number) < 10 else {}


deed_urls = [
    path(f"<int:pk>/{name}/", deed, {"name": name}, name=f"warmups_exercise_{name.replace('-', '_')}") for name in KINDS
]
