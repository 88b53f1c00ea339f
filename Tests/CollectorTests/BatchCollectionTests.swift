import Foundation
import PopulusCollector
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import Testing

@Suite struct BatchCollectionTests {
    /// A task, its Leader, and a place for the state.
    private struct Scene {
        let task: BatchTask
        let leader: FakeBatchLeader
        let request: [UInt8]
        let statePath = FileManager.default.temporaryDirectory.path + "/collection-\(UUID().uuidString).json"

        init(mode: BatchMode = .leaderSelected) throws {
            task = try .sample(.prio3Histogram(length: 3, chunkLength: 2), mode: mode)
            leader = FakeBatchLeader(task, numbers: [2, 0, 7], elementSize: 16, reports: 9)
            let interval = Interval(start: Time(units: 10), duration: TimeDuration(units: 3))
            request = task.configuration.collectionRequest(
                mode == .leaderSelected ? .leaderSelected : .timeInterval(interval))
        }

        var collection: BatchCollection { BatchCollection(task: task, jobs: leader, statePath: statePath) }

        func collect() async throws -> BatchAnswer {
            var state = saved ?? BatchState(task: task.id, request: request)
            return try await collection.collect(&state)
        }

        var saved: BatchState? {
            if case .state(let state) = BatchState.load(statePath) { return state }
            return nil
        }

        func cleanUp() {
            try? FileManager.default.removeItem(atPath: statePath)
        }
    }

    @Test(arguments: BatchMode.allCases, [false, true])
    func aBatchIsCollected(mode: BatchMode, isSynchronous: Bool) async throws {
        let scene = try Scene(mode: mode)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.isSynchronous = isSynchronous }
        let answer = try await scene.collect()
        #expect(answer.result == .vector([2, 0, 7]) && answer.reports == 9)
        #expect(answer.interval.start == Time(units: mode == .leaderSelected ? 7 : 10))
        let job = try #require(scene.saved?.job)
        try await scene.collection.finish(try #require(scene.saved))
        #expect(BatchState.load(scene.statePath) == .none)
        // Only where two requests are alike does the job stand in the way of the next batch.
        #expect(scene.leader.state.withLock { $0.deleted } == (mode == .leaderSelected ? [job] : []))
    }

    @Test func anInterruptedCollectionRepeatsItsVeryRequest() async throws {
        for patience in 0..<2 {
            let scene = try Scene()
            defer { scene.cleanUp() }
            scene.leader.state.withLock { $0.patience = patience }
            await #expect(throws: CollectorError.self) { try await scene.collect() }
            let state = try #require(scene.saved)
            #expect([UInt8](state.request) == scene.request && (state.job != nil) == (patience > 0))
            scene.leader.state.withLock { $0.patience = .max }
            #expect(try await scene.collect().reports == 9)
            let (requests, jobs) = scene.leader.state.withLock { ($0.requests, $0.jobs.count) }
            #expect(requests == Array(repeating: scene.request, count: patience + 1) && jobs == 1)
        }
    }

    /// A job that could not be deleted is known to be done with, so that its result is not taken for the next one.
    @Test func whatCouldNotBeDeletedIsRemembered() async throws {
        let scene = try Scene()
        defer { scene.cleanUp() }
        _ = try await scene.collect()
        scene.leader.state.withLock { $0.patience = 0 }
        let state = try #require(scene.saved)
        await #expect(throws: CollectorError.self) { try await scene.collection.finish(state) }
        #expect(scene.saved?.isDone == true)
        scene.leader.state.withLock { $0.patience = .max }
        try await scene.collection.abandon(try #require(scene.saved))
        #expect(scene.leader.state.withLock { $0.deleted.count } == 1 && BatchState.load(scene.statePath) == .none)
    }

    @Test(arguments: FakeBatchLeader.Tampering.allCases)
    func answersThatCannotBeRightAreRefused(tampering: FakeBatchLeader.Tampering) async throws {
        let scene = try Scene()
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.tampering = tampering }
        var error: CollectorError?
        do {
            _ = try await scene.collect()
        } catch let found as CollectorError {
            error = found
        }
        switch tampering {
        case .none: #expect(error == nil)
        case .foreignKey, .otherRequest, .otherConfiguration, .swappedShares:
            #expect(error == .shareDoesNotOpen(.leader))
        case .junk: if case .malformedAnswer = error {} else { Issue.record("\(String(describing: error))") }
        case .fewReports, .otherTime, .shortShare:
            if case .inconsistent = error {} else { Issue.record("\(String(describing: error))") }
        }
    }

    @Test(arguments: [
        (VdafConfiguration.prio3Count, [10], 8, false), (.prio3Sum(maxMeasurement: 10), [91], 8, false),
        (.prio3SumVec(length: 2, maxMeasurement: 3, chunkLength: 1), [0, 28], 16, false),
        (.prio3Histogram(length: 2, chunkLength: 1), [4, 4], 16, false),
        (.prio3Histogram(length: 2, chunkLength: 1), [5, 5], 16, false),
        (.prio3MultihotCountVec(length: 3, chunkLength: 1, maxWeight: 2), [9, 9, 1], 16, false),
        (.prio3MultihotCountVec(length: 3, chunkLength: 1, maxWeight: 2), [9, 9, 0], 16, true),
        (.prio3Count, [9], 8, true), (.prio3Sum(maxMeasurement: 10), [90], 8, true),
    ])
    func resultsThatNineReportsCannotHaveAreRefused(
        vdaf: VdafConfiguration, numbers: [Int64], elementSize: Int, isPossible: Bool
    ) async throws {
        let task = try BatchTask.sample(vdaf)
        let leader = FakeBatchLeader(task, numbers: numbers, elementSize: elementSize, reports: 9)
        let path = FileManager.default.temporaryDirectory.path + "/collection-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let collection = BatchCollection(task: task, jobs: leader, statePath: path)
        var state = BatchState(task: task.id, request: task.configuration.collectionRequest(.leaderSelected))
        let answer = try? await collection.collect(&state)
        #expect((answer != nil) == isPossible)
    }

    /// Nine times 2^61 and less is beyond Field64: a sum could be any number, so there is none.
    @Test(arguments: [0xFFFF_FFFF_0000_0000 / 9, 0xFFFF_FFFF_0000_0000 / 9 + 1, 1 << 62] as [UInt64])
    func aSumThatMayBeBeyondTheFieldIsNone(maximum: UInt64) async throws {
        let isSum = maximum <= 0xFFFF_FFFF_0000_0000 / 9
        let task = try BatchTask.sample(.prio3Sum(maxMeasurement: maximum))
        let leader = FakeBatchLeader(task, numbers: [5], elementSize: 8, reports: 9)
        let path = FileManager.default.temporaryDirectory.path + "/collection-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var state = BatchState(task: task.id, request: task.configuration.collectionRequest(.leaderSelected))
        var found: CollectorError?
        do {
            let answer = try await BatchCollection(task: task, jobs: leader, statePath: path).collect(&state)
            #expect(answer.result == .number(5))
        } catch {
            found = error
        }
        #expect(found == (isSum ? nil : .sumBeyondField(reports: 9, most: maximum == 1 << 62 ? 3 : 8)))
    }

    @Test func aWalkTaskIsNotCollected() throws {
        let walk = try DiscoveryTask.sample()
        #expect(throws: CollectorError.isAWalkTask) {
            try BatchTask(
                id: walk.id, configuration: walk.configuration, codePoints: .provisional, keyPair: walk.keyPair)
        }
    }

    // Spec: DAP §4.2.2
    @Test func aTaskWithAnUnknownExtensionIsLeftAlone() throws {
        let known = try BatchTask.configuration(.prio3Count)
        for vdaf in [VdafConfiguration.prio3Count, .poplar1(bits: 64)] {
            let configuration = try TaskConfiguration(
                taskInfo: known.taskInfo, leaderEndpoint: known.leaderEndpoint, helperEndpoint: known.helperEndpoint,
                timePrecision: known.timePrecision, minBatchSize: 1, batchMode: .leaderSelected, vdaf: vdaf,
                extensions: [TaskExtension(type: 0x7777, data: [])])
            #expect(throws: CollectorError.unsupportedExtensions([0x7777])) {
                try BatchTask(
                    id: .random(), configuration: configuration, codePoints: .provisional,
                    keyPair: .generate(id: 1))
            }
            #expect(throws: CollectorError.unsupportedExtensions([0x7777])) {
                try DiscoveryTask(
                    id: .random(), configuration: configuration, codePoints: .provisional,
                    encoding: BytesEncoding(), keyPair: .generate(id: 1))
            }
        }
    }
}
