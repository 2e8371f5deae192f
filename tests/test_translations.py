"""All text that people see goes through gettext: no template holds bare words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR, "templates")
# The style guide is for developers only.
TEMPLATES = sorted(path for path in FOLDER.rglob("*.html") if path.name != "styleguide.html")
# The product's name and what is the same in every language.
NAMES = {
    "Prestride",
    "API",
    "DOI",
    "MVIC",
    "SD",
    "n",
    "h",
    "min",
    "s",
    "m",
    "x",
    "l",
    "r",
    "GitHub",
    "AGPL",
    "CC",
    "BY",
    "OpenAPI",
}
NOT_TEXT = re.compile(
    r"\{%\s*comment.*?endcomment\s*%\}"
    r"|\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}"
    r"|\{%\s*block (?:main_class|bodyclass|coltype|style|dark)\b.*?endblock[^%]*%\}"
    r"|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"
    r"|<!--.*?-->|<style\b.*?</style>|<!doctype[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
SAID = re.compile(r"""\b(?:aria-label|alt|title|placeholder|aria-description)="([^"]*)\"""")
WORD = re.compile(r"[^\W\d_]+")


def bare_words(source: str) -> set[str]:
    """The words of a template that no translation reaches, in its text and in what attributes say."""
    rest = NOT_TEXT.sub(" ", source)
    said = " ".join(SAID.findall(rest))
    text = re.sub(r"&\w+;", " ", TAG.sub(" ", rest))
    return set(WORD.findall(f"{text} {said}")) - NAMES


def test_it_finds_bare_words() -> None:
    assert bare_words('<p>{% translate "Fine" %} {{ x }} Bare</p>') == {"Bare"}
    assert bare_words('<a title="Told">{% blocktranslate %}Fine{% endblocktranslate %}</a>') == {"Told"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_template_holds_no_bare_words(path: Path) -> None:
    assert bare_words(path.read_text()) == set()
