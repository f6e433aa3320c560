"""When a stage's earlier result may stand for a new one: when everything that it depends on is the same.

The key holds the sections of the configuration that shape the result, the fingerprint of the data, the results of
earlier stages and the code; not workers, addresses or folders. So a failed flow that is run again repeats nothing.
"""

import operator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from prefect.cache_policies import CachePolicy

from finetooth.config.tune import TuneConfig
from finetooth.models.user_code import own_code
from finetooth.records import Trial, digest
from finetooth.trials.journal import untimed
from finetooth.trials.searches import Bench
from finetooth.version import code_version


@dataclass
class DependsOn(CachePolicy):
    """Reuse a result while these sections of the configuration and these arguments are the same.

    `sections` name parts of `config`, such as "coarse" or "refine.window"; `arguments` name further parameters of
    the task, compared by content. A search with a time limit depends on the speed of the machine, and is never reused.
    """

    sections: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    def compute_key(
        self,
        task_ctx: Any,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002
        **_: Any,
    ) -> str | None:
        """The key of a call, or None when its result must not be reused."""
        config, bench = inputs["config"], inputs["bench"]
        if not isinstance(config, TuneConfig) or not isinstance(bench, Bench) or config.refine.seconds is not None:
            return None
        return digest(
            {
                "task": task_ctx.task.name,
                "code": code_version(),
                "data": bench.data.fingerprint,
                "model": [repr(bench.family.learner), bench.family.space.digest, repr(bench.family.default)],
                "own code": own_code(bench.family.learner),
                "metric": bench.metric,
                "seed": config.seed,
                "config": {name: _part(config.model_dump(mode="json"), name) for name in self.sections},
                "arguments": {name: _content(inputs[name]) for name in self.arguments},
            }
        )


def _part(values: dict[str, Any], place: str) -> Any:
    return reduce(operator.getitem, place.split("."), values)


def _content(value: Any) -> Any:
    if isinstance(value, Trial):
        return repr(untimed(value))
    if isinstance(value, tuple | list):
        return [_content(item) for item in value]
    return repr(value)
