"""The workshop's addresses: of one exercise (under the admin's for exercises), and of the content as a whole."""

from __future__ import annotations

from django.urls import URLPattern

from warmups.workshop import history, media

exercise_urls: list[URLPattern] = [
    *media.media_urls,
    *history.history_urls,
]

workshop_urls: list[URLPattern] = []
