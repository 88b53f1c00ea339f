import Crypto
import Foundation
import Synchronization

/// What came of reading files again.
package enum TLSReload: Hashable, Sendable {
    /// New ones are used from now on: what they are, in words.
    case taken(String)
    /// They cannot be used, and the old ones stay.
    case refused(TLSFileError)
}

/// What is made of files, and can be read again while a program runs.
package protocol ReloadableTLS: Sendable {
    /// Reads the files again, and uses them if they have changed and can be used.
    ///
    /// - Parameter waits: whether files that have changed are left alone until they are the same twice: somebody may be
    ///   at writing them. A refusal is told once then, until they change again.
    /// - Returns: nothing if there is nothing to tell.
    func reload(waits: Bool) -> TLSReload?

    /// What is wrong with the certificate at a time, or soon.
    func warning(at time: Date) -> String?
}

/// A value that is made of files; where they change and it cannot be made, the one before stays.
final class Reloaded<Value: Sendable>: Sendable {
    /// The content of all files, or why one of them has none.
    typealias Found = Result<[TLSFile], TLSFileError>

    private struct State {
        var value: Value
        /// What the value was made of.
        var digest: SHA256Digest
        /// What was found the last time, if it was something else.
        var changed: SHA256Digest?
        /// What was refused the last time, if it is still there.
        var refused: SHA256Digest?
    }

    private let paths: [String]
    private let make: @Sendable (_ files: [TLSFile], _ isFirst: Bool) throws(TLSFileError) -> Value
    private let state: Mutex<State>

    /// - Parameter make: makes the value of the files' contents, in the order of `paths`.
    init(
        _ paths: [String],
        make: @escaping @Sendable (_ files: [TLSFile], _ isFirst: Bool) throws(TLSFileError) -> Value
    ) throws(TLSFileError) {
        (self.paths, self.make) = (paths, make)
        let found = Self.read(paths)
        state = Mutex(State(value: try make(found.get(), true), digest: Self.digest(found)))
    }

    var value: Value { state.withLock { $0.value } }

    /// - Parameter tell: what the new value is, in words.
    func reload(waits: Bool, tell: (Value) -> String) -> TLSReload? {
        let found = Self.read(paths)
        let digest = Self.digest(found)
        return state.withLock { state in
            guard digest != state.digest else {
                (state.changed, state.refused) = (nil, nil)
                return nil
            }
            if waits {
                guard digest != state.refused else { return nil }
                guard digest == state.changed else {
                    state.changed = digest
                    return nil
                }
            }
            do throws(TLSFileError) {
                state = State(value: try make(found.get(), false), digest: digest)
                return .taken(tell(state.value))
            } catch {
                (state.changed, state.refused) = (nil, digest)
                return .refused(error)
            }
        }
    }

    private static func read(_ paths: [String]) -> Found {
        var files: [TLSFile] = []
        for path in paths {
            do throws(TLSFileError) { files.append(try TLSFile(path)) } catch { return .failure(error) }
        }
        return .success(files)
    }

    private static func digest(_ found: Found) -> SHA256Digest {
        var hash = SHA256()
        switch found {
        case .failure(let error): hash.update(data: Array("\(error)".utf8))
        case .success(let files):
            for file in files {
                hash.update(data: Array("\(file.bytes.count) \(file.isExposed)\n".utf8))
                hash.update(data: file.bytes)
            }
        }
        return hash.finalize()
    }
}
