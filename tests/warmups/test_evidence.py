"""Published figures: shown as they were published, each on its own, with what is known of where they come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.factories import make_activation, make_exercise, make_index, make_muscle, make_outcome, make_study
from tests.page_text import see
from warmups.evidence_chart import Line, band, evidence, index_marks, words
from warmups.models import Activation, Exercise, ExerciseMuscle, Muscle, Outcome, Study
from warmups.outcome_chart import effect, outcomes

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]


@pytest.fixture
def visitor(browser_of: BrowserOf) -> Client:
    return browser_of(None)


@pytest.fixture
def squat() -> Exercise:
    """An exercise that two studies measured; of one figure we have it at second hand, one is context only."""
    exercise = make_exercise("squat", name="Squat", evidence_level="A")
    muscle = make_muscle("gluteus-medius", name="glute med")
    ExerciseMuscle.objects.create(exercise=exercise, muscle=muscle, role="primary")
    boren = make_study(
        "boren-2011",
        citation="Boren K et al., J Sports 6:206",
        doi="10.1/x",
        bibliography_checked=False,
        electrodes="surface",
    )
    make_activation(
        exercise, muscle, study=boren, mean=82, sd=None, n=24, source_kind="secondary_quote", locator="a list at x.org"
    )
    other = make_study("distefano-2009", citation="DiStefano LJ et al., JOSPT 39:532", year=2009, url="https://y.org/")
    make_activation(exercise, muscle, study=other, mean=64, sd=24, note="one page prints 63")
    make_activation(exercise, muscle, study=other, mean=None, sd=None, low=40, rankable=False, load="external")
    return exercise


def test_the_figures_of_an_exercise(visitor: Client, squat: Exercise) -> None:
    text = see(visitor, "/exercises/squat/")
    for said in (
        "Glute med 64 to 82 %MVIC in 2 studies",
        "82 %MVIC (very high) Boren 2011 · mean · electrodes on the skin · 24 people quoted at second hand",
        "64 ± 24 %MVIC (very high) DiStefano 2009 · mean · electrodes mixed or not stated · 20 people",
        "One page prints 63.",
        "1 figure for context only",
        "at least 40 %MVIC DiStefano 2009 · with added weight · mean",
        "Level A. The buttock muscles were measured",
        "Quoted at second hand, read in: a list at x.org.",
        "citation not fully checked",
    ):
        assert said in text, said
    assert "73" not in " ".join(text.words)  # nobody measured the average of the two
    assert (text.links["DOI 10.1/x"], text.links["Read it"]) == ("https://doi.org/10.1/x", "https://y.org/")
    assert text.links["Boren 2011"] == "#study-boren-2011"
    assert text.links["All four levels"] == "/evidence/#levels"


def test_second_hand_has_a_mark_of_its_own(visitor: Client, squat: Exercise) -> None:
    html = visitor.get("/exercises/squat/").content.decode()
    rows = re.findall(r'<li class="emg__row( emg__row--quoted)?">(.*?)</li>', html, re.DOTALL)
    assert [(bool(mark), "quoted at second hand" in row) for mark, row in rows] == [
        (True, True),
        (False, False),
        (False, False),
    ]


def test_context_stands_apart(squat: Exercise) -> None:
    (chart,) = evidence(squat.activations.select_related("muscle", "study")).charts
    assert [bar.figure.rankable for bar in chart.bars] == [True, True]
    assert [bar.figure.rankable for bar in chart.context] == [False]
    assert "40" not in chart.summary


def test_the_marks_of_a_figure(squat: Exercise) -> None:
    shown = evidence(squat.activations.select_related("muscle", "study"))
    (chart,) = shown.charts
    assert [(bar.mean, bar.deviation, bar.span, bar.floor) for bar in (*chart.bars, *chart.context)] == [
        (68.33, None, None, None),
        (53.33, Line(33.33, 40.0), None, None),
        (None, None, None, 33.33),
    ]
    assert (shown.top, [source.study.slug for source in shown.sources]) == (120, ["boren-2011", "distefano-2009"])
    assert [band.middle for band in shown.bands] == [8.34, 25.0, 41.66, 75.0]


def test_the_scale_holds_the_highest_figure() -> None:
    exercise = make_exercise()
    make_activation(exercise, mean=103, sd=40)
    make_activation(exercise, mean=5, sd=20)
    shown = evidence(exercise.activations.select_related("muscle", "study"))
    assert shown.top == 160
    deviations = [bar.deviation for bar in shown.charts[0].bars]
    assert deviations == [Line(39.38, 50.0), Line(0.0, 15.62)]  # less than nothing can't be measured


def test_wires_and_skin_have_different_marks() -> None:
    exercise = make_exercise()
    for electrodes in ("surface", "fine-wire", ""):
        make_activation(exercise, study=make_study(f"of-{electrodes or 'none'}", electrodes=electrodes))
    shown = evidence(exercise.activations.select_related("muscle", "study"))
    assert {bar.figure.study.slug: bar.fine_wire for bar in shown.charts[0].bars} == {
        "of-surface": False,
        "of-fine-wire": True,
        "of-none": False,
    }


def test_the_legend_tells_what_is_there(squat: Exercise) -> None:
    rows = squat.activations.select_related("muscle", "study")
    assert evidence(rows).marks == {"quoted", "deviation", "floor"}
    make_activation(squat, study=make_study(electrodes="fine-wire"), mean=None, sd=None, low=3, high=8)
    assert evidence(rows.all()).marks == {"quoted", "deviation", "floor", "span"}
    assert evidence([]).marks == set()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mean": "82"}, "82 %MVIC"),
        ({"mean": "70.1", "sd": "29.9"}, "70 ± 30 %MVIC"),
        ({"mean": "38.2", "sd": "12", "low": "20.4", "high": "61"}, "38 ± 12 %MVIC (20 to 61)"),
        ({"low": "42", "high": "81"}, "42 to 81 %MVIC"),
        ({"low": "40"}, "at least 40 %MVIC"),
        ({"high": "40"}, "at most 40 %MVIC"),
        ({"mean": "0"}, "0 %MVIC"),
    ],
)
def test_a_figure_in_words(fields: dict[str, str], said: str) -> None:
    assert words(Activation(**{name: Decimal(value) for name, value in fields.items()})) == said


def test_the_bands_of_the_literature() -> None:
    assert [str(band(value)) for value in (0, 20, 21, 40, 41, 60, 61, 400)] == [
        "low",
        "low",
        "moderate",
        "moderate",
        "high",
        "high",
        "very high",
        "very high",
    ]


def test_a_floor_leaves_the_span_open() -> None:
    exercise, study = make_exercise(), make_study()
    make_activation(exercise, study=study, mean=30, sd=None)
    make_activation(exercise, study=study, mean=None, sd=None, low=40)
    (chart,) = evidence(exercise.activations.select_related("muscle", "study")).charts
    assert chart.summary == "at least 30 %MVIC in 1 study"


percents = st.decimals(0, 400, places=2)
figures = st.one_of(
    st.fixed_dictionaries({"mean": percents}, optional={"sd": st.decimals(0, 99, places=1)}),
    st.tuples(percents, percents).map(lambda pair: {"low": min(pair), "high": max(pair)}),
    st.fixed_dictionaries({"low": percents}),
)


@given(
    rows=st.lists(
        st.tuples(figures, st.integers(1, 3), st.integers(1, 2), st.booleans(), st.integers(1, 60)), max_size=9
    )
)
def test_no_number_is_shown_that_no_study_found(rows: list[tuple[dict[str, Decimal], int, int, bool, int]]) -> None:
    published = [
        Activation(
            code=f"E{number}",
            study=Study(pk=study, slug=f"study-{study}", citation="A B"),
            muscle=Muscle(pk=muscle, slug=f"muscle-{muscle}", name="m"),
            rankable=rankable,
            n=n,
            statistic="mean",
            load="bodyweight",
            **values,
        )
        for number, (values, study, muscle, rankable, n) in enumerate(rows)
    ]
    for chart in evidence(published).charts:
        own = [row for row in published if row.muscle.slug == chart.muscle.slug]
        for bar in (*chart.bars, *chart.context):
            row = bar.figure
            found = {str(round(value)) for value in (row.mean, row.sd, row.low, row.high) if value is not None}
            assert set(re.findall(r"\d+(?:\.\d+)?", bar.words)) <= found
        found = {str(round(value)) for row in own for value in (row.mean, row.low, row.high) if value is not None}
        studies = {str(len({row.study_id for row in own if row.rankable}))}
        assert set(re.findall(r"\d+(?:\.\d+)?", chart.summary)) <= found | studies
        assert len(chart.bars) + len(chart.context) == len(own)


def test_an_exercise_without_figures(visitor: Client) -> None:
    make_exercise("squat", evidence_level="D")
    text = see(visitor, "/exercises/squat/")
    assert ("Level D. Coaching practice." in text, "Sources" in text) == (True, False)
    assert "We found no published figure for this exercise. That says nothing against it" in text


# --- The gluteal index ------------------------------------------------------------------------------------------------


@pytest.fixture
def clamshell() -> Exercise:
    """It has an index of 115; in the same study a bridge has 59, a draft 70; another study gives a hop 90."""
    study = make_study("selkowitz-2013", citation="Selkowitz DM et al., JOSPT 43:54", year=2013)
    clamshell = make_exercise("clamshell", name="Clamshell")
    make_index(clamshell, "115", study=study)
    make_index(make_exercise("bridge", name="Bridge"), "59", study=study)
    make_index(make_exercise("secret", name="Secret", status="draft"), "70", study=study)
    make_index(make_exercise("hop", name="Hop"), "90")
    return clamshell


def test_the_gluteal_index(visitor: Client, clamshell: Exercise) -> None:
    text = see(visitor, "/exercises/clamshell/")
    assert "index 115" in text
    assert "115 Clamshell (this one) Selkowitz 2013" in text
    assert "59 Bridge Selkowitz 2013" in text
    assert "It is no percentage" in text
    assert ("115 %MVIC" in text, "Secret" in text, "Hop" in text) == (False, False, False)
    assert "Selkowitz DM et al., JOSPT 43:54" in text
    assert "We found no published figure" not in text


def test_its_line(clamshell: Exercise) -> None:
    marks = index_marks(clamshell.indices.get().study.indices.select_related("study"), exercise=clamshell)
    assert [(mark.words, mark.place, mark.here) for mark in marks] == [
        ("115", 100.0, True),
        ("70", 60.87, False),
        ("59", 51.3, False),
    ]


def test_without_an_index_there_is_no_line(visitor: Client, clamshell: Exercise) -> None:
    make_exercise("squat")
    assert "index" not in see(visitor, "/exercises/squat/")


# --- All the evidence on one page -------------------------------------------------------------------------------------


def test_what_trials_found(visitor: Client) -> None:
    study = make_study("leppanen-2024", citation="Leppänen M et al., BJSM 58:722", year=2024, doi="10.1136/y")
    make_outcome(study=study)
    make_outcome(
        study=study,
        topic="stretching",
        intervention="PNF stretching",
        outcome="performance",
        direction="favours-comparator",
        measure="percent change",
        value=Decimal("-4.4"),
        ci_low=None,
        ci_high=None,
        p="<0.05",
        note="as printed",
        source_kind="secondary_quote",
    )
    text = see(visitor, "/evidence/")
    for said in (
        "Any lower-limb injury better with it",
        "Hip-and-core exercises before runs, against static stretching · 24 weeks · 214 people · Leppänen 2024",
        "Hazard ratio 0.66, 95 % interval 0.45 to 0.97",
        "Performance better without it",
        "Change of \N{MINUS SIGN}4.4 %, p < 0.05",
        "quoted at second hand",
        "As printed.",
        "Injuries of runners",
        "The one study",
        "The levels A to D",
    ):
        assert said in text, said
    assert text.links["DOI 10.1136/y"] == "https://doi.org/10.1136/y"
    assert text.links["Leppänen 2024"] == "#study-leppanen-2024"


def test_only_ratios_with_an_interval_are_drawn() -> None:
    drawn = make_outcome(code="O1")
    make_outcome(code="O2", ci_low=None, ci_high=None)
    make_outcome(code="O3", measure="percent change", value=Decimal("-3"), ci_low=Decimal("-5"), ci_high=Decimal("-1"))
    make_outcome(code="O4", ci_low=Decimal(0))
    (topic,) = outcomes(Outcome.objects.select_related("study")).topics
    assert [result.outcome.code for result in topic.results if result.mark] == [drawn.code]


def test_a_half_lies_as_far_from_one_as_a_double() -> None:
    for value in ("0.5", "2"):
        make_outcome(value=Decimal(value), ci_low=Decimal(value), ci_high=Decimal(value))
    shown = outcomes(Outcome.objects.select_related("study"))
    half, double = (result.mark.place for result in shown.topics[0].results if result.mark)
    assert half + double == pytest.approx(2 * shown.even, abs=0.02)
    assert [tick.value for tick in shown.ticks] == [0.25, 0.5, 1, 2, 4]


@given(value=st.decimals("0.01", 90, places=4), low=st.decimals("0.01", 1, places=4), high=st.decimals(1, 90, places=4))
def test_every_mark_lies_on_the_scale(value: Decimal, low: Decimal, high: Decimal) -> None:
    low, value, high = sorted((low, value, high))
    row = Outcome(code="O", topic="stretching", measure="risk ratio", value=value, ci_low=low, ci_high=high)
    mark = outcomes([row]).topics[0].results[0].mark
    assert mark is not None
    assert 0 <= mark.interval.start <= mark.place + 0.01
    assert mark.place <= mark.interval.end + 0.01 <= 100.02


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"measure": "odds ratio", "value": "1.8000"}, "Odds ratio 1.8"),
        ({"measure": "difference", "value": "-2.3700"}, "Difference \N{MINUS SIGN}2.37"),
        ({"measure": "mean difference", "value": "100.0000"}, "Mean difference 100"),
        ({"measure": "percent of criteria", "value": "79.0000"}, "79\N{NO-BREAK SPACE}% of the criteria"),
        ({"measure": "p value", "p": "0.021"}, "p = 0.021"),
        ({"measure": "p value", "p": ">=0.05"}, "p ≥ 0.05"),
        ({}, ""),
    ],
)
def test_an_effect_in_words(fields: dict[str, Any], said: str) -> None:
    value = fields.pop("value", None)
    assert effect(Outcome(value=value and Decimal(value), **fields)) == said


def test_all_studies_with_what_is_not_sure_of_them(visitor: Client) -> None:
    make_study("a", citation="Ayotte NW et al., JOSPT 37:48", bibliography_checked=False, seen="abstract (no numbers)")
    make_study("b", citation="barry L, J Hum Kinet 54:33", doi="10.1515/z")
    text = see(visitor, "/evidence/")
    said = " ".join(text.words)
    assert "All 2 studies" in text
    assert (
        "Ayotte NW et al., JOSPT 37:48 (2011). citation not fully checked We could read: abstract (no numbers)." in text
    )
    assert said.index("Ayotte") < said.index("barry")
    assert text.links["DOI 10.1515/z"] == "https://doi.org/10.1515/z"


def test_conflicts_link_to_the_studies_there_are(visitor: Client) -> None:
    make_study("boren-2011", citation="Boren K et al., IJSPT 6:206")
    text = see(visitor, "/evidence/")
    assert "82 %MVIC in the abstract, 83 on one page that quotes it. Boren 2011" in text
    assert "One study mixes millivolts" in text
    assert [href for href in text.links.values() if href == "#study-muyor-2020"] == []


def test_what_the_library_shows_is_counted(visitor: Client, squat: Exercise) -> None:
    make_activation(make_exercise("secret", status="draft"))
    text = see(visitor, "/evidence/")
    assert "measured figures 3 exercises they are about 1 studies they come from 2" in text
    assert "figures quoted at second hand 1" in text


def test_without_any_rows_it_still_explains(visitor: Client) -> None:
    text = see(visitor, "/evidence/")
    assert ("How to read %MVIC" in text, "What trials found" in text) == (True, False)


@pytest.mark.parametrize(
    ("citation", "year", "short"),
    [
        ("Boren K et al., Int J Sports Phys Ther 6(3):206-223", 2011, "Boren 2011"),
        ("de Almeida Paz I et al., J Bodyw Mov Ther 30:160-167", 2022, "de Almeida Paz 2022"),
        ("O'Sullivan K, Smith SM", None, "O'Sullivan"),
        ("Literature table in Int J Sports Phys Ther 9(2) (authors not shown)", 2014, "Literature table 2014"),
        ("Scoping review of single stretching bouts", 2021, "Scoping review 2021"),
        ("", 2011, "x-2011 2011"),
    ],
)
def test_a_study_in_short(citation: str, year: int | None, short: str) -> None:
    assert Study(slug="x-2011", citation=citation, year=year).short == short
