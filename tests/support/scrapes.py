"""What a scrape of this process shows."""

from prometheus_client import generate_latest


def sample(line: str) -> float:
    """The value of one line of a scrape; 0 when it is not there."""
    found = [row for row in generate_latest().decode().splitlines() if row.startswith(f"{line} ")]
    return float(found[0].split()[-1]) if found else 0.0
