import PopulusDurableFiles

/// What can go wrong in a store.
package enum StoreError: Error, Sendable, Equatable {
    /// There is no store.
    case missing
    /// There is a store, or a part of one, where one was to be made.
    case exists(String)
    /// The store belongs to another task or role: found, then expected.
    case belongsToAnother(found: String, expected: String)
    /// The store was written by another version of Populus.
    case unknownVersion(Int)
    /// What it held was brought into another file, which is named, and is served from there.
    case movedOn(String)
    /// The store was brought into a file that is not there: the old file, which says so, and that file.
    case lost(note: String, file: String)
    /// The other aggregator has shown that this store must not be worked with.
    case refused(StoreConflict)
    /// The store was opened so often since this process opened it that its work could go unnoticed.
    case superseded
    /// No space is left.
    case full(String)
    /// Another process has it open, by this name or another one.
    case inUse(String)
    /// What is there is no store: why.
    case notAStore(String)
    /// Its parts do not belong together, or one is missing: which.
    case incomplete(String)
    /// It was moved or deleted while it was open: what of it.
    case moved(String)
    /// A row is missing or does not decode: the store is damaged.
    case damaged(String)
    /// Anything the database reports: a code and its message.
    case database(String)
    /// The database's server cannot be reached, or not any more: in its library's words.
    case unreachable(String)
    /// The store was written by an earlier version of Populus, and only an operator's word brings it to this one.
    case toMigrate(Int)
    /// The database's server is none that may hold a store: which setting, and what it has to be.
    case unfit(String)
    /// The database lacks what was committed here: it was put back, or another server took its place. What is missing.
    case putBack(String)
    /// Whether a commit was made is not known, and cannot be found out: why.
    case uncertain(String)
    /// It cannot be worked with as it is sealed, or not sealed.
    case seal(SealTrouble)
    /// Anything else the database's server reports: a code and its message.
    case server(String)
}

/// What holds a store, for the words about it.
package enum StorePlace: Sendable {
    /// A file with folders beside it.
    case file
    /// The tables of a database that a server has.
    case database
}

extension StoreError: CustomStringConvertible {
    /// What is wrong, and what would be right.
    ///
    /// No sentence sends an operator to another store, or to a copy: a store that forgets lets reports be evaluated twice
    /// (rule 1 of the walk).
    package var description: String { words() }

    /// The same, with the command that makes a store where one is missed.
    ///
    /// - Parameters:
    ///   - command: in the words of whoever has such a command.
    ///   - place: what holds the store.
    package func words(making command: String? = nil, in place: StorePlace = .file) -> String {
        let veryOne = place == .file ? "that very file" : "that very database"
        return switch self {
        case .missing:
            "there is no store: for a task that was never served, make it once\(command.map { " with \($0)" } ?? ""); if "
                + "this task had a store, find \(veryOne), since whoever forgets which reports were evaluated breaks "
                + "their privacy"
        case .exists(let what):
            "\(what) exists already: a store is made once, and this one is kept as it is"
        case .belongsToAnother(let found, let expected):
            "the store of another task or role: it is that of the \(found), wanted is that of the \(expected); start the "
                + "server with the task file that belongs to it. A task that was never served gets its store there "
                + "once\(command.map { ", by \($0)" } ?? ""); if this one had a store, find \(veryOne)"
        case .unknownVersion(let version):
            "written by another version of Populus (store version \(version)); run that version"
        case .movedOn(let place):
            "what this file held is in \(place) since Populus was upgraded, with the stores of the role's other tasks: give "
                + "that file. This one holds nothing any more, and stays so that no earlier version begins anew. If that file is "
                + "lost, read *A store that is lost or damaged* in the operator's guide"
        case .lost(let note, let file):
            "the store of this task was brought into \(file) when Populus was upgraded, as \(note) says, and is not there: find "
                + "that very file, since whoever forgets which reports were evaluated breaks their privacy. If it is lost for "
                + "good, both operators can agree to go on: both sides then refuse every report that was received before, for ever"
        case .refused(let conflict): "this task is refused: \(conflict)"
        case .superseded:
            "the store was opened by \(StoreLedger.greatestSuccessors) later processes: this one has to end"
        case .full(let what): "the disk is full (\(what)): make room. Nothing that was acknowledged is lost"
        case .inUse(let what):
            "another process has this store open (\(what)); stop that process first: it is shown, renewed, and gets a further "
                + "task, only while no server has it open"
        case .notAStore(let what) where place == .database:
            "this database holds no store: \(what). Nothing was changed. A store is in the database in which "
                + "\(command ?? "its operator") made it"
        case .notAStore(let what):
            "this is no store: \(what). Nothing was changed. A store is the file that \(command ?? "its operator") made, "
                + "such as leader.sqlite"
        case .incomplete(let what):
            "the store is not whole: \(what). Nothing was changed or deleted. The file NAME.sqlite, the log NAME.sqlite-wal if "
                + "there is one, and the folders NAME.sqlite.uploads and NAME.sqlite.segments belong together, as they were "
                + "when the server stopped: bring the very ones together, or read *A store that is lost or damaged* in the "
                + "operator's guide"
        case .moved(let what):
            "\(what) was moved or deleted while the server runs: nothing is acknowledged any more. Stop the server, put the "
                + "very files back, and start it again"
        case .damaged(let what):
            "the store is damaged (\(what)). It was left as it is: keep it, and read *A store that is lost or damaged* in "
                + "the operator's guide before anything else"
        case .database(let what):
            "the store cannot be worked with: \(what). Look at the disk, at the folder, and at who owns its files"
        case .unreachable(let what):
            "the database cannot be reached: \(what). Look whether its server runs, and lets this user in from here. Nothing that "
                + "was acknowledged is lost"
        case .toMigrate(let version):
            "written by an earlier version of Populus (store version \(version)): once every server that has it is stopped, its "
                + "tables are to be brought to this version's form"
        case .unfit(let what):
            "this database's server may not hold a store: \(what). What is acknowledged has to be there after a crash, too"
        case .putBack(let what):
            "the database does not hold what was committed here before: \(what). It was put back to an earlier state, or another "
                + "server took its place without the last commits, so it has forgotten which reports were evaluated. Nothing "
                + "is served from it. Connect to the very database, or read *A store that is lost or damaged* in the operator's "
                + "guide"
        case .uncertain(let what):
            "whether the last commit was made is not known: \(what). It was not acknowledged; who asked asks again, and gets the "
                + "same answer"
        case .seal(let trouble): "\(trouble)"
        case .server(let what): "the database's server reports \(what)"
        }
    }
}

extension StoreError {
    /// What the system said of a file.
    ///
    /// - Parameter what: what was tried, such as "cannot write uploads".
    package init(_ what: String, _ error: DurableFileError) {
        let text = what + ": " + error.reason
        self = error.cause == .full ? .full(text) : .database(text)
    }
}
