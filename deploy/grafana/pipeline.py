"""The pipeline as a whole: is all well, what comes in and goes out, what waits, and what is slow."""

from deploy.grafana.dashboard import Dashboard
from deploy.grafana.panels import Query, Row, chart, number, quantile, rate

WELL = Row(
    "Is all well?",
    (
        number("Alerts", "That fire now.", 'count(ALERTS{alertstate="firing"}) or vector(0)', red=1),
        number(
            "Not answering",
            "Processes that Prometheus cannot ask.",
            'count(up{job=~"scribeline-.+"} == 0) or vector(0)',
            red=1,
        ),
        number(
            "Dead letters",
            "Wait for somebody: scribeline queues dead QUEUE.",
            "sum(queue:scribeline_dead_letters_waiting:max)",
            red=1,
        ),
        number(
            "Queues without takers",
            "Something waits there, and nobody takes it.",
            "count(queue:scribeline_queue_consumers:max == 0"
            " and on (queue) queue:scribeline_queue_messages:sum > 0) or vector(0)",
            red=1,
        ),
        number(
            "Missing on the broker",
            "Exchanges, queues and bindings that are missing or differ.",
            "max(scribeline_topology_differences) >= 0",
            red=1,
        ),
        number(
            "Oldest unit",
            "How long ago the oldest unit without a result was sent.",
            "max(stage:scribeline_oldest_unit_seconds:max)",
            "s",
            amber=1800,
            red=7200,
        ),
        number(
            "Outbox",
            "Age of the oldest message that the broker has not taken yet.",
            "scribeline:outbox_oldest_seconds:max",
            "s",
            amber=10,
            red=120,
        ),
        number(
            "Failed jobs",
            "Share of the jobs that ended within the last hour.",
            "scribeline:jobs_failed:share_1h >= 0 or vector(0)",
            "percentunit",
            amber=0.02,
            red=0.1,
        ),
    ),
)

THROUGH = Row(
    "What comes in, what goes out",
    (
        chart(
            "Uploads",
            "Per second, by how they ended.",
            Query(rate("scribeline_uploads_total", "outcome"), "{{outcome}}"),
            unit="cps",
            stacked=True,
        ),
        chart(
            "Received",
            "Bytes of audio per second.",
            Query(rate("scribeline_upload_bytes_total"), "received"),
            unit="Bps",
        ),
        chart(
            "Jobs that ended",
            "Per second, by status.",
            Query(rate("scribeline_jobs_total", "status"), "{{status}}"),
            unit="cps",
            stacked=True,
        ),
        chart(
            "Audio",
            "Seconds of audio per second: 60 is an hour of recordings in a minute.",
            Query(rate("scribeline_audio_seconds_total"), "decoded"),
            Query(rate("scribeline_transcribed_audio_seconds_total"), "transcribed"),
            unit="none",
        ),
        chart(
            "Real-time factor",
            "Seconds of computing per second of audio.",
            Query("queue:scribeline_real_time_factor:ratio_rate5m", "{{queue}}"),
            unit="none",
        ),
        chart(
            "Clients",
            "Uploads that are being received, and clients that follow a job.",
            Query("sum(scribeline_uploads_in_flight)", "uploads"),
            Query("sum(scribeline_stream_clients)", "following"),
        ),
    ),
)

WAITING = Row(
    "What waits",
    (
        chart(
            "Messages in queues",
            "Ready and in hand.",
            Query("queue:scribeline_queue_messages:sum", "{{queue}}"),
            stacked=True,
        ),
        chart(
            "Units without a result",
            "Waiting for a place in their queue, and released into it.",
            Query("max by (stage, state) (scribeline_units)", "{{stage}} {{state}}"),
            stacked=True,
        ),
        chart(
            "Oldest unit",
            "How long ago it was sent, by stage.",
            Query("stage:scribeline_oldest_unit_seconds:max", "{{stage}}"),
            unit="s",
        ),
        chart(
            "Wait in the queue (95 %)",
            "From when a message was written to the start of its handler.",
            Query("queue:scribeline_queue_wait_seconds:p95_10m", "{{queue}}"),
            unit="s",
        ),
        chart(
            "Outbox",
            "Messages that are decided, and that the broker has not confirmed.",
            Query("scribeline:outbox_rows:max", "rows"),
        ),
        chart(
            "Oldest in the outbox",
            "Its age.",
            Query("scribeline:outbox_oldest_seconds:max", "age"),
            unit="s",
        ),
    ),
)

WORK = Row(
    "How the work goes",
    (
        chart(
            "Messages dealt with",
            "Per second, by queue.",
            Query(rate("scribeline_messages_total", "queue"), "{{queue}}"),
            unit="cps",
        ),
        chart(
            "Not done at once",
            "Per second: tried again, put off, left to the broker, failed or dead.",
            Query(
                rate("scribeline_messages_total", "queue, outcome", '{outcome!="done"}'),
                "{{queue}} {{outcome}}",
            ),
            unit="cps",
        ),
        chart(
            "Handler (95 %)",
            "Time for one message or batch.",
            Query(quantile(0.95, "scribeline_handler_seconds", "queue"), "{{queue}}"),
            unit="s",
        ),
        chart(
            "Language model: calls",
            "Per second, by what became of them; those that were cut short apart.",
            Query(rate("scribeline_llm_calls_total", "outcome"), "{{outcome}}"),
            Query(rate("scribeline_llm_truncations_total"), "cut short"),
            unit="cps",
        ),
        chart(
            "Language model: time of a call",
            "Median and 95 %.",
            Query(quantile(0.5, "scribeline_llm_seconds"), "50 %"),
            Query(quantile(0.95, "scribeline_llm_seconds"), "95 %"),
            unit="s",
        ),
        chart(
            "Language model: tokens",
            "Per second, read and written.",
            Query(rate("scribeline_llm_tokens_total", "kind"), "{{kind}}"),
            unit="cps",
        ),
    ),
)

OTHERS = Row(
    "What others are told",
    (
        chart(
            "Webhooks: tries",
            "Per second, by what came of them.",
            Query(rate("scribeline_webhook_tries_total", "outcome"), "{{outcome}}"),
            unit="cps",
            stacked=True,
        ),
        chart(
            "Webhooks: lateness and answer (95 %)",
            "From when a try was due to its start, and how long the receiver took.",
            Query(quantile(0.95, "scribeline_webhook_lateness_seconds"), "lateness"),
            Query(quantile(0.95, "scribeline_webhook_seconds"), "answer"),
            unit="s",
        ),
        chart(
            "Webhooks: waiting",
            "Deliveries that are due or will be, and tries under way.",
            Query("max(scribeline_deliveries_waiting)", "waiting"),
            Query("sum(scribeline_webhooks_in_flight)", "under way"),
        ),
        chart(
            "Events for subscribers",
            "Per second; refused: a queue of theirs is full; unknown: one answers nothing.",
            Query(rate("scribeline_forwarded_total", "outcome"), "{{outcome}}"),
            unit="cps",
        ),
    ),
)

BROKER = Row(
    "Broker",
    (
        chart(
            "Publishes that failed",
            "Per second; all of ours are sent again. Unroutable: a binding is missing.",
            Query(rate("scribeline_publish_failures_total", "reason"), "{{reason}}"),
            Query(rate("scribeline_unroutable_total"), "unroutable"),
            unit="cps",
        ),
        chart(
            "RabbitMQ: memory",
            "Share of its limit; at all of it nobody can publish.",
            Query(
                "rabbitmq_process_resident_memory_bytes / rabbitmq_resident_memory_limit_bytes",
                "{{instance}}",
            ),
            unit="percentunit",
        ),
        chart(
            "RabbitMQ: free disk",
            "And the limit under which nobody can publish.",
            Query("rabbitmq_disk_space_available_bytes", "free {{instance}}"),
            Query("rabbitmq_disk_space_available_limit_bytes", "limit {{instance}}"),
            unit="bytes",
        ),
    ),
)

PIPELINE = Dashboard(
    "scribeline-pipeline",
    "Scribeline: pipeline",
    "Is all well, what comes in and goes out, what waits, and what is slow.",
    (WELL, THROUGH, WAITING, WORK, OTHERS, BROKER),
)
