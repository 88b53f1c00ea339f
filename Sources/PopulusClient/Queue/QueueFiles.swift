/// Where a queue has its files: each is there as a whole or not at all, whatever happens meanwhile.
package protocol QueueFiles: Sendable {
    /// Takes them for this client alone, and says the names of those that are there.
    ///
    /// - Throws: `inUse` where somebody else has them.
    func open() throws(QueueFileError) -> [String]

    /// The bytes of a file; nil where there is none.
    func read(_ name: String) throws(QueueFileError) -> [UInt8]?

    /// Makes a file that was not there, or replaces the one that was, durably.
    func write(_ bytes: [UInt8], to name: String) throws(QueueFileError)

    /// Removes a file, durably; one that is not there is no error.
    func remove(_ name: String) throws(QueueFileError)

    /// Lets somebody else have them.
    func close()
}

/// Why a queue's files cannot be had.
package enum QueueFileError: Error, Hashable, Sendable {
    case full
    case inUse(folder: String)
    /// The system's reason.
    case other(String)
}

extension PopulusClient.Failure {
    init(_ error: QueueFileError) {
        switch error {
        case .full: self = .diskFull
        case .inUse(let folder): self = .queueInUse(folder)
        case .other(let reason): self = .storage(reason)
        }
    }
}
