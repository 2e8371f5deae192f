"""The Celery app and the beat schedule: every timed job is listed here."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("prestride")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Beat fires on intervals only and a task message says no more than "go": rows say what is due, so a tick that is
# lost or runs twice costs seconds, never a reminder. `expires` keeps ticks from piling up while no worker runs.
app.conf.beat_schedule = {
    "send what is due": {"task": "plans.tasks.tick", "schedule": 5.0, "options": {"expires": 5}},
    "compare runs with reminders": {"task": "plans.tasks.sweep", "schedule": 600.0, "options": {"expires": 600}},
    "make the runs of the weeks ahead": {
        "task": "plans.tasks.extend_series",
        "schedule": 1800.0,
        "options": {"expires": 1800},
    },
}
