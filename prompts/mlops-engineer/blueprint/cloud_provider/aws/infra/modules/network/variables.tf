variable "name" {
  description = "Prefix of names"
  type        = string
}

variable "region" {
  description = "Region of the endpoint"
  type        = string
}

variable "cidr" {
  description = "A /16"
  type        = string
}

variable "zones" {
  description = "At most eight availability zones"
  type        = list(string)
}
