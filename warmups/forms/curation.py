"""Curators' forms of muscles and evidence, and fields for lists, which are edited as lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from warmups.domain.fields import MOST_ITEMS
from warmups.models import Muscle, Outcome


class LinesField(forms.Field):
    """A list of texts, one on each line."""

    def __init__(self, *, longest: int = 200, rows: int = 5, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("One on each line."))
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "cols": 80}))
        super().__init__(required=False, **kwargs)
        self.longest = longest

    def prepare_value(self, value: Any) -> str:
        """The text to edit."""
        return value if isinstance(value, str) else "\n".join(self.line(item) for item in value or [])

    def to_python(self, value: Any) -> list[Any]:
        """The list."""
        lines = [line.strip() for line in (value or "").splitlines() if line.strip()]
        if len(lines) > MOST_ITEMS:
            raise ValidationError(_("At most %(most)d lines."), params={"most": MOST_ITEMS}, code="max_length")
        for number, line in enumerate(lines, start=1):
            if "\x00" in line:
                raise ValidationError(_("Line %(number)d: type it anew."), params={"number": number}, code="invalid")
            if len(line) > self.longest:
                message = _("Line %(number)d: at most %(longest)d characters.")
                raise ValidationError(message, params={"number": number, "longest": self.longest}, code="max_length")
        return [self.item(line, number) for number, line in enumerate(lines, start=1)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other lines came in than went out."""
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True

    def line(self, item: Any) -> str:
        """An item as a line."""
        return str(item)

    def item(self, line: str, number: int) -> Any:
        """A line as an item."""
        return line


class MistakesField(LinesField):
    """Mistakes with their fixes, one pair on each line: mistake | fix."""

    def line(self, item: Any) -> str:
        """mistake | fix"""
        return f"{item['mistake']} | {item['fix']}"

    def item(self, line: str, number: int) -> dict[str, str]:
        """Both halves. Raises ValidationError if one is missing."""
        mistake, _bar, fix = (part.strip() for part in line.partition("|"))
        if not mistake or not fix:
            message = _("Line %(number)d: write the mistake, a bar, and the fix: Knee falls inwards | Go less deep")
            raise ValidationError(message, params={"number": number}, code="invalid")
        return {"mistake": mistake, "fix": fix}


class OutcomeForm(forms.ModelForm):
    """A result of a trial, a review or a gait study."""

    class Meta:
        model = Outcome
        fields = "__all__"  # noqa: DJ007 (all of it is what was published)

    def clean(self) -> dict[str, Any]:
        """Check the interval."""
        values = super().clean() or {}
        low, high = values.get("ci_low"), values.get("ci_high")
        if (low is None) != (high is None) and not {"ci_low", "ci_high"} & self.errors.keys():
            self.add_error("ci_low" if low is None else "ci_high", _("An interval has two ends: say this one too."))
        if low is not None and high is not None and low > high:
            self.add_error("ci_high", _("The interval ends below where it begins: change places."))
        return values


class MuscleForm(forms.ModelForm):
    """A muscle."""

    actions = LinesField(label=gettext_lazy("Actions"))

    class Meta:
        model = Muscle
        fields = ("slug", "name", "latin_name", "region", "kind", "actions", "where", "in_running")
