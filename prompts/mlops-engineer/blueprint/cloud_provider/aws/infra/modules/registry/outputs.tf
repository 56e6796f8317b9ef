output "url" {
  description = "What image.repository of the chart is set to"
  value       = aws_ecr_repository.image.repository_url
}
