"""The broker: topology, publishing with confirm, and the two ways to consume. Knows nothing of storage."""
