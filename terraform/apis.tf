resource "google_project_service" "needed" {
  for_each = toset([
    "artifactregistry", "cloudbuild", "cloudfunctions", "cloudkms", "cloudscheduler", "compute", "container", "firestore", "iam",
    "iamcredentials", "logging", "monitoring", "pubsub", "run", "secretmanager", "storage",
  ])

  service = "${each.key}.googleapis.com"
  # Others in the project may need it too.
  disable_on_destroy = false
}
