locals {
  namespace = "builds"
  network   = var.network == null ? google_compute_network.this[0].id : var.network.network
  subnet    = var.network == null ? google_compute_subnetwork.this[0].id : var.network.subnetwork
}

resource "google_compute_network" "this" {
  count = var.network == null ? 1 : 0

  name                    = var.prefix
  auto_create_subnetworks = false
  depends_on              = [google_project_service.needed]
}

resource "google_compute_subnetwork" "this" {
  count = var.network == null ? 1 : 0

  name                     = var.prefix
  network                  = google_compute_network.this[0].id
  region                   = var.region
  ip_cidr_range            = "10.10.0.0/20"
  private_ip_google_access = true
}

# Nodes have no address of their own: what builds fetch goes out by here.
resource "google_compute_router" "this" {
  count = var.network == null ? 1 : 0

  name    = var.prefix
  network = google_compute_network.this[0].id
  region  = var.region
}

resource "google_compute_router_nat" "this" {
  count = var.network == null ? 1 : 0

  name                               = var.prefix
  router                             = google_compute_router.this[0].name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}

resource "google_container_cluster" "builds" {
  name                = var.prefix
  location            = var.region
  network             = local.network
  subnetwork          = local.subnet
  enable_autopilot    = true
  deletion_protection = var.deletion_protection

  release_channel {
    channel = "REGULAR"
  }

  private_cluster_config {
    enable_private_nodes = true
  }

  # The control plane has a name that leads to Google's sign-in, and no address.
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = true
    }
    ip_endpoints_config {
      enabled = false
    }
  }

  cluster_autoscaling {
    auto_provisioning_defaults {
      service_account = google_service_account.nodes.email
      oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    }
  }

  # What builds print is in their runs, masked. In Cloud Logging it would be neither masked nor apart by customer.
  logging_config {
    enable_components = ["SYSTEM_COMPONENTS"]
  }

  depends_on = [google_project_service.needed]
}

# To be let in at the control plane; what may be done there is in the roles of the namespace.
resource "google_project_iam_custom_role" "connects" {
  role_id     = "${replace(var.prefix, "-", "_")}_connects"
  title       = "yb: connect to the cluster"
  permissions = ["container.clusters.connect", "container.clusters.get"]
}

resource "google_project_iam_member" "connects" {
  for_each = local.facts.cluster

  project = var.project
  role    = google_project_iam_custom_role.connects.name
  member  = google_service_account.function[each.key].member
}

resource "kubernetes_namespace_v1" "builds" {
  metadata {
    name = local.namespace
    labels = {
      "app.kubernetes.io/managed-by"               = "yb"
      "pod-security.kubernetes.io/enforce"         = "restricted"
      "pod-security.kubernetes.io/enforce-version" = "latest"
    }
  }
}

resource "kubernetes_role_v1" "function" {
  for_each = local.facts.cluster

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.builds.metadata[0].name
  }

  dynamic "rule" {
    for_each = each.value
    content {
      api_groups = [rule.value.group]
      resources  = [rule.value.resource]
      verbs      = rule.value.verbs
    }
  }
}

resource "kubernetes_role_binding_v1" "function" {
  for_each = local.facts.cluster

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.builds.metadata[0].name
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.function[each.key].metadata[0].name
  }

  # Google tells the cluster who it is by one of the two, depending on the token's scopes.
  dynamic "subject" {
    for_each = toset(["email", "unique_id"])
    content {
      api_group = "rbac.authorization.k8s.io"
      kind      = "User"
      name      = google_service_account.function[each.key][subject.key]
    }
  }
}

# The disk is made where the first Pod runs, and stays when its claim is not deleted by the scheduler.
resource "kubernetes_storage_class_v1" "volumes" {
  metadata {
    name = "${var.prefix}-volumes"
  }
  storage_provisioner    = "pd.csi.storage.gke.io"
  reclaim_policy         = "Delete"
  volume_binding_mode    = "WaitForFirstConsumer"
  allow_volume_expansion = true
  parameters             = { type = "pd-balanced" }
}

resource "kubernetes_resource_quota_v1" "builds" {
  metadata {
    name      = "builds"
    namespace = kubernetes_namespace_v1.builds.metadata[0].name
  }
  spec {
    hard = {
      "count/jobs.batch" = tostring(var.builds.at_once * 4)
      pods               = tostring(var.builds.at_once)
    }
  }
}

locals {
  # The same that is tried on a cluster: runner/kubernetes/network-policy.yaml.
  policy = yamldecode(file("${path.module}/../runner/kubernetes/network-policy.yaml"))
}

resource "kubernetes_network_policy_v1" "builds" {
  metadata {
    name      = local.policy.metadata.name
    namespace = kubernetes_namespace_v1.builds.metadata[0].name
  }

  spec {
    policy_types = local.policy.spec.policyTypes
    pod_selector {}

    dynamic "egress" {
      for_each = local.policy.spec.egress
      content {
        dynamic "to" {
          for_each = egress.value.to
          content {
            dynamic "ip_block" {
              for_each = can(to.value.ipBlock) ? [to.value.ipBlock] : []
              content {
                cidr   = ip_block.value.cidr
                except = try(ip_block.value.except, [])
              }
            }
            dynamic "namespace_selector" {
              for_each = can(to.value.namespaceSelector) ? [to.value.namespaceSelector] : []
              content {
                match_labels = namespace_selector.value.matchLabels
              }
            }
            dynamic "pod_selector" {
              for_each = can(to.value.podSelector) ? [to.value.podSelector] : []
              content {
                match_labels = pod_selector.value.matchLabels
              }
            }
          }
        }
        dynamic "ports" {
          for_each = egress.value.ports
          content {
            protocol = ports.value.protocol
            port     = tostring(ports.value.port)
          }
        }
      }
    }
  }
}
