output "id" {
  value       = aws_vpc.this.id
  description = "Id of the network."
}

output "cidr" {
  value       = aws_vpc.this.cidr_block
  description = "Addresses of the network."
}

output "private_subnet_ids" {
  value       = [for subnet in aws_subnet.private : subnet.id]
  description = "Ids of the private subnets, one in each zone."
}

output "public_subnet_ids" {
  value       = [for subnet in aws_subnet.public : subnet.id]
  description = "Ids of the public subnets, one in each zone."
}
