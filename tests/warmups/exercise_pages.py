"""The form of an exercise, as a browser sends it back."""

from __future__ import annotations

from typing import Any

from django.test import Client

ADD = "/admin/warmups/exercise/add/"


def change_page(exercise: Any) -> str:
    """The address of its form."""
    return f"/admin/warmups/exercise/{exercise.pk}/change/"


def fields_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send back unchanged from the form of an exercise."""
    answer = client.get(address)
    assert answer.status_code == 200
    return sent_by(answer)


def sent_by(answer: Any) -> dict[str, Any]:
    """What a browser would send from a page with the form."""
    page = answer.context["page"]
    data: dict[str, Any] = {}
    for rows in (page.muscles, page.substitutes):
        for form in [rows.management_form, *rows.forms]:
            data |= {form.add_prefix(name): form[name].value() for name in form.fields}
    data |= {name: page.form[name].value() for name in page.form.fields}
    data |= {
        name: page.form.fields[name].prepare_value(value) for name, value in data.items() if name in page.form.fields
    }
    return {name: value for name, value in data.items() if value is not None and value is not False}
