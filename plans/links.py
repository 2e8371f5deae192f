"""Whole addresses of our pages, for what is read elsewhere: mails and calendars."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from django.urls import reverse

# It stands where arguments go: digits, so that it fits a place for a number and one for text.
_PLACE = "7310000000000000"
_PLAIN = re.compile(r"[A-Za-z0-9_:.~-]+")


def link(name: str, *arguments: object) -> str:
    """The address of the page of that name, with scheme and host.

    Django is asked once a page and not once a mail: a mail has seven, and asking takes longer than writing the rest.
    """
    words = tuple(map(str, arguments))
    if not all(map(_PLAIN.fullmatch, words)):
        return settings.SITE_URL + reverse(name, args=arguments)
    return settings.SITE_URL + _form(name, len(words)) % words


@cache
def _form(name: str, places: int) -> str:
    """The page's address with %s for each of its arguments, in order."""
    address = reverse(name, args=[f"{_PLACE}{place}" for place in range(places)]).replace("%", "%%")
    for place in range(places):
        address = address.replace(f"{_PLACE}{place}", "%s")
    return address
