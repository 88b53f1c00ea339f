import PopulusDurableFiles

/// Keeps a second run, of this process or another, from working on a state file.
enum StateLock {
    private static let pause = Duration.milliseconds(50)

    /// Takes the lock beside a state file; a run that is just ending is waited for, some seconds.
    ///
    /// - Parameter patience: for how many twentieths of a second another run is waited for.
    static func take(beside statePath: String, patience: Int) async throws(CollectorFailure) -> FileLock {
        for _ in 0..<patience {
            if let lock = try attempt(statePath + ".lock") { return lock }
            do { try await Task.sleep(for: pause) } catch { throw CollectorFailure(.cancelled) }
        }
        throw CollectorFailure(.inUse)
    }

    private static func attempt(_ path: String) throws(CollectorFailure) -> FileLock? {
        do throws(DurableFileError) {
            return try FileLock(path: path)
        } catch {
            throw CollectorFailure(.state("\(error)"))
        }
    }

    /// The file that a path leads to, whatever links there are: whoever names it has one lock.
    static func path(_ given: String) throws(CollectorFailure) -> String {
        do throws(RealPath.Failure) {
            return try RealPath.of(given)
        } catch {
            switch error {
            case .noName(let path): throw CollectorFailure(.state("\(path) is no name of a file"))
            case .tooManyLinks(let path): throw CollectorFailure(.state("\(path): too many links"))
            case .folder(let error): throw CollectorFailure(.state("\(error)"))
            }
        }
    }
}
