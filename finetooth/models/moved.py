"""Import paths in models and settings that finetooth 0.1.0 wrote, and where the same code lies now."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

_BUILDERS: Mapping[str, str] = {
    "finetooth.trials.estimators:linear": "finetooth.spaces.linear:ridge_or_elastic_net",
    "finetooth.trials.estimators:logistic": "finetooth.spaces.linear:logistic",
    "finetooth.trials.estimators:mlp_classifier": "finetooth.spaces.mlp:mlp_classifier",
    "finetooth.trials.estimators:mlp_regressor": "finetooth.spaces.mlp:mlp_regressor",
    "finetooth.trials.estimators:nystroem_classifier": "finetooth.spaces.nystroem:nystroem_classifier",
    "finetooth.trials.estimators:nystroem_regressor": "finetooth.spaces.nystroem:nystroem_regressor",
    "finetooth.trials.estimators:svc": "finetooth.spaces.svm:svc",
    "finetooth.trials.estimators:svr": "finetooth.spaces.svm:svr",
}
# The modules whose classes a skops file may hold.
_MODULES: Mapping[str, str] = {"finetooth.trials.networks": "finetooth.models.networks"}
_SCHEMA = "schema.json"  # the member of a skops file that names classes and functions; the others hold arrays
_MODULE_KEYS = ("__module__", "module_path")  # of a class, and of a function


def current_path(path: str) -> str:
    """The import path `package.module:NAME` of what lay at `path` in 0.1.0; any other path as it is."""
    return _BUILDERS.get(path, path)


def current_skops(content: bytes) -> bytes:
    """A skops file with the present names of finetooth's modules; the very same bytes where it has no old one.

    Raises `BadZipFile` or `KeyError` for what is no skops file.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = archive.read(_SCHEMA)
        if not any(f'"{module}"'.encode() in schema for module in _MODULES):
            return content
        renamed = json.dumps(json.loads(schema, object_hook=_current_node), indent=2)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as copy:
            for member in archive.infolist():
                copy.writestr(member, renamed if member.filename == _SCHEMA else archive.read(member))
    return out.getvalue()


def _current_node(node: dict[str, Any]) -> dict[str, Any]:
    moved = {key: _MODULES[str(node[key])] for key in _MODULE_KEYS if str(node.get(key)) in _MODULES}
    return {**node, **moved}
