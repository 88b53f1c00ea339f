import AggregatorServer
import AggregatorServerHarness
import Foundation
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP
import PopulusTLS
import Testing

/// Certificates in place of tokens: which one opens which resource of which task.
@Suite struct PinnedCertificateTests {
    private static func certificate(_ name: String, key: UInt8 = 0, hasExpired: Bool = false) -> PeerCertificate {
        let now = Int64(Date().timeIntervalSince1970)
        return PeerCertificate(
            names: [name], keyDigest: [UInt8](repeating: key, count: 32), begins: now - 600,
            ends: hasExpired ? now - 60 : now + 600)
    }

    private static let expected = certificate("party.example")

    /// A request for a row's resource of a task.
    private static func head(_ row: RouteRow, _ task: TaskID, token: String?) -> HTTPRequest {
        let path =
            "/"
            + row.path.map { $0 == "{task}" ? "\(task)" : $0.hasPrefix("{") ? "AAAAAAAAAAAAAAAAAAAAAA" : $0 }
            .joined(separator: "/")
        var head = HTTPRequest(method: row.method, scheme: "https", authority: "a", path: path)
        head.headerFields[.contentType] = row.mediaTypes.first?.description
        if let token { head.headerFields[.authorization] = "Bearer \(token)" }
        return head
    }

    private static func status(_ result: Result<Admission<CrossOriginHandler.Route>, Refusal>) -> Int {
        switch result {
        case .success(let admission): admission.isAuthenticated ? 200 : 204
        case .failure(let refusal): refusal.status.code
        }
    }

    private static func handler(_ tasks: [ServedTask], _ role: Role) throws -> CrossOriginHandler {
        let registry = TaskRegistry(role: role)
        for task in tasks { try registry.add(task) }
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        return CrossOriginHandler(ResourceHandler(registry: registry, logger: logger), origins: .none)
    }

    /// Every resource of a party, by whatever else somebody shows; and those of strangers, which are as they were.
    @Test(arguments: [Role.leader, .helper])
    func eachResourceOfAParty(role: Role) throws {
        let backend = FakeBackend(role)
        let caller: RouteRow.Caller = role == .leader ? .collector : .leader
        let token = role == .leader ? "collectors-token" : "leaders-token"
        let task = backend.served(pinned: [caller: [.name("party.example"), .key([UInt8](repeating: 7, count: 32))]])
        let handler = try Self.handler([task], role)
        let rows = RouteTable.rows.filter { $0.roles.contains(role) }
        let parties = rows.filter { $0.caller.isParty }
        #expect(parties.count > 4 && parties.allSatisfy { $0.caller == caller })
        for row in parties {
            func status(_ certificate: PeerCertificate?, token: String? = nil) -> Int {
                Self.status(handler.admit(Self.head(row, task.id, token: token), certificate: certificate))
            }
            #expect(status(Self.expected) == 200)
            #expect(status(Self.certificate("other.example", key: 7)) == 200)
            #expect(status(Self.expected, token: "another") == 200)
            for token in [nil, token, "another"] {
                #expect(status(nil, token: token) == 403, "\(row.path)")
                #expect(status(Self.certificate("other.example"), token: token) == 403)
                #expect(status(Self.certificate("party.example", hasExpired: true), token: token) == 403)
            }
        }
        for row in rows where !row.caller.isParty {
            for certificate in [nil, Self.expected, Self.certificate("other.example")] {
                let head = Self.head(row, task.id, token: nil)
                #expect(Self.status(handler.admit(head, certificate: certificate)) == 204, "\(row.path)")
            }
        }
    }

    /// What is expected of one task opens no other one, and a task that expects none has its token still.
    @Test func tasksDoNotShareWhatIsExpected() throws {
        let backends = (0..<3).map { _ in FakeBackend(.helper) }
        let tasks = [
            backends[0].served(pinned: [.leader: [.name("party.example")]]),
            backends[1].served(pinned: [.leader: [.name("other.example")]]),
            backends[2].served(),
        ]
        let handler = try Self.handler(tasks, .helper)
        let row = try #require(RouteTable.rows.first { $0.operation == .createAggregationJob })
        func status(_ index: Int, _ certificate: PeerCertificate?, token: String?) -> Int {
            Self.status(handler.admit(Self.head(row, tasks[index].id, token: token), certificate: certificate))
        }
        #expect(status(0, Self.expected, token: nil) == 200)
        #expect(status(1, Self.expected, token: "leaders-token") == 403)
        #expect(status(2, Self.expected, token: nil) == 401)
        #expect(status(2, Self.expected, token: "leaders-token") == 200)
        #expect(status(2, nil, token: "leaders-token") == 200)
    }
}
