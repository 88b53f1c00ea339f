import Aggregator
import PopulusDAP
import PopulusSchemes
import PopulusVDAF

/// A task with all of its roles' secrets, as `task new` would make it.
struct TestTask: Sendable {
    let id: TaskID
    let configuration: TaskConfiguration
    let bits: Int
    let leaderKey: HpkeKeyPair
    let helperKey: HpkeKeyPair
    let collectorKey: HpkeKeyPair
    let verifyKey: [UInt8]
    /// The draft that both aggregators take the task for.
    var version = SpecVersion.current

    struct Bounds {
        var minThreshold: UInt64 = 2
        var thresholdMargin: UInt64 = 0
        var maxLateRejectionsPPM: UInt32 = 100_000
        var maxSteps: UInt16 = 100
        var maxCandidates: UInt32 = 1000
        var maxBitsPerStep: UInt8?
        var firstStepMaxLevel: UInt16 = 7
        var firstStepMaxCandidates: UInt32 = 256
        var maxLife: UInt64 = 3600
        var noise = WalkNoise.none
        var messages: Set<WalkOptionalMessage> = []

        /// Those of a task whose steps end with one message.
        static var finishing: Bounds {
            var bounds = Bounds()
            bounds.messages = [.finish]
            return bounds
        }
    }

    init(
        bits: Int = 16, minBatchSize: UInt64 = 4, batchMode: BatchMode = .leaderSelected, bounds: Bounds = Bounds()
    ) throws {
        id = .random()
        self.bits = bits
        let walk = try WalkTaskExtension(
            minThreshold: bounds.minThreshold, thresholdMargin: bounds.thresholdMargin,
            maxLateRejectionsPPM: bounds.maxLateRejectionsPPM, maxSteps: bounds.maxSteps,
            maxCandidates: bounds.maxCandidates, maxBitsPerStep: bounds.maxBitsPerStep,
            firstStepMaxLevel: bounds.firstStepMaxLevel, firstStepMaxCandidates: bounds.firstStepMaxCandidates,
            maxLife: TimeDuration(units: bounds.maxLife), noise: bounds.noise, messages: bounds.messages)
        configuration = try TaskConfiguration(
            taskInfo: Array("test".utf8), leaderEndpoint: Array("http://leader/".utf8),
            helperEndpoint: Array("http://helper/".utf8), timePrecision: TimePrecision(seconds: 1),
            minBatchSize: minBatchSize, batchMode: batchMode, vdaf: .poplar1(bits: UInt16(bits)),
            extensions: [TaskExtension(type: WalkCodePoints.provisional.task, data: walk.encoded())])
        leaderKey = .generate(id: 1)
        helperKey = .generate(id: 2)
        collectorKey = .generate(id: 3)
        verifyKey = (0..<32).map { _ in .random(in: 0...255) }
    }

    /// A batch task.
    init(
        _ vdaf: VdafConfiguration, minBatchSize: UInt64 = 4, batchMode: BatchMode, timePrecision: UInt64 = 100,
        extensions: [TaskExtension] = []
    ) throws {
        id = .random()
        bits = vdaf.poplar1Bits ?? 0
        configuration = try TaskConfiguration(
            taskInfo: Array("test".utf8), leaderEndpoint: Array("http://leader/".utf8),
            helperEndpoint: Array("http://helper/".utf8), timePrecision: TimePrecision(seconds: timePrecision),
            minBatchSize: minBatchSize, batchMode: batchMode, vdaf: vdaf, extensions: extensions)
        leaderKey = .generate(id: 1)
        helperKey = .generate(id: 2)
        collectorKey = .generate(id: 3)
        verifyKey = (0..<32).map { _ in .random(in: 0...255) }
    }

    /// The same task as a party has it whose file was altered.
    init(_ task: TestTask, configuration: TaskConfiguration) {
        (id, bits) = (task.id, task.bits)
        self.configuration = configuration
        (leaderKey, helperKey, collectorKey) = (task.leaderKey, task.helperKey, task.collectorKey)
        verifyKey = task.verifyKey
    }

    func aggregator(_ role: Role) throws -> AggregatorTask {
        try AggregatorTask(
            id: id, configuration: configuration, role: role,
            receiver: try HpkeReceiver(keyPairs: [role == .leader ? leaderKey : helperKey]),
            collectorConfig: collectorKey.config, verifyKeys: [7: verifyKey], version: version)
    }
}
