"""Metadata: read from the bytes of one file and put into those of another, independent of the encoder."""

import mmap

Buffer = bytes | mmap.mmap  # the bytes of a file, or the file itself mapped into memory
