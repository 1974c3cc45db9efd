# Read one secret, and nothing else.
#   vault policy write access-log policy.hcl
path "secret/data/access-log" {
  capabilities = ["read"]
}
