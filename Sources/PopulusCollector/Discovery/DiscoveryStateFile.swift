import Foundation
import PopulusDurableFiles
import Synchronization

/// Where a discovery's state is kept: a line of JSON for each time that it was saved, of which the last whole one counts.
///
/// A line that is added costs one wait for the disk, where a file that is replaced costs several, and a walk saves its state
/// before each of its questions. A last line that is not whole was not saved: nothing has left that rests on it.
package final class DiscoveryStateFile: Sendable {
    private let path: String
    /// What this process knows of the file; nothing where the next state replaces it.
    private let known = Mutex<Known?>(nil)

    private struct Known {
        var size: Int
        let identity: FileIdentity
    }

    /// A file that has grown so long is replaced by its last line.
    private static let greatestSize = 1 << 20

    package init(_ path: String) { self.path = path }

    /// Writes a state and waits for the disk.
    package func save(_ state: DiscoveryState) throws(CollectorError) {
        let line = try state.line()
        let failure = known.withLock { known -> DurableFileError? in
            do throws(DurableFileError) {
                if let longer = try add(line, to: known) { known = longer } else { known = try replace(with: line) }
            } catch {
                known = nil
                return error
            }
            return nil
        }
        if let failure { throw .stateNotWritten(failure) }
    }

    /// - Returns: nothing where a line cannot be added: there is too much already, or the file is not the one that was written.
    private func add(_ line: [UInt8], to known: Known?) throws(DurableFileError) -> Known? {
        guard let known, known.size + line.count <= Self.greatestSize, let file = try? OpenFile(path, for: .writing)
        else { return nil }
        let now = try file.status
        guard now.identity == known.identity, now.size == known.size else { return nil }
        try file.write(line, at: known.size)
        try file.synchronize()
        return Known(size: known.size + line.count, identity: known.identity)
    }

    private func replace(with line: [UInt8]) throws(DurableFileError) -> Known? {
        try DurableFile.write(line, to: path, durable: true)
        return FileIdentity(path).map { Known(size: line.count, identity: $0) }
    }
}

extension DiscoveryState {
    /// What a state file holds.
    package enum Loaded: Hashable, Sendable {
        /// There is no file.
        case none
        case state(DiscoveryState)
        /// There is a file, and it is no state of this version.
        case damaged
    }

    /// Reads a state file.
    ///
    /// An empty file is none: somebody has made room for one.
    package static func load(_ path: String) -> Loaded {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: .max) } catch { return .damaged }
        guard let bytes, !bytes.isEmpty else { return .none }
        // After a power failure the end of the last line can be there and its middle not. The one before was saved.
        for line in bytes.split(separator: lineEnd).suffix(2).reversed() {
            // What is no JSON of this form is no state, whatever is wrong with it.
            guard var state = try? JSONDecoder().decode(DiscoveryState.self, from: Data(line)) else { continue }
            guard [currentFormat, earlierFormat].contains(state.format) else { return .damaged }
            state.format = currentFormat
            return .state(state)
        }
        return .damaged
    }

    private static var lineEnd: UInt8 { UInt8(ascii: "\n") }

    fileprivate func line() throws(CollectorError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and numbers: it does not happen, and then nothing is known of why.
        guard let data = try? encoder.encode(self) else { throw .inconsistent("the state cannot be written as JSON") }
        return [UInt8](data) + [Self.lineEnd]
    }
}
