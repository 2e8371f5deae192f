"""Static files as they are served: under hashed names, and every module finds those that it imports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

IMPORT = re.compile(r"""(?:from|import)\s*["'](\.{1,2}/[^"']+)["']""")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that collectstatic fills with the embedded default's storage."""
    folder = tmp_path_factory.mktemp("static")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "STATIC_ROOT", folder)
        storages = settings.STORAGES | {"staticfiles": {"BACKEND": "config.storage.HashedStorage"}}
        patch.setattr(settings, "STORAGES", storages)
        from django.core.files.storage import StorageHandler

        fresh = StorageHandler(storages)
        patch.setattr("django.contrib.staticfiles.storage.staticfiles_storage", fresh["staticfiles"])
        patch.setattr(
            "django.contrib.staticfiles.management.commands.collectstatic.staticfiles_storage", fresh["staticfiles"]
        )
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


def test_each_module_finds_what_it_imports(collected: Path) -> None:
    hashed = [path for path in (collected / "js").rglob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    imports = {(path, name) for path in hashed for name in IMPORT.findall(path.read_text())}
    assert imports
    assert {name for path, name in imports if not (path.parent / name).exists()} == set()
    assert {name for _path, name in imports if not re.search(r"\.[0-9a-f]{12}\.js$", name)} == set()


# --- Pages on the wire ----------------------------------------------------------------------------------------------
def read(client: Client, address: str) -> Any:
    return client.get(address, headers={"accept-encoding": "gzip, br"})


@pytest.mark.django_db
def test_pages_and_answers_go_out_compressed_to_who_can_read_that(client: Client) -> None:
    for address in ("/", "/api/v1/schema/", "/service-worker.js"):
        packed, plain = read(client, address), client.get(address)
        assert packed.headers["Content-Encoding"] == "gzip", address
        assert "Accept-Encoding" in packed.headers["Vary"], address
        assert "Content-Encoding" not in plain.headers, address
        assert len(packed.content) < len(plain.content) / 2, address


@pytest.mark.django_db
def test_the_same_page_is_not_the_same_length_each_time(client: Client) -> None:
    """A length that only hangs on what is in it would betray a page's secrets (BREACH)."""
    address = "/service-worker.js"  # the same bytes for everybody
    assert len({client.get(address).content for _ in range(2)}) == 1
    assert len({len(read(client, address).content) for _ in range(12)}) > 1
