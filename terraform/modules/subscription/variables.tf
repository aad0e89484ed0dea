variable "name" {
  description = "Of the subscription."
  type        = string
}

variable "topic" {
  description = "What is subscribed to."
  type        = object({ id = string })
}

variable "dead_letters" {
  description = "The id of the topic for what keeps failing."
  type        = string
}

variable "delivery" {
  description = "How often and how long it is tried: shared/messages/topics.ts."
  type = object({
    ackDeadlineSeconds    = number
    minimumBackoffSeconds = number
    maximumBackoffSeconds = number
    maxDeliveryAttempts   = number
  })
}

variable "function_url" {
  description = "The address of the function that is sent the messages."
  type        = string
}

variable "push_path" {
  description = "Below the function's address; it names the topic."
  type        = string
}

variable "push_account" {
  description = "The e-mail of the account that delivers."
  type        = string
}

variable "pubsub_agent" {
  description = "Pub/Sub's own account in the project."
  type        = string
}
