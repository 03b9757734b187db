"""The three services. They know nothing of the lab that runs them: the same code runs on every rung and on EKS."""
