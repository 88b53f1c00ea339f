// AggregatorHTTP
