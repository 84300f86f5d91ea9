"""Silent votes on candidate SLIs: ballots, the box they lie in until the reveal, their tally and the dissent."""
