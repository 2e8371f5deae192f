"""How fast messages may go: plans/delivery/pace.py, by a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.delivery.pace import BURST_SECONDS, FORGET_SECONDS, LEAST_RATE, Pace


class Hands:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def send(pace: Pace, hands: Hands, count: int, *, each: float = 0.0) -> float:
    """Send as one thread does: wait for the place, then take `each` seconds for the message. The seconds it took."""
    began = hands.now
    for _ in range(count):
        hands.now += pace.reserve() + each
    return hands.now - began


def test_until_the_server_complains_nothing_waits():
    hands = Hands()
    pace = Pace(clock=hands)
    assert (pace.limit, send(pace, hands, 1000)) == (None, 0)


def test_a_complaint_slows_to_four_fifths_of_what_went_lately():
    hands = Hands()
    pace = Pace(clock=hands)
    send(pace, hands, 200, each=0.01)  # a hundred a second
    pace.slow_down()
    assert pace.limit == pytest.approx(80, rel=0.03)
    assert pace.throttled == 1


def test_several_complaints_at_once_count_as_one():
    hands = Hands()
    pace = Pace(clock=hands)
    send(pace, hands, 200, each=0.01)
    for _ in range(20):
        pace.slow_down()
    assert pace.limit == pytest.approx(80, rel=0.03)
    hands.now += 0.6
    pace.slow_down()
    assert pace.limit < 70


def test_it_grows_again_by_three_in_a_hundred_a_second_and_is_forgotten_in_time():
    hands = Hands()
    pace = Pace(clock=hands)
    send(pace, hands, 200, each=0.01)
    pace.slow_down()
    slow = pace.limit
    hands.now += 10
    assert pace.limit == pytest.approx(slow * 1.03**10, rel=0.001)
    hands.now += FORGET_SECONDS
    assert pace.limit is None


def test_a_limit_that_is_set_is_never_passed():
    hands = Hands()
    pace = Pace(50, clock=hands)
    hands.now += 3600
    took = send(pace, hands, 500)
    assert 500 / took <= 50 * (1 + BURST_SECONDS)


@given(st.lists(st.tuples(st.sampled_from(["send", "complain", "wait"]), st.floats(0, 5)), max_size=60))
def test_whatever_happens_no_wait_is_endless_and_no_limit_passed(events):
    hands = Hands()
    pace = Pace(40, clock=hands)
    for event, value in events:
        if event == "send":
            wait = pace.reserve()
            assert 0 <= wait <= 1 / LEAST_RATE + 1
            hands.now += wait
        elif event == "complain":
            pace.slow_down()
        else:
            hands.now += value
        assert LEAST_RATE <= pace.limit <= 40
