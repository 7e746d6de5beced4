"""What a file says beside its pixels: read from the bytes of a file, and put into those of another, whatever wrote the
pixels.
"""

import mmap

Buffer = bytes | mmap.mmap  # the bytes of a file, or the file itself mapped into memory
