import Foundation
import PopulusDurableFiles
import Synchronization

/// The admin tokens of a file, read again whenever the file has changed: a token is added or removed while a server runs.
package final class AdminTokenWatch: Sendable {
    private struct State {
        var tokens: [AdminTokenFile.Token]
        /// What the file was when it was read; nothing where it has to be read again.
        var status: FileStatus?
        /// Why it could not be read last; nothing where it could.
        var error: TaskFileError?
    }

    /// So long ago a file has to be changed for its next change to be seen by its time, in nanoseconds.
    private static let settling: Int64 = 2_000_000_000

    private let path: String
    private let state: Mutex<State>
    private let onChange: @Sendable (TaskFileError?) -> Void

    /// - Parameter onChange: told when the file has changed: nothing where it could be read, else why it could not; then no token
    ///   is valid.
    /// - Throws: why the file cannot be read at all.
    package init(
        path: String, onChange: @escaping @Sendable (TaskFileError?) -> Void = { _ in }
    ) throws(TaskFileError) {
        let status = Self.settledStatus(of: path)
        state = Mutex(State(tokens: try AdminTokenFile(readingFrom: path).tokens, status: status))
        (self.path, self.onChange) = (path, onChange)
    }

    /// What the file is; nothing where it changed just now: a clock's tick may have another change in it, of the same size.
    ///
    /// What cannot be looked at is as good as gone, and is seen when it is read.
    private static func settledStatus(of path: String) -> FileStatus? {
        guard let status = try? FileStatus(of: path) else { return nil }
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000_000)
        return status.changed <= now - settling ? status : nil
    }

    /// Those that are valid now.
    ///
    /// A file that is gone or cannot be read lets nobody in: whoever removes it takes all tokens away. It is tried again with each
    /// request, as the reason may pass.
    package var tokens: [AdminTokenFile.Token] {
        let (tokens, change): ([AdminTokenFile.Token], Result<Void, TaskFileError>?) = state.withLock { state in
            // Before it is read: what changes between is seen the next time.
            let status = Self.settledStatus(of: path)
            guard status == nil || status != state.status else { return (state.tokens, nil) }
            do throws(TaskFileError) {
                let found = try AdminTokenFile(readingFrom: path).tokens
                let isNews = found != state.tokens || state.error != nil
                (state.tokens, state.status, state.error) = (found, status, nil)
                return (found, isNews ? .success(()) : nil)
            } catch {
                let isNews = state.error.map { "\($0)" } != "\(error)"
                (state.tokens, state.status, state.error) = ([], nil, error)
                return ([], isNews ? .failure(error) : nil)
            }
        }
        switch change {
        case nil: break
        case .success: onChange(nil)
        case .failure(let error): onChange(error)
        }
        return tokens
    }
}
