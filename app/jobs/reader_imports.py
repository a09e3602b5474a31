"""What the fork server imports once, so that every reading process starts with it (0.5 s each time otherwise)."""

from contextlib import suppress

import geopandas  # noqa: F401
import pyarrow.parquet  # noqa: F401

import app.storage  # noqa: F401
import solver.geodata
import solver.reading.matrix  # noqa: F401

with suppress(ImportError):  # where libexpat is missing, everything but rasters can be read
    import rasterio  # noqa: F401
