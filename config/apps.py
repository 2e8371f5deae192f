"""Django's own apps with settings of ours."""

from django.contrib.admin import apps as admin_apps
from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Leaves out what packages bring along and no page of ours uses: a second API browser, DRF's pages, extensions."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework", "django_htmx/ext/*"]


class Admin(admin_apps.AdminConfig):
    """The admin, as the curators' workshop."""

    default = False  # of this package, which is an app itself
    default_site = "config.admin.Workshop"

    def ready(self) -> None:
        """Without groups: being a curator is a plain choice on a person's page, not a list of rights put together."""
        super().ready()
        from django.contrib.admin import site
        from django.contrib.auth.models import Group

        site.unregister(Group)
