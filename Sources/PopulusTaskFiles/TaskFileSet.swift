import Foundation
import PopulusDAP
import PopulusDurableFiles
import PopulusVDAF

/// The four files of one task.
package struct TaskFileSet {
    package let taskID: TaskID
    package let configuration: TaskConfiguration
    private let files: [TaskFile]

    /// A new ID whose text does not begin with a hyphen: every command would take it for options.
    private static func drawnID() -> TaskID {
        var id = TaskID.random()
        while id.base64URL.hasPrefix("-") { id = .random() }
        return id
    }

    /// Draws a task ID, keys and tokens.
    ///
    /// - Parameters:
    ///   - clockSkew: for both aggregators, in seconds.
    ///   - reportExpiry: for both, in seconds; nothing where a report may have any age.
    package init(
        configuration: TaskConfiguration, encoding: String?, clockSkew: UInt64 = TaskFile.defaultClockSkew,
        reportExpiry: UInt64? = nil
    ) throws(TaskFileError) {
        let taskID = Self.drawnID()
        let collectorKey = HpkeKeyPair.generate(id: UInt8.random(in: 0...255))
        let verifyKey = TaskFile.VerifyKey(id: 0, bytes: Self.random(Poplar1.verifyKeySize))
        let aggregatorToken = Base64URL.encode(Self.random(32))
        let collectorToken = Base64URL.encode(Self.random(32))
        func key() -> HpkeKeyPair { .generate(id: UInt8.random(in: 0...255)) }
        let secrets: [TaskFile.Secrets] = [
            .leader(
                .init(
                    hpkeKey: key(), collectorHpkeConfig: collectorKey.config, verifyKeys: [verifyKey],
                    aggregatorToken: aggregatorToken, collectorToken: collectorToken)),
            .helper(
                .init(
                    hpkeKey: key(), collectorHpkeConfig: collectorKey.config, verifyKeys: [verifyKey],
                    aggregatorToken: aggregatorToken)),
            .collector(.init(hpkeKey: collectorKey, collectorToken: collectorToken)),
            .client,
        ]
        var files: [TaskFile] = []
        for secret in secrets {
            files.append(
                try TaskFile(
                    taskID: taskID, configuration: configuration, encoding: encoding, secrets: secret,
                    collectorHpkeConfig: collectorKey.config, clockSkew: clockSkew, reportExpiry: reportExpiry))
        }
        self.taskID = taskID
        self.configuration = configuration
        self.files = files
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// What an aggregator is asked to take up, without what it draws for itself: its HPKE key, and a Leader's token for the
    /// Helper.
    ///
    /// - Parameter role: `.leader` or `.helper`.
    package func registration(of role: Role) throws(TaskFileError) -> TaskRegistration {
        guard let file = files.first(where: { $0.role == role }) else { throw .inconsistent("a task has four roles") }
        return try TaskRegistration(file).withoutDrawn()
    }

    /// The folder that the files wait in until it is known that there will be a task.
    private func waitingRoom(in directory: String) -> String { "\(directory)/new-\(taskID)" }

    /// Writes the files of some roles beside where they belong, as ``write(to:replacing:roles:)`` would: those of an earlier
    /// task stay until ``putInPlace(in:replacing:roles:)``.
    package func prepare(in directory: String, replacing: Bool, roles: Set<Role>) throws(TaskFileError) {
        try check(directory, replacing: replacing, roles: roles)
        do throws(TaskFileError) { try write(to: waitingRoom(in: directory), replacing: false, roles: roles) } catch {
            discard(in: directory, roles: roles)
            throw error
        }
    }

    /// Puts what was prepared where it belongs.
    ///
    /// - Throws: where that fails; the files are where the error says.
    package func putInPlace(in directory: String, replacing: Bool, roles: Set<Role>) throws(TaskFileError) {
        try check(directory, replacing: replacing, roles: roles)
        let room = waitingRoom(in: directory)
        for role in roles.sorted(by: { $0.name < $1.name }) {
            let (from, to) = ("\(room)/\(role.name).json", "\(directory)/\(role.name).json")
            do throws(DurableFileError) { try FileNames.rename(from, to: to) } catch {
                throw .unwritable(path: to, reason: "\(error.reason); the new file is \(from)")
            }
        }
        do throws(DurableFileError) {
            try FileNames.synchronize(folder: directory)
            try FileNames.remove(folder: room)
        } catch { throw .unwritable(path: directory, reason: error.reason) }
    }

    /// Removes what was prepared, of a task that has come to nothing.
    package func discard(in directory: String, roles: Set<Role>) {
        let room = waitingRoom(in: directory)
        // What cannot be removed is a file of a task that nobody serves.
        for role in roles { _ = try? FileNames.remove("\(room)/\(role.name).json") }
        try? FileNames.remove(folder: room)
    }

    /// Makes the directory, and sees that the files of some roles may be written there.
    private func check(_ directory: String, replacing: Bool, roles: Set<Role>) throws(TaskFileError) {
        try Self.check(files.filter { roles.contains($0.role) }, directory, replacing: replacing)
    }

    private static func check(_ files: [TaskFile], _ directory: String, replacing: Bool) throws(TaskFileError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .noDirectory(path: directory, reason: error.localizedDescription)
        }
        let paths = files.map { "\(directory)/\($0.role.name).json" }
        if !replacing, let existing = paths.first(where: FileStatus.isTaken) { throw .exists(path: existing) }
        // All of them before the first is written.
        for path in paths where replacing { try TaskFile.checkReplaceable(path) }
    }

    /// Writes the files of some roles, or none of them.
    ///
    /// - Parameters:
    ///   - replacing: whether the files of another task may be replaced; nothing else ever is.
    ///   - roles: all four unless told otherwise.
    package func write(
        to directory: String, replacing: Bool, roles: Set<Role> = [.client, .leader, .helper, .collector]
    ) throws(TaskFileError) {
        try Self.write(files.filter { roles.contains($0.role) }, to: directory, replacing: replacing)
    }

    /// Writes files of one task, each under the name of its role, or none of them.
    package static func write(
        _ files: [TaskFile], to directory: String, replacing: Bool
    ) throws(TaskFileError) {
        let paths = files.map { "\(directory)/\($0.role.name).json" }
        try check(files, directory, replacing: replacing)
        var written: [String] = []
        for (file, path) in zip(files, paths) {
            do throws(TaskFileError) {
                try file.write(to: path, replacing: replacing)
                written.append(path)
            } catch {
                // Half a task is of no use, and would be in the way of the next attempt, which names what stayed.
                for path in written { _ = try? FileNames.remove(path) }
                throw error
            }
        }
    }
}
