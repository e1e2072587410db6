# Look-ups by a clear value: it may make tokens of single values, and nothing else.
path "{{.Transit}}/hmac/{{.Prefix}}-root-*" {
  capabilities = ["update"]
}
path "{{.Transit}}/hmac/{{.Prefix}}-root.install/*" {
  capabilities = ["deny"]
}
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-a" {
  capabilities = ["deny"]
}
path "{{.Transit}}/decrypt/{{.Prefix}}-seal-b" {
  capabilities = ["deny"]
}
