"""A wall clock that jumps: of our services and their S3 client, in this process."""

import sys
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

OURS = ("scribeline", "gateway", "transcriber", "analyzer", "result_writer", "minio")


class WallClock:
    """Right at first. What measures by other clocks, as servers do, goes on undisturbed."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        jumping = self._jumping()
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in OURS and getattr(module, "datetime", None) is datetime:
                patch.setattr(module, "datetime", jumping)

    def jump(self, hours: float) -> None:
        """So far ahead of the right time; 0 is right again."""
        self.ahead = timedelta(hours=hours)

    def _jumping(self) -> type[datetime]:
        clock = self

        class Jumping(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + clock.ahead

            @classmethod
            def utcnow(cls) -> datetime:  # type: ignore[override]
                return cls.now(UTC).replace(tzinfo=None)

        return Jumping
