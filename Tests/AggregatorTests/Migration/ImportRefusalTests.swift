import Aggregator
import EarlierStores
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Testing

/// Old files that are not brought over, and files of a role that are not made by themselves.
@Suite struct ImportRefusalTests {
    /// A Leader's store of version 5 in a folder, with a walk in the middle and uploads that wait.
    private static func folder() async throws -> (MigrationFolder, TestTask) {
        let simulation = try await ImportTests.middle()
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let folder = try MigrationFolder()
        try simulation.goBack(.leader, in: folder)
        return (folder, simulation.task)
    }

    enum Damage: CaseIterable, Sendable {
        case upload, uploadByte, segment, mark, commits, configuration, task

        func isExpected(_ error: StoreError) -> Bool {
            switch (self, error) {
            case (.upload, .incomplete), (.segment, .incomplete), (.mark, .incomplete), (.commits, .incomplete): true
            case (.uploadByte, .damaged), (.configuration, .belongsToAnother), (.task, .belongsToAnother): true
            default: false
            }
        }

        func apply(_ old: String) throws {
            let files = FileManager.default
            switch self {
            case .upload: try files.removeItem(atPath: try uploads(old))
            case .uploadByte:
                var bytes = try #require(files.contents(atPath: try uploads(old)))
                bytes[try #require(bytes.indices.last)] ^= 1
                try bytes.write(to: URL(filePath: try uploads(old)))
            case .segment:
                let name = try files.contentsOfDirectory(atPath: old + ".segments").first ?? ""
                try files.removeItem(atPath: old + ".segments/" + name)
            case .mark: try files.removeItem(atPath: old + ".uploads/mark")
            case .commits: try change(old, "UPDATE meta SET value = '1' WHERE name = 'commits'")
            case .configuration:
                try change(
                    old, "UPDATE meta SET value = '\(String(repeating: "0", count: 64))' WHERE name = 'configuration'")
            case .task: try change(old, "UPDATE meta SET value = '\(TaskID.random())' WHERE name = 'task'")
            }
        }

        /// The file of uploads that is in use.
        private func uploads(_ old: String) throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: old + ".uploads")
            return "\(old).uploads/" + (try #require(names.first { $0.hasSuffix(".uploads") }))
        }

        private func change(_ path: String, _ sql: String) throws {
            let database = try DatabaseQueue(path: path)
            try database.write { try $0.execute(sql: sql) }
            try database.close()
        }
    }

    /// What version 5 refused is refused as it is, and nothing of it is served.
    @Test(arguments: Damage.allCases) func whatIsNotWholeStaysAsItIs(damage: Damage) async throws {
        let (folder, task) = try await Self.folder()
        try damage.apply(folder.file(.leader, of: task.id))
        func old() throws -> [String: Data] { try folder.files().filter { $0.key.hasPrefix("leader-") } }
        let before = try old()
        for _ in 0..<2 {
            let error = #expect(throws: StoreError.self) { try folder.openOnce(.leader, task) }
            #expect(error.map(damage.isExpected) ?? false, "\(damage): \(error.map { "\($0)" } ?? "")")
            #expect(try old() == before)
            #expect(try !EarlierProgram.isHere(folder.file(.leader)))
        }
        #expect(folder.names("leader.sqlite.segments").isEmpty)
        #expect(folder.names("leader.sqlite.uploads") == ["mark", "pages"])
    }

    @Test func aFileThatIsLostIsNotMadeAnew() async throws {
        let (folder, task) = try await Self.folder()
        // Not for a task that has no store.
        let other = try TestTask()
        let before = try folder.files()
        #expect(throws: StoreError.missing) { try folder.open(.leader, [task, other]) }
        #expect(throws: StoreError.missing) { try folder.open(.leader, []) }
        #expect(try folder.files() == before)
        try folder.openOnce(.leader, task)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasPrefix("leader.sqlite") {
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        }
        // It was brought over, so what it knew is in the file that is missing.
        #expect(throws: StoreError.missing) { try folder.open(.leader, [task]) }
        let note = folder.file(.leader, of: task.id)
        #expect(throws: StoreError.lost(note: note, file: folder.file(.leader))) {
            try TestStore.create(folder.file(.leader), try task.aggregator(.leader))
        }
        #expect(FileManager.default.fileExists(atPath: note))
        // A file of the role that another task has does not know it.
        try TestStore.create(folder.file(.leader), try other.aggregator(.leader))
        let error = #expect(throws: StoreError.self) { try folder.openOnce(.leader, task) }
        if case .movedOn = error {} else { Issue.record("\(error.map { "\($0)" } ?? "")") }
        // Nor does the command that makes stores, but for the operator's word.
        #expect(throws: StoreError.lost(note: note, file: folder.file(.leader))) {
            try TestStore.create(folder.file(.leader), try task.aggregator(.leader))
        }
        try TestStore.create(folder.file(.leader), try task.aggregator(.leader), earliestReportTime: 1_000_000)
        try Self.expectRefusing(folder, task)
    }

    /// With one word for each task, whatever is left of their old files; and not where the old file is the store still.
    @Test func aFileThatIsLostIsMadeAfterAllByItsOperator() async throws {
        let (folder, task) = try await Self.folder()
        let leader = try task.aggregator(.leader)
        #expect(throws: StoreError.exists(folder.file(.leader, of: task.id))) {
            try TestStore.create(folder.file(.leader), leader, earliestReportTime: 1_000_000)
        }
        try folder.openOnce(.leader, task)
        #expect(throws: StoreError.exists(folder.file(.leader))) { try TestStore.create(folder.file(.leader), leader) }
        #expect(throws: StoreError.exists(folder.file(.leader))) {
            try TestStore.create(folder.file(.leader), leader, earliestReportTime: 1_000_000)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasPrefix("leader.sqlite") {
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        }
        try TestStore.create(folder.file(.leader), leader, earliestReportTime: 1_000_000)
        try Self.expectRefusing(folder, task)
        #expect(throws: StoreError.exists(folder.file(.leader))) { try TestStore.create(folder.file(.leader), leader) }
    }

    /// It is served from the role's file, which knows nothing and refuses what was received before.
    private static func expectRefusing(_ folder: MigrationFolder, _ task: TestTask) throws {
        for _ in 0..<2 {
            let datastore = try folder.open(.leader, [task])
            #expect(try datastore.open(try task.aggregator(.leader)).earliestReportTime == 1_000_000)
            try datastore.close()
        }
    }

    /// Whoever puts an older copy of the old file back is not served from either: nobody knows what it evaluated.
    @Test func anOldFileThatIsPutBack() async throws {
        let (folder, task) = try await Self.folder()
        let copy = try MigrationFolder(copying: folder)
        try folder.openOnce(.leader, task)
        let old = folder.file(.leader, of: task.id)
        try FileManager.default.removeItem(atPath: old)
        for name in ["", ".uploads", ".segments"] {
            try FileManager.default.copyItem(atPath: copy.file(.leader, of: task.id) + name, toPath: old + name)
        }
        let before = try folder.files().filter { $0.key.hasPrefix("leader-") }
        let error = #expect(throws: StoreError.self) { try folder.openOnce(.leader, task) }
        if case .incomplete = error {} else { Issue.record("\(error.map { "\($0)" } ?? "")") }
        #expect(try folder.files().filter { $0.key.hasPrefix("leader-") } == before)
    }

    /// What is left of an old store may be given up by its operator, and only then it comes here.
    @Test func whatIsLeftMayBeRenewed() async throws {
        let (folder, task) = try await Self.folder()
        let old = folder.file(.leader, of: task.id)
        let was = try StoreContents(version5: old)
        try FileManager.default.removeItem(atPath: old + ".uploads")
        try FileManager.default.removeItem(atPath: old + ".segments")
        #expect(throws: StoreError.self) { try folder.openOnce(.leader, task) }
        try TestStore.renew(folder.file(.leader), try task.aggregator(.leader), earliestReportTime: 1_000_000)
        let store = try TestStore(folder.file(.leader), try task.aggregator(.leader))
        #expect(store.earliestReportTime >= 1_000_000 && store.statement.echo == nil)
        #expect(try await ImportTests.bodies(of: store).isEmpty)
        try store.close()
        let now = try StoreContents(folder.file(.leader), task: task.id)
        #expect(
            now.bindings.count == was.bindings.count
                && now.bindings.allSatisfy { $0.split(separator: " ")[1] != "NULL" })
        try ImportTests.expectSuperseded(old, by: "leader.sqlite", of: task, .leader)
    }

    /// An earlier program that has the old file open is not disturbed.
    @Test func aFileThatIsOpenIsLeftAlone() async throws {
        let (folder, task) = try await Self.folder()
        let old = folder.file(.leader, of: task.id)
        let descriptor = open(old, O_RDWR)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(throws: StoreError.inUse(old)) { try folder.openOnce(.leader, task) }
        #expect(try EarlierProgram.serves(old))
        close(descriptor)
        try folder.openOnce(.leader, task)
    }

    /// A slip in the path makes no store in the file of another task, and changes nothing of it.
    @Test func nothingIsAddedToAFileOfAnEarlierVersion() async throws {
        let (folder, task) = try await Self.folder()
        let old = folder.file(.leader, of: task.id)
        let before = try folder.files()
        for wanted in [task, try TestTask()] {
            #expect(throws: StoreError.exists(old)) { try TestStore.create(old, try wanted.aggregator(.leader)) }
        }
        #expect(try folder.files() == before)
    }
}
