"""Tables of rows, dense or sparse: put one above the other, and measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


def stacked(*tables: Any) -> Any:
    """Return tables one above the other: CSR if any of them is sparse."""
    if any(sp.issparse(table) for table in tables):
        return sp.vstack(tables, format="csr")
    return np.vstack(tables)


def beside(*tables: Any, dtype: Any) -> Any:
    """Return tables beside each other: CSR if any of them is sparse."""
    if any(sp.issparse(table) for table in tables):
        return sp.hstack(tables, format="csr", dtype=dtype)
    return np.hstack(tables).astype(dtype)


def typical_length(rows: Any) -> float:
    """Return the root of the mean squared length of rows; 1 where all are zeros."""
    squares = rows.multiply(rows).sum() if sp.issparse(rows) else np.square(rows).sum()
    return float(np.sqrt(squares / rows.shape[0])) or 1.0


def as_array(product: Any) -> NDArray[np.float64]:
    """Return a product of tables as float64[n, m]."""
    return np.asarray(product.toarray() if sp.issparse(product) else product, np.float64)
