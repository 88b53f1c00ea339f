import PopulusDAP

/// Values for the tests.
enum Sample {
    static let taskID = TaskID.random()

    static let interval = Interval(start: Time(units: 0x10), duration: TimeDuration(units: 3))

    static let bounds = try? WalkTaskExtension(
        minThreshold: 10, maxLateRejectionsPPM: 10_000, maxSteps: 300, maxCandidates: 100_000, firstStepMaxLevel: 7,
        firstStepMaxCandidates: 256, maxLife: TimeDuration(units: 86_400))

    /// A task with walks, unless other extensions are given.
    static func task(extensions: [TaskExtension]? = nil) throws -> TaskConfiguration {
        try TaskConfiguration(
            taskInfo: [0x74, 0x31], leaderEndpoint: Array("http://l/".utf8), helperEndpoint: Array("http://h/".utf8),
            timePrecision: TimePrecision(seconds: 60), minBatchSize: 10, batchMode: .leaderSelected,
            vdaf: .poplar1(bits: 256),
            extensions: extensions ?? [TaskExtension(type: 0xFD57, data: bounds?.encoded() ?? [])])
    }
}
