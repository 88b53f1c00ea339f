import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles
import ResultText

/// The results of finished walks, kept beside the task: a folder with one file a walk, for its owner only.
///
/// All of them are kept; who wants one forgotten removes its file. They hold what the result holds and nothing of what
/// was below the threshold.
struct KeptResults {
    let folder: String

    /// - Parameter statePath: the walk's state; `collector.walk.json` has `collector.results` beside it.
    init(beside statePath: String) {
        let path = NSString(string: statePath)
        var stem = path.lastPathComponent
        for suffix in [".json", ".walk"] where stem.hasSuffix(suffix) && stem.count > suffix.count {
            stem.removeLast(suffix.count)
        }
        folder = NSString(string: path.deletingLastPathComponent).appendingPathComponent(stem + ".results")
    }

    /// Refuses a place where no result can be kept, before a batch is spent on one.
    func check() throws(CommandFailure) {
        let place = OutputPath(folder)
        let other = "results are kept there; move it away, or give --state FILE in another folder"
        switch place.content {
        case .nothing:
            guard let reason = place.whyNoneCanBeMade else { return }
            throw CommandFailure(.cannotCreate, "\(folder): the folder cannot be made: \(reason); \(other)")
        case .folder:
            guard let reason = place.whyUnwritable else { return }
            throw CommandFailure(.cannotCreate, "\(folder): no file can be made in it: \(reason); \(other)")
        case .emptyFile, .file, .stream:
            throw CommandFailure(.cannotCreate, "\(folder): is there and is no folder; \(other)")
        }
    }

    /// Keeps a result and waits for the disk.
    func keep(_ record: WalkRecord) throws(CommandFailure) {
        let time = Moment.text(record.facts.ended).filter { $0 != ":" && $0 != "-" }
        let path = "\(folder)/\(time)-\(record.walk.base64URL).json"
        do throws(DurableFileError) {
            if try FileNames.makeFolder(folder) { try FileNames.synchronize(folder: FileNames.folder(of: folder)) }
            try DurableFile.write(Array(record.json.utf8), to: path, durable: true)
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
    }

    /// A task's results, the latest last.
    ///
    /// - Throws: a failure where the folder is there and cannot be read: what is not seen would be asked for once more.
    func all(of task: TaskID) throws(CommandFailure) -> [WalkRecord] {
        guard OutputPath(folder).content == .folder else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw CommandFailure(
                .noInput, "\(folder): the results that are kept there cannot be read: \(error.localizedDescription)")
        }
        // What is none of ours is passed over.
        return names.filter { $0.hasSuffix(".json") }
            .compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
            .compactMap { WalkRecord(json: [UInt8]($0)) }
            .filter { $0.facts.task == task }
            .sorted { ($0.facts.ended, $0.facts.began ?? 0) < ($1.facts.ended, $1.facts.began ?? 0) }
    }

    /// The result of a walk over exactly this interval.
    func result(over asked: ResultFacts.Span, of task: TaskID) throws(CommandFailure) -> WalkRecord? {
        try all(of: task).last { $0.facts.asked == asked }
    }
}
