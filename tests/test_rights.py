# ruff: noqa: E501 (a right a line)
"""Who may do what, right by right, and that pages and the API agree on it.

Each right names a row of a page and one of the API in tests/test_access.py, where all eight people try them for real.
Here stands what the right says: who may (x) and who may not (-). A right without an address in the API says so.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from plans.models import Reminder
from tests.test_access import DEEDS, READS, rows
from tests.world import PEOPLE, World

NO_PAGE, NO_API = "no page", "no API"

# right | page | API | visitor Ada Tom Asa Cora Otto Cleo Sue: Ada and Tom are athletes of Cora's squad, Asa is its
# assistant; Otto coaches another one; Cleo is a curator, Sue a superuser. What is Ada's is asked of all of them.
RIGHTS = """
read published exercises | /exercises/{published-exercise}/ | /api/v1/exercises/{published-exercise}/ | x x x x x x x x
read library routines | /routines/{library}/ | /api/v1/routines/{library}/ | x x x x x x x x
write exercises | POST /admin/warmups/exercise/{pk-of-draft-of-rob}/submit/ | POST /api/v1/exercises/{draft-of-rob}/submit/ | - - - - - - x x
review exercises | POST /admin/warmups/exercise/{pk-of-in-review-of-rob}/send-back/ remark | POST /api/v1/exercises/{in-review-of-rob}/send-back/ remark | - - - - - - x x
publish exercises as the second person | POST /admin/warmups/exercise/{pk-of-in-review-of-rob}/publish/ read | POST /api/v1/exercises/{in-review-of-rob}/publish/ read | - - - - - - x x
retire exercises | POST /admin/warmups/exercise/{pk-of-published}/retire/ | POST /api/v1/exercises/{published-exercise}/retire/ | - - - - - - x x
read drafts of exercises | no page | /api/v1/exercises/{draft-exercise}/versions/ | - - - - - - x x

create own routines | POST /routines/new/ built | POST /api/v1/routines/ routine | - x x x x x x x
edit own routines | POST /routines/{kept-by-ada}/edit/ built | PATCH /api/v1/routines/{kept-by-ada}/ routine | - x - - - - - -
archive own routines | POST /routines/{kept-by-ada}/archive/ | DELETE /api/v1/routines/{kept-by-ada}/ | - x - - - - - -
share routines with a squad | POST /routines/new/ built-for-dawn | POST /api/v1/routines/ routine-for-dawn | - - - - x - - -
read what is shared with a squad | /routines/{shared-by-cora}/ | /api/v1/routines/{shared-by-cora}/ | - x x x x - - -
edit what another shared | POST /routines/{shared-by-cora}/edit/ built | PATCH /api/v1/routines/{shared-by-cora}/ routine | - - - - x - - -
edit the library | POST /routines/{library}/edit/ built | PATCH /api/v1/routines/{library}/ routine | - - - - - - x x

see own squads | /squads/{dawn}/ | /api/v1/squads/{dawn}/ | - x x x x - - -
found a squad | POST /squads/new/ squad | POST /api/v1/squads/ squad | - x x x x x x x
edit a squad | POST /squads/{dawn}/settings/ squad | PATCH /api/v1/squads/{dawn}/ squad | - - - - x - - -
see the board | /squads/{dawn}/plan/ | /api/v1/squads/{dawn}/board/ | - - - x x - - -
invite by mail | POST /squads/{dawn}/invitations/ friend | POST /api/v1/squads/{dawn}/invitations/ friend | - - - - x - - -
invite by link | POST /squads/{dawn}/invitations/links/ link | POST /api/v1/squads/{dawn}/join-links/ link | - - - - x - - -
take a link back | POST /squads/{dawn}/invitations/links/{join-dawn}/revoke/ | DELETE /api/v1/squads/{dawn}/join-links/{join-dawn}/ | - - - - x - - -
take an invitation back | POST /squads/{dawn}/invitations/{invitation-to-somebody}/revoke/ | DELETE /api/v1/squads/{dawn}/invitations/{invitation-to-somebody}/ | - - - - x - - -
change who is what | POST /squads/{dawn}/members/{assistant}/role/ as-coach | PATCH /api/v1/squads/{dawn}/members/{assistant}/ as-coach | - - - - x - - -
remove a person | POST /squads/{dawn}/members/{ada}/remove/ | no API | - - - - x - - -
remove an athlete, or leave as one | no page | DELETE /api/v1/squads/{dawn}/members/{ada}/ | - x - - x - - -
leave, unless one is the last coach | POST /squads/{dawn}/leave/ | no API | - x x x - - - -
leave as the last coach | no page | DELETE /api/v1/squads/{dawn}/members/{coach}/ | - - - - - - - -
hand a squad over | POST /squads/{dawn}/hand-over/ to-assistant | no API | - - - - x - - -
lay a squad to rest | POST /squads/{dawn}/archive/ | no API | - - - - x - - -

create own runs | POST /runs/new/ run | POST /api/v1/runs/ run | - x x x x x x x
create runs of a squad | POST /squads/{dawn}/plan/ page-runs-of-dawn | POST /api/v1/runs/ runs-of-dawn | - - - - x - - -
read a run | /runs/{run-of-ada}/ | /api/v1/runs/{run-of-ada}/ | - x - x x - - -
read a run from before the membership | /runs/{run-of-ada-before}/ | /api/v1/runs/{run-of-ada-before}/ | - x - - - - - -
edit a run | POST /runs/{run-of-ada}/change/ run | PATCH /api/v1/runs/{run-of-ada}/ run | - x - - x - - -
cancel a run | POST /runs/{run-of-ada}/cancel/ this | DELETE /api/v1/runs/{run-of-ada}/ | - x - - x - - -
change everyone's run of a date | POST /squads/{dawn}/plan/change/ move-date-of-dawn | PATCH /api/v1/runs/{run-of-ada}/?scope=date run | - - - - x - - -
change a series of a squad from a date on | POST /runs/{weekly-run-of-ada}/change/ run-following | PATCH /api/v1/runs/{weekly-run-of-ada}/?scope=following run | - - - - x - - -
change all of a squad's series | POST /runs/{weekly-run-of-ada}/change/ run-all | PATCH /api/v1/runs/{weekly-run-of-ada}/?scope=all run | - - - - x - - -
cancel a series of a squad from a date on | POST /runs/{weekly-run-of-ada}/cancel/ following | DELETE /api/v1/runs/{weekly-run-of-ada}/?scope=following | - - - - x - - -
cancel all of a squad's series | POST /runs/{weekly-run-of-ada}/cancel/ all | DELETE /api/v1/runs/{weekly-run-of-ada}/?scope=all | - - - - x - - -
change an athlete's own series from a date on | POST /runs/{own-weekly-run-of-ada}/change/ run-following | PATCH /api/v1/runs/{own-weekly-run-of-ada}/?scope=following run | - x - - x - - -
change all of an athlete's own series | POST /runs/{own-weekly-run-of-ada}/change/ run-all | PATCH /api/v1/runs/{own-weekly-run-of-ada}/?scope=all run | - x - - x - - -
cancel an athlete's own series from a date on | POST /runs/{own-weekly-run-of-ada}/cancel/ following | DELETE /api/v1/runs/{own-weekly-run-of-ada}/?scope=following | - x - - x - - -
cancel all of an athlete's own series | POST /runs/{own-weekly-run-of-ada}/cancel/ all | DELETE /api/v1/runs/{own-weekly-run-of-ada}/?scope=all | - x - - x - - -

assign where no coach did | POST /runs/{own-run-of-ada}/warm-up/ library | POST /api/v1/assignments/ library-to-own-run-of-ada | - x - - x - - -
assign where a coach did | POST /runs/{run-of-ada}/warm-up/ library | POST /api/v1/assignments/ library-to-run-of-ada | - - - - x - - -
take an assignment of a coach's back | POST /runs/{run-of-ada}/warm-up/withdraw/ | DELETE /api/v1/assignments/{assignment-of-ada}/ | - - - - x - - -
take one's own assignment back | POST /runs/{own-run-of-ada}/warm-up/withdraw/ | DELETE /api/v1/assignments/{own-assignment-of-ada}/ | - x - - x - - -
assign to many of a squad | POST /squads/{dawn}/warm-ups/runs/ runs-by-hand | POST /api/v1/assignments/ library-to-runs-of-dawn | - - - - x - - -
set rules for a squad | POST /squads/{dawn}/warm-ups/new/ rule | POST /api/v1/standing-assignments/ rule-for-dawn | - - - - x - - -
end rules of a squad | POST /warm-ups/{rule-of-dawn}/end/ | DELETE /api/v1/standing-assignments/{rule-of-dawn}/ | - - - - x - - -
end rules of one's own | POST /warm-ups/{rule-of-ada}/end/ | DELETE /api/v1/standing-assignments/{rule-of-ada}/ | - x - - x - - -
end rules of a coach's for one | POST /warm-ups/{coachs-rule-of-ada}/end/ | DELETE /api/v1/standing-assignments/{coachs-rule-of-ada}/ | - - - - x - - -
choose one's usual warm-up | POST /warm-ups/usual/ usual | no API | - x x x x x x x

log one's own session | POST /warm-up/{run-of-ada}/ log | PUT /api/v1/sessions/{new-uuid}/ session-of-ada | - x - - - - - -
log a warm-up from memory | POST /warm-up/{run-of-ada}/log/ memory | PUT /api/v1/sessions/{new-uuid}/ session-of-ada | - x - - - - - -
say how one's run began | POST /sessions/{session-of-ada}/after/ stiff | PUT /api/v1/sessions/{session-of-ada}/ session | - x - - - - - -
answer from the reminder, by its link | POST /answer/{answer-ada}/skipped/ skipped | no API | x x x x x x x x
edit one's own session | POST /sessions/{session-of-ada}/edit/ felt | PUT /api/v1/sessions/{session-of-ada}/ session | - x - - - - - -
delete one's own session | POST /sessions/{session-of-ada}/delete/ | DELETE /api/v1/sessions/{session-of-ada}/ | - x - - - - - -
bring an older version back | POST /sessions/{session-of-ada}/history/{version-of-ada}/ | POST /api/v1/sessions/{session-of-ada}/versions/{version-of-ada}/restore/ | - x - - - - - -
read a session | /sessions/{session-of-ada}/ | /api/v1/sessions/{session-of-ada}/ | - x - x x - - -
read a session from before the membership | /sessions/{session-of-ada-before}/ | /api/v1/sessions/{session-of-ada-before}/ | - x - - - - - -

see one's own reminders | /settings/reminders/ | /api/v1/reminders/ | - x x x x x x x
see what was sent to oneself | /settings/reminders/sent/ | /api/v1/reminders/ | - x x x x x x x
choose one's reminders | POST /settings/reminders/ profile | PATCH /api/v1/me/ me | - x x x x x x x
end reminders in one click, by their link | POST /reminders/unsubscribe/{unsubscribe-ada}/ | no API | x x x x x x x x
see the state of everyone's reminders | /admin/plans/reminder/ | no API | - - - - - - - x

read one's own address | /accounts/email/ | /api/v1/me/ | - x x x x x x x
read the addresses of those one invited | /squads/{dawn}/invitations/ | /api/v1/squads/{dawn}/invitations/ | - - - - x - - -
read everyone's addresses | /admin/accounts/user/ | no API | - - - - - - - x

say that one is away | POST /away/new/ away-dates | POST /api/v1/me/away/ away-dates | - x x x x x x x
say that an athlete is away | POST /squads/{dawn}/athletes/{ada}/away/ away-dates | no API | - - - - x - - -
take one's own away dates back | POST /away/{away-of-ada}/remove/ | DELETE /api/v1/me/away/{away-of-ada}/ | - x - - - - - -
"""

TRIED = rows(READS) | rows(DEEDS)
ROWS = [[cell.strip() for cell in line.split("|")] for line in RIGHTS.strip().splitlines() if line]


def may(statuses: str) -> str:
    """Who of eight people got what they asked for: 200 to 204, or sent on to anything but signing in."""
    return " ".join("x" if status in {"200", "201", "204", "302"} else "-" for status in statuses.split())


@pytest.mark.parametrize(("right", "page", "api", "who"), ROWS, ids=[row[0] for row in ROWS])
def test_page_and_api_give_a_right_to_the_same_people(right: str, page: str, api: str, who: str) -> None:
    found = {address: may(TRIED[address]) for address in (page, api) if address not in {NO_PAGE, NO_API}}
    assert found == dict.fromkeys(found, who)
    assert len(who.split()) == len(PEOPLE)


def test_who_sees_a_run_sees_whether_its_reminder_went_out_but_never_where_to(
    world: World, browser_of: Callable[..., Client]
) -> None:
    cast = world.cast
    page = world.filled("/runs/{run-of-ada}/")
    sent = {"status": Reminder.Status.SENT, "sent_at": world.now}
    told, addressed = {}, {}
    for words, changes in (("gone out yet", {}), ("The reminder went out", sent), ("Your reminder went out", {})):
        assert Reminder.objects.filter(run=world.names["run-of-ada"]).update(**changes) if changes else True
        text = {name: browser_of(world.person(name)).get(page).content.decode() for name in PEOPLE}
        told[words] = " ".join("x" if words in text[name] else "-" for name in PEOPLE)
        addressed[words] = {name for name in PEOPLE if cast.athlete.email in text[name]}
    assert told == {
        "gone out yet": "- - - x x - - -",
        "The reminder went out": "- - - x x - - -",
        "Your reminder went out": "- x - - - - - -",
    }
    assert not set.union(*addressed.values()) - {"Ada"}


def test_one_person_s_addresses_are_told_to_them_and_to_who_invited_them(
    world: World, browser_of: Callable[..., Client], api_of: Callable[..., Client]
) -> None:
    """Cora invited Tom; Otto invited Ada. What else anybody can read is in tests/test_access.py, KNOWN."""
    cast = world.cast
    squads = {"Cora": "dawn", "Otto": "owls"}
    for clients, addresses in (
        (browser_of, {"own": "/accounts/email/", "invited": "/squads/{%s}/invitations/"}),
        (api_of, {"own": "/api/v1/me/", "invited": "/api/v1/squads/{%s}/invitations/"}),
    ):
        own = {name: clients(world.person(name)).get(addresses["own"]).content.decode() for name in ("Ada", "Tom")}
        assert cast.athlete.email in own["Ada"]
        assert cast.athlete.email not in own["Tom"]
        for name, squad in squads.items():
            page = clients(world.person(name)).get(world.filled(addresses["invited"] % squad)).content.decode()
            assert (cast.team_mate.email in page, cast.athlete.email in page) == (name == "Cora", name == "Otto")
