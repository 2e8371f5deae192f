from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "plans"
    verbose_name = _("Plans")

    def ready(self) -> None:
        """Tell the apps below, which know nothing of squads and runs, what of theirs these concern."""
        from accounts.domain.people import PREFERENCES_CHANGED, RUN_KINDS
        from accounts.next_pages import NEXT_PAGES
        from plans.domain.exercise_reach import planned_with
        from plans.domain.exercise_troubles import session_troubles
        from plans.domain.reminders import preferences_changed
        from plans.domain.routine_reach import routine_plans
        from plans.models import RunKind
        from plans.querysets import routine_seen_through_squads
        from plans.views.start import moving_asked
        from warmups.domain.content_board import TROUBLES
        from warmups.domain.reach import PLANNED_WITH
        from warmups.domain.routine_reach import ROUTINE_PLANS
        from warmups.querysets import RoutineQuerySet

        if routine_seen_through_squads not in RoutineQuerySet.further_conditions:
            RoutineQuerySet.further_conditions.append(routine_seen_through_squads)
        RUN_KINDS.update((kind.value, kind.label) for kind in RunKind)
        if preferences_changed not in PREFERENCES_CHANGED:
            PREFERENCES_CHANGED.append(preferences_changed)
        if moving_asked not in NEXT_PAGES:
            NEXT_PAGES.append(moving_asked)
        if planned_with not in PLANNED_WITH:
            PLANNED_WITH.append(planned_with)
        if routine_plans not in ROUTINE_PLANS:
            ROUTINE_PLANS.append(routine_plans)
        if session_troubles not in TROUBLES:
            TROUBLES.append(session_troubles)
