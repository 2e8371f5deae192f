"""The list of exercises: how each looks, where it stands, whose turn it is."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from warmups.domain.figures import figure_url
from warmups.models import Exercise, ExerciseVersion

Status, NextStatus = Exercise.Status, Exercise.NextStatus
ICONS = {
    Status.DRAFT: "file-pen-line",
    Status.IN_REVIEW: "glasses",
    Status.PUBLISHED: "check",
    Status.RETIRED: "archive",
}
# What a line shows. Documents and long texts are most of a row's weight.
SHOWN = ("name", "slug", "status", "next_status", "phase", "position", "evidence_level", "review_due", "poses_digest")


class Turn(admin.SimpleListFilter):
    """Whose turn it is."""

    title = gettext_lazy("to do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What may be asked for."""
        return [
            ("review", gettext_lazy("waits for your review")),
            ("finish", gettext_lazy("drafts to finish")),
            ("overdue", gettext_lazy("review overdue")),
            ("unread", gettext_lazy("never read by a clinician")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Exercise]) -> models.QuerySet[Exercise]:
        """Those of which it is true."""
        if self.value() == "review":
            return queryset.filter(next_status=NextStatus.IN_REVIEW).exclude(latest__author_id=request.user.pk)
        if self.value() == "finish":
            return queryset.filter(next_status=NextStatus.DRAFT)
        if self.value() == "overdue":
            return queryset.exclude(status=Status.RETIRED).filter(review_due__lt=timezone.localdate())
        if self.value() == "unread":
            return queryset.exclude(status=Status.RETIRED).filter(reviewed_on=None)
        return queryset


def for_list(rows: models.QuerySet[Exercise]) -> models.QuerySet[Exercise]:
    """With what a line shows, at one query."""
    latest = ("latest__number", "latest__made_at", "latest__from_release", "latest__author__name")
    return rows.select_related("latest__author").only(*SHOWN, *latest)


@admin.display(description=gettext_lazy("figure"))
def figure(exercise: Exercise) -> SafeString:
    """Its still, as readers have it."""
    if not exercise.poses_digest:
        return format_html('<span class="thumb thumb--none">{}</span>', _("No figure"))
    light, dark = (figure_url(exercise, kind="small", theme=theme) for theme in ("light", "dark"))
    picture = (
        '<picture><source media="(prefers-color-scheme: dark)" srcset="{}">'
        '<img class="thumb" src="{}" alt="" width="80" height="60" loading="lazy" decoding="async"></picture>'
    )
    return format_html(picture, dark, light)


@admin.display(description=gettext_lazy("where it stands"), ordering="status")
def stands(exercise: Exercise) -> str:
    """What readers have, and what is being written."""
    state = {"state": exercise.status, "icon": ICONS[Status(exercise.status)], "label": exercise.get_status_display()}
    return render_to_string("admin/warmups/exercise/_state.html", state | {"more": _next(exercise)})


def _next(exercise: Exercise) -> str:
    """About the next version, where there is another than readers have."""
    if not exercise.ever_published or not exercise.next_status:
        return ""
    latest = cast(ExerciseVersion, exercise.latest)
    names = {"number": latest.number, "who": latest.author or _("Somebody")}
    if exercise.next_status == NextStatus.IN_REVIEW:
        return _("version %(number)d is in review, by %(who)s") % names
    return _("version %(number)d is being written by %(who)s") % names


@admin.display(description=gettext_lazy("evidence"), ordering="evidence_level")
def evidence(exercise: Exercise) -> str:
    """Its level's letter and meaning."""
    return exercise.get_evidence_level_display()


@admin.display(description=gettext_lazy("review due"), ordering="review_due")
def due(exercise: Exercise) -> str:
    """When it is to be read again."""
    if exercise.review_due is None:
        return "–"
    said = _date(exercise.review_due)
    if exercise.review_due >= timezone.localdate() or exercise.status == Status.RETIRED:
        return said
    overdue = {"state": "overdue", "icon": "clock-alert", "label": _("overdue"), "more": _("since %s") % said}
    return render_to_string("admin/warmups/exercise/_state.html", overdue)


@admin.display(description=gettext_lazy("last change"), ordering="latest__made_at")
def changed(exercise: Exercise) -> str:
    """Who wrote the latest version, and when."""
    latest = cast(ExerciseVersion, exercise.latest)
    who = latest.author or (_("With a release") if latest.from_release else _("Somebody"))
    return format_html('{}<span class="state-more">{}</span>', who, _date(timezone.localtime(latest.made_at).date()))


def _date(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
