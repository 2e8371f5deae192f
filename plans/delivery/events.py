"""What a mail provider tells of our mails afterwards, through django-anymail's webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anymail import urls as anymail_urls
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.conf import settings
from django.urls import URLPattern
from django.utils import timezone

from plans.domain.bounces import Kind, note_bounce

# By their own words, which django-anymail calls a bounce like any other.
SOFT = {"softbounce", "soft_bounce", "soft_bounced", "transient"}
GONE = {RejectReason.INVALID, RejectReason.BOUNCED}


def event_urls() -> list[URLPattern]:
    """The address at which the provider tells of bounces: none without a provider and a secret to know it by."""
    if not (settings.ANYMAIL_PROVIDER and settings.ANYMAIL.get("WEBHOOK_SECRET")):
        return []
    tracking.connect(take_event, dispatch_uid="prestride.bounces")
    name = f"{settings.ANYMAIL_PROVIDER}_tracking_webhook"
    return [each for each in anymail_urls.urlpatterns if each.name == name]


def take_event(event: AnymailTrackingEvent, esp_name: str, **_more: Any) -> None:
    """Note a bounce or a complaint; all else that providers tell is none of ours."""
    kind = kind_of(event)
    key = (event.metadata or {}).get("reminder")
    if kind is None or not isinstance(key, str):
        return
    # Some give their events no number.
    event_id = event.event_id or f"{key}:{event.event_type}:{event.timestamp}"
    note_bounce(
        event_id=f"{esp_name}:{kind.value}:{event_id}",
        kind=kind,
        key=key,
        address=event.recipient or "",
        now=timezone.now(),
    )


def kind_of(event: AnymailTrackingEvent) -> Kind | None:
    """What an event means; None if nothing follows from it."""
    if event.event_type == EventType.COMPLAINED:
        return Kind.COMPLAINT
    if event.event_type == EventType.DEFERRED:
        return Kind.SOFT_BOUNCE
    if event.event_type in (EventType.BOUNCED, EventType.REJECTED):
        gone = event.reject_reason in GONE and not SOFT & _words(event.esp_event)
        return Kind.HARD_BOUNCE if gone else Kind.SOFT_BOUNCE
    return None


def _words(told: Any) -> set[str]:
    """The provider's own words for what happened, without what is before a dot ("activity.soft_bounced")."""
    if not isinstance(told, Mapping):
        return set()
    kinds = {str(told.get(name, "")).lower().rpartition(".")[2] for name in ("Type", "event", "type", "bounceType")}
    return kinds | _words(told.get("bounce"))
