"""A private RabbitMQ node from the operating system's package: own data, cookie, ports and epmd.

The package's `/usr/sbin/rabbitmq-server` switches user and uses the system's data, so the script
underneath is run with an environment of its own (rabbitmq.com/docs/relocate).
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.program import CannotRun, Program, clean_environment

HOME = Path("/usr/lib/rabbitmq")
SERVER = HOME / "bin" / "rabbitmq-server"
EPMD = Path("/usr/bin/epmd")
USER = "scribeline"
PLUGINS = ("rabbitmq_management", "rabbitmq_prometheus")
MISSING = (
    "RabbitMQ is missing: install the package rabbitmq-server (as root: "
    "apt-get install --no-install-recommends rabbitmq-server), or set SCRIBELINE_AMQP_URL."
)


@dataclass(frozen=True)
class RabbitMQ:
    """A node; the same directory always holds the same node."""

    directory: Path
    password: str = field(repr=False)
    port: int
    management_port: int
    prometheus_port: int
    distribution_port: int
    epmd_port: int

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self.password}@127.0.0.1:{self.port}/"

    @property
    def management_url(self) -> str:
        """Empty where the package comes without the plugin."""
        if not has_plugin("rabbitmq_management"):
            return ""
        return f"http://{USER}:{self.password}@127.0.0.1:{self.management_port}"

    @property
    def metrics_address(self) -> str:
        """Host and port of `/metrics`; empty where the package comes without the plugin."""
        return f"127.0.0.1:{self.prometheus_port}" if has_plugin("rabbitmq_prometheus") else ""

    def prepare(self) -> None:
        """Write the node's configuration; its data stays. Raises CannotRun when RabbitMQ is missing."""
        if not is_installed():
            raise CannotRun(MISSING)
        for part in ("mnesia", "log", "config"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        cookie = self.directory / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(20))
            cookie.chmod(0o400)
        plugins = ",".join(name for name in PLUGINS if has_plugin(name))
        (self.directory / "enabled_plugins").write_text(f"[{plugins}].\n")
        configuration = self.directory / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(self._configuration())

    def programs(self) -> tuple[Program, ...]:
        """The port mapper and the broker, in the order they start."""
        epmd = Program(
            name="epmd",
            argv=(str(EPMD), "-port", str(self.epmd_port), "-address", "127.0.0.1"),
            environment=clean_environment(self.directory),
            directory=self.directory,
        )
        broker = Program(
            name="rabbitmq",
            argv=(str(SERVER),),
            environment=self._environment(),
            directory=self.directory,
        )
        return epmd, broker

    def _configuration(self) -> str:
        lines = [
            f"default_user = {USER}",
            f"default_pass = {self.password}",
            "default_user_tags.administrator = true",
        ]
        for plugin, port in zip(PLUGINS, (self.management_port, self.prometheus_port), strict=True):
            if has_plugin(plugin):
                name = plugin.removeprefix("rabbitmq_")
                lines += [f"{name}.tcp.ip = 127.0.0.1", f"{name}.tcp.port = {port}"]
        return "\n".join(lines) + "\n"

    def _environment(self) -> dict[str, str]:
        return clean_environment(self.directory) | {
            "RABBITMQ_NODENAME": self._node(),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ADVANCED_CONFIG_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.directory / "config"),
            # The script then replaces itself by the Erlang VM: one process, which gets the signals.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_CRASH_DUMP_SECONDS": "0",
        }

    def _node(self) -> str:
        """Chosen once: RabbitMQ's data belongs to the node's name."""
        kept = self.directory / "node"
        if not kept.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            kept.write_text(f"scribeline-{secrets.token_hex(4)}@localhost")
        return kept.read_text().strip()


def is_installed() -> bool:
    return SERVER.exists() and EPMD.exists()


def has_plugin(name: str) -> bool:
    return any(HOME.glob(f"lib/rabbitmq_server-*/plugins/{name}-[0-9]*"))
