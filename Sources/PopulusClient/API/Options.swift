import PopulusTaskFiles

extension PopulusClient {
    /// Where reports wait, and bounds.
    public struct Options: Sendable {
        /// The folder of the queue, made if it is not there; nil for a queue in memory, which ends with the process.
        ///
        /// One process at a time has the queue of a task. The folder above it must be there.
        public var folder: String?
        /// The most reports that wait.
        public var mostWaiting = 200
        /// The most bytes of the reports that wait.
        public var mostBytes = 8 << 20
        /// How long a report waits at most, in seconds; the servers refuse one that is too old.
        public var longestWait: Double = 14 * 86_400
        /// The most reports of some time; nil for no such bound.
        public var cap: Cap?
        /// What is reported where nothing was in a window of ``cap``, so that silence says nothing; nil for nothing.
        public var defaultReport: DefaultReport?
        /// The first pause after a failure, in seconds; each further one is twice as long.
        public var firstPause: Double = 5
        /// The longest such pause, in seconds.
        public var longestPause: Double = 3600
        /// A report waits for a random time up to this, in seconds, before it is sent the first time.
        public var spread: Double = 30
        /// The most reports of a request.
        public var mostPerRequest = 32
        /// How long a request may take, in seconds.
        public var timeout: Double = 60
        /// The keys that the servers may have; nil for any.
        public var expectedKeys: ServerKeys?
        /// The token of closed fleets, which all clients of a task or of a release have.
        public var uploadToken: String?
        /// Is told what becomes of reports, from a thread of the library's.
        public var onEvent: (@Sendable (Event) -> Void)?

        /// The usual bounds, and a queue in memory.
        ///
        /// - Parameter folder: the folder of the queue.
        public init(folder: String? = nil) { self.folder = folder }

        func check() throws(Failure) {
            guard mostWaiting > 0, mostBytes > 0, mostPerRequest > 0 else {
                throw .options("mostWaiting, mostBytes and mostPerRequest are at least 1")
            }
            let times = [longestWait, firstPause, longestPause, timeout]
            guard times.allSatisfy({ $0 > 0 && $0 <= 1e9 }), (0...1e6).contains(spread) else {
                throw .options("times are in seconds, above 0; spread is at least 0")
            }
            if let cap { try cap.check() }
            guard defaultReport == nil || cap != nil else {
                throw .options("a default report is that of a window: give a cap")
            }
            if let uploadToken { try Self.check(uploadToken: uploadToken) }
        }

        static func check(uploadToken: String) throws(Failure) {
            guard TaskFile.isToken(uploadToken) else {
                throw .options("an upload token has at least 16 visible ASCII characters and no comma")
            }
        }
    }

    /// The most reports of a window of time.
    public struct Cap: Sendable, Hashable {
        /// The most reports of a window, at least 1.
        public var reports: Int
        /// How long a window is, in seconds, at least 1; windows begin at multiples of it since the Epoch.
        public var seconds: UInt64

        /// So many reports in so many seconds.
        public init(reports: Int, seconds: UInt64) {
            self.reports = reports
            self.seconds = seconds
        }

        func check() throws(Failure) {
            guard reports > 0, seconds > 0, seconds <= 1_000_000_000 else {
                throw .options("a cap has at least 1 report and 1 second")
            }
        }
    }

    /// What is reported for a window without a report.
    public enum DefaultReport: Sendable, Hashable {
        /// A string, as ``PopulusClient/report(_:group:)`` takes it.
        case string(String, group: String? = nil)
        /// A number, or a bucket.
        case number(UInt64)
        /// As many numbers as a measurement has.
        case numbers([UInt64])
        /// The code word for strings that the task cannot encode, which is never listed.
        case other
    }
}

// A token and a measurement show in no description.
extension PopulusClient.Options: CustomStringConvertible, CustomReflectable {
    /// The folder and the bounds.
    public var description: String { "Options(folder: \(folder ?? "none"), mostWaiting: \(mostWaiting))" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension PopulusClient.DefaultReport: CustomStringConvertible, CustomReflectable {
    /// The kind alone.
    public var description: String { "DefaultReport" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
