"""The workshop's addresses: of one exercise (under the admin's for exercises), and of the content as a whole."""

from __future__ import annotations

from django.urls import URLPattern

from warmups.workshop import board, history, media, poses, review, transfer

exercise_urls: list[URLPattern] = [
    *poses.figure_urls,
    *media.media_urls,
    *history.history_urls,
    *review.deed_urls,
]

workshop_urls: list[URLPattern] = [
    *board.board_urls,
    *transfer.transfer_urls,
    *poses.poses_urls,
]
