resource "aws_security_group" "rehearsal" { # in the default network: where it is does not matter to rules that name it
  name        = "${var.name}-rehearsal"
  description = "Stands for the security group that EKS makes"
}
