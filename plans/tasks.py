"""What runs by the clock (config/celery.py lists when). Rows hold the state of work, so each may run twice."""

from __future__ import annotations

import contextlib
import logging

from celery import shared_task

from plans.delivery import rounds, tallies
from plans.delivery.clock import database_clock
from plans.delivery.heartbeat import beat
from plans.delivery.wire import WireDown
from plans.delivery.wires import wires_from_settings
from plans.domain import bounces, reminders, series

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True, acks_late=False)
def tick() -> None:
    """Send what is due: reminders, then invitations. Lost, late or ten at once, it does no harm."""
    beat()
    rounds.tidy()
    with contextlib.ExitStack() as ends:
        wires = [ends.enter_context(contextlib.closing(wire)) for wire in wires_from_settings()]
        try:
            rounds.round_of(wires)
        except WireDown as down:
            logger.warning("No mail can go out, all of it waits: %s", down)


@shared_task(ignore_result=True, acks_late=False)
def sweep() -> None:
    """Make the reminders of the days that came into sight; whatever else it has to mend is a bug, and is logged."""
    swept = reminders.sweep(now=database_clock().now())
    bounces.delete_old_events(now=database_clock().now())
    if swept.drift:
        tallies.add_to_tallies({"reminders_drift_total": swept.drift})
        logger.error("The rows of %s runs were not what the runs call for; they are mended", swept.drift)


@shared_task(ignore_result=True, acks_late=False)
def extend_series() -> None:
    """Make the runs of the days that came into sight, eight weeks ahead. Twice at once, it does no harm."""
    made = series.extend_series(now=database_clock().now())
    if made:
        logger.info("Runs made from series: %s", made)
