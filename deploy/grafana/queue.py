"""One queue: who takes from it, how long things wait there, and what becomes of them."""

from deploy.grafana.dashboard import Dashboard, Variable
from deploy.grafana.panels import Query, Row, chart, mean, number, quantile, rate

THIS = '{queue="$queue"}'
DONE = 'queue_outcome:scribeline_messages:rate5m{queue="$queue", outcome="done"}'
ON_THE_BROKER = '{queue=~"(.*[._-])?$queue"}'
"""RabbitMQ's own names have the installation's prefix, which need not end in a dot."""

NOW = Row(
    "Now",
    (
        number("Consumers", "Who takes from it.", f"queue:scribeline_queue_consumers:max{THIS}"),
        number("Messages", "Ready and in hand.", f"queue:scribeline_queue_messages:sum{THIS}"),
        number(
            "Time to drain",
            "At the rate of the last five minutes.",
            f"queue:scribeline_queue_messages:sum{THIS} / on (queue) {DONE} < +Inf",
            "s",
            amber=600,
            red=3600,
        ),
        number(
            "Dead letters",
            "Wait for somebody: scribeline queues dead QUEUE.",
            f"queue:scribeline_dead_letters_waiting:max{THIS}",
            red=1,
        ),
    ),
)

QUEUE_ROW = Row(
    "The queue",
    (
        chart(
            "Messages",
            "Ready, and in hand of consumers.",
            Query(f"max by (state) (scribeline_queue_messages{THIS})", "{{state}}"),
            stacked=True,
        ),
        chart(
            "Consumers",
            "Who takes from it.",
            Query(f"queue:scribeline_queue_consumers:max{THIS}", "consumers"),
        ),
        chart(
            "Wait",
            "From when a message was written to the start of its handler.",
            *(
                Query(quantile(q, "scribeline_queue_wait_seconds", where=THIS), f"{q:.0%}")
                for q in (0.5, 0.95, 0.99)
            ),
            unit="s",
        ),
        chart(
            "As RabbitMQ tells it",
            "Its own endpoint: every node and prefix, and nothing without its plugin.",
            Query(
                f"sum by (vhost, queue) (rabbitmq_detailed_queue_messages_ready{ON_THE_BROKER})",
                "{{queue}} ready",
            ),
            Query(
                f"sum by (vhost, queue) (rabbitmq_detailed_queue_messages_unacked{ON_THE_BROKER})",
                "{{queue}} in hand",
            ),
            Query(
                f"sum by (vhost, queue) (rabbitmq_detailed_queue_consumers{ON_THE_BROKER})",
                "{{queue}} consumers",
            ),
        ),
        chart(
            "Dead letters",
            "Those that wait for somebody.",
            Query(f"queue:scribeline_dead_letters_waiting:max{THIS}", "waiting"),
        ),
    ),
)

WORK = Row(
    "The work",
    (
        chart(
            "Outcomes",
            "Per second.",
            Query(rate("scribeline_messages_total", "outcome", THIS), "{{outcome}}"),
            unit="cps",
            stacked=True,
        ),
        chart(
            "Handler",
            "Time for one message or batch.",
            *(
                Query(quantile(q, "scribeline_handler_seconds", where=THIS), f"{q:.0%}")
                for q in (0.5, 0.95, 0.99)
            ),
            unit="s",
        ),
        chart(
            "Attempts",
            "That a message took until it was done, failed or dead, on average; one is best.",
            Query(
                mean("scribeline_attempts", where=THIS),
                "mean",
            ),
            unit="none",
        ),
        chart(
            "In hand",
            "Messages or batches being handled now, by process.",
            Query(f"sum by (instance) (scribeline_in_flight{THIS})", "{{instance}}"),
            stacked=True,
        ),
        chart(
            "Busy",
            "Handlers at work on average: as many as there are places means that more workers would help.",
            Query(rate("scribeline_handler_seconds_sum", "instance", THIS), "{{instance}}"),
            unit="none",
            stacked=True,
        ),
        chart(
            "Real-time factor",
            "Seconds of computing per second of audio; of queues that transcribe.",
            Query(f"queue:scribeline_real_time_factor:ratio_rate5m{THIS}", "mean"),
            Query(quantile(0.95, "scribeline_real_time_factor", where=THIS), "95 % of units"),
            unit="none",
        ),
    ),
)

QUEUE = Dashboard(
    "scribeline-queue",
    "Scribeline: queue",
    "One queue: who takes from it, how long things wait there, and what becomes of them.",
    (NOW, QUEUE_ROW, WORK),
    (Variable("queue", "Queue", "label_values(scribeline_messages_total, queue)"),),
)
