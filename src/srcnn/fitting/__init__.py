"""Example-based methods made from images: a recipe and images become an NPZ file.

`srcnn.methods` holds what upscales with it; `srcnn.training`, which makes networks, stands beside this.
"""
