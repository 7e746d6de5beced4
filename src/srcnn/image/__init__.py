"""Images as arrays: types and checks, colour, resizing, opacity, windows of an image that is nowhere whole."""
