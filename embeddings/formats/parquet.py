"""Vectors as a Parquet table, for pandas, Polars, DuckDB, Spark, ``datasets``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import atomic_writer
from .outgoing import Outgoing

_ROW_GROUP_BYTES = 1 << 26


def write_parquet(outgoing: Outgoing, path: Path) -> tuple[str, ...]:
    """Write the columns ``word``, ``vector`` (float32, a list of fixed size) and ``count``.

    Rows keep their order. Tokeniser and notes stand in the schema's metadata under ``wordgraft``.
    """
    import pyarrow as pa
    from pyarrow import parquet

    size, counts, source = outgoing.dimension, outgoing.counts, outgoing.source
    fields: list[Any] = [
        pa.field("word", pa.string(), nullable=False),
        pa.field("vector", pa.list_(pa.float32(), size), nullable=False),
    ]
    if counts is not None:
        fields.append(pa.field("count", pa.int64(), nullable=False))
    notes = {"tokenizer": source.tokenizer, "metadata": source.metadata}
    schema = pa.schema(fields, metadata={"wordgraft": json.dumps(notes, ensure_ascii=False)})
    # Numbers of vectors hardly repeat: a dictionary or statistics of them would only cost time.
    options: dict[str, Any] = {"use_dictionary": False, "write_statistics": ["word"]}
    with (
        atomic_writer(path) as file,
        parquet.ParquetWriter(file, schema, compression="zstd", **options) as writer,
    ):
        for part, rows in outgoing.blocks(_ROW_GROUP_BYTES):
            numbers = pa.array(np.ascontiguousarray(rows).reshape(-1))
            columns: list[Any] = [
                pa.array(list(outgoing.words[part]), pa.string()),
                pa.FixedSizeListArray.from_arrays(numbers, size),
            ]
            if counts is not None:
                columns.append(pa.array(np.ascontiguousarray(counts[part])))
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return ()
