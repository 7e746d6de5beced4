"""The size of a GIF image from its header: that of the screen, or of a first frame that exceeds it.

Source: CompuServe, *Graphics Interchange Format 89a*, 1990.
"""

from __future__ import annotations

import struct

from srcnn.files.limits import Header

_EXTENSION, _IMAGE = 0x21, 0x2C


def gif_header(data: bytes) -> Header:
    """Size of the first frame; its palette is converted to RGB, and one entry may be transparent.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Header
        What it says.

    Raises
    ------
    ValueError, struct.error
        If there is no frame.
    """
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
    while at < len(data):
        if data[at] == _IMAGE:
            left, top, across, down = struct.unpack_from("<4H", data, at + 1)
            return Header(width=max(width, left + across), height=max(height, top + down), bands=4, working=1.0)
        if data[at] == _EXTENSION:
            at += 2
            while at < len(data) and data[at]:
                at += 1 + data[at]
        at += 1
    raise ValueError("it has no frame")
