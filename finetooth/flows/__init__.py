"""In which order? Each DAG on one screen: the flow `tune` is `finetooth.flows.tune.tune`."""

import finetooth.tasks  # noqa: F401 (sets what Prefect reads when it is imported)
