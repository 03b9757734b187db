# The nodes that are always there: the platform and Karpenter, which brings those that come and go.
resource "aws_launch_template" "this" {
  name = "${var.name}-nodes"

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1 # a pod does not reach the node's role
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = var.nodes.disk_gib
      volume_type = "gp3"
      encrypted   = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-node" }
  }
}

resource "aws_eks_node_group" "this" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "base"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  version         = var.kubernetes_version
  ami_type        = var.nodes.ami_type
  capacity_type   = var.nodes.capacity_type
  instance_types  = var.nodes.instance_types

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  scaling_config {
    min_size     = var.nodes.min
    max_size     = var.nodes.max
    desired_size = var.nodes.desired
  }

  update_config {
    max_unavailable = 1
  }

  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.network, aws_eks_addon.proxy]

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size] # what it needs is the cluster's to say, once it runs
  }
}
