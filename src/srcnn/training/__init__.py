"""Networks made from images: recipes, the loop, and what becomes of a run."""
