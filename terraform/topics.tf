# A topic for each publisher, so that these rights say who may say what.
resource "google_pubsub_topic" "this" {
  for_each = toset(concat(keys(local.facts.topics), [local.facts.deadLetters]))

  name       = "${local.topic_prefix}${each.key}"
  depends_on = [google_project_service.needed]
}

data "google_storage_project_service_account" "this" {}

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  # The functions, and those who publish without being one of ours.
  publishers = merge(
    { for name, account in google_service_account.function : name => account.member },
    {
      log-sink = google_logging_project_sink.job_events.writer_identity
      storage  = data.google_storage_project_service_account.this.member
      clock    = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"
    },
  )

  # Scheduler and watcher put aside what they can never handle; Pub/Sub, what keeps failing.
  publishes = merge(
    merge([for topic, row in local.facts.topics : { for who in row.publishers : "${who} ${topic}" => { topic = topic, member = local.publishers[who] } }]...),
    { for who in ["scheduler", "watcher"] : "${who} ${local.facts.deadLetters}" => { topic = local.facts.deadLetters, member = local.publishers[who] } },
    { "pubsub ${local.facts.deadLetters}" = { topic = local.facts.deadLetters, member = local.pubsub_agent } },
  )
}

resource "google_pubsub_topic_iam_member" "publishes" {
  for_each = local.publishes

  topic  = google_pubsub_topic.this[each.value.topic].id
  role   = "roles/pubsub.publisher"
  member = each.value.member
}

module "subscription" {
  source   = "./modules/subscription"
  for_each = local.facts.topics

  name         = "${local.topic_prefix}${each.key}-${each.value.subscriber}"
  topic        = google_pubsub_topic.this[each.key]
  dead_letters = google_pubsub_topic.this[local.facts.deadLetters].id
  delivery     = local.facts.delivery
  function_url = module.function[each.value.subscriber].uri
  push_path    = "/projects/${var.project}/topics/${local.topic_prefix}${each.key}"
  push_account = google_service_account.push.email
  pubsub_agent = local.pubsub_agent
}

# Nobody is sent what was put aside: the watcher takes it, plays again what is sound, and writes the rest down.
resource "google_pubsub_subscription" "dead_letters" {
  name                       = "${local.topic_prefix}${local.facts.deadLetters}"
  topic                      = google_pubsub_topic.this[local.facts.deadLetters].id
  message_retention_duration = "${local.facts.deadLetterDelivery.retentionSeconds}s"
  ack_deadline_seconds       = local.facts.deadLetterDelivery.ackDeadlineSeconds

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription_iam_member" "takes_dead_letters" {
  subscription = google_pubsub_subscription.dead_letters.name
  role         = "roles/pubsub.subscriber"
  member       = google_service_account.function["watcher"].member
}
