/// How far a store of an earlier version has come, in the order of the steps.
///
/// A process may be killed after any of them: the next one finds out where it was, and goes on.
package enum ImportStep: String, CaseIterable, Sendable {
    // MARK: A file that stays where it is

    /// Everything stands in the tables of this version, and is not committed.
    case converted
    /// It is committed: earlier programs refuse the file.
    case convertedForGood

    // MARK: A file of one task that is brought into that of the role

    /// What an import that was interrupted had brought is gone again.
    case withdrawn
    /// The old file is of version 5, and has nothing in its log.
    case settled
    /// Its uploads and its segments have their names in the new folders too.
    case linked
    /// Everything stands in the new file, and is not committed.
    case filled
    /// It is committed; the task is not served yet.
    case arrived
    /// The old file says that it is superseded, in its log: earlier programs refuse it.
    case marked
    /// It says so itself.
    case superseded
    /// The task may be served from the new file.
    case here
    /// The old file has no tables any more.
    case emptied
    /// Nor uploads and segments.
    case removed
}

/// Told after each step; what it throws interrupts the import there.
package typealias ImportObserver = @Sendable (ImportStep) throws -> Void
