output "vpc_id" {
  description = "The network"
  value       = aws_vpc.main.id
}

output "private_subnet_ids" {
  description = "Where nodes and mount targets lie"
  value       = aws_subnet.private[*].id
}

output "private_cidrs" {
  description = "Address ranges of the nodes"
  value       = aws_subnet.private[*].cidr_block
}
