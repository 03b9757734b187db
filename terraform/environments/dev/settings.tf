# dev: as cheap as it can be and still be the same system. It comes and goes: nothing in it is kept against deletion.
locals {
  environment        = "dev"
  cost_center        = "lab"
  protected          = false
  cidr               = "10.0.0.0/16"
  zones              = ["a", "b"]
  kubernetes_version = "1.35"
  nodes              = { instance_types = ["t3.large", "t3a.large"], min = 2, desired = 2, max = 3 }
  database           = { instance_class = "db.t4g.micro", storage_gib = 20 }
  cache              = { node_type = "cache.t4g.micro", nodes = 1 }
  log_retention_days = 7
}
