environment        = "staging"
log_retention_days = 14

requests_per_second    = 200
burst_requests         = 400
read_units_per_second  = 200
write_units_per_second = 200
