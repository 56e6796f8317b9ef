# Warns at each share of the month's budget; without a figure there is nothing to warn about.
resource "aws_budgets_budget" "month" {
  count        = var.month_usd > 0 ? 1 : 0
  name         = "${var.name}-month"
  budget_type  = "COST"
  limit_amount = tostring(var.month_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = ["${format("user:pipeline$%s", var.pipeline)}"]
  }

  dynamic "notification" {
    for_each = toset([for share in var.warn_pct : tostring(share)])
    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = "ACTUAL"
      threshold                  = tonumber(notification.value)
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = var.emails
    }
  }
}
