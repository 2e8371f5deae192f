"""The settings of both modes: what production refuses, and in which words; what the embedded mode makes itself."""

from __future__ import annotations

import os
import runpy
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = Path(__file__).parent.parent / "config" / "settings.py"
NAMES = [
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "DEBUG",
    "PRESTRIDE_DEMO",
    "TRUST_PROXY",
    "HSTS_SECONDS",
    "STATIC_ROOT",
    "S3_BUCKET",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "S3_ENDPOINT",
    "S3_REGION",
]
PRODUCTION = {
    "DATABASE_URL": "postgres://prestride:hunter2@db:5432/prestride",
    "REDIS_URL": "redis://redis:6379/0",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij",
    "SITE_URL": "https://prestride.example",
    "ALLOWED_HOSTS": "prestride.example,www.prestride.example",
    "EMAIL_URL": "smtp+tls://user:hunter2@mail.example:587",
    "DEFAULT_FROM_EMAIL": "Prestride <hello@prestride.example>",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run the settings as a new process would, with these variables and no others of ours."""

    def run(**environment: str | None) -> dict[str, Any]:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PRESTRIDE_VAR", str(tmp_path / "var"))
        for name, value in environment.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return run


def test_production_takes_everything_from_the_environment(load: Any) -> None:
    made = load(**PRODUCTION)
    assert made["EMBEDDED"] is False
    assert made["DEBUG"] is False
    assert made["DEMO"] is False
    database = made["DATABASES"]["default"]
    assert (database["ENGINE"], database["HOST"]) == ("django.db.backends.postgresql", "db")
    assert database["OPTIONS"]["pool"]
    assert database.get("CONN_MAX_AGE", 0) == 0
    assert made["CELERY_BROKER_URL"] == made["CACHES"]["default"]["LOCATION"] == "redis://redis:6379/0"
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"], made["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
    assert made["ALLOWED_HOSTS"] == ["prestride.example", "www.prestride.example"]
    assert made["SESSION_COOKIE_SECURE"] is made["CSRF_COOKIE_SECURE"] is made["SECURE_SSL_REDIRECT"] is True
    assert made["SECURE_HSTS_SECONDS"] == 31_536_000
    assert made["CSRF_TRUSTED_ORIGINS"] == ["https://prestride.example"]
    assert not (Path(os.environ["PRESTRIDE_VAR"]) / "secret_key").exists()


@pytest.mark.parametrize("name", PRODUCTION)
@pytest.mark.parametrize("value", [None, ""])
def test_production_names_what_is_missing(name: str, value: str | None, load: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load(**PRODUCTION | {name: value})
    assert str(caught.value).startswith(f"{name} is not set. Production needs it, for example {name}=")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "sqlite:///prestride.sqlite3", "DATABASE_URL has to name a PostgreSQL server"),
        ("DATABASE_URL", "mysql://root@db/prestride", "DATABASE_URL has to name a PostgreSQL server"),
        ("REDIS_URL", "memory://", "REDIS_URL has to name a Redis server"),
        ("EMAIL_URL", "consolemail://", "EMAIL_URL has to name a mail server"),
        ("EMAIL_URL", "dummymail://", "EMAIL_URL has to name a mail server"),
        ("EMAIL_URL", "smtp://", "EMAIL_URL has to name a mail server"),
        ("EMAIL_URL", "mail.example", "EMAIL_URL has to name a mail server"),
        ("DEFAULT_FROM_EMAIL", "Prestride", "DEFAULT_FROM_EMAIL is no address"),
        ("BOUNCE_ADDRESS", "bounce", "BOUNCE_ADDRESS is no address that a tag fits in"),
        ("BOUNCE_ADDRESS", "b" * 28 + "@mail.example", "BOUNCE_ADDRESS is no address that a tag fits in"),
        ("ANYMAIL_WEBHOOK_SECRET", "open-sesame", "ANYMAIL_WEBHOOK_SECRET has to be two long random words"),
        ("SECRET_KEY", "short", "SECRET_KEY is too weak"),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY is too weak"),
        ("SECRET_KEY", "django-insecure-" + PRODUCTION["SECRET_KEY"], "SECRET_KEY is too weak"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS has '*'"),
        ("ALLOWED_HOSTS", "prestride.example, *", "ALLOWED_HOSTS has '*'"),
        ("ALLOWED_HOSTS", "other.example", "ALLOWED_HOSTS lacks prestride.example"),
        ("SITE_URL", "prestride.example", "SITE_URL has to be a full address"),
        ("SITE_URL", "ftp://prestride.example", "SITE_URL has to be a full address"),
        ("SITE_URL", "http://prestride.example", "SITE_URL is plain http"),
        ("DEBUG", "1", "DEBUG is on"),
        ("PRESTRIDE_DEMO", "1", "PRESTRIDE_DEMO is on"),
    ],
)
def test_production_refuses_what_is_unsafe(name: str, value: str, said: str, load: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load(**PRODUCTION | {name: value})
    assert str(caught.value).startswith(said)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("only", ["DATABASE_URL", "REDIS_URL"])
def test_one_server_alone_means_production(only: str, load: Any) -> None:
    with pytest.raises(ImproperlyConfigured):
        load(**{only: PRODUCTION[only]})


def test_production_on_ones_own_machine_may_be_plain_http(load: Any) -> None:
    made = load(**PRODUCTION | {"SITE_URL": "http://localhost:8000/", "ALLOWED_HOSTS": "localhost"})
    assert made["SITE_URL"] == "http://localhost:8000"
    assert made["SESSION_COOKIE_SECURE"] is False


def test_a_proxy_is_believed_only_where_one_is_trusted(load: Any) -> None:
    alone = load(**PRODUCTION)
    assert alone["REST_FRAMEWORK"]["NUM_PROXIES"] == alone["ALLAUTH_TRUSTED_PROXY_COUNT"] == 0
    assert "SECURE_PROXY_SSL_HEADER" not in alone
    behind = load(**PRODUCTION, TRUST_PROXY="1")
    assert behind["REST_FRAMEWORK"]["NUM_PROXIES"] == behind["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert behind["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_the_embedded_mode_needs_nothing_and_keeps_all_in_one_folder(load: Any, tmp_path: Path) -> None:
    made = load()
    assert made["EMBEDDED"] is True
    assert made["VAR"] == tmp_path / "var"
    assert made["DATABASES"]["default"]["NAME"] == tmp_path / "var" / "prestride.sqlite3"
    assert made["MAIL_DIR"] == tmp_path / "var" / "mail"
    assert made["EMAIL_BACKEND"] == "config.mail.EmlFileBackend"
    assert made["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    folders = made["CELERY_BROKER_TRANSPORT_OPTIONS"].values()
    assert all(Path(folder).is_relative_to(tmp_path / "var") and Path(folder).is_dir() for folder in folders)


def test_the_embedded_mode_makes_its_key_once_for_its_owner_only(load: Any, tmp_path: Path) -> None:
    first, second = load()["SECRET_KEY"], load()["SECRET_KEY"]
    assert first == second
    assert len(first) >= 50
    key = tmp_path / "var" / "secret_key"
    assert key.read_text() == first
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir() if path.is_file()] == ["secret_key"]


def test_a_key_given_to_the_embedded_mode_is_used_and_not_kept(load: Any, tmp_path: Path) -> None:
    assert load(SECRET_KEY="given")["SECRET_KEY"] == "given"
    assert not (tmp_path / "var" / "secret_key").exists()


def test_the_demos_people_never_share_a_file_with_anyones_own(load: Any) -> None:
    databases = {load(PRESTRIDE_DEMO=demo)["DATABASES"]["default"]["NAME"].name for demo in ("", "1")}
    assert databases == {"prestride.sqlite3", "demo.sqlite3"}


OBJECT_STORE = {"S3_BUCKET": "prestride-media", "S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "hunter2"}


@pytest.mark.parametrize("mode", [{}, PRODUCTION])
def test_photos_lie_in_a_folder_or_in_an_object_store(mode: dict[str, str], load: Any) -> None:
    assert load(**mode)["STORAGES"]["default"]["BACKEND"] == "django.core.files.storage.FileSystemStorage"
    made = load(**mode, **OBJECT_STORE, S3_ENDPOINT="https://s3.example.org")["STORAGES"]["default"]
    assert made["BACKEND"] == "config.object_storage.ObjectStorage"
    assert made["OPTIONS"] == {
        "bucket_name": "prestride-media",
        "access_key": "key",
        "secret_key": "hunter2",
        "region_name": "us-east-1",
        "endpoint_url": "https://s3.example.org",
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"S3_ACCESS_KEY": ""}, "S3_ACCESS_KEY is not set. S3_BUCKET needs it, for example S3_ACCESS_KEY="),
        ({"S3_SECRET_KEY": ""}, "S3_SECRET_KEY is not set. S3_BUCKET needs it, for example S3_SECRET_KEY="),
        ({"S3_BUCKET": ""}, "S3_BUCKET is not set, but S3_ACCESS_KEY is."),
        ({"S3_ENDPOINT": "s3.example.org"}, "S3_ENDPOINT has to be a full address"),
    ],
)
def test_half_an_object_store_names_what_is_missing(change: dict[str, str], words: str, load: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load(**OBJECT_STORE | change)
    assert str(caught.value).startswith(words)
    assert "hunter2" not in str(caught.value)
