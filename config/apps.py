"""Django's own apps with settings of ours."""

from typing import ClassVar

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Leaves out what packages bring along and no page of ours shows: a second API browser, and DRF's own pages."""

    ignore_patterns: ClassVar = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]
