"""Keeps secrets that stand in addresses out of the log: whoever reads it could act as those who were mailed them."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(
    r"(/(?:answer|invitations|reminders/unsubscribe|confirm-email|reset/key|api/v1/calendar)/)[^/\s?#\"']+"
)


class HideSecrets(logging.Filter):
    """Puts "…" in place of the secret part of an address, wherever a line names one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; never hold one back."""
        try:
            line = record.getMessage()
        except (TypeError, ValueError):
            return True  # a bad format is the handler's to report
        if SECRET.search(line):
            record.msg, record.args = SECRET.sub(r"\1…", line), None
        return True
