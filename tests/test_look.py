"""The look: colours one can read, icons that exist, templates that a strict CSP lets live, and the pieces' geometry."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import lucide
import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.test import Client
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st

from config.styleguide import EffortForm, ExampleForm, styleguide
from config.urls import urlpatterns as site_urls
from plans.ribbon import ribbon
from tests.factories import make_user
from warmups.coverage_ring import ROLES, coverage_ring

TEMPLATES = sorted(path for path in (settings.BASE_DIR / "templates").rglob("*") if path.suffix in {".html", ".svg"})
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]  # mail clients know no CSP and want inlined styles
CSS = settings.BASE_DIR / "static" / "css"

urlpatterns = [*site_urls, path("styleguide/", styleguide, name="styleguide")]


# Colours ------------------------------------------------------------------------------------------------------------

SURFACES = ("ground", "card", "figure-card", "sunken", "sky-high", "sky-mid", "sky-low")
TEXT = [  # ink, and what it stands on: 4.5:1
    *(("ink", surface) for surface in (*SURFACES, "sage", "ember-soft", "teal-soft")),
    *(("quiet", surface) for surface in SURFACES),
    *(("teal", surface) for surface in ("ground", "card")),
    *(("teal-deep", surface) for surface in (*SURFACES, "teal-soft")),
    ("action", "ground"),
    ("action", "card"),
    ("on-action", "action"),
    ("on-action", "action-hover"),
    ("ground", "teal-deep"),
    ("ground", "teal"),
    ("ground", "ink"),
    ("ground", "pain"),
    *((state, f"{state}-soft") for state in ("done", "skipped", "missed", "pain")),
    *((state, surface) for state in ("done", "skipped", "missed", "pain") for surface in ("ground", "card")),
]
PARTS = [  # lines and areas that carry meaning, and what they stand on: 3:1
    *((part, surface) for part in ("edge", "focus", "ember", "dawn-1", "dawn-2", "dawn-3") for surface in SURFACES),
    *(("action", surface) for surface in SURFACES),
    *(("teal", surface) for surface in SURFACES),
    ("glow", "card"),
    ("card", "teal-deep"),
    ("fig-tights", "figure-card"),
    ("fig-arrow", "figure-card"),
]


def tokens() -> dict[str, tuple[str, str]]:
    """Each colour's light and dark value."""
    pattern = r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);"
    return {name: (light, dark) for name, light, dark in re.findall(pattern, (CSS / "tokens.css").read_text())}


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_meets_aa(theme):
    values = tokens()
    low = [
        (ink, ground, round(contrast(values[ink][theme], values[ground][theme]), 2))
        for pairs, least in ((TEXT, 4.5), (PARTS, 3.0))
        for ink, ground in pairs
        if contrast(values[ink][theme], values[ground][theme]) < least
    ]
    assert low == []


def test_contrast_knows_black_and_white():
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#ffffff", "#ffffff") == 1


def test_colours_are_written_in_one_file_only():
    strays = {
        sheet.name: found
        for sheet in CSS.rglob("*.css")
        if sheet.name != "tokens.css" and (found := re.findall(r"#[0-9a-f]{6}\b|rgba?\(|hsla?\(", sheet.read_text()))
    }
    assert strays == {}


def test_every_token_that_is_used_exists():
    sheets = "".join(sheet.read_text() for sheet in CSS.rglob("*.css"))
    defined = set(re.findall(r"(--[\w-]+):", sheets))
    used = set(re.findall(r"var\((--[\w-]+)", sheets))
    for template in TEMPLATES:
        used |= set(re.findall(r"var\((--[\w-]+)", template.read_text()))
    assert used - defined == set()


# Templates ----------------------------------------------------------------------------------------------------------

FORBIDDEN = {
    "inline style": r"\sstyle\s*=",
    "style element": r"<style",
    "inline handler": r"\son[a-z]+\s*=",
    "hx-on": r"hx-on",
    "js: in htmx": r"[\"']js:",
    "javascript: address": r"javascript:",
    "inline script": r"<script(?![^>]*\ssrc=)",
}


@pytest.mark.parametrize("template", PAGES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_template_lives_under_a_strict_csp(template: Path):
    text = template.read_text()
    assert [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text, re.IGNORECASE)] == []


def test_the_patterns_would_find_something():
    guilty = "<p style='x'><style><a onclick='x'><a hx-on:click='x'><a hx-vals='js:x'><a href='javascript:x'><script>"
    assert [name for name, pattern in FORBIDDEN.items() if not re.search(pattern, guilty)] == []


def test_every_icon_exists():
    names = set()
    for template in TEMPLATES:
        text = template.read_text()
        names |= set(re.findall(r"""{%\s*lucide\s+["']([\w-]+)["']""", text))
        names |= set(re.findall(r"""\bicon=["']([\w-]+)["']""", text))
    assert "sunrise" in names
    missing = []
    for name in sorted(names):
        try:
            lucide._load_icon(name)
        except lucide.IconDoesNotExist:
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_template_can_be_read(template: Path):
    get_template(str(template.relative_to(settings.BASE_DIR / "templates")))


# Pages --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_styleguide_is_there_with_debug(settings, client: Client):
    settings.ROOT_URLCONF = "tests.test_look"  # config.urls has it only when it was loaded with DEBUG
    response = client.get("/styleguide/")
    assert response.status_code == 200
    assert "How hard was it?" in response.content.decode()


@pytest.mark.django_db
def test_styleguide_is_not_there_without_debug(client: Client):
    assert client.get("/styleguide/").status_code == 404


@pytest.mark.django_db
def test_a_lost_visitor_gets_a_calm_page(client: Client):
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "This trail ends here" in response.content.decode()


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html"])
def test_pages_for_bad_moments_need_nothing(name):
    page = render_to_string(name)
    assert "<h1>" in page
    assert "site-footer" not in page


ENTRANCES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/no-such-key/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-no-such-key/",
    "/accounts/password/reset/key/done/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ENTRANCES)
def test_allauth_pages_are_ours(client: Client, address):
    response = client.get(address, follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'class="dawn dawn--edge dawn--entrance"' in page
    assert page.count("<h1>") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/email/", "/accounts/password/change/", "/accounts/logout/"])
def test_allauth_pages_for_who_is_signed_in(client: Client, address):
    client.force_login(make_user("Ada Athlete"), backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(address)
    assert response.status_code == 200
    assert response.content.decode().count("<h1>") == 1


# Forms --------------------------------------------------------------------------------------------------------------


def test_errors_stand_by_the_field_and_in_the_summary():
    page = str(ExampleForm({"name": "", "email": "x@example.com"}))
    assert '<a href="#id_name">Name of the squad – This field is required.</a>' in page
    assert 'aria-invalid="true" aria-describedby="id_name_helptext id_name_error" id="id_name"' in page
    assert '<ul class="errorlist" id="id_name_error">' in page


def test_what_was_typed_stays():
    assert 'value="mara@"' in str(ExampleForm({"email": "mara@"}))


def test_typed_markup_is_text():
    page = str(ExampleForm({"name": '"><script>alert(1)</script>'}))
    assert "<script>" not in page


def test_scale_offers_eleven_radios_in_a_named_group():
    page = render_to_string("components/scale.html", {"field": EffortForm()["rpe"], "low": "Nothing", "high": "All"})
    assert page.count('type="radio"') == 11
    assert re.search(r"<legend>\s*How hard was it\?\s*</legend>", page)


# The ribbon -----------------------------------------------------------------------------------------------------------

STARTS = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def test_ribbon_waits_then_warms_up():
    line = ribbon(
        starts_at=STARTS,
        now=STARTS - timedelta(minutes=2),
        step_seconds=[60, 60, 120],
        reminder_at=STARTS - timedelta(hours=1),
    )
    assert line.reminder_x == 0
    assert line.reminder_past
    assert line.wait == (0, 24)
    assert [step.when for step in line.steps] == ["past", "past", "now"]
    assert line.now_x == 62
    assert not line.over


def test_ribbon_without_a_reminder_begins_with_the_warm_up():
    line = ribbon(starts_at=STARTS, now=STARTS - timedelta(hours=2), step_seconds=[30, 30])
    assert (line.reminder_x, line.wait, line.now_x) == (None, None, None)
    assert line.steps[0].x == 0


def test_ribbon_without_a_warm_up_is_one_wait():
    line = ribbon(starts_at=STARTS, now=STARTS - timedelta(minutes=30), reminder_at=STARTS - timedelta(hours=1))
    assert (line.wait, line.steps, line.now_x) == ((0, 100), (), 50)


def test_ribbon_places_a_late_reminder_within_the_warm_up():
    line = ribbon(starts_at=STARTS, now=STARTS, step_seconds=[300, 300], reminder_at=STARTS - timedelta(minutes=5))
    assert (line.reminder_x, line.wait) == (50, None)


def test_ribbon_after_the_run_has_no_now():
    line = ribbon(starts_at=STARTS, now=STARTS + timedelta(minutes=1), step_seconds=[60])
    assert (line.now_x, line.over) == (None, True)


@given(
    seconds=st.lists(st.floats(min_value=-5, max_value=3600), max_size=60),
    reminder=st.none() | st.integers(min_value=-600, max_value=86400),
    now=st.integers(min_value=-86400, max_value=86400),
)
def test_ribbon_stays_on_its_line(seconds, reminder, now):
    reminder_at = None if reminder is None else STARTS - timedelta(seconds=reminder)
    line = ribbon(starts_at=STARTS, now=STARTS - timedelta(seconds=now), step_seconds=seconds, reminder_at=reminder_at)
    places = [x for x in (line.reminder_x, line.now_x, *(line.wait or ())) if x is not None]
    assert all(0 <= place <= 100 for place in places)
    assert len(line.steps) == len([length for length in seconds if length > 0])
    for one, other in pairwise(line.steps):
        assert one.x + one.width <= other.x + 0.02
    if line.steps:
        assert line.steps[-1].x + line.steps[-1].width <= 100.02
    order = [step.when for step in line.steps]
    assert order == sorted(order, key=["past", "now", "next"].index)


def test_ribbon_steps_are_as_wide_as_they_last():
    first, second, third = ribbon(starts_at=STARTS, now=STARTS, step_seconds=[30, 60, 90]).steps
    assert second.width == pytest.approx(2 * first.width, abs=0.02)
    assert third.width == pytest.approx(3 * first.width, abs=0.02)


def test_ribbon_is_drawn_alike_in_every_language(settings):
    settings.USE_THOUSAND_SEPARATOR = True
    settings.LANGUAGE_CODE = "de"
    line = ribbon(starts_at=STARTS, now=STARTS, step_seconds=[30, 60, 91])
    assert not re.search(r'"[\d.]+,\d+%?"', render_to_string("components/ribbon.html", {"ribbon": line, "text": "x"}))


# The coverage ring ----------------------------------------------------------------------------------------------------


def test_ring_has_an_arc_for_each_role_and_tells_unknown_from_nothing():
    arcs = coverage_ring({"force": 45, "hip-extension": 0, "mobility": None}, full_seconds=90).arcs
    assert [arc.role for arc in arcs] == list(ROLES)
    assert [arc.seconds for arc in arcs] == [45, 0, None, None, None]
    assert [arc.fill is None for arc in arcs] == [False, True, True, True, True]


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_ring_never_overflows(seconds):
    force = coverage_ring({"force": seconds}).arcs[0]
    assert force.fill is None or force.fill.startswith(force.track.split("A")[0])
    if seconds >= 90:
        assert force.fill == force.track
