import Aggregator
import NIOCore
import PopulusDAP
import PopulusHTTPRequests

/// What a look at the Helper has found.
package struct PeerFinding: Sendable, Hashable {
    /// What is wrong; nothing if all is well.
    package var reason: String?
    /// Whether somebody answered, in the wrong way.
    package var isAnswer = false
    /// Whether that is the Helper's own word, or proof, that waiting does not change: another token, task or store.
    package var isRefusal = false
    /// What this Helper does not tell.
    package var unchecked: [String] = []

    package init(
        reason: String?, isAnswer: Bool = false, isRefusal: Bool = false, unchecked: [String] = []
    ) {
        self.reason = reason
        self.isAnswer = isAnswer
        self.isRefusal = isRefusal
        self.unchecked = unchecked
    }
}

/// How a Leader looks after its Helper: address, certificate, token, task and store, without anything changing there.
///
/// Spec: <doc:TaskStatuses>
extension HTTPHelperPeer {
    /// From the first byte of the request to the last of the answer.
    private static let patience = TimeAmount.seconds(20)

    /// - Parameter digest: that of the task's configuration.
    package func look(at task: TaskID, configuration digest: [UInt8]) async -> PeerFinding {
        let heard: HelperExchange.Heard
        do throws(PeerError) {
            heard = try await exchange.exchange(.get, "tasks/\(task)/status", within: Self.patience)
        } catch {
            return PeerFinding(reason: error.words)
        }
        if let status = Self.status(heard.answer) {
            if let reason = Self.refusal(in: status, of: task, digest) {
                return PeerFinding(reason: reason, isAnswer: true, isRefusal: true)
            }
            if status.isFailing {
                return PeerFinding(
                    reason: "the Helper's own work on this task fails: its log says why", isAnswer: true)
            }
            let reason = await exchange.examineStore(in: heard.answer)
            return PeerFinding(reason: reason, isAnswer: true, isRefusal: reason != nil)
        }
        guard case .refused(let refusal) = heard.outcome, Self.isTheHelpersWord(refusal) else {
            return await lookAtKeys()
        }
        // It answers, and its own disk or load is not in the way.
        let isRefusal = refusal.status < 500 || refusal.statedDocument?.type == .storeConflict
        return PeerFinding(
            reason: HelperExchange.failure(refusal).words, isAnswer: true,
            isRefusal: isRefusal && ![408, 429].contains(refusal.status))
    }

    private static func status(_ answer: DAPAnswer) -> TaskStatus? {
        answer.status == 200 && answer.has(TaskStatus.mediaType) ? TaskStatus(decoding: answer.body) : nil
    }

    private static func refusal(in status: TaskStatus, of task: TaskID, _ digest: [UInt8]) -> String? {
        if let conflict = status.storeConflict { return "the Helper refuses: \(conflict)" }
        if status.role != Role.helper.name || status.task != task {
            return "its status is not that of this task's Helper: check the Helper's address"
        }
        if status.configuration != Base64URL.encode(digest) {
            return "the Helper has another configuration of this task: compare the fingerprints of `populus task show`"
        }
        return nil
    }

    /// Whether an answer that is no status says something of this Helper; a Helper of another kind just does not have it.
    private static func isTheHelpersWord(_ refusal: ServerRefusal) -> Bool {
        let document = refusal.statedDocument
        return switch refusal.status {
        case 401, 403: document != nil || refusal.answer.field("WWW-Authenticate") != nil
        case 400: document?.type == .invalidTask
        case 404: document?.type == .unrecognizedTask
        case 501: document?.type == .storeConflict
        default: refusal.isOfAFailingServer || document?.type == .storeConflict
        }
    }

    /// What every DAP Helper has: address and certificate are seen by it, no more.
    private func lookAtKeys() async -> PeerFinding {
        do throws(PeerError) {
            let heard = try await exchange.exchange(.get, "hpke_config", within: Self.patience)
            try HelperExchange.check(heard)
            // Whatever is wrong with them: it is not what a Helper answers.
            guard heard.answer.has(.hpkeConfigList), (try? HpkeConfigList(decoding: heard.answer.body)) != nil else {
                return PeerFinding(
                    reason: "it gives no HPKE configurations: check the Helper's address and the proxy before it",
                    isAnswer: true)
            }
            return PeerFinding(reason: nil, unchecked: ["token", "task", "store"])
        } catch {
            return PeerFinding(reason: error.words, isAnswer: error.isAnswer)
        }
    }
}

extension HelperExchange {
    /// What is wrong with a store by the Helper's word of both; a look makes no note of what is right.
    fileprivate func examineStore(in answer: DAPAnswer) async -> String? {
        guard let witness else { return nil }
        let name = StoreStatement.fieldName
        guard let field = answer.field(name) else {
            return "the Helper's answer lacks the field \(name): the proxies between must pass it on"
        }
        guard let statement = StoreStatement(fieldValue: field) else {
            return "the field \(name) of the Helper's answer does not decode"
        }
        guard let conflict = await witness.examine(statement) else { return nil }
        // This store is not to be worked with: for good, as with any other answer. It throws the conflict that is returned.
        if conflict.isOwn { try? await witness.hear(statement) }
        return conflict.description
    }
}

extension PeerError {
    /// What happened, in words.
    fileprivate var words: String {
        switch self {
        case .transient(let reason, _), .tooLarge(let reason): reason
        case .problem(let document, let status): document.detail ?? document.title ?? "it answered \(status)"
        }
    }

    fileprivate var isAnswer: Bool {
        if case .transient(let reason, _) = self { !reason.hasPrefix("no answer") } else { true }
    }
}
