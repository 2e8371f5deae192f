"""A zone in words; what a session, fetched `with_health_for` its reader, says of pain."""

from django import template

from plans import shown
from plans.domain import board

register = template.Library()
register.filter("at_red_limit", board.at_red_limit)
register.filter("pain_words", board.pain_words)
register.filter("zone_words", shown.zone_words)
