# One role for each service account, with its actions alone.
module "permissions" {
  source    = "../permissions"
  queue_arn = module.order_queue.queue_arn
  dlq_arn   = module.order_queue.dlq_arn
}

locals {
  accounts = {
    order                    = { namespace = "shop", name = "order-service", statements = module.permissions.statements.order }
    notification             = { namespace = "shop", name = "notification-service", statements = module.permissions.statements.notification }
    external-secrets         = { namespace = "external-secrets", name = "external-secrets", statements = local.reads_secrets }
    loki                     = { namespace = "monitoring", name = "loki", statements = local.keeps["loki"] }
    tempo                    = { namespace = "monitoring", name = "tempo", statements = local.keeps["tempo"] }
    backups                  = { namespace = "data", name = "backups", statements = local.keeps["backups"] }
    load-balancer-controller = { namespace = "kube-system", name = "aws-load-balancer-controller", statements = local.balances }
  }

  reads_secrets = [{
    Sid      = "Read"
    Effect   = "Allow"
    Action   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    Resource = concat(values(module.secrets.arns), [module.database.master_secret_arn])
  }]

  keeps = {
    for use, bucket in module.buckets : use => [
      { Sid = "List", Effect = "Allow", Action = ["s3:ListBucket"], Resource = [bucket.arn] },
      { Sid = "Keep", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = ["${bucket.arn}/*"] },
    ]
  }
}

module "roles" {
  source            = "../irsa"
  for_each          = local.accounts
  name              = "${local.name}-${each.key}"
  oidc_provider_arn = module.eks.oidc_provider_arn
  oidc_issuer       = module.eks.oidc_issuer
  namespace         = each.value.namespace
  service_account   = each.value.name
  statements        = each.value.statements
}
