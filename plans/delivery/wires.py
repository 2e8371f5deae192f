"""Which wires there are: as the settings say."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from plans.delivery.wire import BackendWire, FolderWire, SmtpWire, Wire


def wires_from_settings() -> list[Wire]:
    """The wires that EMAIL_BACKEND and its settings name: as many as may send at the same time."""
    if settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        return [SmtpWire() for _ in range(settings.SMTP_CONNECTIONS)]
    if settings.EMAIL_BACKEND == "config.mail.EmlFileBackend":
        return [FolderWire(Path(settings.MAIL_DIR))]
    if settings.EMAIL_BACKEND.startswith("anymail."):
        from plans.delivery.provider import ProviderWire

        return [ProviderWire() for _ in range(settings.SMTP_CONNECTIONS)]
    return [BackendWire()]
