# What is wrong is refused when it is planned, with a sentence that says what to write.

mock_provider "google" {}
mock_provider "kubernetes" {}
mock_provider "archive" {}

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

run "a_zone_in_place_of_a_region" {
  command = plan
  variables { region = "europe-west1-b" }
  expect_failures = [var.region]
}

run "no_region" {
  command = plan
  variables { region = "Europe" }
  expect_failures = [var.region]
}

run "a_prefix_that_is_too_long" {
  command = plan
  variables { prefix = "our-own-installation" }
  expect_failures = [var.prefix]
}

run "a_prefix_with_capitals" {
  command = plan
  variables { prefix = "Yb" }
  expect_failures = [var.prefix]
}

run "a_project_by_its_name" {
  command = plan
  variables { project = "My project" }
  expect_failures = [var.project]
}

run "an_image_that_moves" {
  command = plan
  variables { images = { runner = "ghcr.io/me/runner:latest", build = "ghcr.io/me/build:1.0" } }
  expect_failures = [var.images]
}

run "an_image_without_a_tag" {
  command = plan
  variables { images = { runner = "ghcr.io/me/runner:1.0", build = "ghcr.io/me/build" } }
  expect_failures = [var.images]
}

run "no_instances" {
  command = plan
  variables {
    functions = {
      webhook   = { minimum = 1, maximum = 0, concurrency = 80, cpu = "1", memory = "512Mi", seconds = 30 }
      scheduler = { minimum = 0, maximum = 20, concurrency = 20, cpu = "1", memory = "512Mi", seconds = 300 }
      watcher   = { minimum = 0, maximum = 20, concurrency = 20, cpu = "1", memory = "512Mi", seconds = 300 }
      dashboard = { minimum = 0, maximum = 20, concurrency = 80, cpu = "1", memory = "512Mi", seconds = 300 }
    }
  }
  expect_failures = [var.functions]
}

run "a_function_that_is_left_out" {
  command = plan
  variables {
    functions = {
      webhook = { minimum = 1, maximum = 1, concurrency = 80, cpu = "1", memory = "512Mi", seconds = 30 }
    }
  }
  expect_failures = [var.functions]
}

run "no_builds_at_once" {
  command = plan
  variables { builds = { at_once = 0 } }
  expect_failures = [var.builds]
}

run "no_builds_at_once_of_an_owner" {
  command = plan
  variables { builds = { at_once_of_owner = 0 } }
  expect_failures = [var.builds]
}

run "nobody_may_wait" {
  command = plan
  variables { builds = { waiting_of_owner = 0 } }
  expect_failures = [var.builds]
}

run "an_owner_by_name" {
  command = plan
  variables { owners = { acme = { weight = 2 } } }
  expect_failures = [var.owners]
}

run "an_owner_without_weight" {
  command = plan
  variables { owners = { "1234567" = { weight = 0 } } }
  expect_failures = [var.owners]
}

run "a_session_key_that_is_none" {
  command = plan
  variables {
    secrets = { github_client_secret = "x", github_app_key = "x", github_hook_secret = "a secret of the hook", session_key = "short" }
  }
  expect_failures = [var.secrets]
}

run "a_name_with_https" {
  command = plan
  variables { domain = "https://ci.example.com/" }
  expect_failures = [var.domain]
}

run "a_hook_key_that_can_be_guessed" {
  command = plan
  variables { hook_key = "hook" }
  expect_failures = [var.hook_key]
}

run "plain_http" {
  command = plan
  variables { github = { app_id = "1", client_id = "x", slug = "yb", url = "http://github.example.com" } }
  expect_failures = [var.github]
}

run "an_address_that_is_none" {
  command = plan
  variables { alert_emails = ["team"] }
  expect_failures = [var.alert_emails]
}
