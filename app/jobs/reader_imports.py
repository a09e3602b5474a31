"""What the fork server imports once, so that every reading process starts with it (0.5 s each time otherwise)."""

import geopandas  # noqa: F401
import pyarrow.parquet  # noqa: F401
import rasterio  # noqa: F401

import app.storage  # noqa: F401
import solver.geodata
import solver.matrix  # noqa: F401
