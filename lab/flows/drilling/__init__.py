"""How a drill is run, watched, judged and shown; lab.flows.drill and lab.flows.gameday begin it."""
