"""The loader of MLflow models that 0.1.0 sent: their files name this module, and MLflow imports it by that name."""

from finetooth.tracking.mlflow_loader import _load_pyfunc

__all__ = ["_load_pyfunc"]
