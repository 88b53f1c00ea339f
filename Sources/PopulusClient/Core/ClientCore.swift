import PopulusDAP
import PopulusKernels
import PopulusReportMaking
import PopulusVDAF
import PopulusWireCodec

/// All that a client does, one thing after the other, on a thread of its own: it reads and writes files.
///
/// Whatever waits for a server looks again afterwards whether consent still holds and the client is open.
actor ClientCore {
    nonisolated let task: ClientTask
    private nonisolated let executor = DiskExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let options: PopulusClient.Options
    let environment: ClientEnvironment
    let servers: Servers
    private let files: any QueueFiles
    private(set) var consent: PopulusClient.Consent
    /// Another one after each change of consent: what began under one does not end under the next.
    private(set) var generation = 0
    private(set) var isClosed = false
    var queue: ReportQueue?
    var uploadToken: String?

    // Keys.
    var keys: SealingKeys?
    var keyFailure: PopulusClient.Failure?
    var keysNotBefore = -Double.infinity
    var keyPauses: Pauses
    var fetching: Task<Void, Never>?
    var waiters: [UInt64: CheckedContinuation<Result<SealingKeys, PopulusClient.Failure>, Never>] = [:]
    var nextWaiter: UInt64 = 0

    // Sending.
    var sending: Task<PopulusClient.Obstacle?, Never>?
    var notBefore = -Double.infinity
    var pauses: Pauses
    var reportsPerRequest: Int
    private var bell: CheckedContinuation<Void, Never>?
    private var hasRung = false

    init(
        task: ClientTask, consent: PopulusClient.Consent, options: PopulusClient.Options,
        transport: any ReportTransport, environment: ClientEnvironment, files: (any QueueFiles)?
    ) throws(PopulusClient.Failure) {
        if let report = options.defaultReport { _ = try task.measurement(of: ReportValue(report)) }
        self.task = task
        self.consent = consent
        self.options = options
        self.environment = environment
        servers = Servers(task: task.reports, transport: transport, timeout: options.timeout)
        self.files =
            files ?? options.folder.map { DiskQueueFiles(parent: $0, name: task.reports.taskID.base64URL) }
            ?? MemoryQueueFiles()
        uploadToken = options.uploadToken
        keyPauses = Pauses(first: min(1, options.firstPause), longest: min(300, options.longestPause))
        pauses = Pauses(first: options.firstPause, longest: options.longestPause)
        reportsPerRequest = options.mostPerRequest
    }

    var now: Double { environment.now() }

    func tell(_ event: PopulusClient.Event) { options.onEvent?(event) }

    // MARK: The queue

    /// Opens the queue, if it is not open; what consent does not cover any more is erased first.
    func openQueue() throws(PopulusClient.Failure) {
        guard !isClosed else { throw .closed }
        do throws(QueueFileError) {
            if queue == nil {
                let queue = try ReportQueue(files, step: environment.step)
                self.queue = queue
                if !queue.entries.isEmpty { notBefore = now + options.spread * environment.chance() }
            }
            if consent == .withdrawn || queue?.isToBeErased == true { try queue?.erase() }
        } catch {
            throw PopulusClient.Failure(error)
        }
    }

    func waiting() throws(PopulusClient.Failure) -> Int {
        try openQueue()
        return queue?.entries.count ?? 0
    }

    // MARK: Consent, token, end

    func set(_ consent: PopulusClient.Consent) throws(PopulusClient.Failure) {
        guard !isClosed else { throw .closed }
        if consent != self.consent {
            self.consent = consent
            generation += 1
        }
        if consent != .given {
            sending?.cancel()
            answerWaiters(.failure(.noConsent))
        }
        defer { ring() }
        if consent == .withdrawn { try openQueue() }
    }

    func set(uploadToken: String?) throws(PopulusClient.Failure) {
        if let uploadToken { try PopulusClient.Options.check(uploadToken: uploadToken) }
        self.uploadToken = uploadToken
        notBefore = min(notBefore, now)
        ring()
    }

    func close() {
        isClosed = true
        generation += 1
        sending?.cancel()
        fetching?.cancel()
        answerWaiters(.failure(.closed))
        queue?.close()
        queue = nil
        ring()
    }

    // MARK: The loop

    /// Sends what is due until the client ends.
    func run() async {
        while !Task.isCancelled, !isClosed {
            let pause = await tick()
            guard !Task.isCancelled, !isClosed else { return }
            await rest(pause)
        }
    }

    /// Wakes the loop.
    func ring() {
        if let bell {
            self.bell = nil
            bell.resume()
        } else {
            hasRung = true
        }
    }

    /// Waits until somebody rings, or for some seconds.
    private func rest(_ seconds: Double?) async {
        let timer = seconds.map { seconds in
            Task {
                // A sleep that is broken off wakes nobody.
                if (try? await environment.sleep(max(0, seconds))) != nil { ring() }
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if hasRung || Task.isCancelled {
                    hasRung = false
                    continuation.resume()
                } else {
                    bell = continuation
                }
            }
        } onCancel: {
            Task { await ring() }
        }
        timer?.cancel()
    }
}
