"""What can be told of a cluster from its rendered objects alone; every function is pure."""
