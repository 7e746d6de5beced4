"""The HTTP service and its page: one process that answers, and one that computes."""
