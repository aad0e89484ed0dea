variable "name" {
  description = "Of the function."
  type        = string
}

variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "Where it runs."
  type        = string
}

variable "entry_point" {
  description = "Under which the program registers itself."
  type        = string
}

variable "source_bucket" {
  description = "The bucket for its source."
  type        = string
}

variable "source_file" {
  description = "The zip that is deployed."
  type        = string
}

variable "source_hash" {
  description = "Of what is in the zip."
  type        = string
}

variable "account" {
  description = "The e-mail of the account that it runs as."
  type        = string
}

variable "build_account" {
  description = "The id of the account that builds it."
  type        = string
}

variable "size" {
  description = "How much of it there is."
  type = object({
    minimum     = number
    maximum     = number
    concurrency = number
    cpu         = string
    memory      = string
    seconds     = number
  })
}

variable "environment" {
  description = "Its settings. What is empty has its default."
  type        = map(string)
}

variable "secrets" {
  description = "Settings that come from Secret Manager: secret and version by variable."
  type        = map(object({ secret = string, version = string }))
  default     = {}
}

variable "invokers" {
  description = "Who may call it, by a name that stays."
  type        = map(string)
}
