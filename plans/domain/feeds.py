"""Calendar feeds: secret addresses under which a person's runs, or a squad's, can be read without signing in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain.given import with_warm_up
from plans.models import Away, Feed, Run, Squad
from plans.querysets import RunQuerySet

OPEN_AT_MOST = 10  # feeds a person
KEPT = timedelta(days=30)  # how long a run stays in a feed once it is over, cancelled ones too
MARK = "c"  # before the key, so that no other secret of ours looks alike


@dataclass(frozen=True)
class SquadRun:
    """One athlete's run as a squad's feed names it; `of_date` is the key of its date if it is still as the date is."""

    run: Run
    name: str
    of_date: int | None
    away: bool


# --- Deeds ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def make_feed(*, person: User, now: datetime, squad: Squad | None = None, busy: bool = False) -> Feed:
    """A new feed of `person`: of their own runs, or of a `squad` that they coach or assist; `busy`: times alone.

    Raises PermissionDenied for another squad, ValidationError where ten are open.
    """
    if squad is not None and not Squad.objects.readable_by_staff_of(person).filter(pk=squad.pk).exists():
        raise PermissionDenied
    User.objects.select_for_update(no_key=True).get(pk=person.pk)  # two at once would both find room
    if Feed.objects.visible_to(person).count() >= OPEN_AT_MOST:
        text = _("You have %(most)d addresses already. End one that you no longer use.")
        raise ValidationError(text % {"most": OPEN_AT_MOST}, code="too_many")
    feed = Feed.objects.create(person=person, squad=squad, busy=busy, nonce=secrets.token_hex(16), created_at=now)
    record(actor=person, action="feed.make", target=feed, now=now, after=_said(feed))
    return feed


@transaction.atomic
def revoke_feed(*, feed: Feed, actor: User, now: datetime) -> None:
    """End a feed: its address answers no more from now on. Ending it again changes nothing."""
    if not Feed.objects.open().filter(pk=feed.pk).update(revoked_at=now):
        return
    feed.revoked_at = now
    record(actor=actor, action="feed.revoke", target=feed, now=now, before=_said(feed))


def _said(feed: Feed) -> dict[str, object]:
    return {"squad": feed.squad.slug if feed.squad else None, "busy": feed.busy}


# --- Secrets --------------------------------------------------------------------------------------------------------
def feed_secret(feed: Feed) -> str:
    """What the address ends in, made anew from the row and the secret key: no table holds it."""
    return f"{MARK}{feed.pk}-{salted_hmac('prestride.feed', feed.nonce, algorithm='sha256').hexdigest()[:40]}"


def feed_of(secret: str) -> Feed | None:
    """The feed of a secret, with its person and squad.

    None for a secret that is not ours, a feed that was ended, a closed account, a squad that its person no longer
    coaches or assists or that is archived.
    """
    number = secret.partition("-")[0].removeprefix(MARK)
    if not number.isdecimal() or not number.isascii() or len(number) > 18:
        return None
    rows = Feed.objects.open().select_related("person", "squad")
    feed = rows.filter(pk=int(number), person__is_active=True).first()
    if feed is None or not constant_time_compare(feed_secret(feed), secret):
        return None
    if feed.squad and not Squad.objects.readable_by_staff_of(feed.person).filter(pk=feed.squad.pk).exists():
        return None
    return feed


# --- What stands in a feed ------------------------------------------------------------------------------------------
def own_runs(feed: Feed, now: datetime) -> RunQuerySet:
    """The runs of a feed's person from 30 days ago on, with their warm-ups; a number of queries that never changes."""
    runs = Run.objects.visible_to(feed.person).filter(athlete=feed.person_id, starts_at__gte=now - KEPT)
    return with_warm_up(runs).order_by("starts_at", "pk")


def squad_runs(feed: Feed, now: datetime) -> list[SquadRun]:
    """The runs of a feed's squad from 30 days ago on that its person sees, and who is away; nothing of why."""
    runs = Run.objects.visible_to(feed.person).filter(squad=feed.squad_id, starts_at__gte=now - KEPT)
    # A squad of 2,000 has 80,000 runs ahead: only what is shown is read.
    runs = runs.select_related("athlete").only(
        "kind", "local_date", "local_time", "time_zone", "starts_at", "planned_minutes", "planned_metres", "place",
        "note", "by_hand", "sequence", "status", "created_at", "occurrence_id", "athlete__name",
    )  # fmt: skip
    away: dict[int, list[tuple[date, date]]] = {}
    rows = Away.objects.visible_to(feed.person).filter(until__gte=(now - KEPT).date())
    for athlete, since, until in rows.values_list("athlete_id", "since", "until"):
        away.setdefault(athlete, []).append((since, until))
    return [
        SquadRun(
            run=run,
            name=str(run.athlete),
            of_date=None if run.kept_fields - {"routine", "status"} else run.occurrence_id,
            away=any(since <= run.local_date <= until for since, until in away.get(run.athlete_id, ())),
        )
        for run in runs.order_by("starts_at", "pk")
    ]
