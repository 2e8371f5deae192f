"""Settings: one file; what differs between machines comes from the environment.

Two modes. *Embedded*, when neither DATABASE_URL nor REDIS_URL is set: SQLite, a broker made of files, mails as files;
all state lives under PRESTRIDE_VAR (default: var/ beside manage.py). *Production*, when either is set: PostgreSQL,
Redis and SMTP, and a missing or unsafe setting stops with a sentence that says what to set.
"""

import contextlib
import os
import secrets
import tempfile
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.str("PRESTRIDE_VAR", default=str(BASE_DIR / "var"))).resolve()
EMBEDDED = not (env.str("DATABASE_URL", default="") or env.str("REDIS_URL", default=""))
DEMO = env.bool("PRESTRIDE_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)


def required(name: str, example: str, by: str = "Production") -> str:
    """The setting `name` that `by` needs, or a sentence that says what to set."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {by} needs it, for example {name}={example}")
    return value


def local_secret_key() -> str:
    """The embedded mode's own key, made once and readable by its owner only."""
    path = VAR / "secret_key"
    if not path.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        # Written aside first: processes that start at once must all read the same whole key.
        with tempfile.NamedTemporaryFile("w", dir=VAR) as new, contextlib.suppress(FileExistsError):
            new.write(secrets.token_urlsafe(64))
            new.flush()
            os.link(new.name, path)
    return path.read_text()


def check_mail_back() -> None:
    """Stop at settings for bounces that can't work, or that would let anyone report them."""
    local, at, domain = BOUNCE_ADDRESS.rpartition("@")
    fits = BOUNCE_ADDRESS.isascii() and at and domain and 0 < len(local) <= 27 and "+" not in local
    if BOUNCE_ADDRESS and not fits:
        raise ImproperlyConfigured(
            "BOUNCE_ADDRESS is no address that a tag fits in. Write it as bounce@mail.example.org, "
            "with at most 27 characters before the @."
        )
    if ANYMAIL_WEBHOOK_SECRET and not all(ANYMAIL_WEBHOOK_SECRET.partition(":")):
        raise ImproperlyConfigured("ANYMAIL_WEBHOOK_SECRET has to be two long random words: name:password")


def check_production() -> None:
    """Stop at a setting that is there but unsafe or useless, with a sentence that says what to set."""
    if not DATABASE_URL.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL has to name a PostgreSQL server: postgres://user:password@host/name")
    if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured("REDIS_URL has to name a Redis server: redis://host:6379/0")
    mail = urlsplit(EMAIL_URL)
    if ANYMAIL_PROVIDER and EMAIL_URL:
        raise ImproperlyConfigured("Both EMAIL_URL and ANYMAIL_PROVIDER are set. Mail goes one way: unset one of them.")
    if ANYMAIL_PROVIDER and not ANYMAIL:
        raise ImproperlyConfigured(
            "ANYMAIL is empty. Set it to the provider's settings, in JSON by django-anymail's names."
        )
    if not ANYMAIL_PROVIDER and (mail.scheme not in {"smtp", "smtps", "smtp+tls", "smtp+ssl"} or not mail.hostname):
        raise ImproperlyConfigured("EMAIL_URL has to name a mail server: smtp+tls://user:password@host:587")
    if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
        raise ImproperlyConfigured("DEFAULT_FROM_EMAIL is no address. Write it as 'Prestride <hello@example.org>'.")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-"):
        raise ImproperlyConfigured("SECRET_KEY is too weak. Set it to at least 50 random characters.")
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS has '*', which lets anyone forge links. Name your hosts instead.")
    host = urlsplit(SITE_URL).hostname
    if host and not validate_host(f"[{host}]" if ":" in host else host, ALLOWED_HOSTS):
        raise ImproperlyConfigured(f"ALLOWED_HOSTS lacks {host}, to which SITE_URL sends people. Add it.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG is on, which shows secrets to visitors. Unset DEBUG in production.")
    if DEMO:
        raise ImproperlyConfigured("PRESTRIDE_DEMO is on, whose passwords are public. Unset it in production.")


ANYMAIL_PROVIDER = env.str("ANYMAIL_PROVIDER", default="")  # "postmark", "mailgun", …: instead of SMTP
ANYMAIL: dict[str, Any] = env.json("ANYMAIL", default={})
# With which the provider tells us of bounces; without it nobody can, since anybody could.
ANYMAIL_WEBHOOK_SECRET = env.str("ANYMAIL_WEBHOOK_SECRET", default="")
if ANYMAIL_WEBHOOK_SECRET:
    ANYMAIL["WEBHOOK_SECRET"] = ANYMAIL_WEBHOOK_SECRET
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")  # bounces go to bounce+<which reminder>@…
check_mail_back()

if EMBEDDED:
    SECRET_KEY = env.str("SECRET_KEY", default="") or local_secret_key()
    SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Prestride <hello@prestride.example>")
    EMAIL_URL = env.str("EMAIL_URL", default="")
else:
    DATABASE_URL = required("DATABASE_URL", "postgres://prestride:password@db:5432/prestride")
    REDIS_URL = required("REDIS_URL", "redis://redis:6379/0")
    SECRET_KEY = required("SECRET_KEY", "<at least 50 random characters>")
    SITE_URL = required("SITE_URL", "https://prestride.example.org").rstrip("/")
    required("ALLOWED_HOSTS", "prestride.example.org")
    ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS")]
    EMAIL_URL = env.str("EMAIL_URL", default="")
    if not ANYMAIL_PROVIDER:
        EMAIL_URL = required("EMAIL_URL", "smtp+tls://user:password@mail.example.org:587")
    DEFAULT_FROM_EMAIL = required("DEFAULT_FROM_EMAIL", "'Prestride <hello@prestride.example.org>'")
    check_production()

_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname:
    raise ImproperlyConfigured("SITE_URL has to be a full address, for example https://prestride.example.org")
HTTPS = _site.scheme == "https"
if not EMBEDDED and not HTTPS and _site.hostname not in {"localhost", "127.0.0.1", "::1"}:
    raise ImproperlyConfigured("SITE_URL is plain http, so sign-ins would travel in the open. Set it to https://…")

# How many proxies of ours stand in front: their headers say who the visitor is and whether they came by https.
PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = int(env.bool("TRUST_PROXY", default=False))

# The licence (AGPL) asks whoever runs a changed Prestride for others to offer them its source.
SOURCE_URL = env.str("SOURCE_URL", default="")

# --- Apps ---------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "plans",
    "warmups",
    "accounts",
    "allauth",
    "allauth.account",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "lucide",
    "csp",
    "timezone_field",
    "config.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "config.apps.StaticFiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "config.middleware.RefuseNul",
    "config.middleware.RefuseTooLarge",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.Compress",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.TellPerson",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.RefuseOverflow",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    },
]

# --- Database, cache, broker ----------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if EMBEDDED:
    DATABASES: dict[str, dict[str, Any]] = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            # The demo's people, whose passwords are public, never share a file with anyone's own.
            "NAME": VAR / ("demo.sqlite3" if DEMO else "prestride.sqlite3"),
            # Without IMMEDIATE four writers at once see "database is locked" whatever the time-out.
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA journal_size_limit=67108864;",
            },
            # A file, since an in-memory test database ignores the busy time-out between threads.
            "TEST": {"NAME": str(VAR / "test.sqlite3")},
        }
    }
    # Room for every figure in every theme; the default of 300 entries would throw them out again and again.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    }
    _queue = VAR / "queue"
    CELERY_BROKER_URL = "filesystem://localhost/"
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
    }
    for _folder in (_queue / "messages", _queue / "control"):
        _folder.mkdir(parents=True, exist_ok=True)
else:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    # One pool a process; it replaces persistent connections, so CONN_MAX_AGE stays 0.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": env.int("DB_POOL_SIZE", 10)}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CELERY_BROKER_URL = REDIS_URL
    # kombu's defaults bring a message of a killed worker back after minutes at best.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Mail -----------------------------------------------------------------------------------------------------------
MAIL_DIR = VAR / "mail"
if ANYMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{ANYMAIL_PROVIDER}.EmailBackend"
elif EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
    EMAIL_TIMEOUT = 30
else:
    EMAIL_BACKEND = "config.mail.EmlFileBackend"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Of each sending process: connections to the mail server, and messages a second where its provider states a limit.
SMTP_CONNECTIONS = env.int("SMTP_CONNECTIONS", default=2)
SMTP_RATE = env.float("SMTP_RATE", default=0) or None
REMINDER_LEASE_SECONDS = env.int("REMINDER_LEASE_SECONDS", default=60)  # after which a dead sender's rows are free
JOURNAL_DIR = VAR / "journals"  # on a disk of the machine, and the same for all its senders

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
_validators = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS: list[dict[str, object]] = [
    {
        "NAME": _validators + "UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": _validators + "MinimumLengthValidator"},
    {"NAME": _validators + "CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
# The browser that signed up is signed in by the link; any other only learns that the address is confirmed.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_TIMEOUT = 60 * 60  # how long that browser waits for the link: some mail is slow
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or address is told to its person
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before an address changes
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
# A whole club behind one address on an opening evening is no abuse; guessing is held back by allauth's own limit on
# failed sign-ins (10 a minute from one place, 5 in five minutes for one account).
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "signup": "60/m/ip", "confirm_email": "5/10m/key"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90  # a reminder's link should open the warm-up, not a sign-in form

# --- Language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
if DEBUG:
    _static_storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
elif EMBEDDED:  # compressing takes a while at each start, and saves nothing on one's own machine
    _static_storage = "config.storage.HashedStorage"
else:
    _static_storage = "config.storage.HashedCompressedStorage"
# Photos and videos: in a folder, or in any store that speaks S3. Either way they are served by the website itself.
MEDIA_ROOT = VAR / "media"
S3_BUCKET = env.str("S3_BUCKET", default="")
if S3_BUCKET:
    _media_storage: dict[str, Any] = {
        "BACKEND": "config.object_storage.ObjectStorage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "access_key": required("S3_ACCESS_KEY", "<the key's name>", "S3_BUCKET"),
            "secret_key": required("S3_SECRET_KEY", "<the key's secret>", "S3_BUCKET"),
            "region_name": env.str("S3_REGION", default="") or "us-east-1",
            "endpoint_url": env.str("S3_ENDPOINT", default="") or None,  # none: Amazon's own
        },
    }
    _endpoint = urlsplit(env.str("S3_ENDPOINT", default="") or "https://s3.amazonaws.com")
    if _endpoint.scheme not in {"http", "https"} or not _endpoint.hostname:
        raise ImproperlyConfigured("S3_ENDPOINT has to be a full address, for example https://s3.example.org")
else:
    for _name in ("S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY"):
        if env.str(_name, default=""):
            raise ImproperlyConfigured(f"S3_BUCKET is not set, but {_name} is. Set S3_BUCKET to the bucket's name.")
    _media_storage = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
STORAGES: dict[str, dict[str, Any]] = {
    "default": _media_storage,
    "staticfiles": {"BACKEND": _static_storage},
}
# Only what pages name is compressed: not the source maps, nor each file once more under its plain name.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.ScopePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": "config.api.Pagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.openapi.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["config.api.Limit"],
    "EXCEPTION_HANDLER": "config.problems.problem",
    "DEFAULT_VERSIONING_CLASS": None,
    "NUM_PROXIES": PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests a minute from one caller; they stop abuse, not use.
API_LIMITS = {
    "visitor": env.int("API_LIMIT_VISITOR", 600),
    "person": env.int("API_LIMIT_PERSON", 1200),
    "tokens": env.int("API_LIMIT_TOKENS", 60),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Prestride API",
    "DESCRIPTION": "Warm-ups that belong to the run. Errors are problem documents (RFC 9457).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.describe_problems",
    ],
    # Where two nouns use one word for different choices.
    "ENUM_NAME_OVERRIDES": {
        "ExerciseStatusEnum": "warmups.models.exercises.Exercise.Status",
        "RunKindEnum": "plans.models.runs.RunKind",
        "RunStatusEnum": "plans.models.runs.Run.Status",
        "SquadRoleEnum": "plans.models.squads.Role",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Files go to the admin alone; the largest is a video, beside which a form has some fields.
LARGEST_UPLOAD = 32 * 1024 * 1024

# --- Security -------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {"camera": [], "geolocation": [], "microphone": [], "payment": [], "usb": []}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
if HTTPS:
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    CSRF_TRUSTED_ORIGINS = [SITE_URL]
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes come straight to the process, without TLS
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Reminders ------------------------------------------------------------------------------------------------------
REMINDER_LEAD_MINUTES = 60
ADHERENCE_GRACE_MINUTES = 15  # a warm-up begun this long after the run's start still counts
PAIN_RED_LIMIT = 6
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- Logs -----------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"secrets": {"()": "config.logs.HideSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
# The address is unique whatever its letters' case, which is stricter than the check knows.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
