"""Squads, runs, warm-ups, sessions, reminders."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from plans.api.assignments import AssignmentViewSet
from plans.api.reminders import ReminderViewSet
from plans.api.routines import RoutineViewSet
from plans.api.runs import RunViewSet
from plans.api.sessions import SessionViewSet
from plans.api.squads import AcceptView, BoardView, InvitationViewSet, MemberViewSet, SquadViewSet
from plans.views.invitations import invitation
from plans.views.plan import squad_plan
from plans.views.player import suggested_warm_up, try_warm_up, warm_up
from plans.views.revisions import revision_urls
from plans.views.routines import routine_edit, routine_new
from plans.views.runs import run, run_assign, run_cancel, run_change, run_new, run_restore, run_withdraw
from plans.views.sessions import session, session_delete, session_edit, sessions
from plans.views.squads import (
    invitation_revoke,
    squad,
    squad_athlete,
    squad_invite,
    squad_leave,
    squad_new,
    squad_remove,
    squad_settings,
    squad_share,
    squads,
)
from plans.views.today import home, today
from plans.views.unsubscribe import reminders_unsubscribe

urlpatterns = [
    path("", home, name="home"),
    path("today/", today, name="today"),
    path("runs/new/", run_new, name="run-new"),
    path("runs/<int:run_id>/", run, name="run"),
    path("runs/<int:run_id>/change/", run_change, name="run-change"),
    path("runs/<int:run_id>/cancel/", run_cancel, name="run-cancel"),
    path("runs/<int:run_id>/restore/", run_restore, name="run-restore"),
    path("runs/<int:run_id>/warm-up/", run_assign, name="run-assign"),
    path("runs/<int:run_id>/warm-up/withdraw/", run_withdraw, name="run-withdraw"),
    path("routines/new/", routine_new, name="routine-new"),
    path("routines/<int:routine_id>/edit/", routine_edit, name="routine-edit"),
    *revision_urls,
    path("squads/<slug:slug>/plan/", squad_plan, name="squad-plan"),
    path("warm-up/suggested/", suggested_warm_up, name="warm-up-suggested"),
    path("warm-up/<int:run_id>/", warm_up, name="warm-up"),
    path("warm-up/try/<int:routine_id>/", try_warm_up, name="warm-up-try"),
    path("sessions/", sessions, name="sessions"),
    path("sessions/<uuid:session_id>/", session, name="session"),
    path("sessions/<uuid:session_id>/edit/", session_edit, name="session-edit"),
    path("sessions/<uuid:session_id>/delete/", session_delete, name="session-delete"),
    path("squads/", squads, name="squads"),
    path("squads/new/", squad_new, name="squad-new"),
    path("squads/<slug:slug>/", squad, name="squad"),
    path("squads/<slug:slug>/settings/", squad_settings, name="squad-settings"),
    path("squads/<slug:slug>/invitations/", squad_invite, name="squad-invite"),
    path("squads/<slug:slug>/invitations/<int:invitation_id>/revoke/", invitation_revoke, name="invitation-revoke"),
    path("squads/<slug:slug>/athletes/<int:person_id>/", squad_athlete, name="squad-athlete"),
    path("squads/<slug:slug>/members/<int:person_id>/remove/", squad_remove, name="squad-remove"),
    path("squads/<slug:slug>/leave/", squad_leave, name="squad-leave"),
    path("squads/<slug:slug>/share/", squad_share, name="squad-share"),
    path("invitations/<str:token>/", invitation, name="invitation"),
    path("reminders/unsubscribe/<str:token>/", reminders_unsubscribe, name="reminders-unsubscribe"),
]

router = SimpleRouter()
router.register("squads", SquadViewSet, basename="api-squad")
router.register("runs", RunViewSet, basename="api-run")
router.register("assignments", AssignmentViewSet, basename="api-assignment")
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
    path("squads/<slug:slug>/board/", BoardView.as_view({"get": "list"})),
    path("invitations/<str:token>/accept/", AcceptView.as_view()),
]

api_urlpatterns = [*api_squads, *router.urls]
