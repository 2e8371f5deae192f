from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "plans"
    verbose_name = _("Plans")

    def ready(self) -> None:
        """Tell the apps below, which know nothing of squads and runs, what of theirs these concern."""
        from accounts.domain.people import PREFERENCES_CHANGED
        from plans.domain.reminders import preferences_changed
        from plans.querysets import routine_seen_through_squads
        from warmups.querysets import RoutineQuerySet

        if routine_seen_through_squads not in RoutineQuerySet.further_conditions:
            RoutineQuerySet.further_conditions.append(routine_seen_through_squads)
        if preferences_changed not in PREFERENCES_CHANGED:
            PREFERENCES_CHANGED.append(preferences_changed)
