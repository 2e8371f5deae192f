"""manage.py figure_sheet: a page to look at."""

import json

import pytest
from django.core.management import CommandError, call_command

from .test_checks import GOOD, changed


@pytest.fixture
def content(tmp_path):
    (tmp_path / "poses").mkdir()
    (tmp_path / "poses" / "knee-bend.json").write_text(json.dumps(GOOD))
    (tmp_path / "poses" / "knee-turn.json").write_text(json.dumps(changed("keys.1.pose.hip_l", {"rot": 90})))
    return tmp_path


def sheet(content, *slugs, **options):
    output = content / "sheet.html"
    call_command("figure_sheet", *slugs, path=content, output=output, verbosity=0, **options)
    return output.read_text()


def test_it_shows_the_still_and_moments_of_each_figure(content):
    page = sheet(content, "knee-bend", phases=4, theme="dark")
    assert page.count("<svg") == 5
    assert "knee-turn" not in page
    assert "#14191F" in page


def test_it_shows_what_is_wrong_instead(content):
    page = sheet(content)
    assert '<div class="problem">keys.1.pose.hip_l.rot (at 1.3 s): hip_l.rot = 90, allowed -45 to 65</div>' in page
    assert page.count("<h2>") == 2


def test_it_shows_the_moments_that_the_data_name(content):
    (content / "poses" / "named.json").write_text(json.dumps(GOOD | {"phases": [0, 0.5, 2]}))
    assert sheet(content, "named").count("<svg") == 4


def test_unknown_names_and_files_that_are_no_json_are_told(content):
    with pytest.raises(CommandError, match="There are no poses for squat in"):
        sheet(content, "squat")
    (content / "poses" / "broken.json").write_text("{")
    with pytest.raises(CommandError, match="is no JSON"):
        sheet(content, "broken")
