"""The workshop's addresses: of one exercise (under the admin's for exercises), and of the content as a whole."""

from __future__ import annotations

from django.urls import URLPattern

from warmups.workshop import history

exercise_urls: list[URLPattern] = [
    *history.history_urls,
]

workshop_urls: list[URLPattern] = []
