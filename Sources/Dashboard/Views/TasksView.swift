/// The login: a field for the token that the command printed.
package struct LoginView: Hashable, Sendable {
    /// The address of ours that was asked for, and that the login leads to.
    package let onward: String?

    package init(onward: String? = nil) {
        self.onward = onward
    }
}

/// Why there is no page.
package struct ProblemView: Hashable, Sendable {
    /// The HTTP status.
    package let status: Int
    /// What would be right, in a sentence; it quotes nothing of the request.
    package let words: String

    package init(status: Int, words: String) {
        self.status = status
        self.words = words
    }
}

/// All tasks.
package struct TasksView: Hashable, Sendable {
    package let tasks: [TaskRow]

    package init(tasks: [TaskRow]) {
        self.tasks = tasks
    }

    package struct TaskRow: Hashable, Sendable {
        package let facts: TaskFacts
        package let walks: Int
        package let collections: Int
        /// When the latest of them ended, in seconds since the Epoch.
        package let latest: UInt64?
        /// Whether a walk of it is going on here.
        package let isWalking: Bool

        package init(facts: TaskFacts, walks: Int, collections: Int, latest: UInt64?, isWalking: Bool) {
            self.facts = facts
            self.walks = walks
            self.collections = collections
            self.latest = latest
            self.isWalking = isWalking
        }
    }
}

/// A task, by what everybody may know of it.
package struct TaskFacts: Hashable, Sendable {
    /// A base64url text.
    package let id: String
    /// The scheme with its parameters.
    package let vdaf: String
    /// The name of the encoding of strings.
    package let encoding: String?
    package let leader: String
    package let helper: String
    /// Whether each string has a group.
    package let isGrouped: Bool

    package init(id: String, vdaf: String, encoding: String?, leader: String, helper: String, isGrouped: Bool) {
        self.id = id
        self.vdaf = vdaf
        self.encoding = encoding
        self.leader = leader
        self.helper = helper
        self.isGrouped = isGrouped
    }
}

/// One task: its walks and its collections.
package struct TaskView: Hashable, Sendable {
    package let facts: TaskFacts
    /// The latest first.
    package let walks: [WalkRow]
    /// The latest first.
    package let collections: [CollectionRow]
    package let discovery: Discovery

    package init(facts: TaskFacts, walks: [WalkRow], collections: [CollectionRow], discovery: Discovery) {
        self.facts = facts
        self.walks = walks
        self.collections = collections
        self.discovery = discovery
    }

    /// Whether a discovery can be started here.
    package enum Discovery: Hashable, Sendable {
        /// The dashboard has no key of the task, or the task has no walks; why, in a sentence.
        case impossible(String)
        case possible
        /// One is going on.
        case running
    }

    package struct WalkRow: Hashable, Sendable {
        package let head: WalkFacts
        /// How many strings are listed.
        package let strings: Int

        package init(head: WalkFacts, strings: Int) {
            self.head = head
            self.strings = strings
        }
    }

    package struct CollectionRow: Hashable, Sendable {
        /// A base64url text.
        package let key: String
        package let interval: TimeSpan
        package let ended: UInt64
        package let reports: UInt64
        /// How many the result has.
        package let numbers: Int

        package init(key: String, interval: TimeSpan, ended: UInt64, reports: UInt64, numbers: Int) {
            self.key = key
            self.interval = interval
            self.ended = ended
            self.reports = reports
            self.numbers = numbers
        }
    }
}

/// From the first to the last moment, in seconds since the Epoch; the end is not part of it.
package struct TimeSpan: Hashable, Sendable {
    package let start: UInt64
    package let end: UInt64

    package init(start: UInt64, end: UInt64) {
        self.start = start
        self.end = end
    }
}
