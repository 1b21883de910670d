"""The forms of German verbs that are tasks, each with its infinitive.

Weak conjugation after Duden, Die Grammatik; what does not follow it is in `german_verbs.IRREGULAR`.
"""

from dataclasses import dataclass

from analyzer.commitments.german_verbs import ALONE, IRREGULAR, LIGHT, PARTICLES

UNSTRESSED = ("be", "er", "ver", "ent", "zer", "über", "unter")
"""Prefixes after which a participle has no `ge`."""


@dataclass(frozen=True)
class Forms:
    """Of one verb, small letters."""

    first: tuple[str, ...]
    """`ich schicke`, as spoken also `ich schick`."""
    second: str
    third: str
    """Also of `ihr`, unless the vowel changes."""
    plural: str
    """Of `ihr`, and the imperative for several people."""
    imperative: tuple[str, ...]
    participle: str


def forms(infinitive: str) -> Forms:
    stem = infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]
    first = stem[:-2] + "le" if infinitive.endswith("eln") else stem + "e"
    link = "e" if stem[-1] in "td" or stem.endswith(("dn", "tn", "ffn", "chn")) else ""
    plural = stem + link + "t"
    second = stem + ("t" if stem[-1] in "sßzx" else f"{link}st")
    no_ge = infinitive.startswith(UNSTRESSED) or infinitive.endswith("ieren")
    participle = plural if no_ge else "ge" + plural
    second, third, imperative, participle = IRREGULAR.get(infinitive, (second, plural, stem, participle))
    weak = () if imperative != stem else (first,)
    return Forms((first, stem), second, third, plural, (imperative, *weak), participle)


def _table(name: str) -> dict[str, str]:
    """Form -> infinitive."""
    table: dict[str, str] = {}
    for verb in (*LIGHT, *PARTICLES, *ALONE):
        found = getattr(forms(verb), name)
        table.update(dict.fromkeys((found,) if isinstance(found, str) else found, verb))
    return table


FIRST, SECOND, THIRD, PLURAL, IMPERATIVE = map(_table, ("first", "second", "third", "plural", "imperative"))

INFINITIVES = frozenset(ALONE) | {
    f"{particle}{base}" for base, particles in PARTICLES.items() for particle in particles
}
"""Also as `Bescheid geben` is not: that is two words."""
TO_INFINITIVES = frozenset(
    f"{particle}zu{base}" for base, particles in PARTICLES.items() for particle in particles
)
PARTICIPLES = frozenset(forms(verb).participle for verb in ALONE) | {
    f"{particle}{forms(base).participle}" for base, particles in PARTICLES.items() for particle in particles
}
BASES = frozenset(ALONE) | frozenset(PARTICLES) | LIGHT
