# Officer B: decrypts one half of a wrapping key. The other half is the other officer's.
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-b" {
  capabilities = ["update"]
}
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-a" {
  capabilities = ["deny"]
}
path "{{.Transit}}/hmac/{{.Prefix}}-root-*" {
  capabilities = ["deny"]
}
path "{{.Transit}}/hmac/{{.Prefix}}-root.install/*" {
  capabilities = ["deny"]
}
