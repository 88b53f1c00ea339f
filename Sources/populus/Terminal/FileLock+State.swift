import PopulusDAP
import PopulusDurableFiles

extension FileLock {
    /// Keeps a second command of the same kind from working on a state file.
    ///
    /// - Parameter busy: what has it then, for people.
    static func beside(_ statePath: String, busy: String) throws(CommandFailure) -> FileLock {
        let lock: FileLock?
        do throws(DurableFileError) {
            lock = try FileLock(path: statePath + ".lock")
        } catch {
            throw CommandFailure(.cannotCreate, "\(error); give --state FILE where a file can be created")
        }
        guard let lock else { throw CommandFailure(.temporary, "\(busy) (\(statePath) is in use)") }
        return lock
    }
}
