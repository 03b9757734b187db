"""The commands, a module a namespace: `lab_up` of lab.py is `./inv lab.up`. The only package that imports invoke."""
