# The pipeline: it may make tokens and seal. It may not decrypt, export or change any key.

# Token roots and the intake root: the HMAC of a fixed label.
path "{{.Transit}}/hmac/{{.Prefix}}-root-*" {
  capabilities = ["update"]
}
path "{{.Transit}}/hmac/{{.Prefix}}-root.install/*" {
  capabilities = ["update"]
}

# The public halves to which wrapping keys are sealed.
path "{{.Transit}}/keys/{{.Prefix}}-seal-a" {
  capabilities = ["read"]
}
path "{{.Transit}}/keys/{{.Prefix}}-seal-b" {
  capabilities = ["read"]
}

# Said although it is the default: another policy on the same token must not open what was sealed.
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-a" {
  capabilities = ["deny"]
}
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-b" {
  capabilities = ["deny"]
}
