"""A bucket of S3: whole folders to it and from it."""

from pathlib import Path

from lab.tools.answers import expected
from lab.tools.localstack import session

_FIX = "./inv lab.logs localstack"


class Bucket:
    """A bucket at LocalStack's `endpoint`. Every method raises AnswerError for what S3 refuses."""

    def __init__(self, endpoint: str, name: str) -> None:
        self._name, self._s3 = name, session().client("s3", endpoint_url=endpoint)

    def ensure(self) -> None:
        """Make the bucket, with versions, when there is none."""
        with expected("S3", _FIX):
            if self._name not in {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}:
                self._s3.create_bucket(Bucket=self._name)
                self._s3.put_bucket_versioning(Bucket=self._name, VersioningConfiguration={"Status": "Enabled"})

    def put(self, folder: Path, prefix: str, last: str) -> None:
        """Store every file of `folder` below `prefix/`, encrypted; `last` comes last: without it the rest is a part."""
        with expected("S3", _FIX):
            for file in sorted(folder.iterdir(), key=lambda file: file.name == last):
                encrypted = {"ServerSideEncryption": "AES256"}
                self._s3.upload_file(str(file), self._name, f"{prefix}/{file.name}", ExtraArgs=encrypted)

    def get(self, prefix: str, folder: Path) -> None:
        """Bring every object below `prefix/` to `folder`."""
        with expected("S3", _FIX):
            for key in self._keys(f"{prefix}/"):
                self._s3.download_file(self._name, key, str(folder / key.rpartition("/")[2]))

    def folders(self, prefix: str, last: str) -> set[str]:
        """Return the names of the folders below `prefix/` that hold `last`; none when there is no bucket."""
        with expected("S3", _FIX):
            if self._name not in {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}:
                return set()
            return {key.split("/")[-2] for key in self._keys(f"{prefix}/") if key.endswith(f"/{last}")}

    def remove(self, prefix: str) -> None:
        """Delete every object below `prefix/`; the bucket keeps their versions as long as its rules say."""
        with expected("S3", _FIX):
            for key in self._keys(f"{prefix}/"):
                self._s3.delete_object(Bucket=self._name, Key=key)

    def _keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]
