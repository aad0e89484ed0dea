# Two databases, because Firestore's rights are given for a whole one: the webhook, which the internet reaches, has the hooks alone.
resource "google_firestore_database" "this" {
  for_each = { main = "${var.prefix}-main", hooks = "${var.prefix}-hooks" }

  name                              = each.value
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.deletion_protection ? "ABANDON" : "DELETE"
  depends_on                        = [google_project_service.needed]
}

# What the queries of shared/store/queries.ts need beside the indexes that every collection has.
resource "google_firestore_index" "needed" {
  for_each = { for name, index in local.facts.indexes : name => index if index.kind == "composite" }

  database    = google_firestore_database.this["main"].name
  collection  = each.value.collection
  query_scope = each.value.everywhere ? "COLLECTION_GROUP" : "COLLECTION"

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = fields.value.field
      order      = fields.value.direction == "asc" ? "ASCENDING" : "DESCENDING"
    }
  }
}

resource "google_firestore_field" "everywhere" {
  for_each = { for name, index in local.facts.indexes : name => index if index.kind == "group-field" }

  database   = google_firestore_database.this["main"].name
  collection = each.value.collection
  field      = each.value.fields[0].field

  index_config {
    indexes {
      query_scope = "COLLECTION"
      order       = "ASCENDING"
    }
    indexes {
      query_scope = "COLLECTION"
      order       = "DESCENDING"
    }
    indexes {
      query_scope = "COLLECTION_GROUP"
      order       = each.value.fields[0].direction == "asc" ? "ASCENDING" : "DESCENDING"
    }
  }
}

# Documents that end by themselves. Nobody asks for them by that time, so that it needs no index.
resource "google_firestore_field" "expires" {
  for_each = toset(local.facts.expiring)

  database   = google_firestore_database.this["main"].name
  collection = each.key
  field      = "expireAt"

  ttl_config {}
  index_config {}
}

# In reach of a webhook: one document by its name, and to write down that GitHub's ping has come.
resource "google_project_iam_custom_role" "hooks" {
  role_id     = "${replace(var.prefix, "-", "_")}_hooks"
  title       = "yb: hooks"
  permissions = ["datastore.databases.get", "datastore.entities.get", "datastore.entities.update"]
}

locals {
  database_rights = merge([
    for database, functions in local.facts.databases : {
      for name in functions : "${name} ${database}" => {
        function = name
        database = database
        role     = name == "webhook" ? google_project_iam_custom_role.hooks.name : "roles/datastore.user"
      }
    }
  ]...)
}

resource "google_project_iam_member" "database" {
  for_each = local.database_rights

  project = var.project
  role    = each.value.role
  member  = google_service_account.function[each.value.function].member

  condition {
    title      = "one database"
    expression = "resource.name == \"projects/${var.project}/databases/${google_firestore_database.this[each.value.database].name}\""
  }
}
