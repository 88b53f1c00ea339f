import PopulusDAP
import PopulusTaskFiles
import Synchronization

/// The Leader or the Helper: serves whatever tasks it is told of, all with one decryption key.
package final class TestAggregator: TestRole {
    package let role: Role
    private let serve: @Sendable (TaskFile) throws(InteropError) -> Void
    private let key: HpkeKeyPair
    private let known = Mutex<[TaskID: AggregatorTaskCommand]>([:])

    /// - Parameters:
    ///   - key: what clients' shares are sealed to.
    ///   - serve: has a task served from now on, in this role.
    package init(
        role: Role, key: HpkeKeyPair, serve: @escaping @Sendable (TaskFile) throws(InteropError) -> Void
    ) {
        self.role = role
        self.key = key
        self.serve = serve
    }

    package func answer(_ endpoint: TestEndpoint, body: [UInt8]) async throws(InteropError) -> Answer {
        switch endpoint {
        case .endpointForTask: return try baseURL(for: try CommandReader.read(EndpointCommand.self, from: body))
        case .addTask: return try add(try CommandReader.read(AggregatorTaskCommand.self, from: body))
        case .taskConfiguration:
            let command = try CommandReader.read(ConfigurationCommand.self, from: body)
            guard let task = known.withLock({ $0[command.taskID] }) else { throw .refused("no such task") }
            var answer = Answer.success
            answer.taskConfiguration = Blob(try task.task.configuration().encoded())
            return answer
        default: return .success
        }
    }

    /// All tasks are served below one base URL.
    private func baseURL(for command: EndpointCommand) throws(InteropError) -> Answer {
        try check(command.role)
        var answer = Answer.success
        answer.endpoint = "/"
        return answer
    }

    private func add(_ command: AggregatorTaskCommand) throws(InteropError) -> Answer {
        try check(command.role)
        if let earlier = known.withLock({ $0[command.task.taskID] }) {
            guard earlier == command else { throw .refused("there is another task of this ID") }
            return .success
        }
        try serve(try command.taskFile(key: key))
        known.withLock { $0[command.task.taskID] = command }
        return .success
    }

    private func check(_ asked: AggregatorRole) throws(InteropError) {
        guard asked.role == role else { throw .refused("role: this is a \(role.name)") }
    }
}
