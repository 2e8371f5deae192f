"""Where static files lie: under names with a hash of what is in them, so that browsers may keep them for ever."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(ManifestStaticFilesStorage):
    """For the embedded default. Modules import each other by their hashed names as well."""

    support_js_module_import_aggregation = True


class HashedCompressedStorage(CompressedManifestStaticFilesStorage):
    """For production: the same, each file beside its compressed twins."""

    support_js_module_import_aggregation = True
