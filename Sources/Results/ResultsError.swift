/// Why a result is not kept, or cannot be read.
///
/// None of them holds a string or a count: what stays below the threshold is in no message either.
package enum ResultsError: Error, Hashable, Sendable {
    /// Nothing has that name.
    case missing
    /// There is something, and it is no file of results; with what it is.
    case notResults(String)
    /// A later version of the program has made it.
    case newerVersion(found: Int, known: Int)
    /// It is a file of results, and something in it cannot be right.
    case damaged(String)
    /// It cannot be made or written; with what the system says.
    case unwritable(String)
    /// It cannot be read; with what the system says.
    case unreadable(String)
    /// The disk has no room. What was there before is whole.
    case full(String)
    /// Another process writes to it for longer than was waited.
    case busy
    /// Something else that SQLite says.
    case database(String)
    /// A count is below the one from which on strings are listed: such a record is never made.
    case belowThreshold
    /// A record contradicts itself.
    case inconsistent(String)
    /// The same walk, or the same collection, is kept with another content.
    case differs(String)
}

extension ResultsError {
    /// Whether the same record is refused however often it is recorded.
    package var isForGood: Bool {
        switch self {
        case .belowThreshold, .inconsistent, .differs: true
        case .missing, .notResults, .newerVersion, .damaged, .unwritable, .unreadable, .full, .busy, .database: false
        }
    }
}

extension ResultsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "no such file"
        case .notResults(let what): "\(what), and no file of results; it is left as it is"
        case .newerVersion(let found, let known):
            "its version is \(found), and this program knows those up to \(known): a later version of it has written there"
        case .damaged(let what): "the file is damaged: \(what)"
        case .unwritable(let why): "cannot be written: \(why)"
        case .unreadable(let why): "cannot be read: \(why)"
        case .full(let what): "there is no room: \(what); what was kept before is whole"
        case .busy: "another process writes to it; run the command again"
        case .database(let what): "SQLite says: \(what)"
        case .belowThreshold: "a count is below the threshold, and such counts are never kept"
        case .inconsistent(let what): "the record cannot be right: \(what)"
        case .differs(let what): "\(what) is kept already, with another content; what is kept stays"
        }
    }
}
