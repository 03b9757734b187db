# prod: outlives the loss of a zone and a careless command. Deletion is refused until `protected` is false and applied.
locals {
  environment        = "prod"
  cost_center        = "production"
  protected          = true
  cidr               = "10.0.0.0/16"
  zones              = ["a", "b"]
  kubernetes_version = "1.35"
  nodes              = { instance_types = ["m7i.large", "m6i.large"], min = 2, desired = 3, max = 6 }
  database           = { instance_class = "db.m7g.large", storage_gib = 100 }
  cache              = { node_type = "cache.m7g.large", nodes = 2 }
  log_retention_days = 90
}
