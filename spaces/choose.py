"""The family that a configuration asks for: its model, its space, and what the user fixed."""

from finetooth.config import ModelConfig
from finetooth.records import Kind
from finetooth.trials.learner import Family
from spaces.own import from_yaml
from spaces.resolve import resolve, with_constants


def choose(model: ModelConfig, kind: Kind) -> Family:
    """The family of `model` for a kind of target, with the user's space and constants in place of its own.

    Raises `InputError` when the name, the space or a constant cannot be used.
    """
    family = resolve(model.name, kind, from_yaml(model.space) if model.space is not None else None)
    return with_constants(family, model.constants) if model.constants else family
