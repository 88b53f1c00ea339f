import Foundation
import PopulusDAP
import PopulusStringCodec
import PopulusTLS
import PopulusTaskFiles

/// A task, as its Collector sees it: what is asked of it, and where its state is kept.
///
/// It is made from the Collector's file of the task, which has a private key and a token. Neither shows in a
/// description. A value of this type holds no connection and no lock; each run opens its own.
public struct CollectorTask: Sendable {
    /// For how long a Leader that has answered once may be away before a run ends; a minute unless set otherwise.
    ///
    /// How long a run may take altogether is for its reader to say, by cancelling.
    public var patience: Duration = .seconds(60)

    /// Which authorities are trusted, and what is shown to a Leader that asks for a certificate; nothing for the system's, and
    /// none.
    package var tls: ClientTLS?

    /// For how many twentieths of a second another run is waited for that works on the same state.
    package var lockPatience = 200

    let file: TaskFile
    let secrets: TaskFile.CollectorSecrets
    let batches: Batches
    /// Without the part by which the files of walks and collections are told apart.
    let statePath: String
    /// The Leader's collection jobs, where they are not asked for over HTTP.
    let jobs: (any CollectionJobs)?

    /// What is done with the task's batches.
    enum Batches: Sendable {
        case walked(DiscoveryTask)
        case collected(BatchTask)
    }

    /// Reads the Collector's file; what must outlast an interruption is kept beside it, under its name.
    ///
    /// These are the files of the program `populus`: what one of them began the other goes on with, one at a time.
    ///
    /// - Parameter path: that of a `collector.json`.
    /// - Throws: ``CollectorFailure/Reason/unusableTask(_:)``.
    public init(file path: String) throws(CollectorFailure) {
        try self.init(file: path, jobs: nil)
    }

    /// Reads the bytes of the Collector's file, for who keeps them elsewhere than on a disk.
    ///
    /// - Parameters:
    ///   - json: the bytes of a `collector.json`.
    ///   - folder: where to keep what must outlast an interruption; it must be there.
    ///   - name: what the files in the folder begin with. Give each task a name of its own.
    /// - Throws: ``CollectorFailure/Reason/unusableTask(_:)``.
    public init(json: some Sequence<UInt8>, stateFolder folder: String, name: String = "collector")
        throws(CollectorFailure)
    {
        let file: TaskFile
        do throws(TaskFileError) {
            file = try TaskFile(reading: json, as: .collector, name: name)
        } catch {
            throw CollectorFailure(.unusableTask("\(error)"))
        }
        try self.init(file, statePath: "\(folder)/\(name)", jobs: nil)
    }

    /// - Parameter jobs: the Leader's collection jobs, where they are not asked for over HTTP.
    package init(file path: String, jobs: (any CollectionJobs)?) throws(CollectorFailure) {
        let file: TaskFile
        do throws(TaskFileError) {
            file = try TaskFile(readingFrom: path, as: .collector)
        } catch {
            throw CollectorFailure(.unusableTask("\(error)"))
        }
        try self.init(file, statePath: URL(fileURLWithPath: path).deletingPathExtension().path, jobs: jobs)
    }

    private init(
        _ file: TaskFile, statePath: String, jobs: (any CollectionJobs)?
    ) throws(CollectorFailure) {
        guard case .collector(let secrets) = file.secrets else {
            throw CollectorFailure(.unusableTask("it is not the collector's file"))
        }
        batches = try Self.batches(of: file, secrets)
        (self.file, self.secrets, self.statePath, self.jobs) = (file, secrets, statePath, jobs)
    }

    private static func batches(
        of file: TaskFile, _ secrets: TaskFile.CollectorSecrets
    ) throws(CollectorFailure) -> Batches {
        let hasWalks = file.configuration.extensions.contains { $0.type == file.walkCodePoints.task }
        let encoding = hasWalks ? try encoding(of: file) : nil
        do throws(CollectorError) {
            guard let encoding else {
                return .collected(
                    try BatchTask(
                        id: file.taskID, configuration: file.configuration, codePoints: file.walkCodePoints,
                        keyPair: secrets.hpkeKey))
            }
            return .walked(
                try DiscoveryTask(
                    id: file.taskID, configuration: file.configuration, codePoints: file.walkCodePoints,
                    encoding: encoding, keyPair: secrets.hpkeKey))
        } catch {
            throw CollectorFailure(error)
        }
    }

    /// The encoding of a task of strings.
    static func encoding(of file: TaskFile) throws(CollectorFailure) -> any StringEncoding {
        guard let name = file.encoding,
            let encoding = StringEncodings.encoding(named: name, taskID: file.taskID.bytes)
        else {
            let known = StringEncodings.names.joined(separator: ", ")
            throw CollectorFailure(.unusableTask("its encoding of strings is none of \(known)"))
        }
        return encoding
    }
}

extension CollectorTask {
    /// Says how the Leader proves who it is, and this Collector, where that is not by the system's authorities and the token.
    ///
    /// - Parameters:
    ///   - authorities: a file of authorities in PEM, in place of the system's; nothing for the system's.
    ///   - certificate: a file of a certificate in PEM, its chain behind it, for a Leader that expects one in place of the
    ///     token; nothing for none.
    ///   - key: the file of its private key in PEM, which nobody else may read.
    /// - Throws: ``CollectorFailure/Reason/invalidRequest(_:)`` where a file cannot be used.
    public mutating func setTLS(
        authorities: String?, certificate: String? = nil, key: String? = nil
    ) throws(CollectorFailure) {
        guard (certificate == nil) == (key == nil) else {
            throw CollectorFailure(.invalidRequest("a certificate and its key go together"))
        }
        let shown = certificate.flatMap { file in key.map { CredentialFiles(certificate: file, key: $0) } }
        do throws(TLSFileError) { tls = try ClientTLS(authorities: authorities, showing: shown) } catch {
            throw CollectorFailure(.invalidRequest("\(error)"))
        }
    }

    /// The task's ID, as unpadded base64url.
    public var id: String { file.taskID.base64URL }

    /// The task's fingerprint: the same with all parties of the task.
    public var fingerprint: String? { file.fingerprint.map { "\($0)" } }

    /// Whether batches are discovered, by walks; otherwise they are collected.
    public var isDiscovered: Bool {
        if case .walked = batches { true } else { false }
    }

    /// The least threshold of a discovery, in votes; nothing where batches are collected.
    ///
    /// It is what the clients agreed to, and with noise what keeps most walks from listing a string that nobody holds.
    public var leastThreshold: UInt64? {
        if case .walked(let task) = batches { task.leastThreshold } else { nil }
    }

    /// The fewest reports that a batch can have.
    public var leastBatch: UInt64 { file.configuration.minBatchSize }

    /// Whether a batch is an interval of time; otherwise the Leader selects batches.
    public var batchesAreIntervals: Bool { file.configuration.batchMode == .timeInterval }

    /// The seconds of which the ends of an interval are multiples, counted from the Epoch.
    public var timePrecision: UInt64 { max(1, file.configuration.timePrecision.seconds) }
}

extension CollectorTask: CustomStringConvertible, CustomReflectable {
    /// The task's ID, and no secret.
    public var description: String { "CollectorTask(\(id))" }

    /// No key, and no token.
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
