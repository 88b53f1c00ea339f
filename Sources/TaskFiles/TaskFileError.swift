import DAP

/// Why a task file cannot be used.
package enum TaskFileError: Error, Equatable {
    case notFound(path: String)
    case permissionDenied(path: String)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    case exists(path: String)
    /// The file is no task file, or lacks something that its role needs.
    case malformed(path: String, reason: String)
    /// The file is another role's.
    case wrongRole(path: String, expected: Role, found: Role)
    /// Parts of the file contradict each other.
    case inconsistent(String)
}

extension TaskFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound(let path):
            "\(path): no such file; `populus task new` creates a task's files"
        case .permissionDenied(let path):
            "\(path): permission denied; it belongs to the user who created it (mode 0600): run as that user"
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
        case .exists(let path):
            "\(path): already exists; choose another directory, or give --force to replace the task (reports and "
                + "results of the old one become unreadable)"
        case .malformed(let path, let reason): "\(path): not a usable task file: \(reason)"
        case .wrongRole(let path, let expected, let found):
            "\(path): this is the \(found.name) file of the task; the \(expected.name) needs "
                + "\(expected.name).json of the same directory"
        case .inconsistent(let reason): "the task file contradicts itself: \(reason)"
        }
    }
}
