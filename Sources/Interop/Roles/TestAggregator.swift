import AggregatorHost
import DAP
import Synchronization

/// The Leader or the Helper: serves whatever tasks it is told of, all with one decryption key.
package final class TestAggregator: TestRole {
    package let role: Role
    private let host: TaskHost
    private let key: HpkeKeyPair
    private let known = Mutex<[TaskID: AggregatorTaskCommand]>([:])

    /// - Parameters:
    ///   - host: serves the tasks, in the same role.
    ///   - key: what clients' shares are sealed to.
    package init(host: TaskHost, key: HpkeKeyPair) {
        role = host.registry.role
        self.host = host
        self.key = key
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
        let file = try command.taskFile(key: key)
        do {
            try host.add(file)
        } catch {
            switch error {
            case .alreadyServed: throw .refused("there is another task of this ID")
            case .wrongRole: throw .refused("role: this is a \(role.name)")
            case .unusable(let reason): throw .refused("this task cannot be served: \(reason)")
            case .store(let reason): throw .refused("the task's store cannot be used: \(reason)")
            }
        }
        known.withLock { $0[command.task.taskID] = command }
        return .success
    }

    private func check(_ asked: AggregatorRole) throws(InteropError) {
        guard asked.role == role else { throw .refused("role: this is a \(role.name)") }
    }
}
