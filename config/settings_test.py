"""The product's settings with a fast hasher, mail in memory and plain static names."""

import atexit
import os
import shutil
import tempfile

if "PRESTRIDE_VAR" not in os.environ:
    os.environ["PRESTRIDE_VAR"] = tempfile.mkdtemp(prefix="prestride-test-")
    atexit.register(shutil.rmtree, os.environ["PRESTRIDE_VAR"], ignore_errors=True)
if os.environ.get("DATABASE_URL"):
    # tests/services.py gives the servers' addresses; what else production needs stands here.
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2)
    os.environ.setdefault("SITE_URL", "http://localhost")
    os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
    os.environ.setdefault("EMAIL_URL", "smtp://localhost:1")
    os.environ.setdefault("DEFAULT_FROM_EMAIL", "Prestride <hello@prestride.example>")

from config.settings import *  # noqa: F403

SITE_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The live server answers hashed static names with 404; tests/test_static.py tries the real storage.
STORAGES = STORAGES | {  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
# One cache a process, so that limits counted in one test never reach another's.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# The live server serves them straight from where they are written.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
