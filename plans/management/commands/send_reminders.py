"""`manage.py send_reminders`: sends what falls due for as long as it runs, without a broker."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from plans.delivery import rounds


class Command(BaseCommand):
    """Send reminders within a moment of when they are due, until SIGTERM or Ctrl-C. Any number may run, anywhere."""

    help = "Send what falls due, within a moment, until stopped. Celery's tick stays as the net under it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop; what is on the wire then ends within some seconds."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        rounds.run(stop)
