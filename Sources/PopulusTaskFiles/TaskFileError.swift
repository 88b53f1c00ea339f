import PopulusDAP

/// Why a task file cannot be used.
package enum TaskFileError: Error, Equatable {
    case notFound(path: String)
    case permissionDenied(path: String)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    case exists(path: String)
    /// The directory for a task's files cannot be made.
    case noDirectory(path: String, reason: String)
    /// The file is no task file, or lacks something that its role needs.
    case malformed(path: String, reason: String)
    /// The task was made by an earlier version, in a way that nobody takes part in any more.
    case outdated(path: String?, reason: String)
    /// The file is another role's.
    case wrongRole(path: String, expected: Role, found: Role)
    /// Parts of the file contradict each other.
    case inconsistent(String)
}

extension TaskFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound(let path): "\(path): no such file"
        case .permissionDenied(let path):
            "\(path): permission denied; it belongs to the user who created it (mode 0600): run as that user"
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
        case .exists(let path): "\(path): already exists"
        case .noDirectory(let path, let reason): "\(path): the directory cannot be made: \(reason)"
        case .malformed(let path, let reason), .outdated(let path?, let reason):
            "\(path): not a usable task file: \(reason)"
        case .outdated(nil, let reason): "the task file contradicts itself: \(reason)"
        case .wrongRole(let path, let expected, let found):
            "\(path): this is the \(found.name) file of the task; the \(expected.name) needs "
                + "\(expected.name).json of the same directory"
        case .inconsistent(let reason): "the task file contradicts itself: \(reason)"
        }
    }
}
