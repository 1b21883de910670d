"""What Scribeline's services share: contracts, messaging, storage and telemetry."""
