"""How German promises, asks and assigns.

Each clause is read by its finite verb, by who its subject is, and by what stands at its end, where German
puts infinitives, participles and the particles of verbs: `ich rufe .. an`, `das muss er unterschreiben`.
"""

from collections.abc import Callable, Iterator

from analyzer.commitments import german_modals as modals
from analyzer.commitments import german_statements as statements
from analyzer.commitments.german_clauses import Clause, clauses
from analyzer.commitments.german_reading import Found
from analyzer.commitments.promises import Promise

READERS: tuple[Callable[[Clause], Found | None], ...] = (
    modals.begged,
    modals.needed,
    modals.request,
    modals.pledged,
    modals.modal,
    modals.could,
    modals.others,
    modals.together,
    statements.first_person,
    statements.second_person,
    statements.in_charge,
    statements.formal,
    statements.to_do,
    statements.imperative,
    statements.asked_for,
    statements.third_person,
    statements.delivered,
)
"""The first that finds something in a clause is believed."""
WISHES = (modals.wished, modals.begged)
"""Of clauses that say nothing by themselves."""


def promises(text: str) -> Iterator[Promise]:
    """Of one sentence: at most one of each clause."""
    for clause in clauses(text) if " " in text else ():
        readers = READERS if clause.binding else WISHES
        found = next(filter(None, (read(clause) for read in readers)), None)
        if found:
            at, who, name, dated = found
            task = clause.words[min(at, len(clause.words) - 1)].start
            yield Promise(clause.start, clause.end, task, who, name, dated or clause.conditional)
