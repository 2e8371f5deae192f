"""One Celery task a mail, as people usually write it: what benchmarks/reminders.py compares with. Never for use."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import django
from celery import Celery

app = Celery("task_a_mail", broker=os.environ.get("REDIS_URL"))
app.conf.task_ignore_result = True

if os.environ.get("DJANGO_SETTINGS_MODULE"):
    django.setup()


@app.task
def send(key: int) -> None:
    """Send one reminder: read it, write it with Django's classes, send it, mark it."""
    from plans import emails
    from plans.domain.given import steps_of, with_warm_up
    from plans.models import Reminder, Run

    row = Reminder.objects.get(pk=key)
    row.run = with_warm_up(Run.objects.select_related("assignment__assigned_by")).get(pk=row.run_id)
    emails.reminder_mail(row, steps_of([row.run])).send()
    Reminder.objects.filter(pk=key).update(status=Reminder.Status.SENT)


def main(count: int) -> None:
    """Start a worker with two children, and put a task in the queue for each reminder as it falls due."""
    from django.utils import timezone

    from plans.models import Reminder

    words = ["-m", "celery", "-A", "benchmarks.task_a_mail", "worker", "-c", "2", "-l", "ERROR", "--without-gossip"]
    with subprocess.Popen([sys.executable, *words]) as worker:
        keys: list[int] = []
        while len(keys) < count:
            keys = list(Reminder.objects.filter(due_at__lte=timezone.now()).values_list("pk", flat=True))
            time.sleep(0.05)
        for key in keys:
            send.delay(key)
        while Reminder.objects.filter(status=Reminder.Status.SCHEDULED).exists():
            time.sleep(0.2)
        worker.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]))
