"""The names of queues as labels have them: without an installation's prefix."""

from scribeline.contracts import routes

WORK = routes.WORK_QUEUES
CONSUMED = (*WORK, routes.RESULTS_QUEUE, routes.DEATHS_QUEUE, *routes.EVENT_QUEUES)
TRANSCRIBING = (routes.SHORT_QUEUE, routes.CHUNKS_QUEUE)
