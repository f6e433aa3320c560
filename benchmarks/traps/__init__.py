"""Tables with a trap each, by kind: what the checks must find, planted in files that a run reads."""

from benchmarks.cases import Generator
from benchmarks.traps import copies, dates, encodings, entities, formulas, order, restated, states, texts

KINDS: dict[str, Generator] = {
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
