# The whole configuration as it is planned, without a cloud.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_data "google_client_config" {
    defaults = { access_token = "token" }
  }
}
mock_provider "kubernetes" {}
mock_provider "archive" {
  mock_data "archive_file" {
    defaults = { output_sha256 = "abc", output_path = "function.zip" }
  }
}

variables {
  project  = "my-project-123"
  region   = "europe-west1"
  hook_key = "0123456789abcdef0123456789abcdef"
  github   = { app_id = "12345", client_id = "Iv1.abc", slug = "our-yb" }
  images   = { runner = "ghcr.io/me/runner:1.0", build = "ghcr.io/me/build:1.0" }
  secrets = {
    github_client_secret = "client-secret"
    github_app_key       = "key"
    github_hook_secret   = "a secret of the hook"
    session_key          = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
  }
}

run "every_variable_that_code_reads_is_set_and_no_other" {
  command = plan

  assert {
    condition     = alltrue([for name, variables in local.facts.functions : join(" ", output.environment[name]) == join(" ", variables)])
    error_message = "A function reads a variable that is not set, or one is set that none reads. Compare functions/*/settings.ts with functions.tf, then write facts.json anew: node build/terraform-facts.ts."
  }
}

run "no_variable_of_the_local_system_is_set" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for environment in values(local.environment) : [for name in keys(environment) : !can(regex("EMULATOR|YB_LOCAL|_TOKEN$|KEY_FILE", name))]
    ]))
    error_message = "What the local system alone is told must not be said in the cloud."
  }
}

run "every_topic_has_its_publishers_and_one_reader" {
  command = plan

  assert {
    condition     = length(google_pubsub_topic.this) == length(local.facts.topics) + 1
    error_message = "A topic for each of shared/messages/topics.ts, and one for dead letters."
  }

  assert {
    condition = alltrue([
      for name, row in local.facts.topics : alltrue([for who in row.publishers : contains(keys(google_pubsub_topic_iam_member.publishes), "${who} ${name}")])
    ])
    error_message = "Who publishes to a topic has the right to."
  }

  assert {
    condition     = !contains(keys(google_pubsub_topic_iam_member.publishes), "dashboard pushes") && !contains(keys(google_pubsub_topic_iam_member.publishes), "webhook orders")
    error_message = "Nobody publishes what another says."
  }

  assert {
    condition     = google_pubsub_subscription.dead_letters.expiration_policy[0].ttl == "" && google_pubsub_subscription.dead_letters.message_retention_duration == "2678400s"
    error_message = "What was put aside waits for a month."
  }
}

run "messages_are_delivered_as_the_code_expects" {
  command = plan

  assert {
    condition = alltrue([
      for name, module in module.subscription :
      module.subscription.ack_deadline_seconds >= var.functions[local.facts.topics[name].subscriber].seconds
      && module.subscription.ack_deadline_seconds == local.facts.delivery.ackDeadlineSeconds
      && module.subscription.dead_letter_policy[0].max_delivery_attempts == local.facts.delivery.maxDeliveryAttempts
      && module.subscription.expiration_policy[0].ttl == ""
    ])
    error_message = "A message is delivered again only after its function's time is over, and put aside after the tries of shared/messages/topics.ts."
  }

  assert {
    condition     = jsondecode(base64decode(google_cloud_scheduler_job.tick.pubsub_target[0].data)) == { v = 1, type = "tick" } && google_cloud_scheduler_job.tick.schedule == "* * * * *"
    error_message = "The tick says what its reader reads, each minute."
  }

  assert {
    condition     = google_storage_notification.signals.object_name_prefix == "signals/" && join(" ", google_storage_notification.signals.event_types) == "OBJECT_FINALIZE"
    error_message = "Signals alone call the watcher."
  }
}

run "each_query_has_its_index" {
  command = plan

  assert {
    condition     = toset(concat(keys(google_firestore_index.needed), keys(google_firestore_field.everywhere))) == toset(keys(local.facts.indexes))
    error_message = "An index for each query of shared/store/queries.ts that needs one, and none beside."
  }

  assert {
    condition     = toset(keys(google_firestore_field.expires)) == toset(local.facts.expiring)
    error_message = "What ends by itself does."
  }
}

run "rights_are_those_of_the_table" {
  command = plan

  assert {
    condition     = toset(keys(google_kms_crypto_key_iam_member.this)) == toset(["dashboard encrypt hooks", "webhook decrypt hooks", "dashboard encrypt credentials", "scheduler decrypt credentials", "watcher decrypt credentials"])
    error_message = "Who seals opens nothing."
  }

  assert {
    condition     = toset(keys(google_project_iam_member.database)) == toset(["scheduler main", "watcher main", "dashboard main", "webhook hooks", "dashboard hooks"])
    error_message = "The webhook reaches the hooks alone, and scheduler and watcher do not reach them."
  }

  assert {
    condition     = alltrue([for right in google_project_iam_member.database : strcontains(right.condition[0].expression, "/databases/")])
    error_message = "A right on a database is on one database."
  }

  assert {
    condition     = toset(keys(google_secret_manager_secret_iam_member.this)) == toset(["dashboard github-client-secret", "scheduler github-app-key", "watcher github-app-key", "webhook github-hook-secret", "dashboard session-key"])
    error_message = "Who needs a secret reads it, and nobody else: the dashboard has no key of the App."
  }

  assert {
    condition     = toset(keys(google_service_account_iam_member.signs)) == toset(["scheduler", "dashboard"])
    error_message = "Two functions sign, each in the name of one account."
  }

  assert {
    condition     = toset(keys(google_project_iam_member.connects)) == toset(["scheduler", "watcher"])
    error_message = "Two functions reach the cluster."
  }

  assert {
    condition = alltrue([
      for role in kubernetes_role_v1.function : alltrue([for rule in role.rule : !contains(rule.verbs, "*") && !contains(rule.resources, "*") && !(contains(rule.resources, "secrets") && contains(rule.verbs, "get"))])
    ])
    error_message = "Nobody has every right in the cluster, and nobody reads its Secrets."
  }

  assert {
    condition     = alltrue([for member in google_project_iam_member.builder : !contains(["roles/editor", "roles/owner"], member.role)])
    error_message = "Nobody is an editor or an owner."
  }
}

run "what_is_public_is_two_functions" {
  command = plan

  assert {
    condition     = alltrue([for name, invokers in local.invokers : contains(keys(invokers), "everybody") == contains(["webhook", "dashboard"], name)])
    error_message = "Scheduler and watcher are called by Pub/Sub alone."
  }

  assert {
    condition     = google_storage_bucket.logs.public_access_prevention == "enforced" && google_storage_bucket.logs.uniform_bucket_level_access && google_storage_bucket.source.public_access_prevention == "enforced"
    error_message = "No bucket is public."
  }
}

run "builds_are_kept_apart" {
  command = plan

  assert {
    condition     = kubernetes_namespace_v1.builds.metadata[0].labels["pod-security.kubernetes.io/enforce"] == "restricted"
    error_message = "The namespace refuses Pods that ask for more."
  }

  assert {
    condition     = local.environment.scheduler.YB_RUNTIME_CLASS == "gvisor"
    error_message = "Builds of several customers share no kernel."
  }

  assert {
    condition     = google_container_cluster.builds.private_cluster_config[0].enable_private_nodes && !google_container_cluster.builds.control_plane_endpoints_config[0].ip_endpoints_config[0].enabled
    error_message = "Nodes and control plane have no public address."
  }

  assert {
    condition     = length(kubernetes_network_policy_v1.builds.spec[0].egress) == 2 && length(kubernetes_network_policy_v1.builds.spec[0].ingress) == 0
    error_message = "Builds reach names and public addresses over https, and nobody reaches them."
  }

  assert {
    condition     = strcontains(google_logging_project_exclusion.builds.filter, "namespace_name=\"builds\"")
    error_message = "What builds print stays out of Cloud Logging."
  }
}

run "data_stay_unless_it_is_told_otherwise" {
  command = plan

  assert {
    condition     = alltrue([for database in google_firestore_database.this : database.delete_protection_state == "DELETE_PROTECTION_ENABLED" && database.deletion_policy == "ABANDON" && database.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"])
    error_message = "Databases outlive the configuration, and each minute of the last week can be brought back."
  }

  assert {
    condition     = !google_storage_bucket.logs.force_destroy && google_container_cluster.builds.deletion_protection
    error_message = "Logs and cluster are kept."
  }
}

run "the_address_is_known_before_there_is_one" {
  command = plan

  assert {
    condition     = output.dashboard == "https://yb-dashboard-123456789012.europe-west1.run.app"
    error_message = "The dashboard knows its own address at the first apply."
  }

  assert {
    condition     = output.github_app.webhook_url == "https://yb-webhook-123456789012.europe-west1.run.app/0123456789abcdef0123456789abcdef"
    error_message = "The App's settings get the address of its hook."
  }
}

run "a_name_of_its_own" {
  command = plan
  variables { domain = "ci.example.com" }

  assert {
    condition     = output.dashboard == "https://ci.example.com" && local.environment.watcher.YB_DASHBOARD_URL == "https://ci.example.com"
    error_message = "Links lead to the dashboard's own name."
  }
}

run "an_existing_network" {
  command = plan
  variables { network = { network = "projects/p/global/networks/n", subnetwork = "projects/p/regions/r/subnetworks/s" } }

  assert {
    condition     = length(google_compute_network.this) == 0 && length(google_compute_router_nat.this) == 0 && google_container_cluster.builds.network == "projects/p/global/networks/n"
    error_message = "Nothing is made beside a network that is there."
  }
}

run "one_customer" {
  command = plan
  variables { one_customer = true }

  assert {
    condition     = local.environment.scheduler.YB_RUNTIME_CLASS == "none"
    error_message = "Who says that all trust each other needs no gVisor."
  }
}

run "an_organisation_that_forbids_everybody" {
  command = plan
  variables { public = false }

  assert {
    condition     = alltrue([for invokers in values(local.invokers) : !contains(keys(invokers), "everybody")])
    error_message = "Nothing is open to allUsers."
  }
}

run "a_session_key_keeps_its_name_beside_another" {
  command = plan
  variables {
    secrets_version = 2
    secrets = {
      github_client_secret = "client-secret"
      github_app_key       = "key"
      github_hook_secret   = "a secret of the hook"
      session_key          = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    }
  }

  assert {
    condition     = can(regex("^[0-9a-f]{12}:AQEB[^,]+,${substr(sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), 0, 12)}:AAAA[^,]+$", nonsensitive(local.session_ring)))
    error_message = "The first key seals and both open, each by a name that does not change with the version."
  }
}

run "owners_have_what_was_agreed" {
  command = plan
  variables {
    builds = { at_once = 40, at_once_of_owner = 10 }
    owners = { "1234567" = { weight = 2 }, "7654321" = { runs = 30 } }
  }

  assert {
    condition = (
      local.environment.scheduler.YB_MAX_RUNS == "40" && local.environment.scheduler.YB_MAX_RUNS_OF_CUSTOMER == "10"
      && local.environment.scheduler.YB_CUSTOMERS == "{\"1234567\":{\"weight\":2},\"7654321\":{\"runs\":30}}"
    )
    error_message = "The scheduler is told other limits than those that were written."
  }
}

run "every_metric_has_its_chart_and_every_alert_its_words" {
  command = plan
  variables {
    alert_emails = ["team@example.com"]
  }

  assert {
    condition     = length(google_logging_metric.this) == length(local.facts.metrics) && length(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles) == length(local.facts.metrics)
    error_message = "A metric and a chart for each of shared/metrics.ts."
  }

  assert {
    condition     = startswith(google_logging_metric.this["ticks"].filter, "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^yb-watcher$\" AND jsonPayload.event=\"tick\"")
    error_message = "A metric looks at the lines of its own function, and of this installation."
  }

  assert {
    condition     = alltrue([for policy in values(google_monitoring_alert_policy.this) : length(policy.documentation[0].content) > 80 && length(policy.conditions) == 1])
    error_message = "Each alert says what to look at and do."
  }

  assert {
    condition     = length(google_monitoring_alert_policy.this["no_tick"].conditions[0].condition_absent) == 1 && google_monitoring_alert_policy.this["dead_letter"].conditions[0].condition_threshold[0].threshold_value == 0
    error_message = "That nothing ticks is an absence, everything else a threshold."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.this["machines_lost"].conditions[0].condition_threshold[0].filter, "metric.label.\"verdict\"=\"infrastructure\"")
    error_message = "An alert that is about a label asks for it."
  }
}
