"""What a session says of pain, for templates; both ask for a session fetched `with_health_for` its reader."""

from django import template

from plans.domain import board

register = template.Library()
register.filter("at_red_limit", board.at_red_limit)
register.filter("pain_words", board.pain_words)
