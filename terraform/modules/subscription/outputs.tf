output "subscription" {
  description = "The subscription."
  value       = google_pubsub_subscription.this
}
