"""Single-image super-resolution: methods from bicubic to CNNs, and the metrics to compare them."""
