# Officer A: decrypts one half of a wrapping key. The other half is the other officer's.
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-a" {
  capabilities = ["update"]
}
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-b" {
  capabilities = ["deny"]
}
path "{{.Transit}}/hmac/{{.Prefix}}-root-*" {
  capabilities = ["deny"]
}
path "{{.Transit}}/hmac/{{.Prefix}}-root.install/*" {
  capabilities = ["deny"]
}
