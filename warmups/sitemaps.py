"""What search engines may find: the library. People's own pages are nobody else's."""

from __future__ import annotations

from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import Model, QuerySet
from django.urls import reverse

from warmups.models import Exercise, Muscle, Routine


class PageSitemap(Sitemap):
    """The pages that stand for themselves, by the names of their routes."""

    def items(self) -> list[str]:
        """Names."""
        return ["home", "exercises", "muscles", "evidence", "routines", "routine-suggest"]

    def location(self, item: str) -> str:
        """The address of a name."""
        return reverse(item)


class RowSitemap(Sitemap):
    """Rows that have a page and are open to visitors."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows = rows

    def items(self) -> QuerySet[Model]:
        """Looked up anew with each request."""
        return self.rows.all()


sitemaps: dict[str, Any] = {
    "pages": PageSitemap(),
    "exercises": RowSitemap(Exercise.objects.published().only("slug").order_by("slug")),
    "muscles": RowSitemap(Muscle.objects.only("slug").order_by("slug")),
    "routines": RowSitemap(Routine.objects.library().current().only("pk").order_by("pk")),
}
