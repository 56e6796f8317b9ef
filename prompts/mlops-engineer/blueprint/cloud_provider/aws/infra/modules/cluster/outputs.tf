output "name" {
  description = "For kubeconfig"
  value       = aws_eks_cluster.main.name
}

output "role_arns" {
  description = "Role per service account"
  value       = { for key, role in aws_iam_role.workload : key => role.arn }
}
