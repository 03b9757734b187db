# Every rule of the ruleset that TFLint brings: names, types, descriptions, versions, nothing unused. No plugin is fetched.
plugin "terraform" {
  enabled = true
  preset  = "all"
}
