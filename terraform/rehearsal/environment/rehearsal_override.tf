# State beside the files and made-up credentials: nothing of a rehearsal can reach AWS (aws.rehearse adds the emulator's endpoint).
terraform {
  backend "local" {}
}

provider "aws" {
  access_key                  = "rehearsal"
  secret_key                  = "rehearsal"
  skip_metadata_api_check     = true
  skip_credentials_validation = true
  s3_use_path_style           = true
}
