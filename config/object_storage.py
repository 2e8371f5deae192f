"""Photos and videos in a store that speaks S3: Amazon's, a hoster's, or one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

PIECE = 64 * 1024


@contextmanager
def _told_as_of_a_folder(name: str) -> Iterator[None]:
    """What a store refuses, as the errors that a folder's files have: who serves them knows of no store."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise FileNotFoundError(name) from error
        raise OSError(str(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(str(error)) from error


class ObjectStorage(S3Storage):
    """A private bucket: the website fetches what it serves, and the store is open to nobody else."""

    def get_default_settings(self) -> dict[str, Any]:
        """What suits every store; the settings add which one it is."""
        return super().get_default_settings() | {
            "default_acl": None,
            "file_overwrite": True,  # a name stands for its content
            "client_config": Config(
                connect_timeout=5,
                read_timeout=20,
                retries={"max_attempts": 3},
                signature_version="s3v4",
                # A name for each bucket, and newer checksums, are things that only some of the stores know.
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            # In one piece: the largest file has some 30 MB.
            "transfer_config": TransferConfig(multipart_threshold=64 * 1024 * 1024, use_threads=False),
        }

    def exists(self, name: str) -> bool:
        """Whether a file is there. Raises OSError."""
        with _told_as_of_a_folder(name):
            return bool(super().exists(name))

    def _save(self, name: str, content: Any) -> str:
        with _told_as_of_a_folder(name):
            return str(super()._save(name, content))

    def part(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of a file between two places, and no others fetched. Raises OSError, FileNotFoundError among it."""
        with _told_as_of_a_folder(name):
            found = self.bucket.Object(name).get(Range=f"bytes={start}-{stop - 1}")
        pieces: Iterator[bytes] = found["Body"].iter_chunks(PIECE)
        return pieces
