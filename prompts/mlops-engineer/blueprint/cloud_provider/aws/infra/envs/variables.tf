variable "environment" {
  description = "dev, staging or prod"
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment is dev, staging or prod."
  }
}

variable "region" {
  description = "Where everything lies"
  type        = string
}

variable "cidr" {
  description = "Address range of the network, one per environment"
  type        = string
}

variable "zones" {
  description = "Availability zones"
  type        = list(string)
}

variable "retention_days" {
  description = "Days per prefix of the data bucket"
  type        = map(number)
}

variable "keep_images" {
  description = "How many images stay in the registry"
  type        = number
}

variable "kubernetes_version" {
  description = "Minor version of the cluster"
  type        = string
}

variable "public_endpoint" {
  description = "Whether the cluster's API answers from outside"
  type        = bool
}

variable "serving_pool" {
  description = "Nodes of the online service"
  type        = object({ instance_types = list(string), min = number, max = number })
}

variable "jobs_pool" {
  description = "Nodes of interruptible jobs"
  type        = object({ instance_types = list(string), max = number })
}

variable "month_usd" {
  description = "Budget of the month; 0: none is stated"
  type        = number
}

variable "warn_pct" {
  description = "Shares of the budget that warn, in percent"
  type        = list(number)
}

variable "budget_emails" {
  description = "Who is told about the budget"
  type        = list(string)
}
