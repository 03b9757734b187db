# A database that breaks the rule: what is on its disk can be read by whoever gets hold of the disk.
resource "aws_db_instance" "this" {
  identifier          = "open"
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  publicly_accessible = true
}
