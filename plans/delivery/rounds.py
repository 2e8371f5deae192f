"""One round of sending, whoever calls for it: Celery's tick, or `manage.py send_reminders` for as long as it runs."""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection

from plans.delivery import claims, heartbeat, sender, tallies
from plans.delivery.clock import database_clock
from plans.delivery.invitations import deliver_invitations
from plans.delivery.journal import left_behind
from plans.delivery.pace import Pace
from plans.delivery.wire import Wire, WireDown
from plans.delivery.wires import wires_from_settings
from plans.links import link

LOOK_SECONDS = 0.25  # how often a running sender looks for what has fallen due
TIDY_SECONDS = 5.0
PROBE_SECONDS = 30.0  # between tries to reach a mail server that does not want us
DOWN_SECONDS = 1.0  # between tries to reach one that is not there

_paces: dict[str, Pace] = {}

logger = logging.getLogger(__name__)


def pace() -> Pace:
    """How fast this process sends to the mail server of the settings; the same for each round."""
    host = str(getattr(settings, "EMAIL_HOST", ""))
    return _paces.setdefault(host, Pace(settings.SMTP_RATE))


def tidy() -> None:
    """Take back what dead senders left, and give up what came too late."""
    now = database_clock().now()
    figures = tallies.Figures()
    with left_behind(journals()) as found:
        replayed = claims.replay(found, now=now)
    reaped, expired = claims.reap(now=now), claims.expire(now=now)
    for words, name, count in (
        ("that a lost sender had sent", "reminders_replayed_total", replayed.sent),
        ("that a lost sender had begun", "reminders_unknown_total", replayed.unknown),
        ("taken back from lost senders", "reminders_reaped_total", reaped),
        ("expired", 'reminders_outcomes_total{outcome="expired"}', expired),
    ):
        if count:
            logger.warning("Reminders %s: %s", words, count)
            figures.add(name, count)
    figures.write()


def round_of(wires: Sequence[Wire], *, seconds: float = 50.0, stop: threading.Event | None = None) -> None:
    """Send what is due: reminders, then invitations. Raises WireDown when nothing can go out."""
    began = time.monotonic()
    try:
        tally = sender.drain(wires=wires, seconds=seconds, pace=pace(), journals=journals(), stop=stop)
        deliver_invitations(wire=wires[0], clock=database_clock())
    except WireDown as down:
        heartbeat.pause(str(down))
        raise
    if sum(tally.values()):
        heartbeat.resume()
        rate = sum(tally.values()) / max(time.monotonic() - began, 0.001)
        heartbeat.note_speed(rate=rate, connections=len(wires))


def run(stop: threading.Event, *, poll: float = LOOK_SECONDS) -> None:
    """Send what falls due until `stop` is set: within a moment, and without a broker. Never raises for a server."""
    with contextlib.ExitStack() as ends:
        get_ready()
        wires = [ends.enter_context(contextlib.closing(wire)) for wire in wires_from_settings()]
        tidied = 0.0
        while not stop.is_set():
            pause = poll
            try:
                if time.monotonic() - tidied >= TIDY_SECONDS:
                    heartbeat.beat()
                    tidy()
                    tidied = time.monotonic()
                round_of(wires, stop=stop)
            except WireDown as down:
                logger.warning("No mail can go out, all of it waits: %s", down)
                pause = PROBE_SECONDS if down.code in (530, 534, 535, 538) else DOWN_SECONDS
            except OperationalError as error:
                logger.warning("The database is not there: %s", type(error).__name__)
                connection.close()
                pause = DOWN_SECONDS
            stop.wait(pause)


def get_ready() -> None:
    """Load what the first mail needs, which takes a second, before it is due; and what is loaded is no garbage."""
    link("settings-reminders")
    gc.collect()
    gc.freeze()


def journals() -> Path | None:
    """The folder of this machine's journals; None: none are kept."""
    return settings.JOURNAL_DIR
