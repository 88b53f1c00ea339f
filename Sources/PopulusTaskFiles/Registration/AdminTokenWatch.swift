import PopulusDurableFiles
import Synchronization

/// The admin tokens of a file, read again whenever the file has changed: a token is added or removed while a server runs.
package final class AdminTokenWatch: Sendable {
    private struct State {
        var tokens: [AdminTokenFile.Token]
        /// What the file was when it was read; nothing where it could not be.
        var status: FileStatus?
    }

    private let path: String
    private let state: Mutex<State>
    private let onChange: @Sendable (TaskFileError?) -> Void

    /// - Parameter onChange: told when the file has changed: nothing where it could be read, else why it could not; then no token
    ///   is valid.
    /// - Throws: why the file cannot be read at all.
    package init(
        path: String, onChange: @escaping @Sendable (TaskFileError?) -> Void = { _ in }
    ) throws(TaskFileError) {
        let status = Self.status(of: path)
        state = Mutex(State(tokens: try AdminTokenFile(readingFrom: path).tokens, status: status))
        (self.path, self.onChange) = (path, onChange)
    }

    /// What cannot be looked at is as good as gone, and is seen when it is read.
    private static func status(of path: String) -> FileStatus? { try? FileStatus(of: path) }

    /// Those that are valid now.
    ///
    /// A file that is gone or cannot be read lets nobody in: whoever removes it takes all tokens away.
    package var tokens: [AdminTokenFile.Token] {
        let (tokens, change): ([AdminTokenFile.Token], Result<Void, TaskFileError>?) = state.withLock { state in
            let status = Self.status(of: path)
            guard status == nil || status != state.status else { return (state.tokens, nil) }
            let wasGone = state.status == nil
            state.status = status
            do throws(TaskFileError) {
                state.tokens = try AdminTokenFile(readingFrom: path).tokens
                return (state.tokens, .success(()))
            } catch {
                state.tokens = []
                return ([], wasGone && status == nil ? nil : .failure(error))
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
