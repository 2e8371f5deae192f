"""Settings, addresses and wiring shared by all apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
