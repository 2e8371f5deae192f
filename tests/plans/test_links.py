"""Whole addresses for mails and calendars: what Django says, asked once a page."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse
from hypothesis import given
from hypothesis import strategies as st

from plans.links import link

# A path argument holds no slash and is not empty.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=40)


@given(token=WORDS, outcome=WORDS)
def test_a_link_is_the_site_and_the_address_that_django_gives(token, outcome):
    assert link("answer", token, outcome) == "http://testserver" + reverse("answer", args=[token, outcome])


@given(number=st.integers(min_value=0))
def test_a_number_goes_where_a_number_belongs(number):
    assert link("run", number) == "http://testserver" + reverse("run", args=[number])


def test_what_has_no_address_is_refused():
    with pytest.raises(NoReverseMatch):
        link("answer", "a/b", "done")
