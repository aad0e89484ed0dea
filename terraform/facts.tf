locals {
  # What code and configuration have to agree on, written by build/terraform-facts.ts: topics, indexes, variables, rights.
  facts = jsondecode(file("${path.module}/facts.json"))

  functions    = toset(["webhook", "scheduler", "watcher", "dashboard"])
  topic_prefix = "${var.prefix}-"

  # The address that Cloud Run gives a service is known before it exists
  # (https://cloud.google.com/run/docs/managing/services#deterministic).
  address = { for name in local.functions : name => "https://${var.prefix}-${name}-${data.google_project.this.number}.${var.region}.run.app" }

  dashboard_url = var.domain == "" ? local.address["dashboard"] : "https://${var.domain}"
}

data "google_project" "this" {
  project_id = var.project
}
