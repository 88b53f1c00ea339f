import Foundation
import PopulusDAP
import PopulusDurableFiles

/// What must outlast an interruption: the bytes that were asked, so that the same batch is asked for again.
///
/// In the leader-selected mode two requests for *the next batch* have the same bytes, and the Leader answers the second
/// with the first one's result for as long as it has the job. So the job is deleted once its result is safe, and until
/// it is deleted no other batch is asked for.
package struct BatchState: Hashable, Sendable, Codable {
    /// The file's format; anything else is refused.
    package private(set) var format = "populus-collection/1"
    package let task: TaskID
    /// A `CollectionJobReq`.
    package let request: Data
    /// The `CollectionJobReq` of the whole interval, where `request` is that of its beginning.
    package let whole: Data?
    package internal(set) var job: CollectionJobID?
    /// Whether nothing is to be had from the job any more: it only remains to be deleted.
    package internal(set) var isDone = false
    /// When it was first asked, in seconds since the Epoch.
    package var began: UInt64?

    package init(task: TaskID, request: [UInt8], whole: [UInt8]? = nil) {
        self.task = task
        self.request = Data(request)
        self.whole = whole.map { Data($0) }
    }

    /// Whether this is what comes of a question, as a person asks it.
    package func belongs(to question: [UInt8]) -> Bool { whole ?? request == Data(question) }

    /// What a state file holds.
    package enum Loaded: Hashable, Sendable {
        case none
        case damaged
        case state(BatchState)
    }

    /// Reads a state file.
    ///
    /// An empty file is none: somebody has made room for one.
    package static func load(_ path: String) -> Loaded {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: .max) } catch { return .damaged }
        guard let bytes, !bytes.isEmpty else { return .none }
        // What is no JSON of this form is no state, whatever is wrong with it.
        guard let state = try? JSONDecoder().decode(BatchState.self, from: Data(bytes)),
            state.format == BatchState(task: state.task, request: []).format
        else { return .damaged }
        return .state(state)
    }

    /// Replaces the state file, and waits for the disk.
    func save(to path: String) throws(CollectorError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Text and bytes: it does not happen, and then nothing is known of why.
        guard let data = try? encoder.encode(self) else { throw .inconsistent("the state cannot be encoded") }
        do throws(DurableFileError) {
            try DurableFile.write(Array(data) + [0x0a], to: path, durable: true)
        } catch {
            throw .stateNotWritten(error)
        }
    }
}
