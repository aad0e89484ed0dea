# One account for each function, which has its rights and no others; the tables are shared/rights.ts and
# shared/messages/topics.ts, and docs/deploy.md shows them together.
resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "${var.prefix}-${each.key}"
  display_name = "yb ${each.key}"
  depends_on   = [google_project_service.needed]
}

# Delivers messages to scheduler and watcher.
resource "google_service_account" "push" {
  account_id   = "${var.prefix}-push"
  display_name = "yb: Pub/Sub's deliveries"
}

# Signs the forms by which a build's courier uploads, and may do nothing but write its objects.
resource "google_service_account" "uploads" {
  account_id   = "${var.prefix}-uploads"
  display_name = "yb: what couriers upload"
}

# Signs the links that lead to logs, and may do nothing but read them.
resource "google_service_account" "links" {
  account_id   = "${var.prefix}-links"
  display_name = "yb: links to logs"
}

# Builds the functions' images.
resource "google_service_account" "builder" {
  account_id   = "${var.prefix}-builder"
  display_name = "yb: deploys functions"
}

resource "google_project_iam_member" "builder" {
  for_each = toset(["roles/logging.logWriter", "roles/artifactregistry.writer"])

  project = var.project
  role    = each.key
  member  = google_service_account.builder.member
}

# Of the cluster's nodes: they pull images and write their own logs and metrics.
resource "google_service_account" "nodes" {
  account_id   = "${var.prefix}-nodes"
  display_name = "yb: nodes"
}

resource "google_project_iam_member" "nodes" {
  for_each = toset(["roles/logging.logWriter", "roles/monitoring.metricWriter"])

  project = var.project
  role    = each.key
  member  = google_service_account.nodes.member
}

# To sign in an account's name is to act as it: one right each, on one account each.
resource "google_service_account_iam_member" "signs" {
  for_each = {
    scheduler = google_service_account.uploads.name
    dashboard = google_service_account.links.name
  }

  service_account_id = each.value
  role               = google_project_iam_custom_role.signer.name
  member             = google_service_account.function[each.key].member
}

resource "google_project_iam_custom_role" "signer" {
  role_id     = "${replace(var.prefix, "-", "_")}_signer"
  title       = "yb: sign"
  permissions = ["iam.serviceAccounts.signBlob"]
}
