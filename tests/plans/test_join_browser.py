"""Joining in a real browser: a coach makes a link on a desk, an athlete joins by it on a phone with a new account."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from plans.models import Membership
from tests.conftest import DESKTOP, PHONE, Cast, violations

pytestmark = pytest.mark.django_db(transaction=True)
PageOf = Callable[..., Page]


def test_from_a_coachs_link_to_a_member_with_a_new_account(cast: Cast, page_of: PageOf) -> None:
    desk = page_of(cast.coach, viewport=DESKTOP)
    desk.goto("/squads/dawn-patrol/invitations/")
    assert violations(desk) == []
    desk.get_by_role("button", name="Make the link").click()
    expect(desk.get_by_role("img", name="QR code that leads to")).to_be_visible()
    assert violations(desk) == []
    link = urlsplit(desk.get_by_label("The link, to pass on").input_value()).path

    phone = page_of(None, viewport=PHONE)
    phone.goto(link)
    expect(phone.get_by_role("heading", name="What the coaches will see")).to_be_visible()
    assert violations(phone) == []
    phone.get_by_label("Your name").fill("Nia Newcomer")
    phone.get_by_label("E-mail address").fill("nia@runners.example")
    phone.get_by_label("Password").fill("dawn over the hills")
    phone.get_by_label("Time zone").select_option("Europe/Lisbon")
    phone.get_by_role("button", name="Make my account").click()
    expect(phone.get_by_role("heading", name="Look at your mail")).to_be_visible()
    assert not Membership.objects.filter(person__name="Nia Newcomer").exists()

    [address] = re.findall(r"https?://\S+/accounts/confirm-email/\S+", str(mail.outbox[0].body))
    parts = urlsplit(address)
    phone.goto(f"{parts.path}?{parts.query}")
    phone.get_by_role("button", name="Yes, that is me").click()
    expect(phone).to_have_url(re.compile(re.escape(link)))
    assert violations(phone) == []
    phone.get_by_label("Coaches may also see my pain and my notes").check()
    phone.get_by_role("button", name="Join the squad").click()
    expect(phone.get_by_text("Welcome to Dawn Patrol.")).to_be_visible()
    membership = Membership.objects.get(person__name="Nia Newcomer")
    assert (membership.squad, membership.role, membership.shares_health) == (cast.squad, "athlete", True)

    desk.get_by_role("link", name="Who joined by now").click()
    expect(desk.get_by_text("1 of 30 joined")).to_be_visible()
