/// What an operator may tune.
package struct AggregatorSettings: Sendable {
    /// Greatest body of an `AggregationJobInitReq` in bytes: where the Leader cuts shards.
    ///
    /// The Helper must take as much.
    package var greatestShardBytes = 32 << 20
    /// Most reports of a shard.
    package var greatestShardReports = 65_536
    /// How many shards are in memory with all of their reports' bytes at the same time, at step 0.
    package var shardsInFlight = 2
    /// Bytes of uploads that are read together at step 0, about.
    package var uploadPageBytes = 4 << 20
    /// Most uploads that one write touches: those of other tasks wait as long.
    package var greatestPageUploads = 1024
    /// How many shards of a later step are on their way to the Helper or back at the same time: enough that neither
    /// side's threads wait for messages or for the other side's disk.
    package var laterShardsInFlight = 8
    /// Greatest body of an `AggregationJobInitReq` of a batch task in bytes.
    package var greatestJobBytes = 16 << 20
    /// Most reports of an aggregation job of a batch task.
    package var greatestJobReports = 2048
    /// Greatest report in bytes.
    package var greatestReportBytes = 4 << 20
    /// Memory for output shares and their sums in an aggregation job of a batch task, in bytes: what bounds its reports
    /// where a share is large.
    ///
    /// The Leader plans so that a share for each report and one for each bucket fit; the Helper refuses a job whose sums
    /// do not.
    package var greatestJobShareBytes = 256 << 20
    /// How many aggregation jobs of a batch task are at work at the same time.
    package var jobsInFlight = 3
    /// How long reports wait for company before they are aggregated, at least; at most twice as long.
    package var aggregationDelay = Duration.seconds(1)
    /// How often a job's reports may be given to another, smaller job after the Helper refused it; more often while it refuses
    /// everything.
    package var greatestAttempts = 4
    /// How long a collection job waits for more reports, in seconds, where there are too few.
    package var collectionPatience: UInt64 = 60
    /// How far in the future a report's time, or the end of a batch's interval, may lie, in seconds.
    package var toleratedClockSkew: UInt64 = 300
    /// How old a report may be, in seconds: older ones are refused, and then forgotten; nothing where it may have any age.
    package var reportExpiry: UInt64?
    /// How often what is too old is forgotten.
    package var expiryInterval = Duration.seconds(600)
    /// Reports of an earlier time are refused, in seconds since the Epoch: a store of the task was lost.
    ///
    /// Taken from the store.
    package internal(set) var earliestReportTime: UInt64 = 0
    /// First and longest pause between attempts to reach the Helper.
    package var firstRetryPause = Duration.milliseconds(100)
    package var longestRetryPause = Duration.seconds(5)
    /// Longest time for which the Leader holds a request that polls a collection job.
    package var longestPoll = Duration.seconds(10)
    /// Helper of batch tasks: answer aggregation jobs and aggregate shares later, to be polled for.
    package var answersLater = false
    /// When the Leader is to poll again for what is answered later.
    package var retryAfter = Duration.seconds(1)
    /// Greatest aggregate share of a batch, in bytes, and most candidates of a Poplar1 batch.
    package var greatestAggregateShareBytes = 32 << 20
    package var greatestBatchCandidates = 65_536
    /// How long the Helper of a batch task keeps an aggregation job that the Leader does not go on with, in seconds.
    package var longestJobPause: UInt64 = 14 * 86_400
    /// How often walks, and jobs that were left alone, are checked for the end of their life.
    package var sweepInterval = Duration.seconds(60)

    /// How often a process looks at what other processes of its role have done, where it does not hear of it.
    package var replicaPause = Duration.seconds(1)

    /// How often the Leader looks after its Helper; six times as often while that does not answer as it should.
    package var lookInterval = Duration.seconds(60)

    package init() {}

    /// The same for the Leader or Helper that works on a store.
    func over(_ store: any TaskStore) -> AggregatorSettings {
        var settings = self
        settings.earliestReportTime = store.earliestReportTime
        return settings
    }

    /// How many shares of so many bytes an aggregation job of a batch task may hold.
    func greatestJobShares(ofBytes bytes: Int) -> Int { max(1, greatestJobShareBytes / max(1, bytes)) }
}
