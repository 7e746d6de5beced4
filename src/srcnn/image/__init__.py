"""Images: files, arrays, colour, resizing."""

from srcnn.image.io import read_image, write_image
from srcnn.image.picture import Metadata, Picture
from srcnn.image.pillow import picture_from_pil, picture_to_pil

__all__ = ["Metadata", "Picture", "picture_from_pil", "picture_to_pil", "read_image", "write_image"]
