terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # terraform -chdir=infra/envs init -backend-config=<environment>.s3.tfbackend
  backend "s3" {}
}
