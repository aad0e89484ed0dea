# What becomes of Jobs and Pods: the cluster's events, from Cloud Logging to the watcher.
resource "google_logging_project_sink" "job_events" {
  name                   = "${var.prefix}-job-events"
  destination            = "pubsub.googleapis.com/projects/${var.project}/topics/${local.topic_prefix}job-events"
  unique_writer_identity = true
  filter                 = <<-EOT
    logName="projects/${var.project}/logs/events"
    resource.type=("k8s_cluster" OR "k8s_pod")
    resource.labels.cluster_name="${google_container_cluster.builds.name}"
    jsonPayload.involvedObject.namespace="${local.namespace}"
    jsonPayload.involvedObject.kind=("Job" OR "Pod")
  EOT
}

# What a build prints, should a node's agent send it after all.
resource "google_logging_project_exclusion" "builds" {
  name        = "${var.prefix}-builds"
  description = "The output of builds is in their runs, masked, and nowhere else."
  filter      = "resource.type=\"k8s_container\" AND resource.labels.cluster_name=\"${google_container_cluster.builds.name}\" AND resource.labels.namespace_name=\"${local.namespace}\""
}

# Once a minute somebody looks at everything that is not finished.
resource "google_cloud_scheduler_job" "tick" {
  name     = "${var.prefix}-tick"
  region   = var.region
  schedule = "* * * * *"

  pubsub_target {
    topic_name = google_pubsub_topic.this["ticks"].id
    data       = base64encode(jsonencode({ v = 1, type = "tick" }))
  }

  depends_on = [google_pubsub_topic_iam_member.publishes]
}
