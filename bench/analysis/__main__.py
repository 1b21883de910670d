"""Measures an engine on the marked pages.

    python -m bench.analysis                                      # the rules, on the pages to work with
    python -m bench.analysis --engine ollama --url http://127.0.0.1:11434 --model mistral
    python -m bench.analysis --split long                         # chapters, and a report out of parts
    python -m bench.analysis --markdown                           # as docs/accuracy.md has it

Needs no stack. The analyzer's own settings (SCRIBELINE_OLLAMA_...) hold where no option is given.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from analyzer.handler import Engine
from analyzer.llm import Llm
from analyzer.main import engine_of
from analyzer.settings import AnalyzerSettings
from bench.analysis.misses import listed
from bench.analysis.pages import PAGES, Page, load
from bench.analysis.reading import Reading, read
from bench.analysis.report import printed
from result_writer.settings import WriterSettings
from scribeline.contracts.failures import DependencyDown, Fail


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.analysis", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--engine", choices=["extractive", "ollama"], default="extractive")
    parser.add_argument("--url", help="of the Ollama server")
    parser.add_argument("--model", help="its name in `ollama list`")
    parser.add_argument("--pages", type=Path, default=PAGES, help="folder with pages; default: ours")
    parser.add_argument("--split", choices=["dev", "heldout", "long"], default="dev")
    parser.add_argument("--part-tokens", type=int, default=WriterSettings().analysis_part_tokens)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--misses", action="store_true", help="list them too; never of the pages kept aside")
    return parser.parse_args()


def engine(given: argparse.Namespace) -> Engine:
    asked = {"analyzer_engine": given.engine, "ollama_url": given.url, "ollama_model": given.model}
    settings = AnalyzerSettings.model_validate({name: value for name, value in asked.items() if value})
    return engine_of(settings, Llm(settings))


async def readings(pages: tuple[Page, ...], reader: Engine, part_tokens: int) -> list[Reading]:
    """One after the other, so that seconds mean something."""
    return [await read(page, reader, part_tokens) for page in pages]


def main() -> None:
    given = options()
    if given.misses and given.split == "heldout":
        sys.exit("The pages kept aside are not looked at: what is tuned to them measures nothing.")
    try:
        pages = load(given.pages, given.split)
        made = asyncio.run(readings(pages, engine(given), given.part_tokens))
    except (ValueError, DependencyDown, Fail) as error:
        sys.exit(str(error))
    title = f"Engine asked for: {given.engine}. Pages: {given.split}."
    print(printed(made, title=title, markdown=given.markdown))
    if given.misses:
        print(listed(made))


if __name__ == "__main__":
    main()
