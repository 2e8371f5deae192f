"""The player's logic, in plain modules without a page, run in the browser that people have (no Node)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

MODULES = sorted(Path(__file__).parent.glob("*.test.js"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_players_logic(page_of: Any, module: Path) -> None:
    """Every case of a module, by name with what went wrong."""
    page = page_of(None)
    page.route(
        f"**/static/{module.name}",
        lambda route: route.fulfill(body=module.read_text(), content_type="text/javascript"),
    )
    page.goto("/offline/")
    found = page.evaluate(
        """async (address) => {
            const { cases } = await import(address);
            return Object.entries(cases).map(([name, run]) => {
                try { run(); return [name, ""]; } catch (error) { return [name, String(error).slice(0, 500)]; }
            });
        }""",
        f"/static/{module.name}",
    )
    assert len(found) == module.read_text().count('"() {')
    assert [each for each in found if each[1]] == []
