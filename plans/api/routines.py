"""Routines over the API: those of warmups, with the squads that they are shared with and the runs that follow them."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from plans.domain.assignments import follow_revision
from plans.domain.squads import share_routine
from plans.models import SharedRoutine, Squad
from plans.querysets import squads_of
from warmups.api import routines as api
from warmups.models import Revision, Routine

SQUADS_AT_MOST = 100  # of one request


class SharedRoutineSerializer(api.RoutineSerializer):
    """A routine, with those of the caller's squads that it is shared with."""

    squads = serializers.SerializerMethodField()

    class Meta(api.RoutineSerializer.Meta):
        fields = [*api.RoutineSerializer.Meta.fields, "squads"]
        read_only_fields = fields

    def get_squads(self, routine: Routine) -> list[str]:
        """Slugs."""
        return sorted(share.squad.slug for share in routine.shares_seen)  # type: ignore[attr-defined]


class SharingSerializer(serializers.Serializer[Any]):
    """Whom to share with: the whole list, of the squads that one coaches."""

    squads = serializers.ListField(
        child=serializers.SlugField(max_length=60), required=False, max_length=SQUADS_AT_MOST, help_text="Slugs."
    )

    def validate_squads(self, slugs: list[str]) -> list[Squad]:
        """The squads. Raises ValidationError at each slug that names no squad of the caller's."""
        seen = {squad.slug: squad for squad in Squad.objects.visible_to(self.context["request"].user)}
        errors = {
            str(index): [
                serializers.ErrorDetail(_("You are in no squad %(slug)s.") % {"slug": slug}, code="does_not_exist")
            ]
            for index, slug in enumerate(slugs)
            if slug not in seen
        }
        if errors:
            raise serializers.ValidationError(errors)
        return [seen[slug] for slug in slugs]


class SharedRoutineCreateSerializer(SharingSerializer, api.RoutineCreateSerializer):
    """A new routine, shared with squads that one coaches."""


class SharedRoutineChangeSerializer(SharingSerializer, api.RoutineChangeSerializer):
    """A change. `squads` is the whole list of those one coaches; `move_runs`: what is assigned follows.

    What is assigned of the library's never does.
    """

    move_runs = serializers.BooleanField(required=False, default=True)


class RoutineViewSet(api.RoutineViewSet):
    """Routines that one may use: the library, one's own, and what one sees through squads."""

    serializer_class = SharedRoutineSerializer
    create_serializer_class = SharedRoutineCreateSerializer
    change_serializer_class = SharedRoutineChangeSerializer

    def get_queryset(self) -> QuerySet[Routine]:
        """Those one may use, with the shares that one sees."""
        return super().get_queryset().prefetch_related(self._shares_seen())

    def one(self, pk: int) -> Routine:
        """The routine of this id, with the shares that the caller sees. Raises Http404."""
        routine = super().one(pk)
        prefetch_related_objects([routine], self._shares_seen())
        return routine

    @transaction.atomic
    def make(self, data: dict[str, Any]) -> Routine:
        """Do what a POST asks for, sharing included."""
        routine = super().make(data)
        self._share(routine, data)
        return routine

    @transaction.atomic
    def revise(self, routine: Routine, data: dict[str, Any]) -> Revision:
        """Do what a PATCH asks for; unless `move_runs` is false, runs not begun follow a change of one's own."""
        before = routine.current_id
        revision = super().revise(routine, data)
        # A change of the library reaches its readers when it is published, and runs keep what they were given.
        if data["move_runs"] and revision.pk != before and routine.owner_id is not None:
            follow_revision(routine=routine, actor=cast(User, self.request.user), now=timezone.now())
        self._share(routine, data)
        return revision

    @extend_schema(request=SharedRoutineCreateSerializer, responses={201: SharedRoutineSerializer})
    def create(self, request: Request) -> Response:
        """Make a routine of one's own, or copy one."""
        return super().create(request)

    @extend_schema(request=SharedRoutineChangeSerializer, responses=SharedRoutineSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a routine: new name or steps make the next revision, which what is assigned follows."""
        return super().partial_update(request, pk)

    def _share(self, routine: Routine, data: dict[str, Any]) -> None:
        if "squads" in data:
            person = cast(User, self.request.user)
            share_routine(routine=routine, squads=data["squads"], actor=person, now=timezone.now())

    def _shares_seen(self) -> Prefetch:
        shares = SharedRoutine.objects.filter(squad__in=squads_of(self.request.user)).select_related("squad")
        return Prefetch("shares", shares, to_attr="shares_seen")
