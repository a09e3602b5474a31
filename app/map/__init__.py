"""From a Plan to a map: the document the browser draws, the page around it, and the stand-alone file."""

from app.map.document import map_document
from app.map.export import standalone_map
from app.map.page import plan_map_page

__all__ = ["map_document", "plan_map_page", "standalone_map"]
