"""One's own away dates, over the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from plans.domain.away import change_away, end_away, set_away
from plans.models import Away
from plans.querysets import AwayQuerySet


class AwaySerializer(serializers.Serializer):
    """Local dates, both included, on which one is away: no reminders, and nothing is counted."""

    id = serializers.IntegerField(read_only=True)
    until = serializers.DateField()
    reason = serializers.ChoiceField(Away.Why.choices, default=Away.Why.AWAY)

    def get_fields(self) -> dict[str, serializers.Field]:
        """The fields, with `from`, which no Python class could name."""
        fields = super().get_fields()
        return {"id": fields.pop("id"), "from": serializers.DateField(source="since"), **fields}


class AwayViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """One's own away dates."""

    serializer_class = AwaySerializer
    queryset = Away.objects.none()
    filter_backends = ()
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> AwayQuerySet:
        """The caller's."""
        person = cast(User, self.request.user)
        return Away.objects.visible_to(person).filter(athlete=person).select_related("athlete")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One's away dates, the first first."""
        return super().list(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """Be away. Dates that overlap others are refused."""
        person = cast(User, request.user)
        with _api_words():
            away = set_away(athlete=person, actor=person, now=timezone.now(), **self._read(request))
        return Response(self.get_serializer(away).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change dates or reason; the runs outside are back."""
        away = self.get_queryset().for_change(request.user, pk=pk)
        changes = self._read(request, partial=True)
        with _api_words():
            away = change_away(away=away, actor=cast(User, request.user), changes=changes, now=timezone.now())
        return Response(self.get_serializer(away).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take away dates back; the runs in them are back."""
        away = self.get_queryset().for_change(request.user, pk=pk)
        end_away(away=away, actor=cast(User, request.user), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _read(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        form = self.get_serializer(data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        return form.validated_data


@contextmanager
def _api_words() -> Iterator[None]:
    """What the domain says of `since` is said of `from`."""
    try:
        yield
    except ValidationError as error:
        fields = error.error_dict
        raise ValidationError({"from" if name == "since" else name: what for name, what in fields.items()}) from error
