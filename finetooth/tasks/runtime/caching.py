"""The cache policy of stages: an earlier result is reused when everything that it depends on is the same.

The key holds the sections of the configuration that shape the result, the fingerprint of the data, the results of
earlier stages and the code; not workers, addresses or folders. So a failed flow that is run again repeats nothing.
"""

import operator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from prefect.cache_policies import CachePolicy

from finetooth.models.user_code import own_code
from finetooth.records import Trial, digest
from finetooth.trials.journal import untimed
from finetooth.trials.study import Study
from finetooth.version import code_version


@dataclass
class DependsOn(CachePolicy):
    """Reuse a result while these sections of the configuration and these arguments are the same.

    `sections` name parts of the study's configuration, such as "coarse" or "refine.window"; `arguments` name further
    parameters of the task, compared by content. A search with a time limit depends on the speed of the machine, and is
    never reused.
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
        study = inputs["study"]
        if not isinstance(study, Study) or study.config.refine.seconds is not None:
            return None
        config, learner = study.config, study.family.learner
        return digest(
            {
                "task": task_ctx.task.name,
                "code": code_version(),
                "data": study.data.fingerprint,
                "model": [repr(learner), study.family.space.digest, repr(study.family.default)],
                "own code": own_code(learner),
                "metric": study.metric.name,
                "seed": config.seed,
                "config": {name: _part(config.model_dump(mode="json"), name) for name in self.sections},
                "arguments": {name: _content(inputs[name]) for name in self.arguments},
            }
        )


def _part(values: dict[str, Any], path: str) -> Any:
    return reduce(operator.getitem, path.split("."), values)


def _content(value: Any) -> Any:
    if isinstance(value, Trial):
        return repr(untimed(value))
    if isinstance(value, tuple | list):
        return [_content(item) for item in value]
    return repr(value)
