import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF
import PopulusWireCodec

/// One collection as the test runner asked for it: of a batch, or one step of a walk.
struct Collection: Sendable {
    private enum Kind: Sendable {
        case batch(BatchTask)
        case walk(DiscoveryTask)
    }

    private let kind: Kind
    /// The encoded `CollectionJobReq`.
    let request: [UInt8]
    /// The walk and step that this is, in a walk task.
    let walk: WalkJobExtension?
    private let query: Query
    private let precision: TimePrecision

    init(
        _ command: CollectionCommand, _ entry: CollectorTasks.Entry, _ configuration: TaskConfiguration
    ) throws(InteropError) {
        precision = configuration.timePrecision
        query = try command.query.query(precision: precision)
        let parameter = command.aggregationParameter?.bytes ?? []
        let codePoints = WalkCodePoints.provisional
        let id = command.taskID
        do throws(CollectorError) {
            if configuration.extensions.contains(where: { $0.type == codePoints.task }) {
                kind = .walk(
                    try DiscoveryTask(
                        id: id, configuration: configuration, codePoints: codePoints, encoding: BytesEncoding(),
                        keyPair: entry.keyPair))
                let walkID = command.walkID ?? .random()
                walk = WalkJobExtension(walkID: walkID, step: command.step ?? entry.steps[walkID] ?? 0)
            } else {
                kind = .batch(
                    try BatchTask(
                        id: id, configuration: configuration, codePoints: codePoints, keyPair: entry.keyPair))
                walk = nil
            }
        } catch {
            throw .refused(error.text)
        }
        let extensions = walk.map { CollectionJobExtension(type: codePoints.collectionJob, data: $0.encoded()) }
        request = CollectionJobReq(
            query: query, aggregationParameter: parameter, extensions: extensions.map { [$0] } ?? []
        ).encoded()
    }

    var resultType: MediaType { walk == nil ? .collectionJobResp : .walkCollectionJobResp }

    /// Whether the job makes room for the next batch when its result is there.
    var isDeletedAtEnd: Bool { walk == nil && query == .leaderSelected }

    /// Opens a result.
    func answer(_ body: [UInt8]) throws(CollectorError) -> Answer {
        var answer = Answer(.complete)
        switch kind {
        case .batch(let task):
            let opened = try BatchAnswer(body: body, request: request, task: task)
            answer.set(opened.interval, precision, reports: opened.reports)
            answer.result = ResultObject(opened.result)
        case .walk(let task):
            let opened = try StepAnswer(body: body, request: request, task: task)
            // It was decoded just now.
            guard let interval = try? WalkCollectionJobResp(decoding: body).result.interval else {
                throw .malformedAnswer("the collection job's result cannot be read")
            }
            answer.set(interval, precision, reports: opened.reports)
            // The test API knows no sign: what noise has taken below zero is zero.
            answer.result = .numbers(opened.votes.map { DecimalString(UInt128(max(0, $0))) })
            answer.walkID = walk?.walkID
            if case .leaderSelected(let batch) = opened.batchSelector { answer.batchID = batch }
        }
        return answer
    }
}

extension Answer {
    fileprivate mutating func set(_ interval: Interval, _ precision: TimePrecision, reports: UInt64) {
        reportCount = reports
        intervalStart = interval.start.secondsSinceEpoch(precision: precision)
        intervalDuration = interval.duration.seconds(precision: precision)
    }
}

extension ResultObject {
    /// What noise has taken below zero is zero.
    init(_ result: BatchResult) {
        switch result {
        case .number(let number): self = .number(DecimalString(UInt128(max(0, number))))
        case .vector(let numbers): self = .numbers(numbers.map { DecimalString(UInt128(max(0, $0))) })
        }
    }
}
