import PopulusReportMaking

/// A client of one task: it makes reports of what an app measures, keeps them sealed, and sends them to the Leader.
///
/// ```swift
/// let client = try PopulusClient(task: taskJSON, consent: .given)
/// try await client.report("https://example.org/crashing/page")
/// ```
///
/// A report that ``report(_:group:)`` has accepted is counted once, whatever happens to the app and the network afterwards,
/// or ``Options/onEvent`` says why not. Nothing here waits on the caller's thread; everything may be called from anywhere.
/// Sending ends when the value is gone. Keep one value for a task as long as the app runs.
public final class PopulusClient: Sendable {
    let core: ClientCore
    private let loop: Task<Void, Never>?

    /// A client of the task that `task` describes.
    ///
    /// - Parameters:
    ///   - task: the text of the task's `client.json`.
    ///   - consent: whether who uses the app takes part. Nothing is made, kept or sent before it is given.
    ///   - options: where reports wait, bounds, keys that are expected.
    ///   - transport: how requests leave; the library `PopulusClientHTTP` has one.
    /// - Throws: ``Failure/task(_:)`` where the text is no client's task, or is one of a later version; ``Failure/options(_:)``.
    public convenience init(
        task: String, consent: Consent = .notAsked, options: Options = Options(), transport: any ReportTransport
    ) throws(Failure) {
        try self.init(
            task: task, consent: consent, options: options, transport: transport, environment: .system, sends: true)
    }

    /// - Parameter sends: whether reports are sent without being asked to; tests send by themselves.
    package init(
        task: String, consent: Consent, options: Options, transport: any ReportTransport,
        environment: ClientEnvironment, files: (any QueueFiles)? = nil, sends: Bool
    ) throws(Failure) {
        try options.check()
        let task = try ClientTask(json: task)
        let core = try ClientCore(
            task: task, consent: consent, options: options, transport: transport, environment: environment, files: files
        )
        self.core = core
        loop = sends ? Task(priority: .utility) { await core.run() } : nil
    }

    deinit {
        loop?.cancel()
    }

    /// What the loop does again and again: whatever is due.
    ///
    /// - Returns: after how many seconds there is more to do; nil where nothing is until something new happens.
    package func tick() async -> Double? { await core.tick() }

    // MARK: Reports

    /// Reports a string, and returns when its report is safe.
    ///
    /// The report is sealed at once and kept in the queue; the string is not kept.
    ///
    /// - Parameter group: what the string is told apart by, such as a release, in a task with groups.
    /// - Throws: why nothing was accepted: ``Failure``.
    public func report(_ string: String, group: String? = nil) async throws(Failure) {
        try await core.report(.string(Array(string.utf8), group: group.map { Array($0.utf8) }))
    }

    /// Reports a number, or the number of a bucket, counted from 0.
    ///
    /// - Throws: why nothing was accepted: ``Failure``.
    public func report(_ number: UInt64) async throws(Failure) { try await core.report(.number(number)) }

    /// Reports as many numbers as a measurement of the task has.
    ///
    /// - Throws: why nothing was accepted: ``Failure``.
    public func report(_ numbers: [UInt64]) async throws(Failure) { try await core.report(.numbers(numbers)) }

    // MARK: Consent

    /// Gives consent, or takes it back.
    ///
    /// When it is taken back all waiting reports are erased, and what is being made or sent is broken off. A report that has
    /// left already cannot be called back: nobody can tell it from others.
    ///
    /// - Throws: ``Failure/storage(_:)`` where the queue cannot be erased; then consent is withdrawn all the same, nothing
    ///   more is sent, and erasing goes on at the next start. ``Failure/queueInUse(_:)`` where another process has the queue: it
    ///   has to be told as well, as it goes on sending.
    public func set(_ consent: Consent) async throws(Failure) { try await core.set(consent) }

    // MARK: Sending

    /// How many reports wait.
    ///
    /// - Throws: ``Failure/storage(_:)``, ``Failure/queueInUse(_:)``.
    public var waiting: Int {
        get async throws(Failure) { try await core.waiting() }
    }

    /// Sends what waits without a pause, and returns when all of it is settled.
    ///
    /// An app need not call it. A command that ends at once does.
    ///
    /// - Throws: ``Failure/notSent(_:)``, with what stands in the way; what was not sent waits.
    public func flush() async throws(Failure) { try await core.flush() }

    /// Shows another upload token from now on.
    ///
    /// - Throws: ``Failure/options(_:)`` for what can be no token.
    public func set(uploadToken: String?) async throws(Failure) { try await core.set(uploadToken: uploadToken) }

    /// The public keys that both servers offer now, for an app's own list of expected ones.
    ///
    /// - Throws: ``Failure/noKeys(_:)``.
    public func serverKeys() async throws(Failure) -> ServerKeys { try await core.serverKeys() }

    /// Ends sending, and lets go of the queue's files; waiting reports stay there.
    ///
    /// Afterwards every call throws ``Failure/closed``.
    public func close() async {
        loop?.cancel()
        await core.close()
        await loop?.value
    }
}

extension PopulusClient: CustomStringConvertible, CustomReflectable {
    /// The task's ID alone.
    public var description: String { "PopulusClient(\(core.task.reports.taskID))" }
    /// Nothing: what is inside concerns nobody.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
