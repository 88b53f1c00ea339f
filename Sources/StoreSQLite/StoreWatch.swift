import Aggregator
import PopulusDurableFiles
import Synchronization

/// Sees whether a store's files are where they were when it was opened: nobody finds what goes to a file without a name.
final class StoreWatch: Sendable {
    private let files: StoreFiles
    private let uploads: UploadFiles
    /// What must be under these names.
    private let places: [(name: String, identity: FileIdentity)]
    private let log = Mutex<FileIdentity?>(nil)
    private let found = Mutex<StoreError?>(nil)
    private let onOutage: @Sendable (StoreError) -> Void

    /// - Parameter onOutage: called once, with what is wrong.
    init(
        _ files: StoreFiles, database: FileIdentity, uploads: UploadFiles,
        onOutage: @escaping @Sendable (StoreError) -> Void
    ) {
        self.files = files
        self.uploads = uploads
        self.onOutage = onOutage
        places =
            [(files.path, database)]
            + (files.folders + [files.mark, files.pages]).compactMap { name in FileIdentity(name).map { (name, $0) } }
    }

    /// What is wrong, for good: only another start finds the files in order again.
    var outage: StoreError? {
        if let known = found.withLock({ $0 }) { return known }
        if let missing = missing() { note(.moved(missing)) }
        return known
    }

    /// Keeps the first thing that went wrong, and says it.
    func note(_ error: StoreError) {
        let isFirst = found.withLock { found in
            defer { found = found ?? error }
            return found == nil
        }
        if isFirst { onOutage(error) }
    }

    /// What was found, without looking.
    var known: StoreError? { found.withLock { $0 } }

    private func missing() -> String? {
        for place in places where FileIdentity(place.name) != place.identity { return place.name }
        // SQLite makes it with the first commit, and keeps it as long as it has the database open.
        let now = FileIdentity(files.log)
        let isGone = log.withLock { log in
            if log == nil { log = now }
            return log != now
        }
        if isGone { return files.log }
        return uploads.isInPlace ? nil : "a file in \(files.uploads)"
    }
}
