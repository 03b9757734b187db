# What the controller may do: bring nodes that carry the cluster's tags, change and end those alone, and read what there is.
# https://karpenter.sh/docs/reference/cloudformation/ says which calls it makes.
locals {
  region  = data.aws_region.this.region
  account = data.aws_caller_identity.this.account_id
  owned   = "kubernetes.io/cluster/${var.cluster_name}"
  ec2     = "arn:aws:ec2:${local.region}:*"
  made    = [for kind in ["fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request"] : "${local.ec2}:${kind}/*"]
  profile = "arn:aws:iam::${local.account}:instance-profile/*"

  when_asked_with_tags = {
    StringEquals = { "aws:RequestTag/${local.owned}" = ["owned"], "aws:RequestTag/eks:eks-cluster-name" = [var.cluster_name] }
    StringLike   = { "aws:RequestTag/karpenter.sh/nodepool" = ["*"] }
  }
  when_it_is_ours = {
    StringEquals = { "aws:ResourceTag/${local.owned}" = ["owned"] }
    StringLike   = { "aws:ResourceTag/karpenter.sh/nodepool" = ["*"] }
  }

  statements = [
    {
      Sid    = "LaunchFromWhatIsThere"
      Effect = "Allow"
      Action = ["ec2:RunInstances", "ec2:CreateFleet"]
      Resource = [
        "arn:aws:ec2:${local.region}::image/*", "arn:aws:ec2:${local.region}::snapshot/*",
        "${local.ec2}:security-group/*", "${local.ec2}:subnet/*", "${local.ec2}:capacity-reservation/*",
      ]
      Condition = null
    },
    {
      Sid       = "LaunchFromOurTemplates"
      Effect    = "Allow"
      Action    = ["ec2:RunInstances", "ec2:CreateFleet"]
      Resource  = ["${local.ec2}:launch-template/*"]
      Condition = local.when_it_is_ours
    },
    {
      Sid       = "Launch"
      Effect    = "Allow"
      Action    = ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"]
      Resource  = local.made
      Condition = local.when_asked_with_tags
    },
    {
      Sid      = "TagAtLaunch"
      Effect   = "Allow"
      Action   = ["ec2:CreateTags"]
      Resource = local.made
      Condition = merge(local.when_asked_with_tags, {
        StringEquals = merge(local.when_asked_with_tags.StringEquals, { "ec2:CreateAction" = ["RunInstances", "CreateFleet", "CreateLaunchTemplate"] })
      })
    },
    {
      Sid      = "TagLater"
      Effect   = "Allow"
      Action   = ["ec2:CreateTags"]
      Resource = ["${local.ec2}:instance/*"]
      Condition = merge(local.when_it_is_ours, {
        "ForAllValues:StringEquals" = { "aws:TagKeys" = ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"] }
      })
    },
    {
      Sid       = "End"
      Effect    = "Allow"
      Action    = ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"]
      Resource  = ["${local.ec2}:instance/*", "${local.ec2}:launch-template/*"]
      Condition = local.when_it_is_ours
    },
    {
      Sid    = "Read"
      Effect = "Allow"
      Action = [
        "ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstanceStatus", "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeLaunchTemplates", "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups", "ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets",
      ]
      Resource  = ["*"]
      Condition = { StringEquals = { "aws:RequestedRegion" = [local.region] } }
    },
    {
      Sid       = "ReadImagesAndPrices"
      Effect    = "Allow"
      Action    = ["ssm:GetParameter", "pricing:GetProducts", "iam:ListInstanceProfiles"]
      Resource  = ["*"]
      Condition = null
    },
    {
      Sid       = "HearOfInterruptions"
      Effect    = "Allow"
      Action    = ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource  = [aws_sqs_queue.this.arn]
      Condition = null
    },
    {
      Sid       = "GiveNodesTheirRole"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = [aws_iam_role.node.arn]
      Condition = { StringEquals = { "iam:PassedToService" = ["ec2.amazonaws.com"] } }
    },
    {
      Sid      = "MakeProfiles"
      Effect   = "Allow"
      Action   = ["iam:CreateInstanceProfile", "iam:TagInstanceProfile"]
      Resource = [local.profile]
      Condition = {
        StringEquals = { "aws:RequestTag/${local.owned}" = ["owned"], "aws:RequestTag/topology.kubernetes.io/region" = [local.region] }
        StringLike   = { "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass" = ["*"] }
      }
    },
    {
      Sid      = "ChangeProfiles"
      Effect   = "Allow"
      Action   = ["iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"]
      Resource = [local.profile]
      Condition = {
        StringEquals = { "aws:ResourceTag/${local.owned}" = ["owned"], "aws:ResourceTag/topology.kubernetes.io/region" = [local.region] }
        StringLike   = { "aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass" = ["*"] }
      }
    },
    {
      Sid       = "ReadProfiles"
      Effect    = "Allow"
      Action    = ["iam:GetInstanceProfile"]
      Resource  = [local.profile]
      Condition = null
    },
    {
      Sid       = "FindTheApiServer"
      Effect    = "Allow"
      Action    = ["eks:DescribeCluster"]
      Resource  = ["arn:aws:eks:${local.region}:${local.account}:cluster/${var.cluster_name}"]
      Condition = null
    },
  ]
}
