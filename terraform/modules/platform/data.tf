# Where the services keep what they know. Passwords are made once, outside of Terraform (`aws.bootstrap`), and read here.
data "aws_secretsmanager_secret_version" "passwords" {
  secret_id = "kubeflow-ops/bootstrap/passwords"
}

locals {
  passwords = jsondecode(data.aws_secretsmanager_secret_version.passwords.secret_string)
  databases = { order = "orders", user = "users", notification = "notifications" }
}

module "database" {
  source                 = "../rds"
  name                   = local.name
  engine_version         = var.database.engine_version
  instance_class         = var.database.instance_class
  allocated_storage      = var.database.storage_gib
  max_allocated_storage  = var.database.storage_gib * 5
  database               = "postgres_ops"
  vpc_id                 = module.vpc.id
  subnet_ids             = module.vpc.private_subnet_ids
  client_security_groups = { cluster = module.eks.security_group_id }
  multi_az               = var.protected
  deletion_protection    = var.protected
}

module "cache" {
  source                  = "../elasticache"
  name                    = local.name
  node_type               = var.cache.node_type
  nodes                   = var.cache.nodes
  vpc_id                  = module.vpc.id
  subnet_ids              = module.vpc.private_subnet_ids
  client_security_groups  = { cluster = module.eks.security_group_id }
  auth_token              = local.passwords.redis
  snapshot_retention_days = var.protected ? 7 : 0
}

module "order_queue" {
  source    = "../sqs"
  name      = "order-queue"
  dlq_name  = "order-dlq"
  senders   = [module.roles["order"].arn]
  consumers = [module.roles["notification"].arn]
}

module "secrets" {
  source                  = "../secrets"
  recovery_window_in_days = var.protected ? 30 : 0
  secrets = merge(
    {
      for service, database in local.databases : "kubeflow-ops/${service}/database" => {
        host     = module.database.host
        port     = "5432"
        dbname   = database
        username = database
        password = local.passwords[service]
      }
    },
    {
      "kubeflow-ops/redis"   = { host = module.cache.host, port = "6379", password = local.passwords.redis }
      "kubeflow-ops/grafana" = { user = "admin", password = local.passwords.grafana }
      # Who makes databases and roles in the cluster; the password is in the secret that AWS keeps.
      "kubeflow-ops/database/master" = { host = module.database.host, port = "5432", username = module.database.master_user }
      # A person puts the real ones; Terraform never takes them back (module secrets).
      "kubeflow-ops/alertmanager" = { "slack-url" = "https://unset.invalid", "heartbeat-url" = "https://unset.invalid" }
    },
  )
}
