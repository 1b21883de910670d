"""What time it is."""

from datetime import UTC, datetime
from time import monotonic, time


class DatabaseClock:
    """The database's clock, which all notifiers share: a host's own may be wrong, and one that is ahead would
    take what another is sending. Until it is told for the first time, it is the host's."""

    def __init__(self) -> None:
        self._offset = time() - monotonic()

    def learn(self, moment: datetime) -> None:
        """That is what the database said just now."""
        self._offset = moment.timestamp() - monotonic()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(monotonic() + self._offset, UTC)
