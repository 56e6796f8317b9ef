variable "name" {
  description = "Name of the repository"
  type        = string
}

variable "keep_images" {
  description = "How many images stay"
  type        = number
}
