"""A small run as trackers get it."""

from finetooth.data.store import open_development
from finetooth.metrics import METRICS
from finetooth.tracking.payload import Finalist, Payload
from tests.registry.fitting import fitted


def payload(table, folder, name="run", **more):
    """A run that has ended, with its model and two finalists."""
    folder.mkdir(parents=True, exist_ok=True)
    fitted(table).save(folder / "model")
    for file in ("report.html", "trials.jsonl"):
        (folder / file).write_text(f"{file} of {name}\n")
    assert open_development(table.data)
    values = {
        "name": name,
        "metric": METRICS["log_loss"],
        "settings": {"seed": 3, "data.source": "table.csv", "shipped.max_depth": 6},
        "numbers": {"tuned": 0.41, "default": 0.43, "difference": 0.02},
        "words": {"state": "IMPROVED", "fingerprint": "f1", "run": name},
        "sentence": "IMPROVED: tuned beats default.",
        "series": {"refine.score": ((0, 0.5), (1, 0.4), (2, 0.45)), "refine.best": ((0, 0.5), (1, 0.4), (2, 0.4))},
        "finalists": (
            Finalist(0, "default", {"max_depth": 6}, (0.44, 0.42), 1.5),
            Finalist(1, "random", {"max_depth": 3}, (0.40, 0.42), 2.5),
        ),
        "files": (folder / "report.html", folder / "trials.jsonl"),
        "model": folder / "model",
    }
    return Payload(**values | more)
