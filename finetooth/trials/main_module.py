"""Can worker processes be started from here? Each begins by running the program's main file once more."""

import ast
import sys
from pathlib import Path

from finetooth.errors import InputError


def check_main_module() -> None:
    """Raise `InputError` where the main file would start its own workers again in every worker.

    A session without a file, as in a notebook, is fine.
    """
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    if path is None or not path.endswith(".py") or not Path(path).is_file():
        return
    names = {node.id for node in ast.walk(ast.parse(Path(path).read_bytes())) if isinstance(node, ast.Name)}
    if "__name__" not in names:
        raise InputError(
            "a program that starts worker processes must do so under if __name__ == '__main__':, since each of them "
            f"reads its file again; {path} has no such line; add it, or set cluster.processes to false."
        )
