"""Pictures: files, arrays, colour, resizing."""
