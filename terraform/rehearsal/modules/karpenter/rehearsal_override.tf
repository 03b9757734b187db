# The emulator's EKS has no access entries.
resource "aws_eks_access_entry" "node" {
  count = 0
}
