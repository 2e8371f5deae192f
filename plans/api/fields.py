"""Serializer fields that several nouns share."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.time_zones import find_zone
from warmups.models import Routine


class ZoneField(serializers.CharField):
    """A time zone by its IANA name."""

    def to_internal_value(self, data: Any) -> Any:
        """The zone. Raises ValidationError for a name that is not one."""
        try:
            return find_zone(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, code="time_zone") from error

    def to_representation(self, value: ZoneInfo) -> str:  # type: ignore[override]
        """The name."""
        return str(value)


@extend_schema_field(int)
class KeyField(serializers.PrimaryKeyRelatedField):
    """A row by its id, which is a whole number and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> Any:
        """The row. Raises ValidationError for what is not a number, or names nothing that one may choose."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class RoutineKeyField(KeyField):
    """A routine that the caller sees; whether they may use it is the domain's to say."""

    def get_queryset(self) -> QuerySet:
        """Those that the caller sees; for the schema, which nobody asks for, none."""
        request = self.context.get("request")
        return Routine.objects.visible_to(request.user) if request else Routine.objects.none()
