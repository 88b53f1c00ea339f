import Client
import Crypto
import Foundation
import PopulusDAP
import PopulusDurableFiles
import PopulusTaskFiles

/// The journal of one upload: a file beside the task's, named after the input, and locked while the upload runs.
///
/// Only a file that was made as a journal is read as one, replaced or removed.
struct JournalSlot {
    /// What is wanted of the journal.
    enum Wish: Equatable {
        case begin, resume, abandon
    }

    let path: String
    let journal: UploadJournal
    /// Whether reports may have been sent under the journal's IDs.
    let isResumed: Bool
    /// The note of an earlier upload of the input that came to its end.
    let earlier: UploadJournal?
    private let lock: FileLock

    fileprivate init(_ place: Place, _ journal: UploadJournal, isResumed: Bool = false, earlier: UploadJournal? = nil) {
        path = place.path
        lock = place.lock
        self.journal = journal
        self.isResumed = isResumed
        self.earlier = earlier
    }

    /// The same place for an upload from the first line on, of what is another input than the note's.
    func renewed(for search: Search) -> JournalSlot {
        JournalSlot(Place(path: path, lock: lock, journal: nil), search.newJournal())
    }

    /// Removes the journal: what was under way is forgotten.
    func abandon() throws {
        do throws(DurableFileError) {
            try DurableFile.remove(path)
        } catch {
            throw CommandFailure(.inputOutput, "the journal cannot be removed: \(error)")
        }
    }

    /// Makes the journal the note that the upload came to its end; returns what went wrong.
    func finish(_ journal: UploadJournal) -> DurableFileError? {
        var note = journal
        note.finish(at: UInt64(max(0, Date().timeIntervalSince1970)))
        do throws(DurableFileError) {
            try DurableFile.write(note.encoded(), to: path, durable: true)
            return nil
        } catch {
            return error
        }
    }
}

// Looking for it.
extension JournalSlot {
    /// Which upload it is.
    struct Search {
        let task: TaskFile
        let taskPath: String
        let input: String
        /// The file that was asked for.
        let chosen: String?
        let separator: InputForm.Separator
        /// The options that say what a line becomes, in words.
        let lineOptions: String
    }

    /// A name for a journal, and its lock.
    fileprivate struct Place {
        let path: String
        let lock: FileLock
        /// What is there.
        let journal: UploadJournal?
    }

    /// Finds the journal of an interrupted upload of the same input, or a place for a new one.
    ///
    /// Uploads of the same input at the same time get journals of their own.
    static func find(_ search: Search, _ wish: Wish) throws -> JournalSlot {
        var finished: Place?
        var free: Place?
        var isUnderWay = false
        for attempt in 1...1000 {
            let place: Place
            switch try search.place(attempt) {
            case .free(let found): place = found
            case .others: continue
            case .locked:
                isUnderWay = true
                continue
            }
            guard let journal = place.journal else {
                free = place
                break
            }
            if journal.finished == nil { return try goOn(place, journal, search, wish) }
            finished = finished ?? place
            guard search.chosen == nil else { break }
        }
        // Its journal is not to be had, and without it every line would be new.
        guard wish == .begin || !isUnderWay else {
            throw CommandFailure(
                .temporary,
                "an upload of \(search.input) is under way; wait for its end, and run the same command again")
        }
        guard wish != .abandon else {
            throw CommandFailure(.failed, "no interrupted upload of \(search.input) is known")
        }
        guard let place = finished ?? free else {
            throw CommandFailure(.temporary, "too many uploads of \(search.input) are under way")
        }
        let earlier = place.journal.flatMap { search.isOfIt($0) ? $0 : nil }
        if wish == .resume, var journal = earlier {
            try search.checkOptions(of: journal)
            journal.reopen()
            return JournalSlot(place, journal, earlier: earlier)
        }
        return JournalSlot(place, search.newJournal(), earlier: earlier)
    }

    /// What to do with an upload that was interrupted.
    private static func goOn(
        _ place: Place, _ journal: UploadJournal, _ search: Search, _ wish: Wish
    ) throws -> JournalSlot {
        guard wish != .begin else {
            throw CommandFailure(
                .failed,
                "an upload of \(search.input) was interrupted: give --resume to go on with it without a report "
                    + "counting twice, or --abandon to forget it (what was uploaded stays uploaded)")
        }
        if wish == .resume { try search.checkOptions(of: journal) }
        return JournalSlot(place, journal, isResumed: true)
    }
}

extension JournalSlot.Search {
    /// The input as journals call it: an absolute path, or `-`.
    private var source: String { input == "-" ? "-" : URL(fileURLWithPath: input).standardizedFileURL.path }

    fileprivate func newJournal() -> UploadJournal {
        UploadJournal(task: task.taskID.base64URL, input: source, separator: separator, lineOptions: lineOptions)
    }

    /// Whether a journal is of this task and input.
    fileprivate func isOfIt(_ journal: UploadJournal) -> Bool {
        journal.task == task.taskID.base64URL && journal.input == source
    }

    /// Refuses options with which the lines would be others.
    fileprivate func checkOptions(of journal: UploadJournal) throws {
        guard journal.separator == separator else {
            let was = journal.separator == .nul ? "with --null: give it again" : "without --null: leave it out"
            throw CommandFailure(.data, "the upload of \(input) was begun \(was)")
        }
        guard journal.lineOptions != lineOptions else { return }
        let was =
            journal.lineOptions.isEmpty
            ? "without \(lineOptions): leave it out"
            : "with \(journal.lineOptions): give the same" + (lineOptions.isEmpty ? "" : ", not \(lineOptions)")
        throw CommandFailure(.data, "the upload of \(input) was begun \(was)")
    }

    /// What can be done at a journal's name.
    fileprivate enum Chance {
        /// It is this upload's, or nothing is there.
        case free(JournalSlot.Place)
        /// The journal of another input is there.
        case others
        /// An upload of the same input is under way.
        case locked
    }

    /// The place of a number.
    fileprivate func place(_ attempt: Int) throws -> Chance {
        let path = chosen ?? name(attempt)
        // Before a lock is made beside what may be anything.
        if case .others = try journal(at: path) { return .others }
        guard let lock = try lock(path) else {
            guard chosen == nil else { throw CommandFailure(.temporary, "\(path): another upload uses this journal") }
            return .locked
        }
        switch try journal(at: path) {
        case .others: return .others
        case .nothing: return .free(JournalSlot.Place(path: path, lock: lock, journal: nil))
        case .journal(let journal): return .free(JournalSlot.Place(path: path, lock: lock, journal: journal))
        }
    }

    private enum Found {
        case nothing
        case journal(UploadJournal)
        case others
    }

    /// What has the name of a journal; what is none is an error, and so is another upload's that was chosen.
    private func journal(at path: String) throws -> Found {
        let found: UploadJournal?
        do throws(UploadJournalError) {
            found = try UploadJournal(path: path)
        } catch {
            switch error {
            case .unreadable(let path, let reason):
                throw CommandFailure(.inputOutput, "\(path): cannot be read: \(reason)")
            case .foreign(let path) where chosen == nil:
                throw CommandFailure(
                    .data,
                    "\(path) has the name of this upload's journal and cannot be read as one, as after a power failure: what "
                        + "was uploaded is not known; it is left as it is: move it away, and upload what is missing")
            case .foreign(let path):
                throw CommandFailure(
                    .data,
                    "\(path) is there already and is no journal of an upload; it is left as it is: give --journal a name "
                        + "that is free")
            }
        }
        guard let found else { return .nothing }
        guard !isOfIt(found) else { return .journal(found) }
        guard chosen != nil else { return .others }
        throw CommandFailure(
            .data,
            found.task == task.taskID.base64URL
                ? "\(path) is the journal of an upload of \(found.input); it is left as it is: give that input, or "
                    + "another --journal"
                : "\(path) is the journal of an upload to another task; it is left as it is: give that task's file, or "
                    + "another --journal")
    }

    private func lock(_ path: String) throws -> FileLock? {
        do throws(DurableFileError) {
            return try FileLock(path: path + ".lock")
        } catch {
            throw CommandFailure(.cannotCreate, "\(error)\ngive --journal FILE where a file can be created")
        }
    }

    private func name(_ attempt: Int) -> String {
        let file = URL(fileURLWithPath: taskPath)
        let stem = file.deletingPathExtension().lastPathComponent
        let digest = SHA256.hash(data: Array(source.utf8)).prefix(4).hexDigits
        let suffix = attempt == 1 ? "" : "-\(attempt)"
        return file.deletingLastPathComponent().appendingPathComponent("\(stem).upload-\(digest)\(suffix).json").path
    }
}
