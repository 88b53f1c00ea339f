import PopulusDAP
import PopulusSchemes
import PopulusTaskFiles

/// Tasks that requests bring, and what aggregators have agreed on for them.
enum TaskprovSample {
    static let now: UInt64 = 1_800_000_000
    static let leader = "http://127.0.0.1:1/"
    static let helper = "http://127.0.0.1:2/dap/"

    static var limits: TaskprovLimits {
        var limits = TaskprovLimits()
        (limits.minBatchSize, limits.vdafs, limits.maxLength) = (50, ["prio3-count", "prio3-histogram"], 8)
        limits.maxLifetime = 86_400
        limits.walks = TaskprovLimits.WalkLimits()
        return limits
    }

    static func files(_ limits: TaskprovLimits = limits) throws -> TaskprovFileSet {
        try TaskprovFileSet(leader: AggregatorURL(leader), helper: AggregatorURL(helper), limits: limits)
    }

    static func interval(start: UInt64 = now - 3600, seconds: UInt64 = 7200, precision: UInt64 = 60) -> TaskExtension {
        .taskInterval(
            Interval(start: Time(units: start / precision), duration: TimeDuration(units: seconds / precision)))
    }

    static func task(
        leader: String = leader, helper: String = helper, precision: UInt64 = 60, minBatchSize: UInt64 = 50,
        vdaf: VdafConfiguration = .prio3Count, extensions: [TaskExtension]? = nil
    ) throws -> TaskConfiguration {
        try TaskConfiguration(
            taskInfo: Array("brought".utf8), leaderEndpoint: Array(leader.utf8), helperEndpoint: Array(helper.utf8),
            timePrecision: TimePrecision(seconds: precision), minBatchSize: minBatchSize, batchMode: .leaderSelected,
            vdaf: vdaf, extensions: extensions ?? [interval()])
    }
}
