"""The loading of a model as 0.1.0 had it; it is `finetooth.load_model` now."""

from finetooth.models.model import load_model as load

__all__ = ["load"]
