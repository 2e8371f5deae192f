"""Squads, runs, warm-ups, sessions, reminders."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from plans.api.sessions import SessionViewSet
from plans.api.squads import AcceptView, BoardView, InvitationViewSet, MemberViewSet, SquadViewSet

urlpatterns = []  # type: ignore[var-annotated]

router = SimpleRouter()
router.register("squads", SquadViewSet, basename="api-squad")
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
