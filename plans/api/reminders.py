"""One's reminders: what is to come, what went out, and why one did not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from plans.api.fields import ZoneField
from plans.models import Reminder

# The words of the API; numbers stay in the database.
STATES = {
    Reminder.Status.SCHEDULED: "scheduled",
    Reminder.Status.CLAIMED: "sending",
    Reminder.Status.SENT: "sent",
    Reminder.Status.FAILED: "failed",
    Reminder.Status.CANCELLED: "cancelled",
    Reminder.Status.EXPIRED: "expired",
}
KINDS = {Reminder.Kind.BEFORE_RUN: "before-run", Reminder.Kind.EVENING_BEFORE: "evening-before"}
CHANNELS = {Reminder.Channel.EMAIL: "email"}


class ReminderSerializer(serializers.ModelSerializer[Reminder]):
    """One reminder. `reason` says why it was cancelled, failed or expired, or why it is tried again; else it is empty.

    `local_due` and `local_start` are wall times in the run's `time_zone`.
    """

    kind = serializers.SerializerMethodField()
    channel = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    time_zone = ZoneField(source="run.time_zone")
    local_due = serializers.SerializerMethodField()
    local_start = serializers.SerializerMethodField()

    class Meta:
        model = Reminder
        fields = [
            "id",
            "run",
            "kind",
            "channel",
            "state",
            "reason",
            "due_at",
            "local_due",
            "starts_at",
            "local_start",
            "time_zone",
            "sent_at",
            "attempts",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=list(KINDS.values())))
    def get_kind(self, reminder: Reminder) -> str:
        """What it is about."""
        return KINDS[Reminder.Kind(reminder.kind)]

    @extend_schema_field(serializers.ChoiceField(choices=list(CHANNELS.values())))
    def get_channel(self, reminder: Reminder) -> str:
        """How it comes."""
        return CHANNELS[Reminder.Channel(reminder.channel)]

    @extend_schema_field(serializers.ChoiceField(choices=list(STATES.values())))
    def get_state(self, reminder: Reminder) -> str:
        """Where it stands."""
        return STATES[Reminder.Status(reminder.status)]

    @extend_schema_field({"type": "string", "example": "2027-03-28T02:30:00"})
    def get_local_due(self, reminder: Reminder) -> str:
        """When it is due on the run's clock."""
        return _wall_time(reminder, reminder.due_at)

    @extend_schema_field({"type": "string", "example": "2027-03-28T03:30:00"})
    def get_local_start(self, reminder: Reminder) -> str:
        """When the run starts on its clock."""
        return _wall_time(reminder, reminder.starts_at)


def _wall_time(reminder: Reminder, instant: datetime) -> str:
    local = instant.astimezone(reminder.run.time_zone)
    return local.replace(tzinfo=None, microsecond=0).isoformat()


class ReminderViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """One's own reminders, the last due first."""

    serializer_class = ReminderSerializer
    queryset = Reminder.objects.none()
    scopes = {"read": "read"}

    def get_queryset(self) -> QuerySet[Reminder]:
        """Those of one's own runs."""
        return Reminder.objects.visible_to(self.request.user).select_related("run")
