"""Who may do what: every address for each of the cast, as design and rights say, and nothing that leaks.

Ada and Tom are athletes of one squad, Asa its assistant, Cora its coach; Otto coaches another squad, Cleo is a curator,
Sue a superuser. 200 and the like are statuses; `sign` is the way to the sign-in page. What one may not see is not there
(404), what one sees and may not do is refused (403). Addresses and bodies are filled from tests/world.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from rest_framework.test import APIClient

from accounts.domain.security import make_token
from accounts.models import User
from plans.days import week_word
from plans.forms.standing import LookFirstForm, RuleForm, UsualForm
from plans.models import Membership
from tests.factories import make_membership
from tests.warmups.workflow_states import full_document
from tests.world import DAY, PEOPLE, World, everything, written
from warmups.models import Routine

READS = """
address                                                     visitor  Ada  Tom  Asa Cora Otto Cleo  Sue

/exercises/                                                     200  200  200  200  200  200  200  200
/exercises/{published-exercise}/                                200  200  200  200  200  200  200  200
/exercises/{retired-exercise}/                                  200  200  200  200  200  200  200  200
/exercises/{draft-exercise}/                                    404  404  404  404  404  404  200  200
/muscles/                                                       200  200  200  200  200  200  200  200
/muscles/gluteus-medius/                                        200  200  200  200  200  200  200  200
/muscles/no-such-muscle/                                        404  404  404  404  404  404  404  404
/evidence/                                                      200  200  200  200  200  200  200  200
/routines/                                                      200  200  200  200  200  200  200  200
/routines/suggest/                                              200  200  200  200  200  200  200  200
/routines/{library}/                                            200  200  200  200  200  200  200  200
/routines/{library-draft}/                                      404  404  404  404  404  404  200  200
/routines/{kept-by-ada}/                                        404  200  404  404  404  404  404  404
/routines/{done-by-ada}/                                        404  200  404  200  200  404  404  404
/routines/{kept-by-cora}/                                       404  404  404  404  200  404  404  404
/routines/{shared-by-cora}/                                     404  200  200  200  200  404  404  404
/routines/{given-by-cora}/                                      404  200  200  200  200  404  404  404
/routines/{archived-by-cora}/                                   404  404  404  404  200  404  404  404
/routines/{shared-by-otto}/                                     404  404  404  404  404  200  404  404
/routines/{library}/?minutes=3&standing=on                      200  200  200  200  200  200  200  200
/routines/{kept-by-ada}/?minutes=3&standing=on                  404  200  404  404  404  404  404  404
/routines/{library}/card/                                       200  200  200  200  200  200  200  200
/routines/{library-draft}/card/                                 404  404  404  404  404  404  200  200
/routines/{kept-by-ada}/card/                                   404  200  404  404  404  404  404  404
/routines/{shared-by-cora}/card/                                404  200  200  200  200  404  404  404
/routines/{library}/copy/                                      sign  405  405  405  405  405  405  405
/routines/{library}/archive/                                   sign  403  403  403  403  403  200  200
/routines/{kept-by-ada}/archive/                               sign  200  404  404  404  404  404  404
/routines/{draft-routine-of-rob}/                               404  404  404  404  404  404  200  200
/routines/{published+draft-routine-of-rob}/                     200  200  200  200  200  200  200  200
/routines/{draft-routine-of-rob}/submit/                       sign  404  404  404  404  404  200  200
/routines/{in-review-routine-of-rob}/publish/                  sign  404  404  404  404  404  200  200
/routines/{in-review-routine-of-rob}/send-back/                sign  404  404  404  404  404  200  200
/routines/{published+draft-routine-of-rob}/discard/            sign  403  403  403  403  403  200  200
/routines/{library}/withdraw/                                  sign  403  403  403  403  403  200  200
/routines/{kept-by-ada}/withdraw/                              sign  404  404  404  404  404  404  404
/routines/{shared-by-cora}/archive/                            sign  403  403  403  200  404  404  404
/routines/{shared-by-cora}/bring-back/                         sign  405  405  405  405  405  405  405
/routines/{library}/delete/                                    sign  403  403  403  403  403  200  200
/routines/{kept-by-ada}/delete/                                sign  200  404  404  404  404  404  404
/routines/{shared-by-cora}/delete/                             sign  403  403  403  200  404  404  404
/routines/new/                                                 sign  200  200  200  200  200  200  200
/routines/new/?library=on                                      sign  403  403  403  403  403  200  200
/routines/{library}/edit/                                      sign  403  403  403  403  403  200  200
/routines/{library-draft}/edit/                                sign  404  404  404  404  404  200  200
/routines/{kept-by-ada}/edit/                                  sign  200  404  404  404  404  404  404
/routines/{shared-by-cora}/edit/                               sign  403  403  403  200  404  404  404
/routines/import/                                              sign  200  200  200  200  200  200  200
/routines/{library}/routine.json                                200  200  200  200  200  200  200  200
/routines/{library-draft}/routine.json                          404  404  404  404  404  404  200  200
/routines/{kept-by-ada}/routine.json                            404  200  404  404  404  404  404  404
/routines/{shared-by-cora}/routine.json                         404  200  200  200  200  404  404  404
/routines/{library}/workout.fit                                 200  200  200  200  200  200  200  200
/routines/{library-draft}/workout.fit                           404  404  404  404  404  404  200  200
/routines/{kept-by-ada}/workout.fit                             404  200  404  404  404  404  404  404
/routines/{shared-by-cora}/workout.fit                          404  200  200  200  200  404  404  404
/routines/exercises/                                           sign  200  200  200  200  200  200  200
/routines/exercises/{published-exercise}/                      sign  200  200  200  200  200  200  200
/routines/exercises/{retired-exercise}/                        sign  404  404  404  404  404  404  404
/routines/exercises/{draft-exercise}/                          sign  404  404  404  404  404  404  404
/routines/{library}/revisions/                                  200  200  200  200  200  200  200  200
/routines/{library}/revisions/1/                                200  200  200  200  200  200  200  200
/routines/{library}/revisions/2/                                404  404  404  404  404  404  404  404
/routines/{library}/revisions/1/bring-back/                    sign  403  403  403  403  403  200  200
/routines/{library}/compare/                                    200  200  200  200  200  200  200  200
/routines/{library-draft}/revisions/                            404  404  404  404  404  404  200  200
/routines/{library-draft}/revisions/1/                          404  404  404  404  404  404  200  200
/routines/{library-draft}/compare/                              404  404  404  404  404  404  200  200
/routines/{kept-by-ada}/revisions/                              404  200  404  404  404  404  404  404
/routines/{kept-by-ada}/revisions/1/                            404  200  404  404  404  404  404  404
/routines/{kept-by-ada}/revisions/1/bring-back/                sign  200  404  404  404  404  404  404
/routines/{kept-by-ada}/compare/                                404  200  404  404  404  404  404  404
/routines/{shared-by-cora}/revisions/                           404  200  200  200  200  404  404  404
/routines/{shared-by-cora}/revisions/1/                         404  200  200  200  200  404  404  404
/routines/{shared-by-cora}/revisions/1/bring-back/             sign  403  403  403  200  404  404  404
/routines/{shared-by-cora}/compare/                             404  200  200  200  200  404  404  404

/                                                               200  302  302  302  302  302  302  302
/today/                                                        sign  200  200  200  200  200  200  200
/calendar/                                                     sign  200  200  200  200  200  200  200
/calendar/moving/                                              sign  302  302  302  302  302  302  302
/start/                                                        sign  200  200  200  200  200  200  200
/calendar/?month=2027-04                                       sign  200  200  200  200  200  200  200
/calendar/?week=2027-W13                                       sign  200  200  200  200  200  200  200
/calendar/?from=2027-04-03                                     sign  200  200  200  200  200  200  200
/calendar/?day=2027-04-03&view=week                            sign  302  302  302  302  302  302  302
/away/                                                         sign  200  200  200  200  200  200  200
/away/new/                                                     sign  200  200  200  200  200  200  200
/away/{away-of-ada}/                                           sign  200  404  404  404  404  404  404
/away/{away-of-ada}/remove/                                    sign  200  404  404  404  404  404  404
/away/{away-of-ada}/back/                                      sign  405  405  405  405  405  405  405
/runs/new/                                                     sign  200  200  200  200  200  200  200
/runs/repeats/                                                  sign  405  405  405  405  405  405  405
/runs/{run-of-ada}/                                            sign  200  404  200  200  404  404  404
/runs/{own-run-of-ada}/                                        sign  200  404  200  200  404  404  404
/runs/{run-of-ada-before}/                                     sign  200  404  404  404  404  404  404
/runs/{run-of-tom}/                                            sign  404  200  200  200  404  404  404
/runs/{run-of-ola}/                                            sign  404  404  404  404  200  404  404
/runs/{past-run-of-ada}/                                       sign  200  404  200  200  404  404  404
/runs/{answered-run-of-ada}/                                   sign  200  404  200  200  404  404  404
/runs/{answered-run-of-tom}/                                   sign  404  200  200  200  404  404  404
/runs/{run-of-ada}/change/                                     sign  200  404  403  200  404  404  404
/runs/{own-run-of-ada}/change/                                 sign  200  404  403  200  404  404  404
/runs/{run-of-ada-before}/change/                              sign  200  404  404  404  404  404  404
/runs/{run-of-ada}/cancel/                                     sign  200  404  403  200  404  404  404
/runs/{run-of-ada}/restore/                                    sign  200  404  403  200  404  404  404
/runs/{run-of-ada}/warm-up/withdraw/                           sign  405  405  405  405  405  405  405
/runs/{run-of-ada}/warm-up/                                    sign  403  404  403  200  404  404  404
/runs/{own-run-of-ada}/warm-up/                                sign  200  404  403  200  404  404  404
/warm-up/{run-of-ada}/                                         sign  200  404  403  403  404  404  404
/warm-up/{run-of-ada}/log/                                     sign  200  404  403  403  404  404  404
/warm-up/{bare-run-of-ada}/                                    sign  200  404  403  403  404  404  404
/warm-up/{run-of-ola}/                                         sign  404  404  404  404  403  404  404
/warm-up/cues/                                                  200  200  200  200  200  200  200  200
/warm-up/suggested/                                             200  200  200  200  200  200  200  200
/warm-up/{run-of-ada}/?minutes=3&hurts=1                       sign  200  404  403  403  404  404  404
/warm-up/try/{library}/?minutes=3&hurts=1                       200  200  200  200  200  200  200  200
/warm-up/try/{kept-by-ada}/?minutes=3&hurts=1                   404  200  404  404  404  404  404  404
/warm-up/try/{library}/                                         200  200  200  200  200  200  200  200
/warm-up/try/{kept-by-ada}/                                     404  200  404  404  404  404  404  404
/warm-up/try/{shared-by-cora}/                                  404  200  200  200  200  404  404  404
/warm-ups/                                                     sign  200  200  200  200  200  200  200
/warm-ups/new/                                                 sign  200  200  200  200  200  200  200
/warm-ups/usual/                                               sign  200  200  200  200  200  200  200
/warm-ups/{rule-of-ada}/                                       sign  200  404  403  200  404  404  404
/warm-ups/{rule-of-ada}/end/                                   sign  200  404  403  200  404  404  404
/warm-ups/{coachs-rule-of-ada}/                                sign  403  404  403  200  404  404  404
/warm-ups/{rule-of-dawn}/                                      sign  404  404  403  200  404  404  404
/warm-ups/{rule-of-dawn}/end/                                  sign  404  404  403  200  404  404  404
/warm-ups/{rule-of-owls}/                                      sign  404  404  404  404  200  404  404
/squads/{dawn}/warm-ups/                                       sign  403  403  200  200  404  404  404
/squads/{dawn}/warm-ups/new/                                   sign  403  403  403  200  404  404  404
/squads/{dawn}/warm-ups/usual/                                 sign  403  403  403  200  404  404  404
/squads/{dawn}/warm-ups/runs/                                  sign  403  403  403  200  404  404  404
/squads/{dawn}/athletes/{ada}/warm-ups/                        sign  403  403  200  200  404  404  404
/squads/{dawn}/athletes/{ola}/warm-ups/                        sign  403  403  404  404  404  404  404
/squads/{dawn}/athletes/{coach}/warm-ups/                      sign  403  403  404  404  404  404  404
/squads/{dawn}/athletes/{ada}/warm-ups/new/                    sign  403  403  403  200  404  404  404
/squads/{dawn}/athletes/{ola}/warm-ups/new/                    sign  403  403  403  404  404  404  404
/sessions/                                                     sign  200  200  200  200  200  200  200
/sessions/sessions.csv                                         sign  200  200  200  200  200  200  200
/sessions/{session-of-ada}/                                    sign  200  404  200  200  404  404  404
/sessions/{session-of-tom}/                                    sign  404  200  200  200  404  404  404
/sessions/{session-of-ada-before}/                             sign  200  404  404  404  404  404  404
/sessions/{deleted-session-of-ada}/                            sign  410  404  404  404  404  404  404
/sessions/{session-of-ada}/edit/                               sign  200  404  403  403  404  404  404
/sessions/{session-of-ada}/delete/                             sign  200  404  403  403  404  404  404
/sessions/new/                                                 sign  200  200  200  200  200  200  200
/sessions/{session-of-ada}/after/                              sign  302  404  403  403  404  404  404
/sessions/{session-of-ada}/history/                            sign  200  404  403  403  404  404  404
/sessions/{session-of-ada}/history/{version-of-ada}/           sign  200  404  403  403  404  404  404

/squads/                                                       sign  200  200  200  200  200  200  200
/squads/new/                                                   sign  200  200  200  200  200  200  200
/squads/{dawn}/                                                sign  200  200  200  200  404  404  404
/squads/{owls}/                                                sign  404  404  404  404  200  404  404
/squads/{dawn}/plan/                                           sign  403  403  200  200  404  404  404
/squads/{dawn}/plan/?rows=athletes                             sign  403  403  200  200  404  404  404
/squads/{dawn}/plan/copy/                                      sign  403  403  403  200  404  404  404
/squads/{dawn}/members/{assistant}/role/                       sign  403  403  403  200  404  404  404
/squads/{dawn}/members/{ola}/role/                             sign  403  403  403  404  404  404  404
/squads/{dawn}/hand-over/                                      sign  403  403  403  200  404  404  404
/squads/{dawn}/archive/                                        sign  403  403  403  200  404  404  404
/squads/{dawn}/bring-back/                                     sign  302  302  302  302  404  404  404
/squads/{dawn}/plan/change/?chosen=d{date-of-dawn}             sign  403  403  403  200  404  404  404
/squads/{dawn}/plan/dates/{date-of-dawn}/                      sign  403  403  200  200  404  404  404
/squads/{dawn}/plan/dates/{date-of-owls}/                      sign  403  403  404  404  404  404  404
/squads/{dawn}/settings/                                       sign  403  403  403  200  404  404  404
/squads/{dawn}/invitations/                                    sign  403  403  403  200  404  404  404
/squads/{owls}/invitations/                                    sign  404  404  404  404  200  404  404
/squads/{dawn}/invitations/links/                              sign  405  405  405  405  405  405  405
/squads/{dawn}/invitations/links/{join-dawn}/                  sign  403  403  403  200  404  404  404
/squads/{dawn}/invitations/links/{join-owls}/                  sign  403  403  403  404  404  404  404
/squads/{dawn}/invitations/links/{join-dawn}/revoke/           sign  403  403  403  200  404  404  404
/squads/{dawn}/invitations/import/                             sign  403  403  403  200  404  404  404
/squads/{dawn}/invitations/{invitation-to-somebody}/revoke/    sign  405  405  405  405  405  405  405
/squads/{dawn}/athletes/{ada}/                                 sign  403  404  200  200  404  404  404
/squads/{dawn}/athletes/{lia}/                                 sign  404  404  404  404  404  404  404
/squads/{dawn}/athletes/{ola}/                                 sign  404  404  404  404  404  404  404
/squads/{owls}/athletes/{ola}/                                 sign  404  404  404  404  200  404  404
/squads/{dawn}/athletes/{ada}/away/                            sign  403  403  403  200  404  404  404
/squads/{dawn}/athletes/{ola}/away/                            sign  403  403  403  404  404  404  404
/squads/{owls}/athletes/{ola}/away/                            sign  404  404  404  404  200  404  404
/squads/{dawn}/athletes/{ada}/away/{away-of-ada}/              sign  403  403  403  200  404  404  404
/squads/{dawn}/athletes/{ada}/away/{away-of-tom}/              sign  403  403  403  404  404  404  404
/squads/{dawn}/athletes/{ada}/away/{away-of-ada}/remove/       sign  403  403  403  200  404  404  404
/squads/{dawn}/members/{ada}/remove/                           sign  403  403  403  200  404  404  404
/squads/{dawn}/members/{assistant}/remove/                     sign  403  403  403  200  404  404  404
/squads/{dawn}/members/{ola}/remove/                           sign  403  403  403  404  404  404  404
/squads/{dawn}/leave/                                          sign  200  200  200  200  404  404  404
/squads/{dawn}/share/                                          sign  405  405  405  405  405  405  405
/invitations/{link-to-somebody}/                                200  200  200  200  200  200  200  200
/invitations/{link-to-ada}/                                     200  200  200  200  200  200  200  200
/invitations/{link-to-tom}/                                     410  410  410  410  410  410  410  410
/invitations/{join-link-dawn}/                                  200  200  200  200  200  200  200  200
/invitations/{join-link-dawn}x/                                 404  404  404  404  404  404  404  404
/invitations/{link-to-ada}x/                                    404  404  404  404  404  404  404  404
/reminders/unsubscribe/{unsubscribe-ada}/                       200  200  200  200  200  200  200  200
/reminders/unsubscribe/{unsubscribe-ada}x/                      404  404  404  404  404  404  404  404
/answer/{answer-ada}/done/                                      200  200  200  200  200  200  200  200
/answer/{answer-ada}/short/                                     200  200  200  200  200  200  200  200
/answer/{answer-ada}/skipped/                                   200  200  200  200  200  200  200  200
/answer/{answer-ada}/skipped/?change                            200  200  200  200  200  200  200  200
/answer/{answer-ada}/planned/                                   404  404  404  404  404  404  404  404
/answer/{answer-ada}x/done/                                     404  404  404  404  404  404  404  404

/settings/                                                      302  302  302  302  302  302  302  302
/settings/profile/                                             sign  200  200  200  200  200  200  200
/settings/reminders/                                           sign  200  200  200  200  200  200  200
/settings/reminders/sent/                                      sign  200  200  200  200  200  200  200
/settings/reminders/address/                                   sign  405  405  405  405  405  405  405
/reminders/unsubscribe/{unsubscribe-ada-evening}/               200  200  200  200  200  200  200  200
/settings/security/                                            sign  200  200  200  200  200  200  200
/settings/calendar/                                            sign  200  200  200  200  200  200  200
/settings/calendar/{feed-of-ada}/end/                          sign  200  404  404  404  404  404  404
/settings/tokens/                                              sign  200  200  200  200  200  200  200
/settings/tokens/{token-of-ada}/revoke/                        sign  200  404  404  404  404  404  404
/accounts/login/                                                200  302  302  302  302  302  302  302
/accounts/signup/                                               200  302  302  302  302  302  302  302
/accounts/email/                                               sign  200  200  200  200  200  200  200
/accounts/reauthenticate/                                      sign  200  200  200  200  200  200  200
/accounts/password/change/                                     sign  200  200  200  200  200  200  200
/accounts/password/set/                                        sign  302  302  302  302  302  302  302
/accounts/password/reset/                                       200  200  200  200  200  200  200  200
/accounts/password/reset/key/1-set-password/                    200  200  200  200  200  200  200  200

/admin/                                                        sign sign sign sign sign sign  200  200
/admin/warmups/exercise/                                       sign sign sign sign sign sign  200  200
/admin/warmups/exercise/add/                                   sign sign sign sign sign sign  200  200
/admin/warmups/exercise/add/?like={published-exercise}         sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-published}/change/              sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-in-review-of-rob}/change/       sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-published}/history/             sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-published}/compare/             sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-changed}/compare/?from=1&to=2 sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-changed}/versions/1/            sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-changed}/versions/2/            sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-changed}/versions/3/            sign sign sign sign sign sign  404  404
/admin/warmups/exercise/{pk-of-published}/versions/1/figure.svg sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-changed}/versions/1/restore/ sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-published}/media/               sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-changed}/media/photo.webp/ sign sign sign sign sign sign  405  405
/admin/warmups/exercise/{pk-of-changed}/media/photo.webp/move/ sign sign sign sign sign sign  405  405
/admin/warmups/exercise/{pk-of-changed}/media/photo.webp/remove/ sign sign sign sign sign sign  405  405
/admin/warmups/exercise/{pk-of-draft-of-rob}/submit/           sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-in-review-of-rob}/publish/      sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-in-review-of-rob}/send-back/    sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-changed}/discard/               sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-published}/retire/              sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-retired}/bring-back/            sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-draft-of-rob}/delete-draft/     sign sign sign sign sign sign  200  200
/admin/warmups/exercise/{pk-of-draft-of-rob}/comment/          sign sign sign sign sign sign  200  200
/admin/warmups/exercise/figure/                                sign sign sign sign sign sign  405  405
/admin/warmups/exercise/poses-like/?like={published-exercise}  sign sign sign sign sign sign  200  200
/admin/content/                                                sign sign sign sign sign sign  200  200
/admin/content/poses/                                          sign sign sign sign sign sign  200  200
/admin/content/export/                                         sign sign sign sign sign sign  200  200
/admin/content/export/?form=csv&which=latest                   sign sign sign sign sign sign  200  200
/admin/content/import/                                         sign sign sign sign sign sign  200  200
/admin/content/import/{import-of-cleo}/                        sign sign sign sign sign sign  200  404
/admin/content/import/{import-of-cleo}/problems.csv            sign sign sign sign sign sign  200  404
/admin/warmups/muscle/                                         sign sign sign sign sign sign  200  200
/admin/warmups/equipment/                                      sign sign sign sign sign sign  200  200
/admin/warmups/study/                                          sign sign sign sign sign sign  200  200
/admin/warmups/activation/                                     sign sign sign sign sign sign  200  200
/admin/warmups/outcome/                                        sign sign sign sign sign sign  200  200
/admin/warmups/glutealindex/                                   sign sign sign sign sign sign  200  200
/admin/warmups/routine/                                        sign sign sign sign sign sign  200  200
/admin/accounts/user/                                          sign sign sign sign sign sign  403  200
/admin/accounts/apitoken/                                      sign sign sign sign sign sign  403  200
/admin/accounts/auditentry/                                    sign sign sign sign sign sign  403  200
/admin/account/emailaddress/                                   sign sign sign sign sign sign  403  200
/admin/auth/group/                                             sign sign sign sign sign sign  404  404
/admin/plans/squad/                                            sign sign sign sign sign sign  403  200
/admin/plans/membership/                                       sign sign sign sign sign sign  403  200
/admin/plans/joinlink/                                         sign sign sign sign sign sign  403  200
/admin/plans/invitation/                                       sign sign sign sign sign sign  403  200
/admin/plans/series/                                           sign sign sign sign sign sign  403  200
/admin/plans/occurrence/                                       sign sign sign sign sign sign  403  200
/admin/plans/standingassignment/                               sign sign sign sign sign sign  403  200
/admin/plans/run/                                              sign sign sign sign sign sign  403  200
/admin/plans/away/                                             sign sign sign sign sign sign  403  200
/admin/plans/assignment/                                       sign sign sign sign sign sign  403  200
/admin/plans/reminder/                                         sign sign sign sign sign sign  403  200
/admin/plans/session/                                          sign sign sign sign sign sign  404  404

/media/none.webp                                                404  404  404  404  404  404  404  404
/sitemap.xml                                                    200  200  200  200  200  200  200  200
/robots.txt                                                     200  200  200  200  200  200  200  200
/manifest.webmanifest                                           200  200  200  200  200  200  200  200
/offline/                                                       200  200  200  200  200  200  200  200
/service-worker.js                                              200  200  200  200  200  200  200  200
/healthz                                                        200  200  200  200  200  200  200  200
/readyz                                                         503  503  503  503  503  503  503  503
/metrics                                                        404  404  404  404  404  404  404  404

/api/v1/schema/                                                 200  200  200  200  200  200  200  200
/api/v1/docs/                                                   200  200  200  200  200  200  200  200
/api/v1/nothing/                                                404  404  404  404  404  404  404  404
/api/v1/muscles/                                                200  200  200  200  200  200  200  200
/api/v1/equipment/                                              200  200  200  200  200  200  200  200
/api/v1/studies/                                                200  200  200  200  200  200  200  200
/api/v1/exercises/                                              200  200  200  200  200  200  200  200
/api/v1/exercises/{published-exercise}/                         200  200  200  200  200  200  200  200
/api/v1/exercises/{retired-exercise}/                           200  200  200  200  200  200  200  200
/api/v1/exercises/{draft-exercise}/                             404  404  404  404  404  404  404  404
/api/v1/exercises/{published-exercise}/versions/                401  403  403  403  403  403  200  200
/api/v1/exercises/{draft-exercise}/versions/                    401  404  404  404  404  404  200  200
/api/v1/exercises/{published-exercise}/versions/1/              401  403  403  403  403  403  200  200
/api/v1/exercises/{draft-exercise}/versions/1/                  401  404  404  404  404  404  200  200
/api/v1/exercises/{published-exercise}/versions/2/              401  403  403  403  403  403  404  404
/api/v1/exercises/{published-exercise}/differences/             401  403  403  403  403  403  200  200
/api/v1/exercises/{draft-exercise}/differences/                 401  404  404  404  404  404  200  200
/api/v1/exercises/{published-exercise}/figure.svg               200  200  200  200  200  200  200  200
/api/v1/exercises/{retired-exercise}/figure.svg                 200  200  200  200  200  200  200  200
/api/v1/exercises/{draft-exercise}/figure.svg                   404  404  404  404  404  404  200  200
/api/v1/exercises/{published-exercise}/figure.png               200  200  200  200  200  200  200  200
/api/v1/exercises/{draft-exercise}/figure.png                   404  404  404  404  404  404  200  200
/api/v1/routines/                                               200  200  200  200  200  200  200  200
/api/v1/routines/{library}/                                     200  200  200  200  200  200  200  200
/api/v1/routines/{library-draft}/                               404  404  404  404  404  404  200  200
/api/v1/routines/{kept-by-ada}/                                 404  200  404  404  404  404  404  404
/api/v1/routines/{done-by-ada}/                                 404  200  404  200  200  404  404  404
/api/v1/routines/{kept-by-cora}/                                404  404  404  404  200  404  404  404
/api/v1/routines/{shared-by-cora}/                              404  200  200  200  200  404  404  404
/api/v1/routines/{given-by-cora}/                               404  200  200  200  200  404  404  404
/api/v1/routines/{archived-by-cora}/                            404  404  404  404  200  404  404  404
/api/v1/routines/{shared-by-otto}/                              404  404  404  404  404  200  404  404
/api/v1/routines/{library}/export/                              200  200  200  200  200  200  200  200
/api/v1/routines/{library-draft}/export/                        404  404  404  404  404  404  200  200
/api/v1/routines/{kept-by-ada}/export/                          404  200  404  404  404  404  404  404
/api/v1/routines/{shared-by-cora}/export/                       404  200  200  200  200  404  404  404
/api/v1/routines/{library}/version/                             200  200  200  200  200  200  200  200
/api/v1/routines/{library-draft}/version/                       404  404  404  404  404  404  200  200
/api/v1/routines/{kept-by-ada}/version/                         404  200  404  404  404  404  404  404
/api/v1/routines/{shared-by-cora}/version/                      404  200  200  200  200  404  404  404
/api/v1/routines/{shared-by-otto}/version/                      404  404  404  404  404  200  404  404
/api/v1/routines/{library}/revisions/                           200  200  200  200  200  200  200  200
/api/v1/routines/{kept-by-ada}/revisions/                       404  200  404  404  404  404  404  404

/api/v1/me/                                                     401  200  200  200  200  200  200  200
/api/v1/me/away/                                                401  200  200  200  200  200  200  200
/api/v1/tokens/                                                 401  200  200  200  200  200  200  200
/api/v1/squads/                                                 401  200  200  200  200  200  200  200
/api/v1/squads/{dawn}/                                          401  200  200  200  200  404  404  404
/api/v1/squads/{owls}/                                          401  404  404  404  404  200  404  404
/api/v1/squads/{dawn}/members/                                  401  200  200  200  200  404  404  404
/api/v1/squads/{dawn}/join-links/                               401  403  403  403  200  404  404  404
/api/v1/squads/{dawn}/invitations/                              401  403  403  403  200  404  404  404
/api/v1/squads/{dawn}/board/                                    401  403  403  200  200  404  404  404
/api/v1/runs/                                                   401  200  200  200  200  200  200  200
/api/v1/runs/{run-of-ada}/                                      401  200  404  200  200  404  404  404
/api/v1/runs/{own-run-of-ada}/                                  401  200  404  200  200  404  404  404
/api/v1/runs/{run-of-ada-before}/                               401  200  404  404  404  404  404  404
/api/v1/runs/{run-of-ola}/                                      401  404  404  404  404  200  404  404
/api/v1/runs/{run-of-lia}/                                      401  404  404  404  404  404  404  404
/api/v1/assignments/                                            401  200  200  200  200  200  200  200
/api/v1/standing-assignments/                                   401  200  200  200  200  200  200  200
/api/v1/standing-assignments/{rule-of-dawn}/                    401  404  404  200  200  404  404  404
/api/v1/standing-assignments/{rule-of-owls}/                    401  404  404  404  404  200  404  404
/api/v1/standing-assignments/{rule-of-ada}/                     401  200  404  200  200  404  404  404
/api/v1/sessions/                                               401  200  200  200  200  200  200  200
/api/v1/sessions/{session-of-ada}/                              401  200  404  200  200  404  404  404
/api/v1/sessions/{session-of-ada-before}/                       401  200  404  404  404  404  404  404
/api/v1/sessions/{session-of-ola}/                              401  404  404  404  404  200  404  404
/api/v1/sessions/{deleted-session-of-ada}/                      401  410  404  404  404  404  404  404
/api/v1/sessions/{session-of-ada}/versions/                     401  200  404  403  403  404  404  404
/api/v1/reminders/                                              401  200  200  200  200  200  200  200
/api/v1/calendar/{calendar-of-ada}.ics                          200  200  200  200  200  200  200  200
/api/v1/calendar/{calendar-of-ada}x.ics                         404  404  404  404  404  404  404  404
"""

DEEDS = """
deed                                                               visitor  Ada  Tom  Asa Cora Otto Cleo  Sue

POST /away/new/ away-dates                                            sign  302  302  302  302  302  302  302
POST /away/{away-of-ada}/ away-dates                                  sign  302  404  404  404  404  404  404
POST /away/{away-of-ada}/back/                                        sign  302  404  404  404  404  404  404
POST /away/{away-of-ada}/remove/                                      sign  302  404  404  404  404  404  404
POST /squads/{dawn}/athletes/{ada}/away/ away-dates                   sign  403  403  403  302  404  404  404
POST /squads/{dawn}/athletes/{ada}/away/{away-of-ada}/ away-dates     sign  403  403  403  302  404  404  404
POST /squads/{dawn}/athletes/{ada}/away/{away-of-ada}/remove/         sign  403  403  403  302  404  404  404
POST /calendar/moving/                                                sign  302  302  302  302  302  302  302
POST /start/ first-week                                              sign  200  302  302  302  302  302  302
POST /runs/new/ run                                                   sign  302  302  302  302  302  302  302
POST /runs/repeats/ run                                               sign  200  200  200  200  200  200  200
POST /runs/{run-of-ada}/change/ run                                   sign  302  404  403  302  404  404  404
POST /runs/{own-run-of-ada}/change/ run                               sign  302  404  403  302  404  404  404
POST /runs/{weekly-run-of-ada}/change/ run-following                   sign  422  404  403  302  404  404  404
POST /runs/{weekly-run-of-ada}/cancel/ following                       sign  422  404  403  302  404  404  404
POST /runs/{weekly-run-of-ada}/change/ run-all                         sign  422  404  403  302  404  404  404
POST /runs/{weekly-run-of-ada}/cancel/ all                             sign  422  404  403  302  404  404  404
POST /runs/{own-weekly-run-of-ada}/change/ run-following               sign  302  404  403  302  404  404  404
POST /runs/{own-weekly-run-of-ada}/cancel/ following                   sign  302  404  403  302  404  404  404
POST /runs/{own-weekly-run-of-ada}/change/ run-all                     sign  302  404  403  302  404  404  404
POST /runs/{own-weekly-run-of-ada}/cancel/ all                         sign  302  404  403  302  404  404  404
POST /runs/{run-of-ada}/cancel/ this                                  sign  302  404  403  302  404  404  404
POST /runs/{run-of-ada}/restore/ this                                 sign  302  404  403  302  404  404  404
POST /runs/{run-of-ada}/warm-up/ library                              sign  403  404  403  302  404  404  404
POST /runs/{own-run-of-ada}/warm-up/ library                          sign  302  404  403  302  404  404  404
POST /runs/{run-of-ada}/warm-up/withdraw/                             sign  403  404  403  302  404  404  404
POST /runs/{own-run-of-ada}/warm-up/withdraw/                         sign  302  404  403  302  404  404  404
POST /routines/{library}/copy/                                        sign  302  302  302  302  302  302  302
POST /routines/suggest/                                               sign  302  302  302  302  302  302  302
POST /routines/{library-draft}/copy/                                  sign  404  404  404  404  404  302  302
POST /routines/{kept-by-ada}/copy/                                    sign  302  404  404  404  404  404  404
POST /routines/{shared-by-cora}/copy/                                 sign  302  302  302  302  404  404  404
POST /routines/{library}/archive/                                     sign  403  403  403  403  403  302  302
POST /routines/{kept-by-ada}/archive/                                 sign  302  404  404  404  404  404  404
POST /routines/{draft-routine-of-rob}/submit/                         sign  404  404  404  404  404  302  302
POST /routines/{in-review-routine-of-rob}/publish/                    sign  404  404  404  404  404  302  302
POST /routines/{in-review-routine-of-rob}/send-back/ remark           sign  404  404  404  404  404  302  302
POST /routines/{published+draft-routine-of-rob}/discard/              sign  403  403  403  403  403  302  302
POST /routines/{library}/withdraw/                                    sign  403  403  403  403  403  302  302
POST /routines/{shared-by-cora}/archive/                              sign  403  403  403  302  404  404  404
POST /routines/{library}/bring-back/                                  sign  403  403  403  403  403  302  302
POST /routines/{archived-by-cora}/bring-back/                         sign  404  404  404  302  404  404  404
POST /routines/{library}/delete/                                      sign  403  403  403  403  403  302  302
POST /routines/{kept-by-ada}/delete/                                  sign  302  404  404  404  404  404  404
POST /routines/{shared-by-cora}/delete/                               sign  403  403  403  302  404  404  404
POST /routines/import/ file-made                                      sign  302  302  302  302  302  302  302
POST /routines/new/ built                                             sign  302  302  302  302  302  302  302
POST /routines/new/ built-for-dawn                                    sign  422  422  422  302  422  422  422
POST /routines/{library}/edit/ built                                  sign  403  403  403  403  403  302  302
POST /routines/{kept-by-ada}/edit/ built                              sign  302  404  404  404  404  404  404
POST /routines/{shared-by-cora}/edit/ built                           sign  403  403  403  302  404  404  404
POST /routines/{library}/revisions/1/bring-back/ back-to-library     sign  403  403  403  403  403  302  302
POST /routines/{kept-by-ada}/revisions/1/bring-back/ back-to-ada     sign  302  404  404  404  404  404  404
POST /routines/{shared-by-cora}/revisions/1/bring-back/ back-to-shared sign  403  403  403  302  404  404  404
POST /warm-up/{run-of-ada}/ log                                       sign  302  404  403  403  404  404  404
POST /warm-up/{run-of-ada}/log/ memory                                sign  302  404  403  403  404  404  404
POST /sessions/new/ memory                                            sign  302  302  302  302  302  302  302
POST /sessions/{session-of-ada}/after/ stiff                          sign  302  404  403  403  404  404  404
POST /warm-ups/new/ rule                                              sign  302  302  302  302  302  302  302
POST /warm-ups/usual/ usual                                           sign  302  302  302  302  302  302  302
POST /warm-ups/{rule-of-ada}/ rule                                    sign  302  404  403  302  404  404  404
POST /warm-ups/{rule-of-ada}/end/                                     sign  302  404  403  302  404  404  404
POST /warm-ups/{coachs-rule-of-ada}/ rule                             sign  403  404  403  302  404  404  404
POST /warm-ups/{coachs-rule-of-ada}/end/                              sign  403  404  403  302  404  404  404
POST /warm-ups/{rule-of-dawn}/ rule                                   sign  404  404  403  302  404  404  404
POST /warm-ups/{rule-of-dawn}/end/                                    sign  404  404  403  302  404  404  404
POST /squads/{dawn}/warm-ups/new/ rule                                sign  403  403  403  302  404  404  404
POST /squads/{dawn}/warm-ups/usual/ usual                             sign  403  403  403  302  404  404  404
POST /squads/{dawn}/warm-ups/runs/ runs-by-hand                       sign  403  403  403  302  404  404  404
POST /squads/{dawn}/athletes/{ada}/warm-ups/new/ rule                 sign  403  403  403  302  404  404  404
POST /squads/{dawn}/athletes/{ola}/warm-ups/new/ rule                 sign  403  403  403  404  404  404  404
POST /sessions/{session-of-ada}/edit/ felt                            sign  302  404  403  403  404  404  404
POST /sessions/{session-of-ada}/delete/                               sign  302  404  403  403  404  404  404
POST /sessions/{session-of-ada}/history/{version-of-ada}/             sign  302  404  403  403  404  404  404
POST /squads/new/ squad                                               sign  302  302  302  302  302  302  302
POST /squads/{dawn}/plan/ page-runs-of-dawn                           sign  403  403  403  302  404  404  404
POST /squads/{dawn}/plan/ page-run-of-ada                             sign  403  403  403  302  404  404  404
POST /squads/{dawn}/plan/ page-run-of-ola                             sign  403  403  403  422  404  404  404
POST /squads/{dawn}/members/{assistant}/role/ as-coach                sign  403  403  403  302  404  404  404
POST /squads/{dawn}/hand-over/ to-assistant                           sign  403  403  403  302  404  404  404
POST /squads/{dawn}/archive/                                          sign  403  403  403  302  404  404  404
POST /squads/{dawn}/bring-back/                                       sign  302  302  302  302  404  404  404
POST /squads/{dawn}/plan/copy/ copy-week                              sign  403  403  403  302  404  404  404
POST /squads/{dawn}/plan/change/ move-date-of-dawn                    sign  403  403  403  302  404  404  404
POST /squads/{dawn}/settings/ squad                                   sign  403  403  403  302  404  404  404
POST /squads/{dawn}/invitations/ friend                               sign  403  403  403  302  404  404  404
POST /squads/{dawn}/invitations/links/ link                           sign  403  403  403  302  404  404  404
POST /squads/{dawn}/invitations/links/{join-dawn}/revoke/             sign  403  403  403  302  404  404  404
POST /squads/{dawn}/invitations/links/{join-owls}/revoke/             sign  403  403  403  404  404  404  404
POST /squads/{dawn}/invitations/import/ list                          sign  403  403  403  200  404  404  404
POST /squads/{dawn}/invitations/{invitation-to-somebody}/revoke/      sign  403  403  403  302  404  404  404
POST /squads/{dawn}/invitations/{invitation-to-stranger}/revoke/      sign  403  403  403  404  404  404  404
POST /squads/{dawn}/members/{ada}/remove/                             sign  403  403  403  302  404  404  404
POST /squads/{dawn}/members/{assistant}/remove/                       sign  403  403  403  302  404  404  404
POST /squads/{dawn}/leave/                                            sign  302  302  302  422  404  404  404
POST /squads/{dawn}/share/ shares                                     sign  302  302  403  403  404  404  404
POST /invitations/{join-link-owls}/ shares                             200  302  302  302  302  200  302  302
POST /invitations/{link-to-ada}/ shares                                200  302  200  200  200  200  200  200
POST /reminders/unsubscribe/{unsubscribe-ada}/                         200  200  200  200  200  200  200  200
POST /answer/{answer-ada}/done/                                        302  302  302  302  302  302  302  302
POST /answer/{answer-ada}/skipped/ skipped                             302  302  302  302  302  302  302  302
POST /answer/{answer-ada}x/done/                                       404  404  404  404  404  404  404  404
POST /settings/profile/ profile                                       sign  302  302  302  302  302  302  302
POST /settings/reminders/address/                                     sign  302  302  302  302  302  302  302
POST /settings/reminders/ profile                                     sign  302  302  302  302  302  302  302
POST /settings/calendar/ shares                                       sign  302  302  302  302  302  302  302
POST /settings/calendar/{feed-of-ada}/end/                            sign  302  404  404  404  404  404  404
POST /settings/tokens/ new-token                                      sign  200  200  200  200  200  200  200
POST /settings/tokens/{token-of-ada}/revoke/                          sign  302  404  404  404  404  404  404
POST /admin/warmups/exercise/add/                                     sign sign sign sign sign sign  422  422
POST /admin/warmups/exercise/{pk-of-published}/change/                sign sign sign sign sign sign  422  422
POST /admin/warmups/exercise/{pk-of-draft-of-rob}/submit/             sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-in-review-of-rob}/publish/ read   sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-in-review-of-rob}/send-back/ remark sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-changed}/discard/ changed         sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-published}/retire/                sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-published}/bring-back/            sign sign sign sign sign sign  422  422
POST /admin/warmups/exercise/{pk-of-retired}/bring-back/              sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-draft-of-rob}/delete-draft/       sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-draft-of-rob}/comment/ words      sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-changed}/versions/1/restore/ changed sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/{pk-of-published}/media/                 sign sign sign sign sign sign  422  422
POST /admin/warmups/exercise/{pk-of-changed}/media/photo.webp/remove/ changed sign sign sign sign sign sign  302  302
POST /admin/warmups/exercise/figure/ poses                            sign sign sign sign sign sign  200  200
POST /admin/content/import/                                           sign sign sign sign sign sign  422  422
POST /admin/content/import/{import-of-cleo}/ forget                   sign sign sign sign sign sign  302  404

PATCH /api/v1/me/ me                                                   401  200  200  200  200  200  200  200
POST /api/v1/me/away/ away-dates                                       401  201  201  201  201  201  201  201
PATCH /api/v1/me/away/{away-of-ada}/ away-dates                        401  200  404  404  404  404  404  404
DELETE /api/v1/me/away/{away-of-ada}/                                  401  204  404  404  404  404  404  404
POST /api/v1/tokens/ new-token                                         400  201  201  201  201  201  201  201
POST /api/v1/tokens/ password-of-ada                                   201  201  201  201  201  201  201  201
POST /api/v1/tokens/ curating-token                                    400  400  400  400  400  400  201  201
DELETE /api/v1/tokens/{token-of-ada}/                                  401  204  404  404  404  404  404  404

POST /api/v1/exercises/ exercise                                       401  403  403  403  403  403  201  201
POST /api/v1/exercises/{published-exercise}/versions/ version          401  403  403  403  403  403  201  201
POST /api/v1/exercises/{draft-exercise}/versions/ version              401  404  404  404  404  404  201  201
POST /api/v1/exercises/{draft-of-rob}/submit/                          401  404  404  404  404  404  200  200
POST /api/v1/exercises/{in-review-of-rob}/send-back/ remark            401  404  404  404  404  404  200  200
POST /api/v1/exercises/{in-review-of-rob}/publish/ read                401  404  404  404  404  404  200  200
POST /api/v1/exercises/{published+draft-of-rob}/publish/ read          401  403  403  403  403  403  409  409
POST /api/v1/exercises/{published+draft-of-rob}/discard/               401  403  403  403  403  403  200  200
POST /api/v1/exercises/{published-exercise}/retire/                    401  403  403  403  403  403  200  200
POST /api/v1/exercises/{retired-exercise}/bring-back/                  401  403  403  403  403  403  200  200

POST /api/v1/routines/suggest/ wishes                                  200  200  200  200  200  200  200  200
POST /api/v1/routines/import/ file                                     401  201  201  201  201  201  201  201
POST /api/v1/routines/ routine                                         401  201  201  201  201  201  201  201
POST /api/v1/routines/ routine-for-dawn                                401  400  400  400  201  400  400  400
POST /api/v1/routines/ copy-of-library                                 401  201  201  201  201  201  201  201
POST /api/v1/routines/ copy-of-ada                                     401  201  400  400  400  400  400  400
POST /api/v1/routines/ copy-of-shared                                  401  201  201  201  201  400  400  400
PATCH /api/v1/routines/{library}/ routine                              401  403  403  403  403  403  200  200
PATCH /api/v1/routines/{library-draft}/ routine                        401  404  404  404  404  404  200  200
PATCH /api/v1/routines/{kept-by-ada}/ routine                          401  200  404  404  404  404  404  404
PATCH /api/v1/routines/{done-by-ada}/ routine                          401  200  404  403  403  404  404  404
PATCH /api/v1/routines/{shared-by-cora}/ routine                       401  403  403  403  200  404  404  404
DELETE /api/v1/routines/{library}/                                     401  403  403  403  403  403  204  204
DELETE /api/v1/routines/{kept-by-ada}/                                 401  204  404  404  404  404  404  404
DELETE /api/v1/routines/{shared-by-cora}/                              401  403  403  403  204  404  404  404

POST /api/v1/squads/ squad                                             401  201  201  201  201  201  201  201
PATCH /api/v1/squads/{dawn}/ squad                                     401  403  403  403  200  404  404  404
POST /api/v1/squads/{dawn}/join-links/ link                            401  403  403  403  201  404  404  404
DELETE /api/v1/squads/{dawn}/join-links/{join-dawn}/                   401  403  403  403  204  404  404  404
DELETE /api/v1/squads/{dawn}/join-links/{join-owls}/                   401  403  403  403  404  404  404  404
POST /api/v1/squads/{dawn}/invitations/ friend                         401  403  403  403  201  404  404  404
DELETE /api/v1/squads/{dawn}/invitations/{invitation-to-somebody}/     401  403  403  403  204  404  404  404
DELETE /api/v1/squads/{dawn}/invitations/{invitation-to-stranger}/     401  403  403  403  404  404  404  404
PATCH /api/v1/squads/{dawn}/members/{ada}/ shares                      401  200  404  403  403  404  404  404
PATCH /api/v1/squads/{dawn}/members/{assistant}/ as-coach              401  403  403  403  200  404  404  404
PATCH /api/v1/squads/{dawn}/members/{ola}/ as-coach                    401  404  404  404  404  404  404  404
PATCH /api/v1/squads/{dawn}/members/{coach}/ shares                    401  403  403  403  403  404  404  404
DELETE /api/v1/squads/{dawn}/members/{ada}/                            401  204  404  403  204  404  404  404
DELETE /api/v1/squads/{dawn}/members/{assistant}/                      401  403  403  204  204  404  404  404
DELETE /api/v1/squads/{dawn}/members/{coach}/                          401  403  403  403  400  404  404  404
DELETE /api/v1/squads/{dawn}/members/{ola}/                            401  404  404  404  404  404  404  404
POST /api/v1/invitations/{link-to-ada}/accept/ shares                  401  201  403  403  403  403  403  403
POST /api/v1/invitations/{link-to-tom}/accept/ shares                  401  410  410  410  410  410  410  410
POST /api/v1/invitations/{join-link-owls}/accept/ shares               401  201  201  201  201  400  201  201
POST /api/v1/invitations/{link-to-ada}x/accept/ shares                 401  404  404  404  404  404  404  404

POST /api/v1/runs/ run                                                 401  201  201  201  201  201  201  201
POST /api/v1/runs/ run-of-ada                                          401  201  400  403  201  400  400  400
POST /api/v1/runs/ run-of-ada-in-the-past                              401  201  400  403  400  400  400  400
POST /api/v1/runs/ run-of-cora                                         401  400  400  400  201  400  400  400
POST /api/v1/runs/ runs-of-dawn                                        401  403  403  403  201  400  400  400
POST /api/v1/runs/ run-with-routine-of-ada                             401  201  400  400  400  400  400  400
PATCH /api/v1/runs/{run-of-ada}/ run                                   401  200  404  403  200  404  404  404
PATCH /api/v1/runs/{run-of-ada}/?scope=date run                        401  403  404  403  200  404  404  404
PATCH /api/v1/runs/{own-run-of-ada}/ run                               401  200  404  403  200  404  404  404
PATCH /api/v1/runs/{run-of-ada-before}/ run                            401  200  404  404  404  404  404  404
PATCH /api/v1/runs/{run-of-ada}/ library                               401  403  404  403  200  404  404  404
PATCH /api/v1/runs/{run-of-ada}/ nothing                               401  403  404  403  200  404  404  404
PATCH /api/v1/runs/{run-of-ada}/?scope=date nothing                    401  403  404  403  200  404  404  404
PATCH /api/v1/runs/{own-run-of-ada}/ library                           401  200  404  403  200  404  404  404
PATCH /api/v1/runs/{own-run-of-ada}/ nothing                           401  200  404  403  200  404  404  404
DELETE /api/v1/runs/{run-of-ada}/                                      401  204  404  403  204  404  404  404
DELETE /api/v1/runs/{run-of-ada}/?scope=date                           401  403  404  403  204  404  404  404
DELETE /api/v1/runs/{own-run-of-ada}/                                  401  204  404  403  204  404  404  404
PATCH /api/v1/runs/{weekly-run-of-ada}/?scope=following run            401  403  404  403  200  404  404  404
DELETE /api/v1/runs/{weekly-run-of-ada}/?scope=following               401  403  404  403  204  404  404  404
PATCH /api/v1/runs/{weekly-run-of-ada}/?scope=all run                  401  403  404  403  200  404  404  404
DELETE /api/v1/runs/{weekly-run-of-ada}/?scope=all                     401  403  404  403  204  404  404  404
PATCH /api/v1/runs/{own-weekly-run-of-ada}/?scope=following run        401  200  404  403  200  404  404  404
DELETE /api/v1/runs/{own-weekly-run-of-ada}/?scope=following           401  204  404  403  204  404  404  404
PATCH /api/v1/runs/{own-weekly-run-of-ada}/?scope=all run              401  200  404  403  200  404  404  404
DELETE /api/v1/runs/{own-weekly-run-of-ada}/?scope=all                 401  204  404  403  204  404  404  404
DELETE /api/v1/runs/{run-of-ada-before}/                               401  204  404  404  404  404  404  404
POST /api/v1/assignments/ library-to-run-of-ada                        401  403  400  403  201  400  400  400
POST /api/v1/assignments/ library-to-own-run-of-ada                    401  201  400  403  201  400  400  400
POST /api/v1/assignments/ library-to-runs-of-dawn                      401  400  400  403  201  400  400  400
POST /api/v1/assignments/ library-to-runs-of-both                      401  400  400  400  400  400  400  400
DELETE /api/v1/assignments/{assignment-of-ada}/                        401  403  404  403  204  404  404  404
DELETE /api/v1/assignments/{own-assignment-of-ada}/                    401  204  404  403  204  404  404  404
POST /api/v1/standing-assignments/ rule-for-dawn                       401  403  403  403  201  400  400  400
POST /api/v1/standing-assignments/ rule-for-ada                        401  201  400  403  201  400  400  400
DELETE /api/v1/standing-assignments/{rule-of-dawn}/                    401  404  404  403  204  404  404  404
DELETE /api/v1/standing-assignments/{rule-of-ada}/                     401  204  404  403  204  404  404  404
DELETE /api/v1/standing-assignments/{coachs-rule-of-ada}/              401  403  404  403  204  404  404  404
PUT /api/v1/sessions/{new-uuid}/ session                               401  201  201  201  201  201  201  201
PUT /api/v1/sessions/{new-uuid}/ session-of-ada                        401  201  400  400  400  400  400  400
PUT /api/v1/sessions/{session-of-ada}/ session                         401  200  404  404  404  404  404  404
PUT /api/v1/sessions/{deleted-session-of-ada}/ session                 401  410  404  404  404  404  404  404
POST /api/v1/sessions/{session-of-ada}/versions/{version-of-ada}/restore/  401  200  404  403  403  404  404  404
DELETE /api/v1/sessions/{session-of-ada}/                              401  204  404  403  403  404  404  404
DELETE /api/v1/sessions/{session-of-ada-before}/                       401  204  404  404  404  404  404  404
"""

KNOWN = """
what anybody can read, somewhere visitor  Ada  Tom  Asa Cora Otto Cleo  Sue

Ada Athlete                            -    x    -    x    x    -    -    -
Tom Mate                               -    -    x    x    x    -    -    -
Lia Left                               -    -    -    -    -    -    -    -
Ola Elsewhere                          -    -    -    -    -    x    -    -
Cora Coach                             -    x    x    x    x    -    -    -
Asa Assistant                          -    x    x    x    x    -    -    -
Otto Other                             -    -    -    -    -    x    -    -
Dawn Patrol                            -    x    x    x    x    -    -    -
Night Owls                             -    -    -    -    -    x    -    -
{email-of-ada}                         -    x    -    -    -    x    -    -
{email-of-tom}                         -    -    x    -    x    -    -    -
{email-of-cora}                        -    -    -    -    x    -    -    -
psst-somebody@runners.example          -    -    -    -    x    -    -    -
psst-stranger@runners.example          -    -    -    -    -    x    -    -
psst-token-of-ada                      -    x    -    -    -    -    -    -

psst-published-exercise                x    x    x    x    x    x    x    x
psst-draft-exercise                    -    -    -    -    -    -    x    x
psst-routine-library-draft             -    -    -    -    -    -    x    x
psst-routine-draft-of-rob.             -    -    -    -    -    -    x    x
psst-routine-in-review-of-rob.         -    -    -    -    -    -    x    x
psst-routine-published+draft-of-rob. and more - - - - -  -    x    x
psst-routine-kept-by-ada               -    x    -    -    -    -    -    -
psst-routine-done-by-ada               -    x    -    x    x    -    -    -
psst-routine-kept-by-cora              -    -    -    -    x    -    -    -
psst-routine-shared-by-cora            -    x    x    x    x    -    -    -
psst-routine-given-by-cora             -    x    x    x    x    -    -    -
psst-routine-shared-by-otto            -    -    -    -    -    x    -    -

psst-run-of-ada.                       -    x    -    x    x    -    -    -
psst-place-of-ada.                     -    x    -    x    x    -    -    -
psst-own-run-of-ada.                   -    x    -    x    x    -    -    -
psst-run-of-ada-before.                -    x    -    -    -    -    -    -
psst-run-of-tom.                       -    -    x    x    x    -    -    -
psst-run-of-lia.                       -    -    -    -    -    -    -    -
psst-run-of-ola.                       -    -    -    -    -    x    -    -
psst-assignment-of-ada.                -    x    -    x    x    -    -    -
psst-assignment-of-ola.                -    -    -    -    -    x    -    -
psst-rule-of-dawn.                     -    -    -    x    x    -    -    -
psst-rule-of-owls.                     -    -    -    -    -    x    -    -
psst-rule-of-ada.                      -    x    -    x    x    -    -    -
psst-coachs-rule-of-ada.               -    x    -    x    x    -    -    -
psst-rule-of-tom.                      -    -    x    x    x    -    -    -
psst-answer-of-ada.                    -    x    -    x    x    -    -    -
psst-answer-of-tom.                    -    -    x    -    -    -    -    -
psst-answer-of-ola.                    -    -    -    -    -    x    -    -
psst-session-of-ada.                   -    x    -    x    x    -    -    -
psst-session-of-ada-before.            -    x    -    -    -    -    -    -
psst-session-of-tom.                   -    -    x    -    -    -    -    -
psst-session-of-ola.                   -    -    -    -    -    x    -    -
psst-session-of-lia.                   -    -    -    -    -    -    -    -
"""


def looked_at(form: LookFirstForm) -> dict[str, str]:
    """What a form is saved with once its page has shown what that does."""
    assert form.is_valid()
    return {"looked": form.digest, "save": "1"}


def bodies(world: World) -> dict[str, dict[str, Any]]:
    """What the deeds send, by the word in the table."""
    names = world.names
    soon = (world.now.astimezone(world.cast.squad.time_zone)).strftime("%Y-%m-%dT23:30")
    day, _at, clock = soon.partition("T")
    long_ago = f"{world.now - 100 * DAY:%Y-%m-%d}T06:30"
    away_from, away_until = (f"{world.now + days * DAY:%Y-%m-%d}" for days in (30, 31))
    run = {"kind": "easy", "local_start": soon}
    this = {"scope": "this"}
    following, whole = {"scope": "following"}, {"scope": "all"}
    page_run = run | this | {"local_date": day, "local_time": clock, "time_zone": "Europe/Berlin"}
    step = {"exercise": names["published-exercise"]}
    routine = {"name": "Another", "steps": [step]}
    built = {"name": "Another", "step": "a", "a-exercise": step["exercise"], "a-sets": 1, "a-reps": 8}
    built |= {"a-sides": "each", "follow-runs": "move"}
    started = {"started_at": world.now.isoformat()}
    latest = dict(Routine.objects.values_list("pk", "latest_id"))
    first_week = {"days": ["TU"], "local_time": "07:00", "weekend_time": "09:00", "minutes": "40", "lead_minutes": "60"}
    first_week |= {"routine": names["library"]}
    assistants = world.cast.squad.memberships.get(person=world.cast.assistant).pk
    rule = {"routine": names["library"], "since": day, "kinds": ["race"]}
    tomorrow = (world.now + DAY).astimezone(world.cast.squad.time_zone).date()
    monday = tomorrow - timedelta(days=tomorrow.weekday())
    copy_week = {"week": week_word(monday), "onto": [(monday + timedelta(days=7)).isoformat()], "step": "do"}
    usual = {"routine": names["library"]}
    file = routine | {"format": "prestride-routine", "version": 1, "steps": [{"exercise": {"slug": step["exercise"]}}]}
    return {
        # Pages
        "this": this,
        "following": following,
        "all": whole,
        "page-runs-of-dawn": page_run | {"athletes": "everyone"},
        "page-run-of-ada": page_run | {"athletes": names["ada"]},
        "page-run-of-ola": page_run | {"athletes": names["ola"]},
        "copy-week": copy_week,
        "as-coach": {"role": "coach"},
        "to-assistant": {"to": assistants, "then": "assist"},
        "first-week": first_week,
        "move-date-of-dawn": {"chosen": [f"d{names['date-of-dawn']}"], "deed": "move", "days": "1", "step": "do"},
        "log": started | {"id": str(uuid4()), "outcome": "done"},
        "felt": {"outcome": "short", "rpe": "3"},
        "memory": {"id": str(uuid4()), "outcome": "done", "day": "2026-01-05", "begun": "06:30"},
        "skipped": {"reason": "no-space", "text": "Rain all morning."},
        "stiff": {"stiff_before": "true"},
        "profile": {"name": "New Name", "time_zone": "Europe/Berlin", "language": "en", "units": "metric"},
        "words": {"text": "Mind the knee."},
        "away-dates": {"since": away_from, "from": away_from, "until": away_until, "reason": "ill"},
        "rule": rule | looked_at(RuleForm(rule, person=world.cast.coach)),
        "usual": usual | looked_at(UsualForm(usual, person=world.cast.coach)),
        "runs-by-hand": usual | {"run": [names["run-of-ada"], names["run-of-tom"]], "deed": "give", "do": "1"},
        "file-made": {"text": json.dumps(file), "do": "make"},
        "built": built,
        "built-for-dawn": built | {"share-squads": world.cast.squad.slug},
        "changed": {"based_on": 2},
        "poses": {"name": "Squat", "poses": "{}"},
        "forget": {"forget": "1"},
        # Both
        "run": page_run,
        "run-following": page_run | following,
        "run-all": page_run | whole,
        "library": {"routine": names["library"]} | this,
        "squad": {"name": "Late Larks", "time_zone": "Europe/Berlin"},
        "friend": {"email": "friend@runners.example", "role": "athlete"},
        "link": {"role": "athlete", "limit": 5, "good_for": 3},
        "list": {"text": "friend@runners.example"},
        "shares": {"shares_health": True},
        "back-to-library": {"based_on": latest[names["library"]]},
        "back-to-ada": {"based_on": latest[names["kept-by-ada"]]},
        "back-to-shared": {"based_on": latest[names["shared-by-cora"]]},
        "new-token": {"name": "Watch", "scopes": ["read"]},
        # API
        "wishes": {"minutes": 5},
        "me": {"name": "New Name"},
        "rule-for-dawn": {"routine": names["library"], "squad": names["dawn"], "from": day},
        "rule-for-ada": {"routine": names["library"], "athlete": names["ada"], "from": day},
        "password-of-ada": {
            "name": "Watch",
            "scopes": ["read"],
            "email": world.cast.athlete.email,
            "password": "warm-up-123",
        },
        "curating-token": {"name": "Desk", "scopes": ["curate"]},
        "exercise": {"slug": "another-squat", "document": full_document()},
        "version": {"based_on": 1, "document": full_document(), "reason": "Clearer"},
        "remark": {"comment": "Mend the claim.", "note": "Mend the claim."},
        "read": {"based_on": 1},
        "file": file,
        "routine": routine,
        "routine-for-dawn": routine | {"squads": [names["dawn"]]},
        "copy-of-library": {"copied_from": names["library"]},
        "copy-of-ada": {"copied_from": names["kept-by-ada"]},
        "copy-of-shared": {"copied_from": names["shared-by-cora"]},
        "run-of-ada": run | {"athlete": names["ada"]},
        "run-of-ada-in-the-past": run | {"athlete": names["ada"], "local_start": long_ago},
        "run-of-cora": run | {"athlete": names["coach"]},
        "runs-of-dawn": run | {"squad": names["dawn"]},
        "run-with-routine-of-ada": run | {"routine": names["kept-by-ada"]},
        "nothing": {"routine": None},
        "library-to-run-of-ada": {"routine": names["library"], "runs": [names["run-of-ada"]]},
        "library-to-own-run-of-ada": {"routine": names["library"], "runs": [names["own-run-of-ada"]]},
        "library-to-runs-of-dawn": {"routine": names["library"], "runs": [names["run-of-ada"], names["run-of-tom"]]},
        "library-to-runs-of-both": {"routine": names["library"], "runs": [names["run-of-ada"], names["run-of-ola"]]},
        "session": started,
        "session-of-ada": started | {"run": names["run-of-ada"]},
    }


# --- The tables -----------------------------------------------------------------------------------------------------
def rows(table: str) -> dict[str, str]:
    """By each row's words before its statuses, its statuses in the order of PEOPLE."""
    _head, *lines = [line.split() for line in table.strip().splitlines() if line.strip()]
    return {" ".join(words[: -len(PEOPLE)]): " ".join(words[-len(PEOPLE) :]) for words in lines}


def of_api(address: str) -> bool:
    return "/api/v1/" in address


Send = Callable[..., Any]


@pytest.fixture
def send(world: World, browser_of: Callable[..., Client], api_of: Callable[..., APIClient]) -> Send:
    """Sends one request as one of the cast, and takes back whatever it did."""
    browsers = {name: browser_of(world.person(name)) for name in PEOPLE}
    programs = {name: api_of(world.person(name)) for name in PEOPLE}
    world.names["new-uuid"] = uuid4()
    sendable = bodies(world)
    untouched = everything()

    def send(name: str, method: str, address: str, body: str = "") -> Any:
        client: Any = (programs if of_api(address) else browsers)[name]
        with transaction.atomic():
            with written() as statements:
                answer = getattr(client, method.lower())(world.filled(address), sendable[body] if body else None)
            if statements and (answer.status_code >= 400 or method == "GET"):
                assert everything() == untouched, f"{name}: {method} {address} {body} was refused, and did something"
            transaction.set_rollback(True)
        return answer

    return send


def text_of(answer: Any) -> str:
    """What was answered, streamed or not; a figure may be a PNG."""
    return b"".join(answer).decode(errors="replace")


def told(answer: Any) -> str:
    """The status, or `sign` for the way to the sign-in page."""
    if answer.status_code == 302 and answer["Location"].partition("?")[0] in {"/accounts/login/", "/admin/login/"}:
        return "sign"
    return str(answer.status_code)


def everyone(send: Send, deed: str) -> str:
    """What each of PEOPLE is told."""
    return " ".join(told(send(name, *deed.split())) for name in PEOPLE)


@pytest.mark.parametrize("api", [False, True], ids=["pages", "api"])
def test_who_reads_what(send: Send, api: bool) -> None:
    expected = {address: row for address, row in rows(READS).items() if of_api(address) == api}

    assert {address: everyone(send, f"GET {address}") for address in expected} == expected


@pytest.mark.parametrize("api", [False, True], ids=["pages", "api"])
def test_who_does_what(send: Send, api: bool) -> None:
    expected = {deed: row for deed, row in rows(DEEDS).items() if of_api(deed) == api}

    assert {deed: everyone(send, deed) for deed in expected} == expected


def readings() -> list[tuple[str, str]]:
    """Who is answered with 200, and where."""
    return [
        (name, address)
        for address, row in rows(READS).items()
        for name, status in zip(PEOPLE, row.split(), strict=True)
        if status == "200"
    ]


# --- What could leak ------------------------------------------------------------------------------------------------
ALLAUTHS = {"accounts/logout/", "accounts/signup/"}

# Who holds such a link has it from their mail, and sees what it is about.
LINKS = ("/answer/{", "/invitations/{", "/reminders/unsubscribe/{", "/api/v1/calendar/{", "/admin/")


def test_who_learns_what_from_all_that_they_can_read(world: World, send: Send) -> None:
    expected = rows(KNOWN)
    read = {name: set[str]() for name in PEOPLE}
    for name, address in readings():
        if not address.startswith(LINKS):
            text = text_of(send(name, "GET", address))
            read[name] |= {word for word in expected if world.filled(word) in text}

    assert {word: " ".join("x" if word in read[name] else "-" for name in PEOPLE) for word in expected} == expected


def test_a_role_counts_in_its_own_squad_only(world: World, api_of: Callable[..., APIClient]) -> None:
    """Cora coaches Dawn Patrol; where she is an athlete herself she learns nothing of the others."""
    owls, cora = world.cast.other_squad, api_of(world.cast.coach)
    make_membership(owls, world.cast.coach, "athlete", began_at=world.now - DAY)
    addresses = ["runs/{run-of-ola}/", "sessions/{session-of-ola}/", "squads/{owls}/board/", "squads/{owls}/members/"]
    answers = [cora.get(world.filled(f"/api/v1/{address}")) for address in addresses]

    assert [answer.status_code for answer in answers] == [404, 404, 403, 200]
    assert {row["name"] for row in answers[3].json()["results"]} == {"Cora Coach", "Otto Other"}
    for noun in ("runs", "sessions", "assignments"):
        assert "-of-ola." not in cora.get(f"/api/v1/{noun}/").content.decode()


def test_who_left_or_whose_coach_left_is_seen_no_more(world: World, api_of: Callable[..., APIClient]) -> None:
    addresses = ["runs/{run-of-ada}/", "sessions/{session-of-ada}/", "routines/{done-by-ada}/", "squads/{dawn}/"]

    def seen_by(person: User) -> list[int]:
        return [api_of(person).get(world.filled(f"/api/v1/{address}")).status_code for address in addresses]

    before = [seen_by(world.cast.coach), seen_by(world.cast.assistant)]
    Membership.objects.filter(person__in=[world.cast.athlete, world.cast.assistant]).update(ended_at=world.now)

    assert before == [[200, 200, 200, 200]] * 2
    assert [seen_by(world.cast.coach), seen_by(world.cast.assistant)] == [[404, 404, 404, 200], [404, 404, 404, 404]]


# --- Tokens ---------------------------------------------------------------------------------------------------------
def scope_for(method: str, address: str) -> str:
    """The scope that a token needs."""
    if address.startswith("/api/v1/exercises/"):
        return "curate"  # of what is not open to all
    if method == "GET":
        return "read"
    return "log" if address.startswith("/api/v1/sessions/") else "plan"


@pytest.fixture
def program_of(world: World) -> Callable[[str, str], APIClient]:
    """A program that holds a token of one of the cast with one scope."""

    def make(name: str, scope: str) -> APIClient:
        _token, secret = make_token(user=world.person(name), name="Program", scopes=[scope], now=world.now)
        return APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {secret}")

    return make


OPEN = ["POST", "/api/v1/routines/suggest/"]


def test_a_token_does_what_its_scope_says_and_nothing_else(
    world: World, program_of: Callable[[str, str], APIClient]
) -> None:
    world.names["new-uuid"] = uuid4()
    sendable = bodies(world)
    expected, found = {}, {}
    deeds = {f"GET {address}": row for address, row in rows(READS).items() if row.startswith("401")} | rows(DEEDS)
    for deed, row in deeds.items():
        method, address, *body = deed.split()
        may = [
            (name, status) for name, status in zip(PEOPLE, row.split(), strict=True) if status in {"200", "201", "204"}
        ]
        # What is open to visitors asks for no scope.
        if not of_api(address) or not may or deed.split()[:2] in (["POST", "/api/v1/tokens/"], OPEN):
            continue
        name, status = may[0]
        scope = scope_for(method, address)
        # Only curators may have a token with the scope curate.
        tried = ("read", "log", "plan", "curate") if scope == "curate" else ("read", "log", "plan")
        expected[deed] = {each: status if each == scope else "403" for each in tried}
        found[deed] = {}
        for each in expected[deed]:
            with transaction.atomic():
                call = getattr(program_of(name, each), method.lower())
                found[deed][each] = str(call(world.filled(address), *(sendable[word] for word in body)).status_code)
                transaction.set_rollback(True)

    assert found == expected


def test_a_bad_token_is_told_everywhere(world: World) -> None:
    program = APIClient(raise_request_exception=False, HTTP_AUTHORIZATION="Bearer prs_0123456789ab_wrong")
    world.names["new-uuid"] = uuid4()
    open_to_all = {"/api/v1/schema/", "/api/v1/docs/", "/api/v1/nothing/"}
    addresses = [address for address in rows(READS) if of_api(address) and address not in open_to_all]
    addresses = [address for address in addresses if not address.startswith(LINKS)]
    deeds = [f"GET {address}" for address in addresses] + [deed for deed in rows(DEEDS) if of_api(deed)]

    found = {}
    for deed in deeds:
        method, address, *_body = deed.split()
        found[deed] = getattr(program, method.lower())(world.filled(address), {}).status_code
    assert found == dict.fromkeys(deeds, 401)


# --- That nothing is missing from the tables ------------------------------------------------------------------------
def patterns(resolver: URLResolver | None = None, path: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the project with its pattern; those of the admin and of allauth are theirs to test."""
    for pattern in (resolver or get_resolver()).url_patterns:
        end = str(pattern.pattern)
        route = path + end.removeprefix("^") if path else end  # as resolve() writes it
        if isinstance(pattern, URLPattern):
            if not pattern.callback.__module__.startswith("allauth."):
                yield route, pattern
        elif pattern.namespace != "admin":
            yield from patterns(pattern, route)


def methods(pattern: URLPattern) -> set[str]:
    """What an address of the API takes."""
    view: Any = pattern.callback
    taken = getattr(view, "actions", None) or getattr(view, "view_class", object).__dict__
    return {method.upper() for method in taken if method in {"get", "post", "put", "patch", "delete"}}


def route(world: World, address: str) -> str:
    return resolve(world.filled(address).partition("?")[0]).route


def test_every_address_has_a_row(world: World) -> None:
    world.names["new-uuid"] = uuid4()
    in_tables = {route(world, address) for address in rows(READS)}
    in_tables |= {route(world, deed.split()[1]) for deed in rows(DEEDS)}

    assert {found for found, _pattern in patterns()} - in_tables == set()


def test_every_list_of_the_admin_has_a_row() -> None:
    lists = {f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry}

    assert lists - rows(READS).keys() == set()


def test_every_method_of_the_api_has_a_row(world: World) -> None:
    world.names["new-uuid"] = uuid4()
    in_tables = {("GET", route(world, address)) for address in rows(READS)}
    in_tables |= {(deed.split()[0], route(world, deed.split()[1])) for deed in rows(DEEDS)}
    wanted = {(method, found) for found, pattern in patterns() if of_api("/" + found) for method in methods(pattern)}

    assert wanted - in_tables == set()


class Forms(HTMLParser):
    """Finds where the forms of a page post to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.targets = page, set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form" and (values.get("method") or "").lower() == "post":
            self.targets.add(urlsplit(urljoin(self.page, values.get("action") or "")).path)


def test_every_form_of_a_page_has_a_row(world: World, send: Send) -> None:
    in_table = {route(world, deed.split()[1]) for deed in rows(DEEDS) if deed.startswith("POST")}
    found = {}
    for name, address in readings():
        if not of_api(address) and not address.startswith(("/admin/", "/accounts/")):
            answer = send(name, "GET", address)
            if not answer.get("Content-Type", "").startswith("text/html"):
                continue  # a file
            page = Forms(world.filled(address))
            page.feed(text_of(answer))
            found |= {resolve(target).route: f"{name} at {address}" for target in page.targets}

    assert {target: where for target, where in found.items() if target not in in_table | ALLAUTHS} == {}
