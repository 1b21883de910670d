"""One service, with each of its processes: what it uses, and what it alone does."""

from deploy.grafana.dashboard import Dashboard, Variable
from deploy.grafana.panels import Query, Row, chart, mean, number, quantile, rate

THESE = '{job=~"$job", instance=~"$instance"}'
FAILED = '{job=~"$job", instance=~"$instance", outcome="failed"}'
EACH = "{{job}} {{instance}}"

NOW = Row(
    "Now",
    (
        number("Answering", "Processes.", f"sum(up{THESE}) or vector(0)"),
        number("Not answering", "Processes.", f"count(up{THESE} == 0) or vector(0)", red=1),
        number(
            "Versions",
            "More than one: an update is under way.",
            f"count(count by (version) (scribeline_build_info{THESE}))",
            red=2,
        ),
        number(
            "Starts",
            "Within an hour, of the process that started most often.",
            f"max(changes(process_start_time_seconds{THESE}[1h]))",
            amber=1,
            red=3,
        ),
    ),
)

PROCESSES = Row(
    "Processes",
    (
        chart(
            "Processors",
            "CPUs used.",
            Query(f"rate(process_cpu_seconds_total{THESE}[$__rate_interval])", EACH),
            unit="none",
            stacked=True,
        ),
        chart(
            "Memory",
            "Resident.",
            Query(f"process_resident_memory_bytes{THESE}", EACH),
            unit="bytes",
            stacked=True,
        ),
        chart(
            "Open files",
            "Share of the limit.",
            Query(f"process_open_fds{THESE} / process_max_fds{THESE}", EACH),
            unit="percentunit",
        ),
        chart(
            "In hand",
            "Messages or batches being handled now.",
            Query(f"sum by (job, instance) (scribeline_in_flight{THESE})", EACH),
            stacked=True,
        ),
        chart(
            "Messages",
            "Per second, by outcome.",
            Query(rate("scribeline_messages_total", "job, outcome", THESE), "{{job}} {{outcome}}"),
            unit="cps",
        ),
        chart(
            "Publishes that failed",
            "Per second.",
            Query(rate("scribeline_publish_failures_total", "job, reason", THESE), "{{job}} {{reason}}"),
            Query(rate("scribeline_unroutable_total", "job", THESE), "{{job}} unroutable"),
            unit="cps",
        ),
    ),
)

GATEWAY = Row(
    "Gateway",
    (
        chart(
            "Requests",
            "Per second, by what was answered.",
            Query(rate("scribeline_http_requests_total", "status", THESE), "{{status}}"),
            unit="reqps",
            stacked=True,
        ),
        chart(
            "Slowest routes (95 %)",
            "With their bodies; streams of events do not count.",
            Query(
                f"topk(8, {quantile(0.95, 'scribeline_http_request_seconds', 'method, route', THESE)})",
                "{{method}} {{route}}",
            ),
            unit="s",
        ),
        chart(
            "Clients",
            "Uploads that are being received, and clients that follow a job.",
            Query(f"sum by (instance) (scribeline_uploads_in_flight{THESE})", "uploads {{instance}}"),
            Query(f"sum by (instance) (scribeline_stream_clients{THESE})", "following {{instance}}"),
        ),
    ),
)

TRANSCRIBER = Row(
    "Transcriber",
    (
        chart(
            "Models in memory", "Of each process.", Query(f"scribeline_models_loaded{THESE}", "{{instance}}")
        ),
        chart(
            "Loading a model",
            "Mean time, and how many could not be loaded.",
            Query(
                mean("scribeline_model_load_seconds", where=THESE),
                "mean",
            ),
            Query(
                f"sum(increase(scribeline_model_loads_total{FAILED}[$__rate_interval]))",
                "failed",
            ),
            unit="s",
        ),
        chart(
            "Audio",
            "Seconds transcribed per second, by process.",
            Query(rate("scribeline_transcribed_audio_seconds_total", "instance", THESE), "{{instance}}"),
            unit="none",
            stacked=True,
        ),
    ),
)

WRITER = Row(
    "Result-writer",
    (
        chart(
            "Batches",
            "Messages and rows per transaction, on average.",
            Query(
                mean("scribeline_batch_messages", where=THESE),
                "messages",
            ),
            Query(
                mean("scribeline_batch_rows", where=THESE),
                "rows",
            ),
            unit="none",
        ),
        chart(
            "Results that changed nothing",
            "Per second: what came twice or too late.",
            Query(rate("scribeline_dropped_results_total", "reason", THESE), "{{reason}}"),
            unit="cps",
        ),
        chart(
            "Tidying up",
            "Within an hour: units that the broker lost, recordings without a job, uploads that did not end.",
            Query(
                f"sum by (outcome) (increase(scribeline_lost_units_total{THESE}[1h]))",
                "lost units, {{outcome}}",
            ),
            Query(f"sum(increase(scribeline_orphans_removed_total{THESE}[1h]))", "orphans removed"),
            Query(f"sum(increase(scribeline_stale_uploads_aborted_total{THESE}[1h]))", "stale uploads"),
        ),
    ),
)

SERVICE = Dashboard(
    "scribeline-service",
    "Scribeline: service",
    "One service, with each of its processes: what it uses, and what it alone does.",
    (NOW, PROCESSES, GATEWAY, TRANSCRIBER, WRITER),
    (
        Variable("job", "Service", 'label_values(up{job=~"scribeline-.+"}, job)', several=True),
        Variable("instance", "Process", 'label_values(up{job=~"$job"}, instance)', several=True),
    ),
)
