import Aggregator
import AsyncHTTPClient
import DAP
import HTTPTypes
import NIOCore
import NIOHTTP1

/// What a look at the Helper has found.
package struct PeerFinding: Sendable, Hashable {
    /// What is wrong; nothing if all is well.
    package var reason: String?
    /// Whether somebody answered, in the wrong way.
    package var isAnswer = false
    /// What this Helper does not tell.
    package var unchecked: [String] = []

    package init(reason: String?, isAnswer: Bool = false, unchecked: [String] = []) {
        self.reason = reason
        self.isAnswer = isAnswer
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
        let head: HTTPClientResponse
        let content: [UInt8]
        do throws(PeerError) {
            (head, content) = try await exchange.exchange(.GET, "tasks/\(task)/status", within: Self.patience)
        } catch {
            return PeerFinding(reason: error.words)
        }
        if let status = Self.status(head, content) {
            let reason = Self.fault(in: status, of: task, digest) ?? exchange.examineStore(in: head)
            return PeerFinding(reason: reason, isAnswer: true)
        }
        let isProblem = head.headers.first(name: "Content-Type").map { MediaType.problem.matches($0) } ?? false
        let document = isProblem ? ProblemDocument(decoding: content) : nil
        guard Self.isTheHelpersWord(head, document) else { return await lookAtKeys() }
        do throws(PeerError) {
            try HelperExchange.check(head, content)
            return await lookAtKeys()
        } catch {
            return PeerFinding(reason: error.words, isAnswer: true)
        }
    }

    private static func status(_ head: HTTPClientResponse, _ content: [UInt8]) -> TaskStatus? {
        guard head.status.code == 200, TaskStatus.mediaType.matches(head.headers.first(name: "Content-Type")) else {
            return nil
        }
        return TaskStatus(decoding: content)
    }

    private static func fault(in status: TaskStatus, of task: TaskID, _ digest: [UInt8]) -> String? {
        if let conflict = status.storeConflict { return "the Helper refuses: \(conflict)" }
        if status.role != Role.helper.name || status.task != task {
            return "its status is not that of this task's Helper: check the Helper's address"
        }
        if status.configuration != Base64URL.encode(digest) {
            return "the Helper has another configuration of this task: compare the fingerprints of `populus task show`"
        }
        return status.isFailing ? "the Helper's own work on this task fails: its log says why" : nil
    }

    /// Whether an answer that is no status says something of this Helper; a Helper of another kind just does not have it.
    private static func isTheHelpersWord(_ head: HTTPClientResponse, _ document: ProblemDocument?) -> Bool {
        switch Int(head.status.code) {
        case 401, 403: document != nil || head.headers.contains(name: "WWW-Authenticate")
        case 404: document?.type == .unrecognizedTask
        case 408, 425, 429, 502...599, 500: true
        default: document?.type == .storeConflict
        }
    }

    /// What every DAP Helper has: address and certificate are seen by it, no more.
    private func lookAtKeys() async -> PeerFinding {
        do throws(PeerError) {
            let (head, content) = try await exchange.exchange(.GET, "hpke_config", within: Self.patience)
            try HelperExchange.check(head, content)
            // Whatever is wrong with them: it is not what a Helper answers.
            guard MediaType.hpkeConfigList.matches(head.headers.first(name: "Content-Type")),
                (try? HpkeConfigList(decoding: content)) != nil
            else {
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
    fileprivate func examineStore(in response: HTTPClientResponse) -> String? {
        guard let witness else { return nil }
        let name = StoreStatement.fieldName
        guard let field = response.headers.first(name: name) else {
            return "the Helper's answer lacks the field \(name): the proxies between must pass it on"
        }
        guard let statement = StoreStatement(fieldValue: field) else {
            return "the field \(name) of the Helper's answer does not decode"
        }
        guard let conflict = witness.examine(statement) else { return nil }
        // This store is not to be worked with: for good, as with any other answer. It throws the conflict that is returned.
        if conflict.isOwn { try? witness.hear(statement) }
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
