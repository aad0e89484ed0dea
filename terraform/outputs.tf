output "dashboard" {
  description = "Where people go, and what yb is told as YB_SERVER."
  value       = local.dashboard_url
}

output "dashboard_address" {
  description = "What a name of one's own has to lead to."
  value       = module.function["dashboard"].uri
}

output "registry" {
  description = "Where the installation's own images go: REGISTRY/runner:TAG."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "github_app" {
  description = "What the GitHub App's settings have to say."
  value = {
    callback_url = "${local.dashboard_url}/auth/callback"
    webhook_url  = "${local.address["webhook"]}/${var.hook_key}"
  }
}

output "environment" {
  description = "The names of the variables that each function is told, for the tests."
  value       = { for name in local.functions : name => sort(concat(keys(local.environment[name]), keys(local.secret_environment[name]))) }
}
