resource "google_kms_key_ring" "this" {
  name       = var.prefix
  location   = var.region
  depends_on = [google_project_service.needed]
}

# A new version each quarter; what was sealed by older ones opens as long as they are not destroyed.
resource "google_kms_crypto_key" "this" {
  for_each = local.facts.keys

  name            = each.key
  key_ring        = google_kms_key_ring.this.id
  rotation_period = "7776000s"
}

locals {
  key_rights = merge(flatten([
    for key, rights in local.facts.keys : [
      for verb, functions in rights : {
        for name in functions : "${name} ${verb} ${key}" => {
          function = name
          key      = key
          role     = verb == "encrypt" ? "roles/cloudkms.cryptoKeyEncrypter" : "roles/cloudkms.cryptoKeyDecrypter"
        }
      }
    ]
  ])...)
}

resource "google_kms_crypto_key_iam_member" "this" {
  for_each = local.key_rights

  crypto_key_id = google_kms_crypto_key.this[each.value.key].id
  role          = each.value.role
  member        = google_service_account.function[each.value.function].member
}

locals {
  # By name: the field of var.secrets that it holds, and who reads it.
  secrets = {
    github-client-secret = { field = "github_client_secret", readers = ["dashboard"] }
    github-app-key       = { field = "github_app_key", readers = ["scheduler", "watcher"] }
    github-hook-secret   = { field = "github_hook_secret", readers = ["webhook"] }
    session-key          = { field = "session_key", readers = ["dashboard"] }
  }

  # Each key has a name in the dashboard's ring that stays its own, whatever stands beside it: what it sealed opens as long as it is there.
  session_ring = join(",", [for key in split(",", var.secrets.session_key) : "${substr(sha256(key), 0, 12)}:${key}"])
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  secret_id = "${var.prefix}-${each.key}"
  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_version" "this" {
  for_each = local.secrets

  secret                 = google_secret_manager_secret.this[each.key].id
  secret_data_wo         = each.key == "session-key" ? local.session_ring : var.secrets[each.value.field]
  secret_data_wo_version = var.secrets_version

  # A function is told of the next one before the last one goes.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "this" {
  for_each = merge([for name, secret in local.secrets : { for reader in secret.readers : "${reader} ${name}" => { reader = reader, secret = name } }]...)

  secret_id = google_secret_manager_secret.this[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.reader].member
}
