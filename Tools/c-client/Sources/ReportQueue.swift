import CPopulusClient
import PopulusDAP
import PopulusDurableFiles

/// Sealed reports of one task on disk: a file each, in a folder of the task's own that one client has at a time.
///
/// A file gets its name, which has its number and the report's ID, when all of it is on the disk; it goes when the
/// report was sent. So whenever the process ends, a report that was accepted is there, whole, and with its ID.
struct ReportQueue {
    /// One report's file.
    private struct Entry {
        let name: ReportFileName
        let size: UInt64
        /// Whether it is with the program that sends reports.
        var isOut = false
    }

    private let folder: String
    private let limits: QueueLimits
    /// Held as long as the queue is open.
    private let lock: FileLock
    /// In the order in which they were accepted.
    private var entries: [Entry] = []
    private var nextNumber: UInt64 = 0
    var window: ReportWindow

    /// Opens a task's queue in a folder; both are made if they are not there.
    ///
    /// - Throws: `QUEUE_IN_USE`, `DISK`, `DISK_FULL`.
    init(in folder: String, of taskID: TaskID, limits: QueueLimits) throws(ClientFailure) {
        let own = folder + "/" + taskID.base64URL
        self.folder = own
        self.limits = limits
        let lock: FileLock?
        do throws(DurableFileError) {
            try FileNames.makeFolder(folder)
            try FileNames.makeFolder(own)
            try FileNames.synchronize(folder: folder)
            lock = try FileLock(path: own + "/lock")
            window = try ReportWindow(folder: own, seconds: limits.windowSeconds)
        } catch {
            throw ClientFailure(error)
        }
        guard let lock else { throw ClientFailure(POPULUS_CLIENT_QUEUE_IN_USE, "\(own) is in use") }
        self.lock = lock
        try readFolder()
    }

    /// Lists the reports, and removes what a process that ended was still writing.
    private mutating func readFolder() throws(ClientFailure) {
        let names = try FolderListing.names(in: folder)
        do throws(DurableFileError) {
            for name in names {
                let path = folder + "/" + name
                if name.hasSuffix(".new") {
                    try FileNames.remove(path)
                } else if let name = ReportFileName(name) {
                    entries.append(Entry(name: name, size: UInt64(FileIdentity.size(path))))
                }
            }
        } catch {
            throw ClientFailure(error)
        }
        entries.sort { $0.name.number < $1.name.number }
        nextNumber = (entries.last?.name.number ?? 0) &+ 1
    }

    var count: UInt64 { UInt64(entries.count) }

    // MARK: In

    /// Sees that there is room for one more report of about so many bytes, and that the present window takes one.
    ///
    /// - Throws: `QUEUE_FULL`, `WINDOW_FULL`.
    func checkRoom(for size: Int) throws(ClientFailure) {
        let bytes = entries.reduce(0) { $0 + $1.size }
        guard count < limits.reports, bytes + UInt64(size) <= limits.bytes else {
            throw ClientFailure(
                POPULUS_CLIENT_QUEUE_FULL, "the queue has \(count) reports of \(bytes) bytes: send some first")
        }
        guard window.count < limits.windowReports else {
            throw ClientFailure(
                POPULUS_CLIENT_WINDOW_FULL, "\(window.count) reports were accepted in this window, which is its bound")
        }
    }

    /// Keeps a report; when it returns the report is on the disk.
    ///
    /// The window counts it first: so a crash between the two leaves a count that is too high, and the bound holds.
    mutating func add(_ report: Report) throws(ClientFailure) {
        let name = ReportFileName(number: nextNumber, id: report.metadata.reportID)
        let path = folder + "/" + name.text, bytes = report.encoded()
        do throws(DurableFileError) {
            try window.countOne(exactly: limits.windowReports != .max)
        } catch {
            throw ClientFailure(error)
        }
        do throws(DurableFileError) {
            try DurableFile.write(bytes, to: path, durable: true)
        } catch {
            // It is refused, so it must not come back in a later run. The window's count stays as it is.
            _ = try? FileNames.remove(path)
            throw ClientFailure(error)
        }
        nextNumber += 1
        entries.append(Entry(name: name, size: UInt64(bytes.count)))
    }

    // MARK: Out

    /// The oldest report that is not out, as it was accepted; nil where there is none.
    ///
    /// - Throws: `QUEUE_DAMAGED` for a file that is not what it was; it is out of the way then.
    mutating func next() throws(ClientFailure) -> (id: ReportID, bytes: [UInt8])? {
        guard let index = entries.firstIndex(where: { !$0.isOut }) else { return nil }
        let name = entries[index].name, path = folder + "/" + name.text
        let bytes: [UInt8]?
        do throws(DurableFileError) {
            bytes = try DurableFile.read(path, limit: Int(clamping: entries[index].size))
        } catch {
            throw ClientFailure(error)
        }
        // A report that does not decode, or one of another ID.
        guard let bytes, let report = try? ReportSlices(decoding: bytes), report.head.metadata.reportID == name.id
        else {
            entries.remove(at: index)
            // Where nothing is left to be renamed, nothing is in the way.
            _ = try? FileNames.rename(path, to: path + ".damaged")
            throw ClientFailure(POPULUS_CLIENT_QUEUE_DAMAGED, "\(path) is damaged; it is kept as \(name.text).damaged")
        }
        entries[index].isOut = true
        return (name.id, bytes)
    }

    /// Removes a report for good.
    mutating func remove(_ id: ReportID) throws(ClientFailure) {
        let index = try index(of: id)
        do throws(DurableFileError) {
            try DurableFile.remove(folder + "/" + entries[index].name.text)
        } catch {
            throw ClientFailure(error)
        }
        entries.remove(at: index)
    }

    /// Takes back a report that could not be sent.
    mutating func takeBack(_ id: ReportID) throws(ClientFailure) {
        entries[try index(of: id)].isOut = false
    }

    private func index(of id: ReportID) throws(ClientFailure) -> Int {
        guard let index = entries.firstIndex(where: { $0.name.id == id }) else {
            throw ClientFailure(POPULUS_CLIENT_UNKNOWN_REPORT, "the queue has no report of this ID")
        }
        return index
    }

    /// Whether reports are here that may go nowhere any more: `erase` has failed, and is to be called again.
    private(set) var isToBeErased = false

    /// Erases every report, also those that are damaged; the window's count stays, as it bounds what was accepted.
    ///
    /// A file that cannot be removed keeps no other one.
    mutating func erase() throws(ClientFailure) {
        isToBeErased = true
        var failure: DurableFileError?
        for name in try FolderListing.names(in: folder) where name.contains(ReportFileName.ending) {
            do throws(DurableFileError) {
                try FileNames.remove(folder + "/" + name)
            } catch {
                failure = error
            }
        }
        do throws(DurableFileError) {
            try FileNames.synchronize(folder: folder)
        } catch {
            failure = failure ?? error
        }
        if let failure { throw ClientFailure(failure) }
        entries = []
        isToBeErased = false
    }
}

/// What a queue may hold.
struct QueueLimits {
    let reports: UInt64
    let bytes: UInt64
    /// The greatest number where there is no bound.
    let windowReports: UInt64
    let windowSeconds: UInt64

    init(_ limits: populus_client_limits) {
        func value(_ given: UInt64, otherwise usual: UInt64) -> UInt64 { given == 0 ? usual : given }
        reports = value(limits.queue_reports, otherwise: 1000)
        bytes = value(limits.queue_bytes, otherwise: 64 << 20)
        windowReports = value(limits.window_reports, otherwise: .max)
        windowSeconds = value(limits.window_seconds, otherwise: 86_400)
    }
}
