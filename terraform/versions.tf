terraform {
  # Write-only arguments, by which no secret comes into the state.
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 3.0"
    }
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

data "google_client_config" "current" {}

# The control plane's own name, behind Google's sign-in: no certificate of the cluster and no way into its network is needed.
provider "kubernetes" {
  host  = "https://${google_container_cluster.builds.control_plane_endpoints_config[0].dns_endpoint_config[0].endpoint}"
  token = data.google_client_config.current.access_token
}
