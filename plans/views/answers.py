"""The pages behind the reminder's "Did it", "Did the short version" and "Skipped it": nobody has to sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from plans.domain.run_answers import answer_run, find_run, why_closed
from plans.forms.answers import AnswerForm, SkippedForm
from plans.models import Membership, Run, RunAnswer, Session
from plans.shown import show
from plans.views.invitations import keeps_the_token


@never_cache
@keeps_the_token
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str, outcome: str) -> HttpResponse:
    """Ask whether to note this answer, or, posted, note it; what was noted is shown at the same address.

    `?change` asks again. 404 for a token that is not ours; 409 for an answer that is not taken, with why.
    """
    run = find_run(token)
    if run is None or outcome not in RunAnswer.Outcome.values:
        raise Http404
    now = timezone.now()
    said: RunAnswer | None = getattr(run, "answer", None)
    context = _context(run, said, token, now) | {"outcome": outcome}
    if words := why_closed(run, now):
        return render(request, "plans/answer_closed.html", context | {"why": words}, status=_refused(request))
    form = _form(request, outcome, said)
    if form.is_valid():
        try:
            answer_run(run=run, outcome=outcome, now=now, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("answer", token, outcome)
    if said and said.outcome == outcome and request.method != "POST" and "change" not in request.GET:
        return render(request, "plans/answer_noted.html", context)
    return render(request, "plans/answer.html", context | {"form": form}, status=422 if form.errors else 200)


def _form(request: HttpRequest, outcome: str, said: RunAnswer | None) -> AnswerForm:
    kind = SkippedForm if outcome == RunAnswer.Outcome.SKIPPED else AnswerForm
    initial = {"reason": said.reason, "text": said.text} if said else None
    return kind(request.POST if request.method == "POST" else None, initial=initial)


def _context(run: Run, said: RunAnswer | None, token: str, now: datetime) -> dict[str, Any]:
    """What all three pages show; `logged` is the session that outweighs an answer."""
    athlete = run.athlete
    memberships = Membership.objects.active().filter(person=athlete, role="athlete", squad__archived_at=None)
    return {
        "run": run,
        "shown": show(run, reader=athlete, now=now),
        "said": said,
        "token": token,
        "logged": Session.objects.visible_to(athlete).filter(run=run).first(),
        "memberships": memberships.select_related("squad"),
        "begun": run.starts_at <= now,
    }


def _refused(request: HttpRequest) -> int:
    return 409 if request.method == "POST" else 200
