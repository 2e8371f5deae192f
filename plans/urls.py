"""Squads, runs, warm-ups, sessions, reminders."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from plans.api.assignments import AssignmentViewSet
from plans.api.away import AwayViewSet
from plans.api.feeds import CalendarView
from plans.api.invitations import AcceptView, InvitationViewSet, JoinLinkViewSet
from plans.api.reminders import ReminderViewSet
from plans.api.routines import RoutineViewSet
from plans.api.runs import RunViewSet
from plans.api.sessions import SessionViewSet
from plans.api.squads import BoardView, MemberViewSet, SquadViewSet
from plans.api.standing import StandingViewSet
from plans.views.answers import answer
from plans.views.away import (
    away,
    away_back,
    away_change,
    away_end,
    away_new,
    squad_away,
    squad_away_change,
    squad_away_end,
)
from plans.views.calendar import calendar
from plans.views.feeds import settings_calendar, settings_calendar_end
from plans.views.invitations import invitation
from plans.views.inviting import inviting_urls
from plans.views.plan import squad_date, squad_plan, squad_plan_change, squad_plan_copy
from plans.views.player import suggested_warm_up, try_cues, try_warm_up, warm_up
from plans.views.revisions import revision_urls
from plans.views.routines import routine_edit, routine_new
from plans.views.runs import run, run_assign, run_cancel, run_change, run_new, run_repeats, run_restore, run_withdraw
from plans.views.sent import settings_reminders_sent
from plans.views.session_list import sessions, sessions_csv
from plans.views.sessions import (
    session,
    session_after,
    session_delete,
    session_edit,
    session_history,
    session_new,
    session_restore,
)
from plans.views.squads import (
    squad,
    squad_archive,
    squad_athlete,
    squad_bring_back,
    squad_hand_over,
    squad_leave,
    squad_new,
    squad_remove,
    squad_role,
    squad_settings,
    squad_share,
    squads,
)
from plans.views.standing import standing_urls
from plans.views.start import moving, start
from plans.views.today import home, today
from plans.views.unsubscribe import reminders_unsubscribe

urlpatterns = [
    path("", home, name="home"),
    path("today/", today, name="today"),
    path("start/", start, name="start"),
    path("calendar/moving/", moving, name="calendar-moving"),
    path("calendar/", calendar, name="calendar"),
    path("settings/reminders/sent/", settings_reminders_sent, name="settings-reminders-sent"),
    path("settings/calendar/", settings_calendar, name="settings-calendar"),
    path("settings/calendar/<int:feed_id>/end/", settings_calendar_end, name="settings-calendar-end"),
    path("away/", away, name="away"),
    path("away/new/", away_new, name="away-new"),
    path("away/<int:away_id>/", away_change, name="away-change"),
    path("away/<int:away_id>/back/", away_back, name="away-back"),
    path("away/<int:away_id>/remove/", away_end, name="away-end"),
    path("runs/new/", run_new, name="run-new"),
    path("runs/repeats/", run_repeats, name="run-repeats"),
    path("runs/<int:run_id>/", run, name="run"),
    path("runs/<int:run_id>/change/", run_change, name="run-change"),
    path("runs/<int:run_id>/cancel/", run_cancel, name="run-cancel"),
    path("runs/<int:run_id>/restore/", run_restore, name="run-restore"),
    path("runs/<int:run_id>/warm-up/", run_assign, name="run-assign"),
    path("runs/<int:run_id>/warm-up/withdraw/", run_withdraw, name="run-withdraw"),
    path("routines/new/", routine_new, name="routine-new"),
    path("routines/<int:routine_id>/edit/", routine_edit, name="routine-edit"),
    *revision_urls,
    *standing_urls,
    path("squads/<slug:slug>/plan/", squad_plan, name="squad-plan"),
    path("squads/<slug:slug>/plan/change/", squad_plan_change, name="squad-plan-change"),
    path("squads/<slug:slug>/plan/copy/", squad_plan_copy, name="squad-plan-copy"),
    path("squads/<slug:slug>/plan/dates/<int:occurrence_id>/", squad_date, name="squad-date"),
    path("warm-up/cues/", try_cues, name="warm-up-cues"),
    path("warm-up/suggested/", suggested_warm_up, name="warm-up-suggested"),
    path("warm-up/<int:run_id>/", warm_up, name="warm-up"),
    path("warm-up/<int:run_id>/log/", session_new, name="warm-up-log"),
    path("warm-up/try/<int:routine_id>/", try_warm_up, name="warm-up-try"),
    path("sessions/", sessions, name="sessions"),
    path("sessions/sessions.csv", sessions_csv, name="sessions-csv"),
    path("sessions/new/", session_new, name="session-new"),
    path("sessions/<uuid:session_id>/", session, name="session"),
    path("sessions/<uuid:session_id>/after/", session_after, name="session-after"),
    path("sessions/<uuid:session_id>/edit/", session_edit, name="session-edit"),
    path("sessions/<uuid:session_id>/delete/", session_delete, name="session-delete"),
    path("sessions/<uuid:session_id>/history/", session_history, name="session-history"),
    path("sessions/<uuid:session_id>/history/<int:version_id>/", session_restore, name="session-restore"),
    path("squads/", squads, name="squads"),
    path("squads/new/", squad_new, name="squad-new"),
    path("squads/<slug:slug>/", squad, name="squad"),
    path("squads/<slug:slug>/settings/", squad_settings, name="squad-settings"),
    *inviting_urls,
    path("squads/<slug:slug>/athletes/<int:person_id>/", squad_athlete, name="squad-athlete"),
    path("squads/<slug:slug>/athletes/<int:person_id>/away/", squad_away, name="squad-away"),
    path(
        "squads/<slug:slug>/athletes/<int:person_id>/away/<int:away_id>/", squad_away_change, name="squad-away-change"
    ),
    path(
        "squads/<slug:slug>/athletes/<int:person_id>/away/<int:away_id>/remove/", squad_away_end, name="squad-away-end"
    ),
    path("squads/<slug:slug>/members/<int:person_id>/remove/", squad_remove, name="squad-remove"),
    path("squads/<slug:slug>/members/<int:person_id>/role/", squad_role, name="squad-role"),
    path("squads/<slug:slug>/hand-over/", squad_hand_over, name="squad-hand-over"),
    path("squads/<slug:slug>/archive/", squad_archive, name="squad-archive"),
    path("squads/<slug:slug>/bring-back/", squad_bring_back, name="squad-bring-back"),
    path("squads/<slug:slug>/leave/", squad_leave, name="squad-leave"),
    path("squads/<slug:slug>/share/", squad_share, name="squad-share"),
    path("invitations/<str:token>/", invitation, name="invitation"),
    path("answer/<str:token>/<str:outcome>/", answer, name="answer"),
    path("reminders/unsubscribe/<str:token>/", reminders_unsubscribe, name="reminders-unsubscribe"),
]

router = SimpleRouter()
router.register("squads", SquadViewSet, basename="api-squad")
router.register("me/away", AwayViewSet, basename="api-away")
router.register("runs", RunViewSet, basename="api-run")
router.register("assignments", AssignmentViewSet, basename="api-assignment")
router.register("standing-assignments", StandingViewSet, basename="api-standing")
router.register("routines", RoutineViewSet, basename="api-routine")
router.register("reminders", ReminderViewSet, basename="api-reminder")
router.register("sessions", SessionViewSet, basename="api-session")

api_squads = [
    path("squads/<slug:slug>/members/", MemberViewSet.as_view({"get": "list"})),
    path(
        "squads/<slug:slug>/members/<int:person>/",
        MemberViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
    ),
    path("squads/<slug:slug>/invitations/", InvitationViewSet.as_view({"get": "list", "post": "create"})),
    path("squads/<slug:slug>/invitations/<int:invitation>/", InvitationViewSet.as_view({"delete": "destroy"})),
    path("squads/<slug:slug>/join-links/", JoinLinkViewSet.as_view({"get": "list", "post": "create"})),
    path("squads/<slug:slug>/join-links/<int:link>/", JoinLinkViewSet.as_view({"delete": "destroy"})),
    path("squads/<slug:slug>/board/", BoardView.as_view({"get": "list"})),
    path("invitations/<str:token>/accept/", AcceptView.as_view()),
]

api_feeds = [path("calendar/<str:secret>.ics", CalendarView.as_view(), name="calendar-feed")]

api_urlpatterns = [*api_squads, *api_feeds, *router.urls]
