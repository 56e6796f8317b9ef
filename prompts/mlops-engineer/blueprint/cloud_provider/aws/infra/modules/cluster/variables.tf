variable "name" {
  description = "Name of the cluster and prefix of its roles"
  type        = string
}

variable "namespace" {
  description = "Where the workloads run"
  type        = string
}

variable "kubernetes_version" {
  description = "Minor version"
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets"
  type        = list(string)
}

variable "public_endpoint" {
  description = "Whether the API answers from outside the network"
  type        = bool
}

variable "serving" {
  description = "Pool of the online service, on demand"
  type        = object({ instance_types = list(string), min = number, max = number })
}

variable "jobs" {
  description = "Pool of interruptible jobs, from none to max"
  type        = object({ instance_types = list(string), max = number })
}

variable "workload_policies" {
  description = "Policy document as JSON, by service account"
  type        = map(string)
}
