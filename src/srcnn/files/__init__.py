"""Image files: pixels and metadata, listing of folders, and atomic writing."""

from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Metadata, Picture
from srcnn.files.pillow import picture_from_pil, picture_to_pil

__all__ = ["Metadata", "Picture", "picture_from_pil", "picture_to_pil", "read_image", "write_image"]
