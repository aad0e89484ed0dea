# What the lines of the functions say in figures, one page of charts, and of what somebody is told: the tables of shared/metrics.ts.
locals {
  # Several installations of one project are told apart by the names of their functions.
  services = { for name in concat(tolist(local.functions), ["all"]) : name => name == "all" ? "^${var.prefix}-(${join("|", local.functions)})$" : "^${var.prefix}-${name}$" }

  metric_type = { for name in keys(local.facts.metrics) : name => "logging.googleapis.com/user/${google_logging_metric.this[name].name}" }
}

resource "google_logging_metric" "this" {
  for_each = local.facts.metrics

  name             = "${var.prefix}/${each.key}"
  description      = each.value.title
  filter           = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"${local.services[each.value.of]}\" AND ${each.value.filter}"
  value_extractor  = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"
  label_extractors = { for label, field in each.value.by : label => "EXTRACT(jsonPayload.${field})" }

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit         = each.value.unit
    display_name = each.value.title

    dynamic "labels" {
      for_each = each.value.by
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  # From a tenth of a second to more than a week.
  dynamic "bucket_options" {
    for_each = each.value.value == null ? [] : [true]
    content {
      exponential_buckets {
        num_finite_buckets = 64
        growth_factor      = 1.3
        scale              = 0.1
      }
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = "yb: ${var.prefix}"
    mosaicLayout = {
      columns = 48
      tiles = [for index, name in sort(keys(local.facts.metrics)) : {
        xPos   = (index % 2) * 24
        yPos   = floor(index / 2) * 16
        width  = 24
        height = 16
        widget = {
          title = local.facts.metrics[name].title
          xyChart = {
            dataSets = [{
              plotType = local.facts.metrics[name].value == null ? "STACKED_BAR" : "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = "metric.type=\"${local.metric_type[name]}\" AND resource.type=\"cloud_run_revision\""
                  aggregation = {
                    alignmentPeriod    = "60s"
                    perSeriesAligner   = local.facts.metrics[name].value == null ? "ALIGN_DELTA" : "ALIGN_PERCENTILE_95"
                    crossSeriesReducer = local.facts.metrics[name].value == null ? "REDUCE_SUM" : "REDUCE_MAX"
                    groupByFields      = [for label in keys(local.facts.metrics[name].by) : "metric.label.\"${label}\""]
                  }
                }
              }
            }]
          }
        }
      }]
    }
  })
  depends_on = [google_project_service.needed]
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  display_name = each.key
  type         = "email"
  labels       = { email_address = each.key }
  depends_on   = [google_project_service.needed]
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.facts.alerts

  display_name          = "${var.prefix}: ${each.value.title}"
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  documentation {
    content   = each.value.text
    mime_type = "text/markdown"
  }

  conditions {
    display_name = each.value.title

    dynamic "condition_absent" {
      for_each = each.value.above == null ? [local.condition[each.key]] : []
      content {
        filter   = condition_absent.value
        duration = "${each.value.seconds}s"

        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }

    dynamic "condition_threshold" {
      for_each = each.value.above == null ? [] : [local.condition[each.key]]
      content {
        filter          = condition_threshold.value
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.above
        duration        = "0s"

        aggregations {
          alignment_period     = "${each.value.seconds}s"
          per_series_aligner   = local.facts.metrics[each.value.metric].value == null ? "ALIGN_DELTA" : "ALIGN_PERCENTILE_99"
          cross_series_reducer = local.facts.metrics[each.value.metric].value == null ? "REDUCE_SUM" : "REDUCE_MAX"
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
}

locals {
  condition = { for name, alert in local.facts.alerts : name => join(" AND ", concat(
    ["metric.type=\"${local.metric_type[alert.metric]}\"", "resource.type=\"cloud_run_revision\""],
    can(alert.label) ? ["metric.label.\"${alert.label[0]}\"=\"${alert.label[1]}\""] : [],
  )) }
}
