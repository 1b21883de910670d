"""The names of queues as labels have them: without an installation's prefix."""

from scribeline.contracts import routes

TRANSCRIBING = (routes.SHORT_QUEUE, routes.CHUNKS_QUEUE)
