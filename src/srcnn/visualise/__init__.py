"""Figures: the paper's comparison of methods, and what is inside a trained network."""
