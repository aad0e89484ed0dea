variable "project" {
  description = "The id of the Google Cloud project, not its name or number."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "Write the project's id: 6 to 30 lower-case letters, digits and hyphens, such as my-project-123."
  }
}

variable "region" {
  description = "Where everything is. It cannot be changed later without moving the data."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "Write a region, such as europe-west1 or us-central1. A zone ends with a letter: europe-west1-b lies in europe-west1."
  }
}

variable "prefix" {
  description = "Stands before the names of everything that is made, so that two installations can share a project."
  type        = string
  default     = "yb"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.prefix))
    error_message = "Write 2 to 12 lower-case letters, digits and hyphens, beginning with a letter: names of accounts have 30 characters at most."
  }
}

variable "github" {
  description = "The GitHub App: its id, client id and the last part of its page's address. `url` and `api_url` are of GitHub Enterprise Server, where it is one."
  type = object({
    app_id    = string
    client_id = string
    slug      = string
    url       = optional(string, "https://github.com")
    api_url   = optional(string, "https://api.github.com")
  })

  validation {
    condition     = can(regex("^[0-9]+$", var.github.app_id)) && can(regex("^[a-z0-9-]+$", var.github.slug))
    error_message = "Write app_id in digits, as the App's page shows it, and slug as it ends https://github.com/apps/SLUG."
  }

  validation {
    condition     = startswith(var.github.url, "https://") && startswith(var.github.api_url, "https://")
    error_message = "Write addresses that begin with https://."
  }
}

variable "secrets" {
  description = "What must be in no file and no state: the App's client secret, private key and hook's secret, and 32 random bytes in base64 for sessions (openssl rand -base64 32), with a comma and the one before them while that still counts. Set it by TF_VAR_secrets."
  type = object({
    github_client_secret = string
    github_app_key       = string
    github_hook_secret   = string
    session_key          = string
  })
  sensitive = true

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=(,[A-Za-z0-9+/]{43}=)?$", var.secrets.session_key))
    error_message = "Write session_key as 32 bytes in base64 (openssl rand -base64 32); to change it, the new one, a comma, and the one before."
  }

  validation {
    condition     = length(var.secrets.github_hook_secret) >= 16
    error_message = "Write a github_hook_secret of 16 characters at least: openssl rand -hex 32."
  }
}

variable "secrets_version" {
  description = "Count it up whenever a secret changes: write-only values are not compared."
  type        = number
  default     = 1

  validation {
    condition     = var.secrets_version >= 1 && floor(var.secrets_version) == var.secrets_version
    error_message = "Write a whole number from 1 on."
  }
}

variable "hook_key" {
  description = "The end of the address of the App's own hook: 32 hexadecimal digits (openssl rand -hex 16). Its address is an output."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.hook_key))
    error_message = "Write 32 hexadecimal digits: openssl rand -hex 16."
  }
}

variable "images" {
  description = "The image of checkout and courier (runner/Dockerfile), and the one in which builds run where a repository names none. Both by digest or by a tag that never moves."
  type = object({
    runner     = string
    build      = string
    registries = optional(list(string), ["docker.io", "ghcr.io", "quay.io", "gcr.io", "public.ecr.aws", "mcr.microsoft.com", "registry.gitlab.com"])
  })

  validation {
    condition     = alltrue([for image in [var.images.runner, var.images.build] : can(regex("(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]*)$", image)) && !endswith(image, ":latest")])
    error_message = "Write images with a digest or a tag that never moves, such as ghcr.io/me/build:1.4: what :latest means changes."
  }

  validation {
    condition     = length(var.images.registries) > 0
    error_message = "Write the registries from which repositories may take build images, such as [\"ghcr.io/me\"]."
  }
}

variable "domain" {
  description = "The dashboard's own name, such as ci.example.com, if it has one: it has to lead to the dashboard's address. Without it, the address that Google gives."
  type        = string
  default     = ""

  validation {
    condition     = var.domain == "" || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "Write a name without https:// and without a path, such as ci.example.com."
  }
}

variable "one_customer" {
  description = "True only where all repositories belong to people who trust each other: builds then share the node's kernel, without gVisor."
  type        = bool
  default     = false
}

variable "network" {
  description = "Self links of an existing network and subnetwork for the cluster; without them, new ones are made."
  type = object({
    network    = string
    subnetwork = string
  })
  default = null
}

variable "public" {
  description = "False where an organisation forbids allUsers: then put a load balancer of your own, which may invoke them, before webhook and dashboard."
  type        = bool
  default     = true
}

variable "functions" {
  description = "Sizes of the functions. Measured: a webhook answers 2,500 deliveries a CPU second, so that one instance is plenty; kept warm, since GitHub hangs up after ten seconds."
  type = map(object({
    minimum     = number
    maximum     = number
    concurrency = number
    cpu         = string
    memory      = string
    seconds     = number
  }))
  default = {
    webhook   = { minimum = 1, maximum = 10, concurrency = 80, cpu = "1", memory = "512Mi", seconds = 30 }
    scheduler = { minimum = 0, maximum = 20, concurrency = 20, cpu = "1", memory = "512Mi", seconds = 300 }
    watcher   = { minimum = 0, maximum = 20, concurrency = 20, cpu = "1", memory = "512Mi", seconds = 300 }
    dashboard = { minimum = 0, maximum = 20, concurrency = 80, cpu = "1", memory = "512Mi", seconds = 300 }
  }

  validation {
    condition     = toset(keys(var.functions)) == toset(["webhook", "scheduler", "watcher", "dashboard"])
    error_message = "Write sizes of all four functions: webhook, scheduler, watcher and dashboard."
  }

  validation {
    condition     = alltrue([for size in values(var.functions) : size.maximum >= 1 && size.minimum >= 0 && size.minimum <= size.maximum && size.concurrency >= 1])
    error_message = "Write maximum and concurrency of 1 at least, and a minimum between 0 and maximum."
  }

  validation {
    condition     = alltrue([for size in values(var.functions) : size.seconds >= 10 && size.seconds <= 600])
    error_message = "Write seconds between 10 and 600: a message is delivered again when its function has not answered in 600 s."
  }
}

variable "builds" {
  description = "What a build has, and what a repository's settings may ask for at most. Autopilot gives a Pod 10 GiB of the node's disk at most, over all its containers."
  type = object({
    cpu               = optional(string, "2")
    memory            = optional(string, "4Gi")
    ephemeral_storage = optional(string, "9Gi")
    shm_bytes         = optional(number, 1073741824)
    deadline_seconds  = optional(number, 3600)
    log_bytes         = optional(number, 2147483648)
    disk_cache_bytes  = optional(number, 10737418240)
    volume_gib        = optional(number, 50)
    max_cpu           = optional(string, "16")
    max_memory        = optional(string, "64Gi")
    max_deadline      = optional(number, 21600)
    at_once           = optional(number, 50)
    at_once_of_owner  = optional(number)
    waiting_of_owner  = optional(number, 1000)
    pushes_of_owner   = optional(number, 300)
    tolerations       = optional(string, "")
    node_selector     = optional(string, "")
  })
  default = {}

  validation {
    condition     = var.builds.at_once >= 1 && var.builds.volume_gib >= 10 && var.builds.deadline_seconds >= 60
    error_message = "Write at_once of 1, volume_gib of 10 and deadline_seconds of 60 at least."
  }

  validation {
    condition     = coalesce(var.builds.at_once_of_owner, 1) >= 1
    error_message = "Write at_once_of_owner of 1 at least, or leave it out: then one owner may have all of at_once."
  }

  validation {
    condition     = var.builds.waiting_of_owner >= 1 && var.builds.pushes_of_owner >= 1
    error_message = "Write waiting_of_owner and pushes_of_owner of 1 at least: runs of one owner that may wait, and pushes a minute."
  }
}

variable "owners" {
  description = "What is agreed with single owners of repositories, by the numeric id of their account at GitHub (names change hands; `gh api users/NAME --jq .id` says it): twice the weight gets twice the time of the others while all wait, runs is how many may go on at once, waiting how many may wait, and pushes how many a minute are tested without a pause, in place of builds.at_once_of_owner, waiting_of_owner and pushes_of_owner. The weight of a repository, by its numeric id, is one more factor."
  type = map(object({
    weight       = optional(number)
    runs         = optional(number)
    waiting      = optional(number)
    pushes       = optional(number)
    repositories = optional(map(object({ weight = number })))
  }))
  default = {}

  validation {
    condition     = alltrue([for id in keys(var.owners) : can(regex("^[0-9]{1,20}$", id))])
    error_message = "Write the numeric id of an account as key: gh api users/NAME --jq .id says it."
  }

  validation {
    condition     = alltrue([for one in values(var.owners) : coalesce(one.weight, 1) >= 0.01 && coalesce(one.weight, 1) <= 1000 && coalesce(one.runs, 1) >= 1 && coalesce(one.waiting, 1) >= 1 && coalesce(one.pushes, 1) >= 1])
    error_message = "Write weights between 0.01 and 1000, and runs, waiting and pushes of 1 at least."
  }
}

variable "deletion_protection" {
  description = "Whether databases, log bucket and cluster are kept when the configuration is destroyed."
  type        = bool
  default     = true
}

variable "alert_emails" {
  description = "Who is told when something needs a person. Nobody if left out: the alerts stand in the Console all the same."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", one))])
    error_message = "Write addresses such as team@example.com."
  }
}
