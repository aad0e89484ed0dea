# How a function is sent what is said on one topic, as a function of ours sees it: the path names the topic.
resource "google_pubsub_subscription" "this" {
  name                 = var.name
  topic                = var.topic.id
  ack_deadline_seconds = var.delivery.ackDeadlineSeconds

  push_config {
    push_endpoint = "${var.function_url}${var.push_path}"
    oidc_token {
      service_account_email = var.push_account
      # Cloud Run takes the function's own address, and not the path below it.
      audience = var.function_url
    }
  }

  retry_policy {
    minimum_backoff = "${var.delivery.minimumBackoffSeconds}s"
    maximum_backoff = "${var.delivery.maximumBackoffSeconds}s"
  }

  dead_letter_policy {
    dead_letter_topic     = var.dead_letters
    max_delivery_attempts = var.delivery.maxDeliveryAttempts
  }

  # Unless it is said so, a subscription ends after a month without a message.
  expiration_policy {
    ttl = ""
  }
}

# Pub/Sub takes a message away from here when it puts it aside.
resource "google_pubsub_subscription_iam_member" "forwards" {
  subscription = google_pubsub_subscription.this.id
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent
}
