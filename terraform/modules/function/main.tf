# A Cloud Run function of its own source, account and environment.
resource "google_storage_bucket_object" "source" {
  # The content's hash in its name: another content is another deployment, and the former stay for a roll-back.
  name   = "${var.name}-${var.source_hash}.zip"
  bucket = var.source_bucket
  source = var.source_file
}

resource "google_cloudfunctions2_function" "this" {
  name     = var.name
  location = var.region

  build_config {
    runtime         = "nodejs24"
    entry_point     = var.entry_point
    service_account = var.build_account

    source {
      storage_source {
        bucket = var.source_bucket
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = var.account
    min_instance_count               = var.size.minimum
    max_instance_count               = var.size.maximum
    max_instance_request_concurrency = var.size.concurrency
    available_cpu                    = var.size.cpu
    available_memory                 = var.size.memory
    timeout_seconds                  = var.size.seconds
    ingress_settings                 = "ALLOW_ALL"
    all_traffic_on_latest_revision   = true
    # Settings that are left empty have their defaults.
    environment_variables = { for name, value in var.environment : name => value if value != "" }

    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = var.project
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "invokes" {
  for_each = var.invokers

  location = var.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value
}
