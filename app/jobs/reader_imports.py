"""What the fork server imports once, so that every reading process starts with it."""

import app.storage  # noqa: F401
import solver.geodata  # noqa: F401
