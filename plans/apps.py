from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "plans"
    verbose_name = _("Plans")

    def ready(self) -> None:
        """Tell `warmups`, which knows nothing of squads, which routines people see through them."""
        from plans.querysets import routine_seen_through_squads
        from warmups.querysets import RoutineQuerySet

        if routine_seen_through_squads not in RoutineQuerySet.further_conditions:
            RoutineQuerySet.further_conditions.append(routine_seen_through_squads)
