"""Three nodes of Ray with a core each, and a Ray Client server at the port that is given.

Words on standard input start the cluster, kill a node, add one, and end it all.
"""

import sys
from typing import Any

from ray.cluster_utils import Cluster

MEMORY = 80 * 2**20  # of a node's object store, which srcnn does not use
TRIES = 10


def add(cluster: Cluster, **more: Any) -> Any:
    """One more node; Ray gives it 30 s, and its helpers 15 s, however busy the machine is."""
    for attempt in range(TRIES):
        try:
            return cluster.add_node(num_cpus=1, object_store_memory=MEMORY, include_dashboard=False, **more)
        except Exception:  # Ray's word for it
            if attempt == TRIES - 1:
                raise
    return None


def main() -> None:
    cluster = Cluster()
    workers = []
    for line in sys.stdin:
        word = line.strip()
        if word == "start":
            add(cluster, ray_client_server_port=int(sys.argv[1]))
            workers = [add(cluster) for _ in range(2)]
        elif word == "kill":
            cluster.remove_node(workers.pop(), allow_graceful=False)
        elif word == "add":
            workers.append(add(cluster))
        else:
            break
        print(f"nodes: {cluster.address}", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
