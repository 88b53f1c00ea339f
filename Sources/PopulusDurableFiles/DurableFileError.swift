/// Something that a program wanted of a file, and could not have.
package struct DurableFileError: Error, Hashable, Sendable {
    /// The file or folder.
    package let path: String
    package let operation: Operation
    package let cause: Cause
    /// The error's number, as the system counts them; 0 where it was not the system that refused.
    package let code: Int32
    /// What the system said.
    package let reason: String

    /// What was tried.
    package enum Operation: Sendable {
        case open, create, read, write, synchronize, close, rename, link, remove, lock
        /// To see what is there.
        case look
        /// Everything with folders but looking for one.
        case folder
    }

    /// What a program can do something about.
    package enum Cause: Sendable {
        /// Nothing has that name.
        case missing
        /// What should be a folder on the way is none.
        case notAFolder
        /// It is a folder, and should be a file.
        case folder
        case exists
        /// It is a link, and should be none; or links lead in a circle.
        case link
        /// This user may not.
        case denied
        /// The system does not let anyone.
        case notPermitted
        case full
        /// A file can have no further name there: it is another disk, or has too many.
        case noFurtherName
        case other
    }

    init(_ operation: Operation, _ path: String, code: Int32) {
        self.path = path
        self.operation = operation
        self.code = code
        cause = Cause(code: code)
        reason = SystemCalls.words(for: code)
    }

    /// - Parameter answer: a negative one of ``SystemCalls``.
    init(_ operation: Operation, _ path: String, answer: Int) {
        self.init(operation, path, code: Int32(-answer))
    }

    /// A refusal of our own.
    init(_ operation: Operation, _ path: String, cause: Cause, reason: String) {
        self.path = path
        self.operation = operation
        self.cause = cause
        self.reason = reason
        code = 0
    }
}

extension DurableFileError: CustomStringConvertible {
    package var description: String { "\(path): \(reason)" }
}
