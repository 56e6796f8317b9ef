output "cluster" {
  description = "aws eks update-kubeconfig --name …"
  value       = module.cluster.name
}

output "image_repository" {
  description = "image.repository of the chart"
  value       = module.registry.url
}

output "volume_handles" {
  description = "Handles for k8s/storage"
  value       = module.storage.volume_handles
}

output "role_arns" {
  description = "Role per service account"
  value       = module.cluster.role_arns
}
