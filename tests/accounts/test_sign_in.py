"""Signing up, proving the address, signing in, a new password: as a browser and a mailbox see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from smtplib import SMTPServerDisconnected
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core import mail
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import forms
from accounts.domain.people import has_verified_address, sign_up_person
from accounts.models import AuditEntry, User
from tests.factories import BERLIN, NOW, make_user

pytestmark = pytest.mark.django_db

SIGN_UP, SIGN_IN = "/accounts/signup/", "/accounts/login/"
LOOK_AT_YOUR_MAIL = "/accounts/confirm-email/"


def filled(**fields: str) -> dict[str, str]:
    values = {
        "email": "Mara@Runners.example",
        "name": "Mara Moss",
        "password1": "hills-at-dawn",
        "time_zone": "Europe/Berlin",
    }
    return values | fields


def link_in(message: EmailMessage) -> str:
    """The first link of a mail, without the site's own address, which it has to begin with."""
    (found, *_others) = re.findall(r"http\S+", message.body)
    assert found.startswith("http://testserver/")
    return str(found.removeprefix("http://testserver"))


def person_of(browser: Client) -> User | None:
    request = HttpRequest()
    request.session = browser.session
    user = get_user(request)
    return user if user.is_authenticated else None  # type: ignore[return-value]


def break_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_options: Any) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)


# --- Signing up ---


def test_signing_up_sends_a_link_that_asks_and_then_signs_in() -> None:
    browser = Client()
    answer = browser.post(SIGN_UP, filled())
    assert (answer.status_code, answer["Location"]) == (302, LOOK_AT_YOUR_MAIL)
    user = User.objects.get()
    assert (user.email, user.name, user.time_zone, user.language) == ("mara@runners.example", "Mara Moss", BERLIN, "en")
    assert user.check_password("hills-at-dawn")
    assert person_of(browser) is None

    (message,) = mail.outbox
    assert message.to == ["mara@runners.example"]
    assert message.subject == "One tap, and your account is ready"
    assert "Mara" not in message.body  # the name may be anybody's words to whoever owns the address
    link = link_in(message)
    asked = browser.get(link)
    assert asked.status_code == 200
    assert not has_verified_address(user, user.email)

    done = browser.post(link)
    assert (done.status_code, done["Location"]) == (302, reverse("home"))
    assert has_verified_address(user, user.email)
    assert person_of(browser) == user
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"person.sign-up", "person.verify-address"}
    assert browser.post(link).status_code == 404


def test_the_way_on_survives_proving_the_address_in_the_same_browser() -> None:
    browser = Client()
    browser.post(SIGN_UP, filled(next="/invitations/some-token/"))
    done = browser.post(link_in(mail.outbox[0]))
    assert done["Location"] == "/invitations/some-token/"
    assert person_of(browser) is not None


def test_the_way_on_survives_proving_the_address_in_another_browser() -> None:
    Client().post(SIGN_UP, filled(next="/invitations/some-token/"))
    phone, link = Client(), link_in(mail.outbox[0])
    assert 'name="next" value="/invitations/some-token/"' in phone.get(link).content.decode()
    address, _question, query = link.partition("?")
    done = phone.post(address, {"next": parse_qs(query)["next"][0]})
    assert (done.status_code, done["Location"]) == (302, "/invitations/some-token/")
    assert has_verified_address(User.objects.get(), "mara@runners.example")
    assert person_of(phone) is None


def test_another_browser_without_a_way_on_is_sent_to_sign_in() -> None:
    Client().post(SIGN_UP, filled())
    phone = Client()
    done = phone.post(link_in(mail.outbox[0]))
    assert done["Location"] == SIGN_IN
    assert "mara@runners.example is confirmed." in phone.get(SIGN_IN).content.decode()


def test_a_way_on_to_another_site_is_not_taken() -> None:
    browser = Client()
    browser.post(SIGN_UP, filled(next="https://evil.example/"))
    link = link_in(mail.outbox[0])
    assert "evil" not in link
    assert browser.post(link)["Location"] == reverse("home")


def test_an_address_that_has_an_account_is_answered_alike_and_its_person_told() -> None:
    make_user("Mara", email="mara@runners.example")
    new, old = Client(), Client()
    first = new.post(SIGN_UP, filled(email="new@runners.example"))
    second = old.post(SIGN_UP, filled())
    assert (second.status_code, second["Location"]) == (first.status_code, first["Location"])
    pages = [browser.get(LOOK_AT_YOUR_MAIL).content.decode() for browser in (new, old)]
    without_tokens = [re.sub(r'"[A-Za-z0-9]{64}"', "", page) for page in pages]
    assert without_tokens[0].replace("new@", "mara@") == without_tokens[1]
    assert User.objects.filter(email="mara@runners.example").count() == 1
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["new@runners.example"], "One tap, and your account is ready"),
        (["mara@runners.example"], "You have an account already"),
    ]
    assert "http://testserver/accounts/password/reset/" in mail.outbox[1].body


def test_an_address_taken_while_the_form_was_read_is_answered_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = forms.SignupForm.clean

    def somebody_is_faster(form: forms.SignupForm) -> dict[str, Any]:
        data: dict[str, Any] = checked(form)
        sign_up_person(email=data["email"], name="First", password="valleys-at-dusk", now=NOW)
        return data

    monkeypatch.setattr(forms.SignupForm, "clean", somebody_is_faster)
    answer = Client().post(SIGN_UP, filled())
    assert (answer.status_code, answer["Location"]) == (302, LOOK_AT_YOUR_MAIL)
    assert [user.name for user in User.objects.all()] == ["First"]
    assert [message.subject for message in mail.outbox] == ["You have an account already"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "", "required"),
        ("email", "mara", "invalid"),
        ("email", "mara@runners.example\x00.example", "null_characters_not_allowed"),
        ("email", "m" * 250 + "@runners.example", "max_length"),
        ("name", "", "required"),
        ("name", "M" * 81, "max_length"),
        ("name", "Mara\x00", "null_characters_not_allowed"),
        ("name", "Mara\nMoss", "control_characters"),
        ("password1", "", "required"),
        ("password1", "short", "password_too_short"),
        ("password1", "password1234", "password_too_common"),
        ("password1", "mara moss", "password_too_similar"),
        ("password1", "x" * 1001, "max_length"),
        ("time_zone", "", "required"),
        ("time_zone", "../../etc/passwd", "invalid_choice"),
        ("time_zone", "Europe/Berlin\x00", "invalid_choice"),
    ],
)
def test_signing_up_names_what_is_wrong_and_keeps_what_was_typed(field: str, value: str, code: str) -> None:
    answer = Client(raise_request_exception=False).post(SIGN_UP, filled(**{field: value}))
    assert answer.status_code == 422
    errors = answer.context["form"].errors.as_data()
    assert {name: found[-1].code for name, found in errors.items()} == {field: code}
    page = answer.content.decode()
    for kept in {"email", "name"} - {field}:
        assert f'value="{filled()[kept]}"' in page
    if field != "time_zone":
        assert '<option value="Europe/Berlin" selected>' in page
    assert "hills-at-dawn" not in page
    assert (User.objects.count(), mail.outbox) == (0, [])


def test_the_fields_help_browsers_and_password_managers() -> None:
    page = Client().get(SIGN_UP)
    attributes = {name: field.widget.attrs for name, field in page.context["form"].fields.items()}
    assert list(attributes) == ["name", "email", "password1", "time_zone"]
    assert [attributes[name].get("autocomplete") for name in ("name", "email", "password1")] == [
        "name",
        "email",
        "new-password",
    ]
    assert "autofocus" in attributes["name"]
    assert not any("placeholder" in each for each in attributes.values())
    sign_in = Client().get(SIGN_IN).context["form"].fields["password"].widget.attrs
    assert sign_in["autocomplete"] == "current-password"


# --- Mail that can't be sent ---


def test_a_mail_server_that_is_down_is_said_and_the_account_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client(raise_request_exception=False)
    with monkeypatch.context() as broken:
        break_mail(broken)
        answer = browser.post(SIGN_UP, filled())
    assert answer.status_code == 503
    assert "Our mail server is not answering right now." in answer.content.decode()
    assert User.objects.get().email == "mara@runners.example"

    answer = browser.post(SIGN_IN, {"login": "mara@runners.example", "password": "hills-at-dawn"})
    assert (answer.status_code, answer["Location"]) == (302, LOOK_AT_YOUR_MAIL)
    assert [message.to for message in mail.outbox] == [["mara@runners.example"]]


def test_a_new_password_asked_for_while_mail_is_down_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(email="mara@runners.example")
    break_mail(monkeypatch)
    answers = [
        Client(raise_request_exception=False).post("/accounts/password/reset/", {"email": email})
        for email in ("mara@runners.example", "nobody@runners.example")
    ]
    assert [answer.status_code for answer in answers] == [503, 503]


def test_a_changed_password_stands_even_if_the_mail_about_it_does_not_leave(
    monkeypatch: pytest.MonkeyPatch, browser_of: Callable[[User | None], Client]
) -> None:
    user = make_user()
    break_mail(monkeypatch)
    new = {"oldpassword": "warm-up-123", "password1": "valleys-at-dusk", "password2": "valleys-at-dusk"}
    answer = browser_of(user).post("/accounts/password/change/", new)
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password("valleys-at-dusk")


# --- Signing in ---


def test_signing_in_leads_on_to_where_one_was_going() -> None:
    user = make_user(email="mara@runners.example")
    browser = Client()
    asked = browser.get("/settings/reminders/")
    assert asked["Location"] == f"{SIGN_IN}?next=/settings/reminders/"
    credentials = {"login": " MARA@runners.example", "password": "warm-up-123", "next": "/settings/reminders/"}
    answer = browser.post(SIGN_IN, credentials)
    assert (answer.status_code, answer["Location"]) == (302, "/settings/reminders/")
    assert person_of(browser) == user


@pytest.mark.parametrize(
    "credentials",
    [
        {"login": "mara@runners.example", "password": "wrong"},
        {"login": "nobody@runners.example", "password": "warm-up-123"},
    ],
)
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(credentials: dict[str, str]) -> None:
    make_user(email="mara@runners.example")
    browser = Client()
    answer = browser.post(SIGN_IN, credentials)
    assert answer.status_code == 422
    assert [error.code for error in answer.context["form"].non_field_errors().as_data()] == ["email_password_mismatch"]
    assert f'value="{credentials["login"]}"' in answer.content.decode()
    assert person_of(browser) is None


@pytest.mark.parametrize("login", ["", "\x00", "m" * 400 + "@runners.example", "mara@runners.example\x00", "🏃"])
def test_a_hostile_address_is_refused(login: str) -> None:
    answer = Client(raise_request_exception=False).post(SIGN_IN, {"login": login, "password": "warm-up-123\x00"})
    assert answer.status_code == 422


def test_an_unproven_address_gets_its_link_again_and_no_session() -> None:
    make_user(email="mara@runners.example", verified=False)
    browser = Client()
    credentials = {"login": "mara@runners.example", "password": "warm-up-123", "next": "/settings/profile/"}
    assert browser.post(SIGN_IN, credentials)["Location"] == LOOK_AT_YOUR_MAIL
    assert person_of(browser) is None
    assert browser.post(SIGN_IN, credentials)["Location"] == LOOK_AT_YOUR_MAIL
    assert [message.to for message in mail.outbox] == [["mara@runners.example"]] * 2
    assert browser.post(link_in(mail.outbox[0]))["Location"] == "/settings/profile/"
    assert person_of(browser) is not None


def test_links_for_one_address_are_not_sent_without_end() -> None:
    make_user(email="mara@runners.example", verified=False)
    credentials = {"login": "mara@runners.example", "password": "warm-up-123"}
    answers = [Client().post(SIGN_IN, credentials)["Location"] for _try in range(7)]
    assert answers == [LOOK_AT_YOUR_MAIL] * 7
    assert len(mail.outbox) == 5


def test_guessing_ends_after_a_few_tries_even_with_the_right_password() -> None:
    make_user(email="mara@runners.example")
    for guess in range(5):
        assert Client().post(SIGN_IN, {"login": "mara@runners.example", "password": f"{guess}"}).status_code == 422
    answer = Client().post(SIGN_IN, {"login": "mara@runners.example", "password": "warm-up-123"})
    assert answer.status_code == 422
    assert [error.code for error in answer.context["form"].non_field_errors().as_data()] == ["too_many_login_attempts"]


def test_many_sign_ups_from_one_place_are_held_back() -> None:
    statuses = [Client().post(SIGN_UP, filled(email=f"{n}@runners.example")).status_code for n in range(61)]
    assert statuses == [302] * 60 + [429]


def test_who_was_switched_off_cannot_sign_in() -> None:
    make_user(email="mara@runners.example", is_active=False)
    browser = Client()
    answer = browser.post(SIGN_IN, {"login": "mara@runners.example", "password": "warm-up-123"})
    assert answer["Location"] == "/accounts/inactive/"
    assert person_of(browser) is None


def test_signing_out_asks_first(browser_of: Callable[[User | None], Client]) -> None:
    browser = browser_of(make_user())
    assert browser.get("/accounts/logout/").status_code == 200
    assert person_of(browser) is not None
    assert browser.post("/accounts/logout/").status_code == 302
    assert person_of(browser) is None


# --- A new password ---


def test_a_new_password_by_mail_works_once_and_ends_other_sessions(browser_of: Callable[[User | None], Client]) -> None:
    user = make_user(email="mara@runners.example")
    elsewhere = browser_of(user)
    browser = Client()
    assert browser.post("/accounts/password/reset/", {"email": "Mara@runners.example"}).status_code == 302
    link = link_in(mail.outbox[0])
    form_at = browser.get(link)["Location"]
    mismatch = browser.post(form_at, {"password1": "valleys-at-dusk", "password2": "valleys"})
    assert mismatch.status_code == 422
    new = {"password1": "valleys-at-dusk", "password2": "valleys-at-dusk"}
    assert browser.post(form_at, new).status_code == 302
    user.refresh_from_db()
    assert user.check_password("valleys-at-dusk")
    assert person_of(elsewhere) is None
    assert mail.outbox[1].subject == "Your password was changed"
    again = Client().get(link)
    assert "This link has had its day" in again.content.decode()


def test_a_changed_password_is_told_to_its_person_with_when_and_from_where(
    browser_of: Callable[[User | None], Client],
) -> None:
    user = make_user(email="mara@runners.example", time_zone="Asia/Tokyo")
    new = {"oldpassword": "warm-up-123", "password1": "valleys-at-dusk", "password2": "valleys-at-dusk"}
    before = f"{timezone.now():%Y-%m-%d %H:%M} UTC"
    assert browser_of(user).post("/accounts/password/change/", new).status_code == 302
    after = f"{timezone.now():%Y-%m-%d %H:%M} UTC"
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["mara@runners.example"], "Your password was changed")
    assert before in message.body or after in message.body
    assert "From: 127.0.0.1" in message.body


def test_asking_for_an_unknown_address_is_answered_alike_and_that_address_told() -> None:
    make_user(email="mara@runners.example")
    answers = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in ("mara@runners.example", "nobody@runners.example")
    ]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert [message.to for message in mail.outbox] == [["mara@runners.example"], ["nobody@runners.example"]]
    assert mail.outbox[1].subject == "No account with this address"


@pytest.mark.parametrize("key", ["zzzzzzzzzzzzz-abc-def", "1-%00", "0-x", "zz-" + "9" * 500])
def test_an_invented_reset_link_says_that_it_is_over(key: str) -> None:
    answer = Client(raise_request_exception=False).get(f"/accounts/password/reset/key/{key}/")
    assert answer.status_code in {200, 404}


# --- Further addresses ---


def test_a_further_address_needs_the_password_and_proof(browser_of: Callable[[User | None], Client]) -> None:
    user = make_user(email="mara@runners.example")
    browser = browser_of(user)
    asked = browser.post("/accounts/email/", {"action_add": "", "email": "club@runners.example"})
    assert urlsplit(asked["Location"]).path == "/accounts/reauthenticate/"
    again = browser.post(asked["Location"], {"password": "warm-up-123"})
    assert again["Location"] == "/accounts/email/"
    assert not has_verified_address(user, "club@runners.example")
    (message,) = mail.outbox
    assert message.to == ["club@runners.example"]
    browser.post(link_in(message))
    assert has_verified_address(user, "club@runners.example")
    user.refresh_from_db()
    assert user.email == "mara@runners.example"

    browser.post("/accounts/email/", {"action_primary": "", "email": "club@runners.example"})
    user.refresh_from_db()
    assert user.email == "club@runners.example"
    assert mail.outbox[-1].subject == "Your main e-mail address was changed"


def test_an_address_that_somebody_signs_in_with_cannot_be_confirmed_by_another(
    browser_of: Callable[[User | None], Client],
) -> None:
    make_user(email="taken@runners.example", verified=False)
    user = make_user()
    address = EmailAddress.objects.create(user=user, email="taken@runners.example")
    browser = browser_of(user)
    address.send_confirmation(browser.get("/accounts/logout/").wsgi_request)
    answer = browser.post(link_in(mail.outbox[0]), follow=True)
    assert answer.status_code == 200
    assert "taken@runners.example belongs to another account already." in answer.content.decode()
    assert not has_verified_address(user, "taken@runners.example")
