# Logs and results of runs. No page reads it but by a signed link.
resource "google_storage_bucket" "logs" {
  name                        = "${var.project}-${var.prefix}-logs"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  # It would bill every version of every chunk of a growing log.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    condition {
      age = local.facts.runDays
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }
}

# Overwriting an object needs the right to delete it, and the last chunk of a log grows.
resource "google_project_iam_custom_role" "uploads" {
  role_id     = "${replace(var.prefix, "-", "_")}_uploads"
  title       = "yb: upload"
  permissions = ["storage.objects.create", "storage.objects.delete"]
}

# The watcher joins what a courier left, and reads results.
resource "google_project_iam_custom_role" "archive" {
  role_id     = "${replace(var.prefix, "-", "_")}_archive"
  title       = "yb: archive"
  permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list"]
}

resource "google_project_iam_custom_role" "reads" {
  role_id     = "${replace(var.prefix, "-", "_")}_reads"
  title       = "yb: read objects"
  permissions = ["storage.objects.get"]
}

resource "google_project_iam_custom_role" "lists" {
  role_id     = "${replace(var.prefix, "-", "_")}_lists"
  title       = "yb: read and list objects"
  permissions = ["storage.objects.get", "storage.objects.list"]
}

resource "google_storage_bucket_iam_member" "logs" {
  for_each = {
    uploads   = { member = google_service_account.uploads.member, role = google_project_iam_custom_role.uploads.name }
    links     = { member = google_service_account.links.member, role = google_project_iam_custom_role.reads.name }
    watcher   = { member = google_service_account.function["watcher"].member, role = google_project_iam_custom_role.archive.name }
    dashboard = { member = google_service_account.function["dashboard"].member, role = google_project_iam_custom_role.lists.name }
  }

  bucket = google_storage_bucket.logs.name
  role   = each.value.role
  member = each.value.member
}

# One for the few small objects that call the watcher; chunks of logs call nobody.
resource "google_storage_notification" "signals" {
  bucket             = google_storage_bucket.logs.name
  topic              = google_pubsub_topic.this["signals"].id
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = local.facts.signalsPrefix
  depends_on         = [google_pubsub_topic_iam_member.publishes]
}

# What the functions are deployed from.
resource "google_storage_bucket" "source" {
  name                        = "${var.project}-${var.prefix}-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true
}

resource "google_storage_bucket_iam_member" "source" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.builder.member
}
