"""Images as arrays: types and checks, colour, resizing, alpha, and windows of images computed on demand."""
