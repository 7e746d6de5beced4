"""Animated images: their frames read one by one as they are seen, and written as what changes between them."""
