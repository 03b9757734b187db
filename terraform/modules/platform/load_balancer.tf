# What AWS Load Balancer Controller may do: read the network, make load balancers with the cluster's tag, change those alone.
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/ says which calls it makes.
locals {
  cluster_tag = "elbv2.k8s.aws/cluster"
  elb         = "arn:aws:elasticloadbalancing:${data.aws_region.this.region}:${local.account}"
  ec2         = "arn:aws:ec2:${data.aws_region.this.region}:${local.account}"
  balancers   = ["${local.elb}:loadbalancer/app/*", "${local.elb}:loadbalancer/net/*", "${local.elb}:targetgroup/*"]
  listeners   = ["${local.elb}:listener/app/*", "${local.elb}:listener/net/*", "${local.elb}:listener-rule/app/*", "${local.elb}:listener-rule/net/*"]
  asked       = { StringEquals = { "aws:RequestTag/${local.cluster_tag}" = [local.name] } }
  ours        = { StringEquals = { "aws:ResourceTag/${local.cluster_tag}" = [local.name] } }

  balances = [
    {
      Sid    = "Read"
      Effect = "Allow"
      Action = [
        "acm:DescribeCertificate", "acm:ListCertificates", "ec2:DescribeAccountAttributes", "ec2:DescribeAddresses",
        "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags", "ec2:DescribeVpcs",
        "ec2:DescribeVpcPeeringConnections", "ec2:GetSecurityGroupsForVpc", "elasticloadbalancing:DescribeListenerAttributes",
        "elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeSSLPolicies", "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeTrustStores",
      ]
      Resource  = ["*"]
      Condition = null
    },
    {
      Sid       = "Make"
      Effect    = "Allow"
      Action    = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
      Resource  = local.balancers
      Condition = local.asked
    },
    {
      Sid       = "TagAtBirth"
      Effect    = "Allow"
      Action    = ["elasticloadbalancing:AddTags"]
      Resource  = concat(local.balancers, local.listeners)
      Condition = { StringEquals = { "elasticloadbalancing:CreateAction" = ["CreateTargetGroup", "CreateLoadBalancer", "CreateListener", "CreateRule"] } }
    },
    {
      Sid    = "Change"
      Effect = "Allow"
      Action = [
        "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:RegisterTargets",
        "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetSecurityGroups",
        "elasticloadbalancing:SetSubnets",
      ]
      Resource  = local.balancers
      Condition = local.ours
    },
    {
      Sid    = "ChangeListeners"
      Effect = "Allow"
      Action = [
        "elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetRulePriorities",
      ]
      Resource  = local.listeners
      Condition = local.ours
    },
    {
      Sid       = "MakeSecurityGroups"
      Effect    = "Allow"
      Action    = ["ec2:CreateSecurityGroup"]
      Resource  = ["${local.ec2}:vpc/${module.vpc.id}", "${local.ec2}:security-group/*"]
      Condition = null
    },
    {
      Sid       = "TagSecurityGroups"
      Effect    = "Allow"
      Action    = ["ec2:CreateTags"]
      Resource  = ["${local.ec2}:security-group/*"]
      Condition = { StringEquals = merge(local.asked.StringEquals, { "ec2:CreateAction" = ["CreateSecurityGroup"] }) }
    },
    {
      Sid       = "ChangeSecurityGroups"
      Effect    = "Allow"
      Action    = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:DeleteSecurityGroup", "ec2:CreateTags", "ec2:DeleteTags"]
      Resource  = ["${local.ec2}:security-group/*"]
      Condition = local.ours
    },
    {
      Sid       = "LetInToNodes" # the nodes' own group carries EKS's tag instead
      Effect    = "Allow"
      Action    = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
      Resource  = ["${local.ec2}:security-group/${module.eks.security_group_id}"]
      Condition = null
    },
    {
      Sid       = "FirstOfItsKind"
      Effect    = "Allow"
      Action    = ["iam:CreateServiceLinkedRole"]
      Resource  = ["arn:aws:iam::${local.account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"]
      Condition = { StringEquals = { "iam:AWSServiceName" = ["elasticloadbalancing.amazonaws.com"] } }
    },
  ]
}
