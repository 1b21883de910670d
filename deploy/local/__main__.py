"""The stack on a bare machine: `python -m deploy.local up|down|status|scale|restart|demo ...`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from deploy.local.configuration import Configuration
from deploy.local.program import CannotRun
from deploy.local.services import command
from deploy.local.stack import Stack
from deploy.local.state import ROOT, State
from deploy.local.status import report

SAMPLE = ROOT / "tests" / "data" / "jfk.wav"


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return int(arguments.run(arguments))
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What was started stays; make down ends it.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, told in (
        ("up", up, "start what does not run, and wait until it is ready"),
        ("down", down, "end what was started; the data stays"),
        ("status", status, "what runs; exit code 3 when something does not"),
        ("scale", scale, "so many instances of a service"),
        ("restart", restart, "a service, or all of them, one instance after the other; work goes on"),
        ("demo", demo, "up, then transcribe and analyze a recording"),
    ):
        commands.add_parser(name, help=told, description=told).set_defaults(run=run)
    commands.choices["scale"].add_argument("service")
    commands.choices["scale"].add_argument("count")
    commands.choices["restart"].add_argument("service", nargs="?", default="")
    commands.choices["demo"].add_argument("file", nargs="?", default="")
    return parser


def up(_arguments: argparse.Namespace) -> int:
    state = State.of_environment()
    configuration = Stack(state).up()
    _tell(configuration, state)
    return 0


def down(_arguments: argparse.Namespace) -> int:
    Stack(State.of_environment()).down()
    return 0


def status(_arguments: argparse.Namespace) -> int:
    return report(State.of_environment())


def scale(arguments: argparse.Namespace) -> int:
    Stack(State.of_environment()).scale(arguments.service, arguments.count)
    return 0


def restart(arguments: argparse.Namespace) -> int:
    Stack(State.of_environment()).restart(arguments.service)
    return 0


def demo(arguments: argparse.Namespace) -> int:
    file = Path(arguments.file).expanduser().absolute() if arguments.file else SAMPLE
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    state = State.of_environment()
    configuration = Stack(state).up()
    done = subprocess.run(
        [command("scribeline"), "submit", str(file), "--wait"],
        env={**os.environ, **configuration.client},
        check=False,
    )
    _tell(configuration, state)
    return done.returncode


def _tell(configuration: Configuration, state: State) -> None:
    url = configuration.client["SCRIBELINE_URL"]
    env = os.path.relpath(state.env_file)
    print(f"\n  API      {url}/v1")
    print(f"           {url}/openapi.json   describes it")
    print(f"  operate  {url}/admin   asks for the key")
    print(f"  key      . {env if env.startswith('.') else './' + env}   (then $SCRIBELINE_API_KEY)")
    print("  end it   make down")


if __name__ == "__main__":
    sys.exit(main())
