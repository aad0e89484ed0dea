output "uri" {
  description = "Its address."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}

output "function" {
  description = "The function."
  value       = google_cloudfunctions2_function.this
}
