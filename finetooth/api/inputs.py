"""Tables and spaces that are objects, written to files: a run reads files alone, so that it can be repeated.

The files lie in the store of the folder of runs, each named by the digest of its bytes, and are never overwritten.
"""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetooth.domains.objects import from_object
from finetooth.domains.yaml_file import to_yaml
from finetooth.errors import InputError
from finetooth.files import create

if TYPE_CHECKING:
    import pandas as pd

_DIGITS = 16  # of a digest


def table_source(table: "str | Path | pd.DataFrame", folder: str) -> str:
    """Where a run reads the table: a path or URL as it is; a DataFrame is written below `folder`, without its index.

    Raises `InputError` for a DataFrame that a Parquet file cannot hold, and for anything that is no table.
    """
    if isinstance(table, str | Path):
        return str(table)
    return _written(parquet(table), folder, "tables", ".parquet")


def space_file(space: Any, folder: str) -> str:
    """The YAML file of a space: a path as it is; any other object that describes one is written below `folder`."""
    if isinstance(space, Path) or (isinstance(space, str) and "\n" not in space):
        return str(space)
    return _written(to_yaml(from_object(space)).encode(), folder, "spaces", ".yaml")


def parquet(frame: "pd.DataFrame") -> bytes:
    """A DataFrame as the bytes of a Parquet file, without its index: equal frames have equal bytes."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"the table must be a path, a URL, sklearn:NAME or a pandas DataFrame; got {type(frame).__name__}."
        )
    odd = [name for name in frame.columns if not isinstance(name, str)]
    if odd:
        raise InputError(f"column names must be text; the DataFrame has {odd[0]!r}; rename it with str(name).")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(f"column names must differ; the DataFrame has '{twice[0]}' more than once; rename one.")
    if frame.empty:
        raise InputError(f"the table must have rows and columns; the DataFrame has the shape {frame.shape}.")
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        reason = " ".join(map(str, error.args)).split()
        raise InputError(f"each column must hold plain values of one type; {' '.join(reason)[:300]}.") from None
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def _written(content: bytes, folder: str, kind: str, ending: str) -> str:
    """The absolute path of a file with this content below the folder of runs."""
    name = f"{sha256(content).hexdigest()[:_DIGITS]}{ending}"
    path = Path(folder).absolute() / ".store" / kind / name
    try:
        if not path.exists():
            create(path, content)
    except OSError as error:
        raise InputError(
            f"the output folder must be writable; {path.parent} is not ({error.strerror}); name another with out=."
        ) from None
    return str(path)
