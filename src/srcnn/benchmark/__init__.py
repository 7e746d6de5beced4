"""Measuring methods on sets of images by the papers' protocol; what is presented of it is made in `srcnn.report`."""
