// PrefixWalk
