data "archive_file" "function" {
  for_each = local.functions

  type        = "zip"
  source_dir  = "${path.module}/../dist/functions/${each.key}"
  output_path = "${path.module}/.terraform/${each.key}.zip"
}

locals {
  common = {
    YB_PROJECT        = var.project
    YB_TOPIC_PREFIX   = local.topic_prefix
    YB_DATABASE       = google_firestore_database.this["main"].name
    YB_HOOKS_DATABASE = google_firestore_database.this["hooks"].name
  }

  github = {
    YB_GITHUB_API_URL = var.github.api_url
    YB_GITHUB_GIT_URL = var.github.url
  }

  cluster = {
    YB_CLUSTER_ENDPOINT = google_container_cluster.builds.control_plane_endpoints_config[0].dns_endpoint_config[0].endpoint
    YB_NAMESPACE        = local.namespace
  }

  logs = {
    YB_LOG_BUCKET       = google_storage_bucket.logs.name
    YB_STORAGE_ENDPOINT = "https://storage.googleapis.com"
  }

  kms             = { YB_KMS_ENDPOINT = "https://cloudkms.googleapis.com" }
  hook_keys       = merge(local.kms, { YB_KMS_KEY_HOOKS = google_kms_crypto_key.this["hooks"].id })
  credential_keys = merge(local.kms, { YB_KMS_KEY_CREDENTIALS = google_kms_crypto_key.this["credentials"].id })

  registries = join(",", var.images.registries)

  # What each function is told. Every variable that its code reads is here or in secret_environment, and no other:
  # tests/defaults.tftest.hcl. What is empty has its default.
  environment = {
    webhook = merge(local.common, local.hook_keys, {
      YB_GITHUB_APP_HOOK_KEY = var.hook_key
    })

    scheduler = merge(local.common, local.github, local.cluster, local.logs, local.credential_keys, {
      YB_GITHUB_APP_ID           = var.github.app_id
      YB_SIGNING_EMAIL           = google_service_account.uploads.email
      YB_RUNNER_IMAGE            = var.images.runner
      YB_BUILD_IMAGE             = var.images.build
      YB_IMAGE_REGISTRIES        = local.registries
      YB_IMAGE_PULL_POLICY       = ""
      YB_RUNTIME_CLASS           = var.one_customer ? "none" : "gvisor"
      YB_NODE_SELECTOR           = var.builds.node_selector
      YB_TOLERATIONS             = var.builds.tolerations
      YB_STORAGE_CLASS           = kubernetes_storage_class_v1.volumes.metadata[0].name
      YB_VOLUME_ACCESS_MODE      = "ReadWriteOncePod"
      YB_DISK_CACHE_BYTES        = tostring(var.builds.disk_cache_bytes)
      YB_MIN_FREE_BYTES          = ""
      YB_MIN_FREE_INODES         = ""
      YB_JOB_STORAGE_ENDPOINT    = ""
      YB_JOB_GIT_URL             = ""
      YB_JOB_CPU                 = var.builds.cpu
      YB_JOB_MEMORY              = var.builds.memory
      YB_JOB_EPHEMERAL_STORAGE   = var.builds.ephemeral_storage
      YB_JOB_SHM_BYTES           = tostring(var.builds.shm_bytes)
      YB_JOB_DEADLINE_SECONDS    = tostring(var.builds.deadline_seconds)
      YB_MAX_LOG_BYTES           = tostring(var.builds.log_bytes)
      YB_MAX_RUNS                = tostring(var.builds.at_once)
      YB_MAX_RUNS_OF_CUSTOMER    = tostring(coalesce(var.builds.at_once_of_owner, var.builds.at_once))
      YB_MAX_WAITING_OF_CUSTOMER = tostring(var.builds.waiting_of_owner)
      YB_MAX_PUSHES_OF_CUSTOMER  = tostring(var.builds.pushes_of_owner)
      YB_CUSTOMERS               = jsonencode({ for id, one in var.owners : id => { for key, value in one : key => value if value != null } })
    })

    watcher = merge(local.common, local.github, local.cluster, local.logs, local.credential_keys, {
      YB_GITHUB_APP_ID      = var.github.app_id
      YB_SIGNING_EMAIL      = google_service_account.function["watcher"].email
      YB_DASHBOARD_URL      = local.dashboard_url
      YB_IMAGE_WAIT_SECONDS = ""
      YB_START_WAIT_SECONDS = ""
      YB_RETRY_PAUSES       = ""
    })

    dashboard = merge(local.common, local.github, local.logs, local.hook_keys, local.credential_keys, {
      YB_GITHUB_URL           = var.github.url
      YB_GITHUB_CLIENT_ID     = var.github.client_id
      YB_GITHUB_APP_SLUG      = var.github.slug
      YB_SIGNING_EMAIL        = google_service_account.links.email
      YB_DASHBOARD_URL        = local.dashboard_url
      YB_WEBHOOK_URL          = local.address["webhook"]
      YB_VOLUME_GIB           = tostring(var.builds.volume_gib)
      YB_MAX_CPU              = var.builds.max_cpu
      YB_MAX_MEMORY           = var.builds.max_memory
      YB_MAX_DEADLINE_SECONDS = tostring(var.builds.max_deadline)
      YB_IMAGE_REGISTRIES     = local.registries
    })
  }

  # From Secret Manager: the secret by the variable that holds it.
  secret_environment = {
    webhook   = { YB_GITHUB_APP_HOOK_SECRET = "github-hook-secret" }
    scheduler = { YB_GITHUB_APP_KEY = "github-app-key" }
    watcher   = { YB_GITHUB_APP_KEY = "github-app-key" }
    dashboard = { YB_GITHUB_CLIENT_SECRET = "github-client-secret", YB_KEYS_SESSIONS = "session-key" }
  }

  # The internet reaches two of them; the other two, Pub/Sub's deliveries alone.
  invokers = {
    webhook   = var.public ? { everybody = "allUsers" } : {}
    dashboard = var.public ? { everybody = "allUsers" } : {}
    scheduler = { deliveries = google_service_account.push.member }
    watcher   = { deliveries = google_service_account.push.member }
  }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name          = "${var.prefix}-${each.key}"
  project       = var.project
  region        = var.region
  entry_point   = each.key
  source_bucket = google_storage_bucket.source.name
  source_file   = data.archive_file.function[each.key].output_path
  source_hash   = data.archive_file.function[each.key].output_sha256
  account       = google_service_account.function[each.key].email
  build_account = google_service_account.builder.id
  size          = var.functions[each.key]
  environment   = local.environment[each.key]
  invokers      = local.invokers[each.key]
  secrets = {
    for variable, secret in local.secret_environment[each.key] : variable => {
      secret  = google_secret_manager_secret.this[secret].secret_id
      version = google_secret_manager_secret_version.this[secret].version
    }
  }

  depends_on = [
    google_project_iam_member.builder,
    google_secret_manager_secret_iam_member.this,
    google_storage_bucket_iam_member.source,
  ]
}
