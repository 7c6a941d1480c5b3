environment        = "dev"
log_retention_days = 7

requests_per_second    = 100
burst_requests         = 200
read_units_per_second  = 100
write_units_per_second = 100
