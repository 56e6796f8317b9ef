variable "name" {
  description = "Prefix of names"
  type        = string
}

variable "pipeline" {
  description = "Value of the cost tag"
  type        = string
}

variable "month_usd" {
  description = "0: no budget is stated"
  type        = number
}

variable "warn_pct" {
  description = "Shares of the budget in percent"
  type        = list(number)
}

variable "emails" {
  description = "Who is told"
  type        = list(string)
}
