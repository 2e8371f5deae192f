"""Squads, runs, warm-ups, sessions, reminders."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from plans.api.assignments import AssignmentViewSet
from plans.api.reminders import ReminderViewSet
from plans.api.routines import RoutineViewSet
from plans.api.runs import RunViewSet
from plans.api.sessions import SessionViewSet
from plans.api.squads import AcceptView, BoardView, InvitationViewSet, MemberViewSet, SquadViewSet
from plans.views.unsubscribe import reminders_unsubscribe

urlpatterns = [
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
