"""The name of a split: the digest of a table's content and of every choice that shapes what is stored."""

from finetooth.config.tune import TuneConfig
from finetooth.data.outer_folds import OuterFold
from finetooth.records import digest

LAYOUT = 6  # raised when stored tables change their form, so that old ones are not read as new ones
# What of the data section shapes what is stored, by layout; the vaults of earlier ones are still looked for.
_READ = {"target", "kind", "positive", "drop", "types"}
_KEEPS = 5  # the first layout in which a waiver keeps a column
_DECLARED = _READ | {"missing", "csv"}
DATA_KEYS = {3: {"target", "kind", "drop"}, 4: _READ, 5: _DECLARED, LAYOUT: _DECLARED}


def fingerprint(
    config: TuneConfig,
    content_digest: str,
    sealed_beside: str,
    layout: int = LAYOUT,
    part: OuterFold | None = None,
) -> str:
    """The digest that names the split: of the table's content, and of every choice that shapes what is stored."""
    # A waiver of the check of ids keeps a column that the split would leave out.
    kept = [str(waiver.column) for waiver in config.leakage.allow if waiver.check == "ids"]
    return digest(
        {
            "layout": layout,
            "content": content_digest,
            "data": config.data.model_dump(include=DATA_KEYS[layout]),
            # What is named by group and time alone is named as it was before there was a choice.
            "split": config.split.model_dump(exclude={"unseen"} if config.split.unseen == "auto" else set()),
            "post_outcome": config.leakage.post_outcome,
            "seed": config.seed,
            **({"beside": sealed_beside} if sealed_beside else {}),
            **({"kept": kept} if kept and layout >= _KEEPS else {}),
            **({"outer": [part.number, part.count]} if part is not None else {}),
        }
    )
