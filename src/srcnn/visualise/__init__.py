"""Figures: the comparison of methods as in the paper, and the inside of a trained network."""
