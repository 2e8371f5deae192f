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
from plans.views.unsubscribe import reminders_unsubscribe

urlpatterns = [
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
