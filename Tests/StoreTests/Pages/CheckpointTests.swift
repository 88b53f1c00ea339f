import Aggregator
import Dispatch
import Foundation
import PopulusDAP
import StoreSQLite
import Synchronization
import Testing

/// A kill at any moment of a checkpoint leaves a whole store.
@Suite(.serialized) struct CheckpointTests {
    /// What the files were at a step, and how many uploads had been acknowledged.
    private struct Moment: Sendable {
        let step: PageStep
        let store: PagedStore
        let acknowledged: Int
    }

    /// Keeps each moment.
    private final class Moments: Sendable {
        private let kept = Mutex<[Moment]>([])
        private let count = Mutex(0)

        var all: [Moment] { kept.withLock { $0 } }

        func acknowledge() { count.withLock { $0 += 1 } }

        func observer(of store: PagedStore) -> PageObserver {
            { step in
                let acknowledged = self.count.withLock { $0 }
                do {
                    let moment = Moment(step: step, store: try store.killed(), acknowledged: acknowledged)
                    self.kept.withLock { $0.append(moment) }
                } catch {
                    Issue.record("no copy: \(error)")
                }
            }
        }
    }

    private static func open(_ store: PagedStore, _ datastore: SQLiteDatastore) throws -> any TaskStore {
        try datastore.open(store.tasks[0], configurationDigest: MadeStore.configurationDigest, uploads: .byTime)
    }

    private static func upload(_ numbers: Range<Int>, to task: any TaskStore, _ moments: Moments) async throws {
        for number in numbers {
            try await task.write("test") { _ = try $0.upload(number, time: UInt64(number % 7)) }
            moments.acknowledge()
        }
    }

    /// The texts of all uploads that a start finds.
    private static func found(in store: PagedStore) async throws -> [String] {
        let datastore = try store.open()
        do {
            let texts = try await Self.open(store, datastore).read("test") { try $0.texts(in: .all) }
            try datastore.close()
            return texts
        } catch {
            try? datastore.close()
            throw error
        }
    }

    /// Every moment opens with at least what was acknowledged, and once more after that.
    private static func expectWhole(_ moments: [Moment]) async throws {
        for (place, moment) in moments.enumerated() {
            let texts = try await found(in: moment.store)
            #expect(texts.count >= moment.acknowledged && Set(texts).count == texts.count, "\(place): \(moment.step)")
            #expect(try await found(in: moment.store) == texts, "\(place): \(moment.step)")
        }
    }

    @Test func everyStep() async throws {
        let (store, moments) = (try PagedStore(), Moments())
        let datastore = try store.open(onPages: moments.observer(of: store))
        try await Self.upload(0..<30, to: try Self.open(store, datastore), moments)
        try datastore.close()
        for step in PageStep.allCases { #expect(moments.all.count { $0.step == step } > 1, "\(step)") }
        try await Self.expectWhole(moments.all)
    }

    /// Some pages are in the database already, one of them in part, and the digests of all of them are on the disk.
    @Test func withinACheckpoint() async throws {
        let (store, moments) = (try PagedStore(), Moments())
        let datastore = try store.open(onPages: moments.observer(of: store))
        try await Self.upload(0..<30, to: try Self.open(store, datastore), moments)
        try datastore.close()
        let all = moments.all
        let checkpoints = all.indices.dropLast().filter { place in
            all[place].step == .settled && all[place + 1].step == .checkpointed
                && all[place].store.bytes(.database) != all[place + 1].store.bytes(.database)
        }
        #expect(checkpoints.count > 1)
        var generator = SystemRandomNumberGenerator()
        for place in checkpoints {
            let (before, after) = (all[place].store, all[place + 1].store.bytes(.database))
            let texts = try await Self.found(in: try before.killed())
            for _ in 0..<4 {
                let mixed = try before.killed()
                try mixed.write(Self.mix(before.bytes(.database), after, using: &generator), .database)
                #expect(try await Self.found(in: mixed) == texts)
            }
        }
    }

    /// Pages of both, cut off after one of them or in its middle.
    private static func mix(
        _ before: [UInt8], _ after: [UInt8], using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        let size = 4096
        var mixed = before
        for start in stride(from: 0, to: after.count, by: size) where Bool.random(using: &generator) {
            if mixed.count < start + size { mixed += [UInt8](repeating: 0, count: start + size - mixed.count) }
            let count = Int.random(in: 0..<4, using: &generator) == 0 ? 1000 : size
            mixed.replaceSubrange(start..<start + count, with: after[start..<start + count])
        }
        return mixed
    }

    /// A long read keeps a checkpoint from its end, and the log from being begun anew.
    @Test func aReaderHoldsTheLogOpen() async throws {
        let (store, moments) = (try PagedStore(), Moments())
        let datastore = try store.open(onPages: moments.observer(of: store))
        let task = try Self.open(store, datastore)
        try await Self.upload(0..<10, to: task, moments)
        let (began, end) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let seen = task.read("long") { transaction in
            let texts = try transaction.texts(in: .all)
            began.signal()
            _ = end.wait(timeout: .now() + 60)
            #expect(try transaction.texts(in: .all) == texts)
            return texts.count
        }
        await waitInBackground(for: began)
        try await Self.upload(10..<60, to: task, moments)
        let held = store.bytes(.log).count
        end.signal()
        #expect(try await seen == 10)
        try await Self.upload(60..<80, to: task, moments)
        try datastore.close()
        #expect(held > 2 * 24 * 4120, "the log went on")
        try await Self.expectWhole(moments.all.filter { $0.step == .checkpointed })
        #expect(try await Self.found(in: store).count == 80)
    }
}

/// Stores of the version before, which kept no digests of pages.
@Suite(.serialized) struct EarlierPagesTests {
    private static func store() async throws -> (killed: PagedStore, stopped: PagedStore, images: [TaskImage]) {
        let store = try PagedStore()
        let datastore = try store.open()
        let task = try datastore.open(
            store.tasks[0], configurationDigest: MadeStore.configurationDigest, uploads: .byTime)
        for number in 1...9 { try await task.write("test") { _ = try $0.upload(number) } }
        let killed = try store.killed()
        try datastore.close()
        try killed.goBack(isClosed: false)
        let images = try await store.killed().images()
        try store.goBack(isClosed: true)
        return (killed, store, images)
    }

    /// It gets them at its first start, and from there on they are needed.
    @Test func theyAreMadeOnce() async throws {
        let found = try await Self.store()
        for store in [found.killed, found.stopped] {
            #expect(try await store.images() == found.images)
            #expect(store.bytes(.mark).starts(with: Array("populus store mark 2\n".utf8)))
            let damaged = try store.killed()
            try FileManager.default.removeItem(atPath: damaged.path + PagedStore.Part.table.rawValue)
            await #expect(throws: StoreError.self) { try await damaged.images() }
            #expect(try await store.images() == found.images)
        }
    }

    /// Its seal is looked at before they are made.
    @Test func itsSealIsStillGood() async throws {
        let store = try await Self.store().stopped
        var bytes = store.bytes(.database)
        bytes[bytes.count - 100] ^= 4
        try store.write(bytes, .database)
        let before = try store.files()
        await #expect(throws: StoreError.self) { try await store.images() }
        #expect(try store.files() == before)
    }

    /// Digests that an interrupted first start left are made again, whatever they say.
    @Test func whatAnInterruptedStartLeftIsNothing() async throws {
        let found = try await Self.store()
        try found.killed.write([1, 2, 3], .table)
        #expect(try await found.killed.images() == found.images)
    }
}
