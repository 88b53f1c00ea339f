import PopulusDAP
import PopulusWireCodec

extension ClientCore {
    /// The most bytes of a request; one report goes alone whatever its size.
    private static let mostRequestBytes = 1 << 20

    /// Does what is due.
    ///
    /// - Returns: after how many seconds there is more to do; nil where somebody has to ring first.
    func tick() async -> Double? {
        guard consent != .notAsked else { return nil }
        do throws(PopulusClient.Failure) { try openQueue() } catch {
            // Who reports hears of it; what waits from before may have to be sent later all the same.
            return isClosed ? nil : min(60, options.longestPause)
        }
        guard consent == .given else { return nil }
        var pauses: [Double] = []
        if let pause = await watchWindow() { pauses.append(pause) }
        while consent == .given, !isClosed, !Task.isCancelled, queue?.entries.isEmpty == false {
            guard !isPausing(until: notBefore) else {
                pauses.append(notBefore - now)
                break
            }
            _ = await send()
        }
        return pauses.min()
    }

    /// Whether a pause is not over; one that ends later than any pause does is that of a clock that was set back since.
    func isPausing(until end: Double) -> Bool {
        let longest = max(options.longestPause, options.spread, Pauses.longestAsked)
        return end > now && end <= now + longest
    }

    /// Ends windows, where they have default reports.
    ///
    /// - Returns: the seconds until the next one ends, or until it can be tried again.
    private func watchWindow() async -> Double? {
        guard let cap = options.cap, options.defaultReport != nil else { return nil }
        let begun = generation
        do throws(PopulusClient.Failure) {
            if try endWindow(freshKeys()) {
                let keys = try await sealingKeys()
                guard begun == generation, !isClosed else { return nil }
                try endWindow(keys)
            }
            let seconds = Double(cap.seconds)
            return seconds - now.truncatingRemainder(dividingBy: seconds) + 1
        } catch {
            tell(.noDefaultReport(error))
            return max(keysNotBefore - now, options.firstPause)
        }
    }

    /// Sends all that waits, and does not wait for a pause to end.
    func flush() async throws(PopulusClient.Failure) {
        try openQueue()
        guard consent == .given else { throw .noConsent }
        while queue?.entries.isEmpty == false {
            guard !Task.isCancelled else { throw .cancelled }
            guard consent == .given else { throw .noConsent }
            if let obstacle = await send() {
                guard !Task.isCancelled else { throw .cancelled }
                throw .notSent(obstacle)
            }
        }
        guard !isClosed else { throw .closed }
    }

    /// Sends a request with what has waited longest; a second caller waits for the first one's.
    ///
    /// - Returns: what stands in the way.
    private func send() async -> PopulusClient.Obstacle? {
        let request = sending ?? begin()
        return await withTaskCancellationHandler {
            await request.value
        } onCancel: {
            request.cancel()
        }
    }

    private func begin() -> Task<PopulusClient.Obstacle?, Never> {
        let task = Task { () -> PopulusClient.Obstacle? in
            let obstacle = await sendOnce()
            sending = nil
            return obstacle
        }
        sending = task
        return task
    }

    private struct Piece: Sendable {
        let entry: ReportQueue.Entry
        let id: ReportID
    }

    private func sendOnce() async -> PopulusClient.Obstacle? {
        let (pieces, body): ([Piece], [UInt8])
        do throws(QueueFileError) {
            dropExpired()
            (pieces, body) = try nextRequest()
        } catch {
            let failure = PopulusClient.Failure(error)
            return wait(ServerFailure(obstacle: .storage("\(failure)")))
        }
        guard !pieces.isEmpty else { return nil }
        let begun = generation
        environment.step(.aboutToSend)
        do throws(ServerFailure) {
            let answer = try await servers.upload(body, token: uploadToken)
            environment.step(.answered)
            guard begun == generation, !isClosed else { return nil }
            return settle(pieces, UploadVerdict(answer, sent: Set(pieces.map(\.id))))
        } catch {
            guard begun == generation, !isClosed else { return nil }
            return wait(error)
        }
    }

    private func dropExpired() {
        let now = now
        for entry in queue?.entries ?? [] where now - Double(entry.accepted) > options.longestWait {
            queue?.remove(entry)
            tell(.expired)
        }
    }

    /// The oldest reports, as many as go into a request.
    private func nextRequest() throws(QueueFileError) -> (pieces: [Piece], body: [UInt8]) {
        var pieces: [Piece] = []
        var body: [UInt8] = []
        for entry in queue?.entries ?? [] {
            guard pieces.count < reportsPerRequest,
                pieces.isEmpty || body.count + entry.size <= Self.mostRequestBytes
            else { break }
            guard let report = try queue?.read(entry) else {
                queue?.remove(entry)
                tell(.lost)
                continue
            }
            pieces.append(Piece(entry: entry, id: report.id))
            body += report.bytes
        }
        return (pieces, body)
    }

    /// What the Leader's word means for each report of a request.
    private func settle(_ pieces: [Piece], _ verdict: UploadVerdict) -> PopulusClient.Obstacle? {
        switch verdict {
        case .settled(let refused):
            pauses.end()
            reportsPerRequest = min(2 * reportsPerRequest, options.mostPerRequest)
            let early = settle(pieces, refused)
            environment.step(.settled)
            return early ? wait(ServerFailure(obstacle: Self.tooEarly, retryAfter: 60)) : nil
        case .tooMuch(let failure):
            if pieces.count > 1 {
                reportsPerRequest = pieces.count / 2
            } else if let piece = pieces.first {
                queue?.remove(piece.entry)
                tell(.refused(failure.obstacle.description))
            }
            return nil
        case .later(let failure):
            return wait(failure)
        }
    }

    private static let tooEarly = PopulusClient.Obstacle.refused(
        .leader, status: 200, type: ReportError.reportTooEarly.name)

    /// - Returns: whether a report has to wait until the Leader's clock is as far as ours.
    private func settle(_ pieces: [Piece], _ refused: [ReportID: ReportError]) -> Bool {
        var isEarly = false
        var sent = 0
        for piece in pieces {
            switch refused[piece.id] {
            // The Leader has it from an earlier request, whose answer did not come: nobody else knows the ID.
            case nil, .reportReplayed:
                sent += 1
            case .reportTooEarly, .taskNotStarted:
                isEarly = true
                continue
            case let error?:
                if error == .outdatedConfig || error == .hpkeUnknownConfigID { forgetKeys() }
                tell(.refused(error.name))
            }
            queue?.remove(piece.entry)
        }
        if sent > 0 { tell(.sent(reports: sent)) }
        return isEarly
    }

    /// Begins a pause.
    private func wait(_ failure: ServerFailure) -> PopulusClient.Obstacle {
        let seconds = pauses.pause(asked: failure.retryAfter, chance: environment.chance())
        notBefore = now + seconds
        tell(.waiting(failure.obstacle, seconds: seconds))
        return failure.obstacle
    }
}
