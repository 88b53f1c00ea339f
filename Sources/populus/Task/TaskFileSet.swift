import DAP
import Foundation
import TaskFiles
import VDAF

/// The four files of one task.
struct TaskFileSet {
    let taskID: TaskID
    let configuration: TaskConfiguration
    private let files: [TaskFile]

    /// Draws a task ID, keys and tokens.
    ///
    /// - Parameter clockSkew: for both aggregators, in seconds.
    init(
        configuration: TaskConfiguration, encoding: String?, clockSkew: UInt64 = TaskFile.defaultClockSkew
    ) throws(TaskFileError) {
        let taskID = TaskID.random()
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
                    collectorHpkeConfig: collectorKey.config, clockSkew: clockSkew))
        }
        self.taskID = taskID
        self.configuration = configuration
        self.files = files
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Writes all four, or none of them.
    func write(to directory: String, force: Bool) throws(CommandFailure) {
        let paths = files.map { "\(directory)/\($0.role.name).json" }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .cannotCreate, "\(directory): the directory cannot be made: \(error.localizedDescription)")
        }
        if !force, let existing = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) {
            throw CommandFailure(TaskFileError.exists(path: existing))
        }
        // All of them before the first is written.
        for path in paths where force {
            do { try TaskFile.checkReplaceable(path) } catch { throw CommandFailure(error) }
        }
        var written: [String] = []
        for (file, path) in zip(files, paths) {
            do {
                try file.write(to: path, replacing: force)
                written.append(path)
            } catch {
                // Half a task is of no use, and would be in the way of the next attempt, which names what stays all the same.
                for path in written { try? FileManager.default.removeItem(atPath: path) }
                throw CommandFailure(error)
            }
        }
    }
}

extension CommandFailure {
    /// A task file's error with its exit code.
    init(_ error: TaskFileError) {
        let code: Code =
            switch error {
            case .notFound, .unreadable: .noInput
            case .permissionDenied: .permission
            case .unwritable, .exists: .cannotCreate
            case .malformed, .wrongRole, .inconsistent: .data
            }
        self.init(code, error.description)
    }
}

/// Words of a command line that can be pasted into a shell.
enum ShellWord {
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,".utf8.contains(byte)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
