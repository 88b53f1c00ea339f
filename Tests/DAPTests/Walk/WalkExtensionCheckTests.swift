import PopulusDAP
import Testing

/// With the extension in a task every job carries its counterpart; without it none may.
@Suite struct WalkExtensionCheckTests {
    private let walk = WalkJobExtension(walkID: Sample.walkID, step: 0)

    private func collection(_ extensions: [CollectionJobExtension]) -> CollectionJobReq {
        CollectionJobReq(query: .leaderSelected, aggregationParameter: [], extensions: extensions)
    }

    private func aggregation(_ extensions: [AggregationJobExtension]) -> AggregationJobInitReq {
        AggregationJobInitReq(
            verificationKeyID: 0, aggregationParameter: [], extensions: extensions, verifyInits: [])
    }

    @Test func collectionJobsOfAWalkTaskNameTheirWalk() throws {
        let task = try Sample.task()
        let good = CollectionJobExtension(type: 0xFD57, data: walk.encoded())
        #expect(try collection([good]).checkedWalk(of: task) == walk)
        #expect(try collection([good]).walkExtension() == walk)
        #expect(throws: ExtensionRefusal.missing(0xFD57)) { try collection([]).checkedWalk(of: task) }
        #expect(throws: ExtensionRefusal.outOfOrder) { try collection([good, good]).checkedWalk(of: task) }
        let long = CollectionJobExtension(type: 0xFD57, data: walk.encoded() + [0])
        #expect(throws: ExtensionRefusal.malformed(0xFD57)) { try collection([long]).checkedWalk(of: task) }
        let unknown = CollectionJobExtension(type: 5, data: [])
        #expect(throws: ExtensionRefusal.unsupported([5])) { try collection([unknown, good]).checkedWalk(of: task) }
    }

    @Test func jobsOfOtherTasksNameNone() throws {
        let task = try Sample.task(batchMode: .timeInterval, extensions: [])
        #expect(try collection([]).checkedWalk(of: task) == nil)
        let stray = CollectionJobExtension(type: 0xFD57, data: walk.encoded())
        #expect(throws: ExtensionRefusal.unsupported([0xFD57])) { try collection([stray]).checkedWalk(of: task) }

        let none = try aggregation([]).checkedExtensions(of: task)
        #expect(none.batchID == nil && none.walk == nil)
        let batch = AggregationJobExtension(type: 1, data: Sample.batchID.bytes)
        #expect(throws: ExtensionRefusal.unsupported([1])) { try aggregation([batch]).checkedExtensions(of: task) }
    }

    @Test func aggregationJobsCarryWhatTheTaskDemands() throws {
        let task = try Sample.task()
        let batch = AggregationJobExtension(type: 1, data: Sample.batchID.bytes)
        let own = AggregationJobExtension(type: 0xFD57, data: walk.encoded())
        let found = try aggregation([batch, own]).checkedExtensions(of: task)
        #expect(found.batchID == Sample.batchID && found.walk == walk)
        #expect(try aggregation([batch, own]).leaderSelectedBatchID() == Sample.batchID)
        #expect(try aggregation([batch, own]).walkExtension() == walk)
        #expect(throws: ExtensionRefusal.missing(1)) { try aggregation([own]).checkedExtensions(of: task) }
        #expect(throws: ExtensionRefusal.missing(0xFD57)) { try aggregation([batch]).checkedExtensions(of: task) }
        #expect(throws: ExtensionRefusal.outOfOrder) { try aggregation([own, batch]).checkedExtensions(of: task) }
        let short = AggregationJobExtension(type: 1, data: [1])
        #expect(throws: ExtensionRefusal.malformed(1)) { try aggregation([short, own]).checkedExtensions(of: task) }
        let half = AggregationJobExtension(type: 0xFD57, data: [1])
        #expect(throws: ExtensionRefusal.malformed(0xFD57)) {
            try aggregation([batch, half]).checkedExtensions(of: task)
        }
    }

    @Test func otherCodePointsAreHonoured() throws {
        let codePoints = WalkCodePoints(task: 0xE001, aggregationJob: 0xE002, collectionJob: 0xE003)
        let bounds = try #require(Sample.bounds)
        let task = try Sample.task(extensions: [TaskExtension(type: 0xE001, data: bounds.encoded())])
        let good = collection([CollectionJobExtension(type: 0xE003, data: walk.encoded())])
        #expect(try good.checkedWalk(of: task, codePoints) == walk)
        #expect(throws: ExtensionRefusal.unsupported([0xE003])) { try good.checkedWalk(of: task) }
    }

    @Test func refusalsHaveTheTypesOfTheDraft() {
        #expect(ExtensionRefusal.unsupported([5]).collectionProblemType == .unsupportedExtension)
        #expect(ExtensionRefusal.unsupported([5]).aggregationProblemType == .unsupportedExtension)
        #expect(ExtensionRefusal.unsupported([5]).unsupportedExtensions == [5])
        for refusal: ExtensionRefusal in [.outOfOrder, .missing(1), .malformed(1)] {
            #expect(refusal.collectionProblemType == .invalidExtension)
            #expect(refusal.aggregationProblemType == .invalidMessage)
            #expect(refusal.unsupportedExtensions == nil)
        }
    }
}
