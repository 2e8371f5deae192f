"""What we know, and what nobody knows yet: all that the library leans on, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from warmups.evidence_chart import LEVELS, STRONGEST, band
from warmups.models import Activation, Exercise, Outcome, Study
from warmups.models.evidence import SECOND_HAND
from warmups.outcome_chart import outcomes


@dataclass(frozen=True)
class Conflict:
    """Where sources disagree: in words, and the studies (slugs) that it is about."""

    words: str | Promise
    studies: tuple[str, ...]


CONFLICTS = (
    Conflict(
        _("Side-lying hip abduction, runners, gluteus medius: 70 %MVIC in the abstract, reportedly 79 in the results."),
        ("mcbeth-2012",),
    ),
    Conflict(
        _("Single-leg squat, gluteus medius: 82 %MVIC in the abstract, 83 on one page that quotes it."),
        ("boren-2011",),
    ),
    Conflict(
        _("Single-leg deadlift, gluteus medius: 58 %MVIC on two pages that quote it, 59 on a third."),
        ("distefano-2009",),
    ),
    Conflict(
        _("Runners without injuries in the study of the dropping pelvis: 36 or 32 of them, depending on the summary."),
        ("bramah-2018",),
    ),
    Conflict(
        _("One study mixes millivolts and %MVIC, so we use none of its numbers."),
        ("muyor-2020",),
    ),
    Conflict(
        _("Short hip flexors went with less activity in the gluteus maximus in one study, and not in a later one."),
        ("mills-2015", "martinez-sepanski-2023"),
    ),
    Conflict(
        _("Some ranges of reviews use studies that also stand here on their own. We never count them twice."),
        ("ijspt-2014-9-157", "sports-2023-11-119"),
    ),
)
MISSING = (
    _("Whether a gluteal warm-up changes how runners move, how much air they need, or how a run feels right after it."),
    _("Whether one warm-up, and not months of them, does anything against injuries."),
    _(
        "Figures for some much-used exercises: fire hydrant, dead bug, monster walk, glute bridge march, reverse "
        "lunge, leg swings, A-march, A-skip, high knees, butt kicks and strides."
    ),
    _("Calf and foot: we found only a heel-raise study whose figures are not in %MVIC."),
    _("Gluteus minimus: two small studies with fine wires, one of them of women after menopause."),
    _("Runners over 40, in pregnancy, or coming back from an injury. Our hints on what to leave out are judgement."),
    _("The full tables of several studies, of which we could read only parts."),
)


def evidence(request: HttpRequest) -> HttpResponse:
    """How to read the figures, the levels, what trials found, where sources disagree, what is missing, all studies."""
    studies = sorted(Study.objects.all(), key=lambda study: (study.citation.casefold(), study.slug))
    known = {study.slug: study for study in studies}
    figures = Activation.objects.filter(exercise__status=Exercise.Status.PUBLISHED).aggregate(
        figures=Count("pk"),
        studies=Count("study", distinct=True),
        exercises=Count("exercise", distinct=True),
        second_hand=Count("pk", filter=Q(source_kind=SECOND_HAND)),
    )
    context = {
        "levels": LEVELS.items(),
        "figures": figures,
        "bands": [("0–20", band(20)), ("21–40", band(40)), ("41–60", band(60)), (_("above 60"), band(STRONGEST))],
        "outcomes": outcomes(Outcome.objects.select_related("study")),
        "conflicts": [
            (conflict.words, [known[slug] for slug in conflict.studies if slug in known]) for conflict in CONFLICTS
        ],
        "missing": MISSING,
        "studies": studies,
    }
    return render(request, "warmups/evidence.html", context)
