import Client
import Crypto
import DAP
import Foundation

/// The journal of one upload: a file beside the task's, named after the input, and locked while the upload runs.
struct JournalSlot {
    let path: String
    private(set) var journal: UploadJournal
    /// Whether an interrupted upload goes on.
    let isResumed: Bool
    private let lock: FileLock

    /// Finds the journal of an interrupted upload of the same input, or a free name for a new one.
    ///
    /// Uploads of the same input at the same time get journals of their own.
    init(
        task: TaskFile, taskPath: String, input: String, path chosen: String?, resume: Bool, abandon: Bool
    ) throws {
        let source = input == "-" ? "-" : URL(fileURLWithPath: input).standardizedFileURL.path
        for attempt in 1...1000 {
            let path = chosen ?? Self.name(beside: taskPath, source: source, attempt: attempt)
            guard let lock = try Self.lock(path) else {
                guard chosen == nil else {
                    throw CommandFailure(.temporary, "\(path): another upload uses this journal")
                }
                continue
            }
            guard FileManager.default.fileExists(atPath: path) else {
                guard !abandon else { throw CommandFailure(.failed, "no interrupted upload of \(input) is known") }
                self.path = path
                self.lock = lock
                journal = UploadJournal(task: task.taskID.base64URL, input: source)
                isResumed = false
                return
            }
            guard resume || abandon else {
                throw CommandFailure(
                    .failed,
                    "an upload of \(input) was interrupted: give --resume to go on with it without a report counting "
                        + "twice, or --abandon to forget it (what was uploaded stays uploaded)")
            }
            self.path = path
            self.lock = lock
            if abandon {
                journal = UploadJournal(task: task.taskID.base64URL, input: source)
            } else {
                journal = try Self.read(path, task: task, source: source)
            }
            isResumed = resume
            if abandon { try? DurableFile.remove(path) }
            return
        }
        throw CommandFailure(.temporary, "too many uploads of \(input) are under way")
    }

    /// Removes the journal: everything is acknowledged.
    func finish() {
        try? DurableFile.remove(path)
    }

    func sayAbandoned() {
        StandardStream.output.write("forgotten: the next upload of this input begins at its first line\n")
    }

    private static func read(_ path: String, task: TaskFile, source: String) throws -> UploadJournal {
        let journal: UploadJournal
        do throws(UploadJournalError) {
            journal = try UploadJournal(path: path)
        } catch {
            throw CommandFailure(.data, "\(path): not a usable journal; --abandon removes it")
        }
        guard journal.task == task.taskID.base64URL else {
            throw CommandFailure(.data, "\(path): the journal of another task; give that task's file, or --abandon")
        }
        guard journal.input == source else {
            throw CommandFailure(.data, "\(path): the journal of an upload of \(journal.input); give that input")
        }
        return journal
    }

    private static func lock(_ path: String) throws -> FileLock? {
        do throws(DurableFileError) {
            return try FileLock(path: path + ".lock")
        } catch {
            throw CommandFailure(.cannotCreate, "\(error); give --journal FILE where a file can be created")
        }
    }

    private static func name(beside taskPath: String, source: String, attempt: Int) -> String {
        let task = URL(fileURLWithPath: taskPath)
        let stem = task.deletingPathExtension().lastPathComponent
        let digest = SHA256.hash(data: Array(source.utf8)).prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
        let suffix = attempt == 1 ? "" : "-\(attempt)"
        return task.deletingLastPathComponent().appendingPathComponent("\(stem).upload-\(digest)\(suffix).json").path
    }
}
