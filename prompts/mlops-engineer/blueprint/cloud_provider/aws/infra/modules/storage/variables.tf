variable "name" {
  description = "Prefix of all names, unique in the account and for buckets world-wide"
  type        = string
}

variable "retention_days" {
  description = "Days per prefix of the bucket"
  type        = map(number)
}

variable "vpc_id" {
  description = "Network of the cluster"
  type        = string
}

variable "private_subnet_ids" {
  description = "One mount target each"
  type        = list(string)
}

variable "private_cidrs" {
  description = "Who may mount"
  type        = list(string)
}
