"""Rotation: the whole search again for each outer fold, none of whose rows it can read."""

from finetooth.tasks.coarse import coarse_search
from finetooth.tasks.refine import refine
from finetooth.tasks.replicate import replicate
from finetooth.trials.study import Study
from finetooth.verdict.replicate import Replicated


def rotate(study: Study) -> tuple[Replicated, ...]:
    """What the search of each outer fold chose; empty where one holdout is sealed."""
    return tuple(_search(fold) for fold in study.outer)


def _search(study: Study) -> Replicated:
    coarse = coarse_search(study)
    refined = refine(study, coarse)
    return replicate(study, refined)
