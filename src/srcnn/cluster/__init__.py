"""Many machines: the work of `srcnn upscale` and `srcnn benchmark` on Ray.

`planned` finds files one by one, and `measuring` has the measurements of a benchmark; both are a `task`.
`batches` shares tasks out, `schedule` decides who does what and what a loss means, `connection` finds the cluster,
and `on_ray` and `worker` are the two sides of Ray.
"""
