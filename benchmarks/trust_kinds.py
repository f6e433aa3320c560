"""All generated kinds: tables with a trap, and honest ones. Another module with these two names may stand in for it.

Each name stands for a function `(generator of random numbers) -> Case`; its docstring says how the trap is planted,
what a model scores with it, and what it could score honestly. Tables have 600 to 3,000 rows, and traps hide among
honest features of mixed types, under names that tell nothing.
"""

from benchmarks.cases import Generator
from benchmarks.honest import everyday, strong
from benchmarks.traps import copies, dates, encodings, entities, formulas, order, restated, states, texts

TRAPS: dict[str, Generator] = {
    **copies.KINDS,
    **encodings.KINDS,
    **formulas.KINDS,
    **restated.KINDS,
    **states.KINDS,
    **texts.KINDS,
    **dates.KINDS,
    **entities.KINDS,
    **order.KINDS,
}

HONEST: dict[str, Generator] = {**everyday.KINDS, **strong.KINDS}
