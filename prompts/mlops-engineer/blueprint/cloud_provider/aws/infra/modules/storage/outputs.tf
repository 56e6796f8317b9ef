output "bucket" {
  description = "Name of the data bucket"
  value       = aws_s3_bucket.data.bucket
}

output "bucket_arn" {
  description = "For the policies of the workloads"
  value       = aws_s3_bucket.data.arn
}

output "volume_handles" {
  description = "Volume handles of k8s/storage, by purpose"
  value       = { for key, point in aws_efs_access_point.shared : key => "${aws_efs_file_system.shared.id}::${point.id}" }
}
