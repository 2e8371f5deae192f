"""A mail provider's own HTTP interface, as a wire, through django-anymail: ANYMAIL_PROVIDER names which."""

from __future__ import annotations

import time

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused, AnymailUnsupportedFeature
from django.core.mail import EmailMultiAlternatives, get_connection

from plans.delivery.answers import Answer, Verdict, plain_words
from plans.delivery.wire import Outgoing, as_django


class ProviderWire:
    """One HTTP session with a provider, which may serve many messages."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self._names = True  # until the provider turns out to know nothing of the kind

    def open(self) -> None:
        """Make the session; nothing is asked of the provider yet."""
        self._backend.open()

    def send(self, message: Outgoing, *, begin_by: float) -> Answer:
        """Hand one message over; see Wire. A provider's words may hold addresses, so only its codes are kept."""
        if time.monotonic() >= begin_by:
            return Answer(Verdict.NOT_BEGUN)
        mail = self._named(as_django(message))
        try:
            self._hand_over(mail)
        except AnymailRecipientsRefused:
            return Answer(Verdict.BAD_ADDRESS, text="The provider refuses the address.")
        except AnymailAPIError as error:
            return _meaning(error)
        except AnymailError as error:
            return Answer(Verdict.REFUSED, text=type(error).__name__)
        status = mail.anymail_status  # type: ignore[attr-defined]  # django-anymail adds it
        code = getattr(status.esp_response, "status_code", None)
        took = {"queued", "sent", "delivered"} | ({"unknown"} if code is None or code < 400 else set())
        if status.status and status.status <= took:
            return Answer(Verdict.SENT, code)
        return Answer(Verdict.REFUSED, code, "The provider does not say that it took the message.")

    def _named(self, mail: EmailMultiAlternatives) -> EmailMultiAlternatives:
        """The mail with the reminder's key and kind, which the provider's events then say; where it takes them."""
        if self._names and (key := mail.extra_headers.get("X-Reminder-Key")):
            mail.metadata = {"reminder": key}  # type: ignore[attr-defined]  # for django-anymail
            mail.tags = [mail.extra_headers.get("Feedback-ID", "").partition(":")[0]]  # type: ignore[attr-defined]
        return mail

    def _hand_over(self, mail: EmailMultiAlternatives) -> None:
        try:
            self._backend.send_messages([mail])
        except AnymailUnsupportedFeature:
            # Said before anything is asked of the provider.
            if not self._names or not hasattr(mail, "metadata"):
                raise
            self._names = False
            del mail.metadata, mail.tags  # type: ignore[attr-defined]
            self._backend.send_messages([mail])

    def close(self) -> None:
        """End the session."""
        self._backend.close()


def _meaning(error: AnymailAPIError) -> Answer:
    """What a refusal or a broken call means: 429 asks for less, 401 and 403 refuse us, other 4xx the message."""
    code = error.status_code
    if code is None:
        cause = error.__cause__
        # Not even connected: the message was certainly not taken. Else nobody knows.
        early = isinstance(cause, requests.ConnectionError) and not isinstance(cause, requests.ReadTimeout)
        early = early and "RemoteDisconnected" not in repr(cause) and "reset" not in repr(cause).lower()
        return Answer(Verdict.BROKEN if early else Verdict.UNKNOWN, text=plain_words(type(cause or error).__name__))
    text = f"{code} {getattr(error.response, 'reason', '')}".strip()
    if code == 429:
        return Answer(Verdict.BUSY, code, text)
    if code in (401, 403):
        return Answer(Verdict.OURS, code, text)
    if code in (408, 500, 502, 503, 504) or code > 504:
        return Answer(Verdict.LATER, code, text)
    return Answer(Verdict.REFUSED, code, text)
