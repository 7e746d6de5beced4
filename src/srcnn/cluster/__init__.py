"""Many machines: the work of `srcnn upscale` and `srcnn benchmark` on Ray.

`planned` finds jobs one by one, `batches` shares them out, `schedule` decides who does what and what a loss means,
and `on_ray` and `worker` are the two sides of Ray.
"""
