from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WarmupsConfig(AppConfig):
    name = "warmups"
    verbose_name = _("Warm-ups")
