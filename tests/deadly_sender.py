"""A sender with a message that kills its process in the middle: `python -m tests.deadly_sender KEY`."""

from __future__ import annotations

import os
import signal
import sys
import threading

import django


def main(key: str) -> None:
    """Send what is due; the message of that key ends the process as SIGKILL does."""
    django.setup()
    from plans.delivery import rounds, wire

    hand_over = wire.SmtpWire.send

    def deadly(self, message, *, begin_by):
        if f"X-Reminder-Key: {key}".encode() in message.content:
            os.kill(os.getpid(), signal.SIGKILL)
        return hand_over(self, message, begin_by=begin_by)

    wire.SmtpWire.send = deadly  # type: ignore[method-assign]
    rounds.run(threading.Event())


if __name__ == "__main__":
    main(sys.argv[1])
